"""Answers about one thing that give different figures."""

from collections.abc import Sequence

import numpy as np
import pytest

from index.checks.contradictions import contradictions
from index.checks.pairs import Pair
from index.checks.said import Said, said
from index.entry import Entry
from index.vectors import Vectors


def alike(texts: Sequence[str]) -> Vectors:
    """Vectors by which every sentence tells the same fact."""
    return np.ones((len(texts), 1), np.float32)


def apart(texts: Sequence[str]) -> Vectors:
    """Vectors by which no two do."""
    return np.eye(len(texts), dtype=np.float32)


def pair(one: str, other: str, *questions: str) -> Pair:
    asked = questions or ("How long may I keep it?", "When must it be back?")
    entries = [
        Entry(id=f"e{number}", question=question, answer=answer, source=f"a.md:{number}")
        for number, (question, answer) in enumerate(zip(asked, (one, other), strict=True), 1)
    ]
    return Pair(one=entries[0], other=entries[1], wording=0.8, asked=("", ""), answer=0.8)


def test_two_answers_with_different_figures_are_a_contradiction() -> None:
    clash = pair("Keep it for 14 days at most.", "It is due back after 30 days.")
    (finding,) = contradictions([clash], alike)
    assert str(finding) == (
        "a.md:2: here it is “30 days”, but “14 days” in “How long may I keep it?”, a.md:1."
        " Correct one of the two, or say what each holds for."
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Keep it for 14 days.", "It is due back after 2 weeks."),
        ("Keep it for 14 days.", "It is due back after 30 days, a film after 14 days."),
        ("Keep it for 14 days.", "It costs 30 euros."),
        ("Keep it.", "It is due back after 30 days."),
    ],
)
def test_figures_that_agree_or_are_of_two_things_are_no_contradiction(one: str, other: str) -> None:
    assert list(contradictions([pair(one, other)], alike)) == []


def test_figures_of_two_things_that_the_entries_are_about_are_no_contradiction() -> None:
    said = "A film may be kept for 14 days.", "A book may be kept for 30 days."
    films_and_books = "When must a film be back?", "How long may I keep a book?"
    assert list(contradictions([pair(*said, *films_and_books)], alike)) == []
    assert len(list(contradictions([pair(*said)], alike))) == 1


def test_questions_that_differ_in_a_name_set_their_figures_apart() -> None:
    questions = "How long may I keep a film?", "How long may I keep a book?"
    clash = pair("It is due back after 14 days.", "You have 30 days.", *questions)
    assert list(contradictions([clash], alike)) == []


def test_the_hours_of_two_days_are_two_things() -> None:
    questions = ("When are you open?", "Are you open on Sundays?")
    clash = pair("We open at 9 am.", "Yes; the doors open at 11 am.", *questions)
    assert list(contradictions([clash], alike)) == []


def test_sentences_about_two_facts_are_no_contradiction() -> None:
    clash = pair("Keep it for 14 days at most.", "It is due back after 30 days.")
    assert list(contradictions([clash], apart)) == []


def test_entries_that_are_far_apart_are_not_compared() -> None:
    near = pair("Keep it for 14 days at most.", "It is due back after 30 days.")
    far = Pair(one=near.one, other=near.other, wording=0.1, asked=("", ""), answer=0.1)
    assert list(contradictions([far], alike)) == []


ABOUT = "What do I need to know?", "How does it work?"


@pytest.mark.parametrize(
    ("one", "other", "is_told"),
    [
        ("The deposit is £200 for an e-bike.", "Bring £150 as the deposit.", True),
        ("Parking is £3 an hour.", "You pay £2 an hour for parking.", True),
        ("Students get 20% off.", "A student has 10% off.", True),
        ("Storage is £2 a day.", "Storage is £6 an hour.", False),
        ("We deliver to hotels for £15.", "An express parcel costs £7.50.", False),
        ("A locker is £1.", "Towels are lent for £2.", False),
    ],
)
def test_amounts_contradict_each_other_where_they_are_for_one_thing(
    one: str, other: str, is_told: bool
) -> None:
    assert len(list(contradictions([pair(one, other, *ABOUT)], alike))) == is_told


def test_to_near_questions_that_ask_for_no_more_an_answer_need_not_say_what_it_is_for() -> None:
    said_so = "It is £12.", "It can be added for £14."
    one = pair(*said_so, "How much is breakfast?", "Is breakfast included?")
    assert len(list(contradictions([one], alike))) == 1
    assert list(contradictions([pair(*said_so, "Check out late?", "Check in early?")], alike)) == []


def asked_alike(wording: float, one: str, other: str) -> Pair:
    """Two entries of different questions that share a wording, with that cosine."""
    made = pair(one, other, "Do you sell vouchers?", "How long is a gift card good for?")
    asked = ("gift voucher", "Gift voucher?")
    return Pair(one=made.one, other=made.other, wording=wording, asked=asked, answer=0.3)


def test_answers_to_one_wording_are_compared_in_all_units_of_time() -> None:
    spans = "They hold for three years.", "24 months from the day of sale."
    assert len(list(contradictions([asked_alike(1.0, *spans)], alike))) == 1
    assert list(contradictions([asked_alike(0.6, *spans)], alike)) == []


def test_spans_that_are_far_from_each_other_are_of_two_things() -> None:
    spans = "They hold for three years.", "We send one in 24 hours."
    assert list(contradictions([asked_alike(1.0, *spans)], alike)) == []


@pytest.mark.parametrize(
    ("answer", "span", "words"),
    [
        ("A bike is £20 a day or £90 a week.", "day", {"bike"}),
        ("The daily rate is £20.", "day", set()),
        ("An annual ticket is £90, and parking £3.", "year", {"ticket"}),
        ("Breakfast costs £12 for each guest.", "", {"breakfast", "guest"}),
        ("Yes, £20.", "", {"key", "deposit"}),
    ],
)
def test_what_an_amount_is_for_stands_beside_it_or_in_the_question(
    answer: str, span: str, words: set[str]
) -> None:
    first = said(Entry(id="a", answer=answer))[0]
    assert first.span() == span
    assert first.paid_for("A key deposit?" if words else "") == words


def test_a_figure_keeps_its_sentence_without_marks() -> None:
    (one,) = said(Entry(id="a", answer="Yes. It is **£5** for [all](b.md)."))
    assert one == Said("It is £5 for all .", one.figure)
