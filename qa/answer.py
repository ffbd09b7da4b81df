"""What an asking comes to: frozen records."""

from dataclasses import dataclass

from index.entry import Entry


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry that could answer, with its score for ranking, in [-1, 1]."""

    entry: Entry
    score: float


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
    ranking: tuple[Candidate, ...]
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
            return self.ranking[1 : k + 1]
        return self.ranking[:k] if self.offers else ()


NOTHING = Answer(answered=False, confidence=0.0, ranking=(), offers=False)
