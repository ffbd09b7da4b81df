from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ContentError
from index.formats import scraped
from index.formats.by_suffix import read_page_file

PAGE = """Opening hours and prices, in short.
-
When do you open?
At nine – on Sundays at ten.
Not at all on holidays.
-
What does it cost?
- 5 € for adults
- nothing for children
"""


def test_a_scraped_page_reads_as_introduction_and_entries() -> None:
    reading = scraped.parse(PAGE, Path("content/opening-hours.txt"))
    (page,) = reading.pages
    first, second = page.entries
    assert reading.findings == ()
    assert (page.name, page.title) == ("opening-hours", "Opening hours")
    assert page.introduction == "Opening hours and prices, in short."
    assert first.id == "opening-hours.when-do-you-open"
    assert first.question == "When do you open?"
    assert first.answer == "At nine – on Sundays at ten.\nNot at all on holidays."
    assert (first.page, first.source) == ("opening-hours", "content/opening-hours.txt:3")
    assert second.answer == "- 5 € for adults\n- nothing for children"


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(tmp_path: Path) -> None:
    path = tmp_path / "opening-hours.txt"
    path.write_bytes(b"\xef\xbb\xbf" + PAGE.replace("\n", "\r\n").encode())
    assert read_page_file(path).pages == scraped.parse(PAGE, path).pages


def test_the_introduction_may_be_empty() -> None:
    (page,) = scraped.parse("-\nQ?\nA.", Path("a.txt")).pages
    assert page.introduction == ""
    assert [entry.answer for entry in page.entries] == ["A."]


def test_a_separator_too_many_loses_nothing() -> None:
    reading = scraped.parse("-\n-\nQ?\n\nA.\n\n-\n", Path("a.txt"))
    assert reading.findings == ()
    assert [entry.answer for entry in reading.pages[0].entries] == ["A."]


def test_every_question_without_answer_is_named_with_its_line() -> None:
    reading = scraped.parse("-\nOne?\n-\nTwo?\nYes.\n-\n\nThree?\n", Path("a.txt"))
    assert [str(finding) for finding in reading.findings] == [
        "a.txt:2: the question “One?” has no answer."
        " Write the answer on the lines under it, or remove it.",
        "a.txt:8: the question “Three?” has no answer."
        " Write the answer on the lines under it, or remove it.",
    ]
    assert [entry.question for entry in reading.pages[0].entries] == ["Two?"]


@pytest.mark.parametrize("text", ["", "Only an introduction.", "- a list\n- is none"])
def test_a_file_without_question_says_how_to_write_one(text: str) -> None:
    (finding,) = scraped.parse(text, Path("a.txt")).findings
    assert "has no question" in finding.what
    assert "a line with only “-”" in finding.mend


@given(st.text() | st.lists(st.sampled_from(["-", "", "Q?", "A.", " - ", "\ufeff"])).map("\n".join))
def test_any_text_gives_a_page_or_findings(text: str) -> None:
    reading = scraped.parse(text, Path("a.txt"))
    assert reading.pages[0].entries or reading.findings


@given(raw=st.binary())
def test_any_bytes_give_a_page_or_a_complaint(
    raw: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.txt"
    path.write_bytes(raw)
    try:
        assert read_page_file(path).pages
    except ContentError as error:
        assert str(path) in error.where
