#!/usr/bin/env python3
"""Holds `naru serve` to what its clients rely on, over real sockets: OpenAI's shapes, who is let in, what hostile
requests get, how it ends.

usage: tests/serve/serve_test.py PROGRAM [-v] [TestCase.test...]      Python 3, nothing else.
"""
import base64
import gzip
import http.client
import json
import os
import re
import signal
import socket
import stat
import struct
import subprocess
import sys
import time
import unittest
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "contract"))
sys.path.insert(0, str(Path(__file__).parent))
import contract  # noqa: E402
import described  # noqa: E402
from contract import FOLDER, MODELS, NUMBER, SECONDS_MAX, Contract  # noqa: E402

ENDPOINT = Path(__file__).parent.parent / "servers" / "fake_endpoint.py"
RULES = """# Annual leave

Every employee has 15 days of annual leave a year. Unused days expire in March.

# 출장

출장비는 다녀온 날부터 열흘 안에 청구합니다. 영수증을 함께 냅니다.
"""
QUESTION = "How many days of annual leave does an employee have?"
POLLS_MAX = 600  # times 0.1 s: what has not happened by then never does


class Served(Contract):
    """A folder that was taken in, and a server over it. Unlike its base it checks no command by itself."""

    OPTIONS = ("--listen", "127.0.0.1:0")

    def setUp(self):
        super().setUp()
        self.at.put("docs/rules.md", RULES)
        self.at.run("run")
        self.start()

    def start(self, *options):
        self.process = subprocess.Popen(
            [contract.PROGRAM, "serve", *(options or self.OPTIONS), "--json"], cwd=self.at.folder,
            env=self.at.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(self.end)
        line = self.process.stdout.readline()
        self.assertTrue(line, self.process.stderr.read() if self.process.poll() is not None else "no line")
        self.said = json.loads(line)
        self.port = self.said["port"]
        self.token = Path(self.said["token_file"]).read_text().strip()

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(SECONDS_MAX)
        finally:
            self.process.kill()
            self.process.stdout.close()
            self.process.stderr.close()

    def call(self, method, path, body=None, token="", headers=None):
        """(status, headers, bytes). `token`: "" is the owner's, None is none."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS_MAX)
        sent = dict(headers or {})
        if token is not None:
            sent["Authorization"] = "Bearer " + (token or self.token)
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
        connection.request(method, urllib.parse.quote(path, safe="/?&=%"), body, sent)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        if method != "HEAD":
            self.assertEqual(described.check(method, urllib.parse.unquote(path).partition("?")[0], answer.status,
                                             answer.headers["Content-Type"], data), [])
        return answer.status, answer.headers, data

    def get(self, path, **options):
        return self.call("GET", path, **options)

    def ok(self, method, path, body=None, **options):
        status, _, data = self.call(method, path, body, **options)
        self.assertEqual(status, 200, data)
        return json.loads(data)

    def wrong(self, status, path, body, code=None, parameter=None, **options):
        got, _, data = self.call("POST", path, body, **options)
        self.assertEqual(got, status, data)
        error = json.loads(data)["error"]
        self.assertEqual(list(error), ["message", "type", "param", "code"])
        self.assertEqual((error["code"], error["param"]), (code or error["code"], parameter), error)
        return error

    def events(self, path, body, **options):
        """Data of each server-sent event, with its name where it has one."""
        status, headers, data = self.call("POST", path, body, **options)
        self.assertEqual(status, 200, data)
        self.assertTrue(headers["Content-Type"].startswith("text/event-stream"))
        self.assertEqual(headers["X-Accel-Buffering"], "no")  # or a proxy would gather them
        found = []
        for block in data.decode().split("\n\n")[:-1]:
            fields = dict(line.split(": ", 1) for line in block.split("\n"))
            data = fields["data"]
            found.append((fields.get("event"), data if data == "[DONE]" else json.loads(data)))
        return found

    def raw(self, data, keep=False):
        """Everything that the server says to these bytes until it closes, or for keep=True the open socket."""
        client = socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS_MAX)
        client.sendall(data)
        return client if keep else self.rest_of(client)

    @staticmethod
    def rest_of(client):
        """What still comes from an open socket, until the server closes."""
        received = b""
        try:
            while piece := client.recv(65536):
                received += piece
        except ConnectionResetError:
            pass
        client.close()
        return received

    def until(self, happened):
        for _ in range(POLLS_MAX):
            if found := happened():
                return found
            time.sleep(0.1)
        return self.fail("it never happened")

    def chat(self, text, **more):
        return {"model": "stub", "messages": [{"role": "user", "content": text}], **more}


class OpenAi(Served):
    def test_models_are_the_knowledge_bases_and_the_models(self):
        models = self.ok("GET", "/v1/models")
        self.assertEqual([model["id"] for model in models["data"]], ["naru/handbook", "stub"])
        self.shape(models, {"object": str, "data": [{"id": str, "object": str, "created": int, "owned_by": str}]})
        self.assertEqual(self.ok("GET", "/v1/models/naru/handbook")["id"], "naru/handbook")
        self.assertEqual(self.get("/v1/models/other")[0], 404)

    def test_a_completion_has_text_usage_and_a_reason(self):
        answer = self.ok("POST", "/v1/chat/completions", self.chat("one two three four"))
        self.shape(answer, {"id": str, "object": str, "created": int, "model": str, "choices": [{"index": int}],
                            "usage": {"prompt_tokens": int, "completion_tokens": int, "total_tokens": int,
                                      "prompt_tokens_details": {"cached_tokens": int}}})
        choice = answer["choices"][0]
        self.assertEqual(choice["message"]["content"], "one two three four")
        self.assertEqual((choice["finish_reason"], answer["usage"]["completion_tokens"]), ("stop", 4))
        answer = self.ok("POST", "/v1/chat/completions", self.chat("one two three four", max_tokens=2))
        choice = answer["choices"][0]
        self.assertEqual((choice["message"]["content"], choice["finish_reason"]), ("one two", "length"))
        answer = self.ok("POST", "/v1/chat/completions", self.chat("one two three four", stop=[" three"]))
        self.assertEqual(answer["choices"][0]["message"]["content"], "one two")
        parts = [{"type": "text", "text": "안녕 "}, {"type": "text", "text": "세계"}]
        answer = self.ok("POST", "/v1/chat/completions", self.chat(parts))
        self.assertEqual(answer["choices"][0]["message"]["content"], "안녕 세계")

    def test_a_stream_adds_up_to_the_completion(self):
        options = {"stream": True, "stream_options": {"include_usage": True}}
        events = [data for _, data in self.events("/v1/chat/completions", self.chat("하나 둘 셋", **options))]
        self.assertEqual(events[-1], "[DONE]")
        last, pieces = events[-2], events[:-2]
        self.assertEqual((last["choices"], last["usage"]["completion_tokens"]), ([], 3))
        self.assertEqual(pieces[0]["choices"][0]["delta"], {"role": "assistant", "content": ""})
        self.assertEqual("".join(piece["choices"][0]["delta"].get("content", "") for piece in pieces), "하나 둘 셋")
        self.assertEqual([piece["choices"][0]["finish_reason"] for piece in pieces[-2:]], [None, "stop"])
        self.assertEqual({piece["object"] for piece in pieces}, {"chat.completion.chunk"})
        self.assertEqual(len({piece["id"] for piece in pieces}), 1)

    def test_the_older_completions_take_a_prompt(self):
        answer = self.ok("POST", "/v1/completions", {"model": "stub", "prompt": "one two", "stop": "two"})
        self.assertEqual((answer["object"], answer["choices"][0]["text"]), ("text_completion", "one "))
        body = {"model": "stub", "prompt": ["a b"], "stream": True}
        events = [data for _, data in self.events("/v1/completions", body)]
        self.assertEqual("".join(event["choices"][0]["text"] for event in events[:-1]), "a b")
        self.wrong(400, "/v1/completions", {"model": "stub", "prompt": [1, 2]}, "invalid_type", "prompt")
        self.wrong(404, "/v1/completions", {"model": "naru/handbook", "prompt": "a"}, "model_not_found", "model")

    def test_embeddings_are_the_models_own_as_floats_and_as_base64(self):
        body = {"model": "stub", "input": ["annual leave", "출장비"]}
        floats = self.ok("POST", "/v1/embeddings", body)
        self.shape(floats, {"object": str, "model": str, "data": [{"object": str, "index": int, "embedding": [NUMBER]}],
                            "usage": {"prompt_tokens": int, "total_tokens": int}})
        self.assertEqual([row["index"] for row in floats["data"]], [0, 1])
        for row, coded in zip(floats["data"],
                              self.ok("POST", "/v1/embeddings", body | {"encoding_format": "base64"})["data"]):
            values = struct.unpack("<384f", base64.b64decode(coded["embedding"], validate=True))
            self.assertEqual(list(values), [struct.unpack("<f", struct.pack("<f", v))[0] for v in row["embedding"]])
        for tokens in ([1, 2, 3], [[1, 2], [3]]):
            error = self.wrong(400, "/v1/embeddings", {"model": "stub", "input": tokens}, "invalid_type", "input")
            self.assertIn("send the text itself", error["message"])
        self.wrong(400, "/v1/embeddings", {"model": "stub", "input": ""}, parameter="input")
        self.wrong(400, "/v1/embeddings", {"model": "stub", "input": "a", "dimensions": 10}, parameter="dimensions")
        self.wrong(404, "/v1/embeddings", {"model": "naru/handbook", "input": "a"}, "model_not_found", "model")

    def test_rerank_puts_the_text_about_the_query_first(self):
        texts = ["Trains run every hour.", "Every employee has 15 days of annual leave.", "출장비는 열흘 안에 청구합니다."]
        for query, first in (("annual leave days", 1), ("출장비 청구", 2)):
            found = self.ok("POST", "/v1/rerank", {"query": query, "documents": texts, "return_documents": True})
            self.assertEqual(found["results"][0]["index"], first)
            self.assertEqual(found["results"][0]["document"]["text"], texts[first])
            scores = [row["relevance_score"] for row in found["results"]]
            self.assertEqual((scores, len(scores)), (sorted(scores, reverse=True), 3))
        found = self.ok("POST", "/v1/rerank", {"query": "leave", "documents": [{"text": text} for text in texts],
                                               "top_n": 1, "model": "naru-fused-score"})
        self.assertEqual(len(found["results"]), 1)
        self.wrong(404, "/v1/rerank", {"model": "bge", "query": "a", "documents": ["b"]}, "model_not_found", "model")
        self.wrong(400, "/v1/rerank", {"query": "a", "documents": []}, parameter="documents")

    def test_a_knowledge_base_answers_as_the_command_does_with_citations_that_open(self):
        expected = self.at.one("ask", QUESTION, "--in", "handbook", "--json")
        body = {"model": "naru/handbook", "messages": [{"role": "user", "content": QUESTION}]}
        answer = self.ok("POST", "/v1/chat/completions", body)
        message = answer["choices"][0]["message"]
        self.assertTrue(message["content"].startswith(expected["answer"]), message)
        self.assertEqual(len(message["annotations"]), len(expected["citations"]))
        for annotation, citation in zip(message["annotations"], expected["citations"]):
            cited = annotation["url_citation"]
            self.assertEqual((annotation["type"], cited["title"]), ("url_citation", "rules.md"))
            sentence = message["content"][cited["start_index"]:cited["end_index"]]
            self.assertEqual(sentence, expected["answer"][citation["start"]:citation["end"]])
            self.assertIn(f"({cited['url']})", message["content"])  # for clients that drop annotations
            url = urllib.parse.urlsplit(cited["url"])
            status, headers, _ = self.get(urllib.parse.unquote(f"{url.path}?{url.query}"))
            self.assertEqual((status, headers["Location"]), (303, "/#/ask?kb=handbook&doc=rules.md&chunk=0"))
            document = self.ok("GET", "/api/documents/rules.md?in=handbook")
            self.assertIn("15 days", document["chunks"][0]["text"])
        kept = self.at.one("why", answer["naru"]["answer_id"], "--json")
        self.assertTrue(kept["holds"])
        streamed = [data for _, data in self.events("/v1/chat/completions", body | {"stream": True})][:-1]
        deltas = [event["choices"][0]["delta"] for event in streamed]
        self.assertEqual("".join(delta.get("content", "") for delta in deltas), message["content"])
        self.assertEqual([delta["annotations"] for delta in deltas if "annotations" in delta], [message["annotations"]])

    def test_what_is_not_there_is_refused_in_the_language_of_the_question(self):
        for question, words in (("Who won the football game on Mars?", "do not answer"), ("화성의 축구 결과는?", "찾지 못")):
            answer = self.ok("POST", "/v1/chat/completions",
                             {"model": "naru/handbook", "messages": [{"role": "user", "content": question}]})
            self.assertTrue(answer["naru"]["refused"])
            self.assertNotIn("annotations", answer["choices"][0]["message"])
            self.assertIn(words, answer["choices"][0]["message"]["content"])

    def test_mistakes_are_named_in_openais_envelope(self):
        path = "/v1/chat/completions"
        self.wrong(404, path, self.chat("a") | {"model": "gpt-4"}, "model_not_found", "model")
        self.wrong(404, path, self.chat("a") | {"model": "naru/other"}, "model_not_found", "model")
        self.wrong(400, path, {"model": "stub"}, "missing_required_parameter", "messages")
        self.wrong(400, path, {"messages": []}, "missing_required_parameter", "model")
        self.wrong(400, path, b"{", "invalid_json")
        self.wrong(400, path, b"[]", "invalid_json")
        self.wrong(400, path, b'{"a":' * 100 + b"1" + b"}" * 100, "invalid_json")
        self.wrong(400, path, b'{"model": "\xff"}', "invalid_json")
        for name, value in (("n", 2), ("tools", [{}]), ("logprobs", True), ("top_p", 0.5), ("temperature", 3),
                            ("max_tokens", 0), ("max_tokens", "a"), ("stop", ["a"] * 5), ("stop", ""), ("seed", "a"),
                            ("stream", 1), ("response_format", {"type": "json_schema"}), ("logit_bias", {"1": 1})):
            self.wrong(400, path, self.chat("a", **{name: value}), parameter=name)
        self.wrong(400, path, {"model": "stub", "messages": [{"role": "tool", "content": "a"}]}, parameter="messages")
        self.wrong(400, path, self.chat([{"type": "image_url"}]), parameter="messages")
        self.wrong(401, path, self.chat("a"), "invalid_api_key", token="sk-wrong")
        self.ok("POST", path, self.chat("a", n=1, top_p=1.0, user="kim", metadata={}, tools=[], logprobs=False))


class Api(Served):
    def test_search_status_and_documents_are_those_of_the_commands(self):
        found = self.ok("GET", "/api/search?q=annual leave&k=3")
        expected = self.at.one("search", "annual leave", "-k", "3", "--json")
        self.assertEqual(found | {"ms": 0}, expected | {"ms": 0})
        self.assertEqual(self.ok("GET", "/api/documents/rules.md"), self.at.one("show", "rules.md", "--json"))
        self.assertEqual(self.ok("GET", "/api/documents/rules.md?in=handbook")["doc"], "rules.md")
        status, expected = self.ok("GET", "/api/status"), self.at.one("status", "--json")
        self.assertEqual(status["knowledge_bases"], expected["knowledge_bases"])
        self.assertEqual(self.get("/api/documents/other.md")[0], 404)
        self.assertEqual(self.get("/api/search?q=leave&k=0")[0], 400)
        self.assertEqual(self.get("/api/search?q=leave&k=-1")[0], 400)
        self.assertEqual(self.get("/api/search")[0], 400)
        self.assertEqual(self.get("/api/search?q=leave&leg=feet")[0], 400)
        self.assertEqual(self.get("/api/search?q=leave&in=other")[0], 404)
        self.assertEqual(json.loads(self.get("/api/search?q=leave&filter=(")[2])["error"]["code"], "invalid_argument")

    def test_an_answer_comes_after_its_evidence(self):
        events = self.events("/api/ask", {"question": QUESTION})
        names = [name for name, _ in events]
        self.assertEqual((names[0], names[-1], set(names[1:-1])), ("evidence", "answer", {"text"}))
        answer = events[-1][1]
        self.assertEqual("".join(data["text"] for name, data in events if name == "text"), answer["answer"])
        self.assertEqual(events[0][1]["evidence"][0]["doc"], "rules.md")
        for key, value in self.at.one("ask", QUESTION, "--json").items():
            if key not in ("answer_id", "ms"):
                self.assertEqual(answer[key], value, key)
        self.assertEqual(self.call("POST", "/api/ask", {})[0], 400)
        self.assertEqual(self.call("POST", "/api/ask", {"question": "a", "in": "other"})[0], 404)

    def test_a_room_keeps_what_was_said_and_understands_what_leans_on_it(self):
        self.assertEqual(self.ok("GET", "/api/rooms"), {"rooms": []})
        self.events("/api/ask", {"question": "출장비는 언제까지 청구하나요?", "room": "출장"})
        events = self.events("/api/ask", {"question": "그럼 영수증은?", "room": "출장"})
        self.assertEqual([name for name, _ in events[:2]], ["understood", "evidence"])
        understood = events[0][1]
        self.assertEqual(understood["history"], {"turns_kept": 1, "turns_dropped": 0})
        self.assertEqual(understood["question_rewritten"], "출장비는 언제까지 청구하나요? 영수증은?")
        self.assertEqual(events[-1][1]["question"], "그럼 영수증은?")
        self.assertEqual(events[-1][1]["history"], understood["history"])
        room = self.ok("GET", "/api/rooms/출장")
        self.assertEqual((room["room"], room["turns"], len(room["conversation"])), ("출장", 2, 2))
        self.assertEqual(room["conversation"][1]["answer"]["answer_id"], events[-1][1]["answer_id"])
        before = room["conversation"][1]["turn"]
        older = self.ok("GET", f"/api/rooms/출장?before={before}")["conversation"]
        self.assertEqual([turn["question"] for turn in older], ["출장비는 언제까지 청구하나요?"])
        self.assertEqual(self.get("/api/rooms/출장?before=x")[0], 400)
        self.assertEqual(self.at.one("rooms", "ls", "--json")["room"], "출장")
        # Another room has heard nothing of it.
        other = self.events("/api/ask", {"question": "그럼 영수증은?", "room": "other"})
        self.assertNotIn("question_rewritten", other[-1][1])
        renamed = self.ok("POST", "/api/rooms/rename", {"room": "출장", "name": "travel"})
        self.assertEqual((renamed["room"], renamed["turns"]), ("travel", 2))
        self.assertEqual(self.get("/api/rooms/출장")[0], 404)
        self.assertEqual(self.ok("POST", "/api/rooms/forget", {"room": "travel"})["turns"], 2)
        self.assertEqual(self.get("/api/rooms/travel")[0], 404)
        self.assertEqual(self.call("POST", "/api/rooms", {"room": "other"})[0], 409)
        for body in ({}, {"room": ""}, {"room": 1}, {"room": "a" * 300}, {"room": "a\u001b"}):
            self.assertEqual(self.call("POST", "/api/rooms", body)[0], 400, body)

    def test_a_room_is_its_makers_alone(self):
        kim, lee = (self.at.one("keys", "add", user, "--user", user, "--json")["key"] for user in ("kim", "lee"))
        self.ok("POST", "/api/rooms", {"room": "plans"}, token=kim)
        self.assertEqual(self.ok("GET", "/api/rooms/plans", token=kim)["conversation"], [])
        nowhere = self.get("/api/rooms/plans", token=lee)
        for token in (lee, self.token):
            self.assertEqual(self.ok("GET", "/api/rooms", token=token), {"rooms": []})
            status, _, body = self.get("/api/rooms/plans", token=token)
            self.assertEqual((status, body), (404, nowhere[2]))
            for path, sent in (("rename", {"room": "plans", "name": "mine"}), ("forget", {"room": "plans"})):
                self.assertEqual(self.call("POST", f"/api/rooms/{path}", sent, token=token)[0], 404)
        self.assertEqual(len(self.ok("GET", "/api/rooms", token=kim)["rooms"]), 1)

    def test_earlier_messages_of_a_client_help_to_understand_its_question(self):
        said = [{"role": "user", "content": "출장비는 언제까지 청구하나요?"},
                {"role": "assistant", "content": "열흘 안에 청구합니다."},
                {"role": "user", "content": "그럼 영수증은?"}]
        reply = self.ok("POST", "/v1/chat/completions", {"model": "naru/handbook", "messages": said})
        self.assertEqual(reply["naru"]["question_rewritten"], "출장비는 언제까지 청구하나요? 영수증은?")
        self.assertEqual(reply["naru"]["history"], {"turns_kept": 1, "turns_dropped": 0})
        alone = self.ok("POST", "/v1/chat/completions", {"model": "naru/handbook", "messages": said[-1:]})
        self.assertNotIn("history", alone["naru"])

    def test_what_a_run_takes_in_is_served_at_once(self):
        self.assertEqual(self.get("/api/documents/new.md")[0], 404)
        self.at.put("docs/new.md", "The ferry leaves at nine.")
        self.at.run("run")
        self.assertEqual(self.ok("GET", "/api/documents/new.md")["doc"], "new.md")
        self.assertIn("new.md", [hit["doc"] for hit in self.ok("GET", "/api/search?q=ferry")["hits"]])

    def test_versions_of_a_document_are_listed_and_shown(self):
        self.at.put("docs/new.md", "The ferry leaves at nine.")
        self.at.run("run")
        self.at.run("tag", "at-nine")
        self.at.put("docs/new.md", "The ferry leaves at ten.")
        self.at.run("run")
        listed = self.ok("GET", "/api/versions/new.md?in=handbook")
        now, then = listed["versions"]
        self.assertEqual((listed["kb"], listed["doc"]), ("handbook", "new.md"))
        self.assertEqual((now["died"], then["died"]), (None, now["born"]))
        self.assertEqual((now["tags"], then["tags"]), ([], ["at-nine"]))
        self.assertGreaterEqual(now["born_ms"], then["born_ms"])
        for as_of, hour in ((now["as_of"], "ten"), (then["as_of"], "nine"), ("at-nine", "nine")):
            shown = self.ok("GET", f"/api/documents/new.md?as_of={as_of}")
            self.assertEqual(shown["blocks"][0]["text"], f"The ferry leaves at {hour}.")
        self.assertEqual(self.ok("GET", "/api/documents/new.md")["version"], now["version"])
        status, _, body = self.get("/api/documents/new.md?as_of=never")
        self.assertEqual((status, json.loads(body)["error"]["code"]), (404, "not_found"))
        (self.at.folder / "docs/new.md").unlink()
        self.at.run("run", "--accept-removals")
        self.assertEqual(self.get("/api/versions/new.md")[0], 404)
        self.assertEqual(len(self.ok("GET", "/api/versions/new.md?as_of=at-nine")["versions"]), 2)

    def test_text_of_documents_is_only_text(self):
        self.at.put("docs/<script>alert(1)<script>.md", "A ferry <script>alert(1)</script> \"'& leaves.")
        self.at.run("run")
        name = "%3Cscript%3Ealert%281%29%3Cscript%3E.md"
        shown = self.ok("GET", f"/api/documents/{name}?in=handbook")
        self.assertIn("A ferry", shown["blocks"][0]["text"])
        status, headers, page = self.get("/view?kb=handbook&chunk=0&doc=" + name)
        self.assertEqual((status, headers["Location"], page),
                         (303, f"/#/ask?kb=handbook&doc={name}&chunk=0", b""))
        status, headers, kept = self.get("/api/originals/" + name)
        self.assertEqual((status, headers["Content-Type"], headers["Content-Disposition"]),
                         (200, "application/octet-stream", "attachment"))
        self.assertIn(b"<script>", kept)

    def test_the_page_is_anybodys_and_runs_nothing_but_its_own(self):
        status, headers, page = self.get("/", token=None)
        self.assertEqual((status, headers["Content-Type"]), (200, "text/html; charset=utf-8"))
        self.assertIn("default-src 'none'; script-src 'self'", headers["Content-Security-Policy"])
        page = gzip.decompress(page).decode()
        for path in re.findall(r'(?:src|href)="([^"]+)"', page):
            self.assertEqual(self.get(path, token=None)[0], 200, path)
        self.assertNotRegex(page, r"https?://")
        self.assertEqual(self.get("/assets/../index.html", token=None)[0], 400)
        self.assertEqual(self.get("/assets/none.js", token=None)[0], 404)

    def test_documents_are_listed_and_forgotten_by_their_owner(self):
        listed = self.ok("GET", "/api/documents")
        self.assertIn("rules.md", [one["doc"] for one in listed["documents"]])
        self.assertIsNone(listed["next"])
        self.assertEqual(self.get("/api/documents?after=a")[0], 400)
        self.assertEqual(self.ok("GET", "/api/rejects"), {"rejects": []})
        self.at.put("docs/gone.md", "A page that must go.")
        self.at.run("run")
        planned = self.ok("POST", "/api/forget", {"doc": "gone.md", "in": "handbook", "dry_run": True})
        self.assertEqual((planned["dry_run"], planned["would_remove"]["documents"]), (True, 1))
        done = self.ok("POST", "/api/forget", {"doc": "gone.md", "in": "handbook"})
        self.assertTrue(done["ok"])
        self.assertEqual(self.get("/api/documents/gone.md")[0], 404)
        self.at.run("run")  # the store is free again, and it stays out
        self.assertEqual(self.get("/api/documents/gone.md")[0], 404)

    def test_a_search_says_why_a_document_is_not_there(self):
        found = self.ok("GET", "/api/search?q=annual+leave&explain=rules.md")
        self.assertEqual((found["document"]["doc"], found["document"]["rank"]), ("rules.md", 1))
        self.assertIn("terms", found["hits"][0])

    def test_mcp_is_spoken_in_both_revisions(self):
        def say(method, params, version="2026-07-28", headers=None):
            body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
            sent = {"MCP-Protocol-Version": version, "Mcp-Method": method, "Mcp-Name": params.get("name", "")}
            status, _, data = self.call("POST", "/mcp", body, headers=sent | (headers or {}))
            return status, json.loads(data) if data else None
        meta = {"_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28",
                          "io.modelcontextprotocol/clientCapabilities": {}}}
        status, said = say("server/discover", meta)
        self.assertEqual((status, said["result"]["supportedVersions"]), (200, ["2026-07-28"]))
        status, said = say("tools/call", meta | {"name": "search", "arguments": {"query": "annual leave"}})
        self.assertEqual((status, said["result"]["structuredContent"]["results"][0]["id"]),
                         (200, "handbook/rules.md"))
        for params, headers, code in ((meta, {"Mcp-Method": "tools/call"}, -32020),
                                      (meta, {"MCP-Protocol-Version": "2025-11-25"}, -32020), ({}, {}, -32602)):
            status, said = say("tools/list", params, headers=headers)
            self.assertEqual((status, said["error"]["code"]), (400, code))
        self.assertEqual(say("initialize", meta)[0], 404)
        status, said = say("initialize", {"protocolVersion": "2025-11-25"}, version="")
        self.assertEqual((status, said["result"]["protocolVersion"]), (200, "2025-11-25"))
        status, data = self.call("POST", "/mcp", {"jsonrpc": "2.0", "method": "notifications/x"})[::2]
        self.assertEqual((status, data), (202, b""))
        self.assertEqual(self.get("/mcp")[0], 405)

    def test_bare_models_write_json_by_a_schema(self):
        schema = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 3}}, "required": ["n"]}
        body = {"model": "stub", "messages": [{"role": "user", "content": "a"}]}
        shape = {"type": "json_schema", "json_schema": {"name": "a", "schema": schema}}
        said = self.ok("POST", "/v1/chat/completions", body | {"response_format": shape})
        self.assertEqual(json.loads(said["choices"][0]["message"]["content"]), {"n": 3})
        schema["properties"]["n"] = {"type": "string", "pattern": "^a$"}
        status, _, data = self.call("POST", "/v1/chat/completions", body | {"response_format": shape})
        self.assertEqual(status, 400)
        self.assertIn("pattern", json.loads(data)["error"]["message"])
        self.wrong(400, "/v1/chat/completions", body | {"model": "naru/handbook", "response_format": shape},
                   "unsupported_value", "response_format")


class Watched(Served):
    def test_health_and_metrics_say_what_happened(self):
        self.assertEqual(self.get("/livez", token=None)[2], b"ok\n")
        self.assertEqual(self.get("/readyz", token=None)[2], b"ok\n")
        self.assertEqual(self.get("/readyz?verbose", token=None)[2], b"[+]store ok\nok\n")
        self.ok("POST", "/v1/chat/completions", {"model": "naru/handbook",
                                                  "messages": [{"role": "user", "content": QUESTION}]})
        self.get("/api/status", token="wrong")

        def counted():  # an answer is counted after it was sent
            status, headers, data = self.get("/metrics")
            self.assertEqual((status, headers["Content-Type"]), (200, "text/plain; version=0.0.4; charset=utf-8"))
            values = {}
            for line in data.decode().splitlines():
                self.assertRegex(line, r'^(# (HELP|TYPE) \w+ .+|\w+(\{\w+="[^"]+"(,\w+="[^"]+")*\})? [-+.e0-9]+)$')
                if not line.startswith("#"):
                    name, value = line.rsplit(" ", 1)
                    values[name] = float(value)
            return values if values['naru_http_requests_total{status="2xx"}'] >= 4 else None

        values = self.until(counted)
        self.assertEqual(values['naru_answers_total{method="model"}'], 1)
        self.assertEqual(values['naru_http_denials_total{reason="credentials"}'], 1)
        self.assertEqual(values["naru_answer_seconds_count"], 1)
        self.assertGreaterEqual(values["naru_http_connections"], 1)
        self.assertGreater(values["process_resident_memory_bytes"], 1e6)
        requests = values["naru_http_request_seconds_count"]
        self.assertEqual(values['naru_http_request_seconds_bucket{le="+Inf"}'], requests)


class Unready(Served):
    def setUp(self):
        Contract.setUp(self)
        self.start()

    def test_nothing_taken_in_is_said_and_no_error(self):
        self.assertEqual(self.get("/livez", token=None)[0], 200)
        status, _, data = self.get("/readyz?verbose", token=None)
        self.assertEqual(status, 503)
        self.assertTrue(data.startswith(b"[-]store failed: nothing has been taken in yet"), data)
        self.assertEqual(self.ok("GET", "/api/search?q=leave")["hits"], [])
        self.assertTrue(self.events("/api/ask", {"question": QUESTION})[-1][1]["refused"])
        self.assertEqual(self.get("/api/documents/rules.md")[0], 404)
        self.at.put("docs/rules.md", RULES)
        self.at.run("run")
        self.assertEqual(self.get("/readyz", token=None)[0], 200)
        self.assertEqual(self.ok("GET", "/api/search?q=leave")["hits"][0]["doc"], "rules.md")

    def test_what_it_keeps_is_in_no_ones_way(self):
        self.at.put("docs/rules.md", RULES)
        self.at.put("docs/ferry.md", "The ferry leaves at nine.")
        self.at.run("run")
        self.events("/api/ask", {"question": QUESTION})
        self.at.run("verify")
        self.at.run("backup", "away")
        self.at.run("forget", "rules.md")
        self.end()
        self.at.run("restore", "away", "--force")
        self.at.run("verify")
        self.start()
        self.assertEqual(self.ok("GET", "/api/search?q=ferry")["hits"][0]["doc"], "ferry.md")
        self.assertEqual(self.get("/api/documents/rules.md")[0], 404)  # what was forgotten stays so


class LetIn(Served):
    def test_secrets_are_for_the_owner_alone_and_in_no_message(self):
        place = Path(self.said["token_file"])
        self.assertEqual(stat.S_IMODE(place.stat().st_mode), 0o600)
        key = self.at.one("keys", "add", "client", "--owner", "--json")["key"]
        kept = place.parent / "keys.json"
        self.assertEqual(stat.S_IMODE(kept.stat().st_mode), 0o600)
        self.assertNotIn(key, kept.read_text())
        self.assertEqual(self.get("/api/status", token=key)[0], 200)
        self.assertEqual(self.get("/api/status", token=key + "a")[0], 401)
        self.process.send_signal(signal.SIGTERM)
        said = b"".join(self.process.communicate(timeout=SECONDS_MAX))
        for secret in (key, self.token):
            self.assertNotIn(secret.encode(), said)

    def test_a_key_reads_what_its_user_may_read_and_does_what_its_scopes_say(self):
        self.at.put("secret/salary.md", "The ferry captain earns 9,000 a month.")
        self.at.put("naru.yaml", MODELS + FOLDER.replace("docs}}", "docs, access: [group:staff]}}") + """
  secret:
    source: {folder: {path: secret}}
    steps: [parse, chunk: {max_tokens: 256}, embed]
    target: {knowledge_base: secret}
""")
        self.at.run("run", expect=None)

        def key(*options):
            return self.at.one("keys", "add", *options, "--json")["key"]

        kim = key("kim", "--user", "kim", "--groups", "staff", "--scopes", "read")
        lee = key("lee", "--user", "lee", "--scopes", "models")
        watch = key("watch", "--owner", "--scopes", "operate")
        self.assertEqual(self.ok("GET", "/api/documents/salary.md")["kb"], "secret")
        for path in ("/api/documents/salary.md", "/api/documents/secret/salary.md", "/api/search?q=ferry&in=secret"):
            self.assertEqual(self.get(path, token=kim)[0], 404, path)
        self.assertEqual(self.ok("GET", "/api/search?q=ferry captain", token=kim)["hits"], self.ok(
            "GET", "/api/search?q=ferry captain&in=handbook", token=kim)["hits"])
        seen = [model["id"] for model in self.ok("GET", "/v1/models", token=kim)["data"]]
        self.assertEqual([model["id"] for model in self.ok("GET", "/v1/models", token=lee)["data"]], ["stub"])
        self.assertNotIn("naru/secret", seen)
        self.assertNotIn("stub", seen)
        for token, method, path, status in (
                (kim, "GET", "/api/status", 200), (kim, "GET", "/metrics", 403), (kim, "POST", "/v1/embeddings", 403),
                (lee, "GET", "/api/search?q=a", 403), (lee, "POST", "/v1/embeddings", 200),
                (lee, "POST", "/api/ask", 403), (watch, "GET", "/metrics", 200), (watch, "GET", "/api/status", 403)):
            body = {"model": "stub", "input": "a"} if method == "POST" else None
            self.assertEqual(self.call(method, path, body, token=token)[0], status, (path, status))
        self.wrong(404, "/v1/chat/completions", self.chat("a"), "model_not_found", "model", token=kim)
        self.assertNotIn("disk", {key for key, value in self.ok("GET", "/api/status", token=kim).items() if value})
        self.at.run("keys", "revoke", "kim")
        self.assertEqual(self.get("/api/status", token=kim)[0], 401)
        self.at.run("keys", "revoke", "kim", expect=2)
        self.at.run("keys", "add", "lee", "--user", "other", expect=2)
        self.at.run("keys", "add", "two", expect=2)
        self.at.run("keys", "ls", "--as", "kim", expect=4)

    def test_a_probe_may_ask_by_head(self):
        for path in ("/livez", "/readyz", "/", "/v1/models", "/api/status"):
            status, headers, data = self.call("HEAD", path)
            self.assertEqual((status, data), (200, b""), path)
            self.assertGreater(int(headers["Content-Length"]), 0, path)
            if path != "/api/status":  # it tells of the moment, and two moments may differ by a digit
                self.assertEqual(headers["Content-Length"], self.get(path)[1]["Content-Length"], path)
        self.assertEqual(self.call("HEAD", "/api/status", token=None)[0], 401)
        self.assertEqual(self.call("HEAD", "/api/ask")[0], 405)

    def test_a_login_link_works_once(self):
        code = self.said["login"].split("code=")[1]
        self.assertEqual(self.get("/login?code=" + "0" * 64, token=None)[0], 403)
        status, headers, _ = self.get("/login?code=" + code, token=None)
        self.assertEqual((status, headers["Location"]), (303, "/"))
        cookie = headers["Set-Cookie"]
        for part in ("HttpOnly", "SameSite=Strict"):
            self.assertIn(part, cookie)
        session = {"Cookie": "other=1; " + cookie.split(";")[0]}
        self.assertEqual(self.get("/api/status", token=None, headers=session)[0], 200)
        self.assertEqual(self.get("/login?code=" + code, token=None)[0], 403)
        wrong = {"Cookie": "naru_session=" + "0" * 64}
        self.assertEqual(self.get("/api/status", token=None, headers=wrong)[0], 401)
        self.assertEqual(self.get("/api/status", token=None)[0], 401)

    def test_every_path_but_health_login_and_the_page_wants_to_know_who_calls(self):
        for path in ("/metrics", "/api/search", "/api/status", "/api/documents/a", "/v1/models",
                     "/other"):
            status, headers, _ = self.get(path, token=None)
            self.assertEqual((status, headers["WWW-Authenticate"]), (401, 'Bearer realm="naru"'), path)
        self.assertEqual(self.get("/other")[0], 404)
        status, headers, _ = self.call("DELETE", "/api/ask")
        self.assertEqual((status, headers["Allow"]), (405, "POST"))
        self.assertEqual(self.call("POST", "/api/ask", b"question=a",
                                   headers={"Content-Type": "application/x-www-form-urlencoded"})[0], 415)

    def test_the_other_address_of_this_machine_is_listened_at_when_asked(self):
        try:
            socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        except OSError:
            self.skipTest("this machine has no ::1")
        self.end()
        self.start("--listen", "[::1]:0")
        self.assertTrue(self.said["login"].startswith(f"http://[::1]:{self.port}/login?code="))
        connection = http.client.HTTPConnection("::1", self.port, timeout=SECONDS_MAX)
        connection.request("GET", "/livez")
        self.assertEqual(connection.getresponse().status, 200)
        connection.close()

    def test_only_this_machine_is_listened_at(self):
        for address in ("0.0.0.0:0", "192.168.0.1:80", "[::]:0", "example.org:80", "127.0.0.1", "127.0.0.1:99999"):
            self.at.run("serve", "--listen", address, expect=78)
        self.at.run("serve", "--listen", f"127.0.0.1:{self.port}", expect=75)
        self.at.run("serve", "--as", "kim", expect=4)


try:
    import openai
except ImportError:
    openai = None


@unittest.skipUnless(openai, "the openai package is not there: pip install openai")
class Unmodified(Served):
    """OpenAI's own client, as its users call it."""

    def setUp(self):
        super().setUp()
        self.client = openai.OpenAI(base_url=f"http://127.0.0.1:{self.port}/v1", api_key=self.token, max_retries=0)
        self.addCleanup(self.client.close)

    def test_it_lists_asks_streams_and_embeds(self):
        self.assertEqual([model.id for model in self.client.models.list()], ["naru/handbook", "stub"])
        ask = [{"role": "user", "content": QUESTION}]
        answer = self.client.chat.completions.create(model="naru/handbook", messages=ask)
        message = answer.choices[0].message
        cited = message.annotations[0].url_citation
        self.assertIn("15 days", message.content[cited.start_index:cited.end_index])
        stream = self.client.chat.completions.create(model="naru/handbook", messages=ask, stream=True,
                                                     stream_options={"include_usage": True})
        pieces = list(stream)
        text = "".join(piece.choices[0].delta.content or "" for piece in pieces if piece.choices)
        self.assertEqual((text, pieces[-1].usage.total_tokens), (message.content, answer.usage.total_tokens))
        echo = self.client.chat.completions.create(model="stub", messages=[{"role": "user", "content": "a b c"}],
                                                   max_tokens=2, seed=1, temperature=0, stop=["x"])
        self.assertEqual((echo.choices[0].message.content, echo.choices[0].finish_reason), ("a b", "length"))
        self.assertEqual(self.client.completions.create(model="stub", prompt="a b").choices[0].text, "a b")
        coded = self.client.embeddings.create(model="stub", input=["a", "나"])  # asks for base64 by itself
        plain = self.client.embeddings.create(model="stub", input=["a", "나"], encoding_format="float")
        for one, other in zip(coded.data, plain.data):
            self.assertEqual(len(one.embedding), 384)
            for x, y in zip(one.embedding, other.embedding):
                self.assertAlmostEqual(x, y, 6)

    def test_it_knows_our_errors_by_their_classes(self):
        ask = [{"role": "user", "content": "a"}]
        with self.assertRaises(openai.NotFoundError) as caught:
            self.client.chat.completions.create(model="gpt-4", messages=ask)
        self.assertEqual((caught.exception.code, caught.exception.param), ("model_not_found", "model"))
        with self.assertRaises(openai.BadRequestError):
            self.client.chat.completions.create(model="stub", messages=ask, n=2)
        with self.assertRaises(openai.AuthenticationError):
            self.client.with_options(api_key="wrong").models.list()


class Remote(Served):
    """With a model behind an address, which takes its time."""

    def setUp(self):
        self.endpoint = subprocess.Popen([sys.executable, ENDPOINT], stdout=subprocess.PIPE)
        self.addCleanup(self.endpoint.stdout.close)
        self.addCleanup(self.endpoint.wait)
        self.addCleanup(self.endpoint.kill)
        self.endpoint_port = int(self.endpoint.stdout.readline().split()[1])
        url = f"http://127.0.0.1:{self.endpoint_port}/drips/v1"
        models = MODELS.replace("chat: {stub: {}}", f"chat: {{openai: {{url: {url}, model: stub}}}}")
        self.configuration = models + FOLDER
        super().setUp()

    def log(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.endpoint_port)
        connection.request("GET", "/log")
        lines = connection.getresponse().read().decode().splitlines()
        connection.close()
        return [json.loads(line) for line in lines]

    def open_stream(self, words):
        body = json.dumps(self.chat("a", stream=True, max_tokens=words)).encode()
        head = (f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
                f"Authorization: Bearer {self.token}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n")
        client = self.raw(head.encode() + body, keep=True)
        received = b""
        while b"word1 " not in received:
            received += client.recv(4096)
        return client


class Slow(Remote):
    def test_a_client_that_leaves_ends_its_generation_and_the_next_is_served(self):
        client = self.open_stream(20_000)  # a quarter of an hour
        client.close()
        left = self.until(lambda: [row for row in self.log() if "left" in row])
        self.assertLess(left[0]["left"], 10_000)
        answer = self.ok("POST", "/v1/chat/completions", self.chat("a", max_tokens=3))
        self.assertEqual(answer["choices"][0]["message"]["content"], "word1 word2 word3 ")

    def test_others_are_served_while_a_model_writes_and_asked_in_turn(self):
        client = self.open_stream(60)
        self.ok("GET", "/api/search?q=leave")
        self.ok("POST", "/v1/embeddings", {"model": "stub", "input": "a"})
        waits = self.ok("POST", "/v1/chat/completions", self.chat("a", max_tokens=1))
        self.assertEqual(waits["choices"][0]["finish_reason"], "length")
        received = b""
        while b"[DONE]" not in received:
            received += client.recv(65536)
        self.assertIn(b"word60 ", received)
        client.close()

    def test_asked_to_stop_it_ends_what_runs_and_takes_nothing_new(self):
        client = self.open_stream(40)
        self.process.send_signal(signal.SIGTERM)
        received = b""
        while piece := client.recv(65536):
            received += piece
        self.assertIn(b"word40 ", received)
        self.assertTrue(received.endswith(b"data: [DONE]\n\n\r\n0\r\n\r\n"), received[-100:])
        client.close()
        self.assertEqual(self.process.wait(SECONDS_MAX), 0)
        with self.assertRaises(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=1)


if __name__ == "__main__":
    contract.main(sys.modules["__main__"], "serve")
