"""Answers that say nothing yet."""

import pytest

from index.checks.answers import placeholders, thin
from index.entry import Entry


def entry(answer: str, id_: str = "a") -> Entry:
    return Entry(id=id_, question="Where can I park?", answer=answer, source=f"a.md:{id_}")


@pytest.mark.parametrize(
    ("answer", "held"),
    [
        ("TBD", "TBD"),
        ("tbd.", "tbd."),
        ("todo", "todo"),
        ("...", "..."),
        ("n/a", "n/a"),
        ("Lorem ipsum dolor sit amet.", "Lorem ipsum dolor sit amet."),
        ("Behind the house.\n\nTODO: check with Anna.", "TODO"),
        ("It costs ??? euros.", "???"),
        ("Write to {{support_email}}.", "{{support_email}}"),
        ("Call [insert number here] before noon.", "[insert number here]"),
    ],
)
def test_what_was_left_to_be_filled_in_is_a_warning(answer: str, held: str) -> None:
    (finding,) = placeholders([entry(answer)])
    assert (finding.check, finding.severity) == ("placeholder", "warning")
    assert f"the answer still holds “{held}”" in finding.what


@pytest.mark.parametrize(
    "answer",
    [
        "Press `TODO` in the list.",
        "```\n{{ name }}\n```\n\nis replaced by your name.",
        "Todo lists are under **Tasks**.",
        "Really? Yes, behind the house.",
        "See [Enter the building](#enter).",
    ],
)
def test_such_words_in_code_or_in_a_sentence_are_meant(answer: str) -> None:
    assert list(placeholders([entry(answer)])) == []


def test_a_placeholder_in_a_wording_is_told() -> None:
    (finding,) = placeholders([Entry(id="a", question="TODO", answer="Behind the house.")])
    assert "the wording still holds “TODO”" in finding.what


@pytest.mark.parametrize("answer", ["Yes.", "no", "**Never**", "Vielleicht."])
def test_an_answer_of_one_word_is_a_warning(answer: str) -> None:
    (finding,) = thin([entry(answer)])
    assert (finding.check, finding.where) == ("thin-answer", "a.md:a")


@pytest.mark.parametrize(
    "answer",
    [
        "[Prices](prices.md)",
        "https://example.org",
        "![map](map.png)",
        "`qa`",
        "42",
        "€5",
        "info@example.org",
        "TBD",  # told as a placeholder
        "Yes, always.",
        "営業時間は九時から五時までです。土日は休みです。",
    ],
)
def test_one_thing_that_says_something_is_no_finding(answer: str) -> None:
    assert list(thin([entry(answer)])) == []


def test_a_question_without_an_answer_is_a_warning() -> None:
    (finding,) = thin([entry("")])
    assert (finding.check, finding.what) == ("no-answer", "“Where can I park?” has no answer.")


def test_where_answers_are_missing_throughout_it_is_said_once() -> None:
    (finding,) = thin([entry("", f"e{number}") for number in range(6)])
    assert finding.what == "this entry and 5 others have no answer."


def test_where_short_answers_are_the_rule_nothing_is_said() -> None:
    assert list(thin([entry("Yes.", f"e{number}") for number in range(6)])) == []
