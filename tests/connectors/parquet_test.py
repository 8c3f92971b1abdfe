#!/usr/bin/env python3
"""Parquet as source, of files that pyarrow writes, and as target, read by pyarrow and DuckDB.
usage: parquet_test.py NARU"""
import datetime
import decimal
import json
import os
import random
import shutil
import subprocess
import time
from pathlib import Path

import arrow_python
import harness

ROOT = Path(__file__).resolve().parents[2]
READ = """
flows:
  rows:
    source: {parquet: {path: %s%s}}
    steps: []
    target: {jsonl: {path: out.jsonl}}
"""
WRITE = """
flows:
  out:
    source: {jsonl: {path: in.jsonl, id: id}}
    steps: []
    target: {parquet: {path: out, part_bytes: 4096}}
"""
pa = None  # pyarrow, once it was found


def missing(program):
    """Why nothing can be tested, or nothing."""
    global pa
    if not (Path(program).parent / "lib/naru/parquet/naru-parquet").exists():
        return "naru-parquet was not built"
    pa, reason = arrow_python.find()
    return reason


def write(path, rows, group=2, **options):
    """Rows as dictionaries, as many to a row group."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part")
    pa.parquet.write_table(pa.Table.from_pylist(rows), partial, row_group_size=group, **options)
    partial.replace(path)


def lines(work):
    return [json.loads(line) for line in (work.folder / "out.jsonl").read_text().splitlines()]


def rows_of(numbers, **more):
    return [{"id": f"k{n}", "n": n, **more} for n in numbers]


def cells_are_what_the_file_says(program):
    if reason := missing(program):
        return reason
    utc = datetime.timezone.utc
    table = pa.table({
        "id": ["a", "b"],
        "whole": pa.array([-2, None], pa.int8()),
        "beyond": pa.array([2**64 - 1, 1], pa.uint64()),
        "single": pa.array([0.1, float("nan")], pa.float32()),
        "real": [0.1, 1e300],
        "yes": [True, None],
        "money": pa.array([decimal.Decimal("12.30"), decimal.Decimal("-0.01")], pa.decimal128(10, 2)),
        "day": [datetime.date(1960, 2, 29), None],
        "wall": pa.array([datetime.datetime(2026, 1, 31, 17, 5, 9, 250000), None], pa.timestamp("us")),
        "moment": pa.array([datetime.datetime(2026, 1, 31, 17, 5, 9, tzinfo=utc), None], pa.timestamp("ms", "UTC")),
        "time": pa.array([datetime.time(23, 59, 59), None], pa.time32("s")),
        "bytes": [b"\x00\xff", b""],
        "list": [[1, None], []],
        "struct": [{"a": 1, "b": "글"}, None],
        "map": pa.array([[("x", 1)], None], pa.map_(pa.string(), pa.int32())),
        "word": pa.array(["x", None]).dictionary_encode(),
        "nothing": pa.nulls(2),
    })
    work = harness.Workspace(program, READ % ("in.parquet", ", id: id"))
    for options in ({}, {"compression": "zstd"}, {"compression": "gzip", "data_page_version": "2.0"},
                    {"compression": "brotli", "use_dictionary": False}, {"compression": "lz4"}):
        pa.parquet.write_table(table, work.folder / "in.parquet", row_group_size=1, **options)
        work.run()
        assert lines(work) == [
            {"id": "a", "whole": -2, "beyond": "18446744073709551615", "single": 0.1, "real": 0.1, "yes": True,
             "money": "12.30", "day": "1960-02-29", "wall": "2026-01-31T17:05:09.25", "moment": "2026-01-31T17:05:09Z",
             "time": "23:59:59", "bytes": "AP8=", "list": [1, None], "struct": {"a": 1, "b": "글"}, "map": {"x": 1},
             "word": "x", "nothing": None},
            {"id": "b", "whole": None, "beyond": 1, "single": None, "real": 1e300, "yes": None, "money": "-0.01",
             "day": None, "wall": None, "moment": None, "time": None, "bytes": "", "list": [], "struct": None,
             "map": None, "word": None, "nothing": None}], lines(work)
    # Only what is wanted is read, and what was found is said before a run.
    work.configure(READ % ("in.parquet", ", id: id, columns: [money]"))
    work.run()
    assert lines(work)[0] == {"id": "a", "money": "12.30"}, lines(work)
    found = work.naru("discover", "rows", "--json")
    assert found["found"][0]["count"] == 2, found
    work.configure(READ % ("in.parquet", ", id: number"))
    work.naru("run", "--json", code=69)
    assert 'no column "number", but id, whole' in work.stderr, work.stderr


def rows_come_change_and_go(program):
    if reason := missing(program):
        return reason
    work = harness.Workspace(program, READ % ("in", ", id: id"))
    first, second = work.folder / "in/a.parquet", work.folder / "in/sub/b.parquet"
    write(first, rows_of(range(7)))
    write(second, rows_of(range(10, 13)))
    (work.folder / "in/_temporary").mkdir()
    (work.folder / "in/_temporary/c.parquet").write_text("left behind by a writer")
    work.run(added=10)
    work.run(unchanged=10)
    # The same bytes under another name, or at another time, are no change.
    first.rename(work.folder / "in/z.parquet")
    first = work.folder / "in/z.parquet"
    os.utime(first, (1, 1))
    work.run(unchanged=10)
    # A changed row, one that went, one that came, all in another order.
    changed = rows_of([6, 5, 4, 3, 1, 7, 0])
    changed[4]["n"] = -1
    write(first, changed)
    work.run(added=1, changed=1, removed=1, unchanged=8)
    assert [row["n"] for row in lines(work)] == [0, -1, 10, 11, 12, 3, 4, 5, 6, 7], lines(work)
    # Ids that stand twice, or that are none: rejects, and the first stays.
    write(second, rows_of([10, 11, 12, 3]) + [{"id": None, "n": 1}])
    work.run(code=1, unchanged=10)
    # Another column changes every row of that file.
    write(second, rows_of(range(10, 13), more="x"))
    work.run(changed=3)
    # A file that is cut, or hostile, says nothing about its rows, and takes nobody with it.
    whole = second.read_bytes()
    seed = random.Random(7)
    outcomes = set()
    for attempt in range(12):
        damaged = bytearray(whole)
        if attempt == 0:
            damaged = damaged[: len(whole) // 2]
        for _ in range(40 if attempt > 1 else 0):
            damaged[seed.randrange(4, len(whole) - 8)] = seed.randrange(256)
        second.write_bytes(damaged)
        items = work.naru("run", "--json", "--accept-removals", code=None)["items"]
        outcomes.add(items["rejected"] > 0)
        if attempt == 0:
            assert items["removed"] == 0 and items["rejected"] == 1, items
    assert True in outcomes, "no damage was seen"
    second.write_bytes(whole)
    work.run()
    assert lines(work)[2] == {"id": "k10", "n": 10, "more": "x"}, lines(work)
    # The folder that is gone is no deletion of everything.
    (work.folder / "in").rename(work.folder / "elsewhere")
    work.naru("run", "--json", code=69)


def rows_without_ids_are_numbered(program):
    if reason := missing(program):
        return reason
    config = READ % ("in.parquet", ", text: body%s")
    config = config.replace("steps: []", "steps: [parse, chunk]").replace("jsonl: {path: out.jsonl}",
                                                                          "knowledge_base: kb")
    work = harness.Workspace(program, config % "")
    write(work.folder / "in.parquet", [{"title": "머리", "body": f"글 {n}"} for n in range(6)])
    work.run(added=6)
    assert work.documents() == [f"{n:09}" for n in range(1, 7)], work.documents()
    # Further rows are further row groups; those before them are as they were.
    rows = [{"title": "머리", "body": f"글 {n}"} for n in range(9)]
    write(work.folder / "in.parquet", rows)
    work.run(added=3, unchanged=6)
    # More rows than memory is given for: a tiny file can say that it has billions.
    work.configure(config % ", max_rows: 8")
    work.naru("run", "--json", code=69)
    assert "max_rows (8)" in work.stderr, work.stderr
    # Too large a row is one reject.
    rows[8]["body"] = "x" * 5000
    write(work.folder / "in.parquet", rows)
    work.configure(config % ", max_row_bytes: 1000")
    work.run(code=1, rejected=1, unchanged=8)


def beside_a_wrapper(program, folder, script):
    """The same program with another naru-parquet: a script, to which {real} is the real one and {log} a file."""
    real = Path(program).parent / "lib/naru/parquet/naru-parquet"
    (folder / "lib/naru/parquet").mkdir(parents=True, exist_ok=True)
    wrapper = folder / "lib/naru/parquet/naru-parquet"
    wrapper.write_text("#!/bin/sh\n" + script.format(real=real, log=folder / "log") + "\n")
    wrapper.chmod(0o755)
    naru = folder / "naru"
    if not naru.exists():
        try:
            os.link(program, naru)
        except OSError:
            shutil.copy(program, naru)
    return str(naru)


def a_killed_run_goes_on_group_by_group(program):
    if reason := missing(program):
        return reason
    work = harness.Workspace(program, READ % ("in.parquet", ", id: id"))
    work.program = beside_a_wrapper(program, work.folder, 'echo "$1" >> {log}; exec {real} "$@"')
    pa.parquet.write_table(pa.Table.from_pylist([{"id": f"k{n:05}", "text": f"행 {n}"} for n in range(8000)]),
                           work.folder / "in.parquet", row_group_size=1000)

    def decoded():
        words = (work.folder / "log").read_text().split()
        (work.folder / "log").unlink()
        return words.count("rows")

    work.run(added=8000)
    assert decoded() == 8
    work.run(unchanged=8000)
    assert decoded() == 0
    for name in ("out.jsonl", "out.jsonl.naru", ".naru"):
        path = work.folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    child = subprocess.Popen([work.program, "run", "--json"], cwd=work.folder, env=work.env, stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL)
    commits = 0
    for line in child.stdout:
        commits += json.loads(line)["event"] == "commit"
        if commits == 3:
            break
    child.kill()
    child.wait()
    decoded()
    items = work.run()
    assert items["unchanged"] >= 3000 and items["unchanged"] + items["added"] == 8000, items
    assert decoded() <= 8 - items["unchanged"] // 1000, "what was done was decoded again"
    assert [row["id"] for row in lines(work)] == [f"k{n:05}" for n in range(8000)]


def a_program_that_dies_or_talks_nonsense_takes_nothing_away(program):
    if reason := missing(program):
        return reason
    work = harness.Workspace(program, READ % ("in.parquet", ", id: id"))
    write(work.folder / "in.parquet", rows_of(range(5)))
    work.run(added=5)
    before = lines(work)
    for script in ("kill -SEGV $$", "printf '.\\0\\0\\0\\0'"):
        work.program = beside_a_wrapper(program, work.folder, script)
        work.naru("run", "--json", code=69)
        assert lines(work) == before, script
    (work.folder / "lib/naru/parquet/naru-parquet").unlink()
    work.naru("run", "--json", code=69)
    assert "built without Parquet" in work.stderr, work.stderr
    work.naru("check", "--json", code=None)
    assert "built without Parquet" in json.dumps(work.events), work.events


def folders_are_what_others_read(program):
    if reason := missing(program):
        return reason
    work = harness.Workspace(program, WRITE)
    out = work.folder / "out"
    seed = random.Random(11)
    rows = {}
    for round_number in range(7):
        for _ in range(400 if round_number == 0 else 4):
            key = f"문서-{seed.randrange(400):04}"
            if rows and seed.random() < 0.2:
                rows.pop(seed.choice(sorted(rows)))
            rows[key] = {"id": key, "n": seed.randrange(10**6), "x": seed.choice([1, 2.5, None]),
                         "ok": seed.random() < 0.5, "text": "말 " * seed.randrange(60),
                         "tags": ["a", "b"][: seed.randrange(3)], "more": {"k": seed.randrange(3)}}
        listed = sorted(rows.values(), key=lambda row: seed.random())
        (work.folder / "in.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in listed))
        before = {path.name: path.stat().st_ino for path in out.glob("part-*")}
        if round_number in (2, 4):  # killed somewhere
            child = subprocess.Popen([program, "run", "--json", "--accept-removals"], cwd=work.folder, env=work.env,
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(seed.random() * 0.4)
            child.kill()
            child.wait()
        work.run()
        # As pyarrow reads it: types, and the rows in the order of the keys, file by file as the manifest has them.
        manifest = json.loads((out / "_manifest.json").read_text())
        assert {part["file"] for part in manifest["parts"]} == {path.name for path in out.glob("*.parquet")}
        tables = [pa.parquet.read_table(out / part["file"]) for part in manifest["parts"]]
        table = pa.concat_tables(tables)
        expected = [{**rows[key], "more": json.dumps(rows[key]["more"], separators=(",", ":"))} for key in sorted(rows)]
        assert table.to_pylist() == expected, (table.to_pylist()[:3], expected[:3])
        assert [str(field.type) for field in table.schema] == [
            "string", "int64", "double", "bool", "string", "list<element: string>", "string"], table.schema
        assert manifest["rows"] == len(rows) and len(manifest["parts"]) > 5, manifest
        for part, table in zip(manifest["parts"], tables):
            assert part["rows"] == table.num_rows and part["bytes"] == (out / part["file"]).stat().st_size
            assert (part["first_key"], part["last_key"]) == (table["id"][0].as_py(), table["id"][-1].as_py())
        if round_number > 0:
            kept = sum(before.get(path.name) == path.stat().st_ino for path in out.glob("part-*"))
            assert kept >= 2, "a few changes wrote everything anew"
    footer = pa.parquet.read_metadata(out / manifest["parts"][0]["file"])
    assert footer.row_group(0).column(0).compression == "ZSTD" and footer.row_group(0).column(0).statistics.has_min_max
    # Equal to a run from scratch, byte for byte.
    names = {path.name: path.read_bytes() for path in out.iterdir()}
    for name in ("out", "out.naru", ".naru"):
        shutil.rmtree(work.folder / name, ignore_errors=True)
    work.run(added=len(rows))
    assert names == {path.name: path.read_bytes() for path in out.iterdir()}
    try:
        import duckdb
    except ImportError:
        print("note: not read by DuckDB, which is not installed (pip install duckdb)")
        return None
    query = f"SELECT count(*), sum(n), min(id), max(id) FROM '{out}/*.parquet' WHERE len(tags) < 3"
    found = duckdb.sql(query).fetchone()
    assert found == (len(rows), sum(row["n"] for row in rows.values()), min(rows), max(rows)), found


def passages_and_documents_have_their_columns(program):
    if reason := missing(program):
        return reason
    config = WRITE.replace("jsonl: {path: in.jsonl, id: id}", "folder: {path: docs}").replace("[]", "[parse, chunk]")
    for steps in ("[parse, chunk]", "[parse]"):
        work = harness.Workspace(program, config.replace("[parse, chunk]", steps))
        (work.folder / "docs").mkdir()
        (work.folder / "docs/a.md").write_text("# 머리\n\n본문 하나.\n")
        work.run(added=1)
        table = pa.parquet.read_table(next((work.folder / "out").glob("part-*")))
        row = table.to_pylist()[0]
        if steps == "[parse]":
            assert row["id"] == "a.md" and "본문 하나." in row["text"] and row["trust"] == "tenant", row
        else:
            assert row["doc"] == "a.md" and row["n"] == 0 and row["heading_path"] == ["머리"], row
            assert json.loads(row["locator"]) and "본문 하나." in row["text"], row


def the_recipe_runs(program):
    if reason := missing(program):
        return reason
    recipe = ROOT / "examples/parquet/naru.yaml"
    work = harness.Workspace(program, recipe.read_text())
    pa.parquet.write_table(pa.Table.from_pylist([
        {"code": "p1", "name": "연필", "description": "흑연 심이 든 연필이다.", "price": 500},
        {"code": "p2", "name": "지우개", "description": "연필 자국을 지운다.", "price": 300}]),
        work.folder / "products.parquet")
    work.naru("run", "--json")
    hits = work.naru("search", "지운다", "--json")["hits"]
    assert hits[0]["doc"] == "p2", hits
    table = pa.parquet.read_table(next((work.folder / "cheap").glob("part-*")))
    assert table.to_pylist() == [{"code": "p2", "name": "지우개", "price": 300}], table.to_pylist()


if __name__ == "__main__":
    harness.main([cells_are_what_the_file_says, rows_come_change_and_go,
                  rows_without_ids_are_numbered, a_killed_run_goes_on_group_by_group,
                  a_program_that_dies_or_talks_nonsense_takes_nothing_away, folders_are_what_others_read,
                  passages_and_documents_have_their_columns, the_recipe_runs])
