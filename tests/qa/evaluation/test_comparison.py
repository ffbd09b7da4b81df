"""Comparing with an earlier evaluation."""

from dataclasses import replace

import pytest

from qa.evaluation.comparison import Change, compare
from qa.evaluation.earlier import PerQuery


def result(id_: str, *, right: bool, confidence: float | None = 0.5, **more: object) -> PerQuery:
    top = "good" if right else "bad"
    given: dict[str, object] = {
        "id": id_,
        "text": f"q{id_}",
        "relevant": ("good",),
        "answered": True,
        "confidence": confidence,
        "right": right,
        "reciprocal_rank": 1.0 if right else 0.5,
        "ranking": ((top, 1.0),),
    }
    return PerQuery(**{**given, **more})  # type: ignore[arg-type]


EARLIER = [result(str(n), right=n < 2) for n in range(4)]


def test_only_what_both_have_with_the_same_labels_is_compared() -> None:
    now = [
        result("0", right=True),
        result("1", right=True, text="reworded"),
        replace(result("2", right=True), relevant=("good", "also good")),
        result("new", right=False),
    ]
    found = compare(now, EARLIER, "before.json", 0.1)
    assert (found.earlier, found.common) == ("before.json", 1)
    assert (found.only_now, found.only_earlier, found.relabelled) == (1, 1, 2)
    assert set(found.differences.values()) == {None}


def test_gains_and_losses_are_listed_and_measured() -> None:
    now = [
        result("0", right=True),
        result("1", right=False, ranking=()),
        result("2", right=True),
        result("3", right=True),
    ]
    found = compare(now, EARLIER, "before.json", 0.1)
    assert found.better == (Change("2", "q2", "bad", "good"), Change("3", "q3", "bad", "good"))
    assert found.worse == (Change("1", "q1", "good", None),)
    precision, rank = found.differences["P@1"], found.differences["MRR"]
    assert precision
    assert rank
    assert (precision.now, precision.earlier) == pytest.approx((0.75, 0.5))
    assert (rank.now, rank.earlier) == pytest.approx((0.875, 0.75))
    assert rank.difference == pytest.approx(0.125)
    # Three of four have changed: all eight ways, and 2 - 1 or more comes in four of them.
    assert precision.p == pytest.approx(1.0)


def test_confidence_is_compared_by_auroc_and_by_coverage() -> None:
    """Earlier confidence was turned round: the right ones had least of it."""
    now = [result(str(n), right=n < 2, confidence=0.9 - 0.2 * n) for n in range(4)]
    earlier = [result(str(n), right=n < 2, confidence=0.1 + 0.2 * n) for n in range(4)]
    found = compare(now, earlier, "before.json", 0.1).differences
    auroc, coverage = found["AUROC"], found["coverage at 10% wrong"]
    assert auroc
    assert coverage
    assert (auroc.now, auroc.earlier) == (1.0, 0.0)
    assert (coverage.now, coverage.earlier) == (0.5, 0.0)


def test_unanswerable_queries_count_for_confidence_only() -> None:
    now = [*EARLIER, replace(result("5", right=False), relevant=(), reciprocal_rank=0.0)]
    found = compare(now, now, "before.json", 0.1).differences
    assert found["P@1"]
    assert found["P@1"].now == 0.5
    assert found["AUROC"]


def test_a_side_without_confidence_is_compared_by_ranking_alone() -> None:
    now = [replace(one, confidence=None, answered=None) for one in EARLIER]
    found = compare(now, EARLIER, "before.json", 0.1).differences
    assert found["P@1"]
    assert found["AUROC"] is None
    assert found["coverage at 10% wrong"] is None


def test_the_auroc_of_nothing_but_right_ones_cannot_be_compared() -> None:
    every = [result(str(n), right=True) for n in range(3)]
    assert compare(every, every, "before.json", 0.1).differences["AUROC"] is None
