"""Whether this version is better than an earlier one, on the queries that both were asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from qa.evaluation.earlier import PerQuery
from qa.evaluation.measures import auroc, coverage_at
from qa.evaluation.significance import Difference, difference_of

Pair: TypeAlias = tuple[PerQuery, PerQuery]
"""The same query's result of now and of earlier."""


@dataclass(frozen=True, slots=True)
class Change:
    """A query whose top entry has become right, or wrong: the ids of the two."""

    query: str
    text: str
    earlier: str | None
    now: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Now against an earlier evaluation.

    earlier: what it is called. common: queries compared, those that both have with the same text
    and labels. only_now, only_earlier: queries that the other lacks. relabelled: those whose text
    or labels differ. differences: by measure; None where it cannot be told, for want of queries or
    of confidence. better, worse: answerable queries whose top entry has become right, or wrong.
    """

    earlier: str
    common: int
    only_now: int
    only_earlier: int
    relabelled: int
    differences: dict[str, Difference | None]
    better: tuple[Change, ...]
    worse: tuple[Change, ...]


def compare(
    now: Sequence[PerQuery], earlier: Sequence[PerQuery], name: str, promised_error: float
) -> Comparison:
    """Compare query by query; coverage is the most that the promised error allows either side."""
    before = {result.id: result for result in earlier}
    both = [(result, before[result.id]) for result in now if result.id in before]
    pairs = [(one, other) for one, other in both if _is_same(one, other)]
    changed = [(one, other) for one, other in pairs if one.right != other.right]
    return Comparison(
        earlier=name,
        common=len(pairs),
        only_now=len(now) - len(both),
        only_earlier=len(before) - len(both),
        relabelled=len(both) - len(pairs),
        differences=_of_ranking([pair for pair in pairs if pair[0].relevant])
        | _of_confidence(pairs, promised_error),
        better=tuple(_change(one, other) for one, other in changed if one.right),
        worse=tuple(_change(one, other) for one, other in changed if other.right),
    )


def _is_same(one: PerQuery, other: PerQuery) -> bool:
    return one.text == other.text and set(one.relevant) == set(other.relevant)


def _change(now: PerQuery, earlier: PerQuery) -> Change:
    return Change(now.id, now.text, earlier.top, now.top)


def _sides(pairs: Sequence[Pair]) -> list[PerQuery]:
    """All results of now, then all earlier ones, in the same order."""
    return [one for one, _ in pairs] + [other for _, other in pairs]


def _of_ranking(pairs: Sequence[Pair]) -> dict[str, Difference | None]:
    right = np.array([one.right for one in _sides(pairs)], float)
    reciprocal = np.array([one.reciprocal_rank for one in _sides(pairs)], float)
    return {
        "P@1": difference_of(lambda at: right[at].mean(axis=-1), len(pairs)),
        "MRR": difference_of(lambda at: reciprocal[at].mean(axis=-1), len(pairs)),
    }


def _of_confidence(pairs: Sequence[Pair], error: float) -> dict[str, Difference | None]:
    coverage = f"coverage at {error * 100:g}% wrong"
    sides = _sides(pairs)
    confidences = [one.confidence for one in sides if one.confidence is not None]
    if len(confidences) < len(sides):
        return {"AUROC": None, coverage: None}
    confidence = np.array(confidences, float)
    right = np.array([one.right for one in sides], bool)
    answerable = np.array([bool(one.relevant) for one in sides], bool)
    return {
        "AUROC": _told(difference_of(lambda at: auroc(confidence[at], right[at]), len(pairs))),
        coverage: _told(
            difference_of(
                lambda at: coverage_at(confidence[at], right[at], answerable[at], error),
                len(pairs),
            )
        ),
    }


def _told(difference: Difference | None) -> Difference | None:
    """None where a side has no such figure, as the AUROC of nothing but right ones."""
    if difference is None or np.isnan([difference.now, difference.earlier]).any():
        return None
    return difference
