#!/usr/bin/env python3
"""Answers to questions whose answers are known: right, supported, rightly refused, and how long they took.

usage: bench/quality/report.py QUESTIONS.jsonl ANSWERS.jsonl...
QUESTIONS {_id,text,answerable,answers[,support]}: an answer is right when it has one of `answers`; a citation holds the
support when a quote has `support` (one of `answers` where there is none). ANSWERS are those of bench_answers.
"""
import json
import re
import statistics
import sys


def read(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def plain(text):
    return re.sub(r"\s+", "", text).lower()


def has(text, wanted):
    return any(plain(one) in plain(text) for one in wanted)


def report(questions, answers):
    kinds = {True: [], False: []}
    for row in answers:
        kinds[questions[row["_id"]]["answerable"]].append(row)
    right = supported = 0
    for row in kinds[True]:
        question = questions[row["_id"]]
        right += not row["refused"] and has(row["answer"], question["answers"])
        wanted = [question["support"]] if "support" in question else question["answers"]
        supported += any(has(citation["quote"], wanted) for citation in row["citations"])
    methods = {name: sum(row["method"] == name for row in answers) for name in ("model", "extract", "refusal")}
    asked = [row["ms"]["total"] / 1000 for row in answers if row["model"]]
    return {
        "answerable": len(kinds[True]), "right": right, "support_in_a_citation": supported,
        "refused_wrongly": sum(row["refused"] for row in kinds[True]),
        "unanswerable": len(kinds[False]), "refused_rightly": sum(row["refused"] for row in kinds[False]),
        "methods": methods, "sentences_dropped": sum(row["dropped"] for row in answers),
        "seconds_median_where_the_model_was_asked": round(statistics.median(asked), 1) if asked else None,
        "prompt_tokens_median": statistics.median([row["usage"]["prompt_tokens"] for row in answers if row["model"]])
        if asked else None,
    }


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    questions = {row["_id"]: row for row in read(sys.argv[1])}
    for path in sys.argv[2:]:
        print(path, json.dumps(report(questions, [row for row in read(path) if row["_id"] in questions])))


if __name__ == "__main__":
    main()
