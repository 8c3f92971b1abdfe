#!/usr/bin/env python3
"""S3 as source and target: changes and faults against a store of our own, signatures and the rest against moto, which
checks them. usage: s3_test.py NARU"""
import json
import os
import signal
import subprocess
import time
import urllib.parse

import fake_s3
import harness
from moto_server import Moto

READ = """
flows:
  docs:
    source: {s3: {bucket: docs, prefix: 규정/, endpoint: 'http://127.0.0.1:%d', attempts: 1%s}}
    steps: [parse, chunk]
    target: {knowledge_base: docs}
"""
WRITE = """
flows:
  out:
    source: {jsonl: {path: in.jsonl, id: id}}
    steps: []
    target: {s3: {bucket: docs, key: 'out/말뭉치 1+2=3.jsonl', endpoint: 'http://127.0.0.1:%d', attempts: 1%s}}
"""


def changes_arrive_and_faults_take_nothing_away(program):
    store = fake_s3.Store()
    names = ["규정/a b+c=d.md", "규정/나.txt", "규정/다&.txt", "규정/e/../f.txt"]
    for name in names:
        store.put(name, f"Text of {name}.")
    store.put("규정/", "")
    store.put("other.txt", "not below the prefix")
    with harness.Server(fake_s3.handler(store)) as server:
        work = harness.Workspace(program, READ % (server.port, ""))
        work.run(added=4)
        assert work.documents() == sorted(names), work.documents()
        store.requests.clear()
        work.run(unchanged=4)
        assert all(not key for _, key, _ in store.requests), "what did not change was read"
        # Changed, renamed, removed, added; a doubled text is another document.
        store.put(names[1], "Another text.")
        store.objects["규정/renamed.txt"] = store.objects.pop(names[2])
        del store.objects[names[3]]
        store.put("규정/twice.txt", "Another text.")
        work.run(changed=1, added=2, removed=2)
        known = work.documents()
        # A list that fails or breaks off is no list; what cannot be read is as it was.
        for fault in (500, "cut"):
            store.fail = {"list": [fault] * 3}  # as often as a run asks
            work.naru("run", "--json", code=69)
        store.put(names[1], "A third text, longer.")
        for fault in (500, "half"):
            store.fail = {names[1]: [fault] * 3}
            work.run(code=1, rejected=1, removed=0)
        assert work.documents() == known
        work.run(changed=1)
        # Poison: an object that no parser reads is a reject, the others go on.
        store.put("규정/poison.pdf", b"%PDF-1.7 nothing")
        work.run(code=1, rejected=1)
    work.naru("run", "--json", code=69)  # the store is gone
    assert work.documents() == known
    work.naru("verify", "--json")


def large_objects_come_in_ranges_of_one_version(program):
    store = fake_s3.Store()
    line = "The ferry leaves at noon, 정오에.\n"
    large = line * (20_000_000 // len(line.encode()))
    store.put("규정/large.txt", large)
    with harness.Server(fake_s3.handler(store)) as server:
        work = harness.Workspace(program, READ % (server.port, ", max_bytes: 30000000"))
        store.fail = {"규정/large.txt": ["change"] * 6}  # between the ranges, whenever it is read
        work.naru("run", "--json", code=1)
        assert any("changed while it was read" in str(event) or "412" in str(event) for event in work.events)
        store.put("규정/large.txt", "small now")
        work.run(changed=1)
        ranges = [request[2] for request in store.requests if request[1] and request[2]]
        assert ranges[0] == "bytes=0-16777215" and len(ranges) == 6, ranges


def an_object_is_what_a_run_from_scratch_would_write(program):
    store = fake_s3.Store()
    key = "out/말뭉치 1+2=3.jsonl"
    with harness.Server(fake_s3.handler(store)) as server:
        work = harness.Workspace(program, WRITE % (server.port, ""))
        rows = {"b": {"id": "b", "v": "둘"}, "a": {"id": "a", "v": 1}}

        def source():
            text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows.values())
            (work.folder / "in.jsonl").write_text(text, encoding="utf-8")

        source()
        work.run(added=2)
        assert store.objects[key][0].decode() == '{"id":"a","v":1}\n{"id":"b","v":"둘"}\n', store.objects
        def puts():
            return [request for request in store.requests if request[:2] == ("PUT", key)]

        before = len(puts())
        work.run(unchanged=2)
        assert len(puts()) == before, "sent what was there"
        assert list(store.objects) == [key], "a lease was not given back"
        # Down in the middle: the object is the old one, and the next run sends it though nothing changed.
        rows["c"] = {"id": "c"}
        del rows["a"]
        source()
        store.fail = {key: [None, 500]}
        before = store.objects[key]
        work.naru("run", "--json", code=69)
        assert store.objects[key] == before
        work.run(unchanged=2)
        assert store.objects[key][0].decode() == '{"id":"b","v":"둘"}\n{"id":"c"}\n'
        # In parts, and given up whole.
        rows.update({f"big{n}": {"id": f"big{n}", "v": "x" * 1_000_000} for n in range(12)})
        source()
        work.configure(WRITE % (server.port, ", part_bytes: 5242880"))
        work.run(added=12)
        assert [request[2] for request in puts()][-3:] == ["1", "2", "3"]
        assert len(store.objects[key][0].splitlines()) == 14
        # Another machine, without the memory: the object is this flow's, and is made anew.
        import shutil
        shutil.rmtree(work.folder / "s3")
        work.run(added=14)
        # What somebody else wrote is not written over.
        store.put(key, "mine")
        work.naru("run", "--json", code=2)
        assert "this flow did not write it" in work.stderr
        assert store.objects[key][0] == b"mine"


def check_and_discover_say_what_there_is(program):
    store = fake_s3.Store()
    with harness.Server(fake_s3.handler(store)) as server:
        work = harness.Workspace(program, READ % (server.port, ""))

        def verdicts(code=0):
            return [check["verdict"] for check in work.naru("check", "--json", code=code)["checks"][:2]]

        assert verdicts() == ["ok", "weaker"]  # nothing there to be read
        for name, text in (("규정/a.txt", "12345"), ("규정/휴가/b.txt", "1"), ("규정/휴가/c/d.txt", "22"), ("x", "")):
            store.put(name, text)
        assert verdicts() == ["ok", "ok"]
        found = work.naru("discover", "--json")["found"]
        assert [(one["name"], one["count"], one["bytes"]) for one in found] == [("규정/", 1, 5), ("규정/휴가/", 2, 3)], found
        store.fail = {"규정/a.txt": [500]}
        assert verdicts(69) == ["ok", "missing"]
        store.fail = {"list": [500]}
        assert verdicts(69)[0] == "missing"
        store.fail = {}
        work = harness.Workspace(program, WRITE % (server.port, ""))
        (work.folder / "in.jsonl").write_text('{"id":"a"}\n', encoding="utf-8")
        assert "does not exist yet" in work.naru("check", "--json")["checks"][1]["detail"]
        work.run(added=1)
        checks = work.naru("check", "--json")["checks"]
        assert (checks[-1]["what"], checks[-1]["verdict"]) == ("lease", "ok"), checks
        assert "out/말뭉치 1+2=3.jsonl.naru-probe" not in store.objects
        assert "is this flow's" in checks[1]["detail"] and "has 1 items" in checks[2]["detail"], checks
        store.put("out/말뭉치 1+2=3.jsonl", "mine")
        work.naru("check", "--json", code=69)


class Watching:
    """A run that goes on, and has its lease, until the end of the block."""

    def __init__(self, work):
        self.work = work

    def __enter__(self):
        self.process = subprocess.Popen([self.work.program, "run", "--watch", "--json"], cwd=self.work.folder,
                                        env=self.work.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            if '"event":"done"' in line:
                return self
        raise AssertionError(self.process.stderr.read())

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.said = self.process.communicate(timeout=60)[1]
        return self.process.returncode

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.end(signal.SIGKILL)


def one_machine_at_a_time_writes_an_object(program, moto=None):
    """Against the store of our own, or moto's."""
    store = fake_s3.Store()
    with harness.Server(fake_s3.handler(store)) as server:
        more, keys = ", lease_seconds: 3", {}
        port = server.port
        if moto:
            access, secret = moto.make_user()
            moto.signed("PUT", "/docs", access, secret)
            keys, port = {"KEY": access, "SECRET": secret}, moto.port
            more += ", access_key: '${env:KEY}', secret_key: '${env:SECRET}'"
        first, second = (harness.Workspace(program, WRITE % (port, more)) for _ in range(2))
        for name, work in (("first", first), ("second", second)):
            work.env.update(keys)
            (work.folder / "in.jsonl").write_text(json.dumps({"id": name}) + "\n", encoding="utf-8")

        def content():
            path = urllib.parse.quote("out/말뭉치 1+2=3.jsonl")
            if moto:
                return moto.signed("GET", f"/docs/{path}", access, secret).decode()
            return store.objects["out/말뭉치 1+2=3.jsonl"][0].decode()

        with Watching(first) as running:
            time.sleep(4)  # longer than it lasts: it is renewed
            second.naru("run", "--json", code=75)
            assert "another run" in second.stderr and f"process {running.process.pid}" in second.stderr, second.stderr
            assert running.end() in (0, 75), running.said
        assert content() == '{"id":"first"}\n'
        second.run(added=1)  # it was given back
        assert content() == '{"id":"second"}\n'
        # Killed: the same machine goes on at once, another one when the lease has ended.
        with Watching(first) as running:
            running.end(signal.SIGKILL)
        first.run(unchanged=1)
        assert not [event for event in first.events if event["event"] == "retry"], first.events
        with Watching(first) as running:
            running.end(signal.SIGKILL)
        second.naru("run", "--json", code=None)  # it may have waited long enough
        assert any("its lease ends in" in event.get("message", "") for event in second.events), second.events
        time.sleep(5.2)
        second.run(unchanged=1)
        assert content() == '{"id":"second"}\n'
        # One that slept too long finds that it lost it, and writes nothing.
        with Watching(first) as running:
            running.process.send_signal(signal.SIGSTOP)
            time.sleep(5.2)
            with Watching(second):
                (first.folder / "in.jsonl").write_text('{"id":"late"}\n', encoding="utf-8")
                running.process.send_signal(signal.SIGCONT)
                time.sleep(2)
                running.end()
                assert content() == '{"id":"second"}\n', "a writer that lost its lease wrote"


def a_store_that_ignores_conditions_is_found_out(program):
    store = fake_s3.Store()
    store.conditions = False
    with harness.Server(fake_s3.handler(store)) as server:
        work = harness.Workspace(program, WRITE % (server.port, ""))
        (work.folder / "in.jsonl").write_text('{"id":"a"}\n', encoding="utf-8")
        lease = work.naru("check", "--json")["checks"][-1]
        assert (lease["what"], lease["verdict"]) == ("lease", "weaker") and "whatever the conditions" in lease["detail"]
        assert not store.objects, "the probe was left behind"
        work.run(added=1)
        work.configure(WRITE % (server.port, ", lease_seconds: 0"))
        lease = work.naru("check", "--json")["checks"][-1]
        assert "`lease_seconds` is 0" in lease["detail"], lease
        store.requests.clear()
        work.run(changed=1)  # of another option
        assert not [request for request in store.requests if "lease" in request[1]], store.requests


def moto_believes_our_signatures_and_no_others(program):
    with Moto() as moto:
        if moto.reason:
            return moto.reason
        access, secret = moto.make_user()
        ours = ", access_key: '${env:KEY}', secret_key: '${env:SECRET}'"
        work = harness.Workspace(program, WRITE % (moto.port, ours))
        work.env.update(KEY=access, SECRET=secret)
        (work.folder / "in.jsonl").write_text('{"id":"a","text":"여름"}\n', encoding="utf-8")
        work.naru("run", "--json", code=69)
        assert "NoSuchBucket" in work.stderr or "answers 404" in work.stderr, work.stderr
        moto.signed("PUT", "/docs", access, secret)
        work.run(added=1)
        # The same bucket as a source: the object comes back, by its key.
        read = READ.replace("prefix: 규정/", "prefix: out/") % (moto.port, ours)
        reader = harness.Workspace(program, read)
        reader.env.update(KEY=access, SECRET=secret)
        reader.run(added=1)
        assert reader.documents() == ["out/말뭉치 1+2=3.jsonl"], reader.documents()
        # Over its own object, on the condition that it is the one that was seen.
        (work.folder / "in.jsonl").write_text('{"id":"a","text":"가을"}\n', encoding="utf-8")
        work.run(changed=1)
        reader.run(changed=1)
        # In parts.
        big = "".join(json.dumps({"id": str(n), "text": "가" * 500_000}, ensure_ascii=False) + "\n" for n in range(5))
        (work.folder / "in.jsonl").write_text(big, encoding="utf-8")
        work.configure(WRITE % (moto.port, ours + ", part_bytes: 5242880"))
        work.run(added=5, removed=1)
        lease = work.naru("check", "--json")["checks"][-1]
        assert (lease["what"], lease["verdict"]) == ("lease", "ok"), lease
        # A wrong secret, and a key that nobody has.
        reader.env["SECRET"] = ("y" if secret[0] == "x" else "x") + secret[1:]
        reader.naru("run", "--json", code=4)
        assert "SignatureDoesNotMatch" in reader.stderr and "`secret_key`" in reader.stderr, reader.stderr
        assert secret not in reader.stderr
        reader.env["KEY"] = "AKIANOBODYHASTHISKEY"
        reader.naru("run", "--json", code=4)
        assert reader.documents() == ["out/말뭉치 1+2=3.jsonl"], "a wrong key took something away"


def one_machine_at_a_time_writes_an_object_of_moto(program):
    with Moto() as moto:
        if moto.reason:
            return moto.reason
        one_machine_at_a_time_writes_an_object(program, moto)


if __name__ == "__main__":
    tests = [changes_arrive_and_faults_take_nothing_away, large_objects_come_in_ranges_of_one_version,
             an_object_is_what_a_run_from_scratch_would_write, check_and_discover_say_what_there_is,
             a_store_that_ignores_conditions_is_found_out]
    if not os.environ.get("NARU_SANITIZER"):  # moto costs seconds, and our side is the same
        tests += [moto_believes_our_signatures_and_no_others, one_machine_at_a_time_writes_an_object_of_moto]
    harness.main(tests)
