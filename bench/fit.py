"""Fit qa/defaults.json on the public sets, and judge each set by a fit that left its domain out.

    python -m bench.fit            judge: each domain by the others' fit
    python -m bench.fit --write    then fit on all of them and write qa/defaults.json

Ranking. The weights are those of a conditional logit (McFadden, 1974): the probability that a
candidate is the right one is the softmax of `sharpness * weights @ evidence` over the candidates;
its likelihood on the answerable queries is maximised, with weights kept positive.

Confidence. Its features are how well the best candidate matches and how clearly it leads. To
resemble FAQs of every size, and to have unanswerable questions that are close to the topic, each
set is asked again and again with only a random part of its entries: a query whose entry is not in
the part has no answer. Queries of other domains are the ones far from the topic. A logistic
regression then predicts whether the best candidate is right. The assumption about visitors:
UNANSWERABLE of their questions have no answer, half of these are far from the topic.

Threshold. The promise is about the answers that are shown, so the threshold is where the share of
wrong ones among them reaches the promised error on TRUSTED sets: real FAQs whose labels are exact.
Where labels are loose, or entries are intents without answers, right answers count as wrong.
"""

import argparse
import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score

from bench.sets import DOMAINS, LabelledSet, available, load
from qa import confidence, ranking
from qa.confidence import FEATURES
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
# Loose labels still tell which of two entries is better, but not how often an answer is right.
LOOSELY_LABELLED = {"covidfaq", "covidq", "deepset_covid_en"}
LOOSE = 0.25
TRUSTED = {"rasa", "stackfaq"}
RANKED_QUERIES = 600
PARTS = 16
QUERIES_A_PART = 400
# Of what visitors really typed, .35 had no answer in one FAQ (rasa), .01 in another (tais_pt).
UNANSWERABLE = 0.3
SMALLEST_PART, LARGEST_PART = 1, 300
BACKGROUNDS = (0.1, 0.2, 0.25, 0.3, 0.35, 0.4)
ALTERNATIVES = 3
# Keeps a weight from growing on nothing but noise; on the scale of 25 its pull is slight.
RIDGE = 1e-5
# At most one in ten of the shown answers wrong; one chance in five that an alternative is right.
PROMISED_ERROR, PROMISED_OFFER = 0.1, 0.2

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Judged:
    """Evidence for one query, with which candidates are right, (c,)."""

    evidence: Evidence
    right: Bools


@dataclass(frozen=True, slots=True)
class Cases:
    """Queries of one set asked of its parts. features: (n, len(FEATURES)); right: (n,), whether
    the best candidate is; offered: (n,), whether one of the first ALTERNATIVES is.
    """

    features: Floats
    right: Bools
    offered: Bools


class Source:
    """One set, its queries encoded once."""

    def __init__(self, labelled: LabelledSet) -> None:
        self.name = labelled.name
        self._set = labelled
        self._retriever = Retriever(labelled.answerer.snapshot)
        self._vectors = labelled.answerer.snapshot.encoder.encode_queries(labelled.queries)

    def ranked(self) -> list[Judged]:
        """Answerable queries asked of the whole set."""
        generator = np.random.default_rng(0)
        answerable = np.flatnonzero(self._set.relevant.any(axis=1))
        chosen = generator.permutation(answerable)[:RANKED_QUERIES]
        judged = [self._judge(query, None) for query in chosen]
        return [one for one in judged if one.right.any() and not one.evidence.exact.any()]

    def parts(self, foreign: list["Source"]) -> list[Judged]:
        """Queries asked of random parts of the set, UNANSWERABLE of them without an answer."""
        generator = np.random.default_rng(1)
        return [one for _ in range(PARTS) for one in self._part(generator, foreign)]

    def _part(self, generator: np.random.Generator, foreign: list["Source"]) -> list[Judged]:
        entries = self._set.relevant.shape[1]
        largest = min(entries, LARGEST_PART)
        size = int(np.exp(generator.uniform(np.log(SMALLEST_PART), np.log(largest + 1))))
        allowed = np.zeros(entries, bool)
        allowed[generator.permutation(entries)[:size]] = True
        has_answer: Bools = np.any(self._set.relevant[:, allowed], axis=1)
        queries = generator.permutation(len(has_answer))
        answerable = queries[has_answer[queries]][: int(QUERIES_A_PART * (1 - UNANSWERABLE))]
        others = int(len(answerable) * UNANSWERABLE / (1 - UNANSWERABLE))
        near = queries[~has_answer[queries]][: others // 2]
        judged = [self._judge(query, allowed) for query in (*answerable, *near)]
        return judged + [self._judge_foreign(foreign, allowed, generator) for _ in near]

    def _judge_foreign(
        self, foreign: list["Source"], allowed: Bools, generator: np.random.Generator
    ) -> Judged:
        source = foreign[generator.integers(len(foreign))]
        query = generator.integers(len(source._set.queries))
        text, vector = source._set.queries[query], source._vectors[query]
        evidence = self._retriever.gather(text, vector, allowed)
        return Judged(evidence, np.zeros(len(evidence.entries), bool))

    def _judge(self, query: int, allowed: Bools | None) -> Judged:
        evidence = self._retriever.gather(self._set.queries[query], self._vectors[query], allowed)
        return Judged(evidence, self._set.relevant[query, evidence.entries])


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


def fit_weights(choices: dict[str, Choices]) -> Weights:
    """Conditional logit over the sets' candidates, each set counting by its importance."""
    total = sum(IMPORTANCE[name] for name in choices)

    def objective(logs: Floats) -> tuple[float, Floats]:
        weights = np.exp(logs)
        value, gradient = RIDGE * float(weights @ weights), 2 * RIDGE * weights
        for name, some in choices.items():
            loss, slope = some.loss(weights)
            value += IMPORTANCE[name] / total * loss
            gradient = gradient + IMPORTANCE[name] / total * slope
        return value, gradient * weights

    found = minimize(objective, np.full(len(Column), np.log(4.0)), jac=True, method="L-BFGS-B")
    weights = np.exp(found.x)
    return Weights(columns=weights / weights.sum(), sharpness=float(weights.sum()), background=0.0)


def cases(judged: list[Judged], weights: Weights) -> Cases:
    """Features and outcomes of the queries that are not certain already."""
    rows, right, offered = [], [], []
    for one in judged:
        if not len(one.evidence.entries):
            continue
        scores = ranking.scores(one.evidence, weights)
        order = ranking.order(scores)
        if confidence.is_certain(one.evidence, order[0]):
            continue
        rivals = np.delete(scores, order[0])
        rows.append(confidence.features(float(scores[order[0]]), rivals, weights))
        right.append(one.right[order[0]])
        offered.append(one.right[order[:ALTERNATIVES]].any())
    return Cases(np.array(rows), np.array(right), np.array(offered))


def certainty(name: str) -> float:
    """What a set counts for how often an answer is right."""
    return IMPORTANCE[name] * (LOOSE if name in LOOSELY_LABELLED else 1.0)


def with_background(weights: Weights, parts: dict[str, list[Judged]]) -> Weights:
    """The weights with that background score under which confidence is likeliest."""

    def surprise(background: float) -> float:
        tried = replace(weights, background=background)
        by_set = {name: cases(some, tried) for name, some in parts.items()}
        model = fit_confidence(by_set, "right")
        losses = [
            certainty(name)
            * log_loss(s.right, model.predict_proba(s.features)[:, 1], labels=[0, 1])
            for name, s in by_set.items()
        ]
        return float(np.sum(losses))

    return replace(weights, background=min(BACKGROUNDS, key=surprise))


def fit_confidence(by_set: dict[str, Cases], target: str) -> LogisticRegression:
    """Logistic regression on all sets, each counting by its importance."""
    features = np.concatenate([some.features for some in by_set.values()])
    outcome = np.concatenate([getattr(some, target) for some in by_set.values()])
    counts = np.concatenate(
        [
            np.full(len(some.right), 1000 * certainty(name) / len(some.right))
            for name, some in by_set.items()
        ]
    )
    return LogisticRegression(C=10, max_iter=2000).fit(features, outcome, sample_weight=counts)


def answer_from(by_set: dict[str, Cases], model: LogisticRegression) -> float:
    """The least confidence from which on the promised share of shown answers is right.

    Each trusted set counts the same; the threshold is where the share of wrong answers among all
    that are shown last is within PROMISED_ERROR.
    """
    trusted = [some for name, some in by_set.items() if name in TRUSTED]
    probability = np.concatenate([model.predict_proba(s.features)[:, 1] for s in trusted])
    right = np.concatenate([some.right for some in trusted])
    weight = np.concatenate([np.full(len(s.right), 1 / len(s.right)) for s in trusted])
    down = np.argsort(-probability)
    wrong = np.cumsum((weight * ~right)[down]) / np.cumsum(weight[down])
    return float(probability[down][np.flatnonzero(wrong <= PROMISED_ERROR)[-1]])


def calibration_error(probability: Floats, right: Bools, bins: int = 15) -> float:
    """Expected calibration error over bins of equal mass (Naeini et al., 2015)."""
    parts = np.array_split(np.argsort(probability), bins)
    gaps = [len(p) * abs(probability[p].mean() - right[p].mean()) for p in parts if len(p)]
    return float(sum(gaps) / len(probability))


def precision(choices: Choices, weights: Weights) -> float:
    """P@1 over the answerable queries."""
    scores = choices.evidence @ weights.columns
    best = np.maximum.reduceat(scores, choices.first)[choices.query] == scores
    return float(np.unique(choices.query[best & choices.right]).size / len(choices.first))


def judge(name: str, choices: dict[str, Choices], parts: dict[str, list[Judged]]) -> str:
    """One row: the set judged by a fit that has seen nothing of its domain."""
    others = [other for other in choices if DOMAINS[other] != DOMAINS[name]]
    seen_parts = {other: parts[other] for other in others}
    weights = with_background(fit_weights({o: choices[o] for o in others}), seen_parts)
    seen = {other: cases(parts[other], weights) for other in others}
    model = fit_confidence(seen, "right")
    threshold = answer_from(seen, model)
    own = cases(parts[name], weights)
    probability = model.predict_proba(own.features)[:, 1]
    shown = probability >= threshold
    wrong, recall = 1 - own.right[shown].mean(), own.right[shown].sum() / own.right.sum()
    return (
        f"| {name} | {precision(choices[name], weights):.3f} "
        f"| {roc_auc_score(own.right, probability):.3f} "
        f"| {calibration_error(probability, own.right):.3f} "
        f"| {threshold:.2f} | {wrong:.3f} | {recall:.3f} |"
    )


def document(weights: Weights, by_set: dict[str, Cases]) -> dict[str, object]:
    """What qa/defaults.json holds."""
    right, offered = fit_confidence(by_set, "right"), fit_confidence(by_set, "offered")
    return {
        "ranking": {
            "columns": {c.name.lower(): round(float(weights.columns[c]), 4) for c in Column},
            "sharpness": round(weights.sharpness, 2),
            "background": weights.background,
        },
        "confidence": {
            "right": _document(right),
            "offered": _document(offered),
            "answer_from": round(answer_from(by_set, right), 3),
            "offer_from": PROMISED_OFFER,
        },
    }


def _document(model: LogisticRegression) -> dict[str, object]:
    coefficients = zip(FEATURES, model.coef_[0], strict=True)
    return {
        "coefficients": {name: round(float(value), 4) for name, value in coefficients},
        "intercept": round(float(model.intercept_[0]), 4),
    }


def main() -> None:
    """Judge, and write when told to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--write", action="store_true", help="write qa/defaults.json")
    arguments = parser.parse_args()
    if len({DOMAINS[name] for name in available()}) < 2:
        sys.exit("judging needs sets of at least two domains: see QA_DATA.")
    sources = [Source(load(name)) for name in available()]
    choices, parts = {}, {}
    for source in sources:
        name = source.name
        foreign = [other for other in sources if DOMAINS[other.name] != DOMAINS[name]]
        choices[name], parts[name] = Choices.of(source.ranked()), source.parts(foreign)
        print(f"{name}: {len(parts[name]):,} cases")
    print(
        "| set, by the others' fit | P@1 | AUROC | ECE | threshold | wrong of shown | right shown |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name in choices:
        print(judge(name, choices, parts))
    if arguments.write:
        weights = with_background(fit_weights(choices), parts)
        fitted = document(weights, {name: cases(parts[name], weights) for name in parts})
        DEFAULTS.write_text(json.dumps(fitted, indent=2) + "\n", encoding="utf-8")
        print(f"wrote {DEFAULTS}")


if __name__ == "__main__":
    main()
