#!/usr/bin/env python3
"""Holds `naru mcp` to the Model Context Protocol as agents speak it over standard input and output.

usage: tests/serve/mcp_test.py PROGRAM [-v] [TestCase.test...]      Python 3, nothing else.
"""
import json
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "contract"))
import contract  # noqa: E402
from contract import SECONDS_MAX, Contract  # noqa: E402

QUESTION = "How many days of annual leave does an employee have?"
VERSION = "io.modelcontextprotocol/protocolVersion"
STATELESS = {"_meta": {VERSION: "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}}


class Mcp(Contract):
    def setUp(self):
        super().setUp()
        self.at.put("docs/rules.md", "# Annual leave\n\nEvery employee has 15 days of annual leave a year.\n")
        self.at.run("run")

    def say(self, *messages, options=()):
        """Each message is a line; the lines that come back."""
        text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in messages)
        done = subprocess.run([contract.PROGRAM, "mcp", *options], input=text.encode(), cwd=self.at.folder,
                              env=self.at.environment(), capture_output=True, timeout=SECONDS_MAX, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.decode().splitlines()]

    def request(self, method, params=None, number=1):
        return {"jsonrpc": "2.0", "id": number, "method": method, "params": params or {}}

    def call(self, name, arguments, **options):
        reply, = self.say(self.request("tools/call", {"name": name, "arguments": arguments}), **options)
        return reply["result"]

    def test_hands_are_shaken_and_tools_listed(self):
        told = self.say(self.request("initialize", {"protocolVersion": "2025-11-25", "capabilities": {},
                                                    "clientInfo": {"name": "test", "version": "1"}}),
                        {"jsonrpc": "2.0", "method": "notifications/initialized"},
                        self.request("tools/list", number="b"), self.request("ping", number=3))
        self.assertEqual([reply["id"] for reply in told], [1, "b", 3])
        self.assertEqual((told[0]["result"]["protocolVersion"], told[0]["result"]["serverInfo"]["name"]),
                         ("2025-11-25", "naru"))
        tools = told[1]["result"]["tools"]
        self.assertEqual([tool["name"] for tool in tools], ["search", "fetch", "answer", "list_sources"])
        for tool in tools:
            self.assertEqual((tool["inputSchema"]["type"], tool["annotations"]["readOnlyHint"]), ("object", True))
        self.assertEqual(told[2]["result"], {})
        older, = self.say(self.request("initialize", {"protocolVersion": "1999-01-01"}))
        self.assertEqual(older["result"]["protocolVersion"], "2025-11-25")

    def test_the_stateless_revision_needs_no_hands(self):
        told = self.say(self.request("server/discover", STATELESS), self.request("tools/list", STATELESS),
                        self.request("tools/call", STATELESS | {"name": "list_sources"}),
                        self.request("ping", STATELESS), self.request("initialize", STATELESS),
                        self.request("tools/list", {"_meta": {VERSION: "2030-01-01"}}))
        self.assertEqual(told[0]["result"]["supportedVersions"], ["2026-07-28"])
        for reply in told[:3]:
            self.assertEqual(reply["result"]["resultType"], "complete")
        for reply in told[:2]:
            self.assertEqual((reply["result"]["cacheScope"], reply["result"]["ttlMs"] > 0), ("private", True))
        self.assertEqual([reply["error"]["code"] for reply in told[3:]], [-32601, -32601, -32022])
        self.assertEqual(told[5]["error"]["data"], {"supported": ["2026-07-28"], "requested": "2030-01-01"})

    def test_tools_search_fetch_and_answer_as_the_commands_do(self):
        found = self.call("search", {"query": "annual leave", "k": 1})["structuredContent"]["results"]
        self.assertEqual((found[0]["id"], len(found)), ("handbook/rules.md", 1))
        fetched = self.call("fetch", {"id": found[0]["id"]})
        self.assertIn("15 days", fetched["structuredContent"]["text"])
        self.assertEqual(json.loads(fetched["content"][0]["text"]), fetched["structuredContent"])
        answered = self.call("answer", {"question": QUESTION})
        expected = self.at.one("ask", QUESTION, "--json")
        self.assertEqual(answered["structuredContent"]["answer"], expected["answer"])
        self.assertEqual(answered["structuredContent"]["citations"], expected["citations"])
        self.assertIn("handbook/rules.md", answered["content"][0]["text"])
        self.assertTrue(self.call("answer", {"question": "Who won on Mars?"})["structuredContent"]["refused"])
        sources = self.call("list_sources", {})["structuredContent"]["knowledge_bases"]
        self.assertEqual([base["kb"] for base in sources], ["handbook"])

    def test_a_reader_sees_what_they_may_read(self):
        others = {"options": ("--as", "kim")}
        self.assertEqual(self.call("list_sources", {}, **others)["structuredContent"]["knowledge_bases"], [])
        self.assertTrue(self.call("fetch", {"id": "handbook/rules.md"}, **others)["isError"])
        self.assertEqual(self.call("search", {"query": "leave"}, **others)["structuredContent"]["results"], [])

    def test_mistakes_are_answered_and_the_next_is_heard(self):
        told = self.say("{", "[]", '"a"', "{}", '{"jsonrpc": "1.0", "id": 1, "method": "ping"}',
                        '{"jsonrpc": "2.0", "id": {}, "method": "ping"}', '{"jsonrpc": "2.0", "id": 1, "method": 2}',
                        self.request("nothing"), self.request("tools/call", {"name": "drop"}),
                        '{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": []}', "",
                        '{"jsonrpc": "2.0", "id": 9, "result": {}}', self.request("ping", number=2))
        self.assertEqual([reply.get("error", {}).get("code") for reply in told],
                         [-32700, -32600, -32600, -32600, -32600, -32600, -32600, -32601, -32602, -32602, None])
        self.assertEqual(told[-1], {"jsonrpc": "2.0", "id": 2, "result": {}})
        for name, arguments in (("search", {}), ("search", {"query": 1}), ("search", {"query": "a", "k": 51}),
                                ("search", {"query": "a", "k": -1}), ("fetch", {}), ("fetch", {"id": "other"}),
                                ("answer", {}), ("answer", {"question": "a", "in": "other"})):
            self.assertTrue(self.call(name, arguments)["isError"], (name, arguments))


if __name__ == "__main__":
    contract.main(sys.modules["__main__"], "mcp")
