"""Figures in texts, and answers that give different ones."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.checks.contradictions import contradictions
from index.checks.figures import Figure, figures
from index.checks.pairs import Pair
from index.entry import Entry
from index.vectors import Vectors

DAY = 1440.0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("within 30 days", ("day", 30 * DAY, 30 * DAY, "30 days")),
        ("two to four working days", ("day", 2 * DAY, 4 * DAY, "two to four working days")),
        ("2–4 days", ("day", 2 * DAY, 4 * DAY, "2–4 days")),
        ("a 30-day trial", ("day", 30 * DAY, 30 * DAY, "30-day")),
        ("2 weeks", ("week", 14 * DAY, 14 * DAY, "2 weeks")),
        ("€4.50", ("EUR", 4.5, 4.5, "€4.50")),
        ("4,50 euros", ("EUR", 4.5, 4.5, "4,50 euros")),
        ("$1,200.50", ("USD", 1200.5, 1200.5, "$1,200.50")),
        ("12.5 %", ("percent", 12.5, 12.5, "12.5 %")),
        ("10 books", ("book", 10.0, 10.0, "10 books")),
        ("1,000 entries", ("entry", 1000.0, 1000.0, "1,000 entries")),
        ("100 MB", ("mb", 100.0, 100.0, "100 MB")),
        ("9 am", ("time of day", 540.0, 540.0, "9 am")),
        ("17:30", ("time of day", 1050.0, 1050.0, "17:30")),
        ("+49 (30) 1234567", ("telephone", 1234567.0, 1234567.0, "+49 (30) 1234567")),
        ("in 1998", ("year of date", 1998.0, 1998.0, "1998")),
        ("1 May", ("date", 501.0, 501.0, "1 May")),
    ],
)
def test_a_figure_is_read_with_what_it_counts(
    text: str, expected: tuple[str, float, float, str]
) -> None:
    assert figures(text) == [Figure(*expected)]


@pytest.mark.parametrize("text", ["31 December 2025", "December 31st, 2025", "2025-12-31"])
def test_a_date_is_a_day_and_a_year(text: str) -> None:
    assert figures(text) == [
        Figure("date", 1231.0, 1231.0, text),
        Figure("year of date", 2025.0, 2025.0, text),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "COVID-19 spreads",
        "Python 3.8 or later",
        "https://example.org/12/days",
        "one of the",
        "24/7",
    ],
)
def test_not_every_number_is_a_figure(text: str) -> None:
    assert figures(text) == []


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("14 days", "2 weeks", True),
        ("2 to 4 days", "3 days", True),
        ("14 days", "30 days", False),
        ("€5", "€4.50", False),
        ("€5", "$4", True),  # nobody can tell
        ("030 1234567", "+49 30 1234567", True),
    ],
)
def test_figures_of_one_unit_agree_where_they_meet(one: str, other: str, agree: bool) -> None:
    (left,), (right,) = figures(one), figures(other)
    assert left.agrees(right) is right.agrees(left) is agree


@given(st.text("0123456789 .,-–:/()+%€$daysh@wMay'"))
def test_any_text_can_be_read(text: str) -> None:
    assert all(figure.low <= figure.high for figure in figures(text))


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
