"""Qrels: labels in a file of their own, as TREC and BEIR write them.

TREC: four columns, `query iteration entry relevance`, between spaces. BEIR: three columns between
tabs under the header `query-id corpus-id score`. A relevance above 0 is relevant.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from qa.text_files import Lines, lines_of

_HEADER: Final = "query-id"
_MEND: Final = (
    "Write query, iteration, entry and relevance between spaces (TREC), or query, entry and score"
    " between tabs (BEIR)."
)


@dataclass(frozen=True, slots=True)
class Qrels:
    """For each query the ids of its relevant entries, and the line where it is first named."""

    relevant: dict[str, list[str]]
    lines: dict[str, int]


def read_qrels(path: Path) -> Qrels:
    """Read qrels; which of the two forms a line has is told by its columns.

    Raises InputError at a line that is neither.
    """
    qrels = Qrels({}, {})
    with lines_of(path) as lines:
        for query, entry, relevance in _labels(lines):
            qrels.lines.setdefault(query, lines.number)
            entries = qrels.relevant.setdefault(query, [])
            if relevance > 0 and entry not in entries:
                entries.append(entry)
        if not qrels.lines:
            raise lines.fault("there is no label in it.", _MEND, line=1)
    return qrels


def _labels(lines: Lines) -> Iterator[tuple[str, str, float]]:
    for line in lines:
        cells = _cells(line)
        if not cells or cells[0].casefold() == _HEADER:
            continue
        if len(cells) not in (3, 4):
            raise lines.fault(f"these are no labels: {len(cells)} columns.", _MEND)
        yield cells[0], cells[-2], _relevance(cells[-1], lines)


def _cells(line: str) -> list[str]:
    tabbed = [cell.strip() for cell in line.split("\t")]
    return tabbed if len(tabbed) == 3 else line.split()


def _relevance(cell: str, lines: Lines) -> float:
    try:
        return float(cell)
    except ValueError:
        raise lines.fault(f"the last column must be a number, not {cell[:50]!r}.", _MEND) from None
