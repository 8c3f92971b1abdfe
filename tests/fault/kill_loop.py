#!/usr/bin/env python3
"""Kills `naru run` with SIGKILL at random moments of ingest, update and delete, and holds the store to its promises.

    kill_loop.py --naru build/release/naru --kills 100 [--seed 1] [--documents 240] [--keep]

After every kill, without any repair: `naru verify` is clean; whatever a commit event said is in `naru dump`, or
something later of the same document; every chunk is found by both legs; no worker outlives its parent. At the end an
undisturbed run leaves what a run from scratch makes, line by line.

A quarter of the kills fall on a named failpoint within a commit, the others anywhere, also while the store recovers
from the kill before. The folder is changed between the runs and sometimes while one runs.
"""
import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

CONFIGURATION = """\
models:
  embed: {stub: {}}
flows:
  notes:
    source: {folder: {path: docs}}
    steps:
      - parse
      - chunk: {max_tokens: 64}
      - embed
    target: {knowledge_base: notes}
"""

FAILPOINTS = ["store.after_content", "store.after_vectors", "store.after_segment", "store.before_truth",
              "store.after_truth", "store.after_merge", "store.after_publish", "flow.before_apply", "flow.after_apply"]

# A run of these folders ends in a second or two; one that does not end hangs.
RUN_SECONDS_MAX = 120

# A worker whose parent died notices it at once; a loaded machine may need a moment to reap it.
WORKER_SECONDS_MAX = 10

# Where the store is built anew so that a first ingest is killed too.
FRESH_EVERY = 40

ABSENT = None


class Folder:
    """The documents on disk, and every state that each of them was ever in, in order."""

    def __init__(self, path, documents, rng):
        self.path = path
        self.rng = rng
        self.now = {}      # name -> bytes
        self.history = {}  # name -> list of version or ABSENT
        self.words = [f"word{i}" for i in range(200)] + ["나루는", "강을", "건너는", "곳이다", "문서"]
        self.stock = [self.paragraph() for _ in range(60)]  # paragraphs that several documents share
        os.makedirs(path)
        for i in range(documents):
            self.write(f"{self.folder()}/note {i}.md", self.text())

    def folder(self):
        return self.rng.choice(["a", "b/c", "한글"])

    def paragraph(self):
        return " ".join(self.rng.choice(self.words) for _ in range(self.rng.randint(5, 60))) + "."

    def text(self):
        parts = [f"# Title {self.rng.randint(0, 50)}"]
        for _ in range(self.rng.randint(0, 7)):
            if self.rng.random() < 0.2:
                parts.append(f"## Section {self.rng.randint(0, 9)}")
            parts.append(self.rng.choice(self.stock) if self.rng.random() < 0.3 else self.paragraph())
        return ("\n\n".join(parts) + "\n").encode()

    def write(self, name, data):
        full = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full + ".tmp~", "wb") as out:
            out.write(data)
        self.note(name, hashlib.sha256(data).hexdigest())  # before it can be seen
        os.rename(full + ".tmp~", full)
        self.now[name] = data

    def remove(self, name):
        self.note(name, ABSENT)
        os.remove(os.path.join(self.path, name))
        del self.now[name]

    def note(self, name, version):
        self.history.setdefault(name, [ABSENT]).append(version)

    def change(self):
        kind = self.rng.random()
        names = list(self.now)
        if kind < 0.25 or len(names) < 20:
            self.write(f"{self.folder()}/new {self.rng.randint(0, 10 ** 6)}.md", self.text())
        elif kind < 0.40:
            self.remove(self.rng.choice(names))
        elif kind < 0.50:  # a rename: the old name goes, the same bytes come back under another
            name = self.rng.choice(names)
            data = self.now[name]
            self.write(f"{self.folder()}/moved {self.rng.randint(0, 10 ** 6)}.md", data)
            self.remove(name)
        elif kind < 0.55:  # touched, not changed
            os.utime(os.path.join(self.path, self.rng.choice(names)))
        elif kind < 0.60:  # as it once was
            name = self.rng.choice(names)
            self.write(name, self.now[self.rng.choice(names)])
        else:
            name = self.rng.choice(names)
            parts = self.now[name].split(b"\n\n")
            parts.insert(self.rng.randint(1, len(parts)), self.paragraph().encode())
            self.write(name, b"\n\n".join(parts))


class Promises:
    """The earliest state that each document may still be in, by what commit events said."""

    def __init__(self, folder):
        self.folder = folder
        self.floor = {}  # name -> index into its history

    def reset(self):
        self.floor = {}

    def hear(self, event):
        for doc in event["docs"]:
            self.raise_floor(doc["doc"], doc["version"])
        for name in event["removed"]:
            self.raise_floor(name, ABSENT)

    def raise_floor(self, name, state):
        history = self.folder.history.get(name)
        if history is None:
            fail(f"a commit names {name!r}, which never was in the folder")
        index = self.floor.get(name, 0)
        while index < len(history) and history[index] != state:
            index += 1
        if index == len(history):
            fail(f"a commit says {name!r} is {state}, which it never was after state {self.floor.get(name, 0)}")
        self.floor[name] = index

    def check(self, state):
        for name, floor in self.floor.items():
            if state.get(name, ABSENT) not in self.folder.history[name][floor:]:
                fail(f"{name!r} was committed as {self.folder.history[name][floor]} and is {state.get(name)}")


class Broken(Exception):
    pass


def fail(message):
    raise Broken(message)


class Loop:
    def __init__(self, arguments):
        self.naru = os.path.abspath(arguments.naru)
        self.kills_wanted = arguments.kills
        self.rng = random.Random(arguments.seed)
        self.root = tempfile.mkdtemp(prefix="naru-kill-")
        with open(os.path.join(self.root, "naru.yaml"), "w") as out:
            out.write(CONFIGURATION)
        self.folder = Folder(os.path.join(self.root, "docs"), arguments.documents, self.rng)
        self.promises = Promises(self.folder)
        self.usual_seconds = 1.0
        self.kills = self.runs = self.events = self.with_garbage = 0
        self.at_failpoint = 0

    def command(self, *arguments, root=None):
        done = subprocess.run([self.naru, *arguments, "-C", root or self.root], capture_output=True,
                              timeout=RUN_SECONDS_MAX)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def run_once(self):
        """Starts a run, perhaps kills it, and takes in what it said. True: it was killed."""
        environment = dict(os.environ)
        failpoint = self.rng.random() < 0.25
        if failpoint:
            environment["NARU_FAILPOINTS"] = f"{self.rng.choice(FAILPOINTS)}=abort:{self.rng.choice([1, 1, 2, 3, 5])}"
        flags = ["--accept-removals"] if self.rng.random() < 0.7 else []
        out_path = os.path.join(self.root, "events")
        started = time.monotonic()
        with open(out_path, "wb") as out, open(os.path.join(self.root, "messages"), "wb") as messages:
            process = subprocess.Popen([self.naru, "run", "--json", *flags, "-C", self.root], stdout=out,
                                       stderr=messages, env=environment)
            if not failpoint:
                self.wait_and_kill(process)
            code = process.wait(timeout=RUN_SECONDS_MAX)
        self.runs += 1
        killed = code == -signal.SIGKILL
        if not killed:
            self.usual_seconds = 0.8 * self.usual_seconds + 0.2 * (time.monotonic() - started)
            if code not in (0, 75):
                with open(os.path.join(self.root, "messages")) as messages:
                    fail(f"a run that was not killed ended with {code}: {messages.read()[-2000:]}")
        self.at_failpoint += 1 if killed and failpoint else 0
        with open(out_path, "rb") as events:
            for line in events.read().decode().split("\n")[:-1]:  # what follows the last newline is not a line
                event = json.loads(line)
                if event["event"] == "commit":
                    self.events += 1
                    self.promises.hear(event)
        return killed

    def wait_and_kill(self, process):
        end = time.monotonic() + self.rng.uniform(0, 1.3 * self.usual_seconds)
        meddle = self.rng.random() < 0.2
        while process.poll() is None and time.monotonic() < end:
            time.sleep(min(0.005, max(0.0, end - time.monotonic())))
            if meddle and self.rng.random() < 0.1:
                self.folder.change()
        if process.poll() is not None:
            return
        workers = children_of(process.pid)
        process.kill()
        process.wait()
        deadline = time.monotonic() + WORKER_SECONDS_MAX
        while any(is_running(worker) for worker in workers):
            if time.monotonic() > deadline:
                fail(f"workers {workers} outlive their parent")
            time.sleep(0.01)

    def check(self):
        code, out, err = self.command("verify", "--json")
        if not os.path.isdir(os.path.join(self.root, ".naru")):
            return  # killed before there was a store
        last = json.loads(out.strip().split("\n")[-1]) if out.strip() else {}
        if code != 0 or last.get("ok") is not True:
            fail(f"verify ended with {code}: {out[-4000:]} {err[-2000:]}")
        self.with_garbage += 1 if last.get("orphans") else 0
        self.promises.check(self.documents(self.dump()))

    def dump(self, root=None):
        code, out, err = self.command("dump", "--json", root=root)
        if code != 0:
            fail(f"dump ended with {code}: {err[-2000:]}")
        return out

    def documents(self, dump):
        """Name to version; every document has its chunks, and both legs find each."""
        state, promised, found = {}, {}, {}
        for line in dump.splitlines():
            entry = json.loads(line)
            name = entry["doc"]
            if entry["kind"] == "doc":
                state[name] = entry["version"]
                promised[name] = entry["chunks"]
            elif entry["kind"] == "chunk":
                found[name] = found.get(name, 0) + 1
                if entry["lexical"] is not True or entry["vector"] is None:
                    fail(f"chunk {entry['n']} of {name!r} is not found by both legs")
        if found != {name: count for name, count in promised.items() if count > 0}:
            fail("documents have not the chunks that their lines say")
        return state

    def finish(self):
        code, out, err = self.command("run", "--json", "--accept-removals")
        if code != 0:
            fail(f"the last run ended with {code}: {err[-2000:]}")
        self.check()
        ours = self.dump()
        scratch = os.path.join(self.root, "scratch")
        os.makedirs(scratch)
        shutil.copy(os.path.join(self.root, "naru.yaml"), scratch)
        shutil.copytree(os.path.join(self.root, "docs"), os.path.join(scratch, "docs"))
        code, out, err = self.command("run", "--json", root=scratch)
        if code != 0:
            fail(f"the run from scratch ended with {code}: {err[-2000:]}")
        if self.dump(root=scratch) != ours:
            fail("after an undisturbed run the store is not that of a run from scratch")
        if self.documents(ours) != {name: states[-1] for name, states in self.folder.history.items()
                                    if states[-1] is not ABSENT}:
            fail("the store does not hold what the folder holds")

    def run(self):
        while self.kills < self.kills_wanted:
            if self.kills % FRESH_EVERY == 0 and self.kills > 0:
                shutil.rmtree(os.path.join(self.root, ".naru"), ignore_errors=True)
                self.promises.reset()
                self.kills += 1 if self.run_once() else 0  # a first ingest
                self.check()
            for _ in range(self.rng.choice([0, 1, 2, 5, 20, 60])):
                self.folder.change()
            killed = self.run_once()
            self.check()
            if not killed:
                continue
            self.kills += 1
            if self.kills % 50 == 0:
                print(f"{self.kills} kills, {self.events} commit events, {self.with_garbage} with garbage left",
                      flush=True)
        self.finish()
        print(f"ok: {self.kills} kills ({self.at_failpoint} at failpoints) of {self.runs} runs, {self.events} commit "
              f"events kept, {self.with_garbage} times garbage was left, verify clean each time")


def children_of(process):
    try:
        with open(f"/proc/{process}/task/{process}/children") as children:
            own = [int(child) for child in children.read().split()]
    except OSError:
        return []
    return own + [grandchild for child in own for grandchild in children_of(child)]


def is_running(process):
    try:
        with open(f"/proc/{process}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--naru", required=True)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--documents", type=int, default=240)
    parser.add_argument("--keep", action="store_true", help="leaves the folder for a look")
    arguments = parser.parse_args()
    loop = Loop(arguments)
    try:
        loop.run()
    except Broken as broken:
        print(f"FAILED after {loop.kills} kills (seed {arguments.seed}): {broken}\nleft in {loop.root}",
              file=sys.stderr)
        return 1
    if not arguments.keep:
        shutil.rmtree(loop.root)
    return 0


if __name__ == "__main__":
    sys.exit(main())
