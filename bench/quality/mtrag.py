#!/usr/bin/env python3
"""The last turns of mtrag-un as questions over all of its passages together.

usage: bench/quality/mtrag.py TASKS_FOLDER OUT [--embed default|stub]
TASKS_FOLDER holds tasks.jsonl[.zst]. Writes OUT/corpus.jsonl, OUT/naru.yaml and OUT/questions.jsonl
{_id,text,answerable}: ANSWERABLE questions are, UNANSWERABLE ones are not, PARTIAL and UNDERSPECIFIED ones are left
out. Then `naru -C OUT run`.
"""
import argparse
import json
from pathlib import Path

import sets

KINDS = {"ANSWERABLE": True, "UNANSWERABLE": False}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("tasks")
    parser.add_argument("out", type=Path)
    parser.add_argument("--embed", default="default")
    options = parser.parse_args()
    tasks = sets.read_rows(options.tasks, "tasks.jsonl")
    options.out.mkdir(parents=True, exist_ok=True)
    passages = {passage["document_id"]: passage for task in tasks for passage in task["contexts"]}
    with open(options.out / "corpus.jsonl", "w", encoding="utf-8") as file:
        for key, passage in passages.items():
            row = {"_id": key, "title": passage.get("title", ""), "text": passage["text"]}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    with open(options.out / "questions.jsonl", "w", encoding="utf-8") as file:
        for task in tasks:
            if task["answerability"][0] in KINDS:
                row = {"_id": task["task_id"], "text": task["input"][-1]["text"],
                       "answerable": KINDS[task["answerability"][0]]}
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
    (options.out / "naru.yaml").write_text(sets.configuration("corpus.jsonl", options.embed))


if __name__ == "__main__":
    main()
