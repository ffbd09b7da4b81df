"""What went wrong, and in what order it is told."""

from qa.evaluation.failures import (
    Confusion,
    Failure,
    Kind,
    Named,
    find_confusions,
    find_failures,
    namer,
    rank_of,
)
from qa.evaluation.judged import Judged, judge
from qa.evaluation.queries import LabelledQuery
from qa.evaluation.run import MISSING, Result
from tests.qa.evaluation.conftest import ENTRIES, QUERIES, RESULTS

NAME = namer(ENTRIES)
PAY, REFUND = Named("pay", "How do I pay?"), Named("refund", "Money <b>back</b>?")
VISIT = Named("visit", "Where are you?")


def test_an_entry_is_named_on_one_line_and_by_its_id_where_it_is_not_known() -> None:
    assert NAME("visit") == VISIT
    assert NAME("gone") == Named("gone", "")


def test_what_was_surest_and_wrong_comes_first_and_what_was_declined_last(judged: Judged) -> None:
    assert find_failures(QUERIES, RESULTS, judged, NAME) == (
        Failure(Kind.NO_ANSWER, "5", "do you have a dog", (), None, VISIT, 0.7),
        Failure(Kind.WRONG, "2", "my money back", (REFUND,), 2, PAY, 0.6),
        Failure(Kind.DECLINED, "4", "address", (VISIT,), 1, VISIT, 0.2),
    )


def test_in_a_run_that_was_read_only_a_wrong_first_entry_is_a_failure() -> None:
    results = [Result(result.ranking) for result in RESULTS]
    results[0] = MISSING
    failures = find_failures(QUERIES, results, judge(QUERIES, results), NAME)
    assert [(failure.query, failure.retrieved) for failure in failures] == [("1", None), ("2", PAY)]


def test_the_rank_is_that_of_the_first_right_entry() -> None:
    assert [rank_of(*pair) for pair in zip(QUERIES, RESULTS, strict=True)] == [
        1,
        2,
        1,
        1,
        None,
        None,
    ]


def test_confused_pairs_are_counted_with_examples() -> None:
    queries = [LabelledQuery(str(n), f"q{n}", ("refund",)) for n in range(4)]
    queries += [LabelledQuery("x", "x", ("visit",)), LabelledQuery("n", "none", ())]
    results = [Result((("pay", 0.9),), answered=True, confidence=0.9)] * 6
    found = find_confusions(queries, results, judge(queries, results), NAME)
    assert found == (
        Confusion(REFUND, PAY, 4, ("q0", "q1", "q2")),
        Confusion(VISIT, PAY, 1, ("x",)),
        Confusion(None, PAY, 1, ("none",)),
    )


def test_of_several_right_entries_the_best_ranked_was_expected() -> None:
    queries = [LabelledQuery("1", "q", ("visit", "refund"))]
    results = [Result((("pay", 0.9), ("refund", 0.5)), answered=False, confidence=0.1)]
    (found,) = find_confusions(queries, results, judge(queries, results), NAME)
    assert found.expected == REFUND


def test_what_was_rightly_declined_confuses_nobody(judged: Judged) -> None:
    pairs = [
        (one.expected, one.retrieved) for one in find_confusions(QUERIES, RESULTS, judged, NAME)
    ]
    assert pairs == [(REFUND, PAY), (None, VISIT)]
