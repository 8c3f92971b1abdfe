#!/usr/bin/env python3
"""Nearest vectors by Naru and by others: build, size, time and recall of a query, without and with filters.

usage: bench/peers/vectors.py [--rounds 5] [--program build/release/naru] [--only naru,hnswlib,...] [--rows 50000]
                              [--vectors V.f32 --queries Q.f32 --dims 384] [--recall 0.99]

Made vectors are of unit length in clusters (see make_vectors); real ones come as rows of little-endian float32. Inner
product, top 10, one thread, CPU time. Each index is built once, then processes that load it take turns. A graph is
asked with the least `ef` of a list that reaches --recall without a filter, or the greatest. Naru runs
`naru bench vectors`, which builds anew each time.

Filters keep the rows that `naru bench vectors --keep` keeps (10, 1 and 0.1 %), and "far": a tenth of the rows in whole
clusters that no query is of; for real vectors the tenth that is farthest from the queries' mean. Peers without filters
inside the search have none here; those that filter by columns have one of 0 and 1 for each, with an index.
"""
import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import rounds

TOP = 10
KEEPS = ["0.1", "0.01", "0.001"]
EFS = [16, 24, 32, 48, 64, 96, 128, 192, 256, 512]
M, EF_CONSTRUCTION = 16, 200  # hnswlib's and faiss's own examples
CLUSTERS, NOISE = 500, 0.7    # noise: its length beside a centre of length 1
FILTER_QUERIES = 50           # a Python callback a row is slow
WARM_QUERIES = 10
MADE_QUERIES = 500


def make_vectors(folder, rows):
    """Cluster sizes by Zipf's law, so that some are crowded; the last tenth of the clusters is of no query."""
    import numpy
    rng = numpy.random.default_rng(1)

    def unit(x):
        return (x / numpy.linalg.norm(x, axis=1, keepdims=True)).astype("<f4")
    dims = 384
    centres = unit(rng.normal(size=(CLUSTERS, dims)))
    weights = 1 / numpy.arange(10, 10 + CLUSTERS)
    rng.shuffle(weights)
    of = rng.choice(CLUSTERS, rows, p=weights / weights.sum())
    vectors = unit(centres[of] + NOISE * unit(rng.normal(size=(rows, dims))))
    asked = rng.choice(int(CLUSTERS * 0.9), MADE_QUERIES)
    queries = unit(centres[asked] + NOISE * unit(rng.normal(size=(MADE_QUERIES, dims))))
    vectors.tofile(folder / "v.f32")
    queries.tofile(folder / "q.f32")
    (of >= int(CLUSTERS * 0.9)).astype("u1").tofile(folder / "far.u8")


def load(job, name):
    import numpy
    return numpy.fromfile(job[name], "<f4").reshape(-1, job["dims"])


def masks(job, count):
    import numpy
    rows = numpy.arange(count, dtype=numpy.uint64)
    hashed = (rows * numpy.uint64(2654435761)) & numpy.uint64(0xFFFFFFFF)
    kept = {keep: hashed < float(keep) * 2**32 for keep in KEEPS}
    kept["mask"] = numpy.fromfile(job["mask"], "u1").astype(bool)
    return kept


def exact(vectors, queries, mask=None):
    """The best rows of each query: fewer than TOP where a mask keeps fewer."""
    import numpy
    best, top = [], min(TOP, len(vectors) if mask is None else int(mask.sum()))
    for at in range(0, len(queries), 100):
        scores = queries[at:at + 100] @ vectors.T
        if mask is not None:
            scores[:, ~mask] = -9
        best.extend(set(row.tolist()) for row in numpy.argpartition(-scores, top - 1, axis=1)[:, :top])
    return best


def resident_bytes():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


# --- the others: build(vectors, kept, path); load(path, dims, kept) -> prepare(ef, filter) -> ask(query) --------------
# `kept`: a mask of the rows for each filter.

class NoFilter(Exception):
    pass


def build_hnswlib(vectors, _, path):
    import hnswlib
    index = hnswlib.Index("ip", vectors.shape[1])
    index.init_index(len(vectors), ef_construction=EF_CONSTRUCTION, M=M)
    index.add_items(vectors, num_threads=1)
    index.save_index(str(path))


def load_hnswlib(path, dims, kept):
    import hnswlib
    index = hnswlib.Index("ip", dims)
    index.load_index(str(path))
    index.set_num_threads(1)

    def prepare(ef, name):
        index.set_ef(ef)
        mask = None if name is None else kept[name].tolist()

        def ask(query):
            if mask is None:
                return index.knn_query(query, TOP, num_threads=1)[0][0]
            try:
                return index.knn_query(query, TOP, num_threads=1, filter=mask.__getitem__)[0][0]
            except RuntimeError:  # it found fewer than TOP, and gives none of them
                return []
        return ask
    return prepare


def build_faiss(make):
    def build(vectors, _, path):
        import faiss
        faiss.omp_set_num_threads(1)
        index = make(faiss, vectors.shape[1])
        if not index.is_trained:
            index.train(vectors)
        index.add(vectors)
        faiss.write_index(index, str(path))
    return build


def hnsw_of(index):
    index.hnsw.efConstruction = EF_CONSTRUCTION
    return index


def load_faiss(path, dims, kept):
    import faiss
    import numpy
    faiss.omp_set_num_threads(1)
    index = faiss.read_index(str(path))

    def prepare(ef, name):
        packed = None if name is None else numpy.packbits(kept[name], bitorder="little")
        selector = None if name is None else faiss.IDSelectorBitmap(packed)
        if hasattr(index, "hnsw"):
            params = faiss.SearchParametersHNSW(efSearch=ef, sel=selector)
        else:
            params = faiss.SearchParameters(sel=selector)

        def ask(query, _kept=(packed, selector)):
            return index.search(query[None], TOP, params=params)[1][0]
        return ask
    return prepare


def build_usearch(dtype):
    def build(vectors, _, path):
        from usearch.index import Index
        index = Index(ndim=vectors.shape[1], metric="ip", dtype=dtype, connectivity=M,
                      expansion_add=EF_CONSTRUCTION)
        import numpy
        index.add(numpy.arange(len(vectors)), vectors, threads=1)
        index.save(str(path))
    return build


def load_usearch(path, dims, _):
    from usearch.index import Index
    index = Index.restore(str(path))

    def prepare(ef, name):
        if name is not None:
            raise NoFilter
        index.expansion_search = ef
        return lambda query: index.search(query, TOP, threads=1).keys
    return prepare


def column_of(name):
    return "f_" + name.replace(".", "_")


def build_lancedb(vectors, kept, path):
    import lancedb
    import pyarrow
    flat = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(vectors.reshape(-1)), vectors.shape[1])
    columns = {column_of(name): mask.astype("u1") for name, mask in kept.items()}
    rows = pyarrow.table({"n": range(len(vectors)), "v": flat, **columns})
    table = lancedb.connect(str(path)).create_table("t", rows)
    table.create_index("v", config=lancedb.index.HnswSq(distance_type="dot", num_partitions=1, m=M,
                                                        ef_construction=EF_CONSTRUCTION))
    for column in columns:
        table.create_index(column, config=lancedb.index.Bitmap())


def load_lancedb(path, _, __):
    import lancedb
    table = lancedb.connect(str(path)).open_table("t")

    def prepare(ef, name):
        def ask(query):
            search = table.search(query).distance_type("dot").limit(TOP).ef(ef).select(["n"])
            if name is not None:
                search = search.where(f"{column_of(name)} = 1", prefilter=True)
            return search.to_arrow().column("n").to_pylist()
        return ask
    return prepare


def open_zvec(opened):
    import zvec
    zvec.init(log_level=zvec.LogLevel.ERROR, query_threads=1, optimize_threads=1)
    return opened(zvec)


def build_zvec(vectors, kept, path):
    import zvec
    columns = {column_of(name): mask.astype("u1").tolist() for name, mask in kept.items()}
    schema = zvec.CollectionSchema(
        name="t", fields=[zvec.FieldSchema(column, zvec.DataType.INT32, nullable=False,
                                           index_param=zvec.InvertIndexParam()) for column in columns],
        vectors=zvec.VectorSchema("v", zvec.DataType.VECTOR_FP32, vectors.shape[1],
                                  index_param=zvec.HnswIndexParam(metric_type=zvec.MetricType.IP, m=M,
                                                                  ef_construction=EF_CONSTRUCTION)))
    collection = open_zvec(lambda module: module.create_and_open(path=str(path), schema=schema))
    for at in range(0, len(vectors), 500):
        docs = [zvec.Doc(id=str(row), vectors={"v": vectors[row].tolist()},
                         fields={column: values[row] for column, values in columns.items()})
                for row in range(at, min(at + 500, len(vectors)))]
        for status in collection.insert(docs):
            if not status.ok():
                raise SystemExit(f"zvec: {status}")
    collection.flush()
    collection.optimize()


def load_zvec(path, _, __):
    import zvec
    collection = open_zvec(lambda module: module.open(path=str(path)))

    def prepare(ef, name):
        kept = None if name is None else f"{column_of(name)} = 1"

        def ask(query):
            wanted = zvec.Query(field_name="v", vector=query.tolist(), param=zvec.HnswQueryParam(ef=ef))
            return [hit.id for hit in collection.query(queries=wanted, topk=TOP, filter=kept, output_fields=[])]
        return ask
    return prepare


# name: (module, package, build, load, is a graph)
OTHERS = {
    "hnswlib": ("hnswlib", "hnswlib", build_hnswlib, load_hnswlib, True),
    "faiss-flat": ("faiss", "faiss-cpu", build_faiss(lambda f, d: f.IndexFlatIP(d)), load_faiss, False),
    "faiss-sq8": ("faiss", "faiss-cpu", build_faiss(
        lambda f, d: f.IndexScalarQuantizer(d, f.ScalarQuantizer.QT_8bit, f.METRIC_INNER_PRODUCT)), load_faiss, False),
    "faiss-hnsw": ("faiss", "faiss-cpu", build_faiss(
        lambda f, d: hnsw_of(f.IndexHNSWFlat(d, M, f.METRIC_INNER_PRODUCT))), load_faiss, True),
    "faiss-hnsw-sq8": ("faiss", "faiss-cpu", build_faiss(
        lambda f, d: hnsw_of(f.IndexHNSWSQ(d, f.ScalarQuantizer.QT_8bit, M, f.METRIC_INNER_PRODUCT))),
                       load_faiss, True),
    "usearch-i8": ("usearch", "usearch", build_usearch("i8"), load_usearch, True),
    "usearch-f16": ("usearch", "usearch", build_usearch("f16"), load_usearch, True),
    "lancedb": ("lancedb", "lancedb", build_lancedb, load_lancedb, True),
    "zvec": ("zvec", "zvec", build_zvec, load_zvec, True),
}


def time_queries(ask, queries):
    for query in queries[:WARM_QUERIES]:
        ask(query)
    cpu = time.process_time()
    found = [ask(query) for query in queries]
    ms = (time.process_time() - cpu) * 1000 / len(queries)
    return [[int(i) for i in hits] for hits in found], ms


def work(words):
    phase, name, path, job = words[0], words[1], Path(words[2]), json.loads(Path(words[3]).read_text())
    module, _, build, opened, is_graph = OTHERS[name]
    if phase == "build":
        vectors = load(job, "vectors")
        kept = masks(job, len(vectors))
        cpu = time.process_time()
        build(vectors, kept, path)
        files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
        size = sum(file.stat().st_size for file in files)
        rounds.say({"cpu_s": time.process_time() - cpu, "bytes": size / len(vectors)})
        return None
    count, queries = job["rows"], load(job, "queries")
    kept = masks(job, count)
    importlib.import_module(module)
    before = resident_bytes()  # so that neither Python nor the library counts
    prepare = opened(path, job["dims"], kept)

    ef = int(words[4])
    if phase == "tune":
        truth = json.loads(Path(job["truth"]).read_text())
        for ef in EFS if is_graph else [0]:
            if recall(time_queries(prepare(ef, None), queries)[0], truth["all"]) >= job["recall"]:
                break
        return rounds.say({"ef": ef})
    hits, ms = time_queries(prepare(ef, None), queries)
    figures = {"ef": ef, "all": {"hits": hits, "ms": ms}, "rss": (resident_bytes() - before) / count}
    for filter_name in kept:
        try:
            hits, ms = time_queries(prepare(ef, filter_name), queries[:FILTER_QUERIES])
        except NoFilter:
            continue
        figures[filter_name] = {"hits": hits, "ms": ms}
    return rounds.say(figures)


def naru_work(words):
    program, job = words[0], json.loads(Path(words[1]).read_text())
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "hits.jsonl"
        done = subprocess.run([program, "bench", "vectors", "--input", job["vectors"], "--queries", job["queries"],
                               "--dims", str(job["dims"]), "-k", str(TOP), "--keep", ",".join(KEEPS), "--mask",
                               job["mask"], "--passes", "1", "--out", str(out), "--json"],
                              cwd=folder, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"naru bench vectors ended with {done.returncode}: {done.stderr[-300:]}")
        given = json.loads(done.stdout.strip().splitlines()[-1])
        figures = {"ef": None, "rss": given["rss_per_vector"], "bytes": given["bytes_per_vector"],
                   "cpu_s": given["build_cpu_s"], "all": {"hits": {}, "ms": given["ms_cpu"]}}
        for name, times in given["filters"].items():
            figures[name] = {"hits": {}, "ms": times["ms_cpu"]}
        for line in out.read_text().splitlines():
            row = json.loads(line)
            figures[row["filter"]]["hits"][row["query"]] = row["ids"]
    for name in ["all", *KEEPS, "mask"]:
        if name in figures:
            figures[name]["hits"] = [ids for _, ids in sorted(figures[name]["hits"].items())]
    rounds.say(figures)


def recall(hits, truth):
    pairs = list(zip(hits, truth))
    return sum(len(set(found) & set(wanted)) for found, wanted in pairs) / sum(len(wanted) for _, wanted in pairs)


def prepare_job(arguments, folder):
    job = {"vectors": str(folder / "v.f32"), "queries": str(folder / "q.f32"), "dims": 384, "recall": arguments.recall,
           "mask": str(folder / "far.u8"), "truth": str(folder / "truth.json")}
    if arguments.vectors:
        job.update(vectors=str(arguments.vectors.resolve()), queries=str(arguments.queries.resolve()),
                   dims=arguments.dims)
    else:
        make_vectors(folder, arguments.rows)
    vectors, queries = load(job, "vectors"), load(job, "queries")
    job["rows"] = len(vectors)
    if arguments.vectors:
        nearness = vectors @ queries.mean(axis=0)
        (nearness < sorted(nearness)[len(vectors) // 10]).astype("u1").tofile(job["mask"])
    truth = {"all": exact(vectors, queries)}
    truth.update((name, exact(vectors, queries, mask)) for name, mask in masks(job, len(vectors)).items())
    Path(job["truth"]).write_text(json.dumps({name: [sorted(of) for of in sets] for name, sets in truth.items()}))
    (folder / "job.json").write_text(json.dumps(job))
    print(f"{len(vectors):,} x {job['dims']} {'real' if arguments.vectors else 'made'} vectors, {len(queries)} queries",
          flush=True)
    return job, truth


def main():
    if sys.argv[1:2] == ["--work"]:
        return work(sys.argv[2:])
    if sys.argv[1:2] == ["--naru"]:
        return naru_work(sys.argv[2:])
    root = Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--program", type=Path, default=root / "build/release/naru")
    parser.add_argument("--only", default="naru," + ",".join(OTHERS))
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--queries", type=Path)
    parser.add_argument("--dims", type=int, default=384)
    parser.add_argument("--recall", type=float, default=0.99)
    parser.add_argument("--cache", type=Path, help="keep built indexes in this folder, and use those that are there")
    arguments = parser.parse_args()
    if bool(arguments.vectors) != bool(arguments.queries):
        raise SystemExit("--vectors and --queries go together")
    print(rounds.machine())
    with tempfile.TemporaryDirectory(prefix="naru-peers-") as temporary:
        compare(arguments, Path(temporary))
    print(rounds.machine())


def compare(arguments, temporary):
    job, truth = prepare_job(arguments, temporary)
    me, job_file = [sys.executable, __file__], temporary / "job.json"
    indexes = (arguments.cache or temporary).resolve()
    indexes.mkdir(parents=True, exist_ok=True)
    peers = []
    for name in arguments.only.split(","):
        if name == "naru":
            peers.append(rounds.Peer(name, [*me, "--naru", arguments.program.resolve(), job_file]))
            continue
        module, package, _, _, _ = OTHERS[name]
        peer = rounds.Peer(name, [*me, "--work", "build", name, indexes / name, job_file])
        if not rounds.has(module):
            rounds.leave_out(peer, "its package is not installed (bench/peers/requirements.txt)")
            continue
        noted = indexes / f"{name}.json"
        peer.built = json.loads(noted.read_text()) if noted.exists() else rounds.run_once(peer)
        if peer.built is None:
            continue
        noted.write_text(json.dumps(peer.built))
        print(f"  {name} built in {peer.built['cpu_s']:.1f} CPU s", file=sys.stderr, flush=True)
        query = [str(word) for word in [*me, "--work", "query", name, indexes / name, job_file]]
        peer.command = [word if word != "query" else "tune" for word in query] + ["0"]
        tuned = rounds.run_once(peer)
        if tuned is None:
            continue
        peer.name, peer.command = f"{name} {rounds.version(package)}", [*query, str(tuned["ef"])]
        peers.append(peer)
    report(rounds.interleave(peers, arguments.rounds), truth)


def report(peers, truth):
    rows, base = [], None
    for peer in peers:
        first = peer.figures[0]
        built = getattr(peer, "built", first)
        ms = {name: [one[name]["ms"] for one in peer.figures] for name in ["all", *KEEPS, "mask"] if name in first}
        base = base or rounds.median(ms["all"])
        rows.append([peer.name, first["ef"] or "-", f"{rounds.median(ms['all']):.3f}",
                     f"±{rounds.spread(ms['all']):.0%}",
                     f"{base / rounds.median(ms['all']):.2f}", f"{recall(first['all']['hits'], truth['all']):.4f}",
                     f"{built['cpu_s']:.1f}", f"{built['bytes']:,.0f}", f"{first['rss']:,.0f}",
                     *(f"{rounds.median(ms[name]):.2f} at {recall(first[name]['hits'], truth[name]):.3f}"
                       if name in ms else "none" for name in [*KEEPS, "mask"])])
    rounds.table("Nearest vectors, CPU time, one thread; filters: ms at recall",
                 ["who", "ef", "ms", "spread", "naru ÷ it", "recall@10", "build s", "bytes", "resident",
                  *(f"keep {float(keep):.1%}" for keep in KEEPS), "far clusters"], rows)


if __name__ == "__main__":
    main()
