"""The whole way from a question to an answer, on one screen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from index.entry import Entry, State
from index.errors import InputError
from index.snapshot import Snapshot
from index.vectors import Vectors
from qa import confidence, ranking
from qa.answer import NOTHING, Answer, Basis, Candidate
from qa.confidence import Calibration
from qa.defaults import Defaults, shipped
from qa.learned import Learned
from qa.ranking import Floats
from qa.retriever import MAX_RANKED, Bools, Evidence, Retriever

MAX_CHARACTERS = 2_000

PROMISED_ERROR = 0.1
"""At most one in ten of the shown answers wrong, unless the operator promises otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which entries may answer: those with all of these tags, and on this page."""

    tags: tuple[str, ...] = ()
    page: str = ""

    def admits(self, entry: Entry) -> bool:
        """Whether the entry is in scope."""
        return (not self.page or entry.page == self.page) and set(self.tags) <= set(entry.tags)


EVERYTHING = Scope()


def problem_of(question: str) -> str | None:
    """Why a question cannot be asked, in a sentence's words; None when it can."""
    if not question.strip():
        return "the question is empty"
    if len(question.strip()) > MAX_CHARACTERS:
        return f"the question is longer than {MAX_CHARACTERS:,} characters"
    if any("\ud800" <= character <= "\udfff" for character in question):
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
        self._by_id = {entry.id: entry for entry in snapshot.entries}
        self._retriever = Retriever(snapshot, learned)
        self._weights = defaults.weights(learned)
        self._calibration = (
            Calibration.of(snapshot.calibration) if snapshot.calibration else defaults.calibration
        )
        self.threshold = self._calibration.threshold(promised_error)
        self._some_hidden = any(
            entry.state is not State.PUBLISHED or entry.valid_from or entry.valid_until
            for entry in snapshot.entries
        )

    def entry(self, id_: str) -> Entry | None:
        """The entry of that id, shown now or not; None when there is none."""
        return self._by_id.get(id_)

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
        shown = self._shown(at or datetime.now(UTC))
        in_scope = self._in_scope(scope, shown)
        texts = [question.strip() for question in questions]
        distinct = list(dict.fromkeys(texts))
        vectors = self.snapshot.encoder.encode_queries(distinct)
        vector_of = dict(zip(distinct, vectors, strict=True))
        return [self._answer(text, vector_of[text], shown, in_scope) for text in texts]

    def _shown(self, at: datetime) -> Bools | None:
        """Which entries visitors may see at that moment, (entries,); None for all of them."""
        if not self._some_hidden:
            return None
        return np.array([entry.is_shown(at) for entry in self.snapshot.entries], bool)

    def _in_scope(self, scope: Scope, shown: Bools | None) -> Bools | None:
        """Which of these may answer, (entries,); None for all of them."""
        if scope == EVERYTHING:
            return shown
        admitted = np.array([scope.admits(entry) for entry in self.snapshot.entries], bool)
        return admitted if shown is None else admitted & shown

    def _answer(
        self, text: str, vector: Vectors, shown: Bools | None, in_scope: Bools | None
    ) -> Answer:
        evidence = self._retriever.gather(text, vector, allowed=in_scope, shown=shown)
        if not len(evidence.entries):
            return NOTHING
        scores = ranking.scores(evidence, self._weights)
        order = ranking.order(scores)
        best = evidence.entries[order[0]]
        # A question that another page answers better is not this page's, so confidence is judged
        # among all that is shown, whatever the scope.
        everyone = evidence
        if in_scope is not shown:
            everyone = self._retriever.gather(text, vector, allowed=shown, shown=shown)
        rivals = ranking.scores(everyone, self._weights)[everyone.entries != best]
        features = confidence.features(
            evidence, order[0], float(scores[order[0]]), rivals, self._weights
        )
        certain = confidence.is_certain(evidence, order[0])
        probability = self._calibration.right.probability(features)
        if claimants := int(evidence.exact.sum()):
            # Of several entries that claim the very words, none is likelier than its share.
            share = confidence.EXACT / claimants
            probability = share if certain else min(probability, share)
        offered = self._calibration.offered.probability(features)
        return Answer(
            answered=probability >= self.threshold,
            confidence=probability,
            ranking=tuple(
                self._candidate(evidence, scores, position) for position in order[:MAX_RANKED]
            ),
            offers=offered >= self._calibration.offer_from,
            basis=self._basis(vector, int(best), certain=certain),
            features=() if certain else tuple(features.tolist()),
        )

    def _basis(self, vector: Vectors, number: int, *, certain: bool) -> Basis:
        entry = self.snapshot.entries[number]
        wording, passage = self._retriever.nearest_parts(vector, number)
        return Basis(
            wording="" if wording is None else entry.phrasings[wording],
            # To its very question the whole answer is the answer.
            passage=None if certain else passage,
        )

    def _candidate(self, evidence: Evidence, scores: Floats, position: int) -> Candidate:
        entry = self.snapshot.entries[evidence.entries[position]]
        return Candidate(entry, float(scores[position]))
