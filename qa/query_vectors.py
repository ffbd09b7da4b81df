"""The vectors of what was asked lately, so that a question asked again is not encoded again."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock

from index.vectors import Vectors


class QueryVectors:
    """Encodes questions and keeps the vectors of those asked last. Threads may share it."""

    def __init__(self, encode: Callable[[Sequence[str]], Vectors], most: int) -> None:
        """encode: texts to vectors, (n, dimension). most: how many are kept."""
        self._encode, self._most = encode, most
        self._kept: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def of(self, texts: Sequence[str]) -> list[Vectors]:
        """The vector of each text, (dimension,); those not kept are encoded in one call."""
        with self._lock:
            found = {text: self._kept[text] for text in texts if text in self._kept}
        if new := [text for text in dict.fromkeys(texts) if text not in found]:
            found |= zip(new, self._encode(new), strict=True)
        with self._lock:
            self._keep(found)
        return [found[text] for text in texts]

    def _keep(self, found: dict[str, Vectors]) -> None:
        for text, vector in found.items():
            # A copy: a row of a group's array would keep all of it.
            self._kept[text] = vector.copy()
            self._kept.move_to_end(text)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
