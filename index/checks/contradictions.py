"""Answers about one thing that give different figures for it."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from index.checks.figures import SPANS, Figure, figures
from index.checks.finding import place, warning
from index.checks.names import are_named, are_set_apart, exchanged
from index.checks.pairs import Pair
from index.entry import Entry
from index.formats.reading import Finding, quoted
from index.text import words
from index.vectors import Vectors

CONTRADICTION: Final = "contradiction"

# Entries whose wordings or answers are nearer than that may speak of one thing; whether they do is
# judged by the sentences that hold the figures.
_RELATED: Final = 0.5
# Two cosines, summed, of sentences that hold the figures: alone, and after their questions. Of one
# fact they come to 1.3 to 1.7, of two facts seldom to 1.25; things happen on many days, so what
# happened must be the very same. (Of the default model, as are all cosines here.)
_SAME_FACT: Final = 1.25
_SAME_EVENT: Final = 1.35
_DATES: Final = frozenset({"date", "year of date"})
# Where the questions are near, it is enough that the sentences are after them.
_NEAR_QUESTIONS: Final = 0.72
_SAME_AFTER_THEM: Final = 0.66
_MOST_COMPARED: Final = 64  # pairs of sentences of two entries

_LEAST_WORDS: Final = 2  # fewer beside a figure do not say what it is about
_DAY_NAMES: Final = "monday tuesday wednesday thursday friday saturday sunday weekend holiday"
_DAYS: Final = frozenset(name + end for name in _DAY_NAMES.split() for end in ("", "s"))

_SENTENCE: Final = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*+]|\d+[.)])\s)|(?<=[.!?…])\s+")
_MARKUP: Final = re.compile(r"\]\([^()\s]*\)|<[^<>]*>|[*_`#>|\[\]]")


@dataclass(frozen=True, slots=True)
class _Said:
    """A sentence of an entry, and one figure in it."""

    sentence: str
    figure: Figure

    def is_bare(self) -> bool:
        """Whether the sentence is little more than the figure."""
        rest = self.sentence.replace(self.figure.text, " ")
        return len([word for word in words(rest) if word.isalpha()]) < _LEAST_WORDS


@dataclass(frozen=True, slots=True)
class _Clash:
    pair: Pair
    one: _Said
    other: _Said

    def texts(self) -> list[str]:
        """The sentences alone, then each after its question, which may say what it is about."""
        one, other = self.one.sentence, self.other.sentence
        questions = self.pair.one.question, self.pair.other.question
        return [one, other, f"{questions[0]} {one}", f"{questions[1]} {other}"]

    def nearness(self, vectors: dict[str, Vectors]) -> float:
        """How near the sentences are, by two cosines; 0 if they may well tell two facts."""
        one, other, asked, asked_other = (vectors[text] for text in self.texts())
        after = float(asked @ asked_other)
        bare = self.one.is_bare() or self.other.is_bare()
        nearness = after + (after if bare else float(one @ other))
        asks_the_same = self.pair.wording >= _NEAR_QUESTIONS and after >= _SAME_AFTER_THEM
        least = _SAME_EVENT if self.one.figure.unit in _DATES else _SAME_FACT
        return nearness if nearness >= least or asks_the_same else 0.0

    def distance(self) -> float:
        """How far the figures are apart, in parts of the larger."""
        one, other = self.one.figure.low, self.other.figure.low
        return abs(one - other) / max(one, other, 1.0)


def contradictions(
    pairs: Sequence[Pair], vectors_of: Callable[[Sequence[str]], Vectors]
) -> Iterator[Finding]:
    """Find figures of one unit that differ in two answers about one thing, once for two entries.

    vectors_of: gives texts' vectors; it is asked once, for the sentences that matter.
    """
    related = [pair for pair in pairs if max(pair.wording, pair.answer) >= _RELATED]
    entries = {entry.id: entry for pair in related for entry in (pair.one, pair.other)}
    said = {id_: _said(entry) for id_, entry in entries.items()}
    clashes = [
        clash
        for pair in related
        for clash in _clashes(pair, said[pair.one.id], said[pair.other.id])
    ]
    texts = list(dict.fromkeys(text for clash in clashes for text in clash.texts()))
    vectors = dict(zip(texts, vectors_of(texts), strict=True)) if texts else {}
    best: dict[tuple[str, str], tuple[float, float, int]] = {}
    for number, clash in enumerate(clashes):
        key, nearness = (clash.pair.one.id, clash.pair.other.id), clash.nearness(vectors)
        if nearness:
            found = nearness, -clash.distance(), -number
            best[key] = max(best.get(key, found), found)
    for *_, negative in best.values():
        yield _finding(clashes[-negative])


def _finding(clash: _Clash) -> Finding:
    here, there = clash.other.figure.text, clash.one.figure.text
    one = clash.pair.one
    what = f"here it is {quoted(here)}, but {quoted(there)} in {quoted(one.title)}, {place(one)}."
    mend = "Correct one of the two, or say what each holds for."
    return warning(CONTRADICTION, clash.pair.other, what, mend, one)


def _said(entry: Entry) -> tuple[_Said, ...]:
    sentences = (" ".join(text.split()) for text in _SENTENCE.split(_MARKUP.sub(" ", entry.answer)))
    return tuple(
        _Said(text, figure) for text in filter(None, sentences) for figure in figures(text)
    )


def _clashes(pair: Pair, ours: Sequence[_Said], theirs: Sequence[_Said]) -> Iterator[_Clash]:
    count = 0
    for one in ours:
        for other in theirs:
            if one.figure.unit != other.figure.unit or one.figure.agrees(other.figure):
                continue
            if _is_said(one.figure, theirs) or _is_said(other.figure, ours):
                continue
            if _are_set_apart(pair, one, other):
                continue
            count += 1
            if count > _MOST_COMPARED:
                return
            yield _Clash(pair, one, other)


def _is_said(figure: Figure, answer: Sequence[_Said]) -> bool:
    """Whether an answer gives the same figure too, in whatever unit of time."""
    kin = SPANS if figure.unit in SPANS else {figure.unit}
    return any(said.figure.unit in kin and said.figure.agrees(figure) for said in answer)


def _are_set_apart(pair: Pair, one: _Said, other: _Said) -> bool:
    """Whether the figures are plainly of two things that are put in the same words."""
    asked, asked_other = pair.one.question, pair.other.question
    ours, theirs = exchanged(one.sentence, other.sentence)
    # The words exchanged may be synonyms, unless they are what the entries are about.
    if are_named(ours, asked) and are_named(theirs, asked_other):
        return True
    if are_set_apart(asked, asked_other):
        return True
    days, other_days = (
        _DAYS.intersection(words(f"{question} {said.sentence}"))
        for question, said in ((asked, one), (asked_other, other))
    )
    return one.figure.unit == "time of day" and days != other_days
