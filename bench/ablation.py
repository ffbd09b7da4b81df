"""What each part of matching contributes: the sets answered without it, all else fitted anew.

    python -m bench.ablation

For each part that is taken away, weights and confidence are fitted without the domain of the set
that judges them. P@1 and AUROC are over up to QUERIES of each whole set, drawn by lot; these are
what confidence is fitted on too, since random parts of the sets take too long.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from bench.fit import (
    Choices,
    Judged,
    Part,
    Source,
    cases,
    every_source,
    fit_confidence,
    fit_weights,
)
from bench.sets import LabelledSet
from qa import confidence, ranking
from qa.defaults import shipped
from qa.evaluation.measures import auroc
from qa.learned import Learned
from qa.ranking import Weights
from qa.retriever import Column, Retriever

Columns = tuple[Column, ...]

QUERIES: Final = 1_500

ANSWERS: Final = (Column.ANSWER, Column.QUESTION_ANSWER)
LETTERS: Final = (Column.COVERAGE,)
ALL_BUT_PHRASING: Final = tuple(column for column in Column if column != Column.PHRASING)


@dataclass(frozen=True, slots=True)
class Way:
    """A way of matching: what is taken away from the one that is served."""

    without: Columns = ()
    metric: bool = True
    classifier: bool = True


WAYS: Final = {
    "as served": Way(),
    "without the learned metric": Way(metric=False),
    "without the classifier": Way(classifier=False, without=(Column.CLASSIFIER,)),
    "without either": Way(metric=False, classifier=False, without=(Column.CLASSIFIER,)),
    "without answers": Way(without=ANSWERS),
    "without character n-grams": Way(without=LETTERS),
    "without the typical wording": Way(without=(Column.TYPICAL,)),
    "nearest wording alone": Way(metric=False, classifier=False, without=ALL_BUT_PHRASING),
}


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A source asked in one way: all its queries, and what of them weights are fitted on."""

    source: Source
    part: Part
    choices: Choices

    @property
    def importance(self) -> float:
        """What it counts where ranking is fitted."""
        return self.source.importance

    @property
    def certainty(self) -> float:
        """What it counts where confidence is fitted."""
        return self.source.certainty


def gathered(source: Source, *, metric: bool) -> list[Judged]:
    """Evidence for queries of a source, with the learned metric or the encoder's cosine."""
    labelled = source.labelled
    snapshot = labelled.snapshot
    learned = Learned.of(snapshot)
    if not metric:
        everything = np.ones(len(snapshot.entries), bool)
        learned = Learned.fit(snapshot.rows, snapshot.vectors.vectors, everything, shrinkage=1.0)
    chosen = drawn(labelled)
    queries = [labelled.queries[number] for number in chosen]
    vectors = snapshot.encoder.encode_queries(queries)
    evidence = map(Retriever(snapshot, learned).gather, queries, vectors)
    pairs = zip(evidence, labelled.relevant[chosen], strict=True)
    return [Judged(one, right[one.entries], source.domain) for one, right in pairs]


def drawn(labelled: LabelledSet) -> npt.NDArray[np.int64]:
    """The queries that are asked, by number."""
    order = np.random.default_rng(0).permutation(len(labelled.queries))
    return np.sort(order[:QUERIES])


def asked(source: Source, judged: list[Judged], way: Way) -> Asked:
    """What a way leaves of the evidence."""
    kept = [_less(one, way.without) for one in judged]
    fair = [one for one in kept if one.right.any() and not one.evidence.exact.any()]
    return Asked(source, Part(kept, source.taught and way.classifier), Choices.of(fair))


def _less(judged: Judged, without: Columns) -> Judged:
    """The evidence with columns that say nothing."""
    columns = judged.evidence.columns.copy()
    columns[:, list(without)] = 0
    return replace(judged, evidence=replace(judged.evidence, columns=columns))


def judge(way: list[Asked], domain: str) -> Iterator[tuple[float, float]]:
    """P@1 and AUROC of each whole set of a domain, fitted on the others."""
    others = [one for one in way if one.source.domain != domain]
    weights = {taught: _fitted(others, taught=taught) for taught in (True, False)}
    known = {one: cases(one.part.judged, weights[one.part.taught]) for one in others}
    model = fit_confidence(known, "right")
    for one in way:
        if one.source.domain == domain and not one.source.name.endswith("-plain"):
            yield _figures(one, weights[one.part.taught], model)


def _fitted(some: list[Asked], *, taught: bool) -> Weights:
    """Weights, with the background that ships."""
    own = [one for one in some if one.part.taught is taught]
    ships = shipped().taught if taught else shipped().plain
    return replace(fit_weights(own), background=ships.background) if own else ships


def _figures(one: Asked, weights: Weights, model: LogisticRegression) -> tuple[float, float]:
    right = [bool(judged.right[_best(judged, weights)]) for judged in one.part.judged]
    certain = [
        confidence.is_certain(judged.evidence, _best(judged, weights)) for judged in one.part.judged
    ]
    sure = np.full(len(right), confidence.EXACT)
    own = cases(one.part.judged, weights)
    sure[~np.array(certain)] = model.predict_proba(own.features)[:, 1]
    labelled = one.source.labelled
    answerable = labelled.relevant[drawn(labelled)].any(axis=1)
    return float(np.mean(np.array(right)[answerable])), float(auroc(sure, np.array(right)))


def _best(judged: Judged, weights: Weights) -> int:
    return int(ranking.ranked(judged.evidence, weights)[1][0])


def main() -> None:
    """Print the table: P@1 / AUROC of every set in every way."""
    every = every_source()
    evidence = {
        metric: [gathered(source, metric=metric) for source in every] for metric in (True, False)
    }
    names = [source.name for source in every if not source.name.endswith("-plain")]
    print(f"| | mean | {' | '.join(names)} |")
    print("| --- " * (len(names) + 2) + "|", flush=True)
    for name, way in WAYS.items():
        some = [
            asked(s, judged, way) for s, judged in zip(every, evidence[way.metric], strict=True)
        ]
        domains = dict.fromkeys(source.domain for source in every)
        figures = [pair for domain in domains for pair in judge(some, domain)]
        figures = [np.mean(figures, axis=0), *figures]
        print(f"| {name} | {' | '.join(f'{p:.3f} / {a:.3f}' for p, a in figures)} |", flush=True)


if __name__ == "__main__":
    main()
