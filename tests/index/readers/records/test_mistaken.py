import io
import zipfile

import pytest

from index.errors import ContentError
from index.formats.reading import Reading
from index.readers.records import tables, trees, xlsx
from index.readers.source import Options, Source


def packed() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return file.getvalue()


def read(name: str, data: bytes) -> Reading:
    readers = {"csv": tables.read, "xlsx": xlsx.read}
    reader = readers.get(name.rpartition(".")[2], trees.read)
    return reader(Source(name=name, data=data), Options())


ALL = ["faq.csv", "faq.json", "faq.yaml", "faq.xml", "faq.xlsx"]


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(
    "data", [b"", b" \r\n\t", b"\xef\xbb\xbf\n", "\ufeff\n".encode("utf-16-le")]
)
def test_an_empty_file_is_called_so(name: str, data: bytes) -> None:
    with pytest.raises(ContentError) as error:
        read(name, data)
    assert str(error.value) == f"{name}: the file is empty."


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(
    "text",
    [
        "<!DOCTYPE html><html><p>Q?,a</p>",
        "\n<html lang='en'>",
        "<!-- a --> <!doctype HTML>",
        '<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml"></html>',
    ],
)
def test_a_page_of_html_is_told_by_its_beginning(name: str, text: str) -> None:
    for data in (text.encode(), text.encode("utf-16")):
        with pytest.raises(ContentError) as error:
            read(name, data)
        assert str(error.value) == (
            f"{name}: this looks like HTML. Rename it .html, or add --format html."
        )


@pytest.mark.parametrize("name", ALL[:-1])
def test_a_packed_file_is_told_by_its_beginning(name: str) -> None:
    with pytest.raises(ContentError) as error:
        read(name, packed())
    assert str(error.value) == (
        f"{name}: this is a workbook or another packed file. Rename it .xlsx, or add --format xlsx."
    )


def test_xml_about_html_is_not_mistaken_for_it() -> None:
    text = b"<faq><html-help/><question>Which tag?</question><answer>html</answer></faq>"
    assert [entry.question for entry in read("faq.xml", text).pages[0].entries] == ["Which tag?"]
