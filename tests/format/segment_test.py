#!/usr/bin/env python3
"""Holds segments to docs/format/segment.md: the reader in tools/, which shares no code with the program, must find
every word at its place in what the program wrote, and must see every flipped bit.

usage: tests/format/segment_test.py build/release/naru
"""
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOL = ROOT / "tools" / "segment_ls.py"
DOCUMENTS = 300  # lists of several blocks
FLIPS = 100
CONFIG = """\
flows:
  notes:
    source: {folder: {path: notes}}
    steps: [parse, chunk]
    target: {knowledge_base: notes}
"""
WORDS = ["zorkal", "minduk", "pelvat", "grontik", "hasulm"]  # no stemmer or stop list knows them


def make(folder):
    """Writes documents; returns the words of each in order."""
    rng = random.Random(4)
    (folder / "notes").mkdir()
    texts = {}
    for i in range(DOCUMENTS):
        name = f"paper{i:03}"
        texts[name] = [rng.choice(WORDS) for _ in range(rng.randint(1, 30))]
        (folder / "notes" / f"{name}.md").write_text(f"# Heft{i:03}\n\n" + " ".join(texts[name]) + "\n")
    (folder / "naru.yaml").write_text(CONFIG)
    return texts


def listing(path, *options):
    done = subprocess.run([sys.executable, TOOL, path, "--json", *options], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def expect_every_word_at_its_place(path, texts):
    lines = listing(path, "--rows", "--positions")
    rows = {line["row"]: line for line in lines if line["kind"] == "row"}
    terms = {(line["field"], line["term"]): dict(line["postings"]) for line in lines if line["kind"] == "term"}
    assert len(rows) == DOCUMENTS and lines[-1]["rows"] == DOCUMENTS
    row_of = {}
    for (field, term), postings in terms.items():
        if field == "name" and term.startswith("paper") and "." in term:
            (row,) = postings
            row_of[term.removesuffix(".md")] = row
    assert sorted(row_of) == sorted(texts)
    for name, words in texts.items():
        row = row_of[name]
        number = name.removeprefix("paper")
        assert terms["title", f"heft{number}"][row] == [0], name
        assert terms["body", f"heft{number}"][row] == [0], name  # the heading is part of the text
        body_terms = sum(len(p.get(row, [])) for (field, _), p in terms.items() if field == "body")
        assert rows[row]["lengths"]["body"] == body_terms >= len(words) + 1
        for word in WORDS:
            places = [1 + i for i, other in enumerate(words) if other == word]
            assert terms["body", word].get(row, []) == places, (name, word)
    assert lines[-1]["postings"]["body"] == sum(len(p) for (f, _), p in terms.items() if f == "body")


def expect_every_flip_is_seen(path):
    sys.path.insert(0, str(TOOL.parent))
    sys.dont_write_bytecode = True
    import segment_ls
    good, rng = path.read_bytes(), random.Random(5)
    for _ in range(FLIPS):
        bad = bytearray(good)
        bad[rng.randrange(len(bad))] ^= 1 << rng.randrange(8)
        try:
            segment_ls.Segment(bytes(bad))
            seen = segment_ls.xxh3_128_hex(bad) != path.stem
        except (segment_ls.Damaged, ValueError):
            seen = True
        assert seen
    for size in (0, 7, 8, 111, 112, len(good) - 1):
        short = path.with_name("0" * 32 + ".seg")
        short.write_bytes(good[:size])
        done = subprocess.run([sys.executable, TOOL, short], capture_output=True, text=True)
        assert done.returncode in (1, 2) and "Traceback" not in done.stderr, done.stderr


def main():
    program = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        texts = make(folder)
        subprocess.run([program, "run"], cwd=folder, check=True, capture_output=True)
        (path,) = (folder / ".naru" / "segments").glob("*.seg")
        expect_every_word_at_its_place(path, texts)
        expect_every_flip_is_seen(path)
    print("segment: every word at its place, every flip seen")


if __name__ == "__main__":
    main()
