"""Entries as a table: what a spreadsheet opens, and `qa import` reads back the same."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence

from index.entry import Entry, State
from index.formats import jsonl


def write(entries: Iterable[Entry]) -> Iterator[str]:
    r"""Give the table as CSV (RFC 4180), a row at a time with its "\r\n", the header first.

    There is a column for each of `jsonl.KEYS`; an empty cell is as good as none.
    A cell with several texts has one a line, or is a JSON array where a line would not hold one.
    """
    yield _row(jsonl.KEYS)
    for entry in entries:
        yield _row(_cells(entry))


def _row(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _cells(entry: Entry) -> tuple[str, ...]:
    return (
        entry.id,
        entry.question,
        entry.answer,
        _list(entry.alternates),
        entry.page,
        entry.url,
        _list(entry.tags),
        entry.language,
        _list(entry.negatives),
        _list(entry.prompts),
        "true" if entry.context_only else "",
        entry.state.value if entry.state is not State.PUBLISHED else "",
        entry.valid_from.isoformat() if entry.valid_from else "",
        entry.valid_until.isoformat() if entry.valid_until else "",
    )


def _list(texts: Sequence[str]) -> str:
    if any(text.splitlines() != [text] or text.startswith("[") for text in texts):
        return json.dumps(texts, ensure_ascii=False)
    return "\n".join(texts)
