import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.readers.records.line_breaks import with_breaks
from index.text import plain


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Yes:\n5 High Street.\nOpen 9 to 14.", "Yes:  \n5 High Street.  \nOpen 9 to 14."),
        ("60 € a year.\nFamilies: 90 €.", "60 € a year.  \nFamilies: 90 €."),
        ("One\ntwo\n\nthree\nfour", "One  \ntwo\n\nthree  \nfour"),
        ("A\t\nB \nC  \nD", "A  \nB  \nC  \nD"),
        ("• one\n• two", "• one  \n• two"),
        ("+49 341 1\n1.5 kg\n2024", "+49 341 1  \n1.5 kg  \n2024"),
    ],
)
def test_lines_of_a_plain_text_stay_lines(text: str, kept: str) -> None:
    assert with_breaks(text) == kept


WRAPPED = (
    "You can pay by card, by bank transfer or in cash at any\n"
    "of our shops, and if you have an account with us, then\n"
    "you may also pay later, when the invoice has come by\n"
    "post."
)


@pytest.mark.parametrize(
    "text",
    [
        "One line.",
        "One.\n\nTwo.",
        WRAPPED,
        "This is a long line of words that goes on after it was broken,\nwithout a sense.",
        "See:\n- one\n- two",
        "See:\n\n1. one\n2) two",
        "# Heading\ntext",
        "Heading\n---\ntext",
        "```\ncode\n```\ntext",
        "a | b\n--|--\n1 | 2",
        "> quoted\n> text",
        "Text:\n\n    code\n    code",
        "One<br>\ntwo",
        "One\\\ntwo",
    ],
)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert with_breaks(text) == text


def test_an_address_under_wrapped_prose_keeps_its_lines() -> None:
    assert with_breaks(f"{WRAPPED}\n\nShop\n5 High Street") == (
        f"{WRAPPED}\n\nShop  \n5 High Street"
    )


def test_a_megabyte_of_spaces_or_marks_is_read_at_once() -> None:
    for mark in (" ", "-", "- ", "\t", "\n", " \n", "="):
        text = f"a\nb{mark * (1 << 19)}x"
        assert len(with_breaks(text)) <= 2 * len(text)


LINES = st.lists(st.text("ab. -*#>|1~=_[]()\\:<\t", max_size=12), max_size=6).map("\n".join)


@given(LINES)
def test_breaks_change_no_word_and_are_made_once(text: str) -> None:
    broken = with_breaks(text)
    assert plain(broken) == plain(text)
    assert with_breaks(broken) == broken
