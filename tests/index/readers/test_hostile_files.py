"""Files made to do harm: each is a reading or one line, and none costs more than itself."""

import io
import struct
import zipfile
from collections.abc import Iterator

import pytest

from bench.reliability.files import SHAPES
from index.errors import ContentError
from index.formats.reading import Reading
from index.readers import forms
from index.readers.apart import Allowance, Apart
from index.readers.documents import docx
from index.readers.records import xlsx
from index.readers.source import Options, Source
from tests.index.readers.documents.test_docx import RELATIONS, document, packed, paragraph
from tests.index.readers.records.test_xlsx import SHEET, SIMPLE, book, changed
from tests.readings import entries

WORDS = paragraph("Why?", "Heading2") + paragraph("Because.")


def line(source: Source) -> str:
    """The one line that is said of a source that is refused."""
    with pytest.raises(ContentError) as raised:
        forms.read(source)
    said = str(raised.value)
    assert "\n" not in said
    assert said.startswith(source.name)
    return said


@pytest.fixture(scope="module")
def reader() -> Iterator[Apart]:
    with Apart(Allowance()) as reader:
        yield reader


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_that_makes_readers_slow_is_read_or_refused_in_a_line(
    name: str, reader: Apart
) -> None:
    source = Source(name=name, data=SHAPES[name](4_000).encode())
    try:
        assert isinstance(reader.read(source, Options()), Reading)
    except ContentError as error:
        assert "\n" not in str(error)
        assert "failed" not in error.what, error


def with_sizes(data: bytes, size: int) -> bytes:
    """The archive, in which every part announces that size, decoded."""
    patched = bytearray(data)
    for mark, at in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        place = patched.find(mark)
        while place >= 0:
            struct.pack_into("<I", patched, place + at, size)
            place = patched.find(mark, place + 4)
    return bytes(patched)


@pytest.mark.parametrize("size", [0, 10, 100])
def test_sizes_that_are_too_small_are_found_out(size: int) -> None:
    workbook = with_sizes(book(SIMPLE), size)
    assert "no workbook that can be read" in line(Source(name="faq.xlsx", data=workbook))
    words = with_sizes(packed(document(WORDS)), size)
    assert "cannot be read" in line(Source(name="faq.docx", data=words))


def test_sizes_that_are_too_large_reserve_nothing() -> None:
    workbook = with_sizes(book(SIMPLE), 0xFFFFFFFE)
    with Apart(Allowance(memory=256 << 20)) as reader:
        reading = reader.read(Source(name="faq.xlsx", data=workbook), Options())
    assert [one.question for one in entries(reading)] == ["How?"]


def test_what_unpacks_to_too_much_is_refused_whatever_it_announces(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(xlsx, "LARGEST", 3 << 20)
    monkeypatch.setattr(docx, "LARGEST", 3 << 20)
    bomb = changed(book(SIMPLE), SHEET, b"</sheetData>", b"</sheetData>" + bytes(4 << 20))
    assert len(bomb) < 20_000
    assert "more than 3 MB, decoded" in line(Source(name="faq.xlsx", data=bomb))
    words = packed({**document(WORDS), "word/media/a.bin": bytes(4 << 20)})
    assert len(words) < 20_000
    assert "it unpacks to too much" in line(Source(name="faq.docx", data=words))


def test_parts_that_share_their_bytes_are_counted_or_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Many names for one block of packed bytes: a bomb without a packed byte more."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", bytes(1 << 20))
        (one,) = archive.filelist
        archive.filelist += [one] * 300
    monkeypatch.setattr(xlsx, "LARGEST", 200 << 20)
    assert line(Source(name="faq.xlsx", data=file.getvalue()))


@pytest.mark.parametrize("cell", ["XFD1048576", "XFD1", "A1048576", "ZZZZZZ99999999999"])
def test_a_cell_at_the_end_of_the_sheet_makes_no_rows_up_to_it(cell: str, reader: Apart) -> None:
    number = cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    row = f'<row r="{number}"><c r="{cell}" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
    data = changed(book(SIMPLE), SHEET, b"</sheetData>", row.encode())
    try:
        reading = reader.read(Source(name="faq.xlsx", data=data), Options())
    except ContentError as error:
        assert "no workbook that can be read" in error.what
    else:
        assert [one.question for one in entries(reading)] == ["How?"]


BOMB = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">'
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)


def test_entities_that_multiply_are_refused_in_every_form() -> None:
    assert "declares a document type" in line(
        Source(name="faq.xml", data=f"{BOMB}<faq><q>&i;</q></faq>".encode())
    )
    inside = changed(book(SIMPLE), SHEET, b"<worksheet", BOMB.encode() + b"<worksheet")
    assert "no workbook that can be read" in line(Source(name="faq.xlsx", data=inside))
    words = packed(document(paragraph("&i;"), BOMB))
    assert "not what a text processor writes" in line(Source(name="faq.docx", data=words))
    relations = packed({**document(WORDS), "_rels/.rels": BOMB.encode() + RELATIONS.encode()})
    assert "not what a text processor writes" in line(Source(name="faq.docx", data=relations))


def test_a_file_of_the_disk_is_never_part_of_what_is_read() -> None:
    outside = "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/hostname'>]>"
    assert line(Source(name="faq.xml", data=f"{outside}<f><q>&e;</q></f>".encode()))
    assert line(Source(name="faq.docx", data=packed(document(paragraph("&e;"), outside))))
    page = f"{outside}<h2>Why?</h2><p>&e;</p>"
    (entry,) = entries(forms.read(Source(name="faq.html", data=page.encode())))
    assert entry.answer == r"\&e;"
