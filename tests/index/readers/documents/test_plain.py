import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ContentError
from index.readers.documents import plain
from index.readers.source import Options, Source


def pairs(text: str, name: str = "faq.txt") -> list[tuple[str, str]]:
    reading = plain.read(Source(name=name, data=text.encode()), Options())
    return [(entry.question, entry.answer) for entry in reading.pages[0].entries]


@pytest.mark.parametrize(
    "text",
    [
        "Intro\n-\nWhy?\nBecause.\n-\nHow?\nSo.\n",
        "Q: Why?\nA: Because.\n\nQ: How?\nA: So.\n",
        "Question: Why?\n\nAnswer: Because.\n\nQuestion: How?\n\nAnswer: So.\n",
        "F: Why?\nA: Because.\n\nF: How?\nA: So.\n",
        "1. Why?\n\n   Because.\n\n2. How?\n\n   So.\n",
        "Why?\n\n\tBecause.\n\nHow?\n\n\tSo.\n",
        "Why?\nBecause.\n\nHow?\nSo.\n",
        "Our FAQ\n=======\n\nWhy?\nBecause.\n\nHow?\nSo.\n",
        "FAQ\n\n1. Why?\n2. How?\n\n1. Why?\nBecause.\n\n2. How?\nSo.\n",
    ],
)
def test_the_forms_of_plain_text(text: str) -> None:
    assert pairs(text) == [("Why?", "Because."), ("How?", "So.")]


def test_a_question_may_go_on_and_an_answer_keeps_its_own_indents() -> None:
    text = "Q:  Is it so, if it is\n    not? Why?\n\nA:  Because:\n\n      x = 1\n\n    So.\n"
    question = "Is it so, if it is not? Why?"
    assert pairs(text) == [(question, "Because:\n\n  x = 1\n\nSo.")]


def test_a_numbered_problem_between_questions_is_a_question() -> None:
    text = "1. Why?\n\n  So.\n\n2. It fails.\n\n  Again.\n\n3. How?\n\n  So.\n"
    assert [question for question, _ in pairs(text)] == ["Why?", "It fails.", "How?"]


def test_a_numbered_line_that_does_not_ask_may_come_last() -> None:
    text = "1. Why?\n\n  So.\n\n2. How?\n\n  So.\n\n3. Fees\n\n  None.\n"
    assert [question for question, _ in pairs(text)] == ["Why?", "How?", "Fees"]


def test_prose_is_no_faq() -> None:
    with pytest.raises(ContentError, match="no question with an answer"):
        pairs("Once upon a time.\n\nThere was a king.\n", "tale.txt")


def test_bytes_that_are_no_text_say_so() -> None:
    with pytest.raises(ContentError, match="not a text file"):
        plain.read(Source(name="x.txt", data=b"a\0b"), Options())


PIECES = [
    "Why?\n",
    "Q: why?\n",
    "A: so\n",
    "1. Why?\n",
    "2.1 x\n",
    "====\n",
    "----\n",
    "\n",
    "  so\n",
    "-\n",
    "\t",
    "?",
]


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=25))
def test_any_text_gives_pages_or_an_error_that_says_so(pieces: list[str]) -> None:
    data = "".join(pieces).encode(errors="replace")
    try:
        plain.read(Source(name="faq.txt", data=data), Options())
    except ContentError as error:
        assert str(error).startswith("faq.txt")
