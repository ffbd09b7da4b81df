"""Numbers to be found by a text, in arrays that can be mapped: a dictionary that need not be made.

A text is known by the first 64 bits of its SHA-256. Among a million texts two are alike once in 40
million corpora; where that would matter, the caller looks at the text itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int32]


def text_hash(text: str) -> int:
    """The 64 bits that a text is known by."""
    # A visitor may ask for a lone surrogate, which cannot be encoded; it is simply not there.
    digest = sha256(text.encode(errors="surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big")


@dataclass(frozen=True, slots=True)
class Lookup:
    """hashes: (m,), ascending. numbers: (m,), what each leads to, in the order given if equal."""

    hashes: npt.NDArray[np.uint64]
    numbers: Numbers

    @classmethod
    def of(cls, texts: Iterable[tuple[str, int]]) -> Self:
        """A lookup of texts with their numbers; a text may have several."""
        kind = [("hash", np.uint64), ("number", np.int32)]
        pairs = np.fromiter(((text_hash(text), number) for text, number in texts), kind)
        order = np.argsort(pairs["hash"], kind="stable")
        return cls(pairs["hash"][order], pairs["number"][order])

    def find(self, text: str) -> Numbers:
        """The numbers of a text; none if it is not there."""
        return self.find_hash(text_hash(text))

    def find_hash(self, text_hash: int) -> Numbers:
        """The same, for the text that is known by these 64 bits."""
        # Of NumPy's own type: a plain number would make it convert the whole array.
        sought = np.uint64(text_hash)
        first = self.hashes.searchsorted(sought)
        return self.numbers[first : self.hashes.searchsorted(sought, "right")]
