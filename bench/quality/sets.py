"""Labelled sets in the form of `naru eval retrieval`: reading, cutting to a fixed subset, writing. Needs `zstd`."""
import hashlib
import json
import subprocess
from pathlib import Path


def read_text(folder, name):
    """NAME or NAME.zst of a folder."""
    path = Path(folder) / name
    if path.exists():
        return path.read_text(encoding="utf-8")
    packed = Path(folder) / (name + ".zst")
    return subprocess.run(["zstd", "-dc", str(packed)], check=True, capture_output=True).stdout.decode("utf-8")


def read_rows(folder, name):
    return [json.loads(line) for line in read_text(folder, name).split("\n") if line]


def read_set(folder):
    """Documents and queries by id, and judgements: query -> document -> grade."""
    documents = {row["_id"]: row for row in read_rows(folder, "corpus.jsonl")}
    queries = {row["_id"]: row for row in read_rows(folder, "queries.jsonl")}
    judgements = {}
    for line in read_text(folder, "qrels.tsv").split("\n")[1:]:
        if line.strip():
            query, document, grade = line.split("\t")
            judgements.setdefault(query, {})[document] = int(grade)
    return documents, {key: row for key, row in queries.items() if key in judgements}, judgements


def by_hash(keys):
    return sorted(keys, key=lambda key: hashlib.sha256(key.encode()).hexdigest())


def cut(documents, queries, judgements, queries_max, documents_max):
    """The queries with the lowest sha256 of their id; their judged documents, then those of the lowest sha256."""
    kept_queries = {key: queries[key] for key in by_hash(queries)[:queries_max]}
    kept = {doc for key in kept_queries for doc in judgements[key] if doc in documents}
    for key in by_hash(documents):
        if len(kept) >= documents_max:
            break
        kept.add(key)
    return ({key: row for key, row in documents.items() if key in kept}, kept_queries,
            {key: judgements[key] for key in kept_queries})


def write_set(folder, documents, queries, judgements):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "corpus.jsonl", "w", encoding="utf-8") as file:
        for row in documents.values():
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    with open(folder / "queries.jsonl", "w", encoding="utf-8") as file:
        for row in queries.values():
            file.write(json.dumps({"_id": row["_id"], "text": row["text"]}, ensure_ascii=False) + "\n")
    with open(folder / "qrels.tsv", "w", encoding="utf-8") as file:
        file.write("query-id\tcorpus-id\tscore\n")
        for query, judged in judgements.items():
            for document, grade in judged.items():
                file.write(f"{query}\t{document}\t{grade}\n")


def configuration(corpus, embed):
    """A naru.yaml that takes in a set's corpus."""
    model = "stub: {}" if embed == "stub" else f"local: {embed}"
    return (f"models: {{embed: {{{model}}}}}\nflows:\n  set:\n"
            f"    source: {{jsonl: {{path: {corpus}, id: _id, text: text}}}}\n    steps: [parse, chunk, embed]\n"
            "    target: {knowledge_base: set}\n")
