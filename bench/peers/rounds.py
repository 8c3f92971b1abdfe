"""What the comparisons of this folder share: peers as processes, interleaved rounds, medians, ratios.

A peer is a process that does one piece of work and ends with one JSON object on its last line: its figures. So no
peer's memory, threads or caches are another's, and one that is missing or breaks costs only its own row.
"""
import importlib.metadata
import importlib.util
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

PEER_SECONDS_MAX = 1800  # of one piece of work; the slowest here takes a few minutes on a busy machine


class Peer:
    """What it is called in the tables, and the command that does the work once."""

    def __init__(self, name, command, environment=None):
        self.name, self.command = name, [str(word) for word in command]
        self.environment = {**os.environ, **(environment or {})}
        self.figures = []  # of each round
        self.missing = None


def has(module):
    return importlib.util.find_spec(module) is not None


def version(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "?"


def package_folder(module):
    """Where a package's files lie, found without running its code; None where it is not installed."""
    spec = importlib.util.find_spec(module)
    return Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else None


def say(figures):
    """Of a worker: its last line."""
    print("\n" + json.dumps(figures), flush=True)


def leave_out(peer, why):
    peer.missing = why
    print(f"  {peer.name}: left out: {why}", flush=True)


def run_once(peer):
    if peer.missing:
        return None
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    try:
        done = subprocess.run(peer.command, env=peer.environment, capture_output=True, text=True, errors="replace",
                              timeout=PEER_SECONDS_MAX)
        output, failed = done.stdout, done.returncode != 0 and done.stderr.strip().splitlines()[-3:]
    except (OSError, subprocess.TimeoutExpired) as error:
        output, failed = "", [str(error)]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        figures = json.loads(output.strip().splitlines()[-1])
    except (IndexError, ValueError):
        leave_out(peer, " ".join(failed or ["it printed no figures"]))
        return None
    figures["process_wall_s"] = time.monotonic() - start
    figures["process_cpu_s"] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return figures


def interleave(peers, rounds):
    """Every peer once a round, beginning with another one each time, so that a busy minute hurts all alike."""
    for i in range(rounds):
        for peer in peers[i % len(peers):] + peers[:i % len(peers)]:
            figures = run_once(peer)
            if figures:
                peer.figures.append(figures)
        print(f"  round {i + 1} of {rounds}", file=sys.stderr, flush=True)
    return [peer for peer in peers if peer.figures]


def median(values):
    return statistics.median(values)


def spread(values):
    """Half of the distance from the least to the greatest, as a share of the median."""
    middle = median(values)
    return (max(values) - min(values)) / 2 / middle if middle else 0


def machine():
    model = "?"
    flags = set()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
        if line.startswith("flags"):
            flags = set(line.split())
    vectors = [flag for flag in ("avx2", "fma", "avx512f", "avx512_vnni", "avx_vnni") if flag in flags]
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    return f"{model}, {os.cpu_count()} cores, {' '.join(vectors)}; Python {platform.python_version()}; load {load}"


def table(title, head, rows):
    """A table as Markdown has it, so that it can be put into docs/benchmarks.md as it is."""
    print(f"\n{title}\n")
    widths = [max(len(str(row[i])) for row in [head, *rows]) for i in range(len(head))]
    for row in [head, ["-" * width for width in widths], *rows]:
        print("| " + " | ".join(str(cell).ljust(width) for cell, width in zip(row, widths)) + " |")
    print(flush=True)
