"""The whole of it: six queries by hand, and what is said of what cannot be measured."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from qa.evaluation.evaluation import Evaluation, Origin
from qa.evaluation.queries import LabelledQuery
from qa.evaluation.run import Result

EvaluationOf = Callable[..., Evaluation]

ALL_ANSWERABLE = (
    "Every query has an answer in the FAQ: whether the others are declined was not measured."
)


def test_the_figures_of_six_queries_by_hand(evaluation: Evaluation) -> None:
    assert (evaluation.queries, evaluation.answerable) == (6, 4)
    assert evaluation.ranking["P@1"] == pytest.approx(3 / 4)
    assert evaluation.ranking["MRR"] == pytest.approx((1 + 1 / 2 + 1 + 1) / 4)
    assert evaluation.ranking["recall@1"] == pytest.approx((1 + 0 + 1 / 2 + 1) / 4)
    assert evaluation.abstention
    assert (evaluation.abstention.shown, evaluation.abstention.right) == (4, 2)
    assert evaluation.calibration
    distances = np.array([0.1, 0.6, 0.2, 0.8, 0.7, 0.1])
    assert evaluation.calibration.brier == pytest.approx(np.mean(distances**2))
    assert [result.reciprocal_rank for result in evaluation.results] == [1, 0.5, 1, 1, 0, 0]
    assert evaluation.notes == ()


def test_a_run_that_was_read_has_rankings_only(run_read: Evaluation) -> None:
    assert run_read.ranking["P@1"] == pytest.approx(3 / 4)
    assert (run_read.abstention, run_read.calibration, run_read.latency) == (None, None, None)
    assert list(run_read.intervals) == ["P@1"]
    assert run_read.notes == (
        "A run holds no confidence: abstaining, calibration and latency are left out.",
        "Queries that the run lacks count as zero: 1.",
    )


@pytest.mark.parametrize(
    ("rights", "notes"),
    [
        (
            [True],
            (
                ALL_ANSWERABLE,
                "Every top entry is right: AUROC needs both right and wrong ones.",
                "There is one query only: no interval can be given.",
            ),
        ),
        (
            [False, False],
            (
                ALL_ANSWERABLE,
                "Every top entry is wrong: AUROC needs both right and wrong ones.",
            ),
        ),
        ([True, False], (ALL_ANSWERABLE,)),
    ],
)
def test_what_cannot_be_measured_is_said_and_the_rest_is_there(
    evaluation_of: EvaluationOf, rights: list[bool], notes: tuple[str, ...]
) -> None:
    queries = [LabelledQuery(str(n), "q", ("a",)) for n in range(len(rights))]
    results = [Result((("a" if right else "b", 1.0),), True, 0.5) for right in rights]
    found = evaluation_of(queries=queries, results=results)
    assert found.notes == notes
    assert found.ranking["P@1"] == pytest.approx(sum(rights) / len(rights))
    assert found.abstention
    assert found.abstention.declined_unanswerable is None
    json.loads(found.to_json())


def test_nothing_that_is_no_number_gets_into_the_document(evaluation: Evaluation) -> None:
    document = json.loads(evaluation.to_json(), parse_constant=pytest.fail)
    assert (document["format"], document["version"]) == ("qa-eval", 1)
    assert document["origin"] == {
        "file": "q.jsonl",
        "run": "",
        "snapshot": "snap",
        "model": "a model",
        "entries": 3,
    }
    assert document["results"][0] == {
        "id": "1",
        "text": "how to pay",
        "relevant": ["pay"],
        "answered": True,
        "confidence": 0.9,
        "right": True,
        "reciprocal_rank": 1.0,
        "ranking": [["pay", 0.9], ["refund", 0.2]],
    }
    assert document["failures"][0]["kind"] == "no_answer"


def test_a_query_without_any_candidate_counts_as_zero(evaluation_of: EvaluationOf) -> None:
    queries = [LabelledQuery("1", "q", ("a",)), LabelledQuery("2", "q2", ("a",))]
    results = [Result((), answered=False, confidence=0.0), Result((("a", 1.0),), True, 0.9)]
    assert evaluation_of(queries=queries, results=results).ranking["MRR"] == pytest.approx(0.5)


def test_where_it_comes_from_is_told_without_an_index() -> None:
    origin = Origin.of(Path("q.csv"), Path("their.run"), None)
    assert origin == Origin(file="q.csv", run="their.run")
