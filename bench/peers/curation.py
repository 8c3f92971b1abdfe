#!/usr/bin/env python3
"""What curating a corpus costs, step by step: `quality` and `near_duplicates` as flows beside datatrove's pipelines.

usage: bench/peers/make_pages.py PAGES.jsonl && bench/peers/curation.py PAGES.jsonl [--sample 30] [--rounds 1]
       [--program build/release/naru] [--only STEP,...] [--keep FOLDER]

JSON lines are read, judged and written by each side, a process of its own; MB/s/core is text over its CPU seconds
with those of its children: "whole" of all of it, "step alone" without what reading and writing took in the same
round; of datatrove both are without its imports, which take some seconds. datatrove takes the first --sample MB, Naru
all. Words and sentences of English are cut for datatrove by spacy's rules (`spacy.blank`, as it is made to; nothing
is fetched or replaced). Its MinHash is all four stages (signatures, buckets, clusters, filter); Naru's keeps the rows
of words of each text, checks every pair exactly and can take an answer back when a page goes. Needs requirements-
flow.txt.
"""
import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import rounds  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent.parent
STEPS = {
    "read and write": "",
    "gopher": "{quality: {rules: [gopher], language: en}}",
    "repetition": "{quality: {rules: [repetition], language: en}}",
    "c4": "{quality: {rules: [c4], language: en}}",
    "fineweb": "{quality: {rules: [fineweb], language: en}}",
    "all four": "{quality: {rules: [gopher, repetition, c4, fineweb], language: en}}",
    "near duplicates": "{near_duplicates: {threshold: 0.8, prefer: name}}",
}
FLOW = "flows:\n  pages:\n    source: {{jsonl: {{path: \"{pages}\", id: id}}}}\n    steps: [{steps}]\n" \
       "    target: {{jsonl: {{path: out.jsonl}}}}\n"


def kept_in(path):
    return sum(chunk.count(b"\n") for chunk in iter(lambda file=open(path, "rb"): file.read(1 << 20), b""))


def run_naru(program, pages, step, base):
    folder = base / f"naru-{step.replace(' ', '-')}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "naru.yaml").write_text(FLOW.format(pages=pages, steps=STEPS[step]))
    with open(folder / "log", "w") as log:
        process = subprocess.Popen([program, "run", "--json"], cwd=folder, stdout=log, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if status != 0:
        sys.exit(f"naru, {step}: {(folder / 'log').read_text()[-1500:]}")
    figures = {"cpu_s": used.ru_utime + used.ru_stime, "resident_mb": used.ru_maxrss / 1e3,
               "kept": kept_in(folder / "out.jsonl")}
    shutil.rmtree(folder)
    return figures


# ---- the worker: datatrove ------------------------------------------------------------------------------------------

def datatrove_steps(step, base):
    from datatrove.pipeline import filters
    from datatrove.pipeline.filters.fineweb_quality_filter import FineWebQualityFilter
    from datatrove.pipeline.filters.gopher_repetition_filter import GopherRepetitionFilter
    made = {"gopher": [filters.GopherQualityFilter], "repetition": [GopherRepetitionFilter],
            "c4": [filters.C4QualityFilter], "fineweb": [FineWebQualityFilter]}
    made["all four"] = [one for ones in list(made.values()) for one in ones]
    return [one(language="eng") for one in made.get(step, [])]


def worker(step, pages, base):
    import logging
    logging.disable()
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers import JsonlWriter
    out = base / "out"

    def run(*pipeline):
        LocalPipelineExecutor(list(pipeline), tasks=1, workers=1, logging_dir=str(base / f"log-{time.time_ns()}"),
                              skip_completed=False).run()

    def reader():
        return JsonlReader(str(pages.parent), glob_pattern=pages.name)

    def writer():
        return JsonlWriter(str(out), output_filename="${rank}.jsonl", compression=None)

    steps = datatrove_steps(step, base)
    from datatrove.data import Document
    for one in steps:
        one.filter(Document(text="A first text opens the tokenizer.", id="0"))
    if step == "near duplicates":
        from datatrove.pipeline.dedup import minhash
        config = minhash.MinhashConfig()
        signatures = minhash.MinhashDedupSignature(str(base / "sig"), config, language="eng")
        signatures.get_shingles("A first text opens the tokenizer, and then the others come in their turn.")
    ready = time.process_time()
    if step == "near duplicates":
        run(reader(), signatures)
        for bucket in range(config.num_buckets):
            step_of = minhash.MinhashDedupBuckets(str(base / "sig"), str(base / "buckets"), config=config)
            step_of.run(None, bucket, config.num_buckets)
        run(minhash.MinhashDedupCluster(str(base / "buckets"), str(base / "remove"), config=config))
        run(reader(), minhash.MinhashDedupFilter(str(base / "remove")), writer())
    else:
        run(reader(), *steps, writer())
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    rounds.say({"cpu_s": time.process_time() - ready + used.ru_utime + used.ru_stime, "start_cpu_s": ready,
                "resident_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
                "kept": sum(kept_in(path) for path in out.rglob("*.jsonl"))})


# ---- the comparison -------------------------------------------------------------------------------------------------

def measured(pages):
    """MB of text, and pages."""
    size = count = 0
    with open(pages, encoding="utf-8") as file:
        for line in file:
            size += len(json.loads(line)["text"].encode())
            count += 1
    return size / 1e6, count


def take_sample(pages, sample, megabytes):
    left = megabytes * 1e6
    with open(pages, encoding="utf-8") as file, open(sample, "w", encoding="utf-8") as out:
        for line in file:
            if left <= 0:
                break
            out.write(line)
            left -= len(line)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=Path)
    parser.add_argument("--sample", type=float, default=30, help="MB for datatrove")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--program", default=ROOT / "build/release/naru")
    parser.add_argument("--only", default=",".join(STEPS))
    parser.add_argument("--keep", help="work in this folder and leave it")
    parser.add_argument("--worker", nargs=2, metavar=("STEP", "FOLDER"))
    options = parser.parse_args()
    pages = options.pages.resolve()
    if options.worker:
        return worker(options.worker[0], pages, Path(options.worker[1]))
    base = Path(options.keep or tempfile.mkdtemp(prefix="naru-curation-")).resolve()
    (base / "sample").mkdir(parents=True, exist_ok=True)
    sample = base / "sample" / "pages.jsonl"
    take_sample(pages, sample, options.sample)
    sizes = {"naru": measured(pages), "datatrove": measured(sample)}
    print(rounds.machine())
    print(f"naru {sizes['naru'][1]} pages, {sizes['naru'][0]:.1f} MB; datatrove {rounds.version('datatrove')} "
          f"{sizes['datatrove'][1]} pages, {sizes['datatrove'][0]:.1f} MB", flush=True)
    steps = [step for step in STEPS if step in options.only.split(",")]
    figures = {}
    for _ in range(options.rounds):
        for step in steps:
            figures.setdefault(("naru", step), []).append(
                run_naru(str(Path(options.program).resolve()), pages, step, base))
            work = base / f"datatrove-{step.replace(' ', '-')}"
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir()
            peer = rounds.Peer(f"datatrove, {step}", [sys.executable, __file__, sample, "--worker", step, work])
            done = rounds.run_once(peer)
            if done:
                figures.setdefault(("datatrove", step), []).append(done)
            print(f"  {step}", file=sys.stderr, flush=True)
    rows = []
    for step in steps:
        speeds = {}
        for who in ("naru", "datatrove"):
            runs, plain = figures.get((who, step)), figures.get((who, steps[0]))
            if not runs or not plain:
                continue
            size, count = sizes[who]
            whole = rounds.median([run["cpu_s"] for run in runs])
            alone = whole - rounds.median([run["cpu_s"] for run in plain])
            speeds[who] = (size / whole, size / alone if alone > 0 and step != steps[0] else None)
            times = ["", ""]
            if who == "datatrove" and "naru" in speeds:
                times = [f"{a / b:.1f}" if a and b else "" for a, b in zip(speeds["naru"], speeds[who])]
            rows.append([step, who, f"{speeds[who][1]:.1f}" if speeds[who][1] else "", times[1],
                         f"{speeds[who][0]:.1f}", times[0], f"{runs[0]['kept'] / count:.4f}",
                         f"{runs[0]['resident_mb']:.0f}"])
    head = ["step", "who", "step alone", "naru ÷ it", "whole", "naru ÷ it", "kept", "MB"]
    rounds.table("Curation, MB/s/core", head, rows)
    if not options.keep:
        shutil.rmtree(base)


if __name__ == "__main__":
    sys.exit(main())
