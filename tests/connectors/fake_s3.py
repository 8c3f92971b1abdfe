"""A store that speaks as S3 does, in this process: small pages, and faults on request. It believes any signature; the
real test of those is moto (s3_test.py)."""
import email.utils
import hashlib
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler
from xml.sax.saxutils import escape


class Store:
    def __init__(self):
        self.objects = {}  # key: (bytes, metadata)
        self.written = {}  # key: when, seconds since 1970; 0 unless it was by a request
        self.conditions = True  # a put is held to them
        self.uploads = {}
        self.page_keys = 2
        self.fail = {}     # key, or "list": a list of what happens next: 500, "half", "cut", "change"
        self.requests = []

    def put(self, key, text):
        self.objects[key] = (text.encode() if isinstance(text, str) else text, {})


def etag(data):
    return '"' + hashlib.md5(data).hexdigest() + '"'


def handler(store):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def parts(self):
            url = urllib.parse.urlsplit(self.path)
            _, _, key = url.path.lstrip("/").partition("/")
            return urllib.parse.unquote(key), dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))

        def body(self):
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))

        def answer(self, status, data=b"", headers=(), length=None):
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data) if length is None else length))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

        def refuse(self, status, code):
            self.answer(status, f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode())

        def fault(self, name):
            faults = store.fail.get(name)
            return faults.pop(0) if faults else None

        def do_HEAD(self):
            self.do_GET()

        def do_GET(self):
            key, query = self.parts()
            store.requests.append((self.command, key, self.headers.get("Range")))
            if not key:
                return self.list_keys(query)
            fault = self.fault(key)
            if fault == 500:
                return self.refuse(500, "InternalError")
            if key not in store.objects:
                return self.refuse(404, "NoSuchKey")
            data, metadata = store.objects[key]
            if "If-Match" in self.headers and self.headers["If-Match"] != etag(data):
                return self.refuse(412, "PreconditionFailed")
            headers = [("ETag", etag(data)), *metadata.items(),
                       ("Last-Modified", email.utils.formatdate(store.written.get(key, 0), usegmt=True))]
            status, part = 200, data
            if "Range" in self.headers:
                first, last = (int(end) for end in self.headers["Range"].removeprefix("bytes=").split("-"))
                part, status = data[first:last + 1], 206
                headers.append(("Content-Range", f"bytes {first}-{last}/{len(data)}"))
            if fault == "half":  # and the connection ends
                self.close_connection = True
                return self.answer(status, part[:len(part) // 2], headers, len(part))
            self.answer(status, part, headers, len(part))
            if fault == "change":
                store.put(key, data[::-1])

        def list_keys(self, query):
            fault = self.fault("list")
            if fault == 500:
                return self.refuse(503, "SlowDown")
            keys = [key for key in sorted(store.objects) if key.startswith(query.get("prefix", ""))]
            start = int(query.get("continuation-token", 0))
            page = keys[start:start + store.page_keys]
            more = start + len(page) < len(keys)
            contents = "".join(
                f"<Contents><Key>{urllib.parse.quote(key)}</Key><ETag>{escape(etag(store.objects[key][0]))}</ETag>"
                f"<Size>{len(store.objects[key][0])}</Size><LastModified>2026-01-02T03:04:05.000Z</LastModified>"
                "</Contents>" for key in page)
            token = f"<NextContinuationToken>{start + len(page)}</NextContinuationToken>" if more else ""
            text = (f"<?xml version=\"1.0\"?><ListBucketResult><IsTruncated>{str(more).lower()}</IsTruncated>{token}"
                    f"{contents}</ListBucketResult>")
            self.answer(200, (text[:len(text) // 2] if fault == "cut" else text).encode())

        def holds(self, key):
            if not store.conditions:
                return True
            there = store.objects.get(key)
            if self.headers.get("If-None-Match") == "*" and there:
                return False
            return "If-Match" not in self.headers or (there and self.headers["If-Match"] == etag(there[0]))

        def metadata(self):
            return {name: value for name, value in self.headers.items() if name.lower().startswith("x-amz-meta-")}

        def do_PUT(self):
            key, query = self.parts()
            data = self.body()
            store.requests.append(("PUT", key, query.get("partNumber")))
            if self.fault(key) == 500:
                return self.refuse(500, "InternalError")
            if "uploadId" in query:
                store.uploads[query["uploadId"]][1][int(query["partNumber"])] = data
            elif not self.holds(key):
                return self.refuse(412, "PreconditionFailed")
            else:
                store.objects[key] = (data, self.metadata())
                store.written[key] = time.time()
            self.answer(200, headers=[("ETag", etag(data))])

        def do_POST(self):
            key, query = self.parts()
            self.body()
            store.requests.append(("POST", key, "uploads" if "uploads" in query else "complete"))
            if "uploads" in query:
                name = str(len(store.uploads))
                store.uploads[name] = (self.metadata(), {})
                return self.answer(200, f"<R><UploadId>{name}</UploadId></R>".encode())
            if not self.holds(key):
                return self.refuse(412, "PreconditionFailed")
            metadata, parts = store.uploads.pop(query["uploadId"])
            store.objects[key] = (b"".join(parts[number] for number in sorted(parts)), metadata)
            self.answer(200, b"<CompleteMultipartUploadResult/>")

        def do_DELETE(self):
            key, query = self.parts()
            if "uploadId" in query:
                store.uploads.pop(query["uploadId"], None)
            elif not self.holds(key):
                return self.refuse(412, "PreconditionFailed")
            else:
                store.objects.pop(key, None)
            self.answer(204)

    return Handler
