from datetime import UTC, datetime

import pytest

from index.snapshot import Snapshot
from qa.answerer import Scope
from qa.suggest import Suggester
from tests.qa.conftest import SnapshotOf


@pytest.fixture
def suggester(snapshot: Snapshot) -> Suggester:
    return Suggester(snapshot)


def suggested(suggester: Suggester, typed: str, k: int = 5) -> list[str]:
    return [entry.id for entry in suggester.suggest(typed, k)]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("When", "hours"),
        ("w", "hours"),
        ("WHERE   can", "parking"),
        ("openi", "hours"),
        ("log in", "password"),
        ("vouch", "gift"),
        ("reset my pasword", "password"),
        ("how long delivry", "delivery"),
        ("how do i reset my password", "password"),
    ],
    ids=[
        "word",
        "letter",
        "case-spaces",
        "alternate",
        "inner",
        "inner-start",
        "typo",
        "gap",
        "whole",
    ],
)
def test_what_is_typed_finds_the_entry_it_begins(
    suggester: Suggester, typed: str, first: str
) -> None:
    assert suggested(suggester, typed)[0] == first


@pytest.mark.parametrize("typed", ["", "  ", "?!", "xyzzy", "\0", "🎉"], ids=repr)
def test_what_no_entry_holds_finds_nothing(suggester: Suggester, typed: str) -> None:
    assert suggested(suggester, typed) == []


@pytest.mark.parametrize("typed", ["Is there a secret menu", "Is there a winter sale"])
def test_an_entry_that_is_not_shown_is_not_suggested(suggester: Suggester, typed: str) -> None:
    assert not {"draft", "expired"} & set(suggested(suggester, typed, 50))


def test_an_entry_is_suggested_on_its_days_only(suggester: Suggester) -> None:
    def on(*moment: int) -> list[str]:
        at = datetime(*moment, tzinfo=UTC)
        return [entry.id for entry in suggester.suggest("Is there a winter sale?", 1, at=at)]

    assert on(2020, 1, 31, 23, 59) == ["expired"]
    assert on(2020, 2, 1) == []


def test_a_beginning_comes_before_a_word_and_a_word_before_likeness(
    snapshot_of: SnapshotOf,
) -> None:
    # The later one is, the shorter it is and the more of the letters it has.
    suggester = Suggester(
        snapshot_of(
            {"id": "alike", "question": "Discard cares"},
            {"id": "word", "question": "Take cards?"},
            {"id": "longer", "question": "Cards, cash or something else?"},
            {"id": "begins", "question": "Cards and cash"},
        )
    )
    assert suggested(suggester, "card") == ["begins", "longer", "word", "alike"]


def test_an_entry_with_many_fitting_wordings_is_suggested_once(snapshot_of: SnapshotOf) -> None:
    suggester = Suggester(
        snapshot_of(
            {"id": "many", "question": "Card", "alternates": ["cards", "card?!", "card again"]},
            {"id": "other", "question": "Card once more"},
        )
    )
    assert suggested(suggester, "card") == ["many", "other"]


@pytest.mark.parametrize(("k", "found"), [(1, 1), (3, 3), (50, 6)])
def test_no_more_are_suggested_than_asked_for(snapshot_of: SnapshotOf, k: int, found: int) -> None:
    suggester = Suggester(snapshot_of(*[{"question": f"Card {number}"} for number in range(6)]))
    assert len(suggested(suggester, "card", k)) == found


def test_entries_that_are_not_shown_take_no_places_from_those_that_are(
    snapshot_of: SnapshotOf,
) -> None:
    drafts = [{"question": f"Card {number}", "state": "draft"} for number in range(150)]
    suggester = Suggester(snapshot_of(*drafts, {"id": "shown", "question": "Card payment"}))
    assert suggested(suggester, "card", 1) == ["shown"]


def test_an_entry_whose_only_question_is_blank_is_passed_over(snapshot_of: SnapshotOf) -> None:
    blank = {"question": " ", "answer": "Cards are taken."}
    suggester = Suggester(snapshot_of(blank, {"id": "shown", "question": "Card payment"}))
    assert suggested(suggester, "card") == ["shown"]


def test_in_scope_more_is_found_than_the_first_hundred_of_all(snapshot_of: SnapshotOf) -> None:
    entries = [{"question": f"How is it on day {n}?", "page": f"p{n // 100}"} for n in range(300)]
    suggester = Suggester(snapshot_of(*entries))
    found = suggester.suggest("how is", 50, scope=Scope(page="p2"))
    assert len(found) == 50
    assert {entry.page for entry in found} == {"p2"}


def test_a_word_within_is_found_among_hundreds_that_hold_others(snapshot_of: SnapshotOf) -> None:
    entries = [{"question": f"How is it on day {n}?"} for n in range(300)]
    suggester = Suggester(snapshot_of(*entries, {"id": "late", "question": "How is a daybreak?"}))
    assert suggested(suggester, "dayb") == ["late"]
    # No n-gram is as short as one letter.
    assert len(suggester.suggest("d", 50)) == 50
    assert suggested(suggester, "how is a") == ["late"]


def test_what_is_typed_at_length_is_found_by_its_end_too(snapshot_of: SnapshotOf) -> None:
    long = "What are the signs and the symptoms of the illness that is known by the name of"
    entries = [{"id": name, "question": f"{long} {name}?"} for name in ("ague", "gout", "zoster")]
    assert suggested(Suggester(snapshot_of(*entries)), f"{long} go", 1) == ["gout"]
