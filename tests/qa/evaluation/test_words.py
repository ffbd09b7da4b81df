"""Figures in words."""

from collections.abc import Callable

import pytest

from qa.evaluation import words
from qa.evaluation.comparison import Comparison
from qa.evaluation.evaluation import Evaluation
from qa.evaluation.failures import Named
from qa.evaluation.queries import LabelledQuery
from qa.evaluation.run import Result
from qa.evaluation.significance import Difference, Interval


def results_of(right: int, wrong: int) -> tuple[list[LabelledQuery], list[Result]]:
    queries = [LabelledQuery(str(n), "q", ("a",)) for n in range(right + wrong)]
    tops = ["a"] * right + ["b"] * wrong
    return queries, [Result(((top, 1.0),), answered=True, confidence=0.5) for top in tops]


@pytest.mark.parametrize(
    ("right", "wrong", "expected"),
    [
        (930, 70, "Of 100 answers shown, 93 are right."),
        (13, 1, "Of 14 answers shown, 13 are right."),
        (999, 1, "Of 100 answers shown, 99 are right."),
        (1, 999, "Of 100 answers shown, 1 is right."),
        (150, 0, "Of 100 answers shown, 100 are right."),
        (0, 5, "Of 5 answers shown, 0 are right."),
        (1, 0, "Of 1 answer shown, 1 is right."),
    ],
)
def test_the_headline_is_out_of_a_hundred_and_never_rounds_a_fault_away(
    evaluation_of: Callable[..., Evaluation], right: int, wrong: int, expected: str
) -> None:
    queries, results = results_of(right, wrong)
    assert words.headline(evaluation_of(queries=queries, results=results)) == expected


def test_the_headline_of_silence(evaluation_of: Callable[..., Evaluation]) -> None:
    silent = Result((("a", 1.0),), answered=False, confidence=0.1)
    found = evaluation_of(queries=[LabelledQuery("1", "q", ("a",))], results=[silent])
    assert words.headline(found) == "No answer was shown."


def test_the_sentences_below_it(evaluation: Evaluation, run_read: Evaluation) -> None:
    assert words.headline(evaluation) == "Of 4 answers shown, 2 are right."
    assert words.details(evaluation) == [
        "Of 4 questions that the FAQ answers, 2 get the right answer.",
        "Of 2 questions without an answer, 1 is declined.",
    ]
    assert words.headline(run_read) == "Of 4 questions with an answer, 3 are answered rightly."
    assert words.details(run_read) == []


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (words.number(None), "–"),
        (words.number(0.12345), "0.123"),
        (words.percent(None), "–"),
        (words.percent(0.0712), "7.1%"),
        (words.interval(None), ""),
        (words.interval(Interval(0.5, 0.25)), "0.500 to 0.250"),
        (words.named(None), "nothing"),
        (words.named(Named("pay", "")), "pay"),
        (words.named(Named("pay", "How?")), "pay: How?"),
        (words.expected(None), "no answer: the FAQ has none"),
    ],
)
def test_figures_and_names(said: str, expected: str) -> None:
    assert said == expected


@pytest.mark.parametrize(
    ("difference", "p", "verdict"),
    [(0.1, 0.01, "better"), (-0.1, 0.049, "worse"), (0.1, 0.05, "within chance")],
)
def test_a_difference_is_called_one_only_where_chance_is_unlikely(
    difference: float, p: float, verdict: str
) -> None:
    found = Difference(0.6, 0.5, difference, Interval(-0.1, 0.2), p)
    assert words.verdict(found) == verdict
    assert words.difference(found)[:2] == ["0.500", "0.600"]
    assert words.difference(None) == ["–"] * 5


def test_what_was_left_out_of_a_comparison_is_counted() -> None:
    found = Comparison("before.json", 5, 1, 0, 2, {}, (), ())
    assert words.compared(found) == (
        "5 queries compared; left out: 1 only in this file, 2 with other text or labels."
    )
