#!/usr/bin/env python3
"""Near-duplicate removal as a flow: over the pairs of dedup-peps, and over version after version of doc-tree.

usage: bench/near_flow.py peps|tree --data ../shared/data [--program build/release/naru] [--versions N]

peps: each document that is left out names one that stays; pairs.tsv knows how alike they are, and whether two that
stay are. tree: the folder becomes each version in turn, and after every run corpus and drops equal those of a run from
scratch.
Needs zstd. Exit 1 where something differs.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

FLOW = """flows:
  near:
    source: {{{source}}}
    steps: [{steps}]
    target: {{jsonl: {{path: out.jsonl}}}}
"""


def run(program, folder):
    done = subprocess.run([program, "run", "--json", "--accept-removals"], cwd=folder, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        sys.exit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def drops(program, folder):
    done = subprocess.run([program, "rejects", "ls", "--dropped", "--json"], cwd=folder, capture_output=True, text=True,
                          check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def peps(options, work):
    packed = options.data / "dedup-peps" / "docs.jsonl.zst"
    with open(work / "docs.jsonl", "wb") as out:
        subprocess.run(["zstd", "-dc", packed], stdout=out, check=True)
    (work / "naru.yaml").write_text(FLOW.format(
        source="jsonl: {path: docs.jsonl, id: _id}", steps="{near_duplicates: {threshold: 0.8, prefer: name}}"))
    done = run(options.program, work)
    alike = {}
    for line in (options.data / "dedup-peps" / "pairs.tsv").read_text().splitlines()[1:]:
        a, b, jaccard = line.split("\t")[:3]
        alike[frozenset((a, b))] = float(jaccard)
    out = drops(options.program, work)
    pairs = [frozenset((drop["doc"], drop["detail"].removeprefix("like "))) for drop in out]
    right = sum(alike.get(pair, 0) >= 0.8 for pair in pairs)
    kept = {json.loads(line)["_id"] for line in open(work / "out.jsonl", encoding="utf-8")}
    missed = [pair for pair, jaccard in alike.items() if jaccard >= 0.8 and pair <= kept]
    known = sum(jaccard >= 0.8 for jaccard in alike.values())
    print(f"{done['items']['seen']} documents, {len(kept)} stay, {len(out)} left out in {done['seconds']:.1f} s; of "
          f"these {right} for one of 0.8 and more ({right / len(out):.4f}); of {known} pairs of 0.8 and more both "
          f"stay of {[(*sorted(pair), alike[pair]) for pair in missed]}")
    return right < 0.99 * len(out) or len(missed) > 0.05 * known


def tree(options, work):
    with open(options.data / "doc-tree" / "crewai-docs-en-ko.tar.zst", "rb") as packed:
        plain = subprocess.Popen(["zstd", "-dc", "--long=27"], stdin=packed, stdout=subprocess.PIPE)
        subprocess.run(["tar", "x"], stdin=plain.stdout, cwd=work, check=True)
    versions = sorted(path for path in (work / "docs").iterdir())[:options.versions]
    flow = FLOW.format(source="folder: {path: tree}", steps="parse, {near_duplicates: {threshold: 0.8, prefer: name}}")
    kept = work / "kept"
    (kept / "tree").mkdir(parents=True)
    (kept / "naru.yaml").write_text(flow)
    bad = 0
    for version in versions:
        # Files are changed where they differ, and go where the version has none: what an edit does, not a copy anew.
        wanted = {path.relative_to(version): path for path in version.rglob("*") if path.is_file()}
        for path in list((kept / "tree").rglob("*")):
            if path.is_file() and path.relative_to(kept / "tree") not in wanted:
                path.unlink()
        for name, path in wanted.items():
            to = kept / "tree" / name
            if not to.is_file() or to.read_bytes() != path.read_bytes():
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, to)
        done = run(options.program, kept)
        fresh = work / "fresh"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir()
        shutil.copytree(kept / "tree", fresh / "tree", copy_function=shutil.copy2)
        (fresh / "naru.yaml").write_text(flow)
        rejected = run(options.program, fresh)["items"]["rejected"]
        corpus = (kept / "out.jsonl").read_bytes() == (fresh / "out.jsonl").read_bytes()
        out, wanted_out = ({drop["doc"] for drop in drops(options.program, folder)} for folder in (kept, fresh))
        items = done["items"]
        print(f"{version.name}: {items['seen']} files, {items.get('dropped', 0)} left out; {items['added']} added, "
              f"{items['changed']} changed, {items['removed']} removed in {done['seconds']:.1f} s; as from scratch: "
              f"corpus {corpus}, left out {out == wanted_out}, rejected {items['rejected']} and {rejected}", flush=True)
        bad += not corpus or out != wanted_out
    return bad


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", choices=["peps", "tree"])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--program", default="build/release/naru")
    parser.add_argument("--versions", type=int, default=None)
    options = parser.parse_args()
    options.program, options.data = os.path.abspath(options.program), options.data.absolute()
    with tempfile.TemporaryDirectory() as folder:
        return 1 if {"peps": peps, "tree": tree}[options.work](options, Path(folder)) else 0


if __name__ == "__main__":
    sys.exit(main())
