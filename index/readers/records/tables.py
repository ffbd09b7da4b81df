"""Tables as text: CSV with any of the usual delimiters, and the CSV that `qa export` writes."""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from index.entry import Entry, Page
from index.formats import jsonl
from index.formats.reading import Faults, Reading, title_of
from index.readers.records.columns import columns_of
from index.readers.records.gathered import Gathered
from index.readers.records.mistaken import refuse_mistaken
from index.readers.records.rows import Row, read_table, table_of
from index.readers.source import Options, Source

_OWN_LISTS: Final = ("alternates", "tags", "negatives", "prompts")
_DELIMITERS: Final = ",;\t|"
_SAMPLE: Final = 1 << 20  # characters that the delimiter is found out from
_SAMPLE_ROWS: Final = 50
_LONGEST_CELL: Final = (1 << 31) - 1
_READ_AGAIN: Final = 20  # times the text, at most, from where a quote is not closed
_TOLD_EVERY: Final = 1 << 18  # characters
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_EXCEL_LINE: Final = re.compile(r"sep=(.)\n")


@dataclass(frozen=True, slots=True)
class _Dialect:
    delimiter: str
    is_quoted: bool = True
    is_escaped: bool = False
    """Whether a quote within a text is written as `\\"`, as MySQL does, rather than twice."""


def read(source: Source, options: Options) -> Reading:
    """Read a table. A row that has too many cells or too few is skipped, as is one without answer.

    Raises ContentError if it is no text, or if no columns hold questions and answers.
    """
    refuse_mistaken(source)
    # The limit belongs to the whole process, and others have theirs.
    before = csv.field_size_limit(_LONGEST_CELL)
    try:
        if not options.columns and (own := _own_text(source)) is not None:
            return _read_own(own, source, options)
        gathered = Gathered(source, options)
        read_table(table_of(_rows(source.text(), gathered), gathered), gathered)
        return gathered.reading()
    finally:
        csv.field_size_limit(before)


class _Lines(Iterator[str]):
    """The lines of a text from an offset on, with their ends. number: that of the line last given.

    Cut one by one: all lines at once would take several times the text's memory.
    """

    def __init__(self, text: str, offset: int = 0, number: int = 0) -> None:
        self._text = text
        self.offset = offset
        self.number = number

    def __next__(self) -> str:
        if self.offset >= len(self._text):
            raise StopIteration
        end = self._text.find("\n", self.offset) + 1 or len(self._text)
        line = self._text[self.offset : end]
        self.offset = end
        self.number += 1
        return line


def _rows(text: str, gathered: Gathered) -> Iterator[Row]:
    """Cut a text into rows; where a quote is not closed, only the line that has it is lost."""
    named = _EXCEL_LINE.match(text)
    dialect = _Dialect(named[1]) if named else _dialect(text, gathered)
    lines = _Lines(text, named.end(), 1) if named else _Lines(text)
    reader = _reader(lines, dialect)
    to_read_again = _READ_AGAIN * len(text)
    told = 0
    while lines.offset < len(text):
        offset, number = lines.offset, lines.number
        try:
            yield Row(str(number + 1), next(reader))
        except csv.Error:
            end = lines.offset
            lines = _Lines(text, offset, number)
            if end <= len(line := next(lines)) + offset:
                yield Row(str(number + 1), next(_reader([line], dialect, is_strict=False)))
            else:
                to_read_again -= end - lines.offset
                mend = "Close it, and write quotes within a text twice."
                gathered.skip(str(number + 1), "a quote that opens here is not closed.", mend)
            if to_read_again < 0:
                gathered.skip(str(number + 2), "the rest is not read: too many quotes are open.")
                return
            reader = _reader(lines, dialect)
        if lines.offset - told > _TOLD_EVERY or lines.offset == len(text):
            gathered.options.progress(_bytes(lines.offset - told, text, gathered.source))
            told = lines.offset


def _bytes(characters: int, text: str, source: Source) -> int:
    return round(characters * len(source.data) / len(text))


def _reader(
    lines: Iterable[str], dialect: _Dialect, *, is_strict: bool = True
) -> Iterator[list[str]]:
    return csv.reader(
        lines,
        delimiter=dialect.delimiter,
        quoting=csv.QUOTE_MINIMAL if dialect.is_quoted else csv.QUOTE_NONE,
        escapechar="\\" if dialect.is_escaped else None,
        strict=is_strict,
    )


def _dialect(text: str, gathered: Gathered) -> _Dialect:
    """Find out how a table is written: by the delimiter that gives columns, and then even rows."""
    sample = text[:_SAMPLE]
    if len(text) > _SAMPLE:
        sample = sample[: sample.rfind("\n") + 1] or sample
    is_escaped = '\\"' in sample and '""' not in sample
    first = "\t" if gathered.source.suffix in (".tsv", ".tab") else ","
    marks = sorted(_DELIMITERS, key=lambda mark: mark != first)
    best = max(
        (_Dialect(mark, is_escaped=is_escaped) for mark in marks),
        key=lambda dialect: _worth(sample, dialect, gathered),
    )
    unquoted = _Dialect(best.delimiter, is_quoted=False)
    return unquoted if _ragged(sample, unquoted) < _ragged(sample, best) else best


def _worth(sample: str, dialect: _Dialect, gathered: Gathered) -> tuple[bool, float, int]:
    cut = _reader(_Lines(sample), dialect, is_strict=False)
    filled = (cells for cells in cut if any(map(str.strip, cells)))
    rows = list(islice(filled, _SAMPLE_ROWS))
    where = gathered.source.name
    has_pair = any(columns_of(cells, gathered.options, where).has_pair for cells in rows)
    width, count = Counter(map(len, rows)).most_common(1)[0] if rows else (1, 0)
    return has_pair, count / len(rows) if width > 1 else 0.0, width


def _ragged(sample: str, dialect: _Dialect) -> int:
    """How many rows have another number of cells than most have, or are not closed."""
    if '"' not in sample:
        return 0
    widths: Counter[int] = Counter()
    broken = 0
    reader = _reader(_Lines(sample), dialect)
    while True:
        try:
            widths[len(next(reader))] += 1
        except StopIteration:
            return broken + widths.total() - max(widths.values(), default=0)
        except csv.Error:
            broken += 1


def _own_text(source: Source) -> str | None:
    """The text of our own CSV, its line ends as they are; None if it is another table."""
    head = ",".join(jsonl.KEYS).encode()
    if source.data.removeprefix(_BYTE_ORDER_MARK)[: len(head) + 2].rstrip(b"\r\n") != head:
        return None
    try:
        return source.data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def _read_own(text: str, source: Source, options: Options) -> Reading:
    """Read our own CSV word for word, by the rules of our own JSONL."""
    path = Path(source.name)
    faults = Faults(path)
    pages: dict[str, list[Entry]] = {}
    lines = _Lines(text)
    rows = csv.reader(lines)
    next(rows)
    for line, cells in _numbered(rows, lines, faults):
        if len(cells) == len(jsonl.KEYS):
            record = {
                key: _own_value(key, cell) for key, cell in zip(jsonl.KEYS, cells, strict=True)
            }
            entry = jsonl.entry_of(record, line, faults, source.page)
            pages.setdefault(entry.page, []).append(entry)
        elif cells:
            what = f"this row has {len(cells)} cells where the table has {len(jsonl.KEYS)} columns."
            faults.error(line, what, "Put texts that hold the delimiter in double quotes.")
    options.progress(len(source.data))
    if not pages and not faults.findings:
        faults.error(1, "this file has no entry.", "Write one entry a row.")
    made = (
        Page(name=name, title=title_of(name), entries=tuple(entries), source=source.name)
        for name, entries in pages.items()
    )
    return Reading(tuple(made), faults.findings)


def _numbered(
    rows: Iterator[list[str]], lines: _Lines, faults: Faults
) -> Iterator[tuple[int, list[str]]]:
    """The rows with the lines that they start in."""
    while True:
        line = lines.number + 1
        try:
            yield line, next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            faults.error(line, f"this row is not CSV: {error}.", "Put the text in double quotes.")


def _own_value(key: str, cell: str) -> object:
    if key in _OWN_LISTS:
        return own_items(cell)
    if key == "context_only":
        return {"": None, "true": True, "false": False}.get(cell.strip().lower(), cell)
    return cell


def own_items(cell: str) -> list[str]:
    """The items of a list in a cell of our own CSV: one a line, or a JSON array of texts."""
    if cell.startswith("["):
        try:
            value: object = json.loads(cell)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return value
    return cell.split("\n")
