r"""An endpoint of OpenAI's protocol on loopback that behaves well or badly, as the path says. For tests.

usage: fake_endpoint.py     prints `port N`, then serves until it is killed. Python 3, nothing else.

The address is http://127.0.0.1:N/SCENARIO/v1. A text's vector is (its bytes, 3 x its vowels, 1, ...), 4 dimensions.
  good        floats, in order; chat streams "Hello, " "world." with usage
  slow-start  the same after 3 s       base64      vectors as base64, in reversed order
  key         wants the key "sk-right"; repeats what it got
  few         one vector too few       other-dims  5 dimensions from the second request on
  zeros       vectors of zeros         nan         text where numbers should be
  html        a page, status 200       broken      JSON that breaks off
  busy        429, Retry-After: 1, once per path; then as good      full  429 always, Retry-After: 3600
  down        500                      unknown     404 for each model; /models lists two
  plain       chat does not stream     cut         the stream breaks off after a piece
  gives-up    an error event           no-usage    as good, without usage
  strict      400 for max_tokens and stream_options, one after the other
  drips       chat streams a word each 50 ms, max_tokens of them; /log says {"left": N} where the client left after N
  raw         chat streams with \r\n, comments and events of several lines
/log          the bodies of all requests, one JSON a line
"""
import base64
import http.server
import json
import struct
import threading

state = {"log": [], "busy": set(), "requests": {}}
lock = threading.Lock()


def vector(text, dims=4):
    values = [float(len(text.encode())), 3.0 * sum(c in "aeiou" for c in text), 1.0] + [0.5] * dims
    return values[:dims]


class Endpoint(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body, kind="application/json", headers=()):
        if not isinstance(body, (str, bytes)):
            body = json.dumps(body, ensure_ascii=False)
        if isinstance(body, str):
            body = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def stream(self, pieces):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in pieces:
            if piece is None:
                self.close_connection = True
                return
            data = piece.encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def do_GET(self):
        if self.path == "/log":
            with lock:
                lines = [json.dumps(row, ensure_ascii=False) for row in state["log"]]
            return self.answer(200, "\n".join(lines), "text/plain")
        if self.path == "/unknown/v1/models":
            return self.answer(200, {"data": [{"id": "model-a"}, {"id": "model-b"}]})
        return self.answer(404, {"error": {"message": "not found"}})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        scenario = self.path.split("/")[1]
        with lock:
            state["log"].append({"path": self.path, "body": body})
            count = state["requests"][scenario] = state["requests"].get(scenario, 0) + 1
        if scenario == "key" and self.headers.get("Authorization") != "Bearer sk-right":
            got = self.headers.get("Authorization", "nothing")
            return self.answer(401, {"error": {"message": f"Incorrect API key provided: {got}."}})
        if scenario == "unknown":
            return self.answer(404, {"error": {"message": f"The model {body['model']} does not exist"}})
        if scenario == "down":
            return self.answer(500, "out of order", "text/plain")
        if scenario == "html":
            return self.answer(200, "<html><body>Welcome</body></html>", "text/html")
        if scenario == "broken":
            return self.answer(200, '{"data": [{"embedding": [0.1, 0.')
        if scenario == "full":
            return self.answer(429, {"error": {"message": "quota"}}, headers=[("Retry-After", "3600")])
        if scenario == "busy":
            with lock:
                first = self.path not in state["busy"]
                state["busy"].add(self.path)
            if first:
                return self.answer(429, {"error": "slow down"}, headers=[("Retry-After", "1")])
        if scenario == "slow-start":
            threading.Event().wait(3)
        if self.path.endswith("/embeddings"):
            return self.embeddings(scenario, body, count)
        return self.chat(scenario, body)

    def embeddings(self, scenario, body, count):
        dims = 5 if scenario == "other-dims" and count > 1 else 4
        rows = [{"object": "embedding", "index": i, "embedding": vector(text, dims)}
                for i, text in enumerate(body["input"])]
        if scenario == "base64":
            for row in rows:
                row["embedding"] = base64.b64encode(struct.pack(f"<{dims}f", *row["embedding"])).decode()
            rows.reverse()
        if scenario == "few":
            rows.pop()
        if scenario == "zeros":
            rows[0]["embedding"] = [0.0] * dims
        if scenario == "nan":
            rows[0]["embedding"] = ["a"] * dims
        return self.answer(200, {"object": "list", "data": rows, "usage": {"prompt_tokens": 3}})

    def drip(self, delta, count):
        given = 0

        def words():
            nonlocal given
            for given in range(1, count + 1):
                threading.Event().wait(0.05)
                yield delta(f"word{given} ")
            yield delta(None, "length")
            yield "data: [DONE]\n\n"

        try:
            self.stream(words())
        except OSError:
            with lock:
                state["log"].append({"path": self.path, "left": given})

    def chat(self, scenario, body):
        if scenario == "strict":
            for name, instead in (("max_tokens", "use max_completion_tokens instead"), ("stream_options", "sorry")):
                if name in body:
                    return self.answer(400, {"error": {"message": f"Unsupported parameter: {name}; {instead}"}})
        usage = {"prompt_tokens": 11, "completion_tokens": 5}
        if scenario == "plain":
            choice = {"message": {"content": "Hello, world."}, "finish_reason": "stop"}
            return self.answer(200, {"choices": [choice], "usage": usage})

        def event(value):
            return "data: " + json.dumps(value, ensure_ascii=False) + "\n\n"

        def delta(content, reason=None):
            return event({"choices": [{"index": 0, "delta": {"content": content}, "finish_reason": reason}]})

        if scenario == "cut":
            return self.stream([delta("Hello, "), None])
        if scenario == "gives-up":
            return self.stream([delta("Hello, "), event({"error": {"message": "out of memory"}})])
        if scenario == "raw":
            return self.stream([": ping\r\n\r\n", 'event: x\r\nid: 1\r\ndata: {"choices": [{"delta":\r\nda',
                                'ta: {"content": "안녕"}}]}\r', '\n\r\n', "data: [DONE]"])
        if scenario == "drips":
            return self.drip(delta, body.get("max_tokens", 16))
        pieces = [event({"choices": [{"delta": {"role": "assistant", "content": None}}]}), delta("Hello, "),
                  delta("world."), delta(None, "length" if body.get("max_tokens") == 3 else "stop")]
        if scenario != "no-usage":
            pieces.append(event({"choices": [], "usage": usage}))
        return self.stream(pieces + ["data: [DONE]\n\n"])


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
server.daemon_threads = True
print("port", server.server_address[1], flush=True)
server.serve_forever()
