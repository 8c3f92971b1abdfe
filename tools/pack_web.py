#!/usr/bin/env python3
"""Packs a built page into one C++ file: every file once, compressed where that helps, with its type.

    tools/pack_web.py DIST OUT.cpp     also writes OUT.bin, which OUT.cpp takes in by .incbin

The same page gives the same bytes.
"""
import gzip
import sys
from pathlib import Path

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
OTHER = "application/octet-stream"
WORTH = 0.95  # a file that compression shortens by less is kept as it is

HEAD = """// Generated from web/ by tools/pack_web.py.
#include "serve/web_assets.h"

asm(R"(
.section .rodata
.balign 16
naru_web_bytes:
.incbin "{bytes}"
.previous
)");
extern "C" const char naru_web_bytes[];

namespace naru {{
namespace {{

const WebAsset kAssets[] = {{
"""
TAIL = """};

}  // namespace

std::span<const WebAsset> web_assets() { return kAssets; }

}  // namespace naru
"""


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    dist, out = Path(sys.argv[1]), Path(sys.argv[2]).resolve()
    packed, rows = b"", []
    files = sorted((path for path in dist.rglob("*") if path.is_file()), key=str)  # a server finds them by bisection
    if not files:
        sys.exit(f"pack_web: nothing in {dist}")
    for path in files:
        content = path.read_bytes()
        body = gzip.compress(content, 9, mtime=0)
        compressed = len(body) < WORTH * len(content)
        if not compressed:
            body = content
        name = "/" + path.relative_to(dist).as_posix()
        rows.append(f'    {{"{name}", "{TYPES.get(path.suffix, OTHER)}", '
                    f'{{naru_web_bytes + {len(packed)}, {len(body)}}}, {"true" if compressed else "false"}}},\n')
        packed += body
    data = out.with_suffix(".bin")
    data.write_bytes(packed)
    out.write_text(HEAD.format(bytes=data) + "".join(rows) + TAIL)


if __name__ == "__main__":
    main()
