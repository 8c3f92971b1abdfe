#!/usr/bin/env python3
"""One run of a peer's pipeline over a folder, for bench/peers/flow.py: files, chunks, embedding, a store.

usage: bench/peers/flow_peers.py cocoindex|llama_index run|rows FOLDER STATE

`run` brings the store in STATE in step with FOLDER and says {"start_cpu_s", "parts", "embedded", "embed_cpu_s"}; `rows`
prints what the store then holds: a file, a tab, and the SHA-256 of a chunk's text a line. The embedding is a hash of
the text that gives 384 numbers: it costs next to nothing, and its own time is said. Each is written as its guide shows
it, with all that it has against doing work again: CocoIndex memoizes a file and each call of the embedding, as its own
embedders do, and leads into SQLite; LlamaIndex has its document store, cache and vector store, kept in files, and
upserts and deletes.
"""
import hashlib
import json
import os
import sqlite3
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import rounds  # noqa: E402

DIMS = 384
CHUNK_BYTES, CHUNK_TOKENS = 1000, 256  # of English about the same


class Embedding:
    texts, cpu_s = 0, 0.0

    def of(self, text):
        import numpy
        start = time.thread_time()
        numbers = numpy.frombuffer(hashlib.shake_256(text.encode()).digest(2 * DIMS), dtype=numpy.int16)
        vector = numbers.astype(numpy.float32) / 32768
        self.texts += 1
        self.cpu_s += time.thread_time() - start
        return vector


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def run_cocoindex(folder, state, embedding):
    os.environ["COCOINDEX_DISABLE_USAGE_TRACKING"] = "1"
    from dataclasses import dataclass
    from typing import Annotated

    import cocoindex as coco
    from cocoindex.connectors import localfs, sqlite
    from cocoindex.ops.text import RecursiveSplitter
    from cocoindex.resources.id import IdGenerator

    store = coco.ContextKey[sqlite.ManagedConnection]("rows")
    splitter = RecursiveSplitter()

    @dataclass
    class Row:
        id: int
        file: str
        text: str
        vector: Annotated[bytes, sqlite.SqliteType("BLOB")]

    @coco.fn(memo=True)
    async def embed(text: str) -> bytes:
        return embedding.of(text).tobytes()

    @coco.fn(memo=True)
    async def process(file, table):
        ids = IdGenerator()
        text = await file.read_text()
        for chunk in splitter.split(text, chunk_size=CHUNK_BYTES, chunk_overlap=0, language="markdown"):
            table.declare_row(row=Row(id=await ids.next_id(chunk.text), file=str(file.file_path.path), text=chunk.text,
                                      vector=await embed(chunk.text)))

    @coco.lifespan
    def lifespan(builder):
        builder.settings.db_path = state / "cocoindex.db"
        builder.provide_with(store, sqlite.managed_connection(state / "rows.sqlite", load_vec=False))
        yield

    @coco.fn
    async def main():
        schema = await sqlite.TableSchema.from_class(Row, primary_key=["id"])
        table = await sqlite.mount_table_target(store, "rows", schema)
        await coco.mount_each(process, localfs.walk_dir(folder, recursive=True).items(), table)

    app = coco.App(coco.AppConfig(name="flow"), main)
    ready = time.process_time()
    app.update_blocking()
    return ready, {"run": time.process_time() - ready}


def rows_of_cocoindex(folder, state):
    with sqlite3.connect(state / "rows.sqlite") as base:
        for file, text in base.execute("SELECT file, text FROM rows"):
            yield os.path.relpath(os.path.join(folder, file), folder), sha(text)


def run_llama_index(folder, state, embedding):
    from llama_index.core import SimpleDirectoryReader
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.ingestion import DocstoreStrategy, IngestionCache, IngestionPipeline
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.core.storage.docstore import SimpleDocumentStore
    from llama_index.core.vector_stores import SimpleVectorStore

    class HashEmbedding(BaseEmbedding):
        def _get_text_embedding(self, text):
            return embedding.of(text).tolist()

        def _get_query_embedding(self, query):
            return embedding.of(query).tolist()

        async def _aget_query_embedding(self, query):
            return embedding.of(query).tolist()

    ready = time.process_time()
    vectors, kept = state / "vectors.json", state / "pipeline"
    store = SimpleVectorStore.from_persist_path(str(vectors)) if vectors.exists() else SimpleVectorStore()
    pipeline = IngestionPipeline(
        transformations=[SentenceSplitter(chunk_size=CHUNK_TOKENS, chunk_overlap=0), HashEmbedding()],
        docstore=SimpleDocumentStore(), vector_store=store, cache=IngestionCache(),
        docstore_strategy=DocstoreStrategy.UPSERTS_AND_DELETE)
    if kept.exists():
        pipeline.load(str(kept))
    parts, before = {}, ready

    def part(name):
        nonlocal before
        now = time.process_time()
        parts[name], before = now - before, now

    part("load")
    documents = SimpleDirectoryReader(input_dir=str(folder), recursive=True, filename_as_id=True).load_data()
    pipeline.run(documents=documents)
    part("run")
    pipeline.persist(str(kept))
    store.persist(str(vectors))
    part("persist")
    return ready, parts


# What the vector store holds is what a search finds; it has no texts, the pipeline's cache has them all.
def rows_of_llama_index(folder, state):
    texts = {}
    for made in json.loads((state / "pipeline" / "llama_cache").read_text()).values():
        for step in made.values():
            for node in step["nodes"]:
                texts[node["__data__"]["id_"]] = node["__data__"]["text"]
    for node, metadata in json.loads((state / "vectors.json").read_text())["metadata_dict"].items():
        yield os.path.relpath(metadata["file_path"], folder), sha(texts[node])


def main():
    peer, work, folder, state = sys.argv[1], sys.argv[2], Path(sys.argv[3]).resolve(), Path(sys.argv[4]).resolve()
    if work == "rows":
        rows = {"cocoindex": rows_of_cocoindex, "llama_index": rows_of_llama_index}[peer]
        for file, text in rows(folder, state):
            print(f"{file}\t{text}")
        return
    embedding = Embedding()
    run = {"cocoindex": run_cocoindex, "llama_index": run_llama_index}[peer]
    ready, parts = run(folder, state, embedding)
    rounds.say({"start_cpu_s": ready, "parts": parts, "embedded": embedding.texts, "embed_cpu_s": embedding.cpu_s})


if __name__ == "__main__":
    main()
