#!/usr/bin/env python3
"""Holds `naru serve` beyond this machine to its promises: TLS, the names it is called by, proxies in front.

usage: tests/serve/tls_test.py PROGRAM [-v] [TestCase.test...]      Python 3 and the command openssl.
"""
import http.client
import json
import signal
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import serve_test  # noqa: E402
from serve_test import contract  # noqa: E402
from serve_test import SECONDS_MAX  # noqa: E402

NAME = "naru.example.org"


class Tls(serve_test.Served):
    """Listens at every address of this machine, as in a container, with a certificate for one name."""

    OPTIONS = ("--listen", "0.0.0.0:0", "--tls-cert", "cert.pem", "--tls-key", "key.pem", "--host", NAME)

    def setUp(self):
        contract.Contract.setUp(self)
        self.at.put("docs/rules.md", serve_test.RULES)
        self.at.run("run")
        self.make_certificate("cert.pem", "key.pem")
        self.start()

    def make_certificate(self, certificate, key):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "30", "-subj", "/CN=" + NAME, "-addext", f"subjectAltName=DNS:{NAME},IP:127.0.0.1",
                        "-keyout", key, "-out", certificate],
                       cwd=self.at.folder, check=True, capture_output=True, timeout=SECONDS_MAX)

    def open(self, **limits):
        """A connection that was greeted, with the certificate checked."""
        context = ssl.create_default_context(cafile=str(self.at.folder / "cert.pem"))
        for name, value in limits.items():
            if name == "ciphers":
                context.set_ciphers(value)
            else:
                setattr(context, name, value)
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS_MAX)
        self.addCleanup(plain.close)
        return context.wrap_socket(plain, server_hostname=NAME)

    def call(self, method, path, body=None, token="", headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.sock = self.open()
        sent = {"Host": f"{NAME}:{self.port}"} | (headers or {})
        if token is not None:
            sent["Authorization"] = "Bearer " + (token or self.token)
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
            body = json.dumps(body).encode()
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer.status, answer.headers, data

    def test_a_client_that_checks_the_certificate_searches_asks_and_streams(self):
        self.assertEqual(self.said["address"], f"https://{NAME}:{self.port}")
        self.assertEqual(self.ok("GET", "/api/search?q=leave")["hits"][0]["doc"], "rules.md")
        names = [name for name, _ in self.events("/api/ask", {"question": serve_test.QUESTION})]
        self.assertEqual((names[0], names[-1]), ("evidence", "answer"))
        many = {"model": "stub", "input": ["a page of text " * 100] * 400}  # longer than a record of TLS, both ways
        self.assertEqual(len(self.ok("POST", "/v1/embeddings", many)["data"]), 400)

    def test_requests_follow_each_other_and_may_be_sent_ahead(self):
        client = self.open()
        one = f"GET /livez HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode()
        for _ in range(3):  # in turn
            client.sendall(one)
            self.assertTrue(client.recv(65536).endswith(b"ok\n"))
        last = one[:-2] + b"Connection: close\r\n\r\n"
        for byte in one + one[:40]:  # in pieces
            client.sendall(bytes([byte]))
        client.sendall(one[40:] + one * 20 + last)
        received = b""
        while piece := client.recv(65536):  # raises unless the server says that this was all
            received += piece
        self.assertEqual(received.count(b"HTTP/1.1 200 OK"), 23)

    def test_nothing_older_than_tls_1_2_and_no_weak_cipher_is_spoken(self):
        self.assertEqual(self.open().version(), "TLSv1.3")
        two = self.open(maximum_version=ssl.TLSVersion.TLSv1_2)
        self.assertRegex(two.cipher()[0], r"^ECDHE-ECDSA-(AES\d+-GCM|CHACHA20)")
        self.assertFalse(two.session.has_ticket)  # nothing is taken up again
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            self.open(minimum_version=ssl.TLSVersion.TLSv1, maximum_version=ssl.TLSVersion.TLSv1_1,
                      ciphers="ALL:@SECLEVEL=0")
        for ciphers in ("AES128-SHA:@SECLEVEL=0", "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0"):
            with self.assertRaises((ssl.SSLError, ConnectionError)):
                self.open(maximum_version=ssl.TLSVersion.TLSv1_2, ciphers=ciphers)

    def test_what_is_no_tls_gets_nothing_and_disturbs_nobody(self):
        kept = []
        for data in (b"", b"GET /livez HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x40\x00" + b"a" * 100, b"\x00" * 500,
                     b"\x16\x03\x01\x00\x05\x01\xff\xff\xff\xff"):
            client = socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS_MAX)
            self.addCleanup(client.close)
            client.sendall(data)
            kept.append(client)
        self.assertNotIn(b"HTTP/1.1 200", self.rest_of(kept[1]))
        self.assertEqual(self.get("/livez")[0], 200)
        half = self.open()
        half.sendall(b"GET /livez HTTP/1.1\r\n")
        half.close()
        self.assertEqual(self.get("/livez")[0], 200)

    def test_only_given_names_and_those_of_this_machine_are_answered(self):
        for host, status in ((NAME, 200), (f"{NAME}:{self.port}", 200), (f"127.0.0.1:{self.port}", 200),
                             (f"localhost:{self.port}", 200), ("evil.example", 421), (f"{NAME}:1", 421),
                             (f"a.{NAME}", 421), (NAME + ".", 421), ("127.0.0.1", 421), ("0.0.0.0", 421)):
            self.assertEqual(self.get("/livez", headers={"Host": host})[0], status, host)
        for origin, status in ((f"https://{NAME}", 200), (f"http://{NAME}", 403), ("https://evil.example", 403),
                               (f"https://127.0.0.1:{self.port}", 403), ("null", 403)):
            self.assertEqual(self.get("/livez", headers={"Host": NAME, "Origin": origin})[0], status, origin)

    def test_cookies_go_by_tls_alone_and_browsers_are_told_to_come_so(self):
        self.assertTrue(self.said["login"].startswith(f"https://{NAME}:{self.port}/login?code="))
        status, headers, _ = self.get("/login?" + self.said["login"].split("?")[1], token=None)
        self.assertEqual(status, 303)
        self.assertRegex(headers["Set-Cookie"], r"^__Host-naru_session=\w+; .*; Secure$")
        session = {"Cookie": headers["Set-Cookie"].split(";")[0]}
        self.assertEqual(self.get("/api/status", token=None, headers=session)[0], 200)
        renamed = {"Cookie": session["Cookie"].replace("__Host-", "")}
        self.assertEqual(self.get("/api/status", token=None, headers=renamed)[0], 401)
        for path, status in (("/livez", 200), ("/other", 404)):
            got, headers, _ = self.get(path)
            self.assertEqual((got, headers["Strict-Transport-Security"]), (status, "max-age=31536000"))
        for host in (f"localhost:{self.port}", f"127.0.0.1:{self.port}", "evil.example"):
            self.assertIsNone(self.get("/livez", headers={"Host": host})[1]["Strict-Transport-Security"], host)

    def test_links_of_citations_lead_where_the_client_came_from(self):
        answer = self.ok("POST", "/v1/chat/completions", {
            "model": "naru/handbook", "messages": [{"role": "user", "content": serve_test.QUESTION}]})
        cited = answer["choices"][0]["message"]["annotations"][0]["url_citation"]
        self.assertTrue(cited["url"].startswith(f"https://{NAME}:{self.port}/view?"), cited)

    def test_a_certificate_that_was_replaced_is_taken_without_a_restart(self):
        def shown():
            plain = ssl._create_unverified_context()  # whatever it is
            with socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS_MAX) as below:
                with plain.wrap_socket(below, server_hostname=NAME) as client:
                    return client.getpeercert(binary_form=True)

        def comes(wanted):
            for _ in range(serve_test.POLLS_MAX):
                if shown() == wanted:
                    return True
                time.sleep(0.1)
            return False

        def installed():
            return ssl.PEM_cert_to_DER_cert((self.at.folder / "cert.pem").read_text())

        kept, first = self.open(), installed()
        self.assertEqual(shown(), first)
        self.make_certificate("cert.pem", "key.pem")
        second = installed()
        self.assertTrue(comes(second))
        self.at.put("cert.pem", "no certificate")
        self.assertIn(b"stays", next(line for line in self.process.stderr if b"cert.pem" in line))
        self.assertEqual(shown(), second)
        kept.sendall(f"GET /livez HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())  # greeted with the first
        self.assertTrue(kept.recv(65536).endswith(b"ok\n"))

    def test_asked_to_stop_it_ends(self):
        idle, greeting = self.open(), socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS_MAX)
        self.addCleanup(greeting.close)
        self.assertEqual(self.get("/livez")[0], 200)
        self.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.process.wait(SECONDS_MAX), 0)
        idle.close()

    def test_mistakes_are_named_before_anything_listens(self):
        self.make_certificate("other.pem", "other-key.pem")
        self.at.put("text.pem", "no certificate")
        name = ("--host", NAME)
        for options, words in (
                (("--listen", "0.0.0.0:0"), "--tls-cert"),
                (("--listen", "192.168.0.1:8443", *name), "--tls-cert"),
                (("--listen", "0.0.0.0:0", "--tls-cert", "cert.pem"), "go together"),
                (("--listen", "0.0.0.0:0", "--tls-cert", "cert.pem", "--tls-key", "key.pem"), "--host"),
                (("--listen", "0.0.0.0:0", "--behind-proxy"), "--host"),
                (("--behind-proxy",), "--host"),
                (("--behind-proxy", "--tls-cert", "cert.pem", "--tls-key", "key.pem", *name), "leave out"),
                (("--listen", "example.org:0", "--behind-proxy", *name), "not an address"),
                (("--tls-cert", "cert.pem", "--tls-key", "other-key.pem"), "other-key.pem"),
                (("--tls-cert", "text.pem", "--tls-key", "key.pem"), "text.pem"),
                (("--tls-cert", "none.pem", "--tls-key", "key.pem"), "none.pem"),
                (("--host", "https://naru.example.org"), "https://"),
                (("--host", "Naru.example.org"), "small letters")):
            said = self.at.run("serve", *options, expect=78)
            self.assertIn(words, said.stderr.decode(), options)


class BehindProxy(serve_test.Served):
    """What stands in front speaks TLS; here the test is it."""

    OPTIONS = ("--listen", "127.0.0.1:0", "--behind-proxy", "--host", NAME)

    def test_addresses_cookies_and_origins_are_those_of_the_proxy(self):
        self.assertTrue(self.said["login"].startswith(f"https://{NAME}/login?code="))
        host = {"Host": NAME}
        status, headers, _ = self.get("/login?" + self.said["login"].split("?")[1], token=None, headers=host)
        self.assertEqual(status, 303)
        self.assertRegex(headers["Set-Cookie"], r"^__Host-naru_session=.*; Secure$")
        self.assertEqual(headers["Strict-Transport-Security"], "max-age=31536000")
        self.assertEqual(self.get("/livez", headers=host | {"Origin": "https://" + NAME})[0], 200)
        self.assertEqual(self.get("/livez", headers=host | {"Origin": "http://" + NAME})[0], 403)
        self.assertEqual(self.get("/api/status", token=None, headers=host)[0], 401)
        for header in ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Forwarded"):  # anybody may write these
            self.assertEqual(self.get("/api/status", token=None, headers=host | {header: "127.0.0.1"})[0], 401)


if __name__ == "__main__":
    contract.main(sys.modules["__main__"], "tls")
