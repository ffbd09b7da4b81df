"""Reading files of text as people and programs write them: lines, JSON objects, tables.

A byte order mark, UTF-16, semicolons and tabs, as spreadsheets write them, are understood. A file
is never held as a whole, so its length does not matter, and whatever cannot be read is told of with
its line. What the texts mean is the caller's to know.
"""

import codecs
import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, TextIO, TypeAlias

from index.errors import InputError

LONGEST: Final = 1 << 20
"""The most characters of a line or of a CSV field: more is a file of another kind, or damage."""

Row: TypeAlias = tuple[int, list[str]]
"""The line where a row of a table starts, and its cells."""

_DELIMITERS: Final = ",;\t"
_NO_DELIMITER: Final = "\0"  # no line holds it, so a file of one column stays whole at its commas
_UTF_16_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

# Stands for bytes that could not be decoded. Decoded text never holds a lone surrogate, so the
# line at fault is known when it is reached; a codec's own error only knows the block it was in.
_UNDECODABLE: Final = "\udcff"
_MARK: Final = "qa.text_files.mark"


class Lines(Iterator[str]):
    """The lines of a text, with their ends; `number` is that of the line last given, from 1.

    Raises InputError at a line that is not text.
    """

    def __init__(self, text: TextIO, name: str) -> None:
        self.number = 0
        self._text = text
        self._name = name
        self._kept = ""

    def __next__(self) -> str:
        if self._kept:
            line, self._kept = self._kept, ""
            return line
        line = self._text.readline(LONGEST + 1)
        if not line:
            raise StopIteration
        self.number += 1
        self._refuse_other_than_text(line)
        return line

    def head(self) -> str:
        """The next line that is not blank; it stays the next one to be given. Empty at the end."""
        self._kept = next(filter(str.strip, self), "")
        return self._kept

    def place(self, line: int | None = None) -> str:
        """The file and a line of it, for messages: the line last given, unless another is named."""
        return f"{self._name}:{line or self.number}"

    def fault(self, what: str, mend: str, line: int | None = None) -> InputError:
        """Make the error for a line: the one last given, unless another is named."""
        return InputError(what, where=self.place(line), mend=mend)

    def _refuse_other_than_text(self, line: str) -> None:
        if _UNDECODABLE in line:
            raise self.fault("this is not UTF-8.", "Save the file as UTF-8.")
        if "\0" in line:
            raise self.fault("this is not text.", "Save the file as plain text in UTF-8.")
        if len(line) > LONGEST:
            what = f"this line is longer than {LONGEST:,} characters."
            raise self.fault(what, "Put each question on a line of its own.")


@contextmanager
def lines_of(path: Path, newline: str | None = None) -> Iterator[Lines]:
    """Open a file as lines; `newline` is as in `open`. Raises InputError if it cannot be opened."""
    with _opened(path) as file, decoded(file, newline) as text:
        yield Lines(text, str(path))


def objects(lines: Lines, example: str) -> Iterator[dict[str, object]]:
    """The JSON objects of a text, one a line; blank lines are passed over.

    `example` shows such a line in the mend. Raises InputError at a line that is none.
    """
    for line in lines:
        if line.strip():
            yield _object(line, lines, f"Write one object a line, as {example}.")


def _object(line: str, lines: Lines, mend: str) -> dict[str, object]:
    try:
        record: object = json.loads(line)
    except (ValueError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else "it cannot be read"
        raise lines.fault(f"this line is not JSON: {reason}.", mend) from None
    if not isinstance(record, dict):
        raise lines.fault("this line is not a JSON object.", mend)
    return record


def table(
    lines: Lines, is_header: Callable[[Sequence[str]], bool], mend: str
) -> tuple[list[str], Iterator[Row]]:
    """Cut lines into the header's cells as written and the rows below it.

    `is_header` says of a header's names, trimmed and in lower case, whether they are as wanted: by
    that the delimiter is told. `mend` is said of an empty file. A row has at least one cell and no
    text beyond the header's columns; rows without any text are left out.

    Raises InputError, here or while iterating, at a row that is not CSV.
    """
    if not lines.head():
        raise lines.fault("this file is empty.", mend, line=1)
    rows = _rows(lines, _delimiter(lines.head(), is_header))
    _, header = next(rows)
    return header, _checked(rows, len(header), lines)


def column_names(header: Sequence[str]) -> list[str]:
    """The names of columns in the form that they are compared in: trimmed, in lower case."""
    return [name.strip().casefold() for name in header]


def too_short(columns: int, row: Row, lines: Lines) -> InputError:
    """Make the error for a row that lacks a cell, or has one too many."""
    return lines.fault(
        f"the header has {columns} columns, this row has {len(row[1])}.",
        "Put texts that hold the delimiter in double quotes.",
        row[0],
    )


def allow_long_fields() -> None:
    """Let `csv` read fields of `LONGEST` characters; a limit already higher stays.

    The limit belongs to the whole process, so it is only ever raised.
    """
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST))


def _checked(rows: Iterator[Row], columns: int, lines: Lines) -> Iterator[Row]:
    for row in rows:
        if any(map(str.strip, row[1][columns:])):
            raise too_short(columns, row, lines)
        yield row


def _rows(lines: Lines, delimiter: str) -> Iterator[Row]:
    """Cut the lines into rows.

    Rows without any text are left out: spreadsheets put out delimiters for cells once used.
    """
    allow_long_fields()
    # Strict: a quote that is never closed would otherwise swallow the rest of the file as one text.
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    start = lines.number
    while (row := _next_row(reader, lines, start)) is not None:
        if any(map(str.strip, row)):
            yield start, row
        start = lines.number + 1


def _next_row(reader: Iterator[list[str]], lines: Lines, start: int) -> list[str] | None:
    try:
        return next(reader, None)
    except csv.Error as error:
        mend = "Close the double quotes that open here, and write those within a text twice."
        raise lines.fault(f"this row is not CSV: {error}.", mend, start) from None


def _delimiter(header: str, is_header: Callable[[Sequence[str]], bool]) -> str:
    """Find what cuts a header: what yields the columns wanted, and the most columns."""
    cells = {mark: next(csv.reader([header], delimiter=mark)) for mark in _DELIMITERS}

    def worth(mark: str) -> tuple[bool, int]:
        return is_header(column_names(cells[mark])), len(cells[mark])

    best = max(_DELIMITERS, key=worth)
    return best if len(cells[best]) > 1 else _NO_DELIMITER


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError:
        what, mend = "there is no such file.", "Check the name."
    except IsADirectoryError:
        what, mend = "this is a folder.", "Name one file of questions."
    except OSError as error:
        what, mend = f"this file cannot be opened: {error.strerror}.", "Check who may read it."
    raise InputError(what, where=str(path), mend=mend)


@contextmanager
def decoded(binary: BinaryIO, newline: str | None) -> Iterator[TextIO]:
    """Wrap a stream as text, its byte order mark taken off; the stream itself stays open."""
    # Buffered once more, for the look at the first bytes: not every stream can give that itself.
    # The stub asks for a raw stream; any that has `readinto` will do.
    buffered = io.BufferedReader(binary)  # type: ignore[type-var]
    mark = buffered.peek(2)
    encoding = "utf-16" if mark.startswith(_UTF_16_MARKS) else "utf-8-sig"
    text = io.TextIOWrapper(buffered, encoding=encoding, errors=_MARK, newline=newline)
    try:
        yield text
    finally:
        text.detach()
        buffered.detach()


def _mark_undecodable(error: UnicodeError) -> tuple[str, int]:
    """Decode on, with a mark where bytes could not be decoded."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return _UNDECODABLE, error.end


codecs.register_error(_MARK, _mark_undecodable)
