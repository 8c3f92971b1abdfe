"""A model hub on loopback that behaves well or badly, as the path says. For tests.

usage: fake_hub.py FOLDER     prints `port N`, then serves until it is killed. Python 3, nothing else.

/ok/NAME        the file, with ranges               /no-ranges/NAME  the file, always whole
/redirect/NAME  302 to /ok/NAME                     /loop/NAME       302 to itself
/wrong/NAME     the file with its last byte turned  /missing/NAME    404
/broken/NAME    breaks off after half of what was asked for, so that ranges get it in the end
/dead/NAME      breaks off before the first byte    /error/NAME      500
/busy/NAME      429 with Retry-After: 1 once, then the file
/slow/NAME      one byte a second                   /shifted/NAME    answers a range with another one
/count          how many requests came, as text
"""
import http.server
import os
import re
import sys
import threading

FOLDER = sys.argv[1]
state = {"count": 0, "busy": set()}
lock = threading.Lock()


class Hub(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def file(self, body, ranges=True, breaks=False, shift=0):
        start, status = 0, 200
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if asked and ranges:
            start, status = int(asked.group(1)), 206
            if start >= len(body):
                return self.answer(416)
            start -= min(shift, start)
        rest = body[start:]
        self.send_response(status)
        if status == 206:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        if breaks and len(rest) > 1:
            self.wfile.write(rest[:(len(rest) + 1) // 2])
            self.close_connection = True
        else:
            self.wfile.write(rest)

    def do_GET(self):
        with lock:
            state["count"] += 1
        if self.path == "/count":
            return self.answer(200, str(state["count"]).encode())
        _, how, name = (self.path.split("/", 2) + ["", ""])[:3]
        path = os.path.join(FOLDER, os.path.basename(name))
        if how == "missing" or not os.path.isfile(path):
            return self.answer(404, b"no such file")
        if how == "redirect":
            return self.answer(302, b"over there", [("Location", "/ok/" + name)])
        if how == "loop":
            return self.answer(302, b"", [("Location", self.path)])
        if how == "error":
            return self.answer(500, b"out of order")
        if how == "dead":
            self.close_connection = True
            return None
        with open(path, "rb") as file:
            body = file.read()
        if how == "busy":
            with lock:
                first = name not in state["busy"]
                state["busy"].add(name)
            if first:
                return self.answer(429, b"busy", [("Retry-After", "1")])
        if how == "wrong":
            body = body[:-1] + bytes([body[-1] ^ 1])
        if how == "slow":
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            for at in range(len(body)):
                self.wfile.write(body[at:at + 1])
                self.wfile.flush()
                threading.Event().wait(1)
            return None
        return self.file(body, ranges=how != "no-ranges", breaks=how == "broken", shift=1 if how == "shifted" else 0)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
server.daemon_threads = True
print("port", server.server_address[1], flush=True)
server.serve_forever()
