#!/usr/bin/env python3
"""Questions that can and cannot be answered, made of a labelled set: half of its documents are taken away, so that
about half of the questions lose the only documents that answer them. Nothing else tells the two kinds apart.

usage: bench/quality/halves.py SET OUT [--queries N] [--documents N] [--embed default|stub]
Writes OUT/corpus.jsonl and OUT/questions.jsonl {_id,text,answerable,answers}. A question is answerable when all of its
judged documents are there, and not when none is; others are left out.
"""
import argparse
import hashlib
import json
from pathlib import Path

import sets


def kept(document):
    return hashlib.sha256(("half/" + document).encode()).digest()[0] % 2 == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("set")
    parser.add_argument("out", type=Path)
    parser.add_argument("--queries", type=int, default=250)
    parser.add_argument("--documents", type=int, default=700)
    parser.add_argument("--embed", default="default")
    options = parser.parse_args()
    documents, queries, judgements = sets.cut(*sets.read_set(options.set), options.queries, options.documents)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "naru.yaml").write_text(sets.configuration("corpus.jsonl", options.embed))
    with open(options.out / "corpus.jsonl", "w", encoding="utf-8") as file:
        for key, row in documents.items():
            if kept(key):
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
    with open(options.out / "questions.jsonl", "w", encoding="utf-8") as file:
        for key, row in queries.items():
            there = [kept(document) for document, grade in judgements[key].items() if grade > 0]
            if there and (all(there) or not any(there)):
                file.write(json.dumps({"_id": key, "text": row["text"], "answerable": all(there),
                                       "answers": row.get("answers", [])}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
