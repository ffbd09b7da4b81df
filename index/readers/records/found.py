"""The records found in a tree, and which of them are none."""

from dataclasses import dataclass, field
from itertools import zip_longest

from index.readers.records.shapes import ENDS, Map


@dataclass(frozen=True, slots=True)
class Found:
    """A record. place: its line or path. said: its texts, as `entry_of` wants them. is_weak: as in
    `Columns`.
    """

    place: str
    said: dict[str, list[str]]
    path: str = ""
    is_weak: bool = False


@dataclass(slots=True)
class Records:
    """What was found: records, or, of a product's export, its items, each with its place.

    title: what stands over all of it. languages: those not read. keys: some that were seen.
    """

    found: list[Found] = field(default_factory=list)
    qnabot: list[tuple[str, Map]] = field(default_factory=list)
    qnamaker: list[tuple[str, Map]] = field(default_factory=list)
    title: str = ""
    languages: dict[str, None] = field(default_factory=dict)
    keys: dict[str, None] = field(default_factory=dict)
    is_too_deep: bool = False


def without_doubtful(found: list[Found]) -> list[Found]:
    """Leave out, of what only has a title and a text, what is no record.

    That is all of it beside better ones, what holds others, and one alone that asks nothing: it is
    the description of a file or a project.
    """
    strong = [one for one in found if not one.is_weak]
    if strong:
        return strong
    kept = [
        one
        for one, after in zip_longest(found, found[1:])
        if not (after and after.path != one.path and _is_in(after.path, one.path))
    ]
    return kept if len(kept) > 1 or any(map(_is_asked, kept)) else []


def _is_in(path: str, outer: str) -> bool:
    return not outer or path.startswith((f"{outer}.", f"{outer}["))


def _is_asked(one: Found) -> bool:
    return any(text.rstrip().endswith(ENDS) for text in one.said.get("question", ())[:1])
