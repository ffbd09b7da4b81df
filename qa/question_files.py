"""Reading a file of questions, one after the other: text, CSV, JSONL or standard input.

A file is never held as a whole, so its length does not matter. Texts and ids come out word for
word; whether a text can be asked is the caller's to judge.
"""

import codecs
import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, TextIO, TypeAlias

from index.errors import InputError

STANDARD_INPUT: Final = "-"
"""What stands for standard input where a path is expected."""

LONGEST: Final = 1 << 20
"""The most characters of a line or of a CSV field: more is a file of another kind, or damage."""

_TEXT_NAMES: Final = ("question", "text")  # where a record has both, the first one counts
_DELIMITERS: Final = ",;\t"
_NO_DELIMITER: Final = "\0"  # no line holds it, so a file of one column stays whole at its commas
_UTF_16_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SHOWN: Final = 200  # characters of a header in a message
_HEADER_MEND: Final = "Name the columns in the first line, as: id,question"

# Stands for bytes that could not be decoded. Decoded text never holds a lone surrogate, so the
# line at fault is known when it is reached; a codec's own error only knows the block it was in.
_UNDECODABLE: Final = "\udcff"
_MARK: Final = "qa.question_files.mark"


@dataclass(frozen=True, slots=True)
class Question:
    """One question as the file has it; `line` is where it starts, counted from 1."""

    id: str
    text: str
    line: int


def read_questions(path_or_dash: str, *, stdin: BinaryIO) -> Iterator[Question]:
    """Read questions in the order of the file; `-` reads `stdin`, which stays open.

    `.txt` has a question a line; `.csv` and `.tsv` a column `question` or `text`, `.jsonl` and
    `.ndjson` objects with such a key, both with an optional `id`. Where there is no id, it is the
    line's number. Standard input is JSONL if its first line begins with `{`, else text. UTF-8, and
    UTF-16 with a byte order mark. Nothing is opened before the first question is asked for.

    Raises InputError, here or while iterating, at the first thing that cannot be read.
    """
    if path_or_dash == STANDARD_INPUT:
        return _read_stdin(stdin)
    path = Path(path_or_dash)
    return _read_file(path, _format_of(path))


def allow_long_fields() -> None:
    """Let `csv` read fields of `LONGEST` characters; a limit already higher stays.

    The limit belongs to the whole process, so it is only ever raised.
    """
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST))


class _Lines(Iterator[str]):
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

    def fault(self, what: str, mend: str, line: int | None = None) -> InputError:
        """Make the error for a line: the one last given, unless another is named."""
        return InputError(what, where=f"{self._name}:{line or self.number}", mend=mend)

    def _refuse_other_than_text(self, line: str) -> None:
        if _UNDECODABLE in line:
            raise self.fault("this is not UTF-8.", "Save the file as UTF-8.")
        if "\0" in line:
            raise self.fault("this is not text.", "Save the file as plain text in UTF-8.")
        if len(line) > LONGEST:
            what = f"this line is longer than {LONGEST:,} characters."
            raise self.fault(what, "Put each question on a line of its own.")


_Reader: TypeAlias = Callable[[_Lines], Iterator[Question]]


@dataclass(frozen=True, slots=True)
class _Format:
    """How a kind of file is read; `newline` is as in `open`."""

    read: _Reader
    newline: str | None = None


def _read_plain(lines: _Lines) -> Iterator[Question]:
    for line in lines:
        if line.strip():
            yield Question(str(lines.number), line.removesuffix("\n"), lines.number)


def _read_objects(lines: _Lines) -> Iterator[Question]:
    for line in lines:
        if line.strip():
            record = _object(line, lines)
            yield Question(_object_id(record, lines), _object_text(record, lines), lines.number)


def _object(line: str, lines: _Lines) -> dict[str, object]:
    mend = 'Write one object a line, as {"id": "7", "text": "…"}.'
    try:
        record: object = json.loads(line)
    except (ValueError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else "it cannot be read"
        raise lines.fault(f"this line is not JSON: {reason}.", mend) from None
    if not isinstance(record, dict):
        raise lines.fault("this line is not a JSON object.", mend)
    return record


def _object_text(record: dict[str, object], lines: _Lines) -> str:
    name = next((name for name in _TEXT_NAMES if record.get(name) is not None), None)
    if name is None:
        raise lines.fault("this object has no question.", 'Give it as "text" or "question".')
    text = record[name]
    if not isinstance(text, str):
        raise lines.fault(f"{name} must be a string.", "Put the question in double quotes.")
    return text


def _object_id(record: dict[str, object], lines: _Lines) -> str:
    value = record.get("id")
    if value is None or value == "":
        return str(lines.number)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise lines.fault("id must be a string or a whole number.", "Put it in double quotes.")
    return str(value)


def _read_table(lines: _Lines) -> Iterator[Question]:
    if not lines.head():
        raise lines.fault("this file is empty.", _HEADER_MEND, line=1)
    rows = _rows(lines)
    _, header = next(rows)
    names = [name.strip().casefold() for name in header]
    text = _text_column(names)
    if text is None:
        found = ", ".join(header)[:_SHOWN]
        raise lines.fault(f"no column is named question or text, only: {found}.", _HEADER_MEND)
    identity = names.index("id") if "id" in names else None
    for line, row in rows:
        if not text < len(row) or any(map(str.strip, row[len(header) :])):
            raise lines.fault(
                f"the header has {len(header)} columns, this row has {len(row)}.",
                "Put texts that hold the delimiter in double quotes.",
                line,
            )
        given = row[identity] if identity is not None and identity < len(row) else ""
        yield Question(given if given.strip() else str(line), row[text], line)


def _text_column(names: Sequence[str]) -> int | None:
    return next((names.index(name) for name in _TEXT_NAMES if name in names), None)


def _rows(lines: _Lines) -> Iterator[tuple[int, list[str]]]:
    """Cut the lines into rows: the line where each starts, and its cells.

    Rows without any text are left out: spreadsheets put out delimiters for cells once used.
    """
    allow_long_fields()
    # Strict: a quote that is never closed would otherwise swallow the rest of the file as one text.
    reader = csv.reader(lines, delimiter=_delimiter(lines.head()), strict=True)
    start = lines.number
    while (row := _next_row(reader, lines, start)) is not None:
        if any(map(str.strip, row)):
            yield start, row
        start = lines.number + 1


def _next_row(reader: Iterator[list[str]], lines: _Lines, start: int) -> list[str] | None:
    try:
        return next(reader, None)
    except csv.Error as error:
        mend = "Close the double quotes that open here, and write those within a text twice."
        raise lines.fault(f"this row is not CSV: {error}.", mend, start) from None


def _delimiter(header: str) -> str:
    """Find what cuts a header: what yields a column for questions, and the most columns."""
    cells = {mark: next(csv.reader([header], delimiter=mark)) for mark in _DELIMITERS}

    def worth(mark: str) -> tuple[bool, int]:
        names = [name.strip().casefold() for name in cells[mark]]
        return _text_column(names) is not None, len(names)

    best = max(_DELIMITERS, key=worth)
    return best if len(cells[best]) > 1 else _NO_DELIMITER


def _read_recognised(lines: _Lines) -> Iterator[Question]:
    read = _read_objects if lines.head().lstrip().startswith("{") else _read_plain
    return read(lines)


_PLAIN: Final = _Format(_read_plain)
_OBJECTS: Final = _Format(_read_objects)
_TABLE: Final = _Format(_read_table, newline="")  # a line end within quotes belongs to the text
_FORMATS: Final = {
    ".txt": _PLAIN,
    ".csv": _TABLE,
    ".tsv": _TABLE,
    ".jsonl": _OBJECTS,
    ".ndjson": _OBJECTS,
}


def _format_of(path: Path) -> _Format:
    found = _FORMATS.get(path.suffix.lower())
    if found is None:
        known = ", ".join(_FORMATS)
        what = "questions cannot be read from this kind of file."
        raise InputError(what, where=str(path), mend=f"Give one of {known}, or - and pipe it in.")
    return found


def _read_file(path: Path, kind: _Format) -> Iterator[Question]:
    with _opened(path) as file, _decoded(file, kind.newline) as text:
        yield from kind.read(_Lines(text, str(path)))


def _read_stdin(stdin: BinaryIO) -> Iterator[Question]:
    with _decoded(stdin, newline=None) as text:
        yield from _read_recognised(_Lines(text, "standard input"))


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
def _decoded(binary: BinaryIO, newline: str | None) -> Iterator[TextIO]:
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
