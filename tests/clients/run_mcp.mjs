// MCP's own SDKs for TypeScript and its inspector, unmodified: against /mcp of the server at NARU_URL, and `naru mcp`.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import * as modern from "@modelcontextprotocol/client";
import * as modernStdio from "@modelcontextprotocol/client/stdio";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const { NARU_URL: url, NARU_KEY: key, NARU_PROGRAM: command, NARU_FOLDER: cwd, NARU_INSPECTOR: inspector } = process.env;
const question = "How many days of annual leave does an employee have?";
const headers = { Authorization: `Bearer ${key}` };
const http = { requestInit: { headers } };
const stdio = { command, args: ["mcp"], cwd, env: process.env };
const endpoint = new URL(`${url}/mcp`);

async function use(client, transport) {
  await client.connect(transport);
  const { tools } = await client.listTools();
  assert.deepEqual(tools.map((tool) => tool.name).sort(), ["answer", "fetch", "list_sources", "search"]);
  const found = await client.callTool({ name: "search", arguments: { query: "annual leave" } });
  assert.equal(found.structuredContent.results[0].id, "handbook/rules.md");
  const answered = await client.callTool({ name: "answer", arguments: { question } });
  assert.match(answered.content[0].text, /15 days/);
  const { resources } = await client.listResources();
  assert.deepEqual(resources.map((one) => one.uri), ["naru:///handbook/rules.md"]);
  const read = await client.readResource({ uri: resources[0].uri });
  assert.match(read.contents[0].text, /15 days/);
  await assert.rejects(client.readResource({ uri: "naru:///handbook/none.md" }));
  await client.close();
}

const me = { name: "naru-test", version: "1" };
test("SDK 1, HTTP", () => use(new Client(me), new StreamableHTTPClientTransport(endpoint, http)));
test("SDK 1, stdio", () => use(new Client(me), new StdioClientTransport(stdio)));
const either = { versionNegotiation: { mode: "auto" } }; // 2026-07-28, as we speak it
test("SDK 2, HTTP", () => use(new modern.Client(me, either), new modern.StreamableHTTPClientTransport(endpoint, http)));
test("SDK 2, stdio", () => use(new modern.Client(me, either), new modernStdio.StdioClientTransport(stdio)));

async function inspect(...options) {
  const done = await promisify(execFile)(process.execPath, [inspector, "--cli", ...options, "--format", "json"], { cwd });
  return JSON.parse(done.stdout).result;
}
const overHttp = [endpoint.href, "--transport", "http", "--header", `Authorization: ${headers.Authorization}`];

test("the inspector lists tools over HTTP", async () => {
  const { tools } = await inspect(...overHttp, "--method", "tools/list");
  assert.equal(tools.length, 4);
});
test("the inspector calls a tool and reads a resource over stdio", async () => {
  const called = await inspect(command, "mcp", "--method", "tools/call", "--tool-name", "answer", "--tool-arg",
                               `question=${question}`);
  assert.match(called.content[0].text, /15 days/);
  const read = await inspect(command, "mcp", "--method", "resources/read", "--uri", "naru:///handbook/rules.md");
  assert.match(read.contents[0].text, /15 days/);
});
