"""The text form of a scraped FAQ page.

An introduction, which may be empty; then, for each entry, a line that holds only `-`, a line with
the question, and lines with the answer.
"""

from collections.abc import Iterator
from pathlib import Path

from index.entry import Entry, Page, entry_id
from index.formats.reading import (
    Faults,
    Reading,
    page_name,
    quoted,
    read_text,
    title_of,
    without_outer_blank_lines,
)
from index.text import one_line


def read(path: Path) -> Reading:
    """Read a scraped page; its name and title are the file's.

    Raises ContentError if the file is not text in UTF-8, OSError if it cannot be read.
    """
    return parse(read_text(path), path)


def parse(text: str, path: Path | str) -> Reading:
    """Read a scraped page from its text; `path` names it."""
    faults = Faults(path)
    (_, introduction), *blocks = _blocks(text.split("\n"))
    if not any(line.strip() for _, lines in blocks for line in lines):
        mend = "Put a line with only “-” before each question, and the answer under the question."
        faults.error(1, "this file has no question.", mend)
    name = page_name(path)
    entries = (_entry(start, lines, name, faults) for start, lines in blocks)
    page = Page(
        name=name,
        title=title_of(Path(path).stem),
        introduction=without_outer_blank_lines(introduction),
        entries=tuple(filter(None, entries)),
        source=str(path),
    )
    return Reading((page,), faults.findings)


def _blocks(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Give the lines between the separators, each block with the number of its first line."""
    separators = [row for row, line in enumerate(lines) if line.rstrip(" \t") == "-"]
    for before, after in zip([-1, *separators], [*separators, len(lines)], strict=True):
        yield before + 2, lines[before + 1 : after]


def _entry(start: int, lines: list[str], page: str, faults: Faults) -> Entry | None:
    row = next((row for row, line in enumerate(lines) if line.strip()), None)
    if row is None:  # a separator too many loses nothing
        return None
    question, answer = one_line(lines[row]), without_outer_blank_lines(lines[row + 1 :])
    if not answer.strip():
        mend = "Write the answer on the lines under it, or remove it."
        faults.error(start + row, f"the question {quoted(question)} has no answer.", mend)
        return None
    return Entry(
        id=entry_id(page, question),
        question=question,
        answer=answer,
        page=page,
        source=faults.place(start + row),
    )
