#!/usr/bin/env python3
"""Writes the DOCX of the browser tests: two headings, paragraphs, and a table with merged cells in its header.

usage: make_docx.py FILE
"""
import sys
import zipfile

NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def paragraph(text, style=None):
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{properties}<w:r><w:t>{text}</w:t></w:r></w:p>"


def cell(text, properties=""):
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(text)}</w:tc>"


def row(*cells, header=False):
    return f"<w:tr>{'<w:trPr><w:tblHeader/></w:trPr>' if header else ''}{''.join(cells)}</w:tr>"


TABLE = "".join([
    "<w:tbl>",
    row(cell("직급", '<w:vMerge w:val="restart"/>'), cell("휴가", '<w:gridSpan w:val="2"/>'), header=True),
    row(cell("", "<w:vMerge/>"), cell("연차"), cell("병가"), header=True),
    row(cell("사원"), cell("15일"), cell("60일")),
    row(cell("과장"), cell("20일"), cell("60일")),
    "</w:tbl>",
])

BODY = "".join([
    paragraph("휴가 규정", "Heading1"),
    paragraph("이 규정은 나루터 회사에서 일하는 모든 사람에게 적용한다."),
    paragraph("신청", "Heading2"),
    paragraph("연차 휴가는 쉬려는 날의 사흘 전까지 부서장에게 신청한다. 급한 일은 전화로 먼저 알릴 수 있다."),
    paragraph("일수", "Heading2"),
    TABLE,
    paragraph("쓰지 않은 연차는 다음 해 3월까지 쓸 수 있다."),
])

FILES = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'wordprocessingml.document.main+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>',
    "word/document.xml": f'<w:document xmlns:w="{NAMESPACE}"><w:body>{BODY}</w:body></w:document>',
}

with zipfile.ZipFile(sys.argv[1], "w") as archive:
    for name, text in FILES.items():
        archive.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + text)
