"""The same figures for each page and each tag: where the FAQ is strong, and where it is weak."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from index.entry import Entry
from qa.evaluation.judged import Ints, Judged
from qa.evaluation.queries import LabelledQuery


@dataclass(frozen=True, slots=True)
class Group:
    """The queries that a page or a tag has the answer to: how many, and what came of them.

    right: of all n, the top entry is right. shown, wrong_shown: answers that were shown, and those
    of them that are wrong.
    """

    name: str
    n: int
    right: int
    shown: int
    wrong_shown: int

    @property
    def precision_at_1(self) -> float:
        """The share whose top entry is right."""
        return self.right / self.n


def by_page(
    queries: Sequence[LabelledQuery], judged: Judged, entries: Mapping[str, Entry]
) -> tuple[Group, ...]:
    """A group for each page, most queries first. A query with answers on two pages is in both."""
    return _groups(queries, judged, entries, lambda entry: [entry.page] if entry.page else [])


def by_tag(
    queries: Sequence[LabelledQuery], judged: Judged, entries: Mapping[str, Entry]
) -> tuple[Group, ...]:
    """A group for each tag, most queries first."""
    return _groups(queries, judged, entries, lambda entry: entry.tags)


def _groups(
    queries: Sequence[LabelledQuery],
    judged: Judged,
    entries: Mapping[str, Entry],
    names_of: Callable[[Entry], Iterable[str]],
) -> tuple[Group, ...]:
    members: dict[str, list[int]] = {}
    for number, query in enumerate(queries):
        known = [entries[id_] for id_ in query.relevant if id_ in entries]
        for name in dict.fromkeys(name for entry in known for name in names_of(entry)):
            members.setdefault(name, []).append(number)
    groups = [_group(name, np.array(numbers), judged) for name, numbers in members.items()]
    return tuple(sorted(groups, key=lambda group: (-group.n, group.name)))


def _group(name: str, numbers: Ints, judged: Judged) -> Group:
    return Group(
        name=name,
        n=len(numbers),
        right=int(judged.right[numbers].sum()),
        shown=int(judged.shown[numbers].sum()),
        wrong_shown=int(judged.wrong_shown[numbers].sum()),
    )
