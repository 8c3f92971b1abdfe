"""What the tests of connectors share: a folder with a naru.yaml, the program in it, servers in this process."""
import json
import os
import subprocess
import sys
import tempfile
import threading
from http.server import ThreadingHTTPServer
from pathlib import Path


class Workspace:
    def __init__(self, program, config):
        self.program, self.temporary = program, tempfile.TemporaryDirectory(prefix="naru-connectors-")
        self.folder = Path(self.temporary.name)
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("NARU_")}
        self.env.update(HOME=str(self.folder), LC_ALL="C.UTF-8", NO_COLOR="1", NARU_MODELS=str(self.folder / "models"))
        self.configure(config)

    def configure(self, config):
        (self.folder / "naru.yaml").write_text(config, encoding="utf-8")

    def naru(self, *arguments, code=0):
        done = subprocess.run([self.program, *arguments], cwd=self.folder, env=self.env, capture_output=True,
                              timeout=300)
        self.stderr = done.stderr.decode("utf-8", "replace")
        lines = done.stdout.decode("utf-8").splitlines()
        self.events = [json.loads(line) for line in lines if line.startswith("{")]
        if code is not None and done.returncode != code:
            raise AssertionError(f"naru {' '.join(arguments)}: exit {done.returncode}, expected {code}\n"
                                 f"{self.stderr}\n" + "\n".join(lines[-20:]))
        return self.events[-1] if self.events else {}

    def run(self, code=0, **expected):
        """A run; `expected` are counts of its items."""
        items = self.naru("run", "--json", "--accept-removals", code=code)["items"]
        for name, count in expected.items():
            if items[name] != count:
                raise AssertionError(f"{name} is {items[name]}, expected {count}: {items}\n{self.stderr}{self.events}")
        return items

    def documents(self):
        self.naru("dump", "--json")
        return sorted(event["doc"] for event in self.events if event["kind"] == "doc")


class Server:
    """`handler` on a free loopback port until the end of the block."""

    def __init__(self, handler):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def main(tests):
    """Runs the functions with the program named on the command line; exit 77 where a test was skipped."""
    skipped = False
    for test in tests:
        reason = test(os.path.abspath(sys.argv[1]))
        skipped = skipped or bool(reason)
        print(f"{'skipped' if reason else 'passed'}: {test.__name__}{': ' + reason if reason else ''}", flush=True)
    sys.exit(77 if skipped else 0)
