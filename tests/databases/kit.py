"""What the tests of databases share: a flow in a folder of its own, and the program that runs it."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SECONDS_MAX = 120
SEQUENCES = int(os.environ.get("NARU_SEQUENCES", "6"))
SKIPPED = 77  # the exit code of a test whose server is not here


class FlowCase(unittest.TestCase):
    program = None  # set by main()

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.at = Path(folder.name)

    def configure(self, source, target, steps="[]", name="f", models=""):
        (self.at / "naru.yaml").write_text(
            f"{models}flows:\n  {name}:\n    source: {source}\n    steps: {steps}\n    target: {target}\n")

    def naru(self, *words, env=None, exits=0):
        done = subprocess.run([self.program, *words], cwd=self.at, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=SECONDS_MAX, check=False,
                              env={k: v for k, v in os.environ.items() if not k.startswith("NARU_")} | (env or {}))
        self.said = done.stdout.decode() + done.stderr.decode()
        if exits is not None:
            self.assertEqual(done.returncode, exits, self.said)
        return [json.loads(line) for line in done.stdout.decode().splitlines() if line.startswith("{")]

    def done(self, *words, exits=0, env=None):
        """The last line of a run."""
        events = self.naru("run", "--json", *words, exits=exits, env=env)
        return next(event for event in reversed(events) if event["event"] == "done")

    def run_flow(self, *words, exits=0, env=None):
        return self.done(*words, exits=exits, env=env)["items"]

    def put(self, rows):
        (self.at / "in.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))

    def take_example(self, name):
        shutil.copytree(ROOT / "examples" / name, self.at, dirs_exist_ok=True)
        return (self.at / "setup.sql").read_text() if (self.at / "setup.sql").exists() else ""

    def found_in_example(self, env):
        """Runs the example twice: all of it, and nothing again; then finds the article on leave first."""
        self.assertEqual(self.run_flow(env=env)["added"], 2)
        self.assertEqual(self.run_flow(env=env)["unchanged"], 2)
        return self.naru("search", "남은 휴가", "--json", env=env)[-1]["hits"][0]["doc"]

    def lines(self):
        return [json.loads(line) for line in (self.at / "out.jsonl").read_text().splitlines()]


def main(program):
    FlowCase.program = os.path.abspath(program)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # servers are ended at exit
    unittest.main()
