import pytest

from index.readers.records.blunders import blunder, is_error


@pytest.mark.parametrize(
    "text",
    [
        *("#REF!", "#NAME?", "#N/A", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!", " #SPILL! "),
        *("#BEZUG!", "#WERT!", "#NV", "#¡REF!", "#¿NOMBRE?", "#VALEUR!", "Err:502"),
    ],
)
def test_a_formula_that_failed_is_no_text(text: str) -> None:
    assert is_error(text)
    assert "is a formula that failed" in blunder(text, "So.")
    assert "is a formula that failed" in blunder("How?", text)


@pytest.mark.parametrize("text", ["#help", "# N/A", "What does #REF! mean?", "C#", "#1", ""])
def test_other_texts_are_none(text: str) -> None:
    assert not is_error(text)
    assert blunder(text, "So.") == ""


def test_one_word_twice_is_no_entry_but_a_sentence_may_be() -> None:
    assert blunder("TODO", "todo ") == "the answer “todo” only repeats the question."
    assert blunder("We are open.", "We are open.") == ""
    assert blunder("", "") == ""
