"""What a self-test comes to: frozen records."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from index.entry import Entry

LAST: Final = 10
"""As far down a ranking as anyone looks."""


class Outcome(StrEnum):
    """What a wording that was left out finds: its own entry, another with confidence, or none."""

    OWN = "own"
    ANOTHER = "another"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A wording that was left out and asked. found: the first of the ranking, its own or not;
    None where nothing was ranked. place: of its own entry in the ranking, from 1; `LAST` if it is
    not among the first of it. alone: whether its entry has no other wording. near: the cosine to
    the nearest wording of what was found; own: to what is nearest in its own entry, wordings and
    answer.
    """

    entry: Entry
    wording: str
    outcome: Outcome
    found: Entry | None
    confidence: float
    place: int
    alone: bool
    near: float = 0.0
    own: float = 0.0


@dataclass(frozen=True, slots=True)
class SelfTest:
    """All that was asked, in the order of the content; wordings: how many there are to ask."""

    asked: tuple[Asked, ...]
    wordings: int

    def count(self, outcome: Outcome, *, alone: bool = False) -> int:
        """How many had that outcome, among wordings of entries that have others, or have not."""
        return sum(one.outcome is outcome and one.alone is alone for one in self.asked)

    @property
    def lost(self) -> tuple[Asked, ...]:
        """The wordings that find none, of entries that have others."""
        return tuple(one for one in self.asked if one.outcome is Outcome.NONE and not one.alone)
