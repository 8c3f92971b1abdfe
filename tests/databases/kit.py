"""What the tests of databases share: servers, a flow in a folder of its own, and the program that runs it."""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOBODY = 65534
SECONDS_MAX = 120
SEQUENCES = int(os.environ.get("NARU_SEQUENCES", "6"))
SKIPPED = 77  # the exit code of a test whose server is not here


class DatabaseServer:
    """A server on a free port, in a folder of its own, ended by its process id; as root it runs as nobody."""
    ends_with = signal.SIGKILL

    def __init__(self, name, mode):
        self.at = tempfile.TemporaryDirectory(prefix=f"naru-{name}-")
        self.data = Path(self.at.name) / "data"
        self.port = free_port()
        self.process = None
        os.chmod(self.at.name, 0o755)
        self.data.mkdir(mode=mode)
        if os.geteuid() == 0:
            os.chown(self.data, NOBODY, NOBODY)

    def make_data(self, command, **options):
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              check=False, **options)
        if done.returncode != 0:
            raise RuntimeError(done.stdout.decode(errors="replace"))

    def answers(self):
        raise NotImplementedError

    def start_by(self, command, **options):
        self.log = open(Path(self.at.name) / "log", "ab")
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                                        start_new_session=True, **options)
        for _ in range(SECONDS_MAX * 10):  # to start; 6 s on a busy machine
            if self.answers():
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError((Path(self.at.name) / "log").read_text(errors="replace"))

    def stop(self, how=None):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how or self.ends_with)
            self.process.wait(SECONDS_MAX)
        self.log.close()

    def close(self):
        self.stop()
        self.at.cleanup()


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


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

    def run_beside(self, has_begun, files):
        """A run of the same flow from another folder while one waits here, which is killed then."""
        with subprocess.Popen([self.program, "run"], cwd=self.at, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as first:
            for _ in range(600):
                if has_begun():
                    break
                time.sleep(0.05)
            other = self.at / "other"
            other.mkdir()
            for name in files:
                (other / name).write_bytes((self.at / name).read_bytes())
            second = subprocess.run([self.program, "run"], cwd=other, stdout=subprocess.PIPE,
                                    stderr=subprocess.STDOUT, check=False)
            first.kill()
        return second

    def assert_turned_away(self, second):
        self.assertEqual(second.returncode, 75, second.stdout)
        self.assertIn(b"another run writes the table t", second.stdout)
        for _ in range(100):  # until the server has noticed that the first one is gone
            self.naru("run", exits=None)
            if "another run writes" not in self.said:
                break
            time.sleep(0.1)

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
