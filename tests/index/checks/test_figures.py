"""Figures in texts, and whether they agree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.checks.figures import Figure, figures

DAY = 1440.0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("within 30 days", ("day", 30 * DAY, 30 * DAY, "30 days")),
        ("two to four working days", ("day", 2 * DAY, 4 * DAY, "two to four working days")),
        ("2–4 days", ("day", 2 * DAY, 4 * DAY, "2–4 days")),
        ("a 30-day trial", ("day", 30 * DAY, 30 * DAY, "30-day")),
        ("2 weeks", ("week", 14 * DAY, 14 * DAY, "2 weeks")),
        ("half an hour", ("hour", 30.0, 30.0, "half an hour")),
        ("for a week", ("week", 7 * DAY, 7 * DAY, "a week")),
        ("an hour’s notice", ("hour", 60.0, 60.0, "an hour")),
        ("a fortnight", ("fortnight", 14 * DAY, 14 * DAY, "a fortnight")),
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
        "once a day",
    ],
)
def test_not_every_number_is_a_figure(text: str) -> None:
    assert figures(text) == []


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("14 days", "2 weeks", True),
        ("14 days", "a fortnight", True),
        ("30 minutes", "half an hour", True),
        ("1 month", "30 days", True),
        ("24 months", "three years", False),
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


def test_a_price_for_a_day_is_no_span() -> None:
    assert figures("£2 a day") == [Figure("GBP", 2.0, 2.0, "£2")]


def test_spans_of_one_length_have_one_value() -> None:
    (one,), (other,) = figures("14 days"), figures("two weeks")
    assert one.value == other.value
    (one,), (other,) = figures("14 books"), figures("14 days")
    assert one.value != other.value
