"""Files of questions, as people and programs write them."""

import codecs
import csv
import io
import json
import os
import threading
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import InputError
from qa.question_files import Question, read_questions
from qa.text_files import LONGEST

NO_STDIN = io.BytesIO()

# What a file can hold: any character but half a surrogate pair, and NUL, which no text file has.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
RECORDS = st.lists(st.tuples(TEXT.filter(str.strip), TEXT), max_size=8)


def read(path: Path) -> list[Question]:
    return list(read_questions(str(path), stdin=NO_STDIN))


def read_stdin(data: bytes) -> list[Question]:
    return list(read_questions("-", stdin=io.BytesIO(data)))


@pytest.fixture
def given_file(tmp_path: Path) -> Callable[[str, bytes], Path]:
    def write(name: str, data: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        pytest.param("q.txt", b"a\nb\n", [("1", "a", 1), ("2", "b", 2)], id="txt"),
        pytest.param("Q.TXT", b"a", [("1", "a", 1)], id="capitals, no last line end"),
        pytest.param("q.txt", b"\n \na\n\t\nb", [("3", "a", 3), ("5", "b", 5)], id="blank lines"),
        pytest.param(
            "q.txt",
            b"a\r\n b \rc\n",
            [("1", "a", 1), ("2", " b ", 2), ("3", "c", 3)],
            id="line ends of Windows and old Macintosh, spaces kept",
        ),
        pytest.param(
            "q.txt",
            "a\u2028b\x85c\x0cd\n".encode(),
            [("1", "a\u2028b\x85c\x0cd", 1)],
            id="nothing else ends a line",
        ),
        pytest.param(
            "q.txt",
            b'{"text": "a"}\n',
            [("1", '{"text": "a"}', 1)],
            id="txt is text, whatever it looks like",
        ),
        pytest.param("q.txt", b"", [], id="empty txt"),
        pytest.param("q.jsonl", b"", [], id="empty jsonl"),
        pytest.param(
            "q.txt",
            "\ufffd?".encode(),
            [("1", "\ufffd?", 1)],
            id="a replacement character that is in the file",
        ),
        pytest.param("q.csv", b"id,question\n7,a\n8,b\n", [("7", "a", 2), ("8", "b", 3)], id="csv"),
        pytest.param(
            "q.csv",
            b"question\na\n\nb\n",
            [("2", "a", 2), ("4", "b", 4)],
            id="csv without id: the line where the row starts",
        ),
        pytest.param(
            "q.csv",
            b'id,text\n1,"a\nb\n"\n2,c\n',
            [("1", "a\nb\n", 2), ("2", "c", 5)],
            id="lines within quotes count",
        ),
        pytest.param(
            "q.csv",
            b'id,text\r\n1,"a\r\nb"\r\n',
            [("1", "a\r\nb", 2)],
            id="a line end within quotes stays as it is",
        ),
        pytest.param(
            "q.csv",
            b'text\n"a\nb"\nc\n',
            [("2", "a\nb", 2), ("4", "c", 4)],
            id="csv: id is the first line of the row",
        ),
        pytest.param(
            "q.csv",
            b'" Question ",Other,ID\na,x,7\n',
            [("7", "a", 2)],
            id="names of columns in any case, trimmed, in any order",
        ),
        pytest.param("q.csv", b"text,question\na,b\n", [("2", "b", 2)], id="question before text"),
        pytest.param("q.csv", b"id;question\n7;a, b\n", [("7", "a, b", 2)], id="semicolons"),
        pytest.param(
            "q.csv",
            b'"id, or none";"question"\n7;a\n',
            [("2", "a", 2)],
            id="semicolons, and a comma in the header",
        ),
        pytest.param("q.csv", b"id\tquestion\n7\ta, b; c\n", [("7", "a, b; c", 2)], id="tabs"),
        pytest.param("q.tsv", b"id\tquestion\n7\ta\n", [("7", "a", 2)], id="tsv"),
        pytest.param("q.tsv", b"id,question\n7,a\n", [("7", "a", 2)], id="tsv with commas"),
        pytest.param(
            "q.csv",
            b'question\na, b; c\td\n"e, f"\n',
            [("2", "a, b; c\td", 2), ("3", "e, f", 3)],
            id="one column has no delimiter",
        ),
        pytest.param(
            "q.csv",
            b'id,question\n1,say "a"\n2,"say ""b"""\n',
            [("1", 'say "a"', 2), ("2", 'say "b"', 3)],
            id="quotes within a text",
        ),
        pytest.param(
            "q.csv",
            b"id,question,\n1,a,,,\n,,\n,,,,\n2,b\n",
            [("1", "a", 2), ("2", "b", 5)],
            id="empty cells and rows of a spreadsheet",
        ),
        pytest.param(
            "q.csv",
            b"id,question\n ,a\n7,\n",
            [("2", "a", 2), ("7", "", 3)],
            id="no id: the line; no text: passed on",
        ),
        pytest.param("q.csv", b"question,id\na\n", [("2", "a", 2)], id="a row cut after its text"),
        pytest.param(
            "q.csv", b"\n\nid,question\n7,a", [("7", "a", 4)], id="lines above the header"
        ),
        pytest.param(
            "q.csv", b"id,question\n7,a\n7,b\n", [("7", "a", 2), ("7", "b", 3)], id="an id twice"
        ),
        pytest.param("q.csv", b"id,question\n", [], id="csv of a header only"),
        pytest.param(
            "q.jsonl",
            b'{"text": "a", "id": "x"}\n\n{"question": "b", "id": 12}\n',
            [("x", "a", 1), ("12", "b", 3)],
            id="jsonl",
        ),
        pytest.param(
            "q.ndjson",
            b'{"text": "a"}\n{"text": "", "id": null}\n{"text": "b", "id": ""}',
            [("1", "a", 1), ("2", "", 2), ("3", "b", 3)],
            id="jsonl without ids",
        ),
        pytest.param(
            "q.jsonl",
            b'{"question": null, "text": "a", "more": [1]}',
            [("1", "a", 1)],
            id="null is absent, other keys are let be",
        ),
        pytest.param(
            "q.jsonl",
            b'{"text": "\\ud800 \\u0000\\udcff"}',
            [("1", "\ud800 \0\udcff", 1)],
            id="escapes that are no characters are passed on",
        ),
    ],
)
def test_a_file_gives_its_questions_in_order(
    given_file: Callable[[str, bytes], Path],
    name: str,
    data: bytes,
    expected: list[tuple[str, str, int]],
) -> None:
    assert read(given_file(name, data)) == [Question(*question) for question in expected]


ONE_A_LINE = 'Write one object a line, as {"id": "7", "text": "…"}.'
HEADER = "Name the columns in the first line, as: id,question"
QUOTE = "Close the double quotes that open here, and write those within a text twice."
ENCLOSE = "Put texts that hold the delimiter in double quotes."


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("q.txt", b"a\nb\xff\n", ":2: this is not UTF-8. Save the file as UTF-8."),
        ("q.txt", b"caf\xe9", ":1: this is not UTF-8. Save the file as UTF-8."),
        ("q.txt", b"a\nb\xe2\x82", ":2: this is not UTF-8. Save the file as UTF-8."),
        (
            "q.txt",
            codecs.BOM_UTF16_LE + b"a\0\n\0b",
            ":2: this is not UTF-8. Save the file as UTF-8.",
        ),
        ("q.txt", b"a\0b\0", ":1: this is not text. Save the file as plain text in UTF-8."),
        ("q.csv", b"id,question\n1,a\n2,\xff", ":3: this is not UTF-8. Save the file as UTF-8."),
        ("q.jsonl", b'{"text": "\xff"}', ":1: this is not UTF-8. Save the file as UTF-8."),
        (
            "q.txt",
            b"a\n" + b"b" * (LONGEST + 1),
            ":2: this line is longer than 1,048,576 characters."
            " Put each question on a line of its own.",
        ),
        (
            "q.jsonl",
            b'{"text": "a"}\n{"text": \n',
            f":2: this line is not JSON: Expecting value. {ONE_A_LINE}",
        ),
        ("q.jsonl", b"[" * 100_000, f":1: this line is not JSON: it cannot be read. {ONE_A_LINE}"),
        ("q.jsonl", b'\n["a"]', f":2: this line is not a JSON object. {ONE_A_LINE}"),
        ("q.jsonl", b'"a"', f":1: this line is not a JSON object. {ONE_A_LINE}"),
        (
            "q.jsonl",
            b'{"id": 1}',
            ':1: this object has no question. Give it as "text" or "question".',
        ),
        (
            "q.jsonl",
            b'{"text": 1}',
            ":1: text must be a string. Put the question in double quotes.",
        ),
        (
            "q.jsonl",
            b'{"text": "a", "id": true}',
            ":1: id must be a string or a whole number. Put it in double quotes.",
        ),
        (
            "q.jsonl",
            b'{"text": "a", "id": 1.5}',
            ":1: id must be a string or a whole number. Put it in double quotes.",
        ),
        ("q.csv", b"", f":1: this file is empty. {HEADER}"),
        ("q.csv", b"\n\n", f":1: this file is empty. {HEADER}"),
        (
            "q.csv",
            b"id;frage\n1;a",
            f":1: no column is named question or text, only: id, frage. {HEADER}",
        ),
        (
            "q.csv",
            b"How do I pay?\n",
            f":1: no column is named question or text, only: How do I pay?. {HEADER}",
        ),
        (
            "q.csv",
            b"id,question\n1,a\n2,b, c\n",
            f":3: the header has 2 columns, this row has 3. {ENCLOSE}",
        ),
        ("q.csv", b"id,question\n1\n", f":2: the header has 2 columns, this row has 1. {ENCLOSE}"),
        (
            "q.csv",
            b'id,question\n1,a\n2,"b\n3,c\n',
            f":3: this row is not CSV: unexpected end of data. {QUOTE}",
        ),
        (
            "q.csv",
            b'id,question\n1,"a" b\n',
            f":2: this row is not CSV: ',' expected after '\"'. {QUOTE}",
        ),
        (
            "q.csv",
            b'id,question\n1,"' + b"long\nish" * (LONGEST // 8 + 1) + b'"',
            f":2: this row is not CSV: field larger than field limit (1048576). {QUOTE}",
        ),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line_and_its_mend(
    given_file: Callable[[str, bytes], Path], name: str, data: bytes, message: str
) -> None:
    path = given_file(name, data)
    with pytest.raises(InputError) as caught:
        read(path)
    assert str(caught.value) == f"{path}{message}"


@pytest.mark.parametrize("name", ["q.xlsx", "q", "q.jsonl.gz"])
def test_an_unknown_suffix_is_refused_at_once_and_the_known_are_listed(name: str) -> None:
    with pytest.raises(InputError) as caught:
        read_questions(name, stdin=NO_STDIN)
    assert str(caught.value) == (
        f"{name}: questions cannot be read from this kind of file."
        " Give one of .txt, .csv, .tsv, .jsonl, .ndjson, or - and pipe it in."
    )


def test_a_missing_file_a_folder_and_a_path_through_a_file_are_told_apart(tmp_path: Path) -> None:
    folder, file = tmp_path / "folder.txt", tmp_path / "file.txt"
    folder.mkdir()
    file.touch()
    reasons = {
        tmp_path / "none.txt": "there is no such file. Check the name.",
        folder: "this is a folder. Name one file of questions.",
        file / "q.txt": "this file cannot be opened: Not a directory. Check who may read it.",
    }
    for path, reason in reasons.items():
        with pytest.raises(InputError) as caught:
            read(path)
        assert str(caught.value) == f"{path}: {reason}"


def test_questions_before_a_fault_come_out(given_file: Callable[[str, bytes], Path]) -> None:
    questions = read_questions(str(given_file("q.txt", b"a\nb\n\xff\n")), stdin=NO_STDIN)
    assert [question.text for question in islice(questions, 2)] == ["a", "b"]
    with pytest.raises(InputError, match=":3: this is not UTF-8"):
        next(questions)


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ],
)
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("q.txt", "ü 😀\r\nb"),
        ("q.csv", "question;note\r\nü 😀;x\r\nb;y\r\n"),
        ("q.jsonl", '{"text": "ü 😀"}\n{"text": "b"}\n'),
    ],
)
def test_byte_order_marks_are_understood(
    given_file: Callable[[str, bytes], Path], name: str, text: str, mark: bytes, encoding: str
) -> None:
    data = mark + text.encode(encoding)
    assert [question.text for question in read(given_file(name, data))] == ["ü 😀", "b"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a\n\nb", [("1", "a", 1), ("3", "b", 3)]),
        (b'{"text": "a"}\n{"question": "b", "id": 5}', [("1", "a", 1), ("5", "b", 2)]),
        (codecs.BOM_UTF8 + b'\n  {"text": "a"}', [("2", "a", 2)]),
        (codecs.BOM_UTF16_LE + "é".encode("utf-16-le"), [("1", "é", 1)]),
        (b'a\n{"text": "b"}', [("1", "a", 1), ("2", '{"text": "b"}', 2)]),
        (b"question,id\na,b", [("1", "question,id", 1), ("2", "a,b", 2)]),
        (b"", []),
    ],
)
def test_standard_input_is_jsonl_if_it_begins_so_else_text(
    data: bytes, expected: list[tuple[str, str, int]]
) -> None:
    assert read_stdin(data) == [Question(*question) for question in expected]


def test_standard_input_stays_open_and_is_named_in_faults() -> None:
    stdin = io.BytesIO(b'{"text": "a"}\nb\n')
    with pytest.raises(InputError, match=r"^standard input:2: this line is not JSON"):
        list(read_questions("-", stdin=stdin))
    assert not stdin.closed


def test_a_pipe_that_gives_one_byte_at_a_time_is_read_the_same() -> None:
    """A byte order mark may arrive in two pieces."""
    reading, writing = os.pipe()

    def write() -> None:
        for byte in "\ufeffé\nb".encode("utf-16-le"):
            os.write(writing, bytes([byte]))
        os.close(writing)

    writer = threading.Thread(target=write)
    writer.start()
    with open(reading, "rb") as stdin:  # noqa: PTH123 - a descriptor, not a path
        texts = [question.text for question in read_questions("-", stdin=stdin)]
    writer.join()
    assert texts == ["é", "b"]


def test_a_field_as_long_as_allowed_is_read(given_file: Callable[[str, bytes], Path]) -> None:
    path = given_file("q.csv", b'question\n"' + b"long\nish" * (LONGEST // 8) + b'"\n')
    (question,) = read(path)
    assert len(question.text) == LONGEST


def test_a_higher_limit_of_somebody_else_is_left_as_it_is(
    given_file: Callable[[str, bytes], Path],
) -> None:
    before = csv.field_size_limit(LONGEST * 2)
    try:
        read(given_file("q.csv", b"question\na\n"))
        assert csv.field_size_limit() == LONGEST * 2
    finally:
        csv.field_size_limit(before)


def as_pairs(questions: Sequence[Question]) -> list[tuple[str, str]]:
    return [(question.id, question.text) for question in questions]


@given(
    records=RECORDS,
    delimiter=st.sampled_from(",;\t"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_what_the_csv_module_writes_reads_back(
    tmp_path_factory: pytest.TempPathFactory,
    records: list[tuple[str, str]],
    delimiter: str,
    quoting: Literal[0, 1],
) -> None:
    path = tmp_path_factory.getbasetemp() / "written.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, quoting=quoting)
        writer.writerows([("id", "question"), *records])
    assert as_pairs(read(path)) == records


@given(records=RECORDS, ascii_only=st.booleans())
def test_what_the_json_module_writes_reads_back(
    records: list[tuple[str, str]], ascii_only: bool
) -> None:
    objects = ({"id": id_, "text": text} for id_, text in records)
    lines = "\n".join(json.dumps(record, ensure_ascii=ascii_only) for record in objects)
    assert as_pairs(read_stdin(lines.encode())) == records


def peak_while_reading(path: Path) -> int:
    tracemalloc.start()
    try:
        for _ in read_questions(str(path), stdin=NO_STDIN):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def lines_of(suffix: str, count: int) -> Iterator[str]:
    if suffix == ".csv":
        yield "id,question\n"
    row = {
        ".txt": "How do I pay invoice {}?\n",
        ".csv": '{0},"How do I pay, please,\ninvoice {0}?"\n',
        ".jsonl": '{{"id": {0}, "text": "How do I pay invoice {0}?"}}\n',
    }[suffix]
    yield from map(row.format, range(count))


# Fewer rows where tracing is slow: 20,000 that were kept would still be megabytes.
@pytest.mark.parametrize(
    ("suffix", "rows"), [(".txt", 200_000), (".csv", 20_000), (".jsonl", 20_000)]
)
def test_memory_does_not_grow_with_the_file(tmp_path: Path, suffix: str, rows: int) -> None:
    small, large = tmp_path / f"small{suffix}", tmp_path / f"large{suffix}"
    for path, count in ((small, 2_000), (large, rows)):
        with path.open("w") as file:
            file.writelines(lines_of(suffix, count))
    peak_while_reading(small)  # what is made once, such as caches, is made here
    assert peak_while_reading(large) < peak_while_reading(small) + 50_000
