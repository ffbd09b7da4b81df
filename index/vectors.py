"""The vector store: unit vectors in, (row, score) out. FAISS does the searching.

A score is the inner product of unit vectors, so a cosine in [-1, 1]; larger is better; rows of
equal score come in the order of their numbers.
"""

import weakref
from pathlib import Path
from typing import Self

import faiss
import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]


class VectorStore:
    """Exact inner-product search (faiss.IndexFlatIP) over n vectors of one dimension."""

    def __init__(self, index: faiss.IndexFlatIP) -> None:
        self._index = index
        cells = faiss.rev_swig_ptr(index.get_xb(), index.ntotal * index.d)
        # The numbers are FAISS's memory: it stays for as long as the array, and views of it, do.
        weakref.finalize(cells, id, index).atexit = False
        self.vectors: Vectors = cells.reshape(index.ntotal, index.d)
        """The stored vectors, (n, dimension), a view that must not be written to."""

    @classmethod
    def of(cls, vectors: Vectors) -> Self:
        """A store of the given unit vectors, (n, dimension); they are copied."""
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        return cls(index)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote. The file must have been verified: FAISS trusts it."""
        return cls(faiss.read_index(str(path)))  # type: ignore[arg-type] # of the kind that was saved

    def save(self, path: Path) -> None:
        """Write the store in FAISS's own format."""
        faiss.write_index(self._index, str(path))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """How many numbers a vector has."""
        return int(self._index.d)

    def search(self, query: Vectors, k: int, allowed: npt.NDArray[np.bool_] | None = None) -> Rows:
        """The k nearest rows to one query vector (dimension,), best first; fewer if there are.

        allowed: (n,), which rows may be returned; all when None.
        """
        parameters = None
        if allowed is not None:
            # FAISS's Python layer wraps its constructors; the published types know the C++ ones.
            bits = np.packbits(allowed, bitorder="little")
            selector = faiss.IDSelectorBitmap(bits)  # type: ignore[call-arg,arg-type]
            parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        k = min(k, len(self))
        if k == 0:
            return np.empty(0, np.int64)
        # Two threads on one query wait for each other longer than they search. The number belongs
        # to the calling thread, so it is set here.
        faiss.omp_set_num_threads(1)
        queries = query[np.newaxis]
        scores, rows = (row[0] for row in self._index.search(queries, k + 1, params=parameters))
        scores, rows = scores[rows >= 0], rows[rows >= 0]
        if len(rows) > k and scores[k - 1] == scores[k]:
            # Which of equal rows FAISS leaves out is up to its heap: look at all of them.
            least = float(np.nextafter(scores[k], np.float32(-np.inf)))
            _, scores, rows = self._index.range_search(queries, least, params=parameters)
        best: Rows = rows[np.lexsort((rows, -scores))][:k]
        return best
