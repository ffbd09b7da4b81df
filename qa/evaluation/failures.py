"""What went wrong, the worst first, in the words that an editor needs to mend it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from index.entry import Entry
from qa.evaluation.judged import Judged
from qa.evaluation.queries import LabelledQuery
from qa.evaluation.run import Result

EXAMPLES: Final = 3
"""As many queries are quoted for each confused pair."""


class Kind(StrEnum):
    """How a query went wrong, the worst first."""

    WRONG = "wrong"
    """An answer was shown, or ranked first in a run that was read, and another is right."""
    NO_ANSWER = "no_answer"
    """An answer was shown, and the FAQ has none."""
    DECLINED = "declined"
    """The right answer was found, and not shown."""


@dataclass(frozen=True, slots=True)
class Named:
    """An entry by its id and what to call it; the title is empty where the entry is not known."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A query that went wrong.

    expected: the entries that answer it, none when the FAQ has no answer. rank: the place of the
    first of them in the ranking, from 1; None when it is not there. retrieved: the entry at the
    top. confidence: that it is right; None in a run that was read.
    """

    kind: Kind
    query: str
    text: str
    expected: tuple[Named, ...]
    rank: int | None
    retrieved: Named | None
    confidence: float | None


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often one entry came first where another was right, and for what queries.

    expected is None where the FAQ has no answer; only answers that were shown count there.
    """

    expected: Named | None
    retrieved: Named
    count: int
    examples: tuple[str, ...]


def namer(entries: Mapping[str, Entry]) -> Callable[[str], Named]:
    """Make what names an entry of an id."""

    def name(id_: str) -> Named:
        entry = entries.get(id_)
        return Named(id_, " ".join(entry.title.split()) if entry else "")

    return name


def find_failures(
    queries: Sequence[LabelledQuery],
    results: Sequence[Result],
    judged: Judged,
    name: Callable[[str], Named],
) -> tuple[Failure, ...]:
    """All failures: answers shown though wrong, by confidence; then right ones that were declined.

    What was declined and would have been wrong is no failure.
    """
    failures = [
        _failure(kind, query, result, name)
        for number, (query, result) in enumerate(zip(queries, results, strict=True))
        if (kind := _kind(number, result, judged))
    ]
    return tuple(
        sorted(failures, key=lambda one: (one.kind is Kind.DECLINED, -(one.confidence or 0.0)))
    )


def _kind(number: int, result: Result, judged: Judged) -> Kind | None:
    right, answerable = judged.right[number], judged.answerable[number]
    if result.answered is None:  # a run that was read shows nothing, and declines nothing
        return Kind.WRONG if answerable and not right else None
    if judged.shown[number] and not right:
        return Kind.WRONG if answerable else Kind.NO_ANSWER
    return Kind.DECLINED if right and not judged.shown[number] else None


def _failure(
    kind: Kind, query: LabelledQuery, result: Result, name: Callable[[str], Named]
) -> Failure:
    return Failure(
        kind=kind,
        query=query.id,
        text=query.text,
        expected=tuple(map(name, query.relevant)),
        rank=rank_of(query, result),
        retrieved=name(result.top) if result.top else None,
        confidence=result.confidence,
    )


def rank_of(query: LabelledQuery, result: Result) -> int | None:
    """The place of the first right entry in the ranking, from 1; None when there is none."""
    places = (n for n, (id_, _) in enumerate(result.ranking, 1) if id_ in query.relevant)
    return next(places, None)


def find_confusions(
    queries: Sequence[LabelledQuery],
    results: Sequence[Result],
    judged: Judged,
    name: Callable[[str], Named],
) -> tuple[Confusion, ...]:
    """Which entry came first where another was right, the most frequent pairs first.

    Of several right entries the one that was ranked best counts as expected.
    """
    texts: dict[tuple[str | None, str], list[str]] = {}
    for number, (query, result) in enumerate(zip(queries, results, strict=True)):
        if result.top and not judged.right[number]:
            if query.relevant:
                texts.setdefault((_best_expected(query, result), result.top), []).append(query.text)
            elif judged.shown[number]:
                texts.setdefault((None, result.top), []).append(query.text)
    confusions = (
        Confusion(name(expected) if expected else None, name(top), len(of), tuple(of[:EXAMPLES]))
        for (expected, top), of in texts.items()
    )
    return tuple(sorted(confusions, key=lambda one: -one.count))


def _best_expected(query: LabelledQuery, result: Result) -> str:
    rank = rank_of(query, result)
    return result.ranking[rank - 1][0] if rank else query.relevant[0]
