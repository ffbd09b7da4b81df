"""Files of answers: how a row is written, and what of an earlier output can stay."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO, Final

from index.errors import InputError
from qa.question_files import Question
from qa.text_files import allow_long_fields

_DIGITS: Final = 6  # of a confidence
_CSV_COLUMNS: Final = ("id", "question", "answered", "confidence", "answer_id", "answer")


@dataclass(frozen=True, slots=True)
class AnsweredEntry:
    """The entry that answers, its fields as JSONL has them; `answer` word for word as stored."""

    id: str
    question: str
    answer: str
    page: str
    url: str


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """The answer to one question: `answer` is None when it abstained.

    `ranking` holds the best entries as (id, score), best first, whether or not it abstained.
    """

    answered: bool
    confidence: float
    answer: AnsweredEntry | None
    ranking: Sequence[tuple[str, float]]


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """How an output is written, and read again when it is resumed.

    Every output begins with `start`, or with a part of it when it was cut there. `records` gives
    the complete rows after the header, `asked` the id and the question of one.
    """

    header: bytes
    start: bytes
    row: Callable[[Question, BatchAnswer], bytes]
    records: Callable[[BinaryIO], Iterator[bytes]]
    asked: Callable[[str], tuple[str, str]]


def _json_row(question: Question, answer: BatchAnswer) -> bytes:
    record = {
        "id": question.id,
        "question": question.text,
        "answered": answer.answered,
        "confidence": round(answer.confidence, _DIGITS),
        "answer": asdict(answer.answer) if answer.answer else None,
        "ranking": [{"id": id_, "score": score} for id_, score in answer.ranking],
    }
    return _encoded(json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n")


def _encoded(text: str) -> bytes:
    r"""Encode a row; a lone surrogate becomes `\ud800`, which is just how JSON escapes it."""
    return text.encode(errors="backslashreplace")


def _json_records(file: BinaryIO) -> Iterator[bytes]:
    return (line for line in file if line.endswith(b"\n"))


def _json_asked(record: str) -> tuple[str, str]:
    row = json.loads(record)
    return str(row["id"]), str(row["question"])


def _csv_row(question: Question, answer: BatchAnswer) -> bytes:
    entry = answer.answer
    return _csv_line(
        question.id,
        question.text,
        "true" if answer.answered else "false",
        str(round(answer.confidence, _DIGITS)),
        entry.id if entry else "",
        entry.answer if entry else "",
    )


def _csv_line(*cells: str) -> bytes:
    r"""Write one record, "\r\n" at its end: RFC 4180, and what quotes a "\r" in a text as well."""
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return _encoded(line.getvalue())


def _csv_records(file: BinaryIO) -> Iterator[bytes]:
    r"""Join lines into records: one ends at "\r\n" where all quotes before it are closed."""
    lines: list[bytes] = []
    open_quotes = 0
    for line in file:
        lines.append(line)
        open_quotes = (open_quotes + line.count(b'"')) % 2
        if not open_quotes and line.endswith(b"\r\n"):
            yield b"".join(lines)
            lines.clear()


def _csv_asked(record: str) -> tuple[str, str]:
    allow_long_fields()
    cells = next(csv.reader([record], strict=True))
    if len(cells) != len(_CSV_COLUMNS):
        raise ValueError("not as many cells as columns")
    return cells[0], cells[1]


_CSV_HEADER: Final = _csv_line(*_CSV_COLUMNS)
JSONL: Final = OutputFormat(b"", b'{"id": "', _json_row, _json_records, _json_asked)
CSV: Final = OutputFormat(_CSV_HEADER, _CSV_HEADER, _csv_row, _csv_records, _csv_asked)
_FORMATS: Final = {".jsonl": JSONL, ".csv": CSV}


def format_of(path: Path) -> OutputFormat:
    """Tell the format of an output by its suffix; InputError for another than the known."""
    found = _FORMATS.get(path.suffix.lower())
    if found is None:
        what = "answers cannot be written as this kind of file."
        raise InputError(what, where=str(path), mend=f"Give one of {', '.join(_FORMATS)}.")
    return found


@dataclass(frozen=True, slots=True)
class Kept:
    """What of an earlier output stays: its complete rows, and the bytes up to their end."""

    rows: int = 0
    size: int = 0


def already_written(path: Path, questions: Iterator[Question]) -> Kept:
    """Find the complete rows of an output, taking from `questions` those that they answer.

    The output is only read: what was half-written may go once all rows are known to belong to
    these questions. No output yet: nothing is kept, nothing is taken.
    Raises InputError if it cannot be read, is not such an output, or has rows for other questions.
    """
    kind = format_of(path)
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return Kept()
    except OSError as error:
        raise _not_opened(path, error) from None
    with file:
        return _kept(file, kind, path, questions)


def _kept(file: BinaryIO, kind: OutputFormat, path: Path, questions: Iterator[Question]) -> Kept:
    start = file.read(len(kind.start))
    if not kind.start.startswith(start):
        raise _foreign(path, "this was not written by qa batch.")
    if start != kind.start:
        return Kept()
    rows, size = 0, file.seek(len(kind.header))
    for record in kind.records(file):
        rows, size = rows + 1, size + len(record)
        if _asked_in(record, kind, path, rows) != _as_written(next(questions, None)):
            what = f"this output belongs to another file: its row {rows} is for another question."
            raise _foreign(path, what)
    return Kept(rows, size)


def _asked_in(record: bytes, kind: OutputFormat, path: Path, row: int) -> tuple[str, str]:
    try:
        id_, question = kind.asked(record.decode())
    except (ValueError, TypeError, KeyError, RecursionError, csv.Error):
        raise _foreign(path, f"its row {row} was not written by qa batch.") from None
    return _plain(id_), _plain(question)


def _as_written(question: Question | None) -> tuple[str, str] | None:
    return None if question is None else (_plain(question.id), _plain(question.text))


def _plain(text: str) -> str:
    """Give a text as CSV has it, where a lone surrogate cannot be told from its escape."""
    return _encoded(text).decode()


def _foreign(path: Path, what: str) -> InputError:
    mend = "Name another output, or leave out --resume to write this one anew."
    return InputError(what, where=str(path), mend=mend)


@contextmanager
def opened(path: Path, size: int) -> Iterator[BinaryIO]:
    """Open an output for writing after its first `size` bytes; what follows them is gone."""
    try:
        file = path.open("r+b" if size else "wb")
    except OSError as error:
        raise _not_opened(path, error) from None
    with file:
        if size:  # a file just made is empty, and a named pipe cannot be cut
            file.truncate(size)
            file.seek(size)
        yield file


def _not_opened(path: Path, error: OSError) -> InputError:
    what = f"this output cannot be opened: {error.strerror}."
    return InputError(what, where=str(path), mend="Name a file in a folder that you may write to.")
