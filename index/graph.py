"""The search graph: where a large store looks first, so that it need not look at every vector.

HNSW (Malkov and Yashunin, 2018, arXiv 1603.09320) by FAISS, on 8-bit codes of the vectors: they
find what float32 finds, in less time and a quarter of the memory, since whoever asks computes the
scores of what was found from the vectors themselves.
"""

import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Self, cast

import faiss
import numpy as np
import numpy.typing as npt

from index import arrays
from index.ranges import ranges

Vectors = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
Progress = Callable[[int], None]

LINKS: Final = 32
"""How many neighbours a node is given: M in the paper; twice as many on the lowest layer."""

CONSTRUCTION: Final = 200
"""How many nodes are looked for where a new one is put in: efConstruction in the paper."""

# So many vectors are put in between two reports of progress: about a second's work.
_CHUNK = 8_192


class Graph:
    """A graph over n unit vectors of one dimension, for the inner product.

    Vectors of equal codes are one node. Otherwise many of them, such as a sentence that stands in
    a hundred answers, would have each other for neighbours and nobody else.
    """

    def __init__(self, index: faiss.IndexHNSW, node_of_row: npt.NDArray[np.int32]) -> None:
        self._index, self._node_of_row = index, node_of_row
        self._width = int(index.hnsw.efSearch)
        self._rows = np.argsort(node_of_row, kind="stable")
        self._first = np.concatenate([[0], np.cumsum(np.bincount(node_of_row))])

    @classmethod
    def of(cls, vectors: Vectors, progress: Progress = lambda _done: None) -> Self:
        """Build the graph of unit vectors, (n, dimension), on all threads.

        With several threads the graph, though not its quality, differs from build to build.
        """
        kind = f"HNSW{LINKS},SQ8"
        made = faiss.index_factory(vectors.shape[1], kind, faiss.METRIC_INNER_PRODUCT)
        index = cast("faiss.IndexHNSW", made)
        index.hnsw.efConstruction = CONSTRUCTION
        index.train(vectors)
        first, node_of_row = _distinct(index.storage.sa_encode(vectors))
        faiss.omp_set_num_threads(os.cpu_count() or 1)
        for start in range(0, len(first), _CHUNK):
            some = first[start : start + _CHUNK]
            index.add(vectors[some])
            progress(len(some))
        return cls(index, node_of_row)

    @classmethod
    def load(cls, path: Path, nodes: Path) -> Self:
        """Map what `save` wrote into memory. FAISS trusts the files: verify them before."""
        index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        return cls(cast("faiss.IndexHNSW", index), np.load(nodes))

    def save(self, path: Path, nodes: Path) -> None:
        """Write the graph and its codes as FAISS does, and the node of each row as an array."""
        with path.open("wb") as file:
            # Not by its name: FAISS does not say when the end of it cannot be written.
            writer = faiss.PyCallbackIOWriter(file.write)  # type: ignore[attr-defined] # not in its types
            faiss.write_index(self._index, writer)
        arrays.write(nodes, self._node_of_row)

    def __len__(self) -> int:
        """How many nodes there are: vectors of different codes."""
        return int(self._index.ntotal)

    @property
    def settings(self) -> dict[str, str | int | float]:
        """How the graph was built and is searched."""
        hnsw = self._index.hnsw
        return {
            "kind": "HNSW on 8-bit codes",
            "nodes": len(self),
            "links": hnsw.nb_neighbors(1),  # type: ignore[attr-defined] # not in FAISS's types
            "construction": hnsw.efConstruction,
            "width": self.width,
        }

    @property
    def width(self) -> int:
        """How many nodes a search looks for at least, to find the nearest few: ef in the paper."""
        return self._width

    @width.setter
    def width(self, width: int) -> None:
        self._width = self._index.hnsw.efSearch = width

    def near(self, query: Vectors, count: int) -> Rows:
        """The rows at about `count` nodes near one query (dimension,), in no order.

        At least `width` nodes are looked for, and all that are found count.
        """
        wanted = min(max(count, self.width), len(self))
        # Asked for more than its own efSearch, FAISS would stop early.
        nodes = self._index.search(query[np.newaxis], wanted, params=_searching(wanted))[1][0]
        nodes = nodes[nodes >= 0]
        first = self._first[nodes]
        rows: Rows = self._rows[ranges(first, self._first[nodes + 1] - first)]
        return rows


@lru_cache(maxsize=64)  # most ask for the same few
def _searching(width: int) -> Any:  # noqa: ANN401 - not in FAISS's types
    return faiss.SearchParametersHNSW(efSearch=width)  # type: ignore[attr-defined] # as above


def _distinct(codes: npt.NDArray[np.uint8]) -> tuple[Rows, npt.NDArray[np.int32]]:
    """The first row of each distinct code, ascending, and the number of each row's code."""
    whole = np.ascontiguousarray(codes).view(f"V{codes.shape[1]}")[:, 0]
    _, first, code = np.unique(whole, return_index=True, return_inverse=True)
    order = np.argsort(first)
    number = np.empty(len(order), np.int32)
    number[order] = np.arange(len(order))
    return first[order], number[code]
