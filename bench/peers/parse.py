#!/usr/bin/env python3
"""What reading documents costs, in Naru and in the readers that people use for each format.

usage: bench/peers/parse.py FOLDER [--rounds 3] [--program build/release/naru] [--repeat 1] [--only pdf,docx,...]

FOLDER is searched for files by their extension: ../shared/data/parse-docs/docs, or one of your own. A peer is one
process that reads all files of its formats, one after the other in one thread, and makes their text; what it cannot
read it leaves out. Naru is `naru parse -j 1 --json` of the same files in one call: a sandboxed child a document, and
blocks with their places. "cold" is a process a file, for the programs that are made for that. CPU time is that of the
process and all its children, of a Python peer without its start; `--repeat` gives each file so many times over, for
the memory of a long run.
"""
import argparse
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import rounds

FORMATS = ("pdf", "docx", "pptx", "xlsx", "hwp", "hwpx", "html")
CALL_BYTES_MAX = 1_500_000  # of arguments: the kernel takes 2 MB in one call
LOADERS = {}


def loader(name, formats):
    def keep(function):
        LOADERS[name] = (function, formats)
        return function
    return keep


# --- the others: each gives path -> text -----------------------------------------------------------------------------

@loader("pypdfium2", ("pdf",))
def load_pypdfium2():
    import pypdfium2

    def read(path):
        document = pypdfium2.PdfDocument(path)
        parts = []
        for page in document:
            text = page.get_textpage()
            parts += [text.get_text_bounded(*text.get_rect(i)) for i in range(text.count_rects())]
        return "\n".join(parts)
    return read


@loader("markitdown", ("pdf", "docx", "pptx", "xlsx", "html"))
def load_markitdown():
    import markitdown
    reader = markitdown.MarkItDown()
    return lambda path: reader.convert(path).text_content


@loader("python-docx", ("docx",))
def load_docx():
    import docx

    def read(path):
        document = docx.Document(path)
        cells = (cell.text for table in document.tables for row in table.rows for cell in row.cells)
        return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])
    return read


@loader("python-pptx", ("pptx",))
def load_pptx():
    import pptx
    return lambda path: "\n".join(shape.text_frame.text for slide in pptx.Presentation(path).slides
                                  for shape in slide.shapes if shape.has_text_frame)


@loader("openpyxl", ("xlsx",))
def load_openpyxl():
    import openpyxl

    def read(path):
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        return "\n".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True)
                         for cell in row if cell is not None)
    return read


@loader("trafilatura", ("html",))
def load_trafilatura():
    import trafilatura
    return lambda path: trafilatura.extract(Path(path).read_bytes()) or ""


@loader("unhwp", ("hwp", "hwpx"))
def load_unhwp():
    import unhwp
    return unhwp.extract_text


# --- workers: one piece of work each, its figures on the last line ---------------------------------------------------

def read_all(read, paths):
    count = characters = 0
    for path in paths:
        try:
            characters += len(read(path))
            count += 1
        except Exception:  # whatever a peer raises for a file that it cannot read
            pass
    return count, characters


def calls_of(command, paths, at_once):
    """`command` with as many files a call as fit, or with one."""
    call, size = [], 0
    for path in paths:
        if call and (not at_once or size + len(path) > CALL_BYTES_MAX):
            yield [*command, *call]
            call, size = [], 0
        call.append(path)
        size += len(path) + 1
    if call:
        yield [*command, *call]


def run_naru(program, paths, at_once):
    count = characters = 0
    for call in calls_of([program, "parse", "-j", "1", "--json"], paths, at_once):
        for line in subprocess.run(call, capture_output=True).stdout.splitlines():
            document = json.loads(line)
            count += "error" not in document
            characters += sum(len(block["text"]) for block in document.get("blocks", []))
    return count, characters


def run_pdftotext(paths):
    count = characters = 0
    for path in paths:
        done = subprocess.run(["pdftotext", "-bbox-layout", path, "-"], capture_output=True)
        count += done.returncode == 0
        characters += done.stdout.count(b"</word>")
    return count, characters


def work(arguments):
    paths = json.loads(sys.stdin.read()) if arguments.list == "-" else json.loads(Path(arguments.list).read_text())
    name = arguments.worker
    read = LOADERS[name][0]() if name in LOADERS else None
    before = resource.getrusage(resource.RUSAGE_SELF)  # a peer's own start is not counted; Naru's is
    if name.startswith("naru"):
        count, characters = run_naru(arguments.program, paths, at_once=name == "naru")
    elif name == "pdftotext":
        count, characters = run_pdftotext(paths)
    else:
        count, characters = read_all(read, paths)
    used = resource.getrusage(resource.RUSAGE_SELF if read else resource.RUSAGE_CHILDREN)
    cpu_s = used.ru_utime + used.ru_stime - (before.ru_utime + before.ru_stime if read else 0)
    rounds.say({"read": count, "characters": characters, "cpu_s": cpu_s,
                "resident_mb": used.ru_maxrss / 1024})


def peers_of(form, arguments, paths):
    listed = Path(arguments.scratch) / f"{form}.json"
    listed.write_text(json.dumps(paths))
    names = ["naru", *(["naru cold", "pdftotext"] if form == "pdf" else []),
             *(name for name, (_, formats) in LOADERS.items() if form in formats)]
    return [rounds.Peer(name, [sys.executable, __file__, arguments.folder, "--worker", name, "--list", listed,
                               "--program", arguments.program]) for name in names]


def compare(form, arguments):
    paths = sorted(str(path) for path in Path(arguments.folder).rglob("*." + form)) * arguments.repeat
    if not paths:
        return
    megabytes = sum(os.path.getsize(path) for path in paths) / 1e6
    done = rounds.interleave(peers_of(form, arguments, paths), arguments.rounds)
    middle = {peer.name: {key: rounds.median([figures[key] for figures in peer.figures])
                          for key in peer.figures[0]} for peer in done}
    rows = []
    for peer in done:
        own = middle[peer.name]
        off = rounds.spread([figures["cpu_s"] for figures in peer.figures])
        ratio = own["cpu_s"] / middle["naru"]["cpu_s"] if "naru" in middle else 0
        rows.append([peer.name, f"{own['read']:.0f}", f"{1000 * own['cpu_s'] / len(paths):.1f} ±{100 * off:.0f} %",
                     f"{ratio:.2f}", f"{own['resident_mb']:.0f}"])
    head = ["who", "read", "CPU ms a file", "÷ naru", "MB"]
    rounds.table(f"{form}: {len(paths)} files, {megabytes:.1f} MB", head, rows)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("folder")
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--program", default="build/release/naru")
    p.add_argument("--repeat", type=int, default=1)
    p.add_argument("--only", default=",".join(FORMATS))
    p.add_argument("--scratch", default="/tmp")
    p.add_argument("--worker", help=argparse.SUPPRESS)
    p.add_argument("--list", help=argparse.SUPPRESS)
    arguments = p.parse_args()
    if arguments.worker:
        return work(arguments)
    print(rounds.machine())
    for form in arguments.only.split(","):
        compare(form, arguments)


if __name__ == "__main__":
    main()
