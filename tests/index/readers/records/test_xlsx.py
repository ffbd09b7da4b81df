import datetime
import io
import zipfile
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from index.errors import ContentError
from index.formats.reading import Reading
from index.readers.records import xlsx
from index.readers.source import Options, Source
from tests.readings import entries

Rows = Sequence[Sequence[object]]


def book(sheets: Mapping[str, Rows]) -> bytes:
    made = Workbook()
    made.remove(made.worksheets[0])
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def changed(data: bytes, part: str, old: bytes, new: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(file, "w", 8) as after:
        for name in before.namelist():
            content = before.read(name)
            if name == part:
                assert old in content
                content = content.replace(old, new)
            after.writestr(name, content)
    return file.getvalue()


def read(data: bytes, options: Options = Options()) -> Reading:  # noqa: B008
    return xlsx.read(Source(name="faq.xlsx", data=data), options)


SIMPLE: Mapping[str, Rows] = {"FAQ": [["Question", "Answer"], ["How?", "So."]]}
SHEET = "xl/worksheets/sheet1.xml"


def test_every_sheet_with_questions_is_read_and_the_others_are_told_of() -> None:
    reading = read(
        book(
            {
                "Notes": [["Who", "When"], ["Ann", "today"]],
                "Money": [["Our FAQ"], [], ["Nr", "Question", "Answer"], [1, "How?", "So."]],
                "Time": [["q", "a", "until"], ["When?", "Now.", None], [None, None, None]],
            }
        )
    )
    assert [(one.question, one.answer) for one in entries(reading)] == [
        ("How?", "So."),
        ("When?", "Now."),
    ]
    assert [one.source for one in entries(reading)] == ["faq.xlsx:Money!4", "faq.xlsx:Time!2"]
    told = [str(finding) for finding in reading.findings]
    assert any(one.startswith("faq.xlsx:Notes!1: no column") for one in told)


def test_numbers_dates_flags_and_line_breaks_are_texts() -> None:
    rows: Rows = [
        ["id", "question", "answer", "valid until", "context only"],
        [7, "How many?", 42, datetime.datetime(2030, 1, 31), True],
        [8.5, "Why?", "One\r\ntwo", None, None],
    ]
    one, other = entries(read(book({"S": rows})))
    assert (one.id, one.answer, one.context_only) == ("faq.7", "42", True)
    assert one.valid_until == datetime.datetime(2030, 2, 1, tzinfo=datetime.UTC)
    assert (other.id, other.answer) == ("faq.8.5", "One  \ntwo")


def test_a_workbook_without_questions_says_what_columns_it_has() -> None:
    with pytest.raises(ContentError, match=r"faq\.xlsx:S!1: .*“Who”, “When”; name one, as in"):
        read(book({"S": [["Who", "When"], ["Ann", "today"]], "T": []}))
    columns = {"question": "Who", "answer": "When"}
    named = read(
        book({"S": [["Who", "When"], ["Ann", "today"]], "T": []}), Options(columns=columns)
    )
    assert [one.question for one in entries(named)] == ["Ann"]


def test_a_cell_far_out_costs_nothing() -> None:
    far = (
        b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
    )
    further = far.replace(b'r="1048576"', b'r="99999999999"')
    for row in (far, further):
        data = changed(book(SIMPLE), SHEET, b"</sheetData>", row)
        assert [one.question for one in entries(read(data))] == ["How?"]


def test_a_workbook_that_decodes_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = changed(book(SIMPLE), SHEET, b"</sheetData>", b"</sheetData>" + b" " * (4 << 20))
    assert len(data) < 20_000
    monkeypatch.setattr(xlsx, "LARGEST", 3 << 20)
    with pytest.raises(ContentError, match="has more than 3 MB, decoded"):
        read(data)


def test_a_workbook_with_too_many_cells_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MOST_CELLS", 10)
    read(book({"S": [["q", "a"], *[["Q?", "A."]] * 4]}))
    with pytest.raises(ContentError, match="more than 10 cells"):
        read(book({"S": [["q", "a"], *[["Q?", "A."]] * 3], "T": [["q", "a"], ["Q?", "A."]]}))


def test_entities_are_not_read() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><worksheet'
    with pytest.raises(ContentError, match="this is no workbook that can be read"):
        read(changed(book(SIMPLE), SHEET, b"<worksheet", bomb))


@pytest.mark.parametrize("data", [b"question,answer", b"PK\x03\x04rest", b"\xd0\xcf\x11\xe0" * 99])
def test_what_is_no_workbook_is_refused_in_one_line(data: bytes) -> None:
    with pytest.raises(ContentError, match="this is no workbook that can be read") as error:
        read(data)
    assert "\n" not in str(error.value)


WHOLE = book({"S": [["q", "a"], ["Q?", "A."]], "T": [["id"], [1]]})


@given(st.binary(max_size=200), st.integers(0, len(WHOLE)), st.integers(0, 300))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_bytes_give_a_reading_or_a_content_error(noise: bytes, at: int, gone: int) -> None:
    try:
        assert isinstance(read(WHOLE[:at] + noise + WHOLE[at + gone :]), Reading)
    except ContentError as error:
        assert "\n" not in str(error)


PARTS = ["xl/workbook.xml", SHEET, "xl/styles.xml", "[Content_Types].xml"]


@given(st.sampled_from(PARTS), st.data())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_damage_in_a_part_gives_a_reading_or_a_content_error(
    part: str, data: st.DataObject
) -> None:
    with zipfile.ZipFile(io.BytesIO(WHOLE)) as archive:
        content = archive.read(part)
    at = data.draw(st.integers(0, len(content) - 1))
    piece = content[at : at + data.draw(st.integers(1, 30))]
    try:
        new = data.draw(st.binary(max_size=5) | st.sampled_from([b"99999999", b"-1", b'"']))
        assert isinstance(read(changed(WHOLE, part, piece, new)), Reading)
    except ContentError as error:
        assert "\n" not in str(error)
