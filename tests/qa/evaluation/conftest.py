"""Six labelled queries over three entries, what came of them, and the evaluation of it all."""

from collections.abc import Callable
from typing import Any

import pytest

from index.entry import Entry
from qa.evaluation.evaluation import Evaluation, Origin, evaluate
from qa.evaluation.judged import Judged, judge
from qa.evaluation.queries import LabelledQuery
from qa.evaluation.run import MISSING, Result

ENTRIES = {
    entry.id: entry
    for entry in (
        Entry(id="pay", question="How do I pay?", page="orders", tags=("money",)),
        Entry(id="refund", question="Money <b>back</b>?", page="orders", tags=("money", "law")),
        Entry(id="visit", question="Where are\nyou?", page="visit"),
    )
}

QUERIES = [
    LabelledQuery("1", "how to pay", ("pay",)),
    LabelledQuery("2", "my money back", ("refund",)),
    LabelledQuery("3", "reimburse me <script>alert(1)</script>", ("refund", "pay")),
    LabelledQuery("4", "address", ("visit",)),
    LabelledQuery("5", "do you have a dog", ()),
    LabelledQuery("6", "tell me a joke", ()),
]

# Right and shown; wrong and shown (the right one second); right by the second label; right and
# declined; shown though there is no answer; declined as it should be.
RESULTS = [
    Result((("pay", 0.9), ("refund", 0.2)), answered=True, confidence=0.9),
    Result((("pay", 0.7), ("refund", 0.6), ("visit", 0.1)), answered=True, confidence=0.6),
    Result((("pay", 0.8), ("refund", 0.4)), answered=True, confidence=0.8),
    Result((("visit", 0.3), ("pay", 0.2)), answered=False, confidence=0.2),
    Result((("visit", 0.5),), answered=True, confidence=0.7),
    Result((("pay", 0.1),), answered=False, confidence=0.1),
]


@pytest.fixture
def judged() -> Judged:
    """The six, judged."""
    return judge(QUERIES, RESULTS)


@pytest.fixture
def evaluation_of() -> Callable[..., Evaluation]:
    """Evaluates the six; options are those of `evaluate`."""

    def make(**options: Any) -> Evaluation:  # noqa: ANN401 - handed on
        given: dict[str, Any] = {
            "queries": QUERIES,
            "results": RESULTS,
            "origin": Origin(file="q.jsonl", snapshot="snap", model="a model", entries=3),
            "entries": ENTRIES,
            "promised_error": 0.1,
            "shown_from": 0.55,
        }
        return evaluate(**{**given, **options})

    return make


@pytest.fixture
def evaluation(evaluation_of: Callable[..., Evaluation]) -> Evaluation:
    """The evaluation of the six."""
    return evaluation_of()


@pytest.fixture
def run_read(evaluation_of: Callable[..., Evaluation]) -> Evaluation:
    """The evaluation of the same rankings from a run file, without the last query."""
    results = [Result(result.ranking) for result in RESULTS[:5]]
    return evaluation_of(
        results=[*results, MISSING], origin=Origin(file="q.jsonl", run="their.run"), entries={}
    )
