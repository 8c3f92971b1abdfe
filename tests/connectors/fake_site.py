"""A web site in this process, which changes and fails as its test wants."""
import hashlib
import time
from http.server import BaseHTTPRequestHandler


class Site:
    def __init__(self):
        self.pages = {}     # path: (status, type, bytes, headers)
        self.requests = []  # (path, status), in order
        self.faults = {}    # path: "half", "hang", "drop"
        self.agents = set()

    def put(self, path, text, status=200, kind="text/html; charset=utf-8", **headers):
        data = text if isinstance(text, bytes) else text.encode()
        self.pages[path] = (status, kind, data, {name.replace("_", "-"): value for name, value in headers.items()})

    def asked(self, path):
        return [status for asked, status in self.requests if asked == path]


def handler(site):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def handle(self):
            try:
                super().handle()
            except ConnectionError:  # a client that had enough, or was killed
                pass

        def do_GET(self):
            site.agents.add(self.headers.get("User-Agent"))
            fault = site.faults.get(self.path)
            status, kind, data, headers = site.pages.get(self.path, (404, "text/plain", b"no such page", {}))
            tag = '"' + hashlib.md5(data).hexdigest() + '"'
            dated = headers.get("Last-Modified")
            since = self.headers.get("If-Modified-Since")
            same = self.headers.get("If-None-Match") == tag or (dated and since == dated)
            if status == 200 and same:
                status, data = 304, b""
            site.requests.append((self.path, fault or status))
            if fault == "drop":
                self.connection.close()
                return
            if fault == "hang":
                time.sleep(3)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if not dated:
                self.send_header("ETag", tag)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[:len(data) // 2] if fault == "half" else data)
            if fault == "half":
                self.close_connection = True

    return Handler
