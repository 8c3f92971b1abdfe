#!/usr/bin/env python3
"""How long a workspace takes from nothing to the first hit of a search. Python 3.

usage: bench/opening.py WORKSPACE QUESTION... [--leg lexical] [--program build/release/naru] [--rounds 15]

Each round starts three processes, one after the other, with one question each: `naru search`, an empty one
(`naru --version`), and `naru bench search`, whose `open_ms` is the store opened and pinned in a process that runs
already. Medians and the middle half; the files are in the page cache after a first search that is not counted.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def timed(command, folder):
    """Milliseconds of the clock, milliseconds of CPU time, and what it printed."""
    start = time.monotonic()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
    said = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(command)}: status {status}")
    return (time.monotonic() - start) * 1e3, (used.ru_utime + used.ru_stime) * 1e3, said


def told(values):
    low, middle, high = statistics.quantiles(values, n=4)
    return f"{middle:.1f} ms ({low:.1f} to {high:.1f})"


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("workspace", type=Path)
    arguments.add_argument("questions", nargs="+")
    arguments.add_argument("--leg", default="lexical")
    arguments.add_argument("--program", type=Path, default=Path("build/release/naru"))
    arguments.add_argument("--rounds", type=int, default=15)
    options = arguments.parse_args()
    program, folder = str(options.program.resolve()), options.workspace.resolve()

    state = json.loads(timed([program, "status", "--json"], folder)[2].splitlines()[-1])
    chunks = sum(base["chunks"] for base in state["knowledge_bases"])
    print(f"{chunks} passages, {sum(state['disk'].values()) / 1e6:.0f} MB")
    found, empty, opened = [], [], []
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        for turn in range(-1, options.rounds):
            question = options.questions[turn % len(options.questions)]
            file.seek(0)
            file.truncate()
            file.write(json.dumps({"_id": "q", "text": question}) + "\n")
            file.flush()
            search = timed([program, "search", question, "--leg", options.leg, "--json"], folder)
            nothing = timed([program, "--version"], folder)
            bench = timed([program, "bench", "search", "--queries", file.name, "--leg", options.leg, "--passes", "1",
                           "--json"], folder)
            if turn < 0:
                continue
            figures = json.loads(bench[2].splitlines()[-1])
            if not json.loads(search[2].splitlines()[-1])["hits"]:
                sys.exit(f"nothing is found for: {question}")
            found.append(search)
            empty.append(nothing)
            opened.append(figures["open_ms"])
    print(f"opened in a process that runs: {told(opened)}")
    for name, at in (("clock", 0), ("CPU", 1)):
        print(f"{name}: naru search {told([one[at] for one in found])}, an empty process "
              f"{told([one[at] for one in empty])}, more than that "
              f"{told([one[at] - other[at] for one, other in zip(found, empty)])}")


if __name__ == "__main__":
    main()
