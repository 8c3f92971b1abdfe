#!/usr/bin/env python3
"""What keeping a store in step with a folder costs: Naru beside CocoIndex and LlamaIndex's ingestion pipeline.

usage: bench/peers/flow.py [--program build/release/naru] [--files 5000] [--llama-files 200] [--many 100000]
       [--versions 8] [--data ../shared/data] [--keep FOLDER]

A made folder of Markdown (1 to 3 KB a file, by the seed) is taken in, then nothing is changed, then one line in each
of 1 % of its files, then 1 % get another name, then 1 % are deleted; after that each side's store is compared with
one made from scratch. Every call is a process of its own; in each step all sides have their turn. CPU is the
process's with its children's, less the embedding's (the stub model, as `--trace` times it by the clock; peers: a
hash) and less what the peer's process used until its imports were done; Naru's start is left in. LlamaIndex has a
smaller folder and no versions, as it reads and writes all it knows in each run. "changed" counts distinct texts that
a side's own store has new: what had to be embedded, by its own chunks. Then versions of doc-tree one after the other,
as a person's edits are, and `--many` small files for Naru alone beside find. Needs requirements-flow.txt; a peer that
is not installed is left out.
"""
import argparse
import itertools
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import make_zipf  # noqa: E402
import rounds  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent.parent
WORKER = Path(__file__).resolve().parent / "flow_peers.py"
NOTHING_ROUNDS = 3
SHARE = 0.01  # of the files, changed in a step
CONFIG = """\
models:
  embed: {{stub: {{}}}}
flows:
  docs:
    source: {{folder: {{path: "{folder}"}}}}
    steps: [{steps}]
    target: {{knowledge_base: docs}}
"""
STEPS = "parse, {chunk: {max_tokens: 256}}, embed"


def used_by(command, folder):
    """Output, errors, CPU seconds with those of its children, resident MB."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen([str(word) for word in command], cwd=folder, stdout=out, stderr=errors)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), errors.seek(0)
        lines, said = out.read(), errors.read()
    if status != 0:
        raise RuntimeError(f"{command}: status {status}: {said[-1500:]}")
    return lines, said, used.ru_utime + used.ru_stime, used.ru_maxrss / 1e3


class Naru:
    name = "naru"

    def __init__(self, program, steps=STEPS):
        self.program, self.steps, self.missing = str(Path(program).resolve()), steps, None

    def run(self, folder, state):
        state.mkdir(exist_ok=True)
        (state / "naru.yaml").write_text(CONFIG.format(folder=folder, steps=self.steps))
        out, said, cpu, resident = used_by([self.program, "run", "--json", "--accept-removals", "--trace"], state)
        embed = sum(map(float, re.findall(r"Committer::embed ([\d.]+) ms", said))) / 1e3
        return {"cpu_s": cpu - embed, "start_cpu_s": 0, "embed_cpu_s": embed, "resident_mb": resident,
                "embedded": json.loads(out.splitlines()[-1])["embedded"]}

    def rows(self, folder, state):
        lines = used_by([self.program, "dump", "--json"], state)[0].splitlines()
        rows = (json.loads(line) for line in lines if '"kind":"chunk"' in line)
        return Counter((row["doc"], row["text_sha256"]) for row in rows)


class Peer:
    def __init__(self, name, module):
        self.name, self.module = name, module
        self.missing = None if rounds.has(module) else f"{module} is not installed"

    def call(self, work, folder, state):
        state.mkdir(exist_ok=True)
        return used_by([sys.executable, WORKER, self.module, work, folder, state], state)

    def run(self, folder, state):
        out, _, cpu, resident = self.call("run", folder, state)
        said = json.loads(out.strip().splitlines()[-1])
        said.update(cpu_s=cpu - said["start_cpu_s"] - said["embed_cpu_s"], resident_mb=resident)
        return said

    def rows(self, folder, state):
        return Counter(tuple(line.split("\t")) for line in self.call("rows", folder, state)[0].splitlines())


# ---- the folder -----------------------------------------------------------------------------------------------------

class Texts:
    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.words = make_zipf.make_words(self.rng)
        self.weights = list(itertools.accumulate(1 / rank for rank in range(1, len(self.words) + 1)))

    def sentence(self):
        words = self.rng.choices(self.words, cum_weights=self.weights, k=self.rng.randint(6, 18))
        return " ".join(words).capitalize() + "."

    def document(self, size):
        parts, length = [], 0
        while length < size:
            if len(parts) % 4 == 0:
                parts.append("## " + self.sentence()[:-1])
            parts.append("\n".join(self.sentence() for _ in range(self.rng.randint(2, 5))))
            length += len(parts[-1])
        return "\n\n".join(parts) + "\n"


def make_folder(folder, files, sizes, seed):
    texts = Texts(seed)
    for number in range(files):
        path = folder / f"{number // 500:03}" / f"{number:06}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(texts.document(texts.rng.randint(*sizes)))


def change(folder, step, seed):
    """One line of 1 % of the files, or their names, or they go. Each step takes other files."""
    rng = random.Random(f"{seed} {step}")
    files = sorted(path for path in folder.rglob("*.md") if "renamed" not in path.name)
    for number, path in enumerate(rng.sample(files, max(1, round(len(files) * SHARE)))):
        if step == "one line of 1 %":
            lines = path.read_text().split("\n")
            place = rng.choice([i for i, line in enumerate(lines) if line.endswith(".")])
            lines[place] = lines[place][:-1] + f" edit{number}k of this line."
            path.write_text("\n".join(lines))
        elif step == "1 % renamed":
            path.rename(path.with_name("renamed-" + path.name))
        elif step == "1 % deleted":
            path.unlink()


# ---- the comparison -------------------------------------------------------------------------------------------------

def steps_of(sides, base, seed):
    """Rows of the table, and each side's figures by step."""
    figures = {}
    states = {side: base / f"state-{side.name}" for side, _ in sides}

    def turn(step, rounds_of=1, fresh=False):
        for number in range(rounds_of):
            for side, folder in sides[number % len(sides):] + sides[:number % len(sides)]:
                if side.missing:
                    continue
                state = base / f"scratch-{side.name}" if fresh else states[side]
                before = Counter() if not state.exists() else side.rows(folder, state)
                files = sum(1 for _ in folder.rglob("*.md"))
                try:
                    done = side.run(folder, state)
                except RuntimeError as error:
                    side.missing = str(error)
                    print(f"  {side.name}: left out: {error}", flush=True)
                    continue
                texts = {text for _, text in side.rows(folder, state)} - {text for _, text in before}
                done.update(files=files, changed=len(texts))
                figures.setdefault((step, side), []).append(done)
                print(f"  {step}, {side.name}: {done['cpu_s']:.2f} CPU s", file=sys.stderr, flush=True)

    turn("from nothing")
    turn("nothing changed", NOTHING_ROUNDS)
    for step in ("one line of 1 %", "1 % renamed", "1 % deleted"):
        for folder in {folder for _, folder in sides}:
            change(folder, step, seed)
        turn(step)
    turn("from nothing", fresh=True)
    return figures, states


def table_of(figures, sides, naru):
    rows = []
    for step in dict.fromkeys(step for step, _ in figures):
        own = None
        for side, _ in sides:
            runs = figures.get((step, side))
            if not runs:
                continue
            cost = rounds.median([run["cpu_s"] / run["files"] * 1e3 for run in runs])
            own = cost if side is naru else own
            spread = rounds.spread([run["cpu_s"] for run in runs])
            rows.append([step, side.name, runs[0]["files"], f"{cost:.4f} ±{spread:.0%}",
                         f"{own / cost:.4f}" if own else "", runs[0]["embedded"], runs[0]["changed"],
                         f"{rounds.median([run['embed_cpu_s'] for run in runs]):.2f}",
                         f"{max(run['resident_mb'] for run in runs):.0f}"])
    head = ["step", "who", "files", "CPU ms a file", "naru ÷ it", "embedded", "changed", "embedding s", "MB"]
    rounds.table("A folder kept in step; CPU ms a file without embedding", head, rows)
    for side, _ in sides:
        nothing, edited = figures.get(("nothing changed", side)), figures.get(("one line of 1 %", side))
        if nothing and edited:
            idle = rounds.median([run["cpu_s"] for run in nothing])
            print(f"{side.name}: 1 % edited is {edited[0]['cpu_s'] / idle:.2f} times nothing changed, embedding apart")
            if side.missing is None and "parts" in nothing[0]:
                print(f"  start {nothing[0]['start_cpu_s']:.2f} CPU s; of a run in which nothing changed: "
                      + ", ".join(f"{name} {seconds:.2f}" for name, seconds in nothing[0]["parts"].items()))


def equal_to_scratch(sides, states, base):
    for side, folder in sides:
        if side.missing:
            continue
        kept, scratch = side.rows(folder, states[side]), side.rows(folder, base / f"scratch-{side.name}")
        stale, lost = kept - scratch, scratch - kept
        gone = sum(count for (file, _), count in stale.items() if not (folder / file).exists())
        print(f"{side.name}: {sum(kept.values())} chunks; {sum(stale.values())} that a store from scratch has not "
              f"({gone} of files that are not there), {sum(lost.values())} of its missing")


def versions(sides, options, base):
    packed = options.data / "doc-tree" / "crewai-docs-en-ko.tar.zst"
    if not packed.exists() or options.versions < 2:
        return
    subprocess.run(f"zstd -dc --long=27 '{packed}' | tar x -C '{base}'", shell=True, check=True)
    order = sorted((base / "docs").iterdir(), key=lambda path: [int(n) for n in re.findall(r"\d+", path.name)])
    order = order[-options.versions:]
    tree, rows = base / "tree", []
    sums = {side: Counter() for side, _ in sides}
    for number, version in enumerate(order):
        wanted = {path.relative_to(version): path for path in version.rglob("*") if path.is_file()}
        for path in [path for path in tree.rglob("*") if path.is_file()]:
            if path.relative_to(tree) not in wanted:
                path.unlink()
        for name, path in wanted.items():
            here = tree / name
            if not here.exists() or here.read_bytes() != path.read_bytes():
                here.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, here)
        for side, _ in sides:
            if side.missing:
                continue
            state = base / f"tree-{side.name}"
            before = side.rows(tree, state) if state.exists() else Counter()
            done = side.run(tree, state)
            if number == 0:
                continue
            new = {text for _, text in side.rows(tree, state)} - {text for _, text in before}
            sums[side] += Counter(cpu_s=done["cpu_s"], embedded=done["embedded"], changed=len(new), files=len(wanted))
    for side, _ in sides:
        if sums[side]["files"]:
            each = {other: of["cpu_s"] / of["files"] for other, of in sums.items() if of["files"]}
            rows.append([side.name, sums[side]["files"], f"{each[side] * 1e3:.2f}",
                         f"{each[sides[0][0]] / each[side]:.4f}", sums[side]["embedded"], sums[side]["changed"]])
    rounds.table(f"{len(order) - 1} steps from a version of doc-tree to the next ({order[0].name} to {order[-1].name})",
                 ["who", "files in all", "CPU ms a file", "naru ÷ it", "embedded", "changed"], rows)


def many(options, base):
    """Nothing changed in many small files: Naru, and what only lists them with their times."""
    folder = base / "many"
    make_folder(folder, options.many, (200, 400), 3)
    naru = Naru(options.program, "parse, {chunk: {max_tokens: 256}}")
    first = naru.run(folder, base / "state-many")
    runs, finds = [], []
    for _ in range(NOTHING_ROUNDS):
        start = time.monotonic()
        runs.append((naru.run(folder, base / "state-many"), time.monotonic() - start))
        finds.append(used_by(["find", folder, "-type", "f", "-printf", "%s %T@\\n"], base)[2])
    cpu = rounds.median([run["cpu_s"] for run, _ in runs])
    find = rounds.median(finds)
    taken = first["cpu_s"] / options.many * 1e3
    print(f"\n{options.many} files, nothing embedded: taken in {taken:.3f} CPU ms a file, "
          f"{first['resident_mb']:.0f} MB; nothing changed {cpu / options.many * 1e3:.4f} ({cpu:.2f} s; clock "
          f"{rounds.median([clock for _, clock in runs]):.2f} s, {max(run['resident_mb'] for run, _ in runs):.0f} MB), "
          f"find with times {find / options.many * 1e3:.4f}: {cpu / find:.1f} times")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=ROOT / "build/release/naru")
    parser.add_argument("--data", default=ROOT.parent / "shared/data", type=Path)
    parser.add_argument("--files", type=int, default=5_000)
    parser.add_argument("--llama-files", type=int, default=200)
    parser.add_argument("--many", type=int, default=100_000)
    parser.add_argument("--versions", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", help="work in this folder and leave it")
    options = parser.parse_args()
    base = Path(options.keep or tempfile.mkdtemp(prefix="naru-flow-")).resolve()
    base.mkdir(exist_ok=True)
    print(rounds.machine())
    big, small = base / "big", base / "small"
    make_folder(big, options.files, (1000, 3000), options.seed)
    make_folder(small, options.llama_files, (1000, 3000), options.seed)
    naru = Naru(options.program)
    cocoindex = Peer(f"cocoindex {rounds.version('cocoindex')}", "cocoindex")
    llama_index = Peer(f"llama-index-core {rounds.version('llama-index-core')}", "llama_index")
    sides = [(naru, big), (cocoindex, big), (llama_index, small)]
    for side, _ in sides:
        if side.missing:
            print(f"  {side.name}: left out: {side.missing}")
    figures, states = steps_of(sides, base, options.seed)
    table_of(figures, sides, naru)
    equal_to_scratch(sides, states, base)
    versions([(naru, big), (cocoindex, big)], options, base)
    if options.many:
        many(options, base)
    if not options.keep:
        shutil.rmtree(base)


if __name__ == "__main__":
    sys.exit(main())
