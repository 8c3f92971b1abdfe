#!/usr/bin/env python3
"""Holds what the program prints to what programs outside rely on: keys and their types, units, names, exit codes.

usage: tests/contract/contract.py PROGRAM [-v] [TestCase.test...]

What is checked here is counted anew from the source bytes, never taken from the program: versions are hashed, byte
ranges are cut from the files, figures of an evaluation are computed from the run files. Python 3, nothing else.
"""
import hashlib
import json
import math
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import unicodedata
import unittest
from pathlib import Path
from xml.sax.saxutils import quoteattr

PROGRAM = ""
SECONDS_MAX = 300  # a command that hangs ends here; sanitizers on a busy machine are far below

MODELS = "models:\n  embed: {stub: {}}\n  chat: {stub: {}}\n"
FOLDER = """flows:
  handbook:
    source: {folder: {path: docs}}
    steps:
      - parse
      - chunk: {max_tokens: 256}
      - embed
    target: {knowledge_base: handbook}
"""
ROWS = """flows:
  rows:
    source: {jsonl: {path: corpus.jsonl, id: _id, text: text}}
    steps: [parse, chunk: {max_tokens: 64}, embed]
    target: {knowledge_base: rows}
"""

NUMBER = (int, float)
NONE = type(None)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def folded(text):
    return " ".join(text.split())


class Workspace:
    """A folder with a configuration, and the program run in it."""

    def __init__(self, configuration):
        self.root = Path(tempfile.mkdtemp(prefix="naru-contract-"))
        self.folder = self.root / "work"
        self.folder.mkdir()
        (self.root / "home").mkdir()
        (self.root / "tmp").mkdir()
        if configuration:
            self.put("naru.yaml", configuration)

    def close(self):
        shutil.rmtree(self.root, ignore_errors=True)

    def put(self, name, data):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    def environment(self):
        kept = {name: value for name, value in os.environ.items() if not name.startswith("NARU_")}
        return kept | {"HOME": str(self.root / "home"), "TMPDIR": str(self.root / "tmp"), "LC_ALL": "C.UTF-8",
                       "NARU_MODELS": str(self.root / "home/models")}

    def run(self, *arguments, expect=0, **options):
        done = subprocess.run([PROGRAM, *arguments], cwd=self.folder, env=self.environment(), capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=SECONDS_MAX, check=False, **options)
        if expect is not None and done.returncode != expect:
            raise AssertionError(f"{arguments} ended with {done.returncode}, not {expect}\n{done.stdout[-2000:]}\n"
                                 f"{done.stderr.decode('utf-8', 'replace')[-2000:]}")
        return done

    def lines(self, *arguments, expect=0):
        """Every line of standard output is one JSON object; nothing else is there."""
        text = self.run(*arguments, expect=expect).stdout.decode("utf-8")
        if text and not text.endswith("\n"):
            raise AssertionError("the last line does not end")
        return [json.loads(line) for line in text.splitlines()]

    def one(self, *arguments, expect=0):
        lines = self.lines(*arguments, expect=expect)
        if len(lines) != 1:
            raise AssertionError(f"{arguments} gave {len(lines)} lines, not 1")
        return lines[0]


class Contract(unittest.TestCase):
    configuration = MODELS + FOLDER

    def setUp(self):
        self.at = Workspace(self.configuration)
        self.addCleanup(self.at.close)

    def shape(self, value, wanted, place=""):
        """`wanted` has types (or tuples of them) as leaves; a list of one is a list of any length."""
        if isinstance(wanted, dict):
            self.assertIsInstance(value, dict, place)
            for key, inner in wanted.items():
                self.assertIn(key, value, f"{place} has no {key}")
                self.shape(value[key], inner, f"{place}.{key}")
        elif isinstance(wanted, list):
            self.assertIsInstance(value, list, place)
            for index, item in enumerate(value):
                self.shape(item, wanted[0], f"{place}[{index}]")
        else:
            types = wanted if isinstance(wanted, tuple) else (wanted,)
            self.assertIn(type(value), types, place)

    def locator(self, locator, place=""):
        self.assertIsInstance(locator, dict, place)
        if "start" in locator or "end" in locator:
            self.shape(locator, {"start": int, "end": int}, place)
            self.assertLessEqual(locator["start"], locator["end"])
        if "page" in locator:
            self.assertGreaterEqual(locator["page"], 1)
            self.shape(locator, {"page": int, "page_size": [NUMBER], "boxes": [[NUMBER]]}, place)
            width, height = locator["page_size"]
            for x0, y0, x1, y1 in locator["boxes"]:
                self.assertTrue(-1 <= x0 <= x1 <= width + 1 and -1 <= y0 <= y1 <= height + 1, locator)

    def docs(self):
        return {line["doc"]: line for line in self.at.lines("dump", "--json") if line["kind"] == "doc"}

    def chunks(self, doc):
        lines = self.at.lines("dump", "--json")
        return sorted((line for line in lines if line["kind"] == "chunk" and line["doc"] == doc), key=lambda c: c["n"])


DONE = {"event": str, "flow": str,
        "items": {name: int for name in ("seen", "added", "changed", "removed", "unchanged", "rejected")},
        "chunks": {"added": int, "removed": int}, "embedded": int, "seconds": NUMBER}
COMMIT = {"event": str, "epoch": int, "docs": [{"doc": str, "version": str}], "removed": [str]}
HIT = {"rank": int, "score": NUMBER, "doc": str, "chunk": int, "title": str, "text": str, "locator": {"uri": str},
       "scores": {"lexical": (int, float, NONE), "vector": (int, float, NONE), "rerank": (NONE, int, float)}}
SEARCH = {"query": str, "epoch": int, "ms": NUMBER, "hits": [HIT]}
ASK = {"answer_id": str, "answer": str, "refused": bool, "language": str,
       "citations": [{"marker": (int, str), "doc": str, "chunk": int, "quote": str, "locator": dict, "start": int,
                      "end": int, "support": NUMBER}],
       "evidence": [{"doc": str, "chunk": int, "text": str, "score": NUMBER}],
       "usage": {"prompt_tokens": int, "completion_tokens": int},
       "ms": {"retrieve": NUMBER, "first_token": NUMBER, "total": NUMBER}}
BLOCK = {"kind": str, "text": str, "level": int, "heading_path": [str], "cells": list, "locator": dict}
PARSE = {"uri": str, "format": str, "title": str, "language": str, "metadata": dict, "blocks": [BLOCK],
         "warnings": [str]}
LEG = {name: NUMBER for name in ("ndcg@10", "recall@10", "recall@100", "mrr@10", "ms_p50", "ms_p99")}

LEAVE = """# Annual leave

Every employee has 15 days of annual leave a year. Unused days expire in March.

# 출장

출장비는 다녀온 날부터 열흘 안에 청구합니다. 영수증을 함께 냅니다.
"""
PIPES = "Pipes are replaced after thirty years. The ferry carries people over the river.\n"


class Run(Contract):
    def test_tells_each_commit_and_ends_with_done(self):
        leave = self.at.put("docs/a/b.md", LEAVE)
        name = "사내 규정/휴가 규정.txt"
        hangul = self.at.put("docs/" + name, "연차 휴가는 15일입니다.\n".encode("cp949"))
        self.at.put("docs/bad.bin", b"\x00\x01\x02\x03")
        events = self.at.lines("run", "--json", expect=1)
        self.shape(events[-1], DONE)
        self.assertEqual(events[-1]["event"], "done")
        self.assertEqual(events[-1]["flow"], "handbook")
        self.assertEqual(events[-1]["items"], {"seen": 3, "added": 2, "changed": 0, "removed": 0, "unchanged": 0,
                                               "rejected": 1})
        commits = [event for event in events if event["event"] == "commit"]
        for commit in commits:
            self.shape(commit, COMMIT)
        self.assertEqual({doc["doc"]: doc["version"] for commit in commits for doc in commit["docs"]},
                         {"a/b.md": sha256(leave.read_bytes()), name: sha256(hangul.read_bytes())})
        rejects = [event for event in events if event["event"] == "reject"]
        self.assertEqual(len(rejects), 1)
        self.shape(rejects[0], {"event": str, "doc": str, "code": str, "message": str})
        self.assertEqual((rejects[0]["doc"], rejects[0]["code"]), ("bad.bin", "unsupported"))
        epochs = [commit["epoch"] for commit in commits]
        # An unchanged reject is counted on each run; nothing else is done again.
        again = self.at.lines("run", "--json", expect=1)
        self.assertEqual(again[-1]["items"], {"seen": 3, "added": 0, "changed": 0, "removed": 0, "unchanged": 2,
                                              "rejected": 1})
        self.assertEqual(again[-1]["embedded"], 0)
        self.assertFalse([event for event in again if event["event"] == "commit"])
        (self.at.folder / "docs/a/b.md").unlink()
        events = self.at.lines("run", "--json", expect=1)
        commits = [event for event in events if event["event"] == "commit"]
        self.assertEqual([name for commit in commits for name in commit["removed"]], ["a/b.md"])
        self.assertGreater(min(commit["epoch"] for commit in commits), max(epochs))

    def test_a_touch_embeds_nothing_and_a_replaced_file_is_a_change(self):
        path = self.at.put("docs/a.txt", "The first text has some words.\n")
        self.at.run("run", "--json")
        os.utime(path)
        done = self.at.lines("run", "--json")[-1]
        self.assertEqual((done["embedded"], done["items"]["changed"], done["items"]["unchanged"]), (0, 0, 1))
        before = path.stat()
        other = self.at.put("docs/other", "The other text has some words.\n")
        os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
        os.replace(other, path)
        self.assertEqual((path.stat().st_size, path.stat().st_mtime_ns), (before.st_size, before.st_mtime_ns))
        done = self.at.lines("run", "--json")[-1]
        self.assertEqual((done["embedded"], done["items"]["changed"]), (1, 1))
        self.assertEqual(self.docs()["a.txt"]["version"], sha256(path.read_bytes()))

    def test_embedded_counts_distinct_new_texts(self):
        for i in range(3):
            self.at.put(f"docs/{i}.txt", "The very same text.\n")
        self.at.put("docs/other.txt", "Another text.\n")
        self.assertEqual(self.at.lines("run", "--json")[-1]["embedded"], 2)
        os.rename(self.at.folder / "docs/0.txt", self.at.folder / "docs/renamed.txt")
        self.at.put("docs/doubled.txt", "Another text.\n")
        done = self.at.lines("run", "--json")[-1]
        self.assertEqual(done["embedded"], 0)
        self.assertEqual((done["items"]["added"], done["items"]["removed"]), (2, 1))

    def test_held_removals_exit_75_and_done_is_still_the_last_line(self):
        for i in range(20):
            self.at.put(f"docs/{i}.txt", f"Text number {i}.\n")
        self.at.put("docs/bad.bin", b"\x00\x01\x02")
        self.at.run("run", "--json", expect=1)
        for i in range(15):
            (self.at.folder / f"docs/{i}.txt").unlink()
        self.at.put("docs/new.txt", "A new text.\n")
        events = self.at.lines("run", "--json", expect=75)  # 75 wins over the reject's 1
        held = [event for event in events if event["event"] == "held"]
        self.assertEqual(len(held), 1)
        self.assertEqual((held[0]["missing"], held[0]["known"]), (15, 21))
        self.assertEqual(events[-1]["event"], "done")
        self.assertEqual(events[-1]["items"]["removed"], 0)
        self.assertIn("new.txt", self.docs())
        self.at.run("run", "--json", "--accept-removals", expect=1)
        self.assertEqual(len(self.docs()), 6)

    def test_a_stop_drains_and_exits_75(self):
        for i in range(3000):
            self.at.put(f"docs/{i}.txt", f"Text number {i} of many that take their time.\n\n" * 20)
        for number in (signal.SIGINT, signal.SIGTERM):
            process = subprocess.Popen([PROGRAM, "run", "--json"], cwd=self.at.folder, env=self.at.environment(),
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            told = self.until_commit(process)
            process.send_signal(number)
            out, err = process.communicate(timeout=SECONDS_MAX)
            told += [json.loads(line) for line in out.decode().splitlines()]
            self.assertEqual(process.returncode, 75, err)
            self.assertEqual(told[-1]["event"], "done")
            kept = self.docs()
            for event in told:
                for doc in event.get("docs", []):
                    self.assertEqual(kept[doc["doc"]]["version"], doc["version"])
            self.assertLess(len(kept), 3000)
        self.assertTrue(self.at.lines("verify", "--json")[-1]["ok"])

    def until_commit(self, process):
        told = [json.loads(process.stdout.readline())]
        while told[-1]["event"] != "commit":
            told.append(json.loads(process.stdout.readline()))
        return told

    def test_what_a_commit_line_says_survives_a_kill(self):
        for i in range(2000):
            self.at.put(f"docs/{i}.txt", f"Text number {i} that is kept.\n")
        process = subprocess.Popen([PROGRAM, "run", "--json"], cwd=self.at.folder, env=self.at.environment(),
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        told = self.until_commit(process)
        process.kill()
        for line in process.stdout.read().decode().splitlines():
            try:
                told.append(json.loads(line))
            except ValueError:
                break  # torn by the kill
        process.wait()
        process.stdout.close()
        kept = self.docs()
        for event in told:
            for doc in event.get("docs", []):
                self.assertEqual(kept[doc["doc"]]["version"], doc["version"])
        self.assertTrue(self.at.lines("verify", "--json")[-1]["ok"])
        self.at.run("run", "--json")
        self.assertEqual(len(self.docs()), 2000)

    def test_a_second_writer_exits_75_and_names_the_first(self):
        self.at.put("docs/a.txt", "A text.\n")
        process = subprocess.Popen([PROGRAM, "run", "--watch", "--json"], cwd=self.at.folder,
                                   env=self.at.environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            while json.loads(process.stdout.readline())["event"] != "done":
                pass
            second = self.at.run("run", "--json", expect=75)
            self.assertIn(str(process.pid), second.stderr.decode())
            self.assertEqual(len(self.at.one("search", "text", "--json")["hits"]), 1)  # readers go on
        finally:
            process.terminate()
            process.communicate(timeout=SECONDS_MAX)
        self.assertEqual(process.returncode, 75)


class Dump(Contract):
    def test_lines_are_sorted_and_have_their_keys(self):
        leave = self.at.put("docs/a/b.md", LEAVE)
        self.at.put("docs/empty.txt", "")
        self.at.put("docs/bad.bin", b"\x00\x01\x02\x03")
        self.at.run("run", expect=1)
        raw = self.at.run("dump", "--json").stdout.splitlines()
        self.assertEqual(raw, sorted(raw))
        by_kind = {}
        for line in raw:
            value = json.loads(line)
            by_kind.setdefault(value["kind"], []).append(value)
        for doc in by_kind["doc"]:
            self.shape(doc, {"flow": str, "doc": str, "version": str, "title": str, "chunks": int})
        for chunk in by_kind["chunk"]:
            self.shape(chunk, {"flow": str, "doc": str, "n": int, "text_sha256": str, "heading_path": [str],
                               "locator": {"start": int, "end": int}, "lexical": bool, "vector": str})
            self.assertTrue(chunk["lexical"])
            self.assertRegex(chunk["vector"], "^[0-9a-f]{64}$")
        self.assertEqual(by_kind["reject"], [{"kind": "reject", "flow": "handbook", "doc": "bad.bin",
                                              "code": "unsupported"}])
        docs = {doc["doc"]: doc for doc in by_kind["doc"]}
        self.assertEqual(docs["a/b.md"]["version"], sha256(leave.read_bytes()))
        self.assertEqual(docs["empty.txt"]["chunks"], 0)
        numbers = sorted(chunk["n"] for chunk in by_kind["chunk"] if chunk["doc"] == "a/b.md")
        self.assertEqual(numbers, list(range(docs["a/b.md"]["chunks"])))
        text = json.dumps(by_kind)
        self.assertNotIn(str(self.at.root), text)
        self.assertNotIn("epoch", text)

    def test_texts_are_those_of_show_and_search(self):
        self.at.put("docs/a.txt", PIPES)
        self.at.run("run")
        chunk = self.chunks("a.txt")[0]
        shown = self.at.one("show", "a.txt", "--chunk", "0", "--json")
        self.assertEqual(chunk["text_sha256"], sha256(shown["text"].encode()))
        hit = self.at.one("search", "ferry river", "--json")["hits"][0]
        self.assertEqual(chunk["text_sha256"], sha256(hit["text"].encode()))

    def test_vector_is_null_where_nothing_is_embedded(self):
        self.at.put("naru.yaml", FOLDER.replace("      - embed\n", ""))
        self.at.put("docs/a.txt", PIPES)
        self.assertEqual(self.at.lines("run", "--json")[-1]["embedded"], 0)
        self.assertEqual([chunk["vector"] for chunk in self.chunks("a.txt")], [None])
        found = self.at.one("search", "ferry", "--json")  # hybrid is lexical then
        self.assertEqual(len(found["hits"]), 1)
        self.assertIsNone(found["hits"][0]["scores"]["vector"])
        self.at.run("search", "ferry", "--leg", "vector", "--json", expect=69)

    def test_equal_states_are_equal_however_they_were_reached(self):
        texts = {f"docs/{i}.txt": f"Text {i} of the ferry.\n\nIts second paragraph {i}.\n" for i in range(30)}
        for name, text in texts.items():
            self.at.put(name, text)
        self.at.run("run")
        straight = self.at.run("dump", "--json").stdout
        hits = [self.hits(leg) for leg in ("lexical", "vector", "hybrid")]
        shutil.rmtree(self.at.folder / ".naru")
        for name in texts:
            self.at.put(name, "Something else that goes away, with ferry in it.\n")
        self.at.put("docs/gone.txt", "The ferry is gone.\n")
        self.at.run("run", "--limit", "7")
        self.at.run("run")
        for name, text in reversed(texts.items()):
            self.at.put(name, text)
            if name.endswith("5.txt"):
                self.at.run("run")
        (self.at.folder / "docs/gone.txt").unlink()
        self.at.run("run")
        self.assertEqual(self.at.run("dump", "--json").stdout, straight)
        self.assertEqual([self.hits(leg) for leg in ("lexical", "vector", "hybrid")], hits)

    def hits(self, leg):
        found = self.at.one("search", "the second ferry paragraph", "-k", "20", "--leg", leg, "--json")["hits"]
        return [(hit["doc"], hit["chunk"], hit["score"], hit["scores"]) for hit in found]


class Locators(Contract):
    def test_bytes_of_texts_are_those_of_the_file_in_any_charset(self):
        texts = {"utf8.txt": "연차 휴가는 15일입니다.\n\n출장비는 열흘 안에 청구합니다.\n".encode(),
                 "bom.txt": b"\xef\xbb\xbf" + "나루는 배가 닿는 곳이다.\r\n\r\n둘째 문단.\r\n".encode(),
                 "cp949.txt": "연차 휴가는 해마다 15일을 드립니다.\n\n둘째 문단에는 다른 말이 있습니다.\n".encode("cp949"),
                 "utf16.txt": "The ferry carries people.\n\n나루에 배가 닿는다.\n".encode("utf-16")}
        charsets = {"utf8.txt": "utf-8", "bom.txt": "utf-8", "cp949.txt": "cp949", "utf16.txt": "utf-16-le"}
        for name, data in texts.items():
            self.at.put("docs/" + name, data)
        self.at.run("run")
        for name, data in texts.items():
            for chunk in self.chunks(name):
                start, end = chunk["locator"]["start"], chunk["locator"]["end"]
                cited = data[start:end].decode(charsets[name])
                shown = self.at.one("show", name, "--chunk", str(chunk["n"]), "--json")["text"]
                self.assertEqual(folded(cited), folded(shown), name)

    def test_bytes_of_markdown_cover_the_text(self):
        data = self.at.put("docs/a.md", LEAVE).read_bytes()
        self.at.run("run")
        for chunk in self.chunks("a.md"):
            cited = data[chunk["locator"]["start"]:chunk["locator"]["end"]].decode()
            shown = self.at.one("show", "a.md", "--chunk", str(chunk["n"]), "--json")["text"]
            self.assertEqual(folded(cited.replace("#", "")), folded(shown))

    def test_hits_and_citations_have_them_with_the_uri(self):
        self.at.put("docs/a/b.md", LEAVE)
        self.at.run("run")
        for hit in self.at.one("search", "annual leave", "--json")["hits"]:
            self.locator(hit["locator"])
            self.assertEqual(hit["locator"]["uri"], "a/b.md")


class Rows(Contract):
    configuration = MODELS + ROWS

    def put_rows(self, lines, end="\n"):
        data = b"".join((json.dumps(line, ensure_ascii=False).encode() if isinstance(line, dict) else line) +
                        end.encode() for line in lines)
        self.at.put("corpus.jsonl", data)
        return data

    def test_a_row_is_named_by_its_id_and_versioned_by_its_line(self):
        rows = [{"_id": "a/1 한글", "text": "The Han flows through Seoul."},
                {"_id": "2", "text": "낙동강은 부산으로 흐릅니다.", "other": [1, 2]},
                b'{ "_id" : "odd" , "text":"spaces \\u0041nd escapes: \\ud55c" }',
                {"_id": 17, "text": "A number names this one."}]
        lines = self.put_rows(rows).split(b"\n")
        self.at.run("run", "--json")
        self.assertEqual({name: doc["version"] for name, doc in self.docs().items()},
                         {"a/1 한글": sha256(lines[0]), "2": sha256(lines[1]), "odd": sha256(lines[2]),
                          "17": sha256(lines[3])})
        events = self.at.lines("run", "--json", "--full")
        told = {doc["doc"]: doc["version"] for event in events for doc in event.get("docs", [])}
        self.assertEqual(told["2"], sha256(lines[1]))

    def test_the_last_line_may_lack_its_end(self):
        self.at.put("corpus.jsonl", b'{"_id":"a","text":"one"}\n{"_id":"b","text":"two"}')
        self.at.run("run")
        self.assertEqual(self.docs()["b"]["version"], sha256(b'{"_id":"b","text":"two"}'))

    def test_places_are_bytes_of_the_text_field(self):
        paragraph = "나루는 배가 닿는 곳이다. The ferry carries people over the river, {} times a day.  "
        text = "\n\n".join(paragraph.format(i) for i in range(40)) + "\n"
        nfd = unicodedata.normalize("NFD", "한글 이름이 풀어져 있다. 그래도 자리는 원래 바이트다.")
        self.put_rows([{"_id": "long", "title": "나루", "text": text}, {"_id": "nfd", "text": nfd}])
        self.at.run("run")
        for name, whole in (("long", text), ("nfd", nfd)):
            chunks = self.chunks(name)
            self.assertGreater(len(chunks), 5 if name == "long" else 0)
            for chunk in chunks:
                start, end = chunk["locator"]["start"], chunk["locator"]["end"]
                cited = unicodedata.normalize("NFC", whole.encode()[start:end].decode())
                shown = self.at.one("show", name, "--chunk", str(chunk["n"]), "--json")["text"]
                self.assertIn(folded(cited), folded(shown))
                self.assertGreaterEqual(len(folded(cited)), len(folded(shown)) - len("나루 "))

    def test_a_title_is_searched_with_the_text(self):
        self.put_rows([{"_id": "a", "title": "Hovercraft", "text": "It is full of eels."},
                       {"_id": "b", "text": "Nothing of the kind."}])
        self.at.run("run")
        for leg in ("lexical", "vector", "hybrid"):
            hits = self.at.one("search", "hovercraft", "--leg", leg, "--json")["hits"]
            self.assertEqual(hits[0]["doc"], "a", leg)
        self.assertEqual(hits[0]["title"], "Hovercraft")

    def test_bad_rows_are_rejects_and_the_rest_goes_on(self):
        self.put_rows([{"_id": "a", "text": "one"}, b"not json", b"[1]", {"text": "no id"}, {"_id": "b"},
                       {"_id": "a", "text": "again"}, {"_id": "c", "text": 5}, b'{"_id":"d","text":"\xff"}',
                       {"_id": "", "text": "empty id"}, {"_id": "z", "text": "last"}])
        events = self.at.lines("run", "--json", expect=1)
        self.assertEqual(events[-1]["items"]["rejected"], 8)
        self.assertEqual(sorted(self.docs()), ["a", "z"])
        for event in events:
            if event["event"] == "reject":
                self.shape(event, {"doc": str, "code": str, "message": str})


class Search(Contract):
    def setUp(self):
        super().setUp()
        self.at.put("docs/a/b.md", LEAVE)
        self.at.put("docs/pipes.txt", PIPES)
        self.at.run("run")

    def test_has_its_shape_on_every_leg(self):
        for leg in ("lexical", "vector", "hybrid"):
            found = self.at.one("search", "annual leave", "-k", "2", "--leg", leg, "--json")
            self.shape(found, SEARCH)
            self.assertEqual(found["query"], "annual leave")
            self.assertEqual([hit["rank"] for hit in found["hits"]], list(range(1, len(found["hits"]) + 1)))
            scores = [hit["score"] for hit in found["hits"]]
            self.assertEqual(scores, sorted(scores, reverse=True))
            self.assertEqual(found["hits"][0]["doc"], "a/b.md")
            asked = {"lexical": ["lexical"], "vector": ["vector"], "hybrid": ["lexical", "vector"]}[leg]
            for hit in found["hits"]:
                given = [name for name, value in hit["scores"].items() if value is not None]
                self.assertEqual(given, asked)

    def test_k_is_the_most(self):
        self.assertEqual(len(self.at.one("search", "the", "a", "ferry", "leave", "-k", "1", "--json")["hits"]), 1)
        for wrong in ("0", "-1", "x", "999999999"):
            self.at.run("search", "leave", "-k", wrong, expect=2)

    def test_exact_gives_the_same_below_twenty_thousand_rows(self):
        plain = self.at.one("search", "ferry", "--leg", "vector", "--json")["hits"]
        self.assertEqual(self.at.one("search", "ferry", "--leg", "vector", "--exact", "--json")["hits"], plain)

    def test_explain_tells_the_share_of_each_term(self):
        found = self.at.one("search", "annual leave", "--explain", "--leg", "lexical", "--json")
        self.shape(found, SEARCH)
        for hit in found["hits"]:
            self.shape(hit["terms"], [{"term": str, "score": NUMBER, "df": int, "weight": NUMBER}])
            self.assertAlmostEqual(sum(term["score"] for term in hit["terms"]), hit["score"], places=6)
        said = self.at.run("search", "annual leave", "--explain").stdout.decode()
        self.assertIn("annual", said)
        self.assertIn("words", said)

    def test_scores_are_bm25_over_what_lives(self):
        # N = chunks, exact lengths in terms; one document a chunk, texts without stop words or stems in the way.
        self.at.put("naru.yaml", MODELS + FOLDER + "search: {bm25: {k1: 0.9, b: 0.4}}\n")
        if self.at.run("validate", expect=None).returncode != 0:
            self.at.put("naru.yaml", MODELS + FOLDER)
        shutil.rmtree(self.at.folder / "docs")
        shutil.rmtree(self.at.folder / ".naru")
        self.at.put("docs/1.txt", "zebra zebra quagga\n")
        self.at.put("docs/2.txt", "zebra okapi okapi okapi okapi\n")
        self.at.put("docs/3.txt", "okapi\n")
        self.at.put("docs/gone.txt", "zebra zebra zebra\n")
        self.at.run("run")
        (self.at.folder / "docs/gone.txt").unlink()
        self.at.run("run")
        hits = {hit["doc"]: hit["score"] for hit in
                self.at.one("search", "zebra", "--leg", "lexical", "--json")["hits"]}
        idf, mean = math.log(1 + (3 - 2 + 0.5) / (2 + 0.5)), (3 + 5 + 1) / 3

        def ratio(tf, length):
            return idf * tf / (tf + 0.9 * (1 - 0.4 + 0.4 * length / mean))

        self.assertEqual(set(hits), {"1.txt", "2.txt"})
        factor = hits["1.txt"] / ratio(2, 3)  # with or without the constant (k1 + 1)
        self.assertTrue(math.isclose(factor, 1, rel_tol=1e-5) or math.isclose(factor, 1.9, rel_tol=1e-5), factor)
        self.assertTrue(math.isclose(hits["2.txt"], factor * ratio(1, 5), rel_tol=1e-5))

    def test_nothing_found_is_no_error(self):
        found = self.at.one("search", "xylophone", "--leg", "lexical", "--json")
        self.shape(found, SEARCH)
        self.assertEqual(found["hits"], [])

    def test_unknown_names_are_usage(self):
        self.at.run("search", "leave", "--in", "nowhere", expect=2)
        self.at.run("search", "leave", "--leg", "psychic", expect=2)
        self.at.run("search", "leave", "--filter", "path =", expect=2)
        self.at.run("search", expect=2)
        self.at.run("search", "  ", expect=2)
        self.at.run("show", "nowhere.md", expect=2)


class Ask(Contract):
    def setUp(self):
        super().setUp()
        self.at.put("docs/a/b.md", LEAVE)
        self.at.put("docs/pipes.txt", PIPES)
        self.at.run("run")

    def check_answer(self, answer, language):
        self.shape(answer, ASK)
        self.assertEqual(answer["language"], language)
        for citation in answer["citations"]:
            sentence = answer["answer"][citation["start"]:citation["end"]]
            self.assertTrue(sentence.strip() == sentence and sentence)
            self.assertIn(f"[{citation['marker']}]", answer["answer"][citation["end"]:])
            chunk = self.at.one("show", citation["doc"], "--chunk", str(citation["chunk"]), "--json")
            self.assertIn(folded(citation["quote"]), folded(chunk["text"]))
            self.locator(citation["locator"])
            self.assertTrue(0 < citation["support"] <= 1)
        for evidence in answer["evidence"]:
            chunk = self.at.one("show", evidence["doc"], "--chunk", str(evidence["chunk"]), "--json")
            self.assertEqual(evidence["text"], chunk["text"])

    def test_answers_with_citations(self):
        for flags in ([], ["--no-llm"]):
            answer = self.at.one("ask", "How many days of annual leave does an employee have?", "--json", *flags)
            self.check_answer(answer, "en")
            self.assertFalse(answer["refused"])
            self.assertIn("15 days", answer["citations"][0]["quote"])
            answer = self.at.one("ask", "출장비는 언제까지 청구하나요?", "--json", *flags)
            self.check_answer(answer, "ko")
            self.assertFalse(answer["refused"])
            self.assertIn("열흘", answer["answer"])

    def test_refuses_what_is_not_there(self):
        answer = self.at.one("ask", "Who won the football game on Mars?", "--json")
        self.check_answer(answer, "en")
        self.assertTrue(answer["refused"])
        self.assertEqual(answer["citations"], [])
        self.assertTrue(answer["answer"])

    def test_why_follows_an_answer_to_the_bytes(self):
        answer = self.at.one("ask", "How many days of annual leave does an employee have?", "--json")
        why = self.at.one("why", answer["answer_id"], "--json")
        self.assertTrue(why["holds"])
        data = (self.at.folder / "docs/a/b.md").read_bytes()
        for citation in answer["citations"]:
            cited = data[citation["locator"]["start"]:citation["locator"]["end"]].decode()
            self.assertIn(folded(citation["quote"]), folded(cited))

    def test_usage_errors(self):
        self.at.run("ask", expect=2)
        self.at.run("ask", "leave?", "--in", "nowhere", expect=2)
        self.at.run("why", "a-0000000000000000", expect=2)


class Access(Contract):
    configuration = MODELS + """flows:
  open:
    source: {folder: {path: open, access: [everyone]}}
    steps: [parse, chunk, embed]
    target: {knowledge_base: open}
  staff:
    source: {folder: {path: staff, access: ["group:staff", "user:kim"]}}
    steps: [parse, chunk, embed]
    target: {knowledge_base: staff}
"""

    def setUp(self):
        super().setUp()
        self.at.put("open/a.txt", "The ferry leaves at noon.\n")
        self.at.put("staff/a.txt", "The ferry budget is secret.\n")
        self.at.run("run")

    def docs_of(self, *who):
        found = self.at.one("search", "ferry", "--json", *who)["hits"]
        return sorted(hit["text"].split()[2] for hit in found)

    def test_as_user_and_groups(self):
        self.assertEqual(self.docs_of(), ["budget", "leaves"])
        self.assertEqual(self.docs_of("--as", "kim"), ["budget", "leaves"])
        self.assertEqual(self.docs_of("--as", "lee,staff"), ["budget", "leaves"])
        self.assertEqual(self.docs_of("--as", "lee"), ["leaves"])
        self.assertEqual(self.docs_of("--as", "staff"), ["leaves"])  # a user of that name is not the group
        self.assertEqual(self.docs_of("--as", "lee,kim"), ["leaves"])
        self.at.run("search", "ferry", "--as", "", expect=2)
        self.at.run("run", "--as", "kim", expect=4)
        answer = self.at.one("ask", "What is the ferry budget?", "--as", "lee", "--json")
        self.assertNotIn("secret", json.dumps(answer))

    def test_a_document_in_several_bases_is_named_with_its_base(self):
        self.at.run("show", "a.txt", expect=2)
        self.assertIn("budget", self.at.one("show", "staff/a.txt", "--json", "--chunk", "0")["text"])
        found = self.at.one("search", "ferry", "--in", "open", "--json")["hits"]
        self.assertEqual([hit["doc"] for hit in found], ["a.txt"])
        for hit in self.at.one("search", "ferry", "--json")["hits"]:
            self.assertEqual(hit["doc"], "a.txt")


class Parse(Contract):
    configuration = ""

    def test_has_its_shape(self):
        self.at.put("a.md", LEAVE)
        self.at.put("b.html", "<html><head><title>T</title></head><body><h1>One</h1><p>A ferry.</p>"
                              "<table><tr><th>a</th><th>b</th></tr><tr><td>x</td><td>y</td></tr></table></body></html>")
        self.at.put("c.txt", PIPES)
        for name, kinds in (("a.md", {"heading", "paragraph"}), ("b.html", {"heading", "paragraph", "table"}),
                            ("c.txt", {"paragraph"})):
            for flags in ([], ["--json"]):
                document = self.at.one("parse", name, *flags)
                self.shape(document, PARSE)
                self.assertEqual({block["kind"] for block in document["blocks"]}, kinds)
                for block in document["blocks"]:
                    self.locator(block["locator"])
        table = [block for block in self.at.one("parse", "b.html")["blocks"] if block["kind"] == "table"][0]
        self.assertEqual(table["cells"], [["a", "b"], ["x", "y"]])

    def test_unreadable_is_exit_1_with_the_error(self):
        self.at.put("bad.bin", b"\x00\x01\x02")
        self.at.put("bad.pdf", b"%PDF-1.7\nthis is nothing\n")
        os.mkfifo(self.at.folder / "pipe")
        (self.at.folder / "folder").mkdir()
        (self.at.folder / "dangling").symlink_to("nowhere")
        for name in ("bad.bin", "bad.pdf", "missing.txt", "folder", "dangling", "pipe"):
            error = self.at.one("parse", name, "--json", expect=1)
            self.shape(error, {"error": {"code": str, "message": str}}, name)

    def test_nothing_read_is_a_warning(self):
        self.at.put("empty.txt", "")
        self.at.put("blank.txt", "  \n\n \t\n")
        self.at.put("empty.html", "<html></html>")
        self.at.put("empty.md", "<!-- nothing -->\n")
        for name in ("empty.txt", "blank.txt", "empty.html", "empty.md"):
            document = self.at.one("parse", name, "--json")
            self.assertEqual(document["blocks"], [], name)
            self.assertTrue(document["warnings"], name)

    def test_several_files_are_several_lines_in_order(self):
        names = [f"{i}.txt" for i in range(10)]
        for name in names:
            self.at.put(name, f"Text of {name}.\n")
        self.at.put("5.txt", b"\x00\x01\x02")
        lines = self.at.lines("parse", *names, "-j", "4", "--json", expect=1)
        self.assertEqual([line["uri"] for line in lines], names)
        self.assertIn("error", lines[5])

    def test_markdown(self):
        self.at.put("a.md", LEAVE)
        said = self.at.run("parse", "a.md", "--markdown").stdout.decode()
        self.assertIn("# Annual leave", said)
        self.assertIn("출장비는", said)

    def test_mail_and_markdown_names_with_any_bytes(self):
        name = b"\xff\xfe name.txt"
        (self.at.folder / os.fsdecode(name)).write_bytes(b"A text under an odd name.\n")
        document = self.at.one("parse", os.fsdecode(name), "--json")
        self.shape(document, PARSE)


class Eval(Contract):
    configuration = MODELS

    def setUp(self):
        super().setUp()
        rows = [{"_id": f"d{i}", "title": f"Title {i}", "text": f"Text about subject{i % 7} and thing{i % 11}. " * 40}
                for i in range(150)]
        rows.append({"_id": "한글 이름", "text": "나루는 배가 닿는 곳이다."})
        self.at.put("set/corpus.jsonl", "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
        queries = [{"_id": f"q{i}", "text": f"subject{i} thing{i}"} for i in range(7)]
        queries += [{"_id": "ko", "text": "나루는 어떤 곳인가"}, {"_id": "unjudged", "text": "nobody asks"}]
        self.at.put("set/queries.jsonl", "".join(json.dumps(query, ensure_ascii=False) + "\n" for query in queries))
        qrels = "query-id\tcorpus-id\tscore\n"
        for i in range(7):
            qrels += f"q{i}\td{i}\t2\nq{i}\td{i + 7}\t1\nq{i}\td{i + 50}\t0\n"
        self.at.put("set/qrels.tsv", qrels + "ko\t한글 이름\t1\n")

    def figures(self, leg):
        judged = {}
        for line in (self.at.folder / "set/qrels.tsv").read_text().splitlines()[1:]:
            query, doc, grade = line.split("\t")
            judged.setdefault(query, {})[doc] = int(grade)
        ranked = {}
        for line in (self.at.folder / f"run/{leg}.tsv").read_text().splitlines():
            query, doc, rank, score = line.split("\t")
            ranked.setdefault(query, []).append((int(rank), doc, float(score)))
        sums = dict.fromkeys(("ndcg@10", "recall@10", "recall@100", "mrr@10"), 0.0)
        for query, grades in judged.items():
            hits = ranked.get(query, [])
            self.assertEqual([rank for rank, _, _ in hits], list(range(1, len(hits) + 1)))
            self.assertLessEqual(len(hits), 100)
            self.assertEqual(len({doc for _, doc, _ in hits}), len(hits))
            scores = [score for _, _, score in hits]
            self.assertEqual(scores, sorted(scores, reverse=True))
            docs = [doc for _, doc, _ in hits]
            gains = [2 ** grades.get(doc, 0) - 1 for doc in docs[:10]]
            best = sorted((2 ** grade - 1 for grade in grades.values()), reverse=True)[:10]
            ideal = sum(gain / math.log2(i + 2) for i, gain in enumerate(best))
            sums["ndcg@10"] += sum(gain / math.log2(i + 2) for i, gain in enumerate(gains)) / ideal if ideal else 0
            relevant = {doc for doc, grade in grades.items() if grade > 0}
            for depth in (10, 100):
                found = len(relevant & set(docs[:depth]))
                sums[f"recall@{depth}"] += found / len(relevant) if relevant else 0
            places = [i + 1 for i, doc in enumerate(docs[:10]) if doc in relevant]
            sums["mrr@10"] += 1 / places[0] if places else 0
        return {name: value / len(judged) for name, value in sums.items()}

    def check(self, legs="lexical,vector,hybrid"):
        told = self.at.one("eval", "retrieval", "set", "--leg", legs, "--run", "run", "--json")
        self.assertEqual(set(told), set(legs.split(",")))
        for leg, figures in told.items():
            self.shape(figures, LEG)
            for name, value in self.figures(leg).items():
                self.assertAlmostEqual(figures[name], value, delta=0.002, msg=f"{leg} {name}")
        self.assertFalse((self.at.folder / ".naru").exists())
        return told

    def test_figures_are_those_of_the_run_files(self):
        told = self.check()
        self.assertGreater(told["lexical"]["mrr@10"], 0.3)

    def test_every_judged_query_counts(self):
        with open(self.at.folder / "set/qrels.tsv", "a", encoding="utf-8") as file:
            file.write("not-asked\td3\t1\nonly-zero\td1\t0\nblank\td1\t1\n")
        with open(self.at.folder / "set/queries.jsonl", "a", encoding="utf-8") as file:
            file.write('{"_id": "only-zero", "text": "subject1"}\n{"_id": "blank", "text": " "}\n')
        self.check("lexical,hybrid")

    def test_compressed_sets_are_read_too(self):
        zstd = shutil.which("zstd")
        if zstd is None:
            self.skipTest("there is no zstd")
        before = self.check("lexical")["lexical"]
        for name in ("corpus.jsonl", "queries.jsonl", "qrels.tsv"):
            subprocess.run([zstd, "-q", "--rm", str(self.at.folder / "set" / name)], check=True)
        after = self.at.one("eval", "retrieval", "set", "--leg", "lexical", "--json")["lexical"]
        for name in ("ndcg@10", "recall@10", "recall@100", "mrr@10"):
            self.assertEqual(after[name], before[name])

    def test_a_model_that_is_not_there_is_69_and_words_need_none(self):
        self.at.put("naru.yaml", "models: {embed: {local: default}}\n")
        self.at.run("eval", "retrieval", "set", "--leg", "hybrid", "--json", expect=69)
        self.at.run("eval", "retrieval", "set", "--json", expect=69)
        self.at.one("eval", "retrieval", "set", "--leg", "lexical", "--json")
        (self.at.folder / "naru.yaml").unlink()
        self.at.one("eval", "retrieval", "set", "--leg", "lexical", "--json")

    def test_a_set_that_is_none_is_usage(self):
        self.at.run("eval", "retrieval", "nowhere", expect=2)
        self.at.run("eval", "retrieval", "set", "--leg", "psychic", expect=2)


class Verify(Contract):
    def test_says_ok_and_finds_what_is_not(self):
        self.assertTrue(self.at.lines("verify", "--json")[-1]["ok"])  # before anything was taken in
        for i in range(20):
            self.at.put(f"docs/{i}.txt", f"Text number {i} about the ferry.\n")
        self.at.run("run")
        self.assertIs(self.at.lines("verify", "--json")[-1]["ok"], True)
        segment = max((path for path in (self.at.folder / ".naru/segments").rglob("*") if path.is_file()),
                      key=lambda path: path.stat().st_size)
        data = bytearray(segment.read_bytes())
        data[len(data) // 2] ^= 0x40
        segment.chmod(0o644)
        segment.write_bytes(bytes(data))
        done = self.at.run("verify", "--json", expect=None)
        self.assertNotEqual(done.returncode, 0)
        lines = done.stdout.decode().splitlines()
        if lines:
            self.assertIs(json.loads(lines[-1])["ok"], False)
        self.at.run("verify", "--repair", "--json")
        self.assertTrue(self.at.lines("verify", "--json")[-1]["ok"])
        self.assertEqual(len(self.at.one("search", "ferry", "-k", "30", "--json")["hits"]), 20)


class Forget(Contract):
    SECRET = ("quaxolotl", "zimbrivane", "멍청이뿔")

    def setUp(self):
        super().setUp()
        self.at.put("docs/keep.md", LEAVE)
        self.name = "hidden/vexplorn dossier.md"
        self.at.put("docs/" + self.name, "# Quaxolotl report\n\nThe zimbrivane paid 15 days of annual leave. 멍청이뿔은 "
                                         "강을 건넌다.\n")
        self.at.run("run")
        self.at.one("ask", "What did the zimbrivane pay?", "--json")
        self.at.one("search", "zimbrivane", "--json")

    def traces(self):
        """What of the document is left in any file of the store, in names or bytes, whatever the case."""
        found = []
        for path in sorted((self.at.folder / ".naru").rglob("*")):
            data = str(path.relative_to(self.at.folder)).encode() + (path.read_bytes() if path.is_file() else b"")
            low = data.lower()
            found += [(path.name, word) for word in (*self.SECRET, "vexplorn") if word.encode() in low]
        return found

    def test_nothing_is_left_and_it_stays_forgotten(self):
        self.assertTrue(self.traces(), "before, it must be there")
        before = self.at.one("search", "annual leave days", "--leg", "lexical", "--in", "handbook", "--json")
        self.at.one("forget", self.name, "--json")
        self.assertEqual(self.traces(), [])
        for _ in range(2):
            self.assertEqual(self.at.lines("run", "--json")[-1]["embedded"], 0)
            self.assertEqual(self.traces(), [])
            self.assertEqual(sorted(self.docs()), ["keep.md"])
            self.assertTrue(self.at.lines("verify", "--json")[-1]["ok"])
        self.assertEqual(self.at.one("search", "zimbrivane", "--leg", "lexical", "--json")["hits"], [])
        after = self.at.one("search", "annual leave days", "--leg", "lexical", "--json")
        self.assertEqual([hit["doc"] for hit in after["hits"]], ["keep.md"])
        self.assertEqual(len(before["hits"]), 2)
        answer = self.at.one("ask", "How many days of annual leave does an employee have?", "--json")
        self.assertFalse(answer["refused"])
        self.at.run("forget", "--undo", self.name, "--json")
        self.at.run("run")
        self.assertEqual(sorted(self.docs()), sorted([self.name, "keep.md"]))

    def test_what_is_not_there_is_usage_and_the_owner_decides(self):
        self.at.run("forget", "nowhere.md", "--json", expect=2)
        self.at.run("forget", self.name, "--as", "kim", expect=4)
        self.assertEqual(len(self.docs()), 2)


class Bench(Contract):
    def test_search_has_its_shape_and_the_hits_of_search(self):
        for i in range(40):
            self.at.put(f"docs/{i}.txt", f"Text {i % 5} speaks of the ferry and of pier{i % 7}.\n")
        self.at.run("run")
        queries = [{"_id": f"q{i}", "text": f"ferry pier{i} text {i}"} for i in range(5)]
        self.at.put("queries.jsonl", "".join(json.dumps(query) + "\n" for query in queries))
        told = self.at.one("bench", "search", "--queries", "queries.jsonl", "-k", "10", "--leg", "lexical", "--passes",
                           "2", "--out", "hits.jsonl", "--json")
        self.shape(told, {"queries": int, "ms_mean": NUMBER, "ms_p50": NUMBER, "ms_p99": NUMBER, "ms_cpu": NUMBER,
                          "open_ms": NUMBER, "rss_bytes": int, "bm25": {"k1": NUMBER, "b": NUMBER}})
        self.assertEqual((told["queries"], told["bm25"]), (5, {"k1": 0.9, "b": 0.4}))
        lines = (self.at.folder / "hits.jsonl").read_text().splitlines()
        found = {line["_id"]: line["hits"] for line in map(json.loads, lines)}
        for query in queries:
            hits = self.at.one("search", query["text"], "-k", "10", "--leg", "lexical", "--json")["hits"]
            self.assertEqual(found[query["_id"]], [hit["doc"] for hit in hits])

    def test_vectors_has_its_shape_and_finds_what_is_nearest(self):
        numbers = random.Random(7)
        rows = [self.unit(numbers) for _ in range(400)]
        queries = [self.unit(numbers) for _ in range(5)]
        for name, vectors in (("v.f32", rows), ("q.f32", queries)):
            self.at.put(name, b"".join(struct.pack("<32f", *vector) for vector in vectors))
        mask = bytes(i % 3 == 0 for i in range(400))
        self.at.put("m.u8", mask)
        told = self.at.one("bench", "vectors", "--input", "v.f32", "--queries", "q.f32", "--dims", "32", "-k", "10",
                           "--keep", "0.5,0.1", "--mask", "m.u8", "--passes", "1", "--out", "hits.jsonl", "--json")
        self.shape(told, {name: NUMBER for name in ("build_cpu_s", "build_s", "ms_mean", "ms_p50", "ms_p99", "ms_cpu",
                                                    "bytes_per_vector", "rss_per_vector")})
        self.shape(told["filters"], {name: {"ms_mean": NUMBER} for name in ("0.5", "0.1", "mask")})
        kept = {"all": range(400), "mask": [i for i in range(400) if mask[i]]}
        for share in ("0.5", "0.1"):
            kept[share] = [i for i in range(400) if i * 2654435761 % 2 ** 32 < float(share) * 2 ** 32]
        seen = set()
        for line in map(json.loads, (self.at.folder / "hits.jsonl").read_text().splitlines()):
            query = queries[line["query"]]
            exact = sorted(kept[line["filter"]], key=lambda i: -sum(a * b for a, b in zip(rows[i], query)))[:10]
            self.assertGreaterEqual(len(set(exact) & set(line["ids"])), len(exact) - 1)  # f16 may swap the last
            self.assertTrue(set(line["ids"]) <= set(kept[line["filter"]]))
            seen.add((line["filter"], line["query"]))
        self.assertEqual(len(seen), 4 * 5)

    @staticmethod
    def unit(numbers):
        vector = [numbers.gauss(0, 1) for _ in range(32)]
        length = math.sqrt(sum(x * x for x in vector))
        return [x / length for x in vector]


class Cases(unittest.TextTestResult):
    """Leaves each case for tools/test_summary.py, where GoogleTest's programs leave theirs."""
    lines = []

    def told(self, test, inner=""):
        name = quoteattr(test.id().removeprefix("__main__."))
        self.lines.append(f'<testcase classname="contract" name={name} status="run">{inner}</testcase>')

    def addSuccess(self, test):
        super().addSuccess(test)
        self.told(test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.told(test, "<failure/>")

    def addError(self, test, err):
        super().addError(test, err)
        self.told(test, "<failure/>")

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.told(test, "<skipped/>")


def write_cases(name):
    place = os.environ.get("GTEST_OUTPUT", "")
    if place.startswith("xml:") and place.endswith("/"):
        lines = ["<testsuites><testsuite>", *Cases.lines, "</testsuite></testsuites>"]
        Path(place[4:], name + "_test.xml").write_text("\n".join(lines), encoding="utf-8")


def main(module, name):
    """Runs a module's test cases on the program that its command line names."""
    global PROGRAM
    if len(sys.argv) < 2:
        sys.exit(module.__doc__)
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    runner = unittest.TextTestRunner(resultclass=Cases)
    program = unittest.main(module=module, testRunner=runner, exit=False)
    write_cases(name)
    sys.exit(0 if program.result.wasSuccessful() else 1)


if __name__ == "__main__":
    main(sys.modules["__main__"], "contract")
