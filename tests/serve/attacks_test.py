#!/usr/bin/env python3
"""Attacks on `naru serve`, a table of requests with the status and the error that each gets; then that nobody suffers.

usage: tests/serve/attacks_test.py PROGRAM [-v] [TestCase.test...]      Python 3, nothing else.

A row is (what, bytes, status, code): the code of the error in the envelope, ... for any, None where the answer is no
error. What stands in many rows is made by a loop.
"""
import json
import random
import re
import signal
import socket
import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import serve_test  # noqa: E402
from serve_test import SECONDS_MAX, contract  # noqa: E402

ATTACKS_MIN = 300
DEEP = 100  # levels; 64 are read
SECRETS = {"document": "canary-in-a-document-7f3a", "prompt": "canary-in-a-prompt-91bc"}


def head(method, target, fields, body=b""):
    """A request; `fields` with the value None are left out."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value is not None)
    return f"{method} {target} HTTP/1.1\r\n{lines}\r\n".encode("latin-1") + body


class Attacks:
    """The table, against one server."""

    def __init__(self, port, token, weak, cookie):
        self.port, self.token, self.weak, self.cookie = port, token, weak, cookie
        self.rows = []
        for group in (self.hosts, self.origins, self.credentials, self.logins, self.scopes, self.paths, self.methods,
                      self.sizes, self.smuggling, self.malformed, self.types, self.bombs, self.filters, self.bodies,
                      self.injections, self.agents):
            group()

    def fields(self, **changed):
        fields = {"Host": f"127.0.0.1:{self.port}", "Authorization": "Bearer " + self.token, "Connection": "close"}
        return fields | {name.replace("_", "-"): value for name, value in changed.items()}

    def add(self, what, data, status, code):
        self.rows.append((what, data, status, code))

    def get(self, what, target, status, code, **changed):
        self.add(what, head("GET", target, self.fields(**changed)), status, code)

    def post(self, what, target, body, status, code, **changed):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        changed = {"Content-Type": "application/json", "Content-Length": len(body)} | changed
        self.add(what, head("POST", target, self.fields(**changed), body), status, code)

    def hosts(self):
        port = self.port
        for host in ("evil.example", f"evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "", None, f"[::]:{port}",
                     f"127.0.0.1.evil.example:{port}", f"localhost.evil.example:{port}", f"user@127.0.0.1:{port}",
                     f"127.0.0.1:{port}.", f"0.0.0.0:{port}", f"127.1:{port}", f"2130706433:{port}",
                     f"0x7f000001:{port}", f"[::ffff:127.0.0.1]:{port}", f"[0:0:0:0:0:0:0:1]:{port}",
                     f"127.0.0.1:0{port}", f"127.0.0.1:{port}#", f"127.0.0.1:{port}/", f"127.0.0.1:{port}@evil.example",
                     f"127.0.0.1:{port}, evil.example", f"evil.example, 127.0.0.1:{port}", f"localhost.:{port}",
                     f"http://127.0.0.1:{port}", f"127.0.0.2:{port}", "localhost", f"127.0.0.1%00:{port}",
                     f"localtest.me:{port}", f"127.0.0.1.nip.io:{port}"):
            self.get(f"host {host}", "/livez", 421, "not_allowed", Host=host)
        self.get("host, and who calls is not looked at", "/api/status", 421, "not_allowed", Host="evil.example",
                 Authorization=None)
        self.get("a proxy's word for the host", "/livez", 421, "not_allowed", Host="evil.example",
                 X_Forwarded_Host=f"127.0.0.1:{port}")

    def origins(self):
        port = self.port
        for origin in ("http://evil.example", "null", f"https://127.0.0.1:{port}", "http://127.0.0.1", "file://",
                       f"http://localhost:{port}", f"http://127.0.0.1:{port}/", f"http://127.0.0.1:{port}.evil.example",
                       f"http://127.0.0.1:{port} http://evil.example", f"http://evil.example:{port}", "*",
                       f"HTTP://127.0.0.1:{port}", f"http://127.0.0.1:{port}@evil.example", "chrome-extension://abcd",
                       f"http://[::1]:{port}", "http://127.0.0.1:1"):
            self.get(f"origin {origin}", "/livez", 403, "not_allowed", Origin=origin)
            self.post(f"origin {origin} with a login", "/api/forget", {"doc": "rules.md"}, 403, "not_allowed",
                      Origin=origin, Authorization=None, Cookie=self.cookie)

    def credentials(self):
        token = self.token
        for value in (None, "", "Bearer", "Bearer ", f"bearer {token}", f"BEARER {token}", token, f"Basic {token}",
                      f"Bearer  {token}", f"Bearer {token[:-1]}", f"Bearer {token}a", f"Bearer {token[1:]}",
                      f"Bearer {token.upper()}", f"Bearer {token} {token}", f"Bearer {token},{token}",
                      f"Bearer \"{token}\"", f"Bearer {token}\t.", "Bearer naru-owner-" + "0" * 64, "Bearer null",
                      "Bearer ' OR 1=1 --", "Bearer ../../.naru/serve/token", "Bearer %00", "Bearer " + "a" * 8000,
                      "Digest username=\"owner\"", "Negotiate YII="):
            shown = value if value is None else value.replace(token, "TOKEN")[:40]
            self.get(f"authorization {shown}", "/api/status", 401, "invalid_api_key", Authorization=value)
        self.get("a key in the address", f"/api/status?token={token}&api_key={token}", 401, "invalid_api_key",
                 Authorization=None)
        self.get("a key in another header", "/api/status", 401, "invalid_api_key", Authorization=None,
                 X_Api_Key=token)
        for path in ("/metrics", "/api/rejects", "/v1/models", "/mcp", "/other", "/.naru/serve/token", "/api/"):
            self.get(f"nobody at {path}", path, 401, "invalid_api_key", Authorization=None)

    def logins(self):
        name, _, session = self.cookie.partition("=")
        for cookie in ("", name, name + "=", f"{name}={'0' * 64}", f"{name}={session[:-1]}", f"{name}={session}a",
                       f"{name}=\"{session}\"", f"x{name}={session}", f"{name} ={session}", f"{name}= {session}",
                       f"{name.upper()}={session}", f"{name}={'0' * 64}; {name}={session}", f"a={name}={session}",
                       f"{name}={session},{name}={session}", "; ".join(["a=b"] * 2000)):
            shown = cookie.replace("0" * 64, "ZEROS").replace(session, "SESSION")[:40]
            self.get(f"cookie {shown}", "/api/status", 401, "invalid_api_key", Authorization=None, Cookie=cookie)
        self.get("a wrong key beside a good login", "/api/status", 401, "invalid_api_key", Authorization="Bearer wrong",
                 Cookie=self.cookie)
        for query in ("", "?code", "?code=", "?code=" + "0" * 64, "?code=../token", "?code[]=a", "?Code=a",
                      "?code=%27%20or%201", "?code=" + "a" * 7000):
            self.get(f"login {query[:30]}", "/login" + query, 403, None, Authorization=None)

    def scopes(self):
        weak = "Bearer " + self.weak  # may use the models, and nothing else
        for target in ("/metrics", "/api/search?q=leave", "/api/status", "/api/documents", "/api/documents/rules.md",
                       "/api/originals/rules.md", "/api/rejects"):
            self.get(f"without the scope for {target}", target, 403, "not_allowed", Authorization=weak)
        for target in ("/api/ask", "/api/forget", "/mcp"):
            self.post(f"without the scope for {target}", target, {}, 403, "not_allowed", Authorization=weak)

    def paths(self):
        climbs = ("../etc/passwd", "..%2fetc%2fpasswd", "%2e%2e/etc/passwd", "%2e%2e%2fetc%2fpasswd", ".%2e/etc/passwd",
                  "..%5cetc", "%2e%2e%5cetc", "a/../../etc/passwd", "./rules.md", "%2e/rules.md", "rules.md/..",
                  "rules.md%00.pdf", "rules.md%0d%0aX:%20y", "%ff%fe", "%c0%ae%c0%ae/etc", "%ed%a0%80", "%f4%90%80%80",
                  "%", "%4", "%zz", "%7f")
        for front in ("/", "/api/documents/", "/api/originals/", "/assets/", "/v1/models/"):
            for climb in climbs:
                self.get(f"path {front}{climb}", front + climb, 400, "bad_request")
        for target in ("livez", "*", "http://127.0.0.1/livez", "//../livez", "/livez#a", "/livez?a=%00", "/livez?%ff",
                       "/livez?a=%", "/" + "a" * 9000, "/?" + "&".join(["a=b"] * 100)):
            self.get(f"target {target[:40]}", target, 400, "bad_request")
        for target in ("/livez/", "/LIVEZ", "//livez", "/livez;a", "/v1", "/api/documents/", "/.naru/truth.db", "/api",
                       "/api/documents/%252e%252e%252fetc%252fpasswd", "/api/originals/%252e%252e/a", "/pdf/a", "/pdf/",
                       "/api/originals//etc/passwd", "/api/originals/etc/passwd", "/api/originals/~/.ssh/id_rsa",
                       "/api/originals/.naru/serve/token", "/api/originals/naru.yaml",
                       "/api/originals/file:///etc/passwd",
                       "/api/originals/C:%5cWindows", "/assets/%252e%252e/index.html", "/assets/index.html",
                       "/api/documents/secret.md%2f", "/api/documents/...%2f...%2fetc", "/assets/"):
            self.get(f"nothing at {target}", target, 404, "not_found")

    def methods(self):
        for method in ("TRACE", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "POST", "BREW", "get"):
            self.add(f"{method} at a path of GET", head(method, "/api/status", self.fields()), 405,
                     "method_not_allowed")
        for method in ("GET", "TRACE", "PUT", "DELETE"):
            self.add(f"{method} at a path of POST", head(method, "/api/forget", self.fields()), 405,
                     "method_not_allowed")
        for override in ("X_HTTP_Method_Override", "X_Method_Override"):
            self.get(f"{override}: POST", "/api/forget", 405, "method_not_allowed", **{override: "POST"})
        self.add("CONNECT", head("CONNECT", "evil.example:443", self.fields()), 400, "bad_request")
        self.add("HEAD does not use up a login", head("HEAD", "/login?code=" + "0" * 64, self.fields()), 405, None)
        self.add("OPTIONS *", head("OPTIONS", "*", self.fields()), 400, "bad_request")
        self.get("to another protocol", "/livez", 501, "bad_request", Upgrade="h2c", Connection="Upgrade")
        self.get("to a socket", "/livez", 501, "bad_request", Upgrade="websocket", Connection="Upgrade")

    def sizes(self):
        self.get("a long field", "/livez", 431, "bad_request", X="a" * 20_000)
        self.get("a long name of a field", "/livez", 431, "bad_request", **{"X" * 20_000: "a"})
        self.get("a long cookie", "/livez", 431, "bad_request", Cookie="a=" + "b" * 20_000)
        self.get("many fields", "/livez", 431, "bad_request", **{f"X{n}": "a" for n in range(3000)})
        self.get("a long target", "/" + "a" * 20_000, 431, "bad_request")
        self.add("a long method", head("A" * 20_000, "/livez", self.fields()), 431, "bad_request")
        for target in ("/v1/embeddings", "/api/ask", "/mcp"):
            for length in ((8 << 20) + 1, 1 << 40, (1 << 64) - 1):
                self.post(f"{length} bytes at {target}", target, b"", 413, "bad_request", Content_Length=length)
        self.post("chunks without an end", "/v1/embeddings", (b"10000\r\n" + b"a" * 0x10000 + b"\r\n") * 140, 413,
                  "bad_request", Content_Length=None, Transfer_Encoding="chunked")
        self.post("who is not known sends no body", "/v1/embeddings", b"", 401, "invalid_api_key",
                  Content_Length=1000, Authorization="Bearer wrong", Expect="100-continue")

    def smuggling(self):
        """Each is followed by a second request, which must not be answered: status() sees to that."""
        second = head("GET", "/metrics", self.fields())
        ask = b'{"question": "a"}'

        def framed(what, lines, status, code="bad_request", body=b"0\r\n\r\n"):
            data = head("POST", "/api/ask", self.fields(Content_Type="application/json"))
            self.add(what, data[:-2] + lines.encode("latin-1") + b"\r\n" + body + second, status, code)

        for lines in ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                      "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
                      "Content-Length: 5\r\nContent-Length: 6\r\n", "Content-Length: 5\r\nContent-Length: 5\r\n",
                      "Content-Length: -1\r\n", "Content-Length: +5\r\n", "Content-Length: 0x10\r\n",
                      "Content-Length: 5, 5\r\n", "Content-Length: 5 5\r\n", "Content-Length: 5a\r\n",
                      "Content-Length: 1e1\r\n", "Content-Length:\r\n", "Content-Length : 5\r\n",
                      "Content-Length: 99999999999999999999999\r\n", "Transfer-Encoding : chunked\r\n",
                      "Transfer-Encoding:\x0bchunked\r\n", "X: a\r\n Transfer-Encoding: chunked\r\n Y: b\r\nA B: c\r\n",
                      "X: a\x00b\r\n", "\x00X: a\r\n", "X\r\n", ": a\r\n", " X: a\r\n:\r\n",
                      "X: a\rTransfer-Encoding: b\r\n"):
            framed(f"framing {lines!r}", lines, 400)
        for lines in ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
                      "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"):
            framed(f"framing {lines!r}", lines, 400)
        for lines in ("Transfer-Encoding: xchunked\r\n", "Transfer-Encoding: gzip, chunked\r\n",
                      "Transfer-Encoding: identity\r\n", "Transfer-Encoding: chunked, identity\r\n",
                      "Transfer-Encoding: \"chunked\"\r\n", "Transfer-Encoding: chunked;q=1\r\n"):
            framed(f"framing {lines!r}", lines, 501)
        for chunks in (b"zz\r\n", b"5\r\nab\r\n0\r\n\r\n", b"-1\r\n\r\n", b"0x5\r\nhello\r\n", b"5 \nhello\r\n",
                       b"ffffffffffffffffff\r\n", b"\r\n", b" 5\r\nhello\r\n", b"5\rhello\r\n", b"5\nhello\n0\n\n",
                       b"5\r\nhello0\r\n\r\n", b"5\r\nhello\n0\r\n\r\n"):
            framed(f"chunks {chunks!r}", "Transfer-Encoding: chunked\r\n", 400, body=chunks)
        framed("a chunk's long extension", "Transfer-Encoding: chunked\r\n", 400, body=b"5;" + b"a" * 200_000)
        # A fold is read as blanks (RFC 9112, 5.2): one reading.
        framed("a folded length", f"Content-Length:\r\n {len(ask)}\r\n", 200, None, body=ask)
        for what, lines in (("a second host", "Host: evil.example\r\n"), ("two origins", "Origin: a\r\nOrigin: b\r\n"),
                            ("a second key", "Authorization: Bearer b\r\n"),
                            ("two types", "Content-Type: text/plain\r\n")):
            framed(what, "Content-Length: 0\r\n" + lines, 400)

    def malformed(self):
        fields = "".join(f"{name}: {value}\r\n" for name, value in self.fields().items())
        for line, status in (("GET  /livez HTTP/1.1\r\n", 400), ("GET /livez  HTTP/1.1\r\n", 505),
                             ("GET /livez HTTP/2.0\r\n", 505), ("GET /livez HTTP/0.9\r\n", 505),
                             ("GET /livez HTTP/1.2\r\n", 505), ("GET /livez HTTP/1.10\r\n", 505),
                             ("GET /livez http/1.1\r\n", 505), ("GET /livez\r\n", 400), ("GET\r\n", 400),
                             ("G@T /livez HTTP/1.1\r\n", 400), (" GET /livez HTTP/1.1\r\n", 400),
                             ("GET\t/livez\tHTTP/1.1\r\n", 400), ("GET /li\x00vez HTTP/1.1\r\n", 400),
                             ("GET /livez HTTP/1.1\n", 505), ("GET /livez HTTP/1.1\r", 505),
                             ("GET /livez HTTP/1.1 a\r\n", 505), ("PRI * HTTP/2.0\r\n", 505),
                             ("/livez HTTP/1.1\r\n", 400),
                             ("GET /a\x01 HTTP/1.1\r\n", 400), ("GET /\xff HTTP/1.1\r\n", 400)):
            self.add(f"line {line!r}", f"{line}{fields}\r\n".encode("latin-1"), status, "bad_request")
        bare = f"GET /livez HTTP/1.1\n{fields}\n".replace("\r\n", "\n")
        self.add("bare line feeds", bare.encode(), 505, "bad_request")
        for data in (b"\x16\x03\x01\x02\x00\x01\x00" + b"a" * 60, b"\x00" * 100,
                     b"SSH-2.0-a\r\n", b"\xff" * 50 + b"\r\n\r\n", b"EHLO a\r\n\r\n", b"\r\n\r\n\r\nnonsense\r\n\r\n"):
            self.add(f"no HTTP {data[:12]!r}", data, 400, "bad_request")

    def types(self):
        for kind in (None, "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=a",
                     "application/jsonx", "application/json-seq", "text/json", "application/xml", "*/*",
                     "text/plain; application/json", "application/ json"):
            self.post(f"type {kind}", "/api/forget", {"doc": "rules.md"}, 415, "unsupported_media_type",
                      **{"Content-Type": kind})

    def bombs(self):
        bodies = {"deep objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP, "deep lists": b'{"a":' + b"[" * 100_000,
                  "nothing": b"", "half": b'{"question": "a"', "two": b"{}{}", "a list": b"[]", "a text": b'"a"',
                  "a number": b"1", "null": b"null", "NaN": b'{"question": NaN}', "a comment": b'{/**/"question": "a"}',
                  "a comma": b'{"question": "a",}', "single quotes": b"{'question': 'a'}",
                  "a control": b'{"q": "\x01"}',
                  "not UTF-8": b'{"question": "\xff"}', "half a pair": b'{"question": "\\ud800"}',
                  "UTF-16": '{"question": "a"}'.encode("utf-16"), "zeros": b"\x00" * 1000, "too large": b'{"a": 1e999}'}
        for what, body in bodies.items():
            for target, code in (("/api/ask", "invalid_argument"), ("/api/forget", "invalid_argument"),
                                 ("/v1/chat/completions", "invalid_json"), ("/v1/embeddings", "invalid_json")):
                self.post(f"JSON, {what}, at {target}", target, body, 400, code)

    def filters(self):
        for text in ("(", ")", "(" * 5000, "not " * 5000 + "a", "a = 'b", "a = b = c", "'; drop table documents; --",
                     "title = 'a' or 1=1", "a", "= 'a'", "a in (" + ",".join("'b'" for _ in range(20_000)) + ")",
                     "a" * 6000 + " = 'b'", "a && b", "title = 'a' and", "../../etc", "${jndi:ldap://a}", "{{7*7}}"):
            self.post(f"filter {text[:20]}", "/api/ask", {"question": "leave", "filter": text}, 400, "invalid_argument")
        quoted = {"(": "%28", "'": "a%20%3D%20%27b", "dates": "modified%20%3E%20%279999-99-99%27", "many": "%28" * 2000}
        for what, text in quoted.items():
            self.get(f"filter in an address {what}", f"/api/search?q=leave&filter={text}", 400, "invalid_argument")
        for query in ("", "?q=", "?q=leave&k=0", "?q=leave&k=-1", "?q=leave&k=99999999999999999999", "?q=leave&k=1e3",
                      "?q=leave&k=", "?q=leave&leg=feet", "?q=leave&per_document=-1"):
            self.get(f"search {query}", "/api/search" + query, 400, "invalid_argument")
        for query in ("in=other", "in=..%2f..%2fother", "in=%27%20or%201", "as_of=none", "as_of=%27"):
            self.get(f"search {query}", "/api/search?q=leave&" + query, 404, "not_found")
        # An epoch of the future never was; one that was purged is a 404.
        self.get("search as_of=999999", "/api/search?q=leave&as_of=999999", 400, "invalid_argument")

    def bodies(self):
        chat, secret = "/v1/chat/completions", SECRETS["prompt"]
        say = {"model": "stub", "messages": [{"role": "user", "content": secret}]}
        for name, value in (("n", 2), ("tools", [{}]), ("logprobs", True), ("top_p", 0.5), ("temperature", 3),
                            ("max_tokens", 0), ("max_tokens", 1 << 62), ("max_tokens", -1), ("max_tokens", "a"),
                            ("stop", ["a"] * 5), ("stop", ""), ("stop", [1]), ("seed", "a"), ("stream", 1),
                            ("response_format", {"type": "json_schema"}), ("logit_bias", {"1": 1}), ("messages", {}),
                            ("messages", []), ("messages", [1]), ("messages", [{}]), ("model", 1), ("model", None),
                            ("messages", [{"role": "root", "content": secret}]),
                            ("messages", [{"role": "user", "content": {"a": secret}}])):
            self.post(f"{name} {str(value)[:20]}", chat, say | {name: value}, 400, ...)
        for model in ("gpt-4", "naru/", "naru/other", "naru/../stub", "", "stub\n", "a" * 10_000):
            self.post(f"model {model[:20]!r}", chat, say | {"model": model}, 404, "model_not_found")
        for name in ("question", "in", "as_of", "filter"):
            for value in (1, [], {}, True):
                self.post(f"{name} {value}", "/api/ask", {"question": secret} | {name: value}, 400, "invalid_argument")

    def injections(self):
        """Nothing of what is asked becomes a line of the answer's head: status() sees to that."""
        for name in ("kb", "doc", "chunk", "page"):
            for value in ("a%0d%0aInjected:%20yes", "a%0aInjected:%20yes", "%E5%98%8A%E5%98%8DInjected:%20yes"):
                self.get(f"view {name}={value}", f"/view?{name}={value}", 303, None, Authorization=None)
        self.get("view elsewhere", "/view?doc=//evil.example", 303, None)
        self.get("a script as a document", "/api/documents/%3Cscript%3Ealert(1)%3C%2Fscript%3E", 404, "not_found")

    def agents(self):
        for what, body in (("no JSON", b"{"), ("a number", b"1"), ("no method", b'{"jsonrpc":"2.0","id":1}'),
                           ("no version", b'{"id":1,"method":"ping"}'), ("deep", b"[" * 1000)):
            self.post(f"agent {what}", "/mcp", body, 400, ...)
        for name in ("MCP-Protocol-Version", "Mcp-Method"):
            self.post(f"agent {name}", "/mcp", {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {
                "_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28",
                          "io.modelcontextprotocol/clientCapabilities": {}}}}, 400, ..., **{name: "other"})


class Attacked(serve_test.Served):
    def setUp(self):
        super().setUp()
        self.at.put("docs/canary.md", f"# Canary\n\n{SECRETS['document']} is only here.")
        self.at.run("run")
        self.weak = self.at.one("keys", "add", "weak", "--user", "kim", "--scopes", "models", "--json")["key"]
        self.code = self.said["login"].split("code=")[1]
        self.cookie = self.get("/login?code=" + self.code, token=None)[1]["Set-Cookie"].split(";")[0]

    def fields(self, **changed):
        lines = Attacks.fields(self, **changed)
        return "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value is not None)

    def send(self, data):
        """All that comes back. Who is refused early may find that nobody reads the rest: that is no failure."""
        client = socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS_MAX)
        try:
            client.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return self.rest_of(client)

    def check(self, what, data, status, code, received):
        first, _, body = received.partition(b"\r\n\r\n")
        self.assertEqual(first.split(b" ", 2)[1:2], [str(status).encode()], (what, data[:300], received[:300]))
        self.assertEqual(len(re.findall(rb"HTTP/1\.1 \d\d\d ", received)), 1, (what, received[:2000]))
        self.assertNotIn(b"\r\nInjected", first, what)
        self.assertIn(b"\r\nX-Content-Type-Options: nosniff\r\n", first, what)
        if code is None:
            return None
        error = json.loads(body)["error"]
        if code is not ...:
            self.assertEqual(error["code"], code, (what, body[:300]))
        if re.match(rb"\w+ /v1/", data) and b"cannot be read" not in body:
            self.assertEqual(set(error), {"message", "type", "param", "code"}, what)
        return self.assertTrue(error["message"], what)

    def test_each_gets_its_refusal_and_the_server_goes_on_and_tells_nobody_what_it_knows(self):
        rows = Attacks(self.port, self.token, self.weak, self.cookie).rows
        self.assertGreaterEqual(len(rows), ATTACKS_MIN)
        self.assertEqual(len({what for what, *_ in rows}), len(rows), "two rows of one name")
        refused = []
        for what, data, status, code in rows:
            with self.subTest(what):
                received = self.send(data)
                self.check(what, data, status, code, received)
                if status >= 400:
                    refused.append(received)
        self.assertEqual(self.ok("GET", "/api/search?q=leave")["hits"][0]["doc"], "rules.md")
        self.assertEqual(self.get("/api/documents/rules.md")[0], 200)  # nobody made it forget
        metrics = self.get("/metrics")[2]
        self.process.send_signal(signal.SIGTERM)
        said = b"".join(self.process.communicate(timeout=SECONDS_MAX))
        secrets = SECRETS | {"token": self.token, "key": self.weak, "code": self.code,
                             "session": self.cookie.split("=")[1]}
        for name, secret in secrets.items():
            for where, text in (("an error", b"".join(refused)), ("a metric", metrics), ("a message", said)):
                self.assertNotIn(secret.encode(), text, f"{name} in {where}")

    def test_three_hundred_mangled_requests_get_nothing_but_refusals(self):
        chance = random.Random(5)
        fine = head("POST", "/v1/chat/completions", Attacks.fields(
            self, Authorization="Bearer naru-owner-0123", Content_Type="application/json", Content_Length=2), b"{}")
        pieces = [b"\r\n", b"\n", b"\r", b" ", b":", b"\0", b"\t", b"%00", b"%2e%2e/", b"../", b"Host: a\r\n", b"\xff",
                  b"HTTP/1.1", b"Content-Length: 1\r\n", b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n", b"A" * 3000,
                  b";", b"\xe9", b"GET "]
        for number in range(300):
            data = fine
            for _ in range(chance.randint(1, 4)):
                at = chance.randrange(len(data) + 1)
                end = min(len(data), at + chance.choice((0, 0, 1, 5, 40)))
                data = data[:at] + chance.choice(pieces) + data[end:]
            client = self.raw(data, keep=True)
            client.shutdown(socket.SHUT_WR)
            for status in re.findall(rb"^HTTP/1\.1 (\d+) ", self.rest_of(client), re.M):
                self.assertIn(int(status), (400, 401, 403, 404, 405, 413, 415, 421, 431, 501, 505), (number, data))
        self.assertEqual(self.get("/livez")[0], 200)

    def test_half_requests_and_clients_that_leave_disturb_nobody(self):
        post = head("POST", "/api/ask", Attacks.fields(self, Content_Type="application/json", Content_Length=17))
        halves = (b"", b"G", b"GET /livez HTTP/1.1\r\n", b"GET /livez HTTP/1.1\r\nHost: 127", post, post + b'{"quest')
        open_ones = [self.raw(data, keep=True) for data in halves * 20]
        self.assertEqual(self.get("/livez")[0], 200)
        for client in open_ones[1::3]:  # a byte now and then
            client.sendall(b"E")
        self.ok("GET", "/api/search?q=leave")
        for client in open_ones[::2]:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # ends with a reset
        for client in open_ones:
            client.close()
        self.assertEqual(self.get("/livez")[0], 200)

    def test_requests_may_follow_each_other_on_one_connection(self):
        one = head("GET", "/livez", Attacks.fields(self, Connection=None))
        last = head("GET", "/readyz", Attacks.fields(self))
        self.assertEqual(self.raw(one * 20 + last).count(b"HTTP/1.1 200 OK"), 21)
        fields = Attacks.fields(self, Content_Type="application/json", Transfer_Encoding="chunked")
        pieces = (b'{"quest', b'ion": "a"}')
        chunks = b"".join(b"%x;a=b\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\nTrailer: a\r\n\r\n"
        self.assertTrue(self.raw(head("POST", "/api/ask", fields, chunks)).startswith(b"HTTP/1.1 200 OK"))
        body = json.dumps(self.chat("hello there", stream=True)).encode()
        old = head("POST", "/v1/chat/completions", Attacks.fields(
            self, Content_Type="application/json", Content_Length=len(body)), body).replace(b"HTTP/1.1", b"HTTP/1.0")
        answer = self.raw(old)
        self.assertNotIn(b"Transfer-Encoding", answer)
        self.assertTrue(answer.endswith(b"data: [DONE]\n\n"), answer)


if __name__ == "__main__":
    contract.main(sys.modules["__main__"], "attacks")
