"""Entries as JSON, one a line: what other programs hand over, and what `qa export` writes.

The keys are those of DESIGN.md; a key that is not known here is ignored, null counts as absent.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final, TypeAlias

from index.entry import (
    Entry,
    Page,
    State,
    entry_id,
    parse_language,
    parse_state,
    parse_valid_from,
    parse_valid_until,
)
from index.formats.reading import Faults, Reading, page_name, read_lines, title_of

Record: TypeAlias = Mapping[str, object]

KEYS: Final = (
    "id",
    "question",
    "answer",
    "alternates",
    "page",
    "url",
    "tags",
    "language",
    "negatives",
    "prompts",
    "context_only",
    "state",
    "valid_from",
    "valid_until",
)
"""The keys of an entry, and the columns of the CSV that `qa export` writes, in their order."""

NOT_TEXT: Final = re.compile("[\0\ud800-\udfff]")
"""What can neither be stored nor shown: NUL, and halves of a character."""


def read(path: Path) -> Reading:
    """Read entries, grouped by their page in order of first appearance.

    An entry without a page belongs to one named after the file; one without an id gets it made.
    Raises ContentError if the file is not text in UTF-8, OSError if it cannot be read.
    """
    return parse(read_lines(path), path)


def parse(lines: Iterable[tuple[int, str]], path: Path | str) -> Reading:
    """Read entries from numbered lines, from 1; `path` names them."""
    faults = Faults(path)
    pages: dict[str, list[Entry]] = {}
    for number, line in lines:
        if record := _record(number, line, faults):
            entry = entry_of(record, number, faults, page_name(path))
            pages.setdefault(entry.page, []).append(entry)
    if not pages and not faults.findings:
        faults.error(1, "this file has no entry.", "Write one JSON object a line.")
    return Reading(
        tuple(_page(name, entries, path) for name, entries in pages.items()), faults.findings
    )


def entry_of(record: Record, line: int, faults: Faults, default_page: str) -> Entry:
    """Make the entry that a record with these keys is; a value at fault is noted, and left out.

    `line` is where the record stands. One without a page belongs to the default page.
    """
    return _Line(record, line, faults).entry(default_page)


def _page(name: str, entries: list[Entry], path: Path | str) -> Page:
    return Page(name=name, title=title_of(name), entries=tuple(entries), source=str(path))


def _record(number: int, line: str, faults: Faults) -> Record | None:
    """Read one line; None for one that is blank or at fault."""
    if not line.strip():
        return None
    try:
        value: object = json.loads(line)
    except (ValueError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else "it cannot be read"
        faults.error(number, f"this line is not JSON: {reason}.", "Write one object a line.")
        return None
    if not isinstance(value, dict) or not value:
        mend = 'Write {"question": "…", "answer": "…"}.'
        faults.error(number, "this line is not a JSON object with keys.", mend)
        return None
    return value


class _Line:
    """One line's record, read key by key; what is wrong with a value is noted."""

    def __init__(self, record: Record, number: int, faults: Faults) -> None:
        self._record = record
        self._number = number
        self._faults = faults

    def entry(self, default_page: str) -> Entry:
        """Make the entry; a value at fault is left out of it."""
        question, answer = self._string("question"), self._string("answer")
        page = self._string("page") or default_page
        begins, ends = self._string("valid_from"), self._string("valid_until")
        parsed, line = self._faults.parsed, self._number
        return Entry(
            id=self._string("id") or entry_id(page, question or answer),
            question=question,
            answer=answer,
            alternates=self._strings("alternates"),
            page=page,
            url=self._string("url"),
            tags=self._strings("tags"),
            language=parsed(
                self._string("language"), parse_language, "", key="language", line=line
            ),
            negatives=self._strings("negatives"),
            prompts=self._strings("prompts"),
            context_only=self._flag("context_only"),
            state=parsed(
                self._string("state"), parse_state, State.PUBLISHED, key="state", line=line
            ),
            valid_from=parsed(begins, parse_valid_from, None, key="valid_from", line=line),
            valid_until=parsed(ends, parse_valid_until, None, key="valid_until", line=line),
            source=self._faults.place(line),
        )

    def _string(self, key: str) -> str:
        value = self._record.get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            self._faults.error(self._number, f"{key} must be a string.")
            return ""
        return self._text(key, value) if value.strip() else ""

    def _flag(self, key: str) -> bool:
        value = self._record.get(key) or False
        if not isinstance(value, bool):
            self._faults.error(self._number, f"{key} must be true or false.")
            return False
        return value

    def _strings(self, key: str) -> tuple[str, ...]:
        values = self._record.get(key)
        if values is None:
            return ()
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            self._faults.error(self._number, f"{key} must be a list of strings.")
            return ()
        return tuple(text for value in values if (text := self._text(key, value)).strip())

    def _text(self, key: str, value: str) -> str:
        """Give the value back if it can be stored and shown."""
        if found := NOT_TEXT.search(value):
            what = f"{key} holds U+{ord(found[0]):04X}, which is not a character."
            self._faults.error(self._number, what, "Remove it, or write the one that was meant.")
            return ""
        return value


def write(entries: Iterable[Entry]) -> Iterator[str]:
    """Give each entry as one line of JSON, without line end; `read` makes equal entries of them.

    What few entries have, from the language on, is written only where it says something.
    """
    for entry in entries:
        yield json.dumps(_written(entry), ensure_ascii=False)


def stored(line: bytes) -> Entry:
    """Read back a line that `write` gave, without a second look at it."""
    record = json.loads(line)
    begins, ends = record.get("valid_from"), record.get("valid_until")
    return Entry(
        id=record["id"],
        question=record["question"],
        answer=record["answer"],
        alternates=tuple(record["alternates"]),
        page=record["page"],
        url=record["url"],
        tags=tuple(record["tags"]),
        language=record.get("language", ""),
        negatives=tuple(record.get("negatives", ())),
        prompts=tuple(record.get("prompts", ())),
        context_only=record.get("context_only", False),
        state=State(record.get("state", State.PUBLISHED)),
        valid_from=datetime.fromisoformat(begins) if begins else None,
        valid_until=datetime.fromisoformat(ends) if ends else None,
    )


def _written(entry: Entry) -> Record:
    record: dict[str, object] = {
        "id": entry.id,
        "question": entry.question,
        "answer": entry.answer,
        "alternates": list(entry.alternates),
        "page": entry.page,
        "url": entry.url,
        "tags": list(entry.tags),
    }
    further = {
        "language": entry.language,
        "negatives": list(entry.negatives),
        "prompts": list(entry.prompts),
        "context_only": entry.context_only,
        "state": entry.state.value if entry.state is not State.PUBLISHED else "",
        "valid_from": entry.valid_from.isoformat() if entry.valid_from else "",
        "valid_until": entry.valid_until.isoformat() if entry.valid_until else "",
    }
    return record | {key: value for key, value in further.items() if value}
