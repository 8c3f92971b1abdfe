#!/usr/bin/env python3
"""Holds docs/walks/ true: runs the fixture and compares what each function's span said with the blocks in the pages.

usage: tests/walks/walks.py PROGRAM [--update]

A block that begins with ```walk and a command holds the spans of that command, in the order in which they began, each
with its values and without its time. --update (or NARU_UPDATE=1) writes the blocks anew; read the difference.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SETTLED_SECONDS = 0.06  # a file that changed within the file system's tick is looked at once more by the next run
PAGES = ["docs/walks/document.md", "docs/walks/question.md"]
BLOCK = re.compile(r"```walk (?P<command>[^\n]*)\n(?P<body>.*?)```", re.S)
TRACE = re.compile(r"^trace: (?P<indent> *)(?P<name>\S+) [\d.]+ ms(?P<values>.*)$")


def in_order_of_beginning(spans):
    """A span is told when it ends, after those inside it; a reader wants it before them."""
    roots, waiting = [], {}
    for depth, text in spans:
        children = waiting.pop(depth + 1, [])
        waiting.setdefault(depth, []).append((text, children))
        if depth == 0:
            roots.extend(waiting.pop(0))
    lines = []

    def tell(span, depth):
        lines.append("  " * depth + span[0])
        for child in span[1]:
            tell(child, depth + 1)

    for span in roots:
        tell(span, 0)
    return lines


def spans_of(program, workspace, command):
    arguments = [part.strip('"') for part in re.findall(r'"[^"]*"|\S+', command)]
    if arguments.pop(0) != "naru":
        sys.exit(f"a walk begins with naru: {command}")
    # On one core a flow runs in one thread, so that the spans nest as the calls do.
    one_core = {min(os.sched_getaffinity(0))}
    done = subprocess.run([program, "--trace", *arguments], cwd=workspace, capture_output=True, text=True,
                          preexec_fn=lambda: os.sched_setaffinity(0, one_core))
    if done.returncode != 0:
        sys.exit(f"{command}: exit {done.returncode}: {done.stderr}")
    spans = []
    for line in done.stderr.splitlines():
        found = TRACE.match(line)
        if found:
            spans.append((len(found["indent"]) // 2, found["name"] + found["values"]))
    return "".join(line + "\n" for line in in_order_of_beginning(spans))


def main():
    program = str(Path(sys.argv[1]).resolve())
    update = "--update" in sys.argv or os.environ.get("NARU_UPDATE") == "1"
    blocks = wrong = 0
    with tempfile.TemporaryDirectory(prefix="naru-walk-") as folder:
        workspace = Path(folder) / "landing"
        shutil.copytree(ROOT / "tests/walks/landing", workspace)
        time.sleep(SETTLED_SECONDS)
        for name in PAGES:
            page = (ROOT / name).read_text()

            def compare(match):
                nonlocal blocks, wrong
                blocks += 1
                actual = spans_of(program, workspace, match["command"])
                if actual != match["body"]:
                    wrong += 1
                    if not update:
                        print(f"{name}: `{match['command']}` now says\n{actual}instead of\n{match['body']}")
                return f"```walk {match['command']}\n{actual}```"

            renewed = BLOCK.sub(compare, page)
            if update and renewed != page:
                (ROOT / name).write_text(renewed)
    if blocks == 0:
        sys.exit("no walk in the pages: nothing was compared")
    print(f"walks: {blocks} blocks, {wrong} {'written anew' if update else 'wrong'}")
    return 1 if wrong and not update else 0


if __name__ == "__main__":
    sys.exit(main())
