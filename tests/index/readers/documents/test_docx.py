import zipfile
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ContentError
from index.readers.documents import docx
from index.readers.source import Options, Source

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
RELATIONS = (
    f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r" Type="{OFFICE}" '
    'Target="word/document.xml"/></Relationships>'
)


def packed(members: dict[str, bytes]) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def document(body: str, before: str = "") -> dict[str, bytes]:
    text = f'{before}<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>'
    return {"_rels/.rels": RELATIONS.encode(), "word/document.xml": text.encode()}


def paragraph(text: str, style: str = "", *, bold: bool = False) -> str:
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    print_ = "<w:rPr><w:b/></w:rPr>" if bold else ""
    return f"<w:p>{properties}<w:r>{print_}<w:t>{text}</w:t></w:r></w:p>"


def pairs(body: str) -> list[tuple[str, str]]:
    source = Source(name="faq.docx", data=packed(document(body)))
    return [(e.question, e.answer) for e in docx.read(source, Options()).pages[0].entries]


@pytest.mark.parametrize("form", [{}, {"bold": True}, {"style": "Heading2"}])
def test_paragraphs_in_turn(form: dict[str, object]) -> None:
    questions = [paragraph(text, **form) for text in ("Why?", "How?")]  # type: ignore[arg-type]
    body = questions[0] + paragraph("Because.") + questions[1] + paragraph("So.")
    assert pairs(body) == [("Why?", "Because."), ("How?", "So.")]


def table(*rows: tuple[str, ...]) -> str:
    cells = ("".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in row) for row in rows)
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in cells)}</w:tbl>"


def test_a_table_stays_one_and_a_heading_that_does_not_ask_may_come_last() -> None:
    body = (
        paragraph("When?", "Heading2")
        + table(("Years", "Days"), ("0-5", "30"))
        + paragraph("Who?", "Heading2")
        + paragraph("All.")
        + paragraph("How?", "Heading2")
        + paragraph("So.")
        + paragraph("Sick leave", "Heading2")
        + paragraph("Call.")
    )
    assert pairs(body) == [
        ("When?", "| Years | Days |\n| --- | --- |\n| 0-5 | 30 |"),
        ("Who?", "All."),
        ("How?", "So."),
        ("Sick leave", "Call."),
    ]


def test_the_title_of_the_document_names_the_page() -> None:
    body = paragraph("Our FAQ", "Title") + paragraph("May 2026.")
    for group in ("Leave", "Travel"):
        body += paragraph(group, "Heading1")
        body += paragraph(f"Why {group}?", "Heading2") + paragraph("So.")
    styles = f'<w:styles xmlns:w="{WORD}"><w:style w:type="paragraph" w:styleId="Title">'
    relation = OFFICE.removesuffix("officeDocument") + "styles"
    members = {
        **document(body),
        "word/styles.xml": f'{styles}<w:name w:val="Title"/></w:style></w:styles>'.encode(),
        "word/_rels/document.xml.rels": RELATIONS.replace(OFFICE, relation)
        .replace("word/document.xml", "styles.xml")
        .encode(),
    }
    reading = docx.read(Source(name="handbook.docx", data=packed(members)), Options())
    [page] = reading.pages
    assert page.title == "Our FAQ"
    assert [(entry.question, entry.tags) for entry in page.entries] == [
        ("Why Leave?", ("Leave",)),
        ("Why Travel?", ("Travel",)),
    ]
    assert reading.findings == ()


@pytest.mark.parametrize(
    "data",
    [
        b"no archive",
        packed({"a": b"b"}),
        packed(document("", "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/hostname'>]>")),
        packed(document("<w:p>" * 3000 + "</w:p>" * 3000)),
        packed({"word/document.xml": b"<w", "_rels/.rels": RELATIONS.encode()}),
        packed({**document(""), "word/media/a.bin": bytes(docx.LARGEST + 1)}),
    ],
)
def test_what_cannot_be_read_is_told(data: bytes) -> None:
    with pytest.raises(ContentError, match="cannot be read"):
        docx.read(Source(name="faq.docx", data=data), Options())


GOOD = packed(document(paragraph("Why?") + paragraph("Because.")))


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_a_damaged_byte_gives_pages_or_an_error(position: int, byte: int) -> None:
    data = GOOD[:position] + bytes([byte]) + GOOD[position + 1 :]
    try:
        docx.read(Source(name="faq.docx", data=data), Options())
    except ContentError as error:
        assert str(error).startswith("faq.docx")
