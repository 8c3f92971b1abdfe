#!/usr/bin/env python3
"""Does Naru refuse what cannot be answered? F1 of refusing, beside three that know less.

usage: bench/quality/refusals.py QUESTIONS.jsonl ANSWERS.jsonl
QUESTIONS {_id,text,answerable}; ANSWERS are those of bench_answers without a model. A bare score is that of the best
passage (fused, BM25 or cosine); its threshold is chosen on one half of the questions for the other, both ways, so it is
tuned to the set and Naru is not. Prints refused right, refused wrong, missed, and F1 with the refusal as the positive.
"""
import hashlib
import json
import sys


def read(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def f1(pairs):
    right = sum(refused and not answerable for refused, answerable in pairs)
    wrong = sum(refused and answerable for refused, answerable in pairs)
    missed = sum(not refused and not answerable for refused, answerable in pairs)
    return (2 * right / (2 * right + wrong + missed) if right else 0.0), right, wrong, missed


def show(name, pairs):
    figure, right, wrong, missed = f1(pairs)
    print(f"{name:36} {figure:.3f}   {right:4} {wrong:4} {missed:4}")
    return figure


def threshold(rows):
    """The one with the best F1; refuse below it."""
    values = sorted({score for score, _ in rows})
    return max(values + [values[-1] + 1], key=lambda t: f1([(score < t, answerable) for score, answerable in rows])[0])


def by_halves(rows):
    """rows: (id, score, answerable)."""
    halves = [[], []]
    for key, score, answerable in rows:
        halves[hashlib.sha256(key.encode()).digest()[0] % 2].append((score, answerable))
    pairs = []
    for chosen_on, used_on in ((halves[0], halves[1]), (halves[1], halves[0])):
        limit = threshold(chosen_on)
        pairs += [(score < limit, answerable) for score, answerable in used_on]
    return pairs


def best(answer, leg):
    if leg == "fused":
        return max((passage["score"] for passage in answer["evidence"]), default=0.0)
    return max((passage["scores"].get(leg, 0.0) for passage in answer["evidence"]), default=0.0)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    answerable = {row["_id"]: row["answerable"] for row in read(sys.argv[1])}
    answers = [row for row in read(sys.argv[2]) if row["_id"] in answerable]
    truth = [answerable[row["_id"]] for row in answers]
    print(f"{len(answers)} questions, {truth.count(False)} cannot be answered\n{'':36} F1      right wrong missed")
    show("always answer", [(False, kind) for kind in truth])
    show("always refuse", [(True, kind) for kind in truth])
    for leg in ("fused", "lexical", "vector"):
        show(f"bare score, {leg}", by_halves([(row["_id"], best(row, leg), answerable[row["_id"]]) for row in answers]))
    show("naru", [(row["refused"], answerable[row["_id"]]) for row in answers])


if __name__ == "__main__":
    main()
