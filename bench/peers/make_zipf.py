#!/usr/bin/env python3
"""Writes a made corpus and queries for lexical search: the same bytes for the same arguments, standard library only.

usage: bench/peers/make_zipf.py FOLDER [--documents 100000] [--queries 300] [--seed 1]

FOLDER/corpus.jsonl: {"_id", "text"} of 40 to 120 words each, drawn by Zipf's law (exponent 1) over 50,000 made words.
FOLDER/queries.jsonl: {"_id", "text"} of 3 different words of ranks 20 to 300: each stands in 30 to 2 % of documents.
FOLDER/naru.yaml: takes the corpus in, words only, a document a chunk.
"""
import argparse
import itertools
import json
import random
from pathlib import Path

WORDS = 50_000
MIDDLE = (20, 300)  # ranks of query words
CONSONANTS, VOWELS = "bdfgklmnprstvz", "aeiou"
CONFIG = """\
flows:
  zipf:
    source: {jsonl: {path: corpus.jsonl, id: _id, text: text}}
    steps:
      - parse
      - chunk: {max_tokens: 2048}
    target: {knowledge_base: zipf}
"""


def make_words(rng):
    """Words without meaning, so that no stemmer or stop list knows them, the frequent ones short: syllables and "k"."""
    syllables = [a + b for a in CONSONANTS for b in VOWELS]
    words = []
    for length in (1, 2, 3):
        made = ["".join(parts) + "k" for parts in itertools.product(syllables, repeat=length)]
        words += rng.sample(made, min(len(made), WORDS - len(words)))
    return words


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    words = make_words(rng)
    weights = list(itertools.accumulate(1 / rank for rank in range(1, WORDS + 1)))
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with open(arguments.folder / "corpus.jsonl", "w") as corpus:
        for i in range(arguments.documents):
            text = " ".join(rng.choices(words, cum_weights=weights, k=rng.randint(40, 120)))
            corpus.write(json.dumps({"_id": f"d{i}", "text": text}) + "\n")
    rng = random.Random(arguments.seed + 1)  # so that the queries do not depend on the number of documents
    with open(arguments.folder / "queries.jsonl", "w") as queries:
        for i in range(arguments.queries):
            text = " ".join(rng.sample(words[MIDDLE[0]:MIDDLE[1]], 3))
            queries.write(json.dumps({"_id": f"q{i}", "text": text}) + "\n")
    (arguments.folder / "naru.yaml").write_text(CONFIG)


if __name__ == "__main__":
    main()
