"""What may be shown: by state, by date, and by what was asked for."""

from datetime import UTC, datetime

import pytest

from index.snapshot import Snapshot
from qa.answer import NOTHING, Answer
from qa.answerer import Answerer, Scope
from tests.conftest import ENTRIES
from tests.qa.conftest import SnapshotOf

HIDDEN = {"draft", "expired"}


def ranked(answer: Answer) -> list[str]:
    return [candidate.entry.id for candidate in answer.ranking]


def test_words_are_certain_when_the_other_entry_that_claims_them_is_out_of_scope(
    snapshot_of: SnapshotOf,
) -> None:
    answerer = Answerer(
        snapshot_of(
            {"id": "one", "question": "Is it open?", "answer": "Yes.", "page": "shop"},
            {"id": "two", "question": "Is it open?", "answer": "No.", "page": "bar"},
            {
                "id": "three",
                "question": "Is it open?",
                "answer": "?",
                "page": "bar",
                "state": "draft",
            },
        )
    )
    answer = answerer.ask("is it open", scope=Scope(page="bar"))
    assert (ranked(answer), answer.confidence) == (["two"], 0.99)


@pytest.mark.parametrize("question", ["Is there a secret menu?", "Is there a winter sale?"])
def test_an_entry_that_is_not_shown_is_never_answered_nor_offered(
    answerer: Answerer, question: str
) -> None:
    answer = answerer.ask(question)
    assert not HIDDEN & set(ranked(answer))
    assert len(answer.ranking) == len(ENTRIES) - len(HIDDEN)


@pytest.mark.parametrize(
    ("at", "answered"),
    [
        (datetime(2023, 12, 31, 23, 59, 59, tzinfo=UTC), False),
        (datetime(2024, 1, 1, tzinfo=UTC), True),
        (datetime(2024, 1, 31, 23, 59, 59, tzinfo=UTC), True),
        (datetime(2024, 2, 1, tzinfo=UTC), False),
    ],
    ids=["before", "first-moment", "last-moment", "after"],
)
def test_an_entry_answers_from_its_first_day_to_its_last_judged_when_asked(
    snapshot_of: SnapshotOf, at: datetime, answered: bool
) -> None:
    dates = {"valid_from": "2024-01-01", "valid_until": "2024-01-31"}
    answerer = Answerer(
        snapshot_of(
            {"id": "sale", "question": "Is there a sale?", "answer": "Yes.", **dates},
            {"id": "withdrawn", "question": "Is there a sale?", "state": "withdrawn"},
        )
    )
    answer = answerer.ask("Is there a sale?", at=at)
    assert (answer.answered, ranked(answer)) == (answered, ["sale"] if answered else [])


def test_what_is_not_shown_does_not_count_against_what_is(snapshot_of: SnapshotOf) -> None:
    shown = {"id": "shown", "question": "Do you sell vouchers for gifts?", "answer": "Yes."}
    twin = {"id": "twin", "question": "Do you sell vouchers for gifts?", "answer": "No."}
    alone = Answerer(snapshot_of(shown)).ask("do you sell voucher for gift")
    beside = Answerer(snapshot_of(shown, {**twin, "state": "draft"}))
    against = Answerer(snapshot_of(shown, twin))
    assert beside.ask(shown["question"]).confidence == 0.99
    assert against.ask(shown["question"]).confidence < 0.99
    # Only the idf of n-grams knows of the draft.
    near = beside.ask("do you sell voucher for gift").confidence
    assert near == pytest.approx(alone.confidence, abs=0.05)
    assert near > against.ask("do you sell voucher for gift").confidence


@pytest.mark.parametrize(
    ("scope", "admitted"),
    [
        (Scope(page="orders"), {"refund", "delivery", "gift"}),
        (Scope(tags=("visit",)), {"hours", "parking"}),
        (Scope(tags=("visit", "car")), {"parking"}),
        (Scope(tags=("car",), page="visit"), {"parking"}),
        (Scope(tags=("car",), page="orders"), set()),
        (Scope(tags=("Car",)), set()),
        (Scope(page="nowhere"), set()),
    ],
    ids=["page", "tag", "all-tags", "both", "neither", "case", "unknown-page"],
)
def test_only_entries_in_scope_are_ranked(
    answerer: Answerer, scope: Scope, admitted: set[str]
) -> None:
    answer = answerer.ask("Where can I park my car?", scope=scope)
    assert set(ranked(answer)) == admitted
    if not admitted:
        assert answer == NOTHING


def test_an_empty_faq_has_no_answer(snapshot: Snapshot) -> None:
    late = datetime(2030, 1, 1, tzinfo=UTC)
    nothing = Answerer(snapshot).ask("Where?", scope=Scope(tags=("no such tag",)), at=late)
    assert nothing == NOTHING
    assert (nothing.entry, nothing.alternatives(3), nothing.confidence) == (None, (), 0.0)


@pytest.mark.parametrize("question", ["Where can I park my car?", "car park", "refund my parcel"])
@pytest.mark.parametrize("page", ["visit", "orders"])
def test_a_scope_makes_no_answer_more_certain(answerer: Answerer, question: str, page: str) -> None:
    free, scoped = answerer.ask(question), answerer.ask(question, scope=Scope(page=page))
    assert scoped.confidence <= free.confidence
    if ranked(free)[0] == ranked(scoped)[0]:
        assert scoped.confidence == free.confidence
