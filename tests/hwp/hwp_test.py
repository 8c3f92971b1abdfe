#!/usr/bin/env python3
"""Holds our readers of HWP 5 and HWPX to 40 documents that libraries of other people wrote, whose text is known: nested
tables with merged cells, footnotes and endnotes, headers and footers, text boxes, equations, numbering.

usage: tests/hwp/hwp_test.py PROGRAM [--keep FOLDER]

The libraries come from Maven by their hashes (jars.lock) into .cache/hwp; without Java, Maven or the registry the test
is skipped (exit code 77) with a line that says what is missing. --keep: the documents and their truth stay there.
"""
import argparse
import collections
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
CACHE = HERE.parents[1] / ".cache" / "hwp"
PLANS = 20  # each as HWP and as HWPX
RECALL_MIN = 0.99
SECONDS_MAX = 300  # a program that hangs is a failure
FETCH_SECONDS_MAX = 120  # a registry that hangs is none
JAVA_MAJOR_MIN = 17  # records and patterns


def skip(missing):
    print(f"skipped: {missing}")
    sys.exit(77)


def tools():
    for name in ("java", "javac", "mvn"):
        if shutil.which(name) is None:
            skip(f"no {name} on this machine")
    said = subprocess.run(["javac", "-version"], capture_output=True, text=True, check=False)
    version = (said.stdout + said.stderr).strip()  # "javac 17.0.15"
    major = version.removeprefix("javac ").split(".")[0]
    if not major.isdigit() or int(major) < JAVA_MAJOR_MIN:
        skip(f"javac {JAVA_MAJOR_MIN} or newer is needed, this is {version or 'none that works'}")


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def jar(artifact, wanted):
    """A jar in the cache, by its hash; fetched if it is not there."""
    group, name, version = artifact.split(":")
    path = CACHE / f"{name}-{version}.jar"
    if path.is_file() and sha256(path) == wanted:
        return path
    with tempfile.TemporaryDirectory() as scratch:
        try:
            done = subprocess.run(["mvn", "-q", "-B", "dependency:copy", f"-Dartifact={artifact}",
                                   f"-DoutputDirectory={scratch}"], cwd=scratch, capture_output=True, text=True,
                                  timeout=FETCH_SECONDS_MAX, check=False)
        except subprocess.TimeoutExpired:
            skip(f"{artifact} was not fetched by mvn within {FETCH_SECONDS_MAX} s")
        fetched = Path(scratch) / path.name
        if not fetched.is_file():
            last = (done.stdout + done.stderr).strip().splitlines()[:1] or ["it said nothing"]
            skip(f"{artifact} could not be fetched by mvn: {last[0]}")
        if sha256(fetched) != wanted:
            sys.exit(f"{artifact}: sha256 is {sha256(fetched)}, jars.lock says {wanted}")
        partial = path.with_suffix(f".{os.getpid()}")
        shutil.copyfile(fetched, partial)
        partial.replace(path)
    return path


def make(folder):
    """Writes the documents and their truth; one run of Java for all."""
    CACHE.mkdir(parents=True, exist_ok=True)
    lines = (HERE / "jars.lock").read_text().splitlines()
    jars = [jar(*line.split()[:2]) for line in lines if line and not line.startswith("#")]
    path = os.pathsep.join(map(str, [*jars, folder]))
    sources = sorted(map(str, (HERE / "java").glob("*.java")))
    for command in (["javac", "-encoding", "UTF-8", "-cp", path, "-d", str(folder), *sources],
                    ["java", "-Dfile.encoding=UTF-8", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", path,
                     "Make", str(folder), str(PLANS)]):
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_MAX, check=False)
        if done.returncode != 0:
            sys.exit(f"{command[0]}: {done.stdout}{done.stderr}")


def words(text):
    return collections.Counter(text.replace("|", " ").split())


def cells(block):
    """The cells of a table block as the truth has them: the place, the spans, the text."""
    grid, spans = block["cells"], {(r, c): (rows, columns) for r, c, rows, columns in block.get("spans") or []}
    covered = {(r + i, c + j) for (r, c), (rows, columns) in spans.items()
               for i in range(rows) for j in range(columns) if i or j}
    return {(r, c, *spans.get((r, c), (1, 1)), " ".join(text.split()))
            for r, row in enumerate(grid) for c, text in enumerate(row) if (r, c) not in covered}


def check(truth, said):
    """What is wrong with a reading; and how many words of how many were found."""
    wrong = []
    text = words("\n".join(block["text"] for block in said["blocks"]))
    wanted = words(" ".join(truth["words"]))
    found = sum((text & wanted).values())
    if found < RECALL_MIN * wanted.total():
        wrong.append(f"{found} of {wanted.total()} words: without {list(wanted - text)[:8]}")
    if text - wanted:
        wrong.append(f"words that are not in the document: {list(text - wanted)[:8]}")
    lines = iter(block["text"] for block in said["blocks"] if block["kind"] != "table")
    wrong += [f"not in its place: {line}" for line in truth["lines"] if line not in lines]
    tables = [block for block in said["blocks"] if block["kind"] == "table"]
    if len(tables) != len(truth["tables"]):
        wrong.append(f"{len(tables)} tables, not {len(truth['tables'])}")
    for number, (read, table) in enumerate(zip(tables, truth["tables"]), 1):
        want = {(c["row"], c["column"], c["rows"], c["columns"], c["text"]) for c in table["cells"]}
        shape = (len(read["cells"]), len(read["cells"][0]))
        if shape != (table["rows"], table["columns"]):
            wrong.append(f"table {number} is {shape}, not {(table['rows'], table['columns'])}")
        if cells(read) != want:
            lost, strange = sorted(want - cells(read)), sorted(cells(read) - want)
            wrong.append(f"table {number}: without {lost[:3]}, has {strange[:3]}")
    if said["warnings"]:
        wrong.append(f"warnings: {said['warnings']}")
    return wrong, found, wanted.total()


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("program", type=Path)
    options.add_argument("--keep", type=Path)
    given = options.parse_args()
    tools()
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        make(folder)
        names = [f"{number}.{format}" for number in range(1, PLANS + 1) for format in ("hwp", "hwpx")]
        done = subprocess.run([given.program.resolve(), "parse", "--json", *names], cwd=folder, capture_output=True,
                              text=True, timeout=SECONDS_MAX, check=False)
        if done.returncode != 0:
            sys.exit(f"naru parse ended with {done.returncode}: {done.stderr}")
        read = [json.loads(line) for line in done.stdout.splitlines()]
        failed = found = total = tables = 0
        for name, said in zip(names, read, strict=True):
            truth = json.loads((folder / name).with_suffix(".json").read_text())
            wrong, *counts = check(truth, said)
            found, total = found + counts[0], total + counts[1]
            tables += len(truth["tables"])
            failed += bool(wrong)
            for line in wrong:
                print(f"{name}: {line}")
    print(f"{len(names)} documents, {found} of {total} words, {tables} tables, {failed} documents failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
