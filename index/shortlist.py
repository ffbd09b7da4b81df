"""Where a store looks first, so that it need not look at every vector: short codes of them.

Of what they find, whoever asks computes the scores from the vectors themselves, so that it matters
little what the codes lose. There are two kinds, both by FAISS.
"""

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, Final, Self

import faiss
import numpy as np
import numpy.typing as npt

from index import arrays, kernels
from index.manifest import Settings

Vectors = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
Codes = npt.NDArray[np.uint8]
Nodes = npt.NDArray[np.int32]
Progress = Callable[[int], None]

LINKS: Final = 32
"""How many neighbours a node is given: M in the paper; twice as many on the lowest layer."""

CONSTRUCTION: Final = 200
"""How many nodes are looked for where a new one is put in: efConstruction in the paper."""

# So many like nodes lie together in a graph, on average.
_HEAP = 512

# So many vectors are put in between two reports of progress: of a graph about a second's work.
_CHUNK = 8_192


def untold(_done: int) -> None:
    """Progress that nobody follows."""


class Shortlist(ABC):
    """Names the rows near a query, of n unit vectors of one dimension, by the inner product.

    Equal vectors are one node: otherwise many of them, such as a sentence that stands in a hundred
    answers, would be all that is found.
    """

    kind: ClassVar[str]
    """What it is called in a snapshot's manifest."""

    suffix: ClassVar[str]
    """How the name of its file ends."""

    least_recall: ClassVar[float]
    """What share of the 10 nearest it must hold to be of use."""

    widths: ClassVar[tuple[int, ...]]
    """How many nodes may be looked for at least: the first of these that holds so much."""

    spare: ClassVar[int] = 1
    """So many times as many as are wanted are looked for."""

    def __init__(self, index: Any, node_of_row: Nodes, width: int) -> None:  # noqa: ANN401 - FAISS's types lack half
        self.width = width
        self._index, self._node_of_row = index, node_of_row
        self._rows = np.argsort(node_of_row, kind="stable")
        self._first = np.concatenate([[0], np.cumsum(np.bincount(node_of_row))])

    @classmethod
    def of(cls, vectors: Vectors, progress: Progress = untold) -> Self:
        """Make that of unit vectors, (n, dimension)."""
        faiss.omp_set_num_threads(os.cpu_count() or 1)
        index, codes = cls._trained(vectors)
        first, node_of_row = _distinct(codes)
        for some in _chunks(first):
            index.add(vectors[some])
            progress(len(some))
        return cls(index, cls._put_in_order(index, vectors, first)[node_of_row], cls.widths[0])

    @classmethod
    def load(cls, path: Path, width: int) -> Self:
        """Read what `save` wrote; a graph is mapped into memory. FAISS trusts the files: verify
        them before.
        """
        index = faiss.read_index(str(path.with_suffix(cls.suffix)), faiss.IO_FLAG_MMAP_IFC)
        return cls(index, np.load(_nodes(path)), width)

    def save(self, path: Path) -> None:
        """Write beside the vectors' path what FAISS has, and the node of each row as an array."""
        with path.with_suffix(self.suffix).open("wb") as file:
            # Not by its name: FAISS does not say when the end of it cannot be written.
            writer = faiss.PyCallbackIOWriter(file.write)  # type: ignore[attr-defined] # not in its types
            faiss.write_index(self._index, writer)
        arrays.write(_nodes(path), self._node_of_row)

    def __len__(self) -> int:
        """How many nodes there are: distinct vectors."""
        return len(self._first) - 1

    def near(self, query: Vectors, count: int) -> Rows:
        """The rows at about `count` nodes near one query (dimension,), in no order.

        At least `width` nodes are looked for, and all that are found count.
        """
        wanted = min(max(self.spare * count, self.width), len(self))
        nodes = self._searched(query[np.newaxis], wanted)
        return kernels.members(self._first, self._rows, nodes)

    @property
    def settings(self) -> Settings:
        """How it was made and is searched."""
        return {"kind": self.kind, "nodes": len(self), "width": self.width}

    @abstractmethod
    def cost(self, count: int) -> int:
        """How many rows that are known by number are scored in the time that so many nodes take."""

    @classmethod
    @abstractmethod
    def _trained(cls, vectors: Vectors) -> tuple[Any, Codes]:
        """An index without vectors, and codes, (n, bytes), that are equal where a node is."""

    @classmethod
    def _put_in_order(cls, index: Any, _vectors: Vectors, _first: Rows) -> Nodes:  # noqa: ANN401 - as above
        """Have nodes lie as is best for searching; returns where each lies now, (nodes,).

        first: a row of each node, (nodes,).
        """
        return np.arange(index.ntotal, dtype=np.int32)

    @abstractmethod
    def _searched(self, query: Vectors, wanted: int) -> Rows:
        """So many nodes near a query, (1, dimension); numbers below 0 stand for none."""


class Scan(Shortlist):
    """Looks at all of them, four bits for every two numbers (product quantisation: Jégou, Douze and
    Schmid, 2011), many at a time in the processor's registers (André, Kermarrec and Le Scouarnec,
    "Cache locality is not enough", VLDB 2015).
    """

    kind = "scan of 4-bit codes"
    suffix = ".codes"
    # It holds more than a graph, or else there is a heap of like vectors that it cannot tell apart.
    least_recall = 0.998
    widths = (96, 192, 384)

    # Codes lose much: among twice as many are .98 of the 72 nearest.
    spare = 2
    # Enough to learn sixteen values from; more take seconds.
    _PASSES, _SAMPLES = 4, 64

    def cost(self, count: int) -> int:
        """Eight nodes are looked at in the time of one row."""
        return len(self) // 8 + self.spare * count

    @classmethod
    def _trained(cls, vectors: Vectors) -> tuple[Any, Codes]:
        faiss.omp_set_num_threads(1)  # steps are so small that several would wait for each other
        dimension = vectors.shape[1]
        numbers = 1 if dimension % 2 else 2
        index = faiss.IndexPQFastScan(
            dimension, dimension // numbers, 4, faiss.METRIC_INNER_PRODUCT
        )
        learning = index.pq.cp
        learning.niter, learning.max_points_per_centroid = cls._PASSES, cls._SAMPLES
        learning.min_points_per_centroid = 1  # or FAISS warns of few
        index.train(vectors)
        return index, vectors.view(np.uint8)

    def _searched(self, query: Vectors, wanted: int) -> Rows:
        nodes: Rows = self._index.search(query, wanted)[1][0]
        return nodes


class Graph(Shortlist):
    """Goes from node to node, ever nearer: HNSW (Malkov and Yashunin, 2018, arXiv 1603.09320), on
    8-bit codes. They find what float32 finds, in less time and a quarter of the memory.

    Built with several threads the graph, though not its quality, differs from build to build.
    """

    kind = "HNSW on 8-bit codes"
    suffix = ".graph"
    least_recall = 0.98
    widths = (40, 64, 128, 256)

    @property
    def settings(self) -> Settings:
        """How the graph was built and is searched."""
        hnsw = self._index.hnsw
        links: int = hnsw.nb_neighbors(1)
        return super().settings | {"links": links, "construction": hnsw.efConstruction}

    def cost(self, count: int) -> int:
        """To look at a node takes as long as to score 24 rows."""
        return 24 * count

    @classmethod
    def _trained(cls, vectors: Vectors) -> tuple[Any, Codes]:
        kind = f"HNSW{LINKS},SQ8"
        index: Any = faiss.index_factory(vectors.shape[1], kind, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction = CONSTRUCTION
        index.train(vectors)
        return index, index.storage.sa_encode(vectors)

    @classmethod
    def _put_in_order(cls, index: Any, vectors: Vectors, first: Rows) -> Nodes:  # noqa: ANN401 - as above
        """Like nodes together, by k-means: a search stays among them, and waits less for memory
        (after Coleman et al., "Graph reordering for cache-efficient near neighbor search", 2022).
        """
        count = max(1, index.ntotal // _HEAP)
        heaps = faiss.Kmeans(
            vectors.shape[1], count, niter=4, max_points_per_centroid=32, min_points_per_centroid=1
        )
        heaps.train(vectors[first[:: max(1, len(first) // (32 * count))]])
        heap = np.concatenate([heaps.assign(vectors[some])[1] for some in _chunks(first)])
        order = np.argsort(heap, kind="stable")
        index.permute_entries(order)
        return _places(order)

    def _searched(self, query: Vectors, wanted: int) -> Rows:
        # Asked for more than its own efSearch, FAISS would stop early.
        nodes: Rows = self._index.search(query, wanted, params=_searching(wanted))[1][0]
        return nodes


def _nodes(path: Path) -> Path:
    """Where the nodes of a store's rows lie."""
    return path.with_suffix(".nodes")


@lru_cache(maxsize=64)  # most ask for the same few
def _searching(width: int) -> Any:  # noqa: ANN401 - not in FAISS's types
    return faiss.SearchParametersHNSW(efSearch=width)  # type: ignore[attr-defined] # as above


def _distinct(codes: Codes) -> tuple[Rows, Nodes]:
    """The first row of each distinct code, ascending, and the number of each row's code."""
    whole = np.ascontiguousarray(codes).view(f"V{codes.shape[1]}")[:, 0]
    _, first, code = np.unique(whole, return_index=True, return_inverse=True)
    order = np.argsort(first)
    return first[order], _places(order)[code]


def _places(order: Rows) -> Nodes:
    """Where each number from 0 on stands in an order of them, (len(order),)."""
    places = np.empty(len(order), np.int32)
    places[order] = np.arange(len(order))
    return places


def _chunks(rows: Rows) -> Iterator[Rows]:
    return (rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK))
