#!/usr/bin/env python3
"""From S3 into Parquet: any sequence of edits and kills ends as a run from scratch, against moto with signatures
checked, read by pyarrow. usage: s3_parquet_test.py NARU; NARU_SEQUENCES=200 for more than a few."""
import os
import random
import shutil
import sys
import urllib.error
from pathlib import Path

import arrow_python
import harness
from moto_server import Moto

SEQUENCES = int(os.environ.get("NARU_SEQUENCES", "3"))
FLOW = """
flows:
  docs:
    source: {s3: {bucket: docs, prefix: %d/, endpoint: 'http://127.0.0.1:%d', access_key: '${env:KEY}',
                  secret_key: '${env:SECRET}'}}
    steps: [parse, chunk]
    target: {parquet: {path: out, part_bytes: 4096}}
"""
POINTS = ["flow.before_apply", "flow.after_apply", "parquet.before_exchange", "parquet.after_exchange"]


def table_of(pa, folder):
    """Every row of the folder's files, in any order."""
    rows = []
    for path in sorted((folder / "out").glob("part-*")):
        rows += pa.parquet.read_table(path).to_pylist()
    return sorted(map(repr, rows))


def edit(moto, keys, there, seed, chance):
    """One object comes, changes, goes, or stays as it is."""
    name, kind = f"글 {chance.randrange(6)}.md", chance.randrange(4)
    path = f"/docs/{seed}/" + "%EA%B8%80%20" + name[2:]
    if kind == 0 and name in there:
        moto.signed("DELETE", path, *keys)
        there.discard(name)
    if kind > 0:
        text = f"# 제목 {chance.randrange(3)}\n\nText {chance.randrange(3)}.\n"
        moto.signed("PUT", path, *keys, text.encode())
        there.add(name)


def any_sequence_of_edits_and_kills_ends_as_a_run_from_scratch(program):
    if not (Path(program).parent / "lib/naru/parquet/naru-parquet").exists():
        return "naru-parquet was not built"
    pa, reason = arrow_python.find()
    if reason:
        return reason
    kills = 0
    with Moto() as moto:
        if moto.reason:
            return moto.reason
        keys = moto.make_user()
        try:
            moto.signed("PUT", "/docs", *keys)
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()) from error
        for seed in range(SEQUENCES):
            chance = random.Random(seed)
            there = set()
            work = harness.Workspace(program, FLOW % (seed, moto.port))
            work.env.update(KEY=keys[0], SECRET=keys[1])
            for step in range(6):
                for _ in range(chance.randrange(1, 5)):
                    edit(moto, keys, there, seed, chance)
                if step < 5 and chance.randrange(3):
                    work.env["NARU_FAILPOINTS"] = chance.choice(POINTS) + "=abort"
                    work.naru("run", "--accept-removals", code=None)
                    del work.env["NARU_FAILPOINTS"]
                    kills += 1
                else:
                    work.run()
            work.run()
            ended = table_of(pa, work.folder)
            work.run(unchanged=len(there))
            for made in (*work.folder.glob("out*"), work.folder / ".naru"):
                shutil.rmtree(made)
            work.run(added=len(there))
            assert ended == table_of(pa, work.folder), f"seed {seed}: not as from scratch"
            assert len(ended) == len(there), f"seed {seed}: {len(there)} objects made {len(ended)} rows"
    print(f"{SEQUENCES} sequences, {kills} kills", file=sys.stderr)
    return None


if __name__ == "__main__":
    harness.main([any_sequence_of_edits_and_kills_ends_as_a_run_from_scratch])
