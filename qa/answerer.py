"""The whole way from a question to an answer, on one screen."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from index.entry import Entry
from index.errors import InputError
from index.snapshot import Snapshot
from index.vectors import Vectors
from qa import confidence, ranking
from qa.answer import NOTHING, Answer, Basis, Ranking
from qa.confidence import Calibration
from qa.defaults import Defaults, shipped
from qa.learned import Learned
from qa.ranking import Floats, Ints
from qa.retriever import Bools, Evidence, Retriever

MAX_CHARACTERS = 2_000

_SURROGATE = re.compile("[\ud800-\udfff]")

MAX_RANKED = 50
"""As many entries as anyone may ask to see ranked."""

PROMISED_ERROR = 0.1
"""At most one in ten of the shown answers wrong, unless the operator promises otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which entries may answer: those with all of these tags, and on this page."""

    tags: tuple[str, ...] = ()
    page: str = ""


EVERYTHING = Scope()


def problem_of(question: str) -> str | None:
    """Why a question cannot be asked, in a sentence's words; None when it can."""
    if not question.strip():
        return "the question is empty"
    if len(question.strip()) > MAX_CHARACTERS:
        return f"the question is longer than {MAX_CHARACTERS:,} characters"
    if _SURROGATE.search(question):
        return "the question is not valid Unicode text"
    return None


class Answerer:
    """Answers questions from one snapshot. It keeps no state between them; threads may share it.

    threshold: the confidence from which on an answer is shown.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        *,
        promised_error: float = PROMISED_ERROR,
        defaults: Defaults | None = None,
    ) -> None:
        """promised_error: the share of shown answers that may be wrong; it sets the threshold."""
        defaults = defaults or shipped()
        learned = Learned.of(snapshot)
        self.snapshot = snapshot
        self._retriever = Retriever(snapshot, learned)
        self._weights = defaults.weights(learned)
        self._calibration = (
            Calibration.of(snapshot.calibration) if snapshot.calibration else defaults.calibration
        )
        self.threshold = self._calibration.threshold(promised_error)

    def entry(self, id_: str) -> Entry | None:
        """The entry of that id, shown now or not; None when there is none."""
        number = self.snapshot.entries.number_of(id_)
        return None if number is None else self.snapshot.entries[number]

    def ask(
        self, question: str, *, scope: Scope = EVERYTHING, at: datetime | None = None
    ) -> Answer:
        """Answer one question. `at`: the moment of asking, now when None.

        Raises:
            InputError: the question cannot be asked.
        """
        return self.ask_many([question], scope=scope, at=at)[0]

    def ask_many(
        self, questions: Sequence[str], *, scope: Scope = EVERYTHING, at: datetime | None = None
    ) -> list[Answer]:
        """Answer questions in order, each as if it were alone.

        Raises:
            InputError: naming the first question that cannot be asked.
        """
        for number, question in enumerate(questions, 1):
            if problem := problem_of(question):
                raise InputError(f"{problem}.", where=f"question {number}")
        at = at or datetime.now(UTC)
        texts = [question.strip() for question in questions]
        distinct = list(dict.fromkeys(texts))
        vector_of = dict(zip(distinct, self.encode(distinct), strict=True))
        return [self.answer(text, vector_of[text], scope=scope, at=at) for text in texts]

    def encode(self, texts: Sequence[str]) -> Vectors:
        """The vectors of trimmed questions, (len(texts), dimension): what `answer` takes."""
        return self.snapshot.encoder.encode_queries(texts)

    def answer(
        self,
        text: str,
        vector: Vectors,
        *,
        scope: Scope = EVERYTHING,
        at: datetime | None = None,
    ) -> Answer:
        """Answer a question, trimmed and known to be one that can be asked, by its vector.

        vector: (dimension,), as `encode` gives it.
        """
        shown = self._shown(at or datetime.now(UTC))
        return self._answer(text, vector, shown, self._in_scope(scope, shown))

    def _shown(self, at: datetime) -> Bools | None:
        """Which entries visitors may see at that moment, (entries,); None for all of them."""
        return self.snapshot.entries.shown(at)

    def _in_scope(self, scope: Scope, shown: Bools | None) -> Bools | None:
        """Which of these may answer, (entries,); None for all of them."""
        within = self.snapshot.entries.within(scope.page, scope.tags)
        if within is None or shown is None:
            return shown if within is None else within
        return within & shown

    def _answer(
        self, text: str, vector: Vectors, shown: Bools | None, in_scope: Bools | None
    ) -> Answer:
        evidence = self._retriever.gather(text, vector, allowed=in_scope, shown=shown)
        if not len(evidence.entries):
            return NOTHING
        scores, order = ranking.ranked(evidence, self._weights)
        best = int(order[0])
        # A question that another page answers better is not this page's, so confidence is judged
        # among all that is shown, whatever the scope.
        everyone, among = evidence, scores
        if in_scope is not shown:
            everyone = self._retriever.gather(text, vector, allowed=shown, shown=shown)
            among, _ = ranking.ranked(everyone, self._weights)
        rivals = among[everyone.entries != evidence.entries[best]]
        features = confidence.features(evidence, best, float(scores[best]), rivals, self._weights)
        certain = confidence.is_certain(evidence, best)
        probability = self._calibration.right.probability(features)
        if claimants := int(np.count_nonzero(evidence.exact)):
            # Of several entries that claim the very words, none is likelier than its share.
            share = confidence.EXACT / claimants
            probability = share if certain else min(probability, share)
        offered = self._calibration.offered.probability(features)
        judged = _numbered(evidence, scores, order)

        def further() -> list[tuple[int, float]]:
            if len(judged) >= MAX_RANKED:
                return []
            more = self._retriever.gather(
                text, vector, allowed=in_scope, shown=shown, least=MAX_RANKED
            )
            return self._behind(judged, more)

        return Answer(
            answered=probability >= self.threshold,
            confidence=probability,
            ranking=Ranking(self.snapshot.entries, judged[:MAX_RANKED], further),
            offers=offered >= self._calibration.offer_from,
            basis=self._basis(evidence, best, certain=certain),
            features=() if certain else features,
        )

    def _behind(self, judged: list[tuple[int, float]], more: Evidence) -> list[tuple[int, float]]:
        """Those of further candidates that follow the judged ones, scored no better than these."""
        known, least = {number for number, _ in judged}, judged[-1][1]
        ranked = _numbered(more, *ranking.ranked(more, self._weights))
        behind = [(n, min(score, least)) for n, score in ranked if n not in known]
        return behind[: max(MAX_RANKED - len(judged), 0)]

    def _basis(self, evidence: Evidence, best: int, *, certain: bool) -> Basis:
        wording, passage = evidence.nearest_parts(best)
        entry = self.snapshot.entries[evidence.entries[best]]
        return Basis(
            wording="" if wording is None else entry.phrasings[wording],
            # To its very question the whole answer is the answer.
            passage=None if certain else passage,
        )


def _numbered(evidence: Evidence, scores: Floats, order: Ints) -> list[tuple[int, float]]:
    """The candidates' numbers and scores, best first."""
    return list(zip(evidence.entries[order].tolist(), scores[order].tolist(), strict=True))
