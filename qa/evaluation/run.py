"""A run: what came of each query, by asking or from somebody's TREC run file.

A run file has six columns between spaces, `query Q0 entry rank score tag`. trec_eval orders entries
by score, as a 32-bit float, and equal scores by id, from the last to the first; the rank is passed
over. We read a run in that order, and write ours with scores that fall from entry to entry, so that
every tool sees the order that is served.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from index.errors import InputError
from qa.answer import Answer
from qa.evaluation.queries import LabelledQuery
from qa.text_files import Lines, lines_of

CHUNK: Final = 256
"""Queries asked together: enough to keep the encoder busy, few enough to see progress."""

TAG: Final = "qa"
"""What a run file of ours calls the system that made it."""

_MILLION: Final = 1_000_000
_MEND: Final = "Write query, Q0, entry, rank, score and tag between spaces."


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one query.

    ranking: ids and scores of entries, from best to worst. confidence: that the first is right, in
    [0, 1]. Both `answered` and `confidence` are None in a run that was read.
    """

    ranking: tuple[tuple[str, float], ...] = ()
    answered: bool | None = None
    confidence: float | None = None

    @property
    def top(self) -> str | None:
        """The id of the best entry; None when there is none."""
        return self.ranking[0][0] if self.ranking else None


MISSING: Final = Result()
"""The result of a query that a run says nothing of: it found nothing, and counts as zero."""


def ask(
    queries: Sequence[LabelledQuery],
    *,
    ask_many: Callable[[Sequence[str]], Sequence[Answer]],
    problem_of: Callable[[str], str | None],
    on_progress: Callable[[int], None] = lambda _done: None,
) -> list[Result]:
    """Ask all queries, in chunks; a result for each, in order.

    `problem_of` says why a text cannot be asked. `on_progress` is given the number asked so far.

    Raises InputError, before any is asked, naming the first query that cannot be.
    """
    for query in queries:
        if problem := problem_of(query.text):
            mend = "Mend its text, or leave the query out."
            raise InputError(f"{problem}.", where=query.source, mend=mend)
    results: list[Result] = []
    for start in range(0, len(queries), CHUNK):
        chunk = queries[start : start + CHUNK]
        results += map(_result, ask_many([query.text for query in chunk]))
        on_progress(len(results))
    return results


def _result(answer: Answer) -> Result:
    ranking = tuple((one.entry.id, one.score) for one in answer.ranking)
    return Result(ranking, answer.answered, answer.confidence)


def read_run(path: Path, queries: Sequence[LabelledQuery]) -> list[Result]:
    """Read a run file: a result for each query, in order; `MISSING` for one that is not in it.

    Raises InputError at a line that is not of a run, an entry named twice for a query, and when the
    run has none of the queries.
    """
    scores: dict[str, dict[str, float]] = {}
    with lines_of(path) as lines:
        for query, entry, score in _scored(lines):
            ranked = scores.setdefault(query, {})
            if entry in ranked:
                what = f"the entry “{entry}” is ranked twice for the query “{query}”."
                raise lines.fault(what, "Leave one of the two lines out.")
            ranked[entry] = score
    if not any(query.id in scores for query in queries):
        what = f"this run has none of the {len(queries):,} queries."
        raise InputError(what, where=str(path), mend="Name the run of these very queries.")
    return [_ordered(scores.get(query.id)) for query in queries]


def _scored(lines: Lines) -> Iterator[tuple[str, str, float]]:
    for line in lines:
        cells = line.split()
        if not cells:
            continue
        if len(cells) != 6:
            raise lines.fault(f"this is no line of a run: {len(cells)} columns.", _MEND)
        yield cells[0], cells[2], _score(cells[4], lines)


def _score(cell: str, lines: Lines) -> float:
    try:
        score = float(np.float32(cell))
    except ValueError:
        score = float("nan")
    if not np.isfinite(score):
        raise lines.fault(f"the score must be a number, not {cell[:50]!r}.", _MEND)
    return score


def _ordered(scores: dict[str, float] | None) -> Result:
    if scores is None:
        return MISSING
    order = sorted(scores.items(), key=lambda item: (item[1], item[0]), reverse=True)
    return Result(tuple(order))


def refuse_unwritable(queries: Sequence[LabelledQuery]) -> None:
    """Raise InputError if a query's id cannot stand in a run file."""
    for query in queries:
        if len(query.id.split()) != 1:
            what = f"the id “{query.id}” has a space in it, which a run file cannot hold."
            raise InputError(what, where=query.source, mend="Give the query another id.")


def run_lines(queries: Sequence[LabelledQuery], results: Sequence[Result]) -> Iterator[str]:
    """The lines of a run file, with their ends. Scores have six decimals and fall strictly."""
    for query, result in zip(queries, results, strict=True):
        before = None
        for rank, (entry, score) in enumerate(result.ranking, 1):
            millionths = round(score * _MILLION)
            # A 32-bit float tells millionths apart up to about 8; ours are within 1.
            before = millionths if before is None else min(millionths, before - 1)
            yield f"{query.id} Q0 {entry} {rank} {before / _MILLION:.6f} {TAG}\n"
