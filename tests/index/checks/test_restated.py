"""Answers that say the same in other words."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from index.checks.pairs import Pair
from index.checks.restated import restated
from index.entry import Entry
from index.text import plain
from index.vectors import Vectors

SAME = "Write to us before the course begins.", "Before the course, let us know by email."


def entry(number: int, answer: str, question: str = "") -> Entry:
    text = question or f"Question {'abcde'[number - 1]}?"
    return Entry(id=f"e{number}", question=text, answer=answer, source=f"a.md:{number}")


def pair(one: Entry, other: Entry, answer: float, wording: float = 0.4) -> Pair:
    asked = one.question, other.question
    return Pair(one=one, other=other, wording=wording, asked=asked, answer=answer)


def looking(lead: float) -> Callable[[Sequence[str]], Vectors]:
    """Vectors by which every question is so much nearer to the answer of `entry(2)`."""

    def vectors_of(texts: Sequence[str]) -> Vectors:
        other = plain(OTHER.answer)
        near = {text: 1.0 if text.endswith("?") else 0.5 + lead * (text == other) for text in texts}
        return np.array([[near[text]] for text in texts], np.float32)

    return vectors_of


ONE, OTHER, THIRD = entry(1, SAME[0]), entry(2, SAME[1]), entry(3, "It lies behind the old house.")
level = looking(0.0)


def test_answers_that_stand_out_and_fit_both_questions_are_told() -> None:
    (finding,) = restated([pair(ONE, OTHER, 0.8), pair(OTHER, THIRD, 0.6)], level)
    assert str(finding) == (
        "a.md:2: the answer says much what that of “Question a?” says, a.md:1."
        " Merge the two, or say in each question what sets it apart."
    )
    assert finding.check == "competing"


@pytest.mark.parametrize(
    "pairs",
    [
        [pair(ONE, OTHER, 0.7)],
        [pair(ONE, OTHER, 0.8), pair(OTHER, THIRD, 0.75)],
        [pair(ONE, OTHER, 0.8, wording=0.95)],
        [pair(entry(1, "Ten days"), entry(2, "Six days"), 0.9)],
        [pair(entry(1, SAME[0], "Version 10?"), entry(2, SAME[1], "Version 11?"), 0.9)],
        [pair(ONE, entry(2, SAME[0]), 1.0)],
        [],
    ],
    ids=["far", "in a crowd", "told already", "says little", "two things", "word for word", "none"],
)
def test_answers_that_do_not_stand_out_are_not(pairs: Sequence[Pair]) -> None:
    assert list(restated(pairs, level)) == []


def test_each_answer_must_fit_the_question_of_the_other() -> None:
    assert list(restated([pair(ONE, OTHER, 0.8)], looking(0.2))) == []
    assert list(restated([pair(ONE, OTHER, 0.8)], looking(-0.2))) == []


def test_a_figure_that_few_answers_give_makes_up_for_some_nearness() -> None:
    one = entry(1, "You get it all back until 14 days before.")
    other = entry(2, "Two weeks ahead we pay it back in full.")
    near = pair(one, other, 0.7)
    assert len(list(restated([near], level))) == 1
    common = [entry(number, "It is sent within 14 days.") for number in range(3, 6)]
    held_by_many = [pair(other, third, 0.5) for third in common]
    assert list(restated([near, *held_by_many], level)) == []
