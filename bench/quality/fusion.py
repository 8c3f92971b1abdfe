#!/usr/bin/env python3
"""How much the vector leg should weigh: every weight and scale on every set, and the weight that the other sets choose.

usage: bench/quality/fusion.py DATA WORK [--naru PROGRAM] [--embed MODEL] [--queries 250] [--documents 700]
DATA holds retrieval-en, retrieval-ko and crosslingual-ko-en. WORK keeps stores and candidates: a second run embeds
nothing. Prints nDCG@10 of each leg alone, of each weight, and leave-one-set-out: the weight with the best mean on the
other sets, and what it gives on the set that had no say.
"""
import argparse
import json
import math
import subprocess
import sys
from pathlib import Path

import sets

HERE = Path(__file__).resolve().parent
WEIGHTS = [round(0.05 * step, 2) for step in range(21)]


def prepare(data, work, queries, documents):
    """Name -> folder of a set cut to size."""
    found = {}
    for group in ("retrieval-en", "retrieval-ko"):
        for source in sorted((data / group).iterdir()):
            if not source.is_dir() or not any(source.glob("qrels.tsv*")):
                continue
            found[source.name] = work / source.name
            if not (work / source.name / "qrels.tsv").exists():
                sets.write_set(work / source.name, *sets.cut(*sets.read_set(source), queries, documents))
    if not (work / "en-ko" / "qrels.tsv").exists():
        subprocess.run([sys.executable, str(HERE / "crosslingual.py"), str(data / "crosslingual-ko-en"), str(work),
                        "--queries", str(queries), "--documents", str(documents)], check=True)
    found["ko-en"], found["en-ko"] = work / "ko-en", work / "en-ko"
    return found


def candidates(folder, naru, embed):
    out = folder / f"candidates-{embed}.jsonl"
    if not out.exists():
        (folder / "naru.yaml").write_text(sets.configuration("corpus.jsonl", embed))
        subprocess.run([naru, "-C", str(folder), "run"], check=True)
        program = Path(naru).parent / "bench_candidates"
        subprocess.run([str(program), str(folder / ".naru"), embed, str(folder / "queries.jsonl"), str(out)],
                       check=True)
    return [json.loads(line) for line in out.read_text().split("\n") if line]


def min_max(values):
    low, high = min(values), max(values)
    return [(value - low) / (high - low) if high > low else 0.0 for value in values]


def z_score(values):
    mean = sum(values) / len(values)
    deviation = math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))
    return [(value - mean) / deviation if deviation > 0 else 0.0 for value in values]


def ndcg(ranked, judged):
    gain = sum((2 ** judged.get(doc, 0) - 1) / math.log2(place + 2) for place, doc in enumerate(ranked[:10]))
    best = sum((2 ** grade - 1) / math.log2(place + 2)
               for place, grade in enumerate(sorted(judged.values(), reverse=True)[:10]))
    return gain / best if best > 0 else 0.0


def ranked(query, scores):
    """Documents, best first, each by its best chunk; equal scores by name, as the program settles them."""
    best = {}
    for (doc, _, _), score in zip(query["candidates"], scores):
        best[doc] = max(best.get(doc, -math.inf), score)
    return sorted(best, key=lambda doc: (-best[doc], doc))


def leg_alone(query, judged, leg):
    rows = sorted(((row[leg], row[0]) for row in query["candidates"]), key=lambda pair: (-pair[0], pair[1]))[:100]
    best = {}
    for score, doc in rows:
        if leg == 1 and score <= 0:
            continue
        best.setdefault(doc, score)
    return ndcg(sorted(best, key=lambda doc: (-best[doc], doc)), judged)


def fused(query, judged, weight, scale, trusted):
    lexical, vector = (scale([row[leg] for row in query["candidates"]]) for leg in (1, 2))
    words = (1 - weight) * (query["match"] if trusted else 1.0)
    return ndcg(ranked(query, [words * a + weight * b for a, b in zip(lexical, vector)]), judged)


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--naru", default=str(HERE.parent.parent / "build/release/naru"))
    parser.add_argument("--embed", default="default")
    parser.add_argument("--queries", type=int, default=250)
    parser.add_argument("--documents", type=int, default=700)
    options = parser.parse_args()
    folders = prepare(options.data, options.work, options.queries, options.documents)
    table, legs = {}, {}
    for name, folder in folders.items():
        judgements = sets.read_set(folder)[2]
        queries = [query for query in candidates(folder, options.naru, options.embed) if query["candidates"]]
        count = len(judgements)
        legs[name] = [sum(leg_alone(query, judgements[query["_id"]], leg) for query in queries) / count
                      for leg in (1, 2)]
        for scale in (min_max, z_score):
            for trusted in (False, True):
                way = scale.__name__ + (", lexical leg trusted by its match" if trusted else "")
                for weight in WEIGHTS:
                    table[name, way, weight] = sum(
                        fused(query, judgements[query["_id"]], weight, scale, trusted) for query in queries) / count
        print(f"{name}: {count} queries, lexical {legs[name][0]:.4f}, vector {legs[name][1]:.4f}", flush=True)
    names = list(folders)
    for scale in sorted({way for _, way, _ in table}):
        print(f"\n{scale}: weight of the vector leg, nDCG@10")
        print(f"{'weight':>16} " + " ".join(f"{weight:6}" for weight in WEIGHTS))
        for name in names:
            print(f"{name:>16} " + " ".join(f"{table[name, scale, weight]:.4f}" for weight in WEIGHTS))
        print(f"{'mean':>16} " + " ".join(f"{mean(table[n, scale, w] for n in names):.4f}" for w in WEIGHTS))
        print(f"{'worst loss':>16} " + " ".join(
            f"{min(table[n, scale, w] - max(legs[n]) for n in names):+.3f}" for w in WEIGHTS))
        print("leave one set out: weight chosen by the others, then this set beside its better leg")
        for name in names:
            weight = max(WEIGHTS, key=lambda w: mean(table[n, scale, w] for n in names if n != name))
            figure = table[name, scale, weight]
            print(f"{name:>16} {weight:5} {figure:.4f} {figure - max(legs[name]):+.4f}")


if __name__ == "__main__":
    main()
