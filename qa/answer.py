"""What an asking comes to: frozen records."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import overload

from index.entry import Entry


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry that could answer, with its score for ranking, in [-1, 1]."""

    entry: Entry
    score: float


class Ranking(Sequence[Candidate]):
    """Candidates from best to worst, each made when it is looked at.

    Those that were judged come first. What follows them is found when somebody looks beyond them,
    so few pay for it, and nothing in the answer depends on whether anyone does.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        judged: Sequence[tuple[int, float]],
        further: Callable[[], Sequence[tuple[int, float]]],
    ) -> None:
        """judged: the numbers of entries and their scores, best first; further: gives the rest."""
        self._entries, self._judged, self._further = entries, judged, further

    def __len__(self) -> int:
        return len(self._all)

    @overload
    def __getitem__(self, place: int) -> Candidate: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[Candidate, ...]: ...

    def __getitem__(self, place: int | slice) -> Candidate | tuple[Candidate, ...]:
        if isinstance(place, slice):
            return tuple(self._candidate(one) for one in self._holding(place)[place])
        return self._candidate(self._holding(slice(place, place + 1))[place])

    def __iter__(self) -> Iterator[Candidate]:
        return map(self._candidate, self._all)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment] # equal to a tuple, whose hash it has not

    def _holding(self, place: slice) -> Sequence[tuple[int, float]]:
        """As many as it takes to see those in a place; all, if it is counted from the end."""
        from_the_best = min(place.start or 0, place.stop or 0, place.step or 1) >= 0
        enough = place.stop is not None and place.stop <= len(self._judged)
        return self._judged if from_the_best and enough else self._all

    @cached_property
    def _all(self) -> Sequence[tuple[int, float]]:
        return [*self._judged, *self._further()]

    def _candidate(self, numbered: tuple[int, float]) -> Candidate:
        number, score = numbered
        return Candidate(self._entries[number], score)


@dataclass(frozen=True, slots=True)
class Basis:
    """What the first of the ranking rests on.

    wording: the one of its questions and alternates that is nearest to the question; empty if it
    has none. passage: the number of the nearest of `index.text.passages` of its answer; None where
    the answer is one passage.
    """

    wording: str = ""
    passage: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The outcome of one asking.

    confidence: the probability that the first of the ranking answers the question, in [0, 1].
    ranking: candidates from best to worst; there may be none.
    offers: without an answer, whether the nearest questions are worth offering.
    basis: what the first of the ranking rests on.
    features: what confidence was judged by, one number for each of `qa.confidence.FEATURES`; none
    where it is certain or there is nothing to judge.
    """

    answered: bool
    confidence: float
    ranking: Sequence[Candidate]
    offers: bool
    basis: Basis = Basis()
    features: tuple[float, ...] = ()

    @property
    def entry(self) -> Entry | None:
        """The entry that answers; None when the FAQ has none."""
        return self.ranking[0].entry if self.answered else None

    def alternatives(self, k: int) -> tuple[Candidate, ...]:
        """Up to k further candidates: those after the answer, or the nearest when there is none."""
        if self.answered:
            return tuple(self.ranking[1 : k + 1])
        return tuple(self.ranking[:k]) if self.offers else ()


NOTHING = Answer(answered=False, confidence=0.0, ranking=(), offers=False)
