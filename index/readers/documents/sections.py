"""The sections of a document: which block lies in the section of which, and where each ends."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from index.readers.documents.blocks import Block, Kind

UNFOLDING: Final = (Kind.FOLD, Kind.TERM)
"""What a visitor takes for a question when others beside it are."""


@dataclass(frozen=True, slots=True)
class Sections:
    """By block: where its section ends, in which section it is (-1: none), how many blocks of
    content and how many that unfold and ask come before it. openers: those that begin a section.
    """

    blocks: Sequence[Block]
    ends: list[int]
    parents: list[int]
    content: list[int]
    unfolding: list[int]
    openers: list[int]

    @property
    def whole(self) -> range:
        """The whole document."""
        return range(len(self.blocks))

    def is_filled(self, start: int, stop: int) -> bool:
        """Whether there is content from one block up to before another."""
        return start < stop and self.content[stop] > self.content[start]

    def has_text(self, i: int) -> bool:
        """Whether a section has content before the first section in it."""
        next_ = bisect_left(self.openers, i + 1)
        return self.is_filled(i + 1, min([self.ends[i], *self.openers[next_ : next_ + 1]]))

    def ancestors(self, i: int) -> Iterator[int]:
        """In which sections a block lies, the innermost first."""
        while (i := self.parents[i]) >= 0:
            yield i

    def outside(self, chosen: Set[int], scope: range) -> Iterator[int]:
        """What opens a section and is neither one of these questions nor in the section of one."""
        end = 0
        for i in within(self.openers, scope):
            if i in chosen:
                end = max(end, self.ends[i])
            elif i >= end:
                yield i


def sections_of(blocks: Sequence[Block]) -> Sections:
    """Find where the sections of a document end, in one pass."""
    ends, parents = [len(blocks)] * len(blocks), [-1] * len(blocks)
    open_: list[int] = []
    for i, block in enumerate(blocks):
        while open_ and _is_closed(blocks[open_[-1]], block):
            ends[open_.pop()] = i
        parents[i] = open_[-1] if open_ else -1
        if block.opens:
            open_.append(i)
    content = [not block.opens and block.is_content for block in blocks]
    unfolding = [block.kind in UNFOLDING and block.asks for block in blocks]
    return Sections(
        blocks,
        ends,
        parents,
        list(accumulate(content, initial=0)),
        list(accumulate(unfolding, initial=0)),
        [i for i, block in enumerate(blocks) if block.opens],
    )


def _is_closed(opener: Block, block: Block) -> bool:
    """Whether the section of an opener is over where a block begins."""
    if block.path[: len(opener.inside)] != opener.inside:
        return True
    return not opener.encloses and block.opens and block.rank <= opener.rank


def within(indexes: Sequence[int], scope: range) -> Sequence[int]:
    """Of indexes in order, those in a scope."""
    return indexes[bisect_left(indexes, scope.start) : bisect_left(indexes, scope.stop)]
