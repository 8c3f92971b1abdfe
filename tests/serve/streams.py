#!/usr/bin/env python3
"""How many streams that wait the server holds, with how many threads and how much memory. By hand.

usage: tests/serve/streams.py PROGRAM [--streams 2000]      Python 3, nothing else.

Opens connections that each sent a request once and are kept (as a page does between questions), and while they lie
there measures searches on another. Prints one JSON line.
"""
import argparse
import http.client
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "contract"))
import contract  # noqa: E402


def of_process(pid, name):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1])
    return 0


def search(port, token):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    start = time.perf_counter()
    connection.request("GET", "/api/search?q=leave", headers={"Authorization": "Bearer " + token})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.status == 200, answer.status
    return (time.perf_counter() - start) * 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--streams", type=int, default=2000)
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    contract.PROGRAM = os.path.abspath(options.program)
    at = contract.Workspace(contract.MODELS + contract.FOLDER)
    at.put("docs/rules.md", "Every employee has 15 days of annual leave a year.")
    at.run("run")
    server = subprocess.Popen([contract.PROGRAM, "serve", "--listen", "127.0.0.1:0", "--json"], cwd=at.folder,
                              env=at.environment(), stdout=subprocess.PIPE)
    said = json.loads(server.stdout.readline())
    port = urllib.parse.urlsplit(said["address"]).port
    token = Path(said["token_file"]).read_text().strip()
    before = sorted(search(port, token) for _ in range(21))
    head = f"GET /livez HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
    kept = []
    for _ in range(options.streams):
        client = socket.create_connection(("127.0.0.1", port), timeout=60)
        client.sendall(head)
        kept.append(client)
    for client in kept:
        assert client.recv(4096).startswith(b"HTTP/1.1 200 OK"), "a stream was refused"
    during = sorted(search(port, token) for _ in range(21))
    print(json.dumps({"streams": len(kept), "threads": of_process(server.pid, "Threads"),
                      "rss_mib": of_process(server.pid, "VmRSS") // 1024,
                      "search_ms_p50": {"alone": round(before[10], 2), "beside": round(during[10], 2)}}))
    start = time.perf_counter()
    server.send_signal(signal.SIGTERM)
    code = server.wait(60)
    print(json.dumps({"drained_s": round(time.perf_counter() - start, 2), "exit": code}))
    at.close()


if __name__ == "__main__":
    main()
