"""Workbooks (.xlsx): every sheet that has questions and answers."""

import warnings
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from io import BytesIO
from typing import TYPE_CHECKING, Final
from zipfile import BadZipFile, ZipFile

from index.errors import ContentError, first_line
from index.formats.reading import Reading, plain_newlines
from index.readers.records.gathered import Gathered
from index.readers.records.mistaken import refuse_mistaken
from index.readers.records.record import scalar
from index.readers.records.rows import NoTableError, Row, read_table, table_of
from index.readers.source import Options, Source

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

LARGEST: Final = 200 * 1024 * 1024
"""The most bytes that the parts of a workbook may have together, decoded."""

MOST_CELLS: Final = 1_000_000
"""The most cells with a value in a workbook."""

_LAST_ROW: Final = 1_048_576  # Excel's own
_LAST_COLUMN: Final = 256  # a table of questions is not wider; cells far out are stray
_PIECE: Final = 1 << 20
# What openpyxl and zipfile raise, here and there, of a file that is damaged.
_FAULTS: Final = (
    *(ArithmeticError, AssertionError, AttributeError, LookupError, OSError, RuntimeError),
    *(SyntaxError, TypeError, ValueError, EOFError, BadZipFile, zlib.error, MemoryError),
)
_MEND: Final = "Save it as CSV, or in parts."


def read(source: Source, options: Options) -> Reading:
    """Read every sheet in which columns hold questions and answers.

    Raises ContentError if it is no workbook, is too large once decoded, or has no such sheet.
    """
    refuse_mistaken(source, is_packed=True)
    _refuse_too_large(source)
    gathered = Gathered(source, options)
    with warnings.catch_warnings():
        # Of styles and extensions that it does not know; a table has no need of them.
        warnings.filterwarnings("ignore", module="openpyxl")
        book = _opened(source)
        _read_sheets(book, gathered)
        book.close()
    options.progress(len(source.data))
    return gathered.reading()


def _refuse_too_large(source: Source) -> None:
    """Decode all parts and count: the sizes that they announce may be lies."""
    total = 0
    try:
        with ZipFile(BytesIO(source.data)) as archive:
            for part in archive.infolist():
                with archive.open(part) as file:
                    while piece := file.read(_PIECE):
                        total += len(piece)
                        if total > LARGEST:
                            what = f"this workbook has more than {LARGEST >> 20} MB, decoded."
                            raise ContentError(what, where=source.name, mend=_MEND)
    except _FAULTS as error:
        raise _no_workbook(source, error) from None


def _opened(source: Source) -> "Workbook":
    # Takes long to load, and only workbooks need it.
    from openpyxl import load_workbook

    try:
        return load_workbook(BytesIO(source.data), read_only=True, data_only=True)
    except _FAULTS as error:
        raise _no_workbook(source, error) from None


def _read_sheets(book: "Workbook", gathered: Gathered) -> None:
    """Read the sheets that have a table; if none has, the first says why not."""
    refusals: list[NoTableError] = []
    counted = 0
    for sheet in book.worksheets:
        rows = _Rows(sheet, gathered.source, counted)
        try:
            read_table(table_of(rows, gathered), gathered)
        except NoTableError as error:
            refusals.append(error)
        counted = rows.counted
    if refusals and len(refusals) == len(book.worksheets):
        raise refusals[0]
    for refusal in refusals:
        gathered.note(refusal)


class _Rows(Iterator[Row]):
    """The rows of a sheet. counted: the cells with a value so far, in all sheets."""

    def __init__(self, sheet: "Worksheet", source: Source, counted: int) -> None:
        self.counted = counted
        self._name = sheet.title
        self._source = source
        self._blank: tuple[object, ...] = ()
        # A far cell would else make rows up to it, or as wide as that.
        self._rows = enumerate(
            sheet.iter_rows(max_row=_LAST_ROW, max_col=_LAST_COLUMN, values_only=True), start=1
        )

    def __next__(self) -> Row:
        number, values = self._next_filled()
        self.counted += len(values) - values.count(None)
        if self.counted > MOST_CELLS:
            what = f"this workbook has more than {MOST_CELLS:,} cells with a value."
            raise ContentError(what, where=self._source.name, mend=_MEND)
        return Row(f"{self._name}!{number}", [_text(value) for value in values])

    def _next_filled(self) -> tuple[int, tuple[object, ...]]:
        try:
            for number, values in self._rows:
                # Rows that are not there at all, up to a million, are one and the same tuple.
                if values is self._blank:
                    continue
                if values.count(None) < len(values):
                    return number, values
                self._blank = values
        except _FAULTS as error:
            raise _no_workbook(self._source, error) from None
        raise StopIteration


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case date() | time():
            return value.isoformat()
    return plain_newlines(scalar(value))


def _no_workbook(source: Source, error: BaseException) -> ContentError:
    what = f"this is no workbook that can be read ({first_line(error) or type(error).__name__})."
    mend = "Save it as .xlsx again, or as CSV; an old .xls must be saved as one of them."
    return ContentError(what, where=source.name, mend=mend)
