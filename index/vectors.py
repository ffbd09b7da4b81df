"""The vector store: unit vectors in, the nearest rows out.

A score is the inner product of unit vectors, so a cosine in [-1, 1]; larger is better; rows of
equal score come in the order of their numbers. A small store looks at every row; a larger one asks
for a shortlist (index/shortlist.py) of rows that are near, and ranks these by their scores.
"""

from pathlib import Path
from typing import Final, Self

import faiss
import numpy as np
import numpy.typing as npt

from index import arrays, kernels
from index.manifest import Settings
from index.shortlist import Graph, Progress, Scan, Shortlist, untold

Vectors = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

SCAN_FROM: Final = 1_000
"""From so many vectors on to scan codes is faster than to look at all; `python -m bench.search`."""

GRAPH_FROM: Final = 40_000
"""From so many on a graph is faster than that."""

# Recall is measured on so many stored vectors, each moved by noise of this length. That leaves a
# cosine of .55, as a question has to its answer, and no more recall than texts have that are not in
# the store (`python -m bench.search`).
_SAMPLE: Final = 1_000
_NOISE: Final = 1.5

# By how much a score may differ when it is computed in another order.
_ROUNDING: Final = 1e-6


class VectorStore:
    """Inner-product search over n vectors of one dimension, exact or by a shortlist."""

    def __init__(
        self, vectors: Vectors, shortlist: Shortlist | None = None, recall: float = 1.0
    ) -> None:
        self.vectors = vectors.view()
        """The stored vectors, (n, dimension), read-only."""
        self.vectors.flags.writeable = False
        self._shortlist, self._recall = shortlist, recall

    @classmethod
    def of(cls, vectors: Vectors, progress: Progress = untold) -> Self:
        """A store of the given unit vectors, (n, dimension), which must not change after.

        progress: told how many more vectors are in the graph, if there is to be one; codes take no
        time.
        """
        vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        for kind in _kinds(len(vectors)):
            shortlist = kind.of(vectors, progress if kind is Graph else untold)
            for width in kind.widths:
                shortlist.width = width
                recall = _recall(vectors, shortlist)
                if recall >= kind.least_recall:
                    return cls(vectors, shortlist, recall)
        return cls(vectors)

    @classmethod
    def load(cls, path: Path, settings: Settings) -> Self:
        """Map what `save` wrote into memory. The files must have been verified.

        settings: those of the store that was saved.
        """
        kind = next((kind for kind in (Scan, Graph) if kind.kind == settings["kind"]), None)
        shortlist = kind.load(path, int(settings["width"])) if kind else None
        return cls(load_vectors(path), shortlist, float(settings["recall@10"]))

    def save(self, path: Path) -> None:
        """Write the vectors as a NumPy array, and the shortlist, if any, into two files beside."""
        arrays.write(path, self.vectors)
        if self._shortlist:
            self._shortlist.save(path)

    def __len__(self) -> int:
        return len(self.vectors)

    @property
    def dimension(self) -> int:
        """How many numbers a vector has."""
        return int(self.vectors.shape[1])

    @property
    def settings(self) -> Settings:
        """How this store searches, for the manifest."""
        how: Settings = self._shortlist.settings if self._shortlist else {"kind": "exact"}
        return how | {"recall@10": self._recall}

    def search(self, query: Vectors, k: int, allowed: Bools | None = None) -> Rows:
        """The k nearest rows to one query vector, (dimension,), float32 in one piece, best first;
        fewer if there are.

        allowed: (n,), which rows may be returned; all when None.
        """
        # Two threads on one query wait for each other longer than they search. The number belongs
        # to the calling thread, so it is set here.
        faiss.omp_set_num_threads(1)
        rows = self._candidates(query, min(k, len(self)), allowed)
        return kernels.nearest(rows, kernels.products(self.vectors, query, rows), k)

    def _candidates(self, query: Vectors, k: int, allowed: Bools | None) -> Rows:
        """The rows to choose from, in no order: k of them or more, if so many are allowed."""
        count, nodes = len(self), k
        if allowed is not None:
            count = int(np.count_nonzero(allowed))
            # As many of the nodes near a query are allowed as of all, or else they will be too few.
            nodes = int(1.25 * k * len(self) / max(count, 1)) + 8
        if self._shortlist and count > self._shortlist.cost(nodes):
            rows = self._shortlist.near(query, nodes)
            rows = rows if allowed is None else rows[allowed[rows]]
            if len(rows) >= k:
                return rows
        return np.arange(count) if allowed is None else np.flatnonzero(allowed)


def load_vectors(path: Path) -> Vectors:
    """The vectors of a store that was saved, (n, dimension), mapped into memory."""
    return np.asarray(np.load(path, mmap_mode="r"))


def _kinds(vectors: int) -> tuple[type[Shortlist], ...]:
    """What serves so many vectors best, and what comes next should that hold too few."""
    if vectors < SCAN_FROM:
        return ()
    return (Scan, Graph) if vectors < GRAPH_FROM else (Graph,)


def _recall(vectors: Vectors, shortlist: Shortlist, k: int = 10) -> float:
    """What share of the k nearest the shortlist has for stored vectors that were moved."""
    rng = np.random.default_rng(0)
    queries = vectors[rng.choice(len(vectors), min(_SAMPLE, len(vectors)), replace=False)]
    noise = rng.normal(size=queries.shape).astype(np.float32)
    queries += _NOISE * noise / np.linalg.norm(noise, axis=1, keepdims=True)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    least = faiss.knn(queries, vectors, k, faiss.METRIC_INNER_PRODUCT)[0][:, -1] - _ROUNDING
    store = VectorStore(vectors, shortlist)
    found = (kernels.products(vectors, query, store.search(query, k)) for query in queries)
    hits = sum(int((scores >= low).sum()) for scores, low in zip(found, least, strict=True))
    return round(hits / (k * len(queries)), 4)
