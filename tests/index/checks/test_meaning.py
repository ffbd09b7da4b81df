"""Entries that are near each other in the encoder's space."""

import numpy as np
import pytest

from index.build import Row, rows_of
from index.checks.meaning import competing, same_answers
from index.checks.names import are_set_apart, differ_in_a_number
from index.checks.pairs import Pair, near_pairs
from index.entry import Entry, State
from index.vectors import Vectors


def entry(number: int, question: str = "How?", answer: str = "So.", **rest: object) -> Entry:
    return Entry(id=f"e{number}", question=question, answer=answer, source=f"a.md:{number}", **rest)  # type: ignore[arg-type]


def unit(*angles: float) -> Vectors:
    """Vectors in the plane, by their angles in degrees."""
    turns = np.radians(np.array(angles))
    return np.stack([np.cos(turns), np.sin(turns)], axis=1).astype(np.float32)


def pair(wording: float, answer: float, one: Entry, other: Entry) -> Pair:
    asked = one.question, other.question
    return Pair(one=one, other=other, wording=wording, asked=asked, answer=answer)


def test_pairs_are_of_near_wordings_or_answers_with_their_cosines() -> None:
    entries = [entry(0, "a"), entry(1, "b"), entry(2, "c", alternates=("d",))]
    rows = [row for row in rows_of(entries) if row.field.name != "QUESTION_ANSWER"]
    assert [row.text for row in rows] == ["a", "So.", "b", "So.", "c", "d", "So."]
    first, second = near_pairs(entries, rows, unit(0, 90, 180, 90, 60, 30, 240))
    assert (first.one.id, first.other.id, first.asked) == ("e0", "e2", ("a", "d"))
    assert first.wording == pytest.approx(np.cos(np.radians(30)))
    assert first.answer == pytest.approx(np.cos(np.radians(150)), abs=1e-6)
    assert (second.one.id, second.other.id, second.wording) == ("e0", "e1", 0.0)
    assert second.answer == pytest.approx(1.0)


@pytest.mark.parametrize("rest", [{"state": State.DRAFT}, {"context_only": True}])
def test_what_visitors_are_not_shown_by_itself_is_in_no_pair(rest: dict[str, object]) -> None:
    entries = [entry(0, "a"), entry(1, "b", **rest)]
    rows = list(rows_of(entries))
    assert near_pairs(entries, rows, unit(*[0] * len(rows))) == []


def test_no_entries_make_no_pairs() -> None:
    none: list[Row] = []
    assert near_pairs([], none, unit()) == []


@pytest.mark.parametrize(
    ("wording", "answer", "is_told"),
    [(0.81, 0.8, True), (0.95, 0.1, True), (0.81, 0.3, False), (0.6, 1.0, False)],
)
def test_near_questions_with_near_answers_compete(
    wording: float, answer: float, is_told: bool
) -> None:
    near = pair(wording, answer, entry(1, "How do I close it?"), entry(2, "Can I delete that?"))
    assert [finding.where for finding in competing([near])] == ["a.md:2"] * is_told


def test_questions_that_differ_in_a_name_must_be_nearer() -> None:
    gold = entry(1, "What does gold membership cost?")
    silver = entry(2, "What does silver membership cost?")
    assert list(competing([pair(0.84, 0.79, gold, silver)])) == []
    assert len(list(competing([pair(0.84, 0.9, gold, silver)]))) == 1


def test_questions_of_two_numbers_do_not_compete() -> None:
    one, other = entry(1, "What is new in version 10?"), entry(2, "What is new in version 11?")
    assert list(competing([pair(0.99, 0.99, one, other)])) == []


def test_of_many_that_ask_the_same_each_is_told_once() -> None:
    some = [entry(number, text) for number, text in enumerate(["a b", "c d", "e f", "g h"])]
    near = [pair(0.9, 0.9, one, other) for one in some for other in some if one.id < other.id]
    assert len(list(competing(near))) == 3


def test_words_that_are_the_same_are_told_elsewhere() -> None:
    assert list(competing([pair(1.0, 1.0, entry(1, "How?"), entry(2, "how"))])) == []


def test_one_answer_under_two_related_questions_is_a_warning() -> None:
    text = "Write to us and we answer within a day."
    one, other = entry(1, "Who helps me?", text), entry(2, "Whom can I ask?", text)
    (finding,) = same_answers([pair(0.6, 1.0, one, other)])
    assert finding.what == "the answer is that of “Who helps me?” too, a.md:1."
    assert list(same_answers([pair(0.3, 1.0, one, other)])) == []  # deliberate
    short = entry(1, "Who?", "By card."), entry(2, "Whom?", "By card.")
    assert list(same_answers([pair(0.6, 1.0, *short)])) == []


def test_a_word_that_is_exchanged_sets_two_texts_apart() -> None:
    assert are_set_apart("What does gold membership cost?", "What does silver membership cost?")
    assert not are_set_apart("How do I close my account?", "How can I close my account?")
    assert not are_set_apart("What does membership cost?", "What does gold membership cost?")
    assert not are_set_apart("Can I pay by card?", "Where are you?")


def test_numbers_set_texts_apart_where_each_has_its_own() -> None:
    assert differ_in_a_number("version 10", "version 11")
    assert not differ_in_a_number("version 10", "version")
