"""What a site's own entries teach: a metric, and a classifier where there are wordings enough.

Both are fitted on the stored vectors when the index is built, in seconds, and need no labels
besides the content: wordings and answer of one entry belong together.

Metric. Where the vectors of one entry differ (a question is put in one way or another, an answer
is written differently from a question), their differences say nothing about which entry is meant.
Within-class covariance normalisation (Hatch, Kajarekar and Stolcke, "Within-class covariance
normalization for SVM-based speaker recognition", Interspeech 2006) makes such directions count
less: cosines are taken under the inverse of the covariance within entries, shrunk towards the
identity. Without two texts in any entry it is the identity.

Classifier. Multinomial logistic regression of the entry on the vector, over wordings and answers
(Casanueva et al., "Efficient intent detection with dual sentence encoders", 2020, found a light
head on frozen vectors as good as tuning). It steps aside where entries have too few wordings.
"""

from dataclasses import dataclass, fields
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from index import kernels
from index.entry import Field
from index.errors import not_installed
from index.snapshot import RowTable, Snapshot
from index.vectors import Vectors

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

SHRINKAGE: Final = 0.5
"""Halfway between the site's own covariance and none: from .3 to .7 it makes little difference
(docs/matching.md)."""

# A vector of zeros has no length to divide by.
_LEAST_SQUARE = 1e-12
# Less than this is rounding, not scatter.
_LEAST_SCATTER = 1e-9
# The inverse of the ridge penalty; from 10 to 100 domains left out differ by .004.
_INVERSE_PENALTY = 30.0
# Wordings per entry, on average, from which the classifier is worth fitting.
_WORDINGS = 2.0
# Vectors times entries: fitting takes about ten seconds at this size, and grows with it.
_LARGEST_FIT = 10_000_000


@dataclass(frozen=True, slots=True)
class Learned:
    """A metric and a classifier over n vectors of one dimension and e entries.

    metric: symmetric, positive definite, (dimension, dimension); a cosine under it is
    x @ metric @ y over the lengths of x and y.
    lengths: of each stored vector under it, (n,).
    centroid_lengths: of the mean of each entry's unit wordings under it, (e,); without any, next
    to nothing, but never 0.
    weights, bias: the classifier's, (e, dimension) and (e,); no rows where it steps aside.
    """

    metric: Floats
    lengths: Floats
    centroid_lengths: Floats
    weights: Floats
    bias: Floats

    @property
    def has_classifier(self) -> bool:
        """Whether there is a classifier."""
        return len(self.bias) > 0

    @classmethod
    def of(cls, snapshot: Snapshot) -> Self:
        """What a snapshot holds; learned now, should it hold nothing."""
        if not snapshot.learned:
            everything = np.ones(len(snapshot.entries), bool)
            return cls.fit(snapshot.rows, snapshot.vectors.vectors, everything)
        return cls(**{field.name: snapshot.learned[field.name] for field in fields(cls)})

    def turned(self, vector: Floats) -> Floats:
        """A query's vector, (dimension,), such that its product with a stored one, over that one's
        length, is their cosine under the metric.
        """
        return kernels.turned(self.metric, vector, _LEAST_SQUARE)

    def arrays(self) -> dict[str, Floats]:
        """The arrays to store."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def fit(
        cls, rows: RowTable, vectors: Vectors, among: Bools, shrinkage: float = SHRINKAGE
    ) -> Self:
        """Learn from the rows of some entries.

        among: (e,), which entries count; lengths are computed for all. shrinkage: from 0, the
        site's own covariance, to 1, the encoder's cosine as it is.

        Raises:
            ModelError: a package of the indexing step is not installed.
        """
        counted = among[rows.entry] & (rows.field != Field.PASSAGE)
        metric = _metric(rows.entry[counted], vectors[counted], len(among), shrinkage)
        lengths = np.sqrt(np.einsum("nd,nd->n", vectors @ metric, vectors))
        wordings = rows.field <= Field.ALTERNATE
        units = vectors[wordings] / lengths[wordings, np.newaxis]
        means = mean_of_each(rows.entry[wordings], units, len(among))
        centroid_lengths = np.sqrt(np.einsum("ed,ed->e", means @ metric, means))
        weights, bias = _classifier(rows, vectors, counted, among)
        arrays = (metric, lengths, np.maximum(centroid_lengths, 1e-6), weights, bias)
        return cls(*(array.astype(np.float32) for array in arrays))


def mean_of_each(entry: npt.NDArray[np.int32], vectors: Vectors, entries: int) -> Floats:
    """The mean vector of each entry's rows, (entries, dimension); zeros without any."""
    sums = np.zeros((entries, vectors.shape[1]), np.float32)
    np.add.at(sums, entry, vectors)
    counts = np.bincount(entry, minlength=entries).astype(np.float32)
    sums /= np.maximum(counts, 1)[:, np.newaxis]
    return sums


def _metric(
    entry: npt.NDArray[np.int32], vectors: Vectors, entries: int, shrinkage: float
) -> Floats:
    apart = (vectors - mean_of_each(entry, vectors, entries)[entry]).astype(np.float64)
    covariance, identity = apart.T @ apart, np.eye(vectors.shape[1])
    scale = np.trace(covariance) / len(covariance)
    # Each entry has one text, or says the same thing over and over: there is nothing to learn.
    shrunk = identity
    if scale > _LEAST_SCATTER:
        shrunk = (1 - shrinkage) * covariance / scale + shrinkage * identity
    metric: Floats = np.linalg.inv(shrunk).astype(np.float32)
    return metric


def _classifier(
    rows: RowTable, vectors: Vectors, counted: Bools, among: Bools
) -> tuple[Floats, Floats]:
    entries, dimension = len(among), vectors.shape[1]
    size = int(counted.sum()) * int(among.sum())
    wordings = int((counted & (rows.field <= Field.ALTERNATE)).sum())
    classes = np.unique(rows.entry[counted])
    if len(classes) < 2 or wordings < _WORDINGS * among.sum() or size > _LARGEST_FIT:
        return np.empty((0, dimension), np.float32), np.empty(0, np.float32)
    try:
        # Here and not above: only building needs it, and it takes a second to import.
        from sklearn.linear_model import LogisticRegression
    except ImportError as error:
        raise not_installed("learning from other wordings", error) from error
    model = LogisticRegression(C=_INVERSE_PENALTY, max_iter=300)
    model.fit(vectors[counted], rows.entry[counted])
    weights, bias = np.zeros((entries, dimension), np.float32), np.full(entries, -1e3, np.float32)
    weights[classes], bias[classes] = _one_row_each(model.coef_), _one_row_each(model.intercept_)
    return weights, bias


def _one_row_each(parameters: Floats) -> Floats:
    """Of two classes scikit-learn keeps the second one's parameters; the first one's are minus."""
    if len(parameters) > 1:
        return parameters
    return np.concatenate([-parameters / 2, parameters / 2]).astype(np.float32)
