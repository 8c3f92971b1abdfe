#!/usr/bin/env python3
"""Writes made pages of a crawl, good and poor, some nearly the same: the same bytes for the same arguments.

usage: bench/peers/make_pages.py FILE.jsonl [--megabytes 2000] [--seed 1]

{"id", "text"} a line, 1 to 20 KB of sentences of Zipf words among which the commonest are English function words. Of
100 pages about 5 are too short, 5 say the same lines again and again, 5 are lists without sentences, and 8 are an
earlier page (one of the last 20,000) with up to 2 % of its sentences replaced.
"""
import argparse
import collections
import itertools
import json
import random

import make_zipf

FUNCTION_WORDS = """the of and to in a is that for it with as was on be by this have from or are at an not you which
    """.split()
SENTENCES, RECENT = 200_000, 20_000
KINDS, SHARES = ("good", "short", "repeated", "list", "near"), (77, 5, 5, 5, 8)


def make_sentences(rng):
    words = FUNCTION_WORDS + make_zipf.make_words(rng)
    weights = list(itertools.accumulate(1 / rank for rank in range(1, len(words) + 1)))
    stream = iter(rng.choices(words, cum_weights=weights, k=SENTENCES * 16))
    return [" ".join(itertools.islice(stream, rng.randint(5, 16))).capitalize() + "." for _ in range(SENTENCES)]


def page_of(kind, rng, sentences, recent):
    """Sentences; every sixth begins a paragraph."""
    if kind == "near" and recent:
        page = list(recent[rng.randrange(len(recent))])
        for _ in range(rng.randint(1, max(1, len(page) // 50))):
            page[rng.randrange(len(page))] = rng.choice(sentences)
        return page
    count = int(12 * 20 ** rng.random())  # 1 to 20 KB, as many from 1 to 2 as from 10 to 20
    if kind == "short":
        return rng.choices(sentences, k=rng.randint(1, 3))
    if kind == "repeated":
        return rng.choices(rng.choices(sentences, k=4), k=count)
    if kind == "list":
        return ["- " + one.rstrip(".").split(" ")[0] for one in rng.choices(sentences, k=4 * count)]
    return rng.choices(sentences, k=count)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--megabytes", type=int, default=2000, help="of text")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    sentences, recent = make_sentences(rng), collections.deque(maxlen=RECENT)
    written = 0
    with open(options.file, "w", encoding="utf-8") as out:
        for number in itertools.count():
            if written >= options.megabytes * 1e6:
                break
            kind = rng.choices(KINDS, weights=SHARES)[0]
            page = page_of(kind, rng, sentences, recent)
            if kind == "good":
                recent.append(page)
            paragraphs = (" ".join(page[i:i + 6]) for i in range(0, len(page), 6))
            text = "\n".join(page) if kind == "list" else "\n\n".join(paragraphs)
            written += len(text)
            out.write(json.dumps({"id": f"p{number}", "text": text}) + "\n")


if __name__ == "__main__":
    main()
