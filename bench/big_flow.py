#!/usr/bin/env python3
"""A corpus larger than memory: made pages are piped through filter and near_duplicates into Parquet, under a cap.

usage: bench/big_flow.py [--gigabytes 20] [--kilobytes 10] [--cap-mib 1024] [--program FILE] [--folder DIR]

The generator is a process of its own; its pages have paragraphs of the sentences of bench/peers/make_pages.py. `naru
run` with all that it starts is put into a memory control group of its own, page cache included, where this user may
make one (cgroup v1); elsewhere its resident memory is only watched. Printed: what went in and came out, the times, the
most memory, and what is on disk. Of the pages half are left out by the filter; 8 of 100 are nearly an earlier one.
"""
import argparse
import collections
import itertools
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "peers"))
import make_pages  # noqa: E402

CONFIG = """flows:
  corpus:
    source: {stdin: {id: id}}
    steps:
      - filter: {where: "score >= 50"}
      - near_duplicates: {threshold: 0.8, prefer: name}
    target: {parquet: {path: out}}
"""
PARAGRAPHS, NEAR = 50_000, 0.08
GROUPS = pathlib.Path("/sys/fs/cgroup/memory")


def generate(gigabytes, kilobytes, seed, report):
    """Lines on standard output; `report` is what is known of them."""
    rng = random.Random(seed)
    sentences = make_pages.make_sentences(rng)
    paragraphs = [" ".join(rng.choices(sentences, k=4)) for _ in range(PARAGRAPHS)]
    size = sum(map(len, paragraphs)) / PARAGRAPHS
    recent = collections.deque(maxlen=make_pages.RECENT)
    written = passing = 0
    families = set()
    out = sys.stdout.buffer
    for number in itertools.count():
        if written >= gigabytes * 1e9:
            break
        family = number
        if rng.random() < NEAR and recent:
            family, page = recent[rng.randrange(len(recent))]
            page = list(page)
            at = rng.randrange(len(page))
            page[at] = page[at].rsplit(". ", 1)[0] + ". " + rng.choice(sentences)
        else:
            # As many from once to twice the least size as from half to all of the largest; `kilobytes` in the mean.
            page = rng.choices(paragraphs, k=max(8, int(kilobytes * 1000 / size * 0.315 * 20 ** rng.random() / 2)))
            recent.append((number, page))
        score = rng.randrange(100)
        if score >= 50:
            passing += 1
            families.add(family)
        line = json.dumps({"id": f"p{number:09}", "score": score, "text": "\n\n".join(page)}).encode() + b"\n"
        written += len(line)
        out.write(line)
    out.flush()
    pathlib.Path(report).write_text(json.dumps(
        {"pages": number, "bytes": written, "passing": passing, "families": len(families)}))


def resident(pid):
    """Of a process and all that it started, in MiB: of all together, and of each by its name."""
    children = collections.defaultdict(list)
    sizes, names = {}, {}
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            status = dict(line.split(":\t", 1) for line in (entry / "status").read_text().splitlines() if ":\t" in line)
        except (OSError, ValueError):
            continue
        children[int(status["PPid"])].append(int(entry.name))
        names[int(entry.name)] = status["Name"]
        sizes[int(entry.name)] = int(status.get("VmRSS", "0 kB").split()[0]) / 1024
    found, waiting = collections.Counter(), [pid]
    while waiting:
        one = waiting.pop()
        found[names.get(one, "")] += sizes.get(one, 0)
        waiting += children[one]
    return sum(found.values()), found


def make_group(cap_mib):
    group = GROUPS / f"naru-{os.getpid()}"
    try:
        group.mkdir()
        (group / "memory.limit_in_bytes").write_text(str(cap_mib << 20))
        return group
    except OSError:
        return None


def run(options, folder, *arguments):
    group = make_group(options.cap_mib)
    report = folder / "generated.json"
    numbers = [f"--{name}={getattr(options, name)}" for name in ("gigabytes", "kilobytes", "seed")]
    source = subprocess.Popen([sys.executable, __file__, "--generate", str(report), *numbers], stdout=subprocess.PIPE)

    def enter():
        if group:
            (group / "cgroup.procs").write_text(str(os.getpid()))

    environment = dict(os.environ, TMPDIR=str(folder))
    started = time.time()
    naru = subprocess.Popen([options.program, "run", "--json", *arguments], stdin=source.stdout, stdout=subprocess.PIPE,
                            stderr=open(folder / "events.jsonl", "wb"), cwd=folder, env=environment, preexec_fn=enter)
    source.stdout.close()
    most = [(0.0, {})]

    def watch():
        while naru.poll() is None:
            most[0] = max(most[0], resident(naru.pid), key=lambda one: one[0])
            time.sleep(0.5)

    watcher = threading.Thread(target=watch)
    watcher.start()
    said = naru.stdout.read()
    _, status, usage = os.wait4(naru.pid, 0)
    naru.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.time() - started
    watcher.join()
    source.wait()
    result = {"exit": naru.returncode, "seconds": round(seconds), "cpu_s": round(usage.ru_utime + usage.ru_stime),
              "resident_mib": round(most[0][0]), "of": {name: round(size) for name, size in most[0][1].items()}}
    if group:
        result["cap_mib"] = options.cap_mib
        result["oom_kills"] = [line for line in (group / "memory.oom_control").read_text().splitlines()
                               if line.startswith("oom_kill ")]
        time.sleep(0.5)
        group.rmdir()
    return result, said, json.loads(report.read_text()) if report.exists() else {}


def disk(path):
    return round(sum(f.stat().st_size for f in path.rglob("*") if f.is_file()) / 1e6)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gigabytes", type=float, default=20)
    parser.add_argument("--kilobytes", type=float, default=10, help="of a page, in the mean")
    parser.add_argument("--cap-mib", type=int, default=1024)
    parser.add_argument("--program", default=str(HERE.parent / "build/release/naru"))
    parser.add_argument("--folder", help="kept; left out: a temporary one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--generate", metavar="REPORT", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.generate:
        return generate(options.gigabytes, options.kilobytes, options.seed, options.generate)
    options.program = os.path.abspath(options.program)
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(options.folder or temporary)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "naru.yaml").write_text(CONFIG)
        result, said, made = run(options, folder)
        written = folder / "out/_manifest.json"
        manifest = json.loads(written.read_text()) if written.exists() else {}
        print(json.dumps({"generated": made, "run": result, "rows": manifest.get("rows"),
                          "files": len(manifest.get("parts", [])),
                          "disk_mb": {name.name: disk(name) for name in folder.iterdir() if name.is_dir()}}, indent=2))
        if result["exit"] != 0:
            sys.stderr.write(said.decode()[-2000:])
        sys.exit(result["exit"])


if __name__ == "__main__":
    main()
