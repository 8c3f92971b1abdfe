#!/usr/bin/env python3
"""A whole session in a network namespace that has nothing but loopback: everything works, and nothing tries to leave.

usage: tests/serve/alone_test.py PROGRAM [-v]      Python 3; Linux, and the right to make a network namespace.

What tries to leave finds no route and is counted by the kernel (OutNoRoutes of /proc/net/snmp and snmp6); names are
asked for by UDP, which is counted too. That these counters count is tried at the end.
"""
import fcntl
import gzip
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import serve_test  # noqa: E402
from serve_test import contract  # noqa: E402

INSIDE = "NARU_TEST_ALONE"
UNSHARE = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--net", "--map-root-user"]
ELSEWHERE = ("192.0.2.1", 9)  # RFC 5737: nobody's


def bring_up_loopback():
    request_set_flags, up_and_running = 0x8914, 0x41  # SIOCSIFFLAGS, IFF_UP | IFF_RUNNING
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_one:
        fcntl.ioctl(any_one, request_set_flags, struct.pack("16sh", b"lo", up_and_running))


def counted():
    """What the kernel of this namespace counted of attempts to leave, and of datagrams."""
    names, values = [line.split()[1:] for line in Path("/proc/net/snmp").read_text().splitlines()
                     if line.startswith("Ip:")]
    six = dict(line.split() for line in Path("/proc/net/snmp6").read_text().splitlines())
    udp = [line.split()[1:] for line in Path("/proc/net/snmp").read_text().splitlines() if line.startswith("Udp:")]
    return {"no_route": int(dict(zip(names, values))["OutNoRoutes"]) + int(six["Ip6OutNoRoutes"]),
            "datagrams": int(dict(zip(*udp))["OutDatagrams"]) + int(six["Udp6OutDatagrams"])}


class Alone(serve_test.Served):
    def test_a_whole_session_needs_no_network_and_asks_for_none(self):
        before = counted()
        status, headers, _ = self.get("/login?" + self.said["login"].split("?")[1], token=None)
        self.assertEqual(status, 303)
        session = {"Cookie": headers["Set-Cookie"].split(";")[0]}
        page = gzip.decompress(self.get("/", token=None)[2]).decode()
        for path in re.findall(r'(?:src|href)="([^"]+)"', page):
            self.assertEqual(self.get(path, token=None)[0], 200, path)
        for path in ("/api/status", "/api/documents", "/api/search?q=leave", "/api/documents/rules.md",
                     "/api/originals/rules.md", "/api/rejects", "/v1/models", "/metrics", "/readyz?verbose"):
            self.assertEqual(self.get(path, token=None, headers=session)[0], 200, path)
        question = {"question": serve_test.QUESTION}
        self.assertEqual(self.events("/api/ask", question, token=None, headers=session)[-1][0], "answer")
        say = [{"role": "user", "content": serve_test.QUESTION}]
        for model in ("naru/handbook", "stub"):
            self.ok("POST", "/v1/chat/completions", {"model": model, "messages": say})
        self.ok("POST", "/v1/embeddings", {"model": "stub", "input": "a"})
        self.ok("POST", "/mcp", {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}})
        self.at.put("docs/new.md", "The ferry leaves at nine. ![](http://192.0.2.1/a.png)")
        self.at.put("docs/page.html", "<p>The harbour <img src='http://192.0.2.1/b.png'> opens at eight.</p>")
        self.at.run("run")
        self.at.run("ask", "When does the ferry leave?", "--json")
        self.ok("POST", "/api/forget", {"doc": "new.md"})
        self.at.run("doctor", expect=None)
        self.at.run("verify")
        self.end()
        self.assertEqual(counted(), before)

        with self.assertRaises(OSError):
            socket.create_connection(ELSEWHERE, timeout=1)
        self.assertGreater(counted()["no_route"], before["no_route"])
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.sendto(b"a", ("127.0.0.1", 53))
        self.assertGreater(counted()["datagrams"], before["datagrams"])


def has_namespaces():
    if not shutil.which("unshare"):
        return False
    return subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode == 0


@unittest.skipUnless(has_namespaces(), "no network namespace may be made here (unshare --net)")
class Shut(unittest.TestCase):
    """Runs the class above in a namespace of its own."""

    def test_a_whole_session_needs_no_network_and_asks_for_none(self):
        done = subprocess.run([*UNSHARE, sys.executable, __file__, contract.PROGRAM], env=os.environ | {INSIDE: "1"},
                              capture_output=True, check=False, timeout=contract.SECONDS_MAX)
        self.assertEqual(done.returncode, 0, done.stderr.decode())


if __name__ == "__main__":
    if os.environ.get(INSIDE):
        del Shut
        bring_up_loopback()
    else:
        del Alone
    contract.main(sys.modules["__main__"], "alone")
