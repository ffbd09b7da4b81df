"""Reading a file of questions, one after the other: text, CSV, JSONL or standard input.

A file is never held as a whole, so its length does not matter. Texts and ids come out word for
word; whether a text can be asked is the caller's to judge.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, TypeAlias

from index.errors import InputError
from qa.text_files import Lines, column_names, decoded, lines_of, objects, table, too_short

STANDARD_INPUT: Final = "-"
"""What stands for standard input where a path is expected."""

TEXT_NAMES: Final = ("question", "text")
"""What a question is called; where a record has both, the first one counts."""

_ID_NAMES: Final = ("id", "_id")  # the second as BEIR writes it
_SHOWN: Final = 200  # characters of a header in a message
_HEADER_MEND: Final = "Name the columns in the first line, as: id,question"
_EXAMPLE: Final = '{"id": "7", "text": "…"}'


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


_Reader: TypeAlias = Callable[[Lines], Iterator[Question]]


@dataclass(frozen=True, slots=True)
class _Format:
    """How a kind of file is read; `newline` is as in `open`."""

    read: _Reader
    newline: str | None = None


def _read_plain(lines: Lines) -> Iterator[Question]:
    for line in lines:
        if line.strip():
            yield Question(str(lines.number), line.removesuffix("\n"), lines.number)


def _read_objects(lines: Lines) -> Iterator[Question]:
    for record in objects(lines, _EXAMPLE):
        yield Question(object_id(record, lines), object_text(record, lines), lines.number)


def object_text(record: dict[str, object], lines: Lines) -> str:
    """The question of a line's object. Raises InputError if it has none."""
    name = next((name for name in TEXT_NAMES if record.get(name) is not None), None)
    if name is None:
        raise lines.fault("this object has no question.", 'Give it as "text" or "question".')
    text = record[name]
    if not isinstance(text, str):
        raise lines.fault(f"{name} must be a string.", "Put the question in double quotes.")
    return text


def object_id(record: dict[str, object], lines: Lines) -> str:
    """The id of a line's object: the line's number if it has none. Raises InputError at others."""
    name = next((name for name in _ID_NAMES if record.get(name) not in (None, "")), None)
    if name is None:
        return str(lines.number)
    value = record[name]
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise lines.fault(f"{name} must be a string or a whole number.", "Put it in double quotes.")
    return str(value)


def _read_table(lines: Lines) -> Iterator[Question]:
    header, rows = table(lines, lambda names: text_column(names) is not None, _HEADER_MEND)
    names = column_names(header)
    text = text_column(names)
    if text is None:
        found = ", ".join(header)[:_SHOWN]
        raise lines.fault(f"no column is named question or text, only: {found}.", _HEADER_MEND)
    identity = names.index("id") if "id" in names else None
    for line, row in rows:
        if not text < len(row):
            raise too_short(len(header), (line, row), lines)
        given = row[identity] if identity is not None and identity < len(row) else ""
        yield Question(given if given.strip() else str(line), row[text], line)


def text_column(names: Sequence[str]) -> int | None:
    """Which of these columns holds the questions; None when there is none."""
    return next((names.index(name) for name in TEXT_NAMES if name in names), None)


def _read_recognised(lines: Lines) -> Iterator[Question]:
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
    with lines_of(path, kind.newline) as lines:
        yield from kind.read(lines)


def _read_stdin(stdin: BinaryIO) -> Iterator[Question]:
    with decoded(stdin, newline=None) as text:
        yield from _read_recognised(Lines(text, "standard input"))
