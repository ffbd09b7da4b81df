"""Questions that are nearly the same letter by letter."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.checks.alike import NEAR_DUPLICATE, near_duplicates, nearest_earlier
from index.entry import Entry


def places(*questions: str) -> list[str]:
    entries = [Entry(id=f"e{number}", question=text) for number, text in enumerate(questions)]
    return [finding.where for finding in near_duplicates(entries)]


@pytest.mark.parametrize(
    ("one", "other", "is_near"),
    [
        ("How do I reset my password?", "How can I reset my password?", True),
        ("How do I reset my password?", "How do I reset my passwords", True),
        ("Can I change the colour of it?", "Can I change the color of it?", True),
        ("How do I join the organisation?", "How do I join the organization?", True),
        ("Can I pay by card?", "Can I pay by cash?", False),
        ("How do I reset my password?", "How do I change my password?", False),
        ("How do I install version 10 of it?", "How do I install version 11 of it?", False),
        ("Can I export the whole table to PDF?", "Can I export the whole table to CSV?", False),
    ],
)
def test_questions_that_differ_in_little_words_or_endings_are_a_warning(
    one: str, other: str, is_near: bool
) -> None:
    assert places(one, other) == ["e1"] * is_near


def test_the_nearest_question_before_it_is_named() -> None:
    one = Entry(id="a", question="How do I reset my password?", answer="1", source="a.md:1")
    other = Entry(id="b", question="How can I reset my password?", answer="2", source="a.md:5")
    (finding,) = near_duplicates([one, other])
    assert str(finding) == (
        "a.md:5: “How can I reset my password?” is nearly “How do I reset my password?”, a.md:1."
        " Merge the two, or put each so that they differ in more words."
    )


def test_questions_of_symbols_or_marks_are_told_apart() -> None:
    assert places("C", "C++", "?", "!", "किताब", "कुतब") == []


def trigrams(text: str) -> set[str]:
    return {f" {text} "[start : start + 3] for start in range(len(text))}


@given(st.lists(st.text("abc ", min_size=1, max_size=12), max_size=12))
def test_no_text_with_a_near_one_before_it_is_missed(texts: list[str]) -> None:
    """The quick way finds what comparing every pair finds."""
    distinct = list(dict.fromkeys(" ".join(text.split()) for text in texts if text.strip()))
    sets = [trigrams(text) for text in distinct]
    expected = {
        later
        for later, one in enumerate(sets)
        for other in sets[:later]
        if len(one & other) / len(one | other) >= NEAR_DUPLICATE
    }
    assert {later for later, _ in nearest_earlier(distinct)} == expected


def test_many_questions_from_one_template_take_seconds() -> None:
    """All of them are near each other: each is compared with some of the others only."""
    texts = [f"how do i change setting {n} in the account of a customer" for n in range(1000)]
    start = time.perf_counter()
    assert len(list(nearest_earlier(texts))) == 999
    assert time.perf_counter() - start < 10
