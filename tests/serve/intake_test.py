#!/usr/bin/env python3
"""Holds `naru serve` to what the page relies on when documents come in: uploads land where they may and nowhere else,
runs go one at a time and are told as they go, rejects are looked at again, plans say what runs then do.

usage: tests/serve/intake_test.py PROGRAM [-v] [TestCase.test...]      Python 3, nothing else.
"""
import http.server
import json
import os
import socket
import sys
import threading
import time
import unicodedata
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "contract"))
import contract  # noqa: E402
from contract import MODELS, Contract  # noqa: E402
import serve_test  # noqa: E402

FLOWS = """flows:
  open:
    source: {folder: {path: inbox, uploads: true, exclude: ['*.exe']}}
    steps: [parse, {chunk: {max_tokens: 256}}, embed]
    target: {knowledge_base: handbook}
  closed:
    source: {folder: {path: docs}}
    steps: [parse, {chunk: {max_tokens: 256}}, embed]
    target: {knowledge_base: handbook}
"""
# Between its two pages a look waits as long as it may.
SLOW = """  slow:
    source: {{web: {{start: ['http://127.0.0.1:{port}/'], allow_private: true, delay_ms: 60000}}}}
    steps: [parse, {{chunk: {{max_tokens: 256}}}}, embed]
    target: {{knowledge_base: handbook}}
"""
FILE = {"Content-Type": "application/octet-stream"}
MEBIBYTE = 1 << 20
# A file that changed within the tick of its file system is looked at once more by the next run, whatever it holds.
SETTLED_SECONDS = 0.1


class TwoPages(http.server.BaseHTTPRequestHandler):
    asked = threading.Event()

    def do_GET(self):
        self.asked.set()
        body = b"<html><body><p>One.</p><a href='/two'>two</a></body></html>"
        self.send_response(404 if self.path == "/robots.txt" else 200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class Intake(serve_test.Served):
    configuration = MODELS + FLOWS

    def setUp(self):
        Contract.setUp(self)
        self.at.put("docs/rules.md", serve_test.RULES)
        (self.at.folder / "inbox").mkdir()
        self.start()

    def upload(self, path, data, flow="open", more="", **options):
        options.setdefault("headers", FILE)
        status, _, body = self.call("PUT", f"/api/uploads/{path}?flow={flow}{more}", data, **options)
        return status, json.loads(body)

    def follow(self):
        status, headers, data = self.get("/api/runs/events")
        self.assertEqual(status, 200, data)
        self.assertTrue(headers["Content-Type"].startswith("text/event-stream"))
        blocks = data.decode().split("\n\n")[:-1]
        self.assertTrue(all(block.startswith("event: run\ndata: ") for block in blocks))
        return [json.loads(block.split("data: ", 1)[1]) for block in blocks]

    def run_to_end(self, call):
        begun = self.ok("POST", "/api/runs", call)
        self.assertEqual((begun["state"], begun["ended_ms"]), ("running", None))
        last = self.follow()[-1]
        self.assertEqual(last["run"], begun["run"])
        self.assertGreaterEqual(last["ended_ms"], last["started_ms"])
        return last

    def inbox(self):
        return sorted(str(path.relative_to(self.at.folder / "inbox")) for path in (self.at.folder / "inbox").rglob("*"))


class Uploads(Intake):
    def test_a_file_is_added_read_and_found(self):
        sources = self.ok("GET", "/api/sources")
        self.assertEqual([(flow["flow"], flow["takes_files"]) for flow in sources["flows"]],
                         [("open", True), ("closed", False)])
        text = "# 주차\n\n방문 차량은 지하 2층에 세웁니다.\n".encode()
        self.assertEqual(self.upload("새 자료/주차 안내.md", text),
                         (201, {"flow": "open", "doc": "새 자료/주차 안내.md", "bytes": len(text)}))
        self.assertEqual((self.at.folder / "inbox/새 자료/주차 안내.md").read_bytes(), text)
        run = self.run_to_end({"flows": ["open"]})
        self.assertEqual((run["state"], run["flows"][0]["items"]["added"]), ("done", 1))
        hits = self.ok("GET", "/api/search?q=방문 차량")["hits"]
        self.assertEqual(hits[0]["doc"], "새 자료/주차 안내.md")
        status, _, original = self.get("/api/originals/새 자료/주차 안내.md?in=handbook")
        self.assertEqual((status, original), (200, text))

    def test_nothing_is_replaced_unless_that_is_said(self):
        self.assertEqual(self.upload("a.md", b"one")[0], 201)
        status, body = self.upload("a.md", b"two")
        self.assertEqual((status, body["error"]["code"]), (409, "already_exists"))
        decomposed = unicodedata.normalize("NFD", "휴가.md")
        self.assertEqual(self.upload("휴가.md", b"one")[0], 201)
        self.assertEqual(self.upload(decomposed, b"two")[0], 409)
        self.assertEqual((self.at.folder / "inbox/a.md").read_bytes(), b"one")
        self.assertEqual(self.upload("a.md", b"two", more="&replace=1")[0], 200)
        self.assertEqual((self.at.folder / "inbox/a.md").read_bytes(), b"two")
        self.assertEqual(self.inbox(), ["a.md", "휴가.md"])

    def test_what_may_not_land_does_not_land(self):
        (self.at.folder / "outside").mkdir()
        os.symlink("../outside", self.at.folder / "inbox/link")
        before = self.inbox()
        for path, status in {"../x.md": 400, "a/%2e%2e/x.md": 400, ".naru/x": 400, ".hidden": 400, "a//b": 400,
                             "x.exe": 400, "a%5cb": 400, "a%00": 400, "a%0ab": 400, "a%ff": 400,
                             "a%e2%80%aegpj.md": 400, "link/x.md": 409}.items():
            self.assertEqual(self.upload(path, b"bad")[0], status, path)
        self.assertEqual(self.upload("x.md", b"bad", flow="closed")[0], 403)
        self.assertEqual(self.upload("x.md", b"bad", flow="none")[0], 404)
        self.assertEqual(self.upload("x.md", b"bad", headers={"Content-Type": "text/plain"})[0], 415)
        self.assertEqual(self.upload("x.md", b"bad", headers=FILE | {"Origin": "http://evil.example"})[0], 403)
        self.assertEqual(self.upload("x.md", b"bad", token=None)[0], 401)
        self.assertEqual(self.inbox(), before)
        self.assertEqual(os.listdir(self.at.folder / "outside"), [])

    def test_large_files_come_up_to_the_limit_and_only_there(self):
        self.assertEqual(self.upload("large.txt", b"x" * (9 * MEBIBYTE))[0], 201)
        head = (f"PUT /api/uploads/larger.txt?flow=open HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
                f"Authorization: Bearer {self.token}\r\nContent-Type: application/octet-stream\r\n"
                f"Content-Length: {64 * MEBIBYTE + 1}\r\n\r\n")
        self.assertTrue(self.raw(head.encode()).startswith(b"HTTP/1.1 413 "))  # before any of it is sent
        self.assertEqual(self.call("POST", "/api/ask", b"x" * (9 * MEBIBYTE))[0], 413)
        self.assertEqual(self.inbox(), ["large.txt"])

    def test_only_the_owner_adds_and_runs(self):
        key = json.loads(self.at.run("keys", "add", "kim", "--user", "kim", "--scopes", "read,operate",
                                     "--json").stdout)["key"]
        self.assertEqual(self.upload("x.md", b"bad", token=key)[0], 403)
        for method, path, body in (("GET", "/api/sources", None), ("GET", "/api/runs", None),
                                   ("POST", "/api/runs", {}), ("POST", "/api/runs/cancel", {}),
                                   ("POST", "/api/plan", {}),
                                   ("GET", "/api/runs/events", None)):
            self.assertEqual(self.call(method, path, body, token=key)[0], 403, path)
        self.assertEqual(self.inbox(), [])


class Runs(Intake):
    def test_one_at_a_time_told_as_it_goes_and_kept_in_a_history(self):
        self.assertEqual(self.get("/api/runs/events")[0], 404)
        for number in range(300):
            self.at.put(f"docs/many/{number}.md", f"# Rule {number}\n\nThe rule of room {number} is quiet.\n" * 20)
        begun = self.ok("POST", "/api/runs", {})
        status, _, body = self.call("POST", "/api/runs", {})
        self.assertEqual((status, json.loads(body)["error"]["code"]), (409, "already_exists"))
        told = self.follow()
        self.assertEqual({run["run"] for run in told}, {begun["run"]})
        self.assertEqual(told[-1]["state"], "done")
        closed = next(flow for flow in told[-1]["flows"] if flow["flow"] == "closed")
        self.assertEqual((closed["state"], closed["items"]["added"], closed["seconds_left"]), ("done", 301, None))
        runs = self.ok("GET", "/api/runs")
        self.assertIsNone(runs["running"])
        self.assertEqual([run["run"] for run in runs["finished"]], [begun["run"]])

    def test_it_stops_when_asked_and_when_the_server_ends(self):
        for number in range(3000):
            self.at.put(f"docs/many/{number}.md", f"# Rule {number}\n\nThe rule of room {number} is quiet.\n")
        self.ok("POST", "/api/runs", {})
        self.assertEqual(self.ok("POST", "/api/runs/cancel", {})["state"], "stopping")
        self.assertEqual(self.follow()[-1]["state"], "stopped")
        self.assertEqual(self.call("POST", "/api/runs/cancel", {})[0], 404)
        self.ok("POST", "/api/runs", {})
        self.end()
        self.assertEqual(self.process.returncode, 0)
        self.assertTrue(self.at.lines("verify", "--json")[-1]["ok"])

    def test_rejects_say_why_and_are_looked_at_again(self):
        self.upload("broken.pdf", b"%PDF-1.7 nothing")
        self.upload("other.pdf", b"%PDF-1.7 nothing")
        time.sleep(SETTLED_SECONDS)
        run = self.run_to_end({"flows": ["open"]})
        self.assertEqual([reject["doc"] for reject in run["rejects"]], ["broken.pdf", "other.pdf"])
        self.assertTrue(all(reject["message"] for reject in run["rejects"]))
        self.assertEqual(self.run_to_end({"flows": ["open"]})["rejects"], [])  # known, and not looked at again
        run = self.run_to_end({"flows": ["open"], "replay": True, "documents": ["broken.pdf"]})
        self.assertEqual([reject["doc"] for reject in run["rejects"]], ["broken.pdf"])
        self.assertEqual(run["flows"][0]["rejected"], 2)

    def test_what_is_wrong_is_said(self):
        for body in ({"flows": "open"}, {"flows": [1]}, {"replay": 1}, {"documents": ["x"]}, []):
            self.assertEqual(self.call("POST", "/api/runs", body)[0], 400, body)
        self.assertEqual(self.call("POST", "/api/runs", {"flows": ["none"]})[0], 404)
        self.at.put("naru.yaml", "flows: [")
        run = self.run_to_end({})
        self.assertEqual(run["state"], "failed")
        self.assertIn("naru.yaml", run["error"]["message"])


class Plans(Intake):
    def plan(self, **call):
        return {plan["flow"]: plan for plan in self.ok("POST", "/api/plan", call)["plans"]}

    def test_says_what_the_command_says_and_what_came_of_it_is_beside_it(self):
        self.at.put("docs/more.md", "# Ferries\n\nFerries sail at noon.\n")
        plans = self.plan()
        self.assertEqual(list(plans.values()), self.at.lines("plan", "--json"))
        closed = plans["closed"]
        self.assertEqual((closed["items"]["added"], closed["exact"], closed["embed"]["texts"]), (2, False, None))
        exact = self.plan(flows=["closed"], exact=True)
        self.assertEqual(list(exact.values()), self.at.lines("plan", "closed", "--exact", "--json"))
        self.assertGreater(exact["closed"]["embed"]["tokens"], 0)
        self.assertEqual(self.ok("GET", "/api/documents")["documents"], [])
        ran = {flow["flow"]: flow for flow in self.run_to_end({"flows": ["closed"]})["flows"]}
        self.assertEqual(ran["closed"]["planned"], exact["closed"])
        self.assertEqual(ran["closed"]["embedded"], exact["closed"]["embed"]["texts"])
        again = self.run_to_end({})["flows"]  # it was compared once; the other has not run yet
        self.assertEqual([flow["flow"] for flow in again if "planned" in flow], ["open"])

    def test_what_would_be_held_is_said(self):
        for number in range(20):
            self.at.put(f"docs/{number}.md", f"# Rule {number}\n\nIt is quiet.\n")
        self.run_to_end({})
        for number in range(20):
            (self.at.folder / f"docs/{number}.md").unlink()
        closed = self.plan()["closed"]
        self.assertEqual((closed["held"], closed["missing"], closed["items"]["removed"]), (True, 20, 0))
        self.assertEqual(self.run_to_end({"flows": ["closed"]})["state"], "held")
        self.assertTrue(self.plan()["closed"]["held"])
        accepted = self.run_to_end({"flows": ["closed"], "accept_removals": True})["flows"][0]
        self.assertEqual((accepted["items"]["removed"], "planned" in accepted), (20, False))

    def test_a_flow_that_cannot_be_looked_at_keeps_no_other_from_it(self):
        (self.at.folder / "inbox").rmdir()
        made = self.ok("POST", "/api/plan", {})
        self.assertEqual([plan["flow"] for plan in made["plans"]], ["closed"])
        self.assertEqual([error["flow"] for error in made["errors"]], ["open"])
        self.assertIn("inbox", made["errors"][0]["message"])

    def test_one_look_at_a_time_and_it_ends_with_who_asked_for_it(self):
        site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), TwoPages)
        threading.Thread(target=site.serve_forever, daemon=True).start()
        self.addCleanup(site.server_close)
        self.addCleanup(site.shutdown)
        self.at.put("naru.yaml", MODELS + FLOWS + SLOW.format(port=site.server_port))
        asking = socket.create_connection(("127.0.0.1", self.port))
        body = b'{"flows": ["slow"]}'
        asking.sendall(f"POST /api/plan HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
                       f"Authorization: Bearer {self.token}\r\nContent-Type: application/json\r\n"
                       f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        self.assertTrue(TwoPages.asked.wait(60))  # it has begun
        self.assertEqual(self.call("POST", "/api/plan", {"flows": ["closed"]})[0], 409)
        asking.close()
        self.until(lambda: self.call("POST", "/api/plan", {"flows": ["closed"]})[0] == 200)

    def test_what_is_wrong_is_said(self):
        for body in ({"flows": "open"}, {"flows": [1]}, {"exact": 1}, []):
            self.assertEqual(self.call("POST", "/api/plan", body)[0], 400, body)
        self.assertEqual(self.call("POST", "/api/plan", {"flows": ["none"]})[0], 404)
        self.at.put("naru.yaml", "flows: [")
        self.assertEqual(self.call("POST", "/api/plan", {})[0], 400)


if __name__ == "__main__":
    contract.main(sys.modules["__main__"], "intake")
