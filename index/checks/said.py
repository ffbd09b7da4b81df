"""The sentences of an answer that hold figures, and what stands beside each."""

import re
from dataclasses import dataclass
from typing import Final

from index.checks.figures import Figure, figures
from index.checks.names import LITTLE_WORDS
from index.entry import Entry
from index.text import words

# A table is one sentence: alone, a row does not say what its figures are.
_SENTENCE: Final = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*+]|\d+[.)])\s)|(?<=[.!?…])\s+")
_MARKUP: Final = re.compile(r"\]\([^()\s]*\)|<[^<>]*>|[*_`#>|\[\]]")
_LEAST_WORDS: Final = 2  # fewer beside a figure do not say what it is about

_CLAUSE_END: Final = re.compile(r"[,;:()]|\s[–—-]\s|\b(?:and|but|or)\b", re.IGNORECASE)
_SPAN: Final = re.compile(
    r"(?:/|\b(?:an?|per|each|every))\s?(minute|hour|day|night|week|month|year)\b"
    r"|\b(hour|dai|night|week|month|year)ly\b|\b(annual)(?:ly)?\b",
    re.IGNORECASE,
)
_ADVERBS: Final = {"dai": "day", "annual": "year"}

# What is said of any amount, and so does not tell what it is for.
_PAYING: Final = (
    "amount charge charged cost each every extra fee free just least most not off only paid pay "
    "per person plus price rate than then there up yes minute hour hourly day daily night nightly "
    "week weekly month monthly year yearly annual annually"
)
_TELLS_NOTHING: Final = LITTLE_WORDS.union(_PAYING.split())
_LEAST_LETTERS: Final = 3
_STEM: Final = 5  # letters: “reserved” and “reservation” have these in common


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of an answer, and one figure in it."""

    sentence: str
    figure: Figure

    def is_bare(self) -> bool:
        """Whether the sentence is little more than the figure."""
        return len([word for word in words(self._rest()) if word.isalpha()]) < _LEAST_WORDS

    def span(self) -> str:
        """What time an amount is for, `day` in “£2 a day”; empty where its clause tells none."""
        found = _SPAN.search(self._clause())
        name = next(filter(None, found.groups())).lower() if found else ""
        return _ADVERBS.get(name, name)

    def paid_for(self, question: str) -> set[str]:
        """The words that tell what an amount is for: of its clause, else of the sentence, else of
        the question that is answered.
        """
        return next(filter(None, map(_telling, (self._clause(), self._rest(), question))), set())

    def shares(self, other: "Said") -> int:
        """How many words that tell something the two sentences have in common, by their stems."""
        ours, theirs = ({word[:_STEM] for word in _telling(one._rest())} for one in (self, other))
        return len(ours & theirs)

    def _rest(self) -> str:
        return self.sentence.replace(self.figure.text, " ")

    def _clause(self) -> str:
        before, _, after = self.sentence.partition(self.figure.text)
        return f"{_CLAUSE_END.split(before)[-1]} {_CLAUSE_END.split(after)[0]}"


def said(entry: Entry) -> tuple[Said, ...]:
    """The figures in an entry's answer, each in its sentence."""
    parts = _SENTENCE.split(entry.answer)
    sentences = (" ".join(_MARKUP.sub(" ", part).split()) for part in parts)
    return tuple(Said(text, figure) for text in filter(None, sentences) for figure in figures(text))


def _telling(text: str) -> set[str]:
    kept = {word.removesuffix("s") for word in words(text) if word.isalpha()}
    return {word for word in kept - _TELLS_NOTHING if len(word) >= _LEAST_LETTERS}
