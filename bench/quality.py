"""Quality on the public sets, beside what people use otherwise: same encoder, same run.

    python -m bench.quality [SET ...]

Each set is answered as it would be served, by defaults that were fitted without any set of its
domain (`python -m bench.fit` keeps them in .bench; it is run first if they are missing). The
baselines are the cosine to the answer, the cosine to the nearest question or alternate, and BM25
(Robertson and Zaragoza, 2009; bm25s) over question, alternates and answer together.

P@1 is over the queries that have an answer. AUROC is over all queries: how well confidence (of a
baseline: its best score) tells a right best entry from a wrong one.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

import bm25s
import numpy as np
import numpy.typing as npt

from bench.fit import without
from bench.sets import DOMAINS, LabelledSet, load, print_table
from index.entry import Field
from index.text import plain, words
from qa.answerer import Answerer
from qa.defaults import Defaults
from qa.evaluation.calibration import measure_calibration
from qa.evaluation.measures import auroc

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a way of answering makes of n queries, (n,) each.

    best: the number of the best entry. right: whether it is. sure: how sure the way is of that.
    shown: whether it is shown.
    """

    best: Ints
    right: Bools
    sure: Floats
    shown: Bools

    def cell(self, labelled: LabelledSet) -> str:
        """P@1 and AUROC."""
        answerable = labelled.relevant.any(axis=1)
        return f"{self.right[answerable].mean():.3f} / {auroc(self.sure, self.right):.3f}"


def left_out(name: str) -> Defaults:
    """The defaults fitted without the domain of a set; fitted now if they are not there."""
    path = without(DOMAINS[name])
    if not path.exists():
        print("fitting the defaults without each domain first ...", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "bench.fit"], check=True, stdout=subprocess.DEVNULL)
    return Defaults.of(json.loads(path.read_text(encoding="utf-8")))


def answered(labelled: LabelledSet, defaults: Defaults) -> Outcome:
    """The set as it would be served."""
    answers = Answerer(labelled.snapshot, defaults=defaults).ask_many(labelled.queries)
    number = {entry.id: i for i, entry in enumerate(labelled.snapshot.entries)}
    best = np.array([number[answer.ranking[0].entry.id] for answer in answers])
    return Outcome(
        best,
        labelled.relevant[np.arange(len(best)), best],
        np.array([answer.confidence for answer in answers]),
        np.array([answer.answered for answer in answers]),
    )


def nearest(labelled: LabelledSet, *fields: Field) -> Outcome:
    """The entry with the vector nearest to the query's, of those that stand for these fields."""
    rows = labelled.snapshot.rows
    wanted = np.flatnonzero(np.isin(rows.field, fields))
    vectors = labelled.snapshot.encoder.encode_queries(labelled.queries)
    if not len(wanted):
        return _by_score(labelled, np.zeros((len(vectors), 1)), np.zeros(1, np.int64))
    cosines = (vectors @ labelled.snapshot.vectors.vectors[wanted].T).astype(float)
    return _by_score(labelled, cosines, rows.entry[wanted].astype(np.int64))


def bm25(labelled: LabelledSet) -> Outcome:
    """The entry whose words match best."""
    entries = labelled.snapshot.entries
    texts = [words(" ".join((*entry.phrasings, plain(entry.answer)))) for entry in entries]
    index = bm25s.BM25()
    index.index(texts, show_progress=False)
    known = set(index.vocab_dict)
    scores = [
        index.get_scores(asked) if (asked := [w for w in words(query) if w in known]) else None
        for query in labelled.queries
    ]
    nothing = np.zeros(len(entries))
    together = np.array([nothing if one is None else one for one in scores])
    return _by_score(labelled, together, np.arange(len(entries)))


def _by_score(labelled: LabelledSet, scores: Floats, entry_of: npt.NDArray[np.int64]) -> Outcome:
    best = scores.argmax(axis=1)
    queries = np.arange(len(best))
    sure = scores[queries, best]
    right: Bools = labelled.relevant[queries, entry_of[best]]
    return Outcome(entry_of[best], right, sure, np.ones(len(best), bool))


WAYS: dict[str, Callable[[LabelledSet], Outcome]] = {
    "answer only": lambda labelled: nearest(labelled, Field.ANSWER),
    "best question": lambda labelled: nearest(labelled, Field.QUESTION, Field.ALTERNATE),
    "BM25": bm25,
}


def row(name: str) -> str:
    """A set's row of the table."""
    labelled = load(name)
    ours = answered(labelled, left_out(name))
    unanswerable = 1 - labelled.relevant.any(axis=1).mean()
    calibration = measure_calibration(ours.sure, ours.right)
    wrong = 1 - ours.right[ours.shown].mean()
    cells = [
        name,
        f"{len(ours.right):,}",
        f"{unanswerable:.2f}",
        *(way(labelled).cell(labelled) for way in WAYS.values()),
        f"**{ours.cell(labelled)}**",
        f"{calibration.ece:.3f} ({calibration.ece_by_chance:.3f})",
        f"{ours.shown.mean():.2f}",
        f"{wrong:.3f}",
    ]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Print the table."""
    header = ["set", "queries", "without an answer", *WAYS, "**qa**"]
    header += ["ECE (by chance)", "shown", "wrong of shown"]
    print_table(header, row)


if __name__ == "__main__":
    main()
