#!/usr/bin/env python3
"""What taking documents in costs: CPU, bytes written, size by part, memory, and opening what was made.

usage: bench/peers/make_zipf.py FOLDER && bench/peers/ingest.py FOLDER [--program build/release/naru] [--searches 10]

Runs `naru run` in FOLDER from nothing, then `naru search` in new processes. Bytes written are those that the kernel
was asked to bring to the disk for the process (ru_oublock), logs and merged segments among them; divided by the bytes
of the source that is the write amplification. Commits a second are those of this run; beside them stand those of a
bare SQLite (WAL, synchronous FULL, one row of 100 bytes each) in the same folder, which bound them.
"""
import argparse
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time
from pathlib import Path

BLOCK = 512  # of ru_oublock
BARE_COMMITS = 200


def usage_of(command, folder):
    """Its last line of output, lines that are commits, seconds of the clock, and what it used."""
    start = time.monotonic()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
    last, commits = "", 0
    for line in process.stdout:
        last = line
        commits += line.startswith('{"event":"commit"')
    _, status, used = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{command}: status {status}: {last}")
    return last, commits, time.monotonic() - start, used


def bare_commits_a_second(folder):
    path = folder / "bare.db"
    base = sqlite3.connect(path, isolation_level=None)
    base.execute("PRAGMA journal_mode = WAL")
    base.execute("PRAGMA synchronous = FULL")
    base.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, bytes BLOB)")
    start = time.monotonic()
    for _ in range(BARE_COMMITS):
        base.execute("INSERT INTO t(bytes) VALUES (zeroblob(100))")
    seconds = time.monotonic() - start
    base.close()
    for suffix in ("", "-wal", "-shm"):
        (folder / ("bare.db" + suffix)).unlink(missing_ok=True)
    return BARE_COMMITS / seconds


def part_bytes(store):
    parts = {}
    for file in store.rglob("*"):
        if file.is_file():
            name = str(file.relative_to(store)).split("/")[0]
            parts[name] = parts.get(name, 0) + file.stat().st_size
    return parts


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--program", type=Path, default=Path("build/release/naru"))
    arguments.add_argument("--searches", type=int, default=10)
    options = arguments.parse_args()
    program, folder = str(options.program.resolve()), options.folder.resolve()
    source = (folder / "corpus.jsonl").stat().st_size
    shutil.rmtree(folder / ".naru", ignore_errors=True)

    last, commits, seconds, used = usage_of([program, "run", "--json"], folder)
    written = used.ru_oublock * BLOCK
    items = json.loads(last)["items"]["added"]
    print(f"run: {items} items, {source / 1e6:.1f} MB; CPU {used.ru_utime + used.ru_stime:.2f} s "
          f"({used.ru_utime:.2f} user), clock {seconds:.1f} s, resident {used.ru_maxrss / 1e3:.0f} MB")
    print(f"written: {written / 1e6:.1f} MB, {written / source:.2f} bytes a byte of the source")
    print(f"commits: {commits}, {commits / seconds:.0f} a second; "
          f"bare SQLite {bare_commits_a_second(folder):.0f} a second")
    parts = part_bytes(folder / ".naru")
    print(f"size: {sum(parts.values()) / 1e6:.1f} MB: "
          + ", ".join(f"{name} {size / 1e6:.1f}" for name, size in sorted(parts.items()) if size > 1e4))

    with open(folder / "queries.jsonl", encoding="utf-8") as file:
        queries = [json.loads(line)["text"] for line in file][:options.searches]
    runs = [usage_of([program, "search", query, "-k", "10", "--json"], folder) for query in queries]
    print(f"search in a new process: clock {statistics.median(run[2] for run in runs) * 1e3:.0f} ms, CPU "
          f"{statistics.median(run[3].ru_utime + run[3].ru_stime for run in runs) * 1e3:.0f} ms, resident "
          f"{max(run[3].ru_maxrss for run in runs) / 1e3:.0f} MB; an empty one (`naru --version`): clock "
          f"{statistics.median(usage_of([program, '--version'], folder)[2] for _ in runs) * 1e3:.0f} ms")


if __name__ == "__main__":
    main()
