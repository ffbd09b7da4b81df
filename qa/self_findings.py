"""What of a self-test is worth an editor's time."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from index.checks.finding import place, warning
from index.formats.reading import Finding, quoted
from index.text import normalise
from qa.asked import Asked, Outcome, SelfTest

SELF_TEST: Final = "self-test"
STRAY: Final = "stray-wording"

# From here on the other entry is likelier meant than not, by a margin.
_LIKELY: Final = 0.6
# Of an entry with one wording its answer alone was asked: that another entry is nearer says little,
# unless it is beyond doubt.
_SURE: Final = 0.9
# An own entry that comes later than that has nothing in common with the wording.
_NEAR_PLACE: Final = 3
_TOLD: Final = 3

Pairs = Collection[frozenset[str]]


def findings(test: SelfTest, told: Pairs = ()) -> Iterator[Finding]:
    """Find wordings that lead to another entry, once for two entries, and entries all of whose
    wordings lead nowhere. That one or another does is no fault: good wordings differ.

    told: the ids of two entries each of which it is known already that they compete.
    """
    between: defaultdict[frozenset[str], list[Asked]] = defaultdict(list)
    lost: defaultdict[str, list[Asked]] = defaultdict(list)
    for asked in test.asked:
        if asked.outcome is Outcome.ANOTHER and asked.found and _is_telling(asked):
            between[frozenset((asked.entry.id, asked.found.id))].append(asked)
        elif asked.outcome is Outcome.NONE and not asked.alone:
            lost[asked.entry.id].append(asked)
    for pair, some in between.items():
        if pair not in told:
            yield _leads_elsewhere(max(some, key=lambda one: (one.place, one.confidence)))
    asked_of = Counter(asked.entry.id for asked in test.asked)
    for id_, some in lost.items():
        if len(some) == asked_of[id_] > 1:
            yield _lead_nowhere(some)


def _is_telling(asked: Asked) -> bool:
    if asked.found is None or asked.confidence < (_SURE if asked.alone else _LIKELY):
        return False
    theirs = map(normalise, asked.found.phrasings)  # told as a shared wording
    return normalise(asked.wording) not in theirs


def _leads_elsewhere(asked: Asked) -> Finding:
    entry, other = asked.entry, asked.found
    assert other is not None  # noqa: S101 - that is what leading elsewhere means
    sure = f"{100 * asked.confidence:.0f}% sure"
    found = f"{quoted(other.title)} ({sure}), {place(other)}"
    what = f"if {quoted(asked.wording)} were not listed, it would find {found}."
    if asked.place > _NEAR_PLACE and not asked.alone and asked.wording != entry.question:
        mend = "Move it there, if that is what it asks."
        return warning(STRAY, entry, what, mend, other)
    mend = "Say what sets the two apart, or merge them; more wordings of each help."
    return warning(SELF_TEST, entry, what, mend, other)


def _lead_nowhere(some: Sequence[Asked]) -> Finding:
    wordings = ", ".join(quoted(one.wording) for one in some[:_TOLD])
    more = f" and {len(some) - _TOLD} more" if len(some) > _TOLD else ""
    what = f"none of its wordings would be answered if it were not listed: {wordings}{more}."
    mend = "It is found word for word only: add wordings like these."
    return warning(SELF_TEST, some[0].entry, what, mend)
