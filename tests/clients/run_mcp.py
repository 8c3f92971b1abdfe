"""MCP's own SDK for Python, unmodified, in both eras: against /mcp of the server at NARU_URL, and `naru mcp` itself."""
import os
import unittest

import httpx2
from mcp import StdioServerParameters
from mcp.client import Client
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

URL, KEY, PROGRAM = os.environ["NARU_URL"], os.environ["NARU_KEY"], os.environ["NARU_PROGRAM"]
QUESTION = "How many days of annual leave does an employee have?"
MODES = ("2026-07-28", "legacy")  # without a handshake, and with one


class Mcp(unittest.IsolatedAsyncioTestCase):
    async def use(self, client):
        self.assertEqual(sorted(tool.name for tool in (await client.list_tools()).tools),
                         ["answer", "fetch", "list_sources", "search"])
        found = await client.call_tool("search", {"query": "annual leave"})
        self.assertEqual(found.structured_content["results"][0]["id"], "handbook/rules.md")
        told = []

        async def progress(done, total, message):
            told.append(done)

        answered = await client.call_tool("answer", {"question": QUESTION}, progress_callback=progress)
        self.assertIn("15 days", answered.content[0].text)
        self.assertEqual(told, sorted(told))
        self.assertGreaterEqual(len(told), 2)
        self.assertTrue((await client.call_tool("fetch", {"id": "none"})).is_error)
        resources = (await client.list_resources()).resources
        self.assertEqual([str(one.uri) for one in resources], ["naru:///handbook/rules.md"])
        read = await client.read_resource(str(resources[0].uri))
        self.assertIn("15 days", read.contents[0].text)
        self.assertEqual(len((await client.list_resource_templates()).resource_templates), 2)
        with self.assertRaises(MCPError):
            await client.read_resource("naru:///handbook/none.md")

    async def test_over_http(self):
        for mode in MODES:
            with self.subTest(mode=mode):
                async with httpx2.AsyncClient(headers={"Authorization": "Bearer " + KEY}) as http:
                    transport = streamable_http_client(URL + "/mcp", http_client=http)
                    async with Client(transport, mode=mode) as client:
                        await self.use(client)

    async def test_over_stdio(self):
        server = StdioServerParameters(command=PROGRAM, args=["mcp"], cwd=os.environ["NARU_FOLDER"],
                                       env=dict(os.environ))
        for mode in MODES:
            with self.subTest(mode=mode):
                async with Client(stdio_client(server), mode=mode) as client:
                    await self.use(client)


if __name__ == "__main__":
    unittest.main()
