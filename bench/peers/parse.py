#!/usr/bin/env python3
"""What reading documents costs and finds, in Naru and in the readers that people use for each format.

usage: bench/peers/parse.py FOLDER [--rounds 3] [--program build/release/naru] [--repeat 1] [--only pdf,docx,...]
                            [--scorer ../shared/tools]

FOLDER is searched for files by their extension: ../shared/data/parse-docs/docs, or one of your own. A peer is one
process that reads all files of its formats, one after the other in one thread, and makes their text; what it cannot
read it leaves out. Naru is `naru parse -j 1 --json` of the same files in one call: a sandboxed child a document, and
blocks with their places. "cold" is a process a file, for the programs that are made for that. CPU time is that of the
process and all its children, of a Python peer without its start, of Naru with it; `--repeat` gives each file so many
times over, for the memory of a long run.

With --scorer, the folder of ../shared's `score_parse`, "recall" is that program's own: the share of a reference's words
that are found, a mean over the files (pdf: the words on which independent readers agree; office and hwpx: the text runs
of the container; hwp: agreed words; html: the truth of whole pages). A file that a reader cannot read counts 0. It also
adds the "article" table: the article pages of html-extract, with the F1 of that benchmark.
"""
import argparse
import importlib
import json
import os
import resource
import subprocess
import sys
from collections import Counter
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

    def texts(shapes):
        for shape in shapes:
            if shape.shape_type == pptx.enum.shapes.MSO_SHAPE_TYPE.GROUP:
                yield from texts(shape.shapes)
            elif shape.has_text_frame:
                yield shape.text_frame.text
            elif shape.has_table:
                yield from (cell.text for row in shape.table.rows for cell in row.cells)

    def read(path):
        parts = []
        for slide in pptx.Presentation(path).slides:
            parts += texts(slide.shapes)
            if slide.has_notes_slide:
                parts.append(slide.notes_slide.notes_text_frame.text)
        return "\n".join(parts)
    return read


@loader("openpyxl", ("xlsx",))
def load_openpyxl():
    import openpyxl

    def read(path):
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        return "\n".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True)
                         for cell in row if cell is not None)
    return read


@loader("trafilatura", ("html", "article"))
def load_trafilatura():
    import trafilatura
    return lambda path: trafilatura.extract(Path(path).read_bytes()) or ""


@loader("unhwp", ("hwp", "hwpx"))
def load_unhwp():
    import unhwp
    return unhwp.extract_text


# --- workers: one piece of work each, its figures on the last line ---------------------------------------------------

def read_all(read, paths, texts):
    for path in paths:
        try:
            texts[path] = read(path)
        except Exception:  # whatever a peer raises for a file that it cannot read
            pass


def calls_of(command, paths, at_once):
    """`command` with as many files a call as fit, or with one."""
    call, size = [], 0
    for path in paths:
        if call and (not at_once or size + len(path) > CALL_BYTES_MAX):
            yield [*command, *call], call
            call, size = [], 0
        call.append(path)
        size += len(path) + 1
    if call:
        yield [*command, *call], call


def naru_text(document):
    """As score-parse takes it: of a table its cells, which its text repeats."""
    parts = []
    for block in document.get("blocks", []):
        parts += [cell for row in block["cells"] for cell in row] if block.get("cells") else [block["text"]]
    return "\n".join([*parts, *(naru_text(child) for child in document.get("children", []))])


def run_naru(program, paths, at_once, texts):
    for call, files in calls_of([program, "parse", "-j", "1", "--json"], paths, at_once):
        lines = subprocess.run(call, capture_output=True).stdout.splitlines()
        for path, line in zip(files, lines):
            document = json.loads(line)
            if "error" not in document:
                texts[path] = naru_text(document)


def run_pdftotext(paths, texts):
    for path in paths:
        done = subprocess.run(["pdftotext", "-bbox-layout", path, "-"], capture_output=True)
        if done.returncode == 0:
            texts[path] = done.stdout.decode("utf-8", "replace")


def work(arguments):
    paths = json.loads(Path(arguments.list).read_text())
    name, texts = arguments.worker, {}
    read = LOADERS[name][0]() if name in LOADERS else None
    before = resource.getrusage(resource.RUSAGE_SELF)  # a peer's own start is not counted; Naru's is
    if name.startswith("naru"):
        run_naru(arguments.program, paths, name == "naru", texts)
    elif name == "pdftotext":
        run_pdftotext(paths, texts)
    else:
        read_all(read, paths, texts)
    used = resource.getrusage(resource.RUSAGE_SELF if read else resource.RUSAGE_CHILDREN)
    cpu_s = used.ru_utime + used.ru_stime - (before.ru_utime + before.ru_stime if read else 0)
    Path(arguments.texts).write_text(json.dumps(texts))
    rounds.say({"read": len(texts), "cpu_s": cpu_s, "resident_mb": used.ru_maxrss / 1024})


# --- what was found, counted as ../shared/tools/score-parse does -----------------------------------------------------

class Scorer:
    """Reference words by file, and the article pages, of the package `score_parse` in a folder."""

    def __init__(self, folder):
        sys.path.insert(0, folder)
        self.words = importlib.import_module("score_parse.words")
        self.web = importlib.import_module("score_parse.web")
        documents = importlib.import_module("score_parse.documents")
        rows = documents.manifest()
        self.pages = {str(documents.HOME / row["path"]): row.get("pages") or 0 for row in rows}
        self.wanted = {}
        for path, reference in documents.references(rows).items():
            form = path.rsplit(".", 1)[-1]
            truth = Counter(reference.get("truth", ()))
            chosen = reference.get({"pdf": "agreed", "html": "truth"}.get(form, "other"), truth)
            if chosen:
                self.wanted[str((documents.HOME / path).resolve())] = Counter(chosen)

    def recall(self, who, paths, texts):
        """Mean over the files that have a reference; None where none has."""
        found = []
        for path in dict.fromkeys(paths):
            wanted = self.wanted.get(os.path.realpath(path))
            if wanted:
                given = self.words.tokens(self.plain(who, texts.get(path, "")))
                found.append(self.words.recall(wanted, Counter(given)))
        return sum(found) / len(found) if found else None

    def plain(self, who, text):
        """The words alone of what is given with marks."""
        marked = {"pdftotext": self.words.html_text, "markitdown": self.words.markdown_text}
        return marked[who](text) if who in marked else text

    def article_f1(self, truths, texts):
        each = [self.web.page_score(true, texts.get(path, "")) for path, true in truths.items()]
        precision = self.words.mean([p for p, _ in each]) or 0
        recall = self.words.mean([r for _, r in each]) or 0
        return 2 * precision * recall / (precision + recall) if precision + recall else 0


def texts_file(arguments, form, name):
    return Path(arguments.scratch) / f"{form}.{name.replace(' ', '_')}.texts.json"


def peers_of(form, arguments, paths):
    listed = Path(arguments.scratch) / f"{form}.json"
    listed.write_text(json.dumps(paths))
    names = ["naru", *(["naru cold", "pdftotext"] if form == "pdf" else []),
             *(name for name, (_, formats) in LOADERS.items() if form in formats)]
    return [rounds.Peer(name, [sys.executable, __file__, arguments.folder, "--worker", name, "--list", listed,
                               "--program", arguments.program, "--texts", texts_file(arguments, form, name)])
            for name in names]


def compare(form, arguments, paths, found, pages):
    """One table. `found`: (who, {path: text}) -> what stands in the column "recall" or "F1"."""
    megabytes = sum(os.path.getsize(path) for path in paths) / 1e6
    done = rounds.interleave(peers_of(form, arguments, paths), arguments.rounds)
    middle = {peer.name: {key: rounds.median([figures[key] for figures in peer.figures])
                          for key in peer.figures[0]} for peer in done}
    rows = []
    for peer in done:
        own = middle[peer.name]
        off = rounds.spread([figures["cpu_s"] for figures in peer.figures])
        ratio = own["cpu_s"] / middle["naru"]["cpu_s"] if "naru" in middle else 0
        speed = pages / own["cpu_s"] if pages else megabytes / own["cpu_s"]
        score = found(peer.name, json.loads(texts_file(arguments, form, peer.name).read_text()))
        rows.append([peer.name, f"{own['read']:.0f}", "" if score is None else f"{score:.3f}",
                     f"{1000 * own['cpu_s'] / len(paths):.1f} ±{100 * off:.0f} %", f"{speed:.2f}", f"{ratio:.2f}",
                     f"{own['resident_mb']:.0f}"])
    head = ["who", "read", "F1" if form == "article" else "recall", "CPU ms a file",
            f"{'pages' if pages else 'MB'} a CPU s", "times naru's CPU", "MB"]
    rounds.table(f"{form}: {len(paths)} files, {megabytes:.1f} MB" + (f", {pages} pages" if pages else ""), head, rows)


def compare_format(form, arguments, scorer):
    paths = sorted(str(path) for path in Path(arguments.folder).rglob("*." + form)) * arguments.repeat
    if paths:
        pages = sum(scorer.pages.get(os.path.realpath(path), 0) for path in paths) if scorer and form == "pdf" else 0
        compare(form, arguments, paths, lambda who, texts: scorer and scorer.recall(who, paths, texts), pages)


def compare_articles(arguments, scorer):
    truths = {str(path): true for _, path, true in scorer.web.article(arguments.scratch + "/article")}
    paths = sorted(truths) * arguments.repeat
    compare("article", arguments, paths, lambda _, texts: scorer.article_f1(truths, texts), 0)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("folder")
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--program", default="build/release/naru")
    p.add_argument("--repeat", type=int, default=1)
    p.add_argument("--only", default=",".join([*FORMATS, "article"]))
    p.add_argument("--scorer", help="the folder that has score_parse: ../shared/tools")
    p.add_argument("--scratch", default="/tmp/naru-bench-parse")
    p.add_argument("--worker", help=argparse.SUPPRESS)
    p.add_argument("--list", help=argparse.SUPPRESS)
    p.add_argument("--texts", help=argparse.SUPPRESS)
    arguments = p.parse_args()
    if arguments.worker:
        return work(arguments)
    Path(arguments.scratch).mkdir(parents=True, exist_ok=True)
    scorer = Scorer(arguments.scorer) if arguments.scorer else None
    print(rounds.machine())
    for form in arguments.only.split(","):
        if form != "article":
            compare_format(form, arguments, scorer)
        elif scorer:
            compare_articles(arguments, scorer)


if __name__ == "__main__":
    main()
