#!/usr/bin/env python3
"""Writes docs/formats.md: what is read of each format and what is not, in the words of its parser.

    tools/make_formats.py            writes the page
    tools/make_formats.py --check    only says whether it is up to date, by the exit code too

Each parser's file begins with the comment that docs/guides/add-a-parser.md asks for, and its Descriptor has a summary;
the page is these two, so that whoever changes a parser changes the page.
"""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "formats.md"
COLUMNS = 120
HEAD = """\
# Formats

What Naru reads of each format, how it knows it, what it keeps and what it leaves out. Formats are found by their
content, the extension is a hint; whatever is left out of a document beyond this page is said in its warnings.

Made by `tools/make_formats.py` from the parsers' own files: change those, never this page.
"""
GROUPS = [
    ("Documents", ["pdf", "docx", "pptx", "xlsx", "hwp", "hwpx", "hwpml"]),
    ("Web and text", ["html", "markdown", "text", "csv", "json", "xml", "source_code"]),
    ("Mail", ["mail", "mbox"]),
    ("Archives", ["zip", "tar", "compressed"]),
    ("Encrypted by others", ["drm"]),
]


def wrapped(text):
    """Lines of at most COLUMNS columns."""
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > COLUMNS:
            lines.append(line)
            line = ""
        line += (" " if line else "") + word
    return "\n".join([*lines, line] if line else lines)


def literal(source, field):
    """A string of the Descriptor, its pieces joined."""
    found = re.search(rf'\.{field} =\s*((?:"(?:[^"\\]|\\.)*"\s*)+)', source)
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', found.group(1))) if found else None


def parsers():
    """Of each parser its name, its summary and the comment at the top of its file, as paragraphs."""
    found = {}
    for path in sorted([*ROOT.glob("src/parse/*.cpp"), *ROOT.glob("src/parse/*/*.cpp")]):
        source = path.read_text()
        if not re.search(rf"^void register_{path.stem}\(Registry", source, re.M):
            continue
        registration = source[source.index(f"void register_{path.stem}("):]
        comment = []
        for line in source.splitlines():
            if not line.startswith("//"):
                break
            comment.append(line[2:].strip())
        paragraphs = [" ".join(part.split("\n")) for part in "\n".join(comment).split("\n\n")]
        name, summary = literal(registration, "name"), literal(registration, "summary")
        if not name or not summary or len(paragraphs) < 2:
            sys.exit(f"{path.relative_to(ROOT)}: wants a name, a summary and a comment of two paragraphs at its top")
        found[name] = (summary, paragraphs)
    return found


def page():
    known = parsers()
    named = [name for _, names in GROUPS for name in names]
    if sorted(named) != sorted(known):
        sys.exit(f"{Path(__file__).name}: GROUPS and src/parse differ in {sorted(set(named) ^ set(known))}")
    out = [HEAD]
    for title, names in GROUPS:
        out.append(f"## {title}\n")
        for name in names:
            summary, paragraphs = known[name]
            first = re.sub(rf"^{name}: ", "", paragraphs[0])
            out.append(f"### {name}\n\n{wrapped(f'**{summary}**')}\n")
            out += [wrapped(text) + "\n" for text in [first[0].upper() + first[1:], *paragraphs[1:]]]
    return "\n".join(out)


def main():
    text = page()
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(text)
        return 0
    if PAGE.is_file() and PAGE.read_text() == text:
        print(f"{PAGE.relative_to(ROOT)} is up to date")
        return 0
    print(f"{PAGE.relative_to(ROOT)} is not what the parsers say: run tools/make_formats.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
