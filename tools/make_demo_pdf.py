#!/usr/bin/env python3
"""Writes the Korean PDF of the demo: a short, invented handbook of three pages. Needs Python 3 and nothing else.

The text is set in a Korean font that is named and not embedded, so the file is small; a ToUnicode table says which code
is which character, so every reader can read the words out.

usage: make_demo_pdf.py OUT.pdf
"""
import sys
import zlib

WIDTH, HEIGHT, MARGIN = 595, 842, 64
TITLE, HEADING, BODY = 22, 15, 11

PAGES = [
    [
        (TITLE, "나루터 도서관 이용 안내"),
        (BODY, "이 안내서는 나루터 도서관을 처음 찾는 분을 위한 것이다."),
        (HEADING, "1. 이용 시간"),
        (BODY, "평일에는 오전 9시부터 오후 9시까지 문을 연다."),
        (BODY, "토요일과 일요일에는 오전 10시부터 오후 6시까지 문을 연다."),
        (BODY, "매달 첫째 월요일과 설날, 추석 당일에는 쉰다."),
        (HEADING, "2. 회원 가입"),
        (BODY, "회원증은 신분증을 가지고 1층 안내대에서 신청하면 그 자리에서 발급된다."),
        (BODY, "회원증을 잃어버리면 재발급 수수료 2,000원을 낸다."),
    ],
    [
        (HEADING, "3. 대출과 반납"),
        (BODY, "책은 한 사람이 한 번에 7권까지, 14일 동안 빌릴 수 있다."),
        (BODY, "예약한 사람이 없으면 한 번에 한해 7일을 연장할 수 있다."),
        (BODY, "늦게 반납하면 하루에 한 권마다 100원의 연체료가 붙는다."),
        (BODY, "도서관이 문을 닫은 뒤에는 정문 옆 무인 반납함을 이용한다."),
        (HEADING, "4. 열람실"),
        (BODY, "열람실 좌석은 모두 120석이며 2층 기계에서 좌석표를 받아 앉는다."),
        (BODY, "자리를 30분 넘게 비우면 좌석표가 취소된다."),
    ],
    [
        (HEADING, "5. 모임방"),
        (BODY, "모임방은 3층에 네 곳이 있고 한 번에 2시간까지 무료로 쓸 수 있다."),
        (BODY, "예약은 사용하려는 날의 3일 전까지 누리집에서 한다."),
        (BODY, "모임방 안에서는 물을 제외한 음식을 먹을 수 없다."),
        (HEADING, "6. 문의"),
        (BODY, "궁금한 점은 1층 안내대에 묻거나 안내 전화로 문의한다."),
    ],
]


def page_stream(lines):
    y = HEIGHT - MARGIN
    parts = ["BT"]
    for size, text in lines:
        y -= size * (2.4 if size > BODY else 1.9)
        code = text.encode("utf-16-be").hex().upper()
        parts.append(f"/F1 {size} Tf 1 0 0 1 {MARGIN} {y:.1f} Tm <{code}> Tj")
    parts.append("ET")
    return zlib.compress("\n".join(parts).encode("ascii"))


def to_unicode():
    """Codes are UTF-16, so the table is the identity over the characters in use; at most 100 a section."""
    used = sorted({character for page in PAGES for _, text in page for character in text})
    sections = []
    for start in range(0, len(used), 100):
        codes = [f"{ord(character):04X}" for character in used[start:start + 100]]
        lines = "\n".join(f"<{code}> <{code}>" for code in codes)
        sections.append(f"{len(codes)} beginbfchar\n{lines}\nendbfchar")
    return zlib.compress("\n".join([
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
        "1 begincodespacerange <0000> <FFFF> endcodespacerange",
        *sections,
        "endcmap CMapName currentdict /CMap defineresource pop end end"]).encode("ascii"))


def stream_object(stream):
    return f"<< /Length {len(stream)} /Filter /FlateDecode >>\nstream\n".encode() + stream + b"\nendstream"


def build():
    kids = " ".join(f"{7 + 2 * i} 0 R" for i in range(len(PAGES)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (ko) >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(PAGES)} >>".encode(),
        b"<< /Type /Font /Subtype /Type0 /BaseFont /HYGoThic-Medium /Encoding /Identity-H /DescendantFonts [4 0 R] "
        b"/ToUnicode 6 0 R >>",
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /HYGoThic-Medium /DW 1000 /CIDToGIDMap /Identity "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor 5 0 R >>",
        b"<< /Type /FontDescriptor /FontName /HYGoThic-Medium /Flags 4 /FontBBox [-6 -145 1003 880] /ItalicAngle 0 "
        b"/Ascent 880 /Descent -120 /CapHeight 737 /StemV 58 >>",
        stream_object(to_unicode()),
    ]
    for i, lines in enumerate(PAGES):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] /Contents {8 + 2 * i} 0 R "
            f"/Resources << /Font << /F1 3 0 R >> >> >>".encode())
        objects.append(stream_object(page_stream(lines)))
    title = "나루터 도서관 이용 안내".encode("utf-16-be").hex().upper()
    objects.append(f"<< /Title <FEFF{title}> /Producer (make_demo_pdf) >>".encode())
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    xref = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{offset:010d} 00000 n \n".encode() for offset in offsets)
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R /Info {len(objects)} 0 R >>\n".encode()
    out += f"startxref\n{xref}\n%%EOF\n".encode()
    return bytes(out)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with open(sys.argv[1], "wb") as file:
        file.write(build())
