"""Answers about one thing that give different figures for it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from index.checks.figures import AMOUNTS, SPANS, Figure
from index.checks.finding import place, warning
from index.checks.names import are_named, are_set_apart, asks_no_more, exchanged
from index.checks.pairs import Pair
from index.checks.said import Said, said
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
# Of sentences that have so many telling words in common, less is enough (not of prices: what they
# are of is in all of a FAQ's sentences).
_SHARED_WORDS: Final = 2
_SAME_IN_WORDS: Final = 1.1
# Prices are put alike, whatever they are of: where one is for a day or a month and the other is
# not, they may well be of two things.
_SAME_PRICE: Final = 1.45
_DATES: Final = frozenset({"date", "year of date"})
# Where the questions are near, it is enough that the sentences are after them.
_NEAR_QUESTIONS: Final = 0.72
_SAME_AFTER_THEM: Final = 0.66
# These are one question, whatever the entries are called.
_SAME_QUESTION: Final = 0.93
# Of two spans in two units, one that is so many times the other is of something else.
_LIKE: Final = 4
_MOST_COMPARED: Final = 64  # pairs of sentences of two entries

_DAY_NAMES: Final = "monday tuesday wednesday thursday friday saturday sunday weekend holiday"
_DAYS: Final = frozenset(name + end for name in _DAY_NAMES.split() for end in ("", "s"))


@dataclass(frozen=True, slots=True)
class _Clash:
    pair: Pair
    one: Said
    other: Said

    def texts(self) -> list[str]:
        """The sentences alone, then each after its question, which may say what it is about."""
        one, other = self.one.sentence, self.other.sentence
        questions = _questions(self.pair)
        return [one, other, f"{questions[0]} {one}", f"{questions[1]} {other}"]

    def nearness(self, vectors: dict[str, Vectors]) -> float:
        """How near the sentences are, by two cosines; 0 if they may well tell two facts."""
        one, other, asked, asked_other = (vectors[text] for text in self.texts())
        after = float(asked @ asked_other)
        bare = self.one.is_bare() or self.other.is_bare()
        nearness = after + (after if bare else float(one @ other))
        asks_the_same = self.pair.wording >= _NEAR_QUESTIONS and after >= _SAME_AFTER_THEM
        return nearness if nearness >= self._least() or asks_the_same else 0.0

    def _least(self) -> float:
        if self.one.figure.unit in _DATES:
            return _SAME_EVENT
        if self.one.figure.unit in AMOUNTS:
            return _SAME_FACT if self.one.span() == self.other.span() else _SAME_PRICE
        shared = self.one.shares(self.other)
        return _SAME_IN_WORDS if shared >= _SHARED_WORDS else _SAME_FACT

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
    figures = {id_: said(entry) for id_, entry in entries.items()}
    clashes = [
        clash
        for pair in related
        for clash in _clashes(pair, figures[pair.one.id], figures[pair.other.id])
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


def _clashes(pair: Pair, ours: Sequence[Said], theirs: Sequence[Said]) -> Iterator[_Clash]:
    count = 0
    for one in ours:
        for other in theirs:
            if not _may_clash(pair, one.figure, other.figure):
                continue
            if _is_said(one.figure, theirs) or _is_said(other.figure, ours):
                continue
            if _are_set_apart(pair, one, other):
                continue
            count += 1
            if count > _MOST_COMPARED:
                return
            yield _Clash(pair, one, other)


def _may_clash(pair: Pair, one: Figure, other: Figure) -> bool:
    """Whether two figures disagree: of one unit, or two like spans in answers to one question."""
    if one.agrees(other):
        return False
    spans = pair.wording >= _NEAR_QUESTIONS and {one.unit, other.unit} <= SPANS
    low, high = sorted((one.low, other.low))
    return one.unit == other.unit or (spans and high <= low * _LIKE)


def _is_said(figure: Figure, answer: Sequence[Said]) -> bool:
    """Whether an answer gives the same figure too, in whatever unit of time."""
    kin = SPANS if figure.unit in SPANS else {figure.unit}
    return any(one.figure.unit in kin and one.figure.agrees(figure) for one in answer)


def _questions(pair: Pair) -> tuple[str, str]:
    """What the two entries answer: the very wording that both have, or their questions."""
    return (
        pair.asked if pair.wording >= _SAME_QUESTION else (pair.one.question, pair.other.question)
    )


def _are_set_apart(pair: Pair, one: Said, other: Said) -> bool:
    """Whether the figures are plainly of two things that are put in the same words."""
    asked, asked_other = _questions(pair)
    ours, theirs = exchanged(one.sentence, other.sentence)
    # The words exchanged may be synonyms, unless they are what the entries are about.
    if are_named(ours, asked) and are_named(theirs, asked_other):
        return True
    if are_set_apart(asked, asked_other):
        return True
    if one.figure.unit in AMOUNTS and _pay_for_two_things(pair, one, other):
        return True
    days, other_days = (
        _DAYS.intersection(words(f"{question} {said.sentence}"))
        for question, said in ((asked, one), (asked_other, other))
    )
    return one.figure.unit == "time of day" and days != other_days


def _pay_for_two_things(pair: Pair, one: Said, other: Said) -> bool:
    if one.span() and other.span() and one.span() != other.span():
        return True
    asked, asked_other = _questions(pair)
    if pair.wording >= _NEAR_QUESTIONS and asks_no_more(asked, asked_other):
        return False
    return one.paid_for(asked).isdisjoint(other.paid_for(asked_other))
