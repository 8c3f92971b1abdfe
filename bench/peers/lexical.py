#!/usr/bin/env python3
"""Full-text search over one made corpus by Naru and by others: build, size, time a query, and whose top 10 is right.

usage: bench/peers/make_zipf.py FOLDER && bench/peers/lexical.py FOLDER [--rounds 5] [--program build/release/naru]
                                                                       [--only naru,tantivy,...] [--builds 1]

Each system takes FOLDER/corpus.jsonl in, with its text and the positions of its words where it can keep them, in one
thread where it lets us say so; then processes that open it and answer FOLDER/queries.jsonl (OR, top 10) take turns. A
time is from the text of a query to the places and scores of its hits, without reading their texts. Naru takes in by the
flow of FOLDER/naru.yaml: `naru run` with no embedder, which writes truth and segments; then `naru bench search`.

"right" counts the queries whose 10 hits have the 10 best scores of an exhaustive BM25 with exact lengths, by that
system's own k1, b and idf.
"""
import argparse
import json
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import rounds

TOP = 10
PASSES = 1  # a round, after one that warms; the rounds repeat it
SCORE_TOLERANCE = 1e-5  # single precision sums in another order


def read_texts(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line)["text"] for line in file]


def folder_bytes(path):
    return sum(file.stat().st_size for file in Path(path).rglob("*") if file.is_file())


# --- the others: build(texts, folder) and open(folder) -> ask(query) -> numbers of documents ------------------------

def build_tantivy(texts, folder):
    import tantivy
    schema = tantivy.SchemaBuilder().add_integer_field("n", stored=True).add_text_field("text", stored=True).build()
    index = tantivy.Index(schema, path=str(folder))
    writer = index.writer(heap_size=200_000_000, num_threads=1)
    for i, text in enumerate(texts):
        writer.add_document(tantivy.Document(n=i, text=text))
    writer.commit()
    writer.wait_merging_threads()


def open_tantivy(folder):
    import tantivy
    index = tantivy.Index.open(str(folder))
    searcher = index.searcher()

    def ask(query):
        return searcher.search(index.parse_query(query, ["text"]), TOP, count=False).hits

    def number(hits):
        return [searcher.doc(address)["n"][0] for _, address in hits]
    return ask, number


def build_fts5(texts, folder):
    base = sqlite3.connect(folder / "fts.db")
    base.execute("CREATE VIRTUAL TABLE t USING fts5(text, tokenize='unicode61')")
    with base:
        base.executemany("INSERT INTO t(rowid, text) VALUES (?, ?)", enumerate(texts))
    with base:
        base.execute("INSERT INTO t(t) VALUES ('optimize')")
    base.close()


def open_fts5(folder):
    base = sqlite3.connect(folder / "fts.db")

    def ask(query):
        words = " OR ".join(f'"{word}"' for word in query.split())
        return base.execute(f"SELECT rowid FROM t WHERE t MATCH ? ORDER BY rank LIMIT {TOP}", (words,)).fetchall()
    return ask, lambda hits: [row[0] for row in hits]


def words_for_bm25s(texts):
    import bm25s
    return bm25s.tokenize(texts, stopwords=None, stemmer=None, show_progress=False)


def build_bm25s(texts, folder):
    import bm25s
    index = bm25s.BM25(k1=0.9, b=0.4, method="lucene")
    index.index(words_for_bm25s(texts), show_progress=False)
    index.save(str(folder))


def open_bm25s(folder):
    import bm25s
    index = bm25s.BM25.load(str(folder), mmap=False)

    def ask(query):
        return index.retrieve([query.split()], k=TOP, show_progress=False, n_threads=0).documents
    return ask, lambda hits: [int(i) for i in hits[0]]


def build_lancedb(texts, folder):
    import lancedb
    import pyarrow
    table = lancedb.connect(str(folder)).create_table("t", pyarrow.table({"n": range(len(texts)), "text": texts}))
    options = {"stem": False, "remove_stop_words": False, "ascii_folding": False, "with_position": True}
    if hasattr(lancedb, "index") and hasattr(lancedb.index, "FTS"):
        try:
            table.create_fts_index("text", replace=True, **options)
        except TypeError:
            table.create_index("text", config=lancedb.index.FTS(**options))
    table.optimize()


def open_lancedb(folder):
    import lancedb
    table = lancedb.connect(str(folder)).open_table("t")

    def ask(query):
        return table.search(query, query_type="fts").select(["n"]).limit(TOP).to_arrow()
    return ask, lambda hits: hits.column("n").to_pylist()


def build_zvec(texts, folder):
    import zvec
    zvec.init(log_level=zvec.LogLevel.ERROR, query_threads=1, optimize_threads=1)
    schema = zvec.CollectionSchema(
        name="t", fields=[zvec.FieldSchema("text", zvec.DataType.STRING, nullable=False,
                                           index_param=zvec.FtsIndexParam(tokenizer_name="whitespace"))])
    collection = zvec.create_and_open(path=str(folder / "t"), schema=schema)
    for at in range(0, len(texts), 500):
        docs = [zvec.Doc(id=str(at + i), fields={"text": text}) for i, text in enumerate(texts[at:at + 500])]
        for status in collection.insert(docs):
            if not status.ok():
                raise SystemExit(f"zvec: {status}")
    collection.flush()
    collection.optimize()


def open_zvec(folder):
    import zvec
    zvec.init(log_level=zvec.LogLevel.ERROR, query_threads=1, optimize_threads=1)
    collection = zvec.open(path=str(folder / "t"))

    def ask(query):
        return collection.query(queries=zvec.Query(field_name="text", fts=zvec.Fts(match_string=query)), topk=TOP)
    return ask, lambda hits: [int(hit.id) for hit in hits]


# name: (module, package, build, open, (k1, b, idf), what is kept)
LUCENE, ROBERTSON = "lucene", "robertson"
OTHERS = {
    "tantivy": ("tantivy", "tantivy", build_tantivy, open_tantivy, (1.2, 0.75, LUCENE), "text, positions"),
    "sqlite-fts5": ("sqlite3", None, build_fts5, open_fts5, (1.2, 0.75, ROBERTSON), "text, positions"),
    "bm25s": ("bm25s", "bm25s", build_bm25s, open_bm25s, (0.9, 0.4, LUCENE), "scores alone"),
    "lancedb": ("lancedb", "lancedb", build_lancedb, open_lancedb, (1.2, 0.75, LUCENE), "text, positions"),
    "zvec": ("zvec", "zvec", build_zvec, open_zvec, (1.2, 0.75, LUCENE), "text, positions"),
}


def work(words):
    phase, name, folder, corpus = words[0], words[1], Path(words[2]), Path(words[3])
    _, _, build, opened, _, _ = OTHERS[name]
    if phase == "build":
        folder.mkdir(parents=True)
        texts = read_texts(corpus / "corpus.jsonl")  # not counted, as the reading of JSON is no one's index
        cpu, wall = time.process_time(), time.perf_counter()
        build(texts, folder)
        rounds.say({"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall})
        return
    queries = read_texts(corpus / "queries.jsonl")
    start = time.perf_counter()
    ask, number = opened(folder)
    open_ms = (time.perf_counter() - start) * 1000
    hits = [number(ask(query)) for query in queries]  # warms
    cpu_ms, wall_ms = [], []
    for _ in range(PASSES):
        cpu, wall = time.process_time(), time.perf_counter()
        for query in queries:
            ask(query)
        cpu_ms.append((time.process_time() - cpu) * 1000 / len(queries))
        wall_ms.append((time.perf_counter() - wall) * 1000 / len(queries))
    rounds.say({"hits": hits, "ms_cpu": rounds.median(cpu_ms), "ms": rounds.median(wall_ms), "open_ms": open_ms})


# --- Naru ------------------------------------------------------------------------------------------------------------

def naru_work(words):
    phase, program, folder, corpus = words[0], words[1], Path(words[2]), Path(words[3])
    if phase == "build":
        folder.mkdir(parents=True)
        for name in ("naru.yaml", "corpus.jsonl"):
            shutil.copy(corpus / name, folder / name)
        wall = time.perf_counter()
        with open(folder / "run.jsonl", "w") as log:
            done = subprocess.run([program, "run", "--json"], cwd=folder, stdout=log, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise SystemExit(f"naru run ended with {done.returncode}: {done.stderr[-300:]}")
        rounds.say({"wall_s": time.perf_counter() - wall})  # its CPU is that of the children of this process
        return
    hits = folder / "hits.jsonl"
    done = subprocess.run([program, "bench", "search", "--queries", str((corpus / "queries.jsonl").resolve()), "-k",
                           str(TOP), "--passes", str(PASSES), "--out", str(hits.resolve()), "--json"], cwd=folder,
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"naru bench search ended with {done.returncode}: {done.stderr[-300:]}")
    figures = json.loads(done.stdout.strip().splitlines()[-1])
    found = [json.loads(line)["hits"] for line in hits.read_text().splitlines()]
    rounds.say({"hits": [[int(re.search(r"d(\d+)$", doc).group(1)) for doc in docs] for docs in found],
                "ms_cpu": figures["ms_cpu"], "ms": figures["ms_mean"], "open_ms": figures["open_ms"],
                "bm25": [figures["bm25"]["k1"], figures["bm25"]["b"]]})


# --- what is right --------------------------------------------------------------------------------------------------

class Exhaustive:
    """BM25 of every document, in double precision; words are what stands between spaces."""

    def __init__(self, texts, queries):
        import numpy
        self.numpy = numpy
        wanted = {word for query in queries for word in query.split()}
        self.lengths = numpy.zeros(len(texts))
        counts = {word: {} for word in wanted}
        for i, text in enumerate(texts):
            words = text.split()
            self.lengths[i] = len(words)
            for word in words:
                if word in wanted:
                    counts[word][i] = counts[word].get(i, 0) + 1
        self.postings = {word: (numpy.fromiter(of.keys(), numpy.int64), numpy.fromiter(of.values(), numpy.float64))
                         for word, of in counts.items()}

    def scores(self, query, k1, b, idf_kind):
        numpy = self.numpy
        total, mean = len(self.lengths), self.lengths.mean()
        scores = numpy.zeros(total)
        for word in query.split():
            rows, frequency = self.postings[word]
            ratio = (total - len(rows) + 0.5) / (len(rows) + 0.5)
            idf = numpy.log(1 + ratio) if idf_kind == LUCENE else max(1e-6, numpy.log(ratio))
            scores[rows] += idf * frequency * (k1 + 1) / (frequency + k1 * (1 - b + b * self.lengths[rows] / mean))
        return scores

    def right(self, query, hits, formula):
        scores = self.scores(query, *formula)
        best = self.numpy.sort(self.numpy.partition(scores, -TOP)[-TOP:])
        mine = self.numpy.sort(scores[hits])
        return len(set(hits)) == TOP and bool(self.numpy.allclose(best, mine, rtol=SCORE_TOLERANCE, atol=0))


def main():
    if sys.argv[1:2] == ["--work"]:
        return work(sys.argv[2:])
    if sys.argv[1:2] == ["--naru"]:
        return naru_work(sys.argv[2:])
    root = Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--builds", type=int, default=1)
    parser.add_argument("--program", type=Path, default=root / "build/release/naru")
    parser.add_argument("--only", default="naru," + ",".join(OTHERS))
    arguments = parser.parse_args()
    print(rounds.machine())
    queries = read_texts(arguments.corpus / "queries.jsonl")
    texts = read_texts(arguments.corpus / "corpus.jsonl")
    print(f"{len(texts):,} documents, {sum(len(text.encode()) for text in texts) / 1e6:.1f} MB of text, "
          f"{len(queries)} queries", flush=True)
    with tempfile.TemporaryDirectory(prefix="naru-peers-") as temporary:
        compare(arguments, Path(temporary), texts, queries)
    print(rounds.machine())


def compare(arguments, temporary, texts, queries):
    me = [sys.executable, __file__]
    names = arguments.only.split(",")
    built = {}
    for i in range(arguments.builds):
        for name in names:
            shutil.rmtree(temporary / name, ignore_errors=True)
            head = ["--naru", "build", arguments.program.resolve()] if name == "naru" else ["--work", "build", name]
            peer = rounds.Peer(name, [*me, *head, temporary / name, arguments.corpus.resolve()])
            if name != "naru" and not rounds.has(OTHERS[name][0]):
                rounds.leave_out(peer, "its package is not installed (bench/peers/requirements.txt)")
                continue
            figures = rounds.run_once(peer)
            if figures:
                print(f"  {name} built: {figures}", file=sys.stderr, flush=True)
                built.setdefault(name, []).append(figures.get("cpu_s", figures["process_cpu_s"]))
    peers = []
    for name in built:
        head = ["--naru", "query", arguments.program.resolve()] if name == "naru" else ["--work", "query", name]
        peers.append(rounds.Peer(name, [*me, *head, temporary / name, arguments.corpus.resolve()]))
    peers = rounds.interleave(peers, arguments.rounds)
    exhaustive = Exhaustive(texts, queries)
    rows, base = [], None
    for peer in peers:
        first = peer.figures[0]
        ms = [figures["ms_cpu"] for figures in peer.figures]
        size = folder_bytes(temporary / peer.name / ".naru" if peer.name == "naru" else temporary / peer.name)
        cpu = rounds.median(built[peer.name])
        base = base or (rounds.median(ms), cpu, size)
        formula = (*first["bm25"], LUCENE) if peer.name == "naru" else OTHERS[peer.name][4]
        right = sum(exhaustive.right(query, hits, formula) for query, hits in zip(queries, first["hits"]))
        package = "" if peer.name == "naru" else OTHERS[peer.name][1]
        title = f"{peer.name} {rounds.version(package)}" if package else peer.name
        title = f"sqlite-fts5 {sqlite3.sqlite_version}" if peer.name == "sqlite-fts5" else title
        kept = "text, positions, truth" if peer.name == "naru" else OTHERS[peer.name][5]
        rows.append([title, f"{rounds.median(ms):.3f}", f"±{rounds.spread(ms):.0%}",
                     f"{base[0] / rounds.median(ms):.2f}",
                     f"{cpu:.1f}", f"{base[1] / cpu:.2f}", f"{size / 1e6:.1f}", f"{base[2] / size:.2f}",
                     f"{right}/{len(queries)}", f"{rounds.median([one['open_ms'] for one in peer.figures]):.1f}", kept])
    rounds.table("Lexical search, CPU time, one thread a query",
                 ["who", "ms a query", "spread", "naru ÷ it", "build s", "naru ÷ it", "MB", "naru ÷ it", "right",
                  "open ms", "keeps"], rows)


if __name__ == "__main__":
    main()
