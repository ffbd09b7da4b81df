"""A table, however it was stored: where its columns are named, and the entries in its rows."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Final

from index.errors import ContentError
from index.formats.reading import quoted
from index.readers.records import dialogflow, qnabot, qnamaker
from index.readers.records.columns import FIELDS, Columns, columns_of, example, listed
from index.readers.records.gathered import Gathered
from index.readers.records.record import entry_of, said_by


class NoTableError(ContentError):
    """No two columns are those of questions and answers."""


_LOOKED_AT: Final = 25  # rows; a title, a date and a note may stand above the names of the columns


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a row, as texts. place: the line, or the sheet and row, as messages name it."""

    place: str
    cells: Sequence[str]

    @property
    def is_blank(self) -> bool:
        """Whether no cell has a text."""
        return not any(map(str.strip, self.cells))


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose columns are known. usual: the number of cells that most of its rows have."""

    names: Row
    columns: Columns
    rows: Iterator[Row]
    usual: int


def table_of(rows: Iterable[Row], gathered: Gathered) -> Table:
    """Find the columns of a table by their names, or, of two without names, by what they hold.

    Raises NoTableError, which lists the columns, if no two are questions and answers.
    """
    filled = (row for row in rows if not row.is_blank)
    head = list(islice(filled, _LOOKED_AT))
    for index, row in enumerate(head):
        columns = columns_of(row.cells, gathered.options, gathered.source.name)
        if columns.has_pair:
            if columns.missing:
                raise _no_column(columns.missing[0], row, gathered)
            for above in head[:index]:
                gathered.skip(above.place, "this row stands above the names of the columns.")
            return Table(row, columns, chain(head[index + 1 :], filled), _usual(head[index + 1 :]))
    if not gathered.options.columns and dialogflow.recognises(
        [_trimmed(row.cells) for row in head], gathered.options.format
    ):
        return _without_names(head, filled, gathered)
    raise _no_pair(head, gathered)


def read_table(table: Table, gathered: Gathered) -> None:
    """Read the rows of a table into entries, as the product does whose export it is."""
    names = [name.strip() for name in table.names.cells]
    rows = _fitting(table, gathered)
    if not gathered.options.columns and qnamaker.recognises(names, gathered.options.format):
        qnamaker.read_rows(names, ((row.place, row.cells) for row in rows), gathered)
    elif not gathered.options.columns and qnabot.recognises(names, gathered.options.format):
        qnabot.read_rows(names, ((row.place, row.cells) for row in rows), gathered)
    else:
        _read(table, rows, gathered)


def _read(table: Table, rows: Iterable[Row], gathered: Gathered) -> None:
    _tell(table, gathered)
    pairs = _pairs(table.columns)
    for row in rows:
        for columns in pairs:
            said = said_by(columns, row.cells.__getitem__)
            is_unused = len(pairs) > 1 and not said.get("question") and not said.get("answer")
            entry = None if is_unused else entry_of(said, row.place, gathered)
            if entry:
                gathered.add(entry)


def _pairs(columns: Columns) -> list[Columns]:
    """The columns of each pair in a row: `question1, answer1, question2, answer2` are two."""
    groups = columns.groups
    questions, answers = (groups.get(held, ((),))[0] for held in ("question", "answer"))
    if not 1 < len(questions) == len(answers):
        return [columns]
    others = {held: some for held, some in groups.items() if held != "id"}
    return [
        replace(columns, groups={**others, "question": ((one,),), "answer": ((other,),)})
        for one, other in zip(questions, answers, strict=True)
    ]


def _tell(table: Table, gathered: Gathered) -> None:
    """Say of the columns what is not read."""
    columns = table.columns
    if columns.languages:
        others = ", ".join(tag or "none named" for tag in columns.languages)
        read = f"{quoted(columns.language)} is read" if columns.language else "one is read"
        what = f"there are columns in several languages: {read}, not {others}."
        gathered.warn(table.names.place, what, "Choose with --language.")
    if columns.unused:
        mend = f"To read one: --column FIELD=NAME, where FIELD is {', '.join(FIELDS)}."
        gathered.warn(table.names.place, f"nothing is read from: {listed(columns.unused)}.", mend)


def _fitting(table: Table, gathered: Gathered) -> Iterator[Row]:
    """The rows that have as many cells as there are columns; the others are skipped."""
    width = len(table.names.cells)
    for row in table.rows:
        count = len(row.cells)
        if count > width and not any(map(str.strip, row.cells[width:])):
            yield Row(row.place, row.cells[:width])
        elif count == width:
            yield row
        elif count < width and count == table.usual:  # whoever wrote it leaves out empty cells
            yield Row(row.place, [*row.cells, *[""] * (width - count)])
        else:
            what = f"this row has {count} cells where the table has {width} columns."
            gathered.skip(row.place, what, "Put texts that hold the delimiter in double quotes.")


def _trimmed(cells: Sequence[str]) -> Sequence[str]:
    filled = [index for index, cell in enumerate(cells) if cell.strip()]
    return cells[: max(filled[-1] + 1, 2)] if filled else cells


def _usual(rows: Sequence[Row]) -> int:
    return Counter(len(row.cells) for row in rows).most_common(1)[0][0] if rows else 0


def _without_names(head: list[Row], rows: Iterator[Row], gathered: Gathered) -> Table:
    names = Row(head[0].place, dialogflow.NAMES)
    columns = columns_of(names.cells, gathered.options, gathered.source.name)
    return Table(names, columns, chain(head, rows), len(names.cells))


def _no_column(name: str, names: Row, gathered: Gathered) -> NoTableError:
    mend = f"There are: {listed(names.cells)}."
    where = gathered.where(names.place)
    return NoTableError(f"there is no column {quoted(name)}.", where=where, mend=mend)


def _no_pair(head: list[Row], gathered: Gathered) -> NoTableError:
    """Which of question and answer has no column, and how to say which one it is."""
    if not head:
        return NoTableError("this table is empty.", where=gathered.source.name)
    columns = columns_of(head[0].cells, gathered.options, gathered.source.name)
    if columns.missing:
        return _no_column(columns.missing[0], head[0], gathered)
    lacking = "answer" if columns.has_question else "question"
    named = example(lacking, columns.unused or head[0].cells)
    mend = f"Its columns are {listed(head[0].cells)}; name one, as in {named}"
    if sum(map(bool, map(str.strip, head[0].cells))) == len(dialogflow.NAMES):
        mend = f"{mend}. If it has no names but two columns, add --format dialogflow."
    what = f"no column of this table is named as {lacking}s are."
    return NoTableError(what, where=gathered.where(head[0].place), mend=mend)
