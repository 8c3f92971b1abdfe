#!/usr/bin/env python3
"""What it costs to judge a corpus, and whether others judge alike: quality and near duplicates beside datatrove.

usage: bench/peers/corpus.py quality TEXTS.jsonl [--language eng] [--program build/release/bench_corpus]
       bench/peers/corpus.py near TEXTS.jsonl [--pairs PAIRS.tsv]

TEXTS: {"_id","text"} a line. Both judge the same texts in one process and one thread by the same published limits; CPU
is that of judging alone. Agreement is over texts: both keep or both drop; `same reason` is over those both drop. In
texts of few words datatrove takes a row of words that stands there once for the most repeated one, Naru does not.
`near`: texts of 0.8 likeness and more. `--pairs` names all of them, with their Jaccard over rows of five words: recall
and precision are counted from it. datatrove's time is that of its signatures alone, Naru's also with the index, its
exact check and who stays.
Needs datatrove==0.10.1 with spacy (English) or kiwipiepy (Korean), and for `near` tokenizers and xxhash==3.5.0.
"""
import argparse
import collections
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# Naru's limit -> datatrove's reason.
REASONS = {
    "words_min": "gopher_short_doc", "words_max": "gopher_long_doc",
    "word_length_min": "gopher_below_avg_threshold", "word_length_max": "gopher_above_avg_threshold",
    "hashes_max": "gopher_too_many_hashes", "ellipses_max": "gopher_too_many_ellipsis",
    "bullet_lines_max": "gopher_too_many_bullets", "ellipsis_lines_max": "gopher_too_many_end_ellipsis",
    "letter_words_min": "gopher_below_alpha_threshold", "function_words_min": "gopher_enough_stop_words",
    "repeated_paragraphs_max": "dup_para_frac", "repeated_paragraph_text_max": "dup_para_char_frac",
    "repeated_lines_max": "dup_line_frac", "repeated_line_text_max": "dup_line_char_frac",
    **{f"top_{n}_gram_max": f"top_{n}_gram" for n in range(2, 5)},
    **{f"repeated_{n}_grams_max": f"duplicated_{n}_n_grams" for n in range(5, 11)},
    "sentences_min": "too_few_sentences", "curly_brackets_max": "curly_bracket", "lorem_ipsum_max": "lorem_ipsum",
    "ended_lines_min": "line_punct_ratio", "short_lines_max": "short_line_ratio",
    "doubled_line_text_max": "char_dup_ratio", "line_breaks_max": "list_ratio",
}


def datatrove_quality(texts, language):
    from datatrove.data import Document
    from datatrove.pipeline import filters
    from datatrove.pipeline.filters.fineweb_quality_filter import FineWebQualityFilter
    from datatrove.pipeline.filters.gopher_repetition_filter import GopherRepetitionFilter
    made = {
        "gopher": filters.GopherQualityFilter(language=language),
        "repetition": GopherRepetitionFilter(language=language),
        "c4": filters.C4QualityFilter(language=language),
        "fineweb": FineWebQualityFilter(language=language),
    }
    results = {}
    for name, judge in made.items():
        judge.filter(Document(text="A first text opens the tokenizer.", id="0"))
        faults = []
        start = time.process_time()
        for number, text in enumerate(texts):
            kept = judge.filter(Document(text=text, id=str(number)))
            faults.append(None if kept is True else kept[1])
        results[name] = (time.process_time() - start, faults)
    return results


def quality(options):
    texts = [json.loads(line)["text"] for line in open(options.texts, encoding="utf-8")]
    size = sum(len(text.encode()) for text in texts) / 1e6
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.jsonl"
        subprocess.run([options.program, "quality", options.texts, out], check=True)
        ours = {line["rules"]: line for line in map(json.loads, open(out))}
    print(f"{len(texts)} texts, {size:.1f} MB")
    theirs = datatrove_quality(texts, options.language)
    for name, (seconds, faults) in theirs.items():
        mine = [REASONS[fault] if fault else None for fault in ours[name]["faults"]]
        agree = sum((a is None) == (b is None) for a, b in zip(mine, faults))
        both = [(a, b) for a, b in zip(mine, faults) if a and b]
        same = sum(a == b for a, b in both)
        long = [i for i, fault in enumerate(ours["gopher"]["faults"]) if fault != "words_min"]
        agree_long = sum((mine[i] is None) == (faults[i] is None) for i in long)
        speed, other = size / ours[name]["cpu_s"], size / seconds
        print(f"{name:11} kept {sum(a is None for a in mine)} / {sum(b is None for b in faults)}, "
              f"agree {agree / len(texts):.4f} (of 50 words and more {agree_long / max(1, len(long)):.4f}), "
              f"same reason {same}/{len(both)}, "
              f"MB/s/core {speed:.1f} / {other:.2f} = {speed / other:.0f}x")
        if options.differences:
            odd = collections.Counter((a, b) for a, b in zip(mine, faults) if a != b)
            for (a, b), count in odd.most_common(8):
                print(f"    {count:5} naru {a}, datatrove {b}")
            for number, (a, b) in enumerate(zip(mine, faults)):
                if (a is None) != (b is None) and options.differences > 1:
                    print(f"      {number}: {a} / {b}")
    total = sum(seconds for seconds, _ in theirs.values())
    print(f"all rules   MB/s/core {size / ours['all']['cpu_s']:.1f} / {size / total:.2f}")


def datatrove_signatures(texts, language):
    from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupSignature
    with tempfile.TemporaryDirectory() as folder:
        step = MinhashDedupSignature(folder, MinhashConfig(), language=language)
        step.get_shingles("A first text opens the tokenizer, and then the others come in their turn.")
        start = time.process_time()
        for text in texts:
            shingles = step.get_shingles(text)
            if shingles.size:
                step.get_signature(shingles)
        return time.process_time() - start


def near(options):
    texts = [json.loads(line)["text"] for line in open(options.texts, encoding="utf-8")]
    size = sum(len(text.encode()) for text in texts) / 1e6
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.json"
        subprocess.run([options.program, "near", options.texts, out], check=True)
        ours = json.load(open(out))
    print(f"{len(texts)} texts, {size:.1f} MB, {len(ours['kept'])} stay, "
          f"{ours['memory_bytes'] / len(texts):.0f} bytes of index and {ours['sketch_bytes'] / len(texts):.0f} of "
          f"sketch a text")
    print(f"Naru MB/s/core: sketches {size / ours['sketch_cpu_s']:.1f}, with index and check "
          f"{size / ours['whole_cpu_s']:.1f}", flush=True)
    if options.pairs:
        rows = [line.rstrip("\n").split("\t") for line in open(options.pairs, encoding="utf-8")]
        known = {frozenset(row[:2]): float(row[2]) for row in rows if not row[2].startswith("jaccard")}
        true = {pair for pair, alike in known.items() if alike >= 0.8}
        found = {frozenset(pair[:2]) for pair in ours["pairs"]}
        print(f"pairs of 0.8 and more: {len(true)}, found {len(found)}, recall {len(true & found) / len(true):.4f}, "
              f"precision {len(true & found) / max(1, len(found)):.4f}")
        print("least known likeness of a found pair", min(known.get(pair, 0) for pair in found))
    seconds = datatrove_signatures(texts, options.language)
    sketch, whole, other = size / ours["sketch_cpu_s"], size / ours["whole_cpu_s"], size / seconds
    print(f"datatrove's signatures {other:.2f}: {sketch / other:.0f}x, {whole / other:.0f}x")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", choices=["quality", "near"])
    parser.add_argument("texts")
    parser.add_argument("--language", default="eng", help="as datatrove names it: eng, kor")
    parser.add_argument("--program", default="build/release/bench_corpus")
    parser.add_argument("--pairs")
    parser.add_argument("--differences", type=int, default=0, help="1: by reason, 2: by text")
    options = parser.parse_args()
    {"quality": quality, "near": near}[options.work](options)


if __name__ == "__main__":
    sys.exit(main())
