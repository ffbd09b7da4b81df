"""The vector of every text: known from before, or embedded now, a piece at a time.

What is embedded goes into a journal as it comes, so that a build that was stopped goes on from
where it was. A journal belongs to one encoder and is removed once its vectors are published.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from index.encoder import Encoder, Progress
from index.vectors import Vectors

DIGEST_BYTES: Final = 16

Digests = npt.NDArray[np.uint8]

# Enough texts to find many of one length, few enough to lose little when stopped: some seconds.
_PIECE = 1_024
# A record that a crash has left half written holds no unit vector.
_LENGTH_ERROR = 1e-3


@dataclass(frozen=True, slots=True)
class Known:
    """Vectors from before: the digests of their texts, (n, DIGEST_BYTES), and they, (n, d)."""

    digests: Digests
    vectors: Vectors


class Journal:
    """What was embedded since the last snapshot, in a file: digest, vector, digest, vector."""

    def __init__(self, root: Path, encoder: str) -> None:
        """encoder: a name that no other encoder has."""
        self._path = root / f"embedded-{encoder}"

    def read(self, dimension: int) -> Known:
        """All that is whole."""
        record = _record(dimension)
        if not self._path.exists():
            return Known(
                np.empty((0, DIGEST_BYTES), np.uint8), np.empty((0, dimension), np.float32)
            )
        whole = self._path.stat().st_size // record.itemsize
        records = np.fromfile(self._path, record, whole)
        lengths = np.linalg.norm(records["vector"], axis=1)
        records = records[np.abs(lengths - 1) < _LENGTH_ERROR]
        return Known(records["digest"], records["vector"])

    def append(self, digests: Digests, vectors: Vectors) -> None:
        """Write down vectors that were just made, (n, d), behind the last whole record."""
        record = _record(vectors.shape[1])
        records = np.empty(len(vectors), record)
        records["digest"], records["vector"] = digests, vectors
        with self._path.open("ab") as file:
            file.truncate(file.tell() // record.itemsize * record.itemsize)
            file.write(records.tobytes())

    def remove(self) -> None:
        """Remove it, and those of other encoders."""
        for path in self._path.parent.glob("embedded-*"):
            path.unlink()


class Watcher:
    """What a build tells of its progress. This one is silent; the command line's is not."""

    def step(self, name: str) -> None:
        """A step has begun."""

    @contextmanager
    def counting(self, name: str, total: int) -> Iterator[Progress]:  # noqa: ARG002 - for those that show it
        """A step that takes long has begun, of so many parts."""
        yield lambda _done: None


def embed(
    texts: Sequence[str],
    encoder: Encoder,
    known: Known | None,
    journal: Journal,
    watcher: Watcher,
) -> tuple[Vectors, int]:
    """The vector of each text, (len(texts), dimension), and how many had to be computed."""
    digests = digests_of(texts)
    vectors = np.empty((len(texts), encoder.dimension), np.float32)
    missing = np.ones(len(texts), bool)
    for some in (known, journal.read(encoder.dimension)):
        if some:
            missing &= ~_put(some, digests, vectors)
    _, first = np.unique(_keys(digests[missing]), return_index=True)
    todo = np.flatnonzero(missing)[np.sort(first)]
    with watcher.counting("Embedding", len(todo)) as progress:
        for start in range(0, len(todo), _PIECE):
            rows = todo[start : start + _PIECE]
            vectors[rows] = encoder.encode_documents([texts[row] for row in rows], progress)
            journal.append(digests[rows], vectors[rows])
    # Equal texts were embedded once.
    _put(Known(digests[todo], vectors[todo]), digests, vectors)
    return vectors, len(todo)


def digests_of(texts: Iterable[str]) -> Digests:
    """The digest of each text, (n, DIGEST_BYTES)."""
    return np.frombuffer(b"".join(map(_digest, texts)), np.uint8).reshape(-1, DIGEST_BYTES)


def _digest(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=DIGEST_BYTES).digest()


def _put(known: Known, digests: Digests, vectors: Vectors) -> npt.NDArray[np.bool_]:
    """Put the known vectors where their digests are, and say where that was, (n,)."""
    if not len(known.digests):
        return np.zeros(len(digests), bool)
    keys, wanted = _keys(known.digests), _keys(digests)
    ascending = np.argsort(keys)
    position = np.searchsorted(keys, wanted, sorter=ascending)
    row = ascending[np.minimum(position, len(keys) - 1)]
    found: npt.NDArray[np.bool_] = keys[row] == wanted
    vectors[found] = known.vectors[row[found]]
    return found


def _keys(digests: Digests) -> npt.NDArray[np.bytes_]:
    """Digests as values that NumPy can sort and compare, (n,)."""
    return np.ascontiguousarray(digests).view(f"S{DIGEST_BYTES}").ravel()


def _record(dimension: int) -> np.dtype[np.void]:
    return np.dtype([("digest", np.uint8, DIGEST_BYTES), ("vector", np.float32, dimension)])
