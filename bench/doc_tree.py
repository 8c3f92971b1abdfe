#!/usr/bin/env python3
"""Takes a large real document tree in, changes it, and checks what incremental ingest promises. Python 3 and zstd.

usage: bench/doc_tree.py [--program build/release/naru] [--data ../shared/data/doc-tree] [--seed 1] [--keep FOLDER]

Prints one JSON object: files, CPU milliseconds a file of a run with nothing to do, what 100 edits, 50 renames and
50 deletes embedded against the number of distinct new texts, whether `dump` equals a store built from scratch, the
wall time of a hybrid search in a new process, and how many chunks one inserted sentence changes. Exit 1 where a
promise does not hold; times are printed and never judged.
"""
import argparse
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CONFIG = """\
models:
  embed: {{stub: {{}}}}
flows:
  docs:
    source: {{folder: {{path: "{folder}"}}}}
    steps:
      - parse
      - chunk: {{max_tokens: 256}}
      - embed
    target: {{knowledge_base: docs}}
"""
EDITS, RENAMES, DELETES, INSERTIONS, SEARCHES = 100, 50, 50, 30, 7
QUESTIONS = ["how do agents share memory", "에이전트 메모리 설정", "crew kickoff parameters"]


class Naru:
    def __init__(self, program):
        self.program = str(Path(program).resolve())

    def call(self, workspace, *arguments, codes=(0,)):
        """Standard output's lines, CPU seconds and wall seconds of one call."""
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        done = subprocess.run([self.program, *arguments], cwd=workspace, capture_output=True)
        after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - start
        if done.returncode not in codes:
            sys.exit(f"naru {' '.join(arguments)}: exit {done.returncode}: {done.stderr.decode()[-2000:]}")
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return done.stdout.decode().splitlines(), cpu, wall

    def run(self, workspace):
        lines, cpu, wall = self.call(workspace, "run", "--json")
        return json.loads(lines[-1]), cpu, wall

    def dump(self, workspace):
        return self.call(workspace, "dump", "--json")[0]


def workspace_for(folder, base, name):
    workspace = base / name
    workspace.mkdir()
    (workspace / "naru.yaml").write_text(CONFIG.format(folder=folder))
    return workspace


def texts_of(dump):
    return {json.loads(line)["text_sha256"] for line in dump if '"kind":"chunk"' in line}


def change_tree(folder, chance):
    """Edits, renames and deletes, each on other files; what it did is by the seed alone."""
    files = sorted(path for path in folder.rglob("*.mdx"))
    chosen = chance.sample(files, EDITS + RENAMES + DELETES)
    for number, path in enumerate(chosen[:EDITS]):
        lines = path.read_text().split("\n")
        lines.insert(chance.randrange(len(lines) + 1), f"\nEdit number {number} says {chance.getrandbits(40):x}.\n")
        path.write_text("\n".join(lines))
    for number, path in enumerate(chosen[EDITS:EDITS + RENAMES]):
        path.rename(path.with_name(f"renamed-{number}-{path.name}"))
    for path in chosen[EDITS + RENAMES:]:
        path.unlink()


def insertions(naru, folder, base, chance):
    """Chunks that one sentence, put at a paragraph's end, adds and removes: distinct contents, one at a time."""
    seen, chosen = set(), []
    files = sorted(folder.rglob("*.mdx"))
    chance.shuffle(files)
    for path in files:
        text = path.read_text()
        if len(text) > 4000 and text not in seen:
            seen.add(text)
            chosen.append(text)
        if len(chosen) == INSERTIONS:
            break
    small = base / "insertion-documents"
    small.mkdir()
    workspace = workspace_for(small, base, "insertion")
    for number, text in enumerate(chosen):
        (small / f"{number}.mdx").write_text(text)
    naru.run(workspace)
    added, removed = [], []
    for number, text in enumerate(chosen):
        paragraphs = text.split("\n\n")
        ends = [i for i, paragraph in enumerate(paragraphs) if paragraph.rstrip().endswith(".")]
        place = chance.choice(ends) if ends else len(paragraphs) - 1
        paragraphs[place] = paragraphs[place].rstrip() + f" This sentence is number {number}."
        (small / f"{number}.mdx").write_text("\n\n".join(paragraphs))
        done, _, _ = naru.run(workspace)
        added.append(done["chunks"]["added"])
        removed.append(done["chunks"]["removed"])
    return added, removed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = Path(__file__).resolve().parent.parent
    parser.add_argument("--program", default=root / "build/release/naru")
    parser.add_argument("--data", default=root.parent / "shared/data/doc-tree", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", help="work in this folder and leave it")
    arguments = parser.parse_args()
    archive = arguments.data / "crewai-docs-en-ko.tar.zst"
    if not archive.exists():
        sys.exit(f"bench/doc_tree.py: there is no {archive}")
    base = Path(arguments.keep or tempfile.mkdtemp(prefix="naru-doc-tree-"))
    base.mkdir(exist_ok=True)
    folder = base / "tree"
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir()
    subprocess.run(f"zstd -dc --long=27 '{archive}' | tar x -C '{folder}'", shell=True, check=True)
    chance = random.Random(arguments.seed)
    naru = Naru(arguments.program)
    workspace = workspace_for(folder, base, "kept")
    report, wrong = {}, []

    done, cpu, wall = naru.run(workspace)
    files = done["items"]["seen"]
    report["first"] = {"files": files, "chunks": done["chunks"]["added"], "embedded": done["embedded"],
                       "cpu_s": round(cpu, 2), "wall_s": round(wall, 2)}
    runs = [naru.run(workspace) for _ in range(5)]
    report["nothing_changed"] = {"cpu_ms_a_file": round(statistics.median(run[1] for run in runs) * 1000 / files, 4),
                                 "wall_s": round(statistics.median(run[2] for run in runs), 3)}
    if any(run[0]["embedded"] or run[0]["items"]["changed"] for run in runs):
        wrong.append("a run with nothing to do did something")
    walls = [naru.call(workspace, "search", QUESTIONS[i % len(QUESTIONS)], "--json")[2] for i in range(SEARCHES)]
    report["search_ms"] = {"median": round(statistics.median(walls) * 1000, 1), "max": round(max(walls) * 1000, 1)}

    before = naru.dump(workspace)
    change_tree(folder, chance)
    done, cpu, wall = naru.run(workspace)
    after = naru.dump(workspace)
    new_texts = len(texts_of(after) - texts_of(before))
    report["changed"] = {"items": done["items"], "chunks": done["chunks"], "embedded": done["embedded"],
                         "distinct_new_texts": new_texts, "cpu_s": round(cpu, 2), "wall_s": round(wall, 2)}
    if done["embedded"] != new_texts:
        wrong.append(f"{done['embedded']} texts were embedded, {new_texts} are new")
    scratch = workspace_for(folder, base, "scratch")
    naru.run(scratch)
    report["dump_equals_scratch"] = naru.dump(scratch) == after
    if not report["dump_equals_scratch"]:
        wrong.append("the dump differs from a store built from scratch")
    naru.call(workspace, "verify", "--json")

    added, removed = insertions(naru, folder, base, chance)
    report["inserted_sentence"] = {"added_mean": round(statistics.mean(added), 2), "added_max": max(added),
                                   "removed_mean": round(statistics.mean(removed), 2)}
    if statistics.mean(added) > 2 or statistics.mean(removed) > 2:
        wrong.append("one inserted sentence changes more than two chunks in the mean")
    size = sum(path.stat().st_size for path in (workspace / ".naru").rglob("*") if path.is_file())
    report["store_bytes"] = size
    report["wrong"] = wrong
    print(json.dumps(report, indent=1, ensure_ascii=False))
    if not arguments.keep:
        shutil.rmtree(base)
    return 1 if wrong else 0


if __name__ == "__main__":
    os.environ.setdefault("NO_COLOR", "1")
    sys.exit(main())
