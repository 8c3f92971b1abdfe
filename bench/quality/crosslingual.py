#!/usr/bin/env python3
"""Aligned Korean and English paragraphs as two sets for `naru eval retrieval`: Korean questions to English documents
(ko-en) and the other way (en-ko). The only right document of a paragraph is its translation.

usage: bench/quality/crosslingual.py PAIRS_FOLDER OUT [--queries N] [--documents N]
PAIRS_FOLDER holds pairs.jsonl[.zst] {_id,file,en,ko}. With numbers, a fixed subset (sets.py says which).
"""
import argparse
from pathlib import Path

import sets


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("pairs")
    parser.add_argument("out")
    parser.add_argument("--queries", type=int, default=1 << 30)
    parser.add_argument("--documents", type=int, default=1 << 30)
    options = parser.parse_args()
    pairs = sets.read_rows(options.pairs, "pairs.jsonl")
    for name, asked, searched in (("ko-en", "ko", "en"), ("en-ko", "en", "ko")):
        documents = {pair["_id"]: {"_id": pair["_id"], "text": pair[searched]} for pair in pairs}
        queries = {pair["_id"]: {"_id": pair["_id"], "text": pair[asked]} for pair in pairs}
        judgements = {pair["_id"]: {pair["_id"]: 1} for pair in pairs}
        chosen = sets.cut(documents, queries, judgements, options.queries, options.documents)
        sets.write_set(Path(options.out) / name, *chosen)
        print(f"{Path(options.out) / name}: {len(chosen[0])} documents, {len(chosen[1])} queries")


if __name__ == "__main__":
    main()
