#!/usr/bin/env python3
"""Many clients, slow clients, clients that leave, models that fail: each gets its documented answer, and nobody else
suffers.

usage: tests/serve/load_test.py PROGRAM [-v] [TestCase.test...]      Python 3, nothing else.

In the test run with few clients. By hand with NARU_LOAD=full: 2,000 streams, a drain to its end, and a line of figures
a test; docs/benchmarks.md has them. No test asserts a time.
"""
import json
import os
import re
import resource
import signal
import socket
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import serve_test  # noqa: E402
from serve_test import SECONDS_MAX, contract  # noqa: E402

FULL = os.environ.get("NARU_LOAD") == "full"
SANITIZED = os.environ.get("NARU_SANITIZER")  # has threads and memory of its own
STREAMS = 2000 if FULL else 200
SLOW_READERS = 50 if FULL else 5
SEARCHES = 301 if FULL else 11

THREADS_MAX, RSS_MIB_MAX = 8, 300  # what is promised, without a model
CONNECTIONS_MAX = 4096  # ServerLimits
BEYOND = 200
DESCRIPTORS = CONNECTIONS_MAX + BEYOND + 100


def figures(**said):
    if FULL:
        print(json.dumps(said), flush=True)


def allow_descriptors():
    """Whether this process may have as many connections as the server."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard >= DESCRIPTORS


class Loaded(serve_test.Served):
    def of_process(self, name):
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"^{name}:\s+(\d+)", text, re.M).group(1))

    def request(self, path, body=None):
        data = b"" if body is None else json.dumps(body).encode()
        typed = "" if body is None else f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n"
        return (f"{'GET' if body is None else 'POST'} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
                f"Authorization: Bearer {self.token}\r\n{typed}\r\n").encode() + data

    def open(self):
        client = socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS_MAX)
        self.addCleanup(client.close)
        return client

    def searches(self):
        """Milliseconds of searches, one after the other: the median and the slowest of a hundred."""
        taken = []
        for _ in range(SEARCHES):
            start = time.perf_counter()
            self.ok("GET", "/api/search?q=leave")
            taken.append((time.perf_counter() - start) * 1000)
        taken.sort()
        return {"p50": round(taken[len(taken) // 2], 2), "p99": round(taken[len(taken) * 99 // 100], 2)}

    @unittest.skipUnless(allow_descriptors(), "too few descriptors may be open here (ulimit -Hn)")
    def test_streams_that_lie_idle_cost_memory_alone(self):
        alone, before = self.searches(), self.of_process("VmRSS")
        ask = self.request("/v1/chat/completions", self.chat("one two three", stream=True))
        kept = []
        for _ in range(STREAMS):
            client = self.open()
            client.sendall(ask)
            received = b""
            while not received.endswith(b"\r\n0\r\n\r\n"):
                received += client.recv(65536)
            self.assertTrue(received.startswith(b"HTTP/1.1 200 OK"), received[:200])
            kept.append(client)
        beside = self.searches()
        threads, rss = self.of_process("Threads"), self.of_process("VmRSS")
        if not SANITIZED:
            self.assertLessEqual(threads, THREADS_MAX)
            self.assertLessEqual(rss // 1024, RSS_MIB_MAX)
        start = time.perf_counter()
        self.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.process.wait(SECONDS_MAX), 0)
        figures(streams=len(kept), threads=threads, rss_mib=rss // 1024,
                kib_a_stream=round((rss - before) / len(kept), 1), search_ms={"alone": alone, "beside": beside},
                gone_after_s=round(time.perf_counter() - start, 2))

    @unittest.skipUnless(allow_descriptors(), "too few descriptors may be open here (ulimit -Hn)")
    def test_a_crowd_that_only_connects_keeps_nobody_out(self):
        crowd = [self.open() for _ in range(CONNECTIONS_MAX)]
        crowd[-1].sendall(self.request("/livez"))
        self.assertTrue(crowd[-1].recv(65536).startswith(b"HTTP/1.1 200 OK"))
        for number in range(BEYOND):
            client = self.open()
            client.sendall(self.request("/api/search?q=leave"))
            self.assertTrue(client.recv(65536).startswith(b"HTTP/1.1 200 OK"), number)
            client.close()
            crowd.append(self.open())
            self.assertEqual(self.rest_of(crowd[number]), b"")  # who asked for nothing for the longest time
        figures(connections=CONNECTIONS_MAX, beyond=2 * BEYOND, rss_mib=self.of_process("VmRSS") // 1024)
        for client in crowd:
            client.close()
        self.until(lambda: self.raw(self.request("/livez").replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
                   .startswith(b"HTTP/1.1 200 OK"))

    def test_readers_that_do_not_read_are_cut_off_and_stall_nobody(self):
        alone = self.searches()
        # 10 MB with what stands around each: more than may lie unread and the kernel takes together.
        words = ("a" * 100 + " ") * 30_000
        for _ in range(SLOW_READERS):
            client = socket.socket()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.settimeout(SECONDS_MAX)
            client.connect(("127.0.0.1", self.port))
            self.addCleanup(client.close)
            client.sendall(self.request("/v1/chat/completions", self.chat(words, stream=True, max_tokens=30_000)))
        beside = self.searches()
        self.ok("POST", "/v1/chat/completions", self.chat("hello"))  # the model is free again for others
        cut_off = rb"^naru_clients_left_total %d$" % SLOW_READERS  # and nobody else counts as gone
        self.until(lambda: re.search(cut_off, self.get("/metrics")[2], re.M))
        figures(slow_readers=SLOW_READERS, search_ms={"alone": alone, "beside": beside},
                rss_mib=self.of_process("VmRSS") // 1024)

    def test_a_prompt_longer_than_the_context_is_named(self):
        long = self.chat("a" * (5 << 20))  # the stub reads 2^20 tokens of four bytes
        self.wrong(400, "/v1/chat/completions", long, "context_length_exceeded", "messages")
        self.wrong(400, "/v1/chat/completions", long | {"stream": True}, "context_length_exceeded", "messages")
        of_base = long | {"model": "naru/handbook"}
        self.wrong(400, "/v1/chat/completions", of_base, "context_length_exceeded", "messages")
        self.wrong(400, "/v1/completions", {"model": "stub", "prompt": "a" * (5 << 20)}, "context_length_exceeded",
                   "prompt")
        self.ok("POST", "/v1/chat/completions", self.chat("hello"))


class Left(serve_test.Remote):
    def test_the_model_stops_for_a_client_that_left(self):
        client = self.open_stream(20_000)
        start = time.perf_counter()
        client.close()
        left = self.until(lambda: [row for row in self.log() if "left" in row])
        figures(words_until_left=left[0]["left"], left_after_s=round(time.perf_counter() - start, 2))

    @unittest.skipUnless(FULL, "takes the 20 seconds that a drain may take: by hand, NARU_LOAD=full")
    def test_what_does_not_end_is_told_to_and_the_server_goes(self):
        clients = [self.open_stream(20_000)]
        start = time.perf_counter()
        self.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.process.wait(SECONDS_MAX), 0)
        figures(streams_that_do_not_end=len(clients), gone_after_s=round(time.perf_counter() - start, 2))


class Failing(serve_test.Remote):
    """With models that fail before, or in the middle of, what they write."""

    def with_model(self, scenario):
        self.end()
        self.at.put("naru.yaml", self.configuration.replace("/drips/", f"/{scenario}/"))
        self.start()

    def test_what_broke_off_in_the_middle_ends_with_an_error_and_the_connection_goes_on(self):
        for scenario in ("cut", "gives-up"):
            self.with_model(scenario)
            events = [data for _, data in self.events("/v1/chat/completions", self.chat("a", stream=True))]
            self.assertEqual(set(events[-1]["error"]), {"message", "type", "param", "code"}, scenario)
            self.assertEqual(events[-1]["error"]["type"], "server_error", scenario)
            self.assertGreater(len(events), 1, scenario)  # some of it came
            status, _, data = self.call("POST", "/v1/chat/completions", self.chat("a"))
            self.assertEqual((status, json.loads(data)["error"]["type"]), (503, "server_error"), scenario)
            self.assertEqual(self.get("/readyz", token=None)[0], 200)

    def test_what_fails_before_it_has_written_has_a_status(self):
        for scenario in ("down", "html"):
            self.with_model(scenario)
            for stream in (False, True):
                status, _, data = self.call("POST", "/v1/chat/completions", self.chat("a", stream=stream))
                self.assertEqual((status, json.loads(data)["error"]["type"]), (503, "server_error"), (scenario, data))

    def test_an_answer_whose_model_fails_says_so_as_an_event(self):
        self.with_model("down")
        events = self.events("/api/ask", {"question": serve_test.QUESTION})
        self.assertEqual(events[0][0], "evidence")
        self.assertIn(events[-1][0], ("error", "answer"))


if __name__ == "__main__":
    contract.main(sys.modules["__main__"], "load")
