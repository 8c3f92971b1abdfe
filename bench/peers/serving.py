#!/usr/bin/env python3
"""`naru serve` beside llama.cpp's llama-server: same sources, same file, same threads, same requests, as ratios.

usage: bench/peers/serving.py [streams] [prefix] [schema] [--rounds 3] [--program build/release/naru] [--built FOLDER]
                              [--models FOLDER] [--chat NAME] [--threads 1] [--streams 8] [--prompt 150] [--answer 48]
                              [--requests 2] [--head 2000]

streams   clients that ask at once, --requests each, every prompt different from its beginning: tokens a second, read
          and written together; the gap between two pieces of a text that 95 % do not exceed, and the longest.
prefix    a question behind a head of --head tokens that nobody knows yet, then another question behind the same head,
          then the next turn of that conversation: time to the first piece, tokens of the prompt that were computed.
schema    one client, the same JSON schema for both, and the same request without one: tokens written a CPU second.

--built is the folder that bench/peers/build.sh made. Each round starts each server anew. CPU time is the server's
process alone; the clock's says little on a machine that others use.
"""
import argparse
import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import rounds

START_SECONDS_MAX = 120
CONTEXT_TOKENS = 4096  # of each stream, for both
SCHEMA = {"type": "object", "additionalProperties": False, "required": ["title", "ships"], "properties": {
    "title": {"type": "string", "maxLength": 40},
    "ships": {"type": "array", "minItems": 4, "maxItems": 4, "items": {
        "type": "object", "additionalProperties": False, "required": ["name", "crates", "left"], "properties": {
            "name": {"type": "string", "maxLength": 20},
            "crates": {"type": "integer", "minimum": 0, "maximum": 999},
            "left": {"type": "boolean"}}}}}}


# --- the servers -----------------------------------------------------------------------------------------------------

class Server:
    """A process that answers /v1/chat/completions; what it computes is what it is charged with."""

    def __init__(self, process, port, model, token=None):
        self.process, self.port, self.model = process, port, model
        self.headers = {"Content-Type": "application/json", **({"Authorization": "Bearer " + token} if token else {})}

    def cpu_s(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_mb(self):
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
        return 0

    def ask(self, messages, answer_tokens, schema=None):
        """One answer: its text, usage, and when its pieces came."""
        request = {"model": self.model, "messages": messages, "max_tokens": answer_tokens, "temperature": 0,
                   "stream": True, "stream_options": {"include_usage": True}}
        if schema:
            request["response_format"] = {"type": "json_schema",
                                          "json_schema": {"name": "answer", "strict": True, "schema": schema}}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=1200)
        start, cpu = time.monotonic(), self.cpu_s()
        connection.request("POST", "/v1/chat/completions", json.dumps(request), self.headers)
        response = connection.getresponse()
        if response.status != 200:
            raise SystemExit(f"status {response.status}: {response.read().decode()[:300]}")
        answer = {"text": "", "at": [], "first_cpu_s": None}
        for line in response:
            line = line.decode().strip()
            if not line.startswith("data: ") or line == "data: [DONE]":
                continue
            event = json.loads(line[len("data: "):])
            if event.get("usage"):
                answer["usage"] = event["usage"]
            piece = event["choices"][0]["delta"].get("content") if event.get("choices") else None
            if not piece:
                continue
            if not answer["at"]:
                answer["first_cpu_s"] = self.cpu_s() - cpu
            answer["text"] += piece
            answer["at"].append(time.monotonic() - start)
        answer["cpu_s"], answer["s"] = self.cpu_s() - cpu, time.monotonic() - start
        connection.close()
        return answer

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


def start_naru(job, folder):
    config = {"models": {"chat": {"gguf": {"path": job["gguf"], "threads": job["threads"], "streams": job["streams"],
                                           "context_tokens": CONTEXT_TOKENS, "trusted": True}}}, "flows": {}}
    (folder / "naru.yaml").write_text(json.dumps(config))  # JSON is YAML
    process = subprocess.Popen([job["naru"], "serve", "--listen", "127.0.0.1:0", "--json"], cwd=folder,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    said = json.loads(process.stdout.readline() or "{}")
    if "address" not in said:
        raise SystemExit("naru serve did not start")
    token = Path(said["token_file"]).read_text().strip()
    return Server(process, int(said["address"].rsplit(":", 1)[1]), Path(job["gguf"]).stem, token)


def free_port():
    import socket
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_llama(job, _):
    port, threads = free_port(), str(job["threads"])
    process = subprocess.Popen(
        [job["llama"], "-m", job["gguf"], "-t", threads, "-tb", threads, "-np", str(job["streams"]), "-fa", "on",
         "-c", str(CONTEXT_TOKENS * job["streams"]), "--host", "127.0.0.1", "--port", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < until and process.poll() is None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return Server(process, port, "model")
        except OSError:
            pass
        time.sleep(0.2)
    raise SystemExit("llama-server did not start")


# --- the work --------------------------------------------------------------------------------------------------------

def story(tokens, number):
    """A text of about so many tokens that no other begins like."""
    text = f"{number} sailors told this story. "
    for i in range(max(1, tokens // 15)):
        text += f"Ship {i + number} left the harbour with {7 * i + number} crates of salt. "
    return text


def question(job, number):
    text = story(job["prompt"], number) + "Tell this story again, word for word, with all its numbers."
    return [{"role": "user", "content": text}]


def many_streams(server, job):
    answers = []

    def client(i):
        for j in range(job["requests"]):
            answers.append(server.ask(question(job, 1000 * job["round"] + 100 * j + i), job["answer"]))
    clients = [threading.Thread(target=client, args=(i,)) for i in range(job["streams"])]
    cpu, start = server.cpu_s(), time.monotonic()
    for one in clients:
        one.start()
    for one in clients:
        one.join()
    wall, cpu = time.monotonic() - start, server.cpu_s() - cpu
    gaps = sorted(b - a for answer in answers for a, b in zip(answer["at"], answer["at"][1:]))
    read = sum(answer["usage"]["prompt_tokens"] for answer in answers)
    written = sum(answer["usage"]["completion_tokens"] for answer in answers)
    return {"read": read, "written": written, "s": wall, "cpu_s": cpu, "gap_p95_ms": 1000 * gaps[len(gaps) * 95 // 100],
            "gap_max_ms": 1000 * gaps[-1],
            "first_ms": 1000 * rounds.median([answer["at"][0] for answer in answers])}


def computed(answer):
    usage = answer["usage"]
    return usage["prompt_tokens"] - usage.get("prompt_tokens_details", {}).get("cached_tokens", 0)


def shared_prefix(server, job):
    head = {"role": "system", "content": story(job["head"], 5000 + job["round"])}
    figures = {}
    cold = [head, {"role": "user", "content": "How many crates of salt had the first ship?"}]
    warm = [head, {"role": "user", "content": "Which ship left the harbour last?"}]
    answers = {"cold": server.ask(cold, 16), "same head": server.ask(warm, 16)}
    warm += [{"role": "assistant", "content": answers["same head"]["text"]},
             {"role": "user", "content": "And which one before it?"}]
    answers["next turn"] = server.ask(warm, 16)
    for name, answer in answers.items():
        figures[name] = {"first_ms": 1000 * answer["at"][0], "first_cpu_s": answer["first_cpu_s"],
                         "prompt": answer["usage"]["prompt_tokens"], "computed": computed(answer)}
    return figures


def by_schema(server, job):
    messages = [{"role": "user", "content": story(job["prompt"], 9000 + job["round"]) +
                 "List the ships of this story as JSON with their names and crates."}]
    server.ask(messages, 2)  # reads the prompt
    figures = {}
    for name, schema in (("free", None), ("schema", SCHEMA)):
        answer = server.ask(messages, 200, schema)
        written = answer["usage"]["completion_tokens"] - 1
        figures[name] = {"written": written, "cpu_s": answer["cpu_s"] - answer["first_cpu_s"],
                         "s": answer["s"] - answer["at"][0]}
    return figures


WORK = {"streams": many_streams, "prefix": shared_prefix, "schema": by_schema}


def work(name, job_file):
    job = json.loads(Path(job_file).read_text())
    with tempfile.TemporaryDirectory() as folder:
        server = {"naru": start_naru, "llama": start_llama}[name](job, Path(folder))
        try:
            server.ask([{"role": "user", "content": "Hello"}], 2)
            figures = {part: WORK[part](server, job) for part in job["parts"]}
            figures["resident_mb"] = server.resident_mb()
        finally:
            server.stop()
    rounds.say(figures)


# --- the comparison --------------------------------------------------------------------------------------------------

def row(peers, label, value, better, form="{:.1f}"):
    """Of a figure: each side's median and spread, and Naru's as a share of the other's."""
    values = [[value(figures) for figures in peer.figures] for peer in peers]
    cells = [f"{form.format(rounds.median(one))} ±{rounds.spread(one):.0%}" for one in values]
    ratio = [a / b for a, b in zip(*values) if b] if len(values) == 2 else []
    return [label, *cells, f"{rounds.median(ratio):.2f}" if ratio else "", better]


def report(peers, parts, job):
    rows = []
    if "streams" in parts:
        total = lambda one: one["streams"]["read"] + one["streams"]["written"]  # noqa: E731
        rows += [row(peers, "tokens a CPU second", lambda one: total(one) / one["streams"]["cpu_s"], "more"),
                 row(peers, "tokens a second", lambda one: total(one) / one["streams"]["s"], "more"),
                 row(peers, "tokens read", lambda one: one["streams"]["read"], "", "{:.0f}"),
                 row(peers, "tokens written", lambda one: one["streams"]["written"], "", "{:.0f}"),
                 row(peers, "first piece, ms", lambda one: one["streams"]["first_ms"], "less", "{:.0f}"),
                 row(peers, "gap at 95 %, ms", lambda one: one["streams"]["gap_p95_ms"], "less", "{:.0f}"),
                 row(peers, "longest gap, ms", lambda one: one["streams"]["gap_max_ms"], "less", "{:.0f}")]
    for turn in ("cold", "same head", "next turn") if "prefix" in parts else ():
        rows += [row(peers, f"{turn}: to the first piece, CPU s", lambda one: one["prefix"][turn]["first_cpu_s"],
                     "less", "{:.2f}"),
                 row(peers, f"{turn}: to the first piece, ms", lambda one: one["prefix"][turn]["first_ms"], "less",
                     "{:.0f}"),
                 row(peers, f"{turn}: prompt tokens computed", lambda one: one["prefix"][turn]["computed"], "less",
                     "{:.0f}")]
    if "schema" in parts:
        rate = lambda one, name: one["schema"][name]["written"] / one["schema"][name]["cpu_s"]  # noqa: E731
        rows += [row(peers, "written a CPU second", lambda one: rate(one, "free"), "more"),
                 row(peers, "by the schema, a CPU second", lambda one: rate(one, "schema"), "more"),
                 row(peers, "by the schema ÷ without", lambda one: rate(one, "schema") / rate(one, "free"), "more",
                     "{:.2f}")]
    rows.append(row(peers, "most memory, MB", lambda one: one["resident_mb"], "less", "{:.0f}"))
    title = f"{Path(job['gguf']).stem}, {job['streams']} streams, threads: {job['threads']}"
    rounds.table(title, ["", *(peer.name for peer in peers), "naru ÷ it", "better"], rows)


def main():
    if sys.argv[1:2] == ["--work"]:
        return work(*sys.argv[2:])
    root = Path(__file__).resolve().parents[2]
    home = Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local/share"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*WORK, []], default=list(WORK))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--program", type=Path, default=root / "build/release/naru")
    parser.add_argument("--built", type=Path, default=root / "build/peers")
    parser.add_argument("--models", type=Path, default=home / "naru/models")
    parser.add_argument("--chat", default="smollm2-135m-instruct-q4_1")
    for name, value in (("threads", 1), ("streams", 8), ("prompt", 150), ("answer", 48), ("requests", 2),
                        ("head", 2000)):
        parser.add_argument("--" + name, type=int, default=value)
    arguments = parser.parse_args()
    job = {name: getattr(arguments, name) for name in ("threads", "streams", "prompt", "answer", "requests", "head")}
    job |= {"parts": arguments.parts, "gguf": str(arguments.models / f"{arguments.chat}.gguf"), "round": 0,
            "naru": str(arguments.program.resolve()), "llama": str((arguments.built / "llama-server").resolve())}
    print(rounds.machine())
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "job.json"
        file.write_text(json.dumps(job))
        peers = [rounds.Peer("naru serve", [sys.executable, __file__, "--work", "naru", file]),
                 rounds.Peer("llama-server, same libraries", [sys.executable, __file__, "--work", "llama", file])]
        if not Path(job["llama"]).exists():
            rounds.leave_out(peers[1], "it is not built (bench/peers/build.sh)")
        measured = rounds.interleave(peers, arguments.rounds)
    if measured:
        report(measured, arguments.parts, job)
    print(rounds.machine())


if __name__ == "__main__":
    main()
