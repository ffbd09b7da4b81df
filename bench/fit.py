"""Fit qa/defaults.json on the public sets, and judge each set by a fit that left its domain out.

    python -m bench.fit            fit without each domain, judge, and keep the fits in .bench
    python -m bench.fit --write    then fit on all of them and write qa/defaults.json

Ranking. The weights are those of a conditional logit (McFadden, 1974): the probability that a
candidate is the right one is the softmax of `sharpness * weights @ evidence` over the candidates;
its likelihood on the answerable queries is maximised, with weights kept positive. There are two
sets of weights: for sites whose entries have wordings enough for a classifier, and for those that
do not. Every set with alternates is among the latter too, with its alternates taken away.

Confidence. Its features are how clearly the best candidate leads and how near the query is to it.
To resemble FAQs of every size, and to have unanswerable questions that are close to the topic,
each set is asked again and again with only a random part of its entries, from which metric and
classifier are learned anew: a query whose entry is not in the part has no answer. Queries of other
domains are the ones far from the topic. A logistic regression then predicts whether the best
candidate is right. The assumption about visitors: UNANSWERABLE of their questions have no answer,
half of these are far from the topic.

Threshold. The promise is about the answers that are shown, so the threshold for a promised error
is the least from which on the share of wrong ones among them stays within it on each of the TRUSTED
sets: real FAQs whose labels are exact. Where labels are loose, or entries are intents without
answers, right answers count as wrong.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from bench.sets import DOMAINS, INDEXES, LabelledSet, available, load
from qa import confidence, ranking
from qa.calibrating import ALTERNATIVES, Cases
from qa.confidence import ERRORS, EXACT, FEATURES, Calibration, Logistic
from qa.evaluation.calibration import measure_calibration
from qa.evaluation.measures import auroc, most_shown, shown_by_threshold
from qa.learned import Learned
from qa.ranking import Weights
from qa.retriever import Column, Evidence, Retriever

DEFAULTS = Path("qa/defaults.json")

# What a set counts. Real FAQs count for more than sets whose answers are two words and whose
# alternates come from the same pool as their queries (clinc150, banking77).
IMPORTANCE = {
    "rasa": 1.5,
    "clinc150": 0.4,
    "banking77": 0.4,
    "banking77_oos": 0.3,
    "covidfaq": 1.0,
    "covidq": 1.0,
    "deepset_covid_en": 1.0,
    "stackfaq": 1.5,
    "mqp_hard": 0.7,
}
WITH_ALTERNATES = ("rasa", "clinc150", "banking77", "banking77_oos")
# What a set with its alternates taken away counts, of what it counts as it is.
TAKEN_AWAY = 0.5
# Loose labels still tell which of two entries is better, but not how often an answer is right.
LOOSELY_LABELLED = {"covidfaq", "covidq", "deepset_covid_en"}
LOOSE = 0.25
TRUSTED = {"rasa", "stackfaq"}
RANKED_QUERIES = 1500
PARTS = 16
# The threshold rests on two sets alone, and on how often the best entry is wrong near it.
PARTS_OF_TRUSTED = 64
QUERIES_A_PART = 400
# Of what visitors really typed, .35 had no answer in one FAQ (rasa), .01 in another (tais_pt).
UNANSWERABLE = 0.3
LARGEST_PART = 300
BACKGROUNDS = np.arange(0.1, 0.75, 0.1)
# Keeps a weight from growing on nothing but noise; on the scale of 25 its pull is slight.
RIDGE = 1e-5
# One chance in five that an alternative is right.
PROMISED_OFFER = 0.2

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Judged:
    """Evidence for one query, with which candidates are right, (c,), and the domain it is from."""

    evidence: Evidence
    right: Bools
    domain: str


@dataclass(frozen=True, slots=True)
class Part:
    """Queries asked of some of a set's entries. taught: whether these gave a classifier."""

    judged: list[Judged]
    taught: bool


def together(some: Iterable[Cases]) -> Cases:
    """Cases of many parts, one after the other."""
    rows = [(one.features, one.right, one.offered) for one in some if len(one)]
    return Cases(*(np.concatenate(column) for column in zip(*rows, strict=True)))


class Weighted(Protocol):
    """What counts in a fit: how much for ranking, and how much for confidence."""

    @property
    def importance(self) -> float:
        """What it counts where ranking is fitted."""
        ...

    @property
    def certainty(self) -> float:
        """What it counts where confidence is fitted."""
        ...

    @property
    def choices(self) -> "Choices":
        """Its candidates, for ranking."""
        ...


W = TypeVar("W", bound=Weighted)


class Source:
    """One set, its queries encoded once; with its alternates or, as `NAME-plain`, without."""

    def __init__(self, labelled: LabelledSet, *, plain: bool = False) -> None:
        self.domain = DOMAINS[labelled.name]
        self.name = f"{labelled.name}-plain" if plain else labelled.name
        self.importance = IMPORTANCE[labelled.name] * (TAKEN_AWAY if plain else 1.0)
        self.certainty = self.importance * (LOOSE if labelled.name in LOOSELY_LABELLED else 1.0)
        self.labelled = labelled
        self._vectors = labelled.snapshot.encoder.encode_queries(labelled.queries)
        learned = Learned.of(labelled.snapshot)
        self.taught = learned.has_classifier
        self._whole = Retriever(labelled.snapshot, learned)
        self.choices = Choices.of(self._ranked())
        self.parts: list[Part] = []

    def _ranked(self) -> list[Judged]:
        """Answerable queries asked of the whole set."""
        generator = np.random.default_rng(0)
        answerable = np.flatnonzero(self.labelled.relevant.any(axis=1))
        chosen = generator.permutation(answerable)[:RANKED_QUERIES]
        judged = [self._judge(self._whole, query, None) for query in chosen]
        return [one for one in judged if one.right.any() and not one.evidence.exact.any()]

    def ask_parts(self, foreign: list["Source"]) -> None:
        """Ask random parts of the set, UNANSWERABLE of the queries without an answer."""
        generator = np.random.default_rng(1)
        count = PARTS_OF_TRUSTED if self.name in TRUSTED else PARTS
        self.parts = [self._part(generator, foreign, whole=i == 0) for i in range(count)]

    def _part(self, generator: np.random.Generator, foreign: list["Source"], whole: bool) -> Part:
        entries = self.labelled.relevant.shape[1]
        size = largest = min(entries, LARGEST_PART)
        if not whole:
            size = int(np.exp(generator.uniform(0, np.log(largest + 1))))
        allowed = np.zeros(entries, bool)
        allowed[generator.permutation(entries)[:size]] = True
        snapshot = self.labelled.snapshot
        learned = Learned.fit(snapshot.rows, snapshot.vectors.vectors, allowed)
        retriever = Retriever(snapshot, learned)
        has_answer: Bools = np.any(self.labelled.relevant[:, allowed], axis=1)
        queries = generator.permutation(len(has_answer))
        answerable = queries[has_answer[queries]][: int(QUERIES_A_PART * (1 - UNANSWERABLE))]
        others = int(len(answerable) * UNANSWERABLE / (1 - UNANSWERABLE))
        near = queries[~has_answer[queries]][:others]
        near = near[: (len(near) + 1) // 2]
        judged = [self._judge(retriever, query, allowed) for query in (*answerable, *near)]
        far = [self._judge_foreign(retriever, foreign, allowed, generator) for _ in near]
        return Part(judged + far, learned.has_classifier)

    def _judge_foreign(
        self,
        retriever: Retriever,
        foreign: list["Source"],
        allowed: Bools,
        generator: np.random.Generator,
    ) -> Judged:
        source = foreign[generator.integers(len(foreign))]
        query = generator.integers(len(source.labelled.queries))
        text, vector = source.labelled.queries[query], source._vectors[query]
        evidence = retriever.gather(text, vector, allowed=allowed, shown=allowed)
        return Judged(evidence, np.zeros(len(evidence.entries), bool), source.domain)

    def _judge(self, retriever: Retriever, query: int, allowed: Bools | None) -> Judged:
        text, vector = self.labelled.queries[query], self._vectors[query]
        evidence = retriever.gather(text, vector, allowed=allowed, shown=allowed)
        return Judged(evidence, self.labelled.relevant[query, evidence.entries], self.domain)


@dataclass(frozen=True, slots=True)
class Choices:
    """All candidates of many queries, one under the other. evidence: (n, len(Column)); first:
    (queries,), where each query's begin; query: (n,), whose each is; right: (n,).
    """

    evidence: Floats
    first: npt.NDArray[np.int64]
    query: npt.NDArray[np.int64]
    right: Bools

    @classmethod
    def of(cls, judged: list[Judged]) -> "Choices":
        """Stack the candidates."""
        counts = np.array([len(one.right) for one in judged])
        return cls(
            np.concatenate([one.evidence.columns for one in judged]).astype(float),
            np.cumsum(counts) - counts,
            np.repeat(np.arange(len(judged)), counts),
            np.concatenate([one.right for one in judged]),
        )

    def loss(self, weights: Floats) -> tuple[float, Floats]:
        """Mean of minus the log probability that a right candidate is chosen; its gradient."""
        logits = self.evidence @ weights
        of_right = np.where(self.right, logits, -np.inf)
        total = np.logaddexp.reduceat(logits, self.first)
        good = np.logaddexp.reduceat(of_right, self.first)
        pull = np.exp(logits - total[self.query]) - np.exp(of_right - good[self.query])
        return float(np.mean(total - good)), pull @ self.evidence / len(self.first)


def fit_weights(sources: Sequence[Weighted]) -> Weights:
    """Conditional logit over the sources' candidates, each counting by its importance."""
    total = sum(source.importance for source in sources)
    # Without a classifier its column says nothing, and would only shrink the others.
    counted = np.any([np.ptp(source.choices.evidence, axis=0) > 0 for source in sources], axis=0)

    def objective(logs: Floats) -> tuple[float, Floats]:
        weights = np.where(counted, np.exp(logs), 0.0)
        value, gradient = RIDGE * float(weights @ weights), 2 * RIDGE * weights
        for source in sources:
            loss, slope = source.choices.loss(weights)
            value += source.importance / total * loss
            gradient = gradient + source.importance / total * slope
        return value, gradient * weights

    start = np.full(len(Column), np.log(4.0))
    found = minimize(objective, start, jac=True, method="L-BFGS-B", bounds=[(-6, 6)] * len(start))
    weights = np.where(counted, np.exp(found.x), 0.0)
    return Weights(columns=weights / weights.sum(), sharpness=float(weights.sum()), background=0.0)


def cases(judged: Iterable[Judged], weights: Weights) -> Cases:
    """Features and outcomes of the queries that are not certain already."""
    rows, right, offered = [], [], []
    for one in judged:
        scores, order = ranking.ranked(one.evidence, weights)
        if not len(scores) or confidence.is_certain(one.evidence, order[0]):
            continue
        best, rivals = float(scores[order[0]]), np.delete(scores, order[0])
        rows.append(confidence.features(one.evidence, order[0], best, rivals, weights))
        right.append(one.right[order[0]])
        offered.append(one.right[order[:ALTERNATIVES]].any())
    features = np.array(rows).reshape(len(rows), len(FEATURES))
    return Cases(features, np.array(right, bool), np.array(offered, bool))


def cases_of(source: Source, taught: Weights, plain: Weights, without: str = "") -> Cases:
    """The cases of all parts of a source, each by the weights that it calls for, but for queries
    from a domain that is left out.
    """
    return together(
        cases(_known(part, without), taught if part.taught else plain) for part in source.parts
    )


def _known(part: Part, without: str) -> list[Judged]:
    return [one for one in part.judged if one.domain != without]


def with_background(
    weights: Weights, sources: list[Source], *, taught: bool, without: str
) -> Weights:
    """The weights with that background score under which confidence is likeliest."""
    parts = {
        s: [_known(part, without) for part in s.parts if part.taught is taught] for s in sources
    }

    def surprise(background: float) -> float:
        tried = replace(weights, background=background)
        by_source = {
            s: together(cases(judged, tried) for judged in own) for s, own in parts.items()
        }
        model = fit_confidence(by_source, "right")
        losses = [
            source.certainty
            * log_loss(some.right, model.predict_proba(some.features)[:, 1], labels=[0, 1])
            for source, some in by_source.items()
        ]
        return float(np.sum(losses))

    return replace(weights, background=round(float(min(BACKGROUNDS, key=surprise)), 2))


def fit_confidence(by_source: Mapping[W, Cases], target: str) -> LogisticRegression:
    """Logistic regression on all sources, each counting by its certainty."""
    every = together(by_source.values())
    counts = [
        np.full(len(some.right), 1000 * source.certainty / len(some.right))
        for source, some in by_source.items()
    ]
    model = LogisticRegression(C=10, max_iter=2000)
    return model.fit(every.features, getattr(every, target), np.concatenate(counts))


def lowest(probability: Floats, right: Bools, error: float) -> float:
    """The least confidence from which on at most that share of what is shown is wrong."""
    shown = shown_by_threshold(probability, right)
    most = int(most_shown(shown, error))
    return min(float(shown.threshold[most - 1]), EXACT) if most else EXACT


def fit(every: list[Source], *, without: str = "") -> dict[str, Any]:
    """What was fitted on all sources but those of a domain, as qa/defaults.json holds it."""
    sources = [source for source in every if source.domain != without]
    both = {}
    for taught in (True, False):
        own = [source for source in sources if source.taught is taught]
        weights = fit_weights(own)
        both[taught] = with_background(weights, own, taught=taught, without=without)
    by_source = {s: cases_of(s, both[True], both[False], without) for s in sources}
    right = fit_confidence(by_source, "right")
    trusted = [
        (right.predict_proba(some.features)[:, 1], some.right)
        for source, some in by_source.items()
        if source.name in TRUSTED
    ]
    calibration = Calibration(
        right=_logistic(right),
        offered=_logistic(fit_confidence(by_source, "offered")),
        spread=together(by_source.values()).features.std(axis=0),
        errors=np.array(ERRORS),
        thresholds=np.array([max(lowest(*one, error) for one in trusted) for error in ERRORS]),
        offer_from=PROMISED_OFFER,
    )
    return {
        "ranking": {"taught": _weights(both[True]), "plain": _weights(both[False])},
        "confidence": calibration.document(),
    }


def _weights(weights: Weights) -> dict[str, Any]:
    return {
        "columns": {c.name.lower(): round(float(weights.columns[c]), 4) for c in Column},
        "sharpness": round(weights.sharpness, 2),
        "background": weights.background,
    }


def _logistic(model: LogisticRegression) -> Logistic:
    return Logistic(model.coef_[0], float(model.intercept_[0]))


def judge(source: Source, document: dict[str, Any]) -> str:
    """One row: a source judged by a fit that has seen nothing of its domain."""
    weights = {name: Weights.of(document["ranking"][name]) for name in ("taught", "plain")}
    calibration = Calibration.of(document["confidence"])
    own = cases_of(source, weights["taught"], weights["plain"])
    probability = calibration.right.probabilities(own.features)
    shown = probability >= calibration.threshold(0.1)
    wrong, recall = 1 - own.right[shown].mean(), own.right[shown].sum() / own.right.sum()
    return (
        f"| {source.name} | {auroc(probability, own.right):.3f} "
        f"| {measure_calibration(probability, own.right).ece:.3f} "
        f"| {calibration.threshold(0.1):.2f} | {wrong:.3f} | {recall:.3f} |"
    )


def without(domain: str) -> Path:
    """Where the fit that left a domain out is kept."""
    return INDEXES / f"without-{domain}.json"


def every_source() -> list[Source]:
    """Every set, and those with alternates once more without."""
    names = available()
    plain = [name for name in names if name in WITH_ALTERNATES]
    with_all = [Source(load(name)) for name in names]
    return with_all + [Source(load(name, alternates=False), plain=True) for name in plain]


def main() -> None:
    """Judge, and write when told to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--write", action="store_true", help="write qa/defaults.json")
    arguments = parser.parse_args()
    if len({DOMAINS[name] for name in available()}) < 2:
        sys.exit("judging needs sets of at least two domains: see QA_DATA.")
    sources = every_source()
    for source in sources:
        source.ask_parts([other for other in sources if other.domain != source.domain])
    print("| set, in random parts | AUROC | ECE | threshold | wrong of shown | right shown |")
    print("| --- | --- | --- | --- | --- | --- |")
    for domain in dict.fromkeys(source.domain for source in sources):
        document = fit(sources, without=domain)
        without(domain).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        for source in sources:
            if source.domain == domain:
                print(judge(source, document), flush=True)
    if arguments.write:
        DEFAULTS.write_text(json.dumps(fit(sources), indent=2) + "\n", encoding="utf-8")
        print(f"wrote {DEFAULTS}")


if __name__ == "__main__":
    main()
