#!/usr/bin/env python3
"""The recipes of examples/ do what they say. That of the web is run by web_test.py. usage: examples_test.py NARU"""
import json
import re
import shutil
import sqlite3
import subprocess
from pathlib import Path

import fake_s3
import harness

RECIPES = Path(__file__).resolve().parents[2] / "examples"


def of(name, program):
    """A copy of a recipe, to be run."""
    work = harness.Workspace(program, "")
    shutil.copytree(RECIPES / name, work.folder, dirs_exist_ok=True)
    return work


def hits(work, words):
    return [hit["doc"] for hit in work.naru("search", words, "--json")["hits"]]


def every_recipe_is_listed_and_valid(program):
    listed = (RECIPES / "README.md").read_text(encoding="utf-8")
    for folder in sorted(path for path in RECIPES.iterdir() if path.is_dir()):
        assert f"]({folder.name}/README.md)" in listed, f"examples/README.md does not name {folder.name}"
        work = of(folder.name, program)
        work.env.update({name: "http://127.0.0.1:1/" for name in ("SITE", "S3_ENDPOINT")}, S3_KEY="k", S3_SECRET="s",
                        POSTGRES_URL="host=h", MARIADB_SOCKET="/s", MARIADB_PASSWORD="p", ODBC_CONNECTION="DSN=d")
        work.naru("validate")


def a_folder_is_searched(program):
    work = of("folder", program)
    work.run(added=2)
    assert hits(work, "연차")[0] == "휴가.md" and hits(work, "ferry")[0] == "travel.html"
    work.run(unchanged=2)


def csv_comes_to_csv(program):
    work = of("csv", program)
    columns = work.naru("discover", "--json")["found"][0]["columns"]
    assert [column["name"] for column in columns] == ["코드", "이름", "값"]
    work.naru("run", "--json")
    dear = (work.folder / "dear.csv").read_text(encoding="utf-8")
    assert dear == '코드,이름,원\na-1,"공책, 줄 있는",2500\nc-3,가위,4200\n', dear


def json_lines_are_documents_and_rows(program):
    work = of("jsonl", program)
    work.naru("run", "--json")
    assert hits(work, "ferry")[0] == "f3"
    rows = (work.folder / "public.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(row)["id"] for row in rows] == ["f1", "f3"]


def rows_go_through_a_pipe(program):
    work = of("pipes", program)
    with open(work.folder / "rows.jsonl", "rb") as rows:
        done = subprocess.run([program, "run"], cwd=work.folder, env=work.env, stdin=rows, capture_output=True,
                              timeout=60)
    assert done.returncode == 0, done.stderr
    assert sorted(json.loads(line)["id"] for line in done.stdout.splitlines()) == [2, 3], done.stdout


def tables_are_documents_and_rows(program):
    work = of("sqlite", program)
    with sqlite3.connect(work.folder / "app.db") as database:
        database.executescript((work.folder / "app.sql").read_text(encoding="utf-8"))
    work.naru("run", "--json")
    assert hits(work, "ferry")[0] == "2"
    with sqlite3.connect(work.folder / "titles.db") as database:
        assert database.execute("SELECT title FROM titles ORDER BY id").fetchall() == [("연차",), ("Ferries",)]


def a_bucket_is_read_and_written(program):
    store = fake_s3.Store()
    store.put("규정/휴가.md", "# 연차\n\n연차 휴가는 15일이다.\n")
    with harness.Server(fake_s3.handler(store)) as server:
        work = of("s3", program)
        work.env.update(S3_ENDPOINT=f"http://127.0.0.1:{server.port}", S3_KEY="k", S3_SECRET="s")
        work.naru("check", "--json")
        assert work.naru("discover", "handbook", "--json")["found"][0]["count"] == 1
        work.naru("run", "--json")
        assert hits(work, "연차") == ["규정/휴가.md"]
        corpus = store.objects["out/corpus.jsonl"][0].decode().splitlines()
        assert len(corpus) == 1 and "15일" in corpus[0], corpus


if __name__ == "__main__":
    harness.main([every_recipe_is_listed_and_valid, a_folder_is_searched, csv_comes_to_csv,
                  json_lines_are_documents_and_rows, rows_go_through_a_pipe, tables_are_documents_and_rows,
                  a_bucket_is_read_and_written])
