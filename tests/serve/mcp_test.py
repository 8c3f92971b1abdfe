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
from contract import NUMBER, SECONDS_MAX, Contract  # noqa: E402

QUESTION = "How many days of annual leave does an employee have?"
VERSION = "io.modelcontextprotocol/protocolVersion"
DEMO_PDF = Path(__file__).parents[2] / "tools" / "make_demo_pdf.py"  # three pages
PAGE = 100  # documents in a page of a list: kDocumentsAPage
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

    def read(self, uri):
        reply, = self.say(self.request("resources/read", {"uri": uri}))
        return reply

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
                        self.request("tools/list", {"_meta": {VERSION: "2030-01-01"}}),
                        self.request("tools/list", {"_meta": {VERSION: "2026-07-28"}}), self.request("server/discover"))
        self.assertEqual(told[0]["result"]["supportedVersions"], ["2026-07-28"])
        for reply in told[:3]:
            self.assertEqual(reply["result"]["resultType"], "complete")
        for reply in told[:2]:
            self.assertEqual((reply["result"]["cacheScope"], reply["result"]["ttlMs"] > 0), ("private", True))
        self.assertEqual([reply["error"]["code"] for reply in told[3:]], [-32601, -32601, -32022, -32602, -32602])
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

    def test_documents_and_their_pages_are_resources(self):
        self.at.put("docs/휴가 규정.md", "# 휴가\n\n연차는 15일입니다.\n")
        subprocess.run([sys.executable, DEMO_PDF, self.at.folder / "docs/library.pdf"], check=True)
        self.at.run("run")
        listed, templates = self.say(self.request("resources/list"), self.request("resources/templates/list"))
        resources = {one["name"]: one for one in listed["result"]["resources"]}
        self.assertEqual(sorted(resources), ["library.pdf", "rules.md", "휴가 규정.md"])
        self.assertNotIn("nextCursor", listed["result"])
        self.assertEqual([one["uriTemplate"] for one in templates["result"]["resourceTemplates"]],
                         ["naru:///{kb}/{+doc}", "naru:///{kb}/{+doc}?page={page}"])
        korean, = self.read(resources["휴가 규정.md"]["uri"])["result"]["contents"]
        self.assertIn("연차는 15일", korean["text"])
        pdf = resources["library.pdf"]["uri"]
        whole, *pages = (self.read(pdf + page)["result"]["contents"][0]["text"]
                         for page in ("", "?page=1", "?page=2", "?page=3"))
        self.assertIn("3. 대출과 반납", pages[1])
        self.assertEqual(whole, "\n\n".join(pages))
        self.assertIn("error", self.read(pdf + "?page=4"))
        fetched = self.call("fetch", {"id": "handbook/library.pdf"})["structuredContent"]
        self.assertEqual((fetched["uri"], fetched["text"]), (pdf, whole))

    def test_a_list_of_resources_has_pages(self):
        for number in range(PAGE + 1):
            self.at.put(f"docs/{number:04}.txt", f"Note number {number}.")
        self.at.run("run")
        first, = self.say(self.request("resources/list"))
        rest, wrong = self.say(self.request("resources/list", {"cursor": first["result"]["nextCursor"]}),
                               self.request("resources/list", {"cursor": "no cursor of ours"}))
        names = [one["name"] for reply in (first, rest) for one in reply["result"]["resources"]]
        self.assertEqual((len(names), len(set(names)), names[-1]), (PAGE + 2, PAGE + 2, "rules.md"))
        self.assertEqual(wrong["error"]["code"], -32602)

    def test_what_is_no_resource_and_what_may_not_be_read_look_alike(self):
        for uri in ("naru:///handbook/none.md", "naru:///rules.md", "naru:///handbook/rules.md?page=1",
                    "naru:///handbook/rules.md?page=0", "naru:///handbook/rules.md?page=x", "naru:///", "naru://",
                    "naru:///handbook/../handbook/rules.md", "file:///etc/passwd", "", "naru:///%", "naru:///a?b=c",
                    "naru:///handbook/rules.md?page=1&page=1", "naru:///handbook/rules.md?page=99999999999"):
            modern, = self.say(self.request("resources/read", STATELESS | {"uri": uri}))
            self.assertEqual((self.read(uri)["error"]["code"], modern["error"]["code"]), (-32002, -32602), uri)
        real, = self.say(self.request("resources/read", {"uri": "naru:///handbook/rules.md"}), options=("--as", "kim"))
        made_up, = self.say(self.request("resources/read", {"uri": "naru:///handbook/other.md"}),
                            options=("--as", "kim"))
        self.assertEqual(real["error"].pop("data"), {"uri": "naru:///handbook/rules.md"})
        self.assertEqual(made_up["error"].pop("data"), {"uri": "naru:///handbook/other.md"})
        self.assertEqual(real, made_up)
        hidden, = self.say(self.request("resources/list"), options=("--as", "kim"))
        self.assertEqual(hidden["result"]["resources"], [])

    def test_an_answer_tells_its_progress_to_whoever_asks_for_it(self):
        asked = {"name": "answer", "arguments": {"question": QUESTION}}
        *told, last = self.say(self.request("tools/call", asked | {"_meta": {"progressToken": "a"}}))
        self.assertGreaterEqual(len(told), 2)
        self.assertEqual([one["params"]["progress"] for one in told], list(range(1, len(told) + 1)))
        self.assertEqual({one["params"]["progressToken"] for one in told}, {"a"})
        self.assertFalse(last["result"]["isError"])

    def test_results_are_of_the_schemas_that_the_tools_promise(self):
        tools, = self.say(self.request("tools/list"))
        schemas = {tool["name"]: tool["outputSchema"] for tool in tools["result"]["tools"]}
        for name, arguments in (("search", {"query": "leave"}), ("fetch", {"id": "handbook/rules.md"}),
                                ("answer", {"question": QUESTION}), ("list_sources", {})):
            self.fits(self.call(name, arguments)["structuredContent"], schemas[name], name)

    def fits(self, value, schema, place):
        """As far as these schemas go: types, properties, items."""
        kinds = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": NUMBER}
        self.assertIsInstance(value, kinds[schema["type"]], place)
        for name in schema.get("required", ()):
            self.assertIn(name, value, place)
        for name, inner in schema.get("properties", {}).items():
            self.fits(value[name], inner, f"{place}.{name}")
        for item in value if schema["type"] == "array" else ():
            self.fits(item, schema["items"], place + "[]")

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
