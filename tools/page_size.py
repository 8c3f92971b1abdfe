#!/usr/bin/env python3
"""Holds the page to its size: what a browser loads before the first PDF, compressed as the server sends it, is at most
1 MB. The worker of pdf.js, its maps and its fonts come only when a PDF asks for them.

usage: page_size.py BUILT_PAGE_FOLDER
"""
import gzip
import sys
from pathlib import Path

BYTES_MAX = 1_000_000


def main():
    folder = Path(sys.argv[1])
    total = 0
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        if name.startswith("pdf/") or "worker" in name:
            continue
        size = len(gzip.compress(path.read_bytes(), 9))
        total += size
        print(f"{size:>9}  {name}")
    print(f"{total:>9}  in all, at most {BYTES_MAX}")
    return 0 if 0 < total <= BYTES_MAX else 1


if __name__ == "__main__":
    sys.exit(main())
