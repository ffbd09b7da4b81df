"""What stands where a question or an answer should, and is none."""

import re
from typing import Final

from index.formats.reading import quoted
from index.text import words

# What spreadsheets show for a formula that fails, in some of the languages that they speak.
_ERROR: Final = re.compile(
    r"#[¡¿]?(?:REF|NAME|VALUE|DIV/0|NUM|NULL|SPILL|CALC|FIELD|BEZUG|WERT|ZAHL|VALEUR|NOMBRE|NOME?"
    r"|VALORE?|RIF|WAARDE|VERW|NAAM)[!?]|#N/?[A-Z]|Err:[0-9]{3}"
)


def is_error(text: str) -> bool:
    """Whether a text is what a spreadsheet shows for a formula that fails, such as `#REF!`."""
    return _ERROR.fullmatch(text.strip()) is not None


def blunder(question: str, answer: str) -> str:
    """Say, in a sentence, why the two make no entry; empty if they may."""
    for text in (question, answer):
        if is_error(text):
            return f"{quoted(text)} is a formula that failed, not a text."
    is_same = question.strip().casefold() == answer.strip().casefold()
    if question and is_same and len(words(answer)) <= 1:
        return f"the answer {quoted(answer)} only repeats the question."
    return ""
