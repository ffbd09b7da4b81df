"""What of a self-test is worth an editor's time."""

from collections import defaultdict
from collections.abc import Collection, Iterator
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
# A wording that finds two others before its own entry belongs to the first, if that is clearly
# nearer and likely meant, or if its own has nothing that resembles it at all. These are
# cosines of the default model; docs/checking.md says how often that is right.
_NEAR_PLACE: Final = 2
_LEAD: Final = 0.15
_RESEMBLES: Final = 0.45
_NOTHING_OWN: Final = 0.25

Pairs = Collection[frozenset[str]]


def findings(test: SelfTest, told: Pairs = ()) -> Iterator[Finding]:
    """Find wordings that lead to another entry, once for two entries. That one leads nowhere is no
    fault: good wordings differ.

    told: the ids of two entries each of which it is known already that they compete.
    """
    between: defaultdict[frozenset[str], list[Asked]] = defaultdict(list)
    for asked in test.asked:
        if asked.found and (_is_astray(asked) or _is_telling(asked)):
            between[frozenset((asked.entry.id, asked.found.id))].append(asked)
    for pair, some in between.items():
        if pair not in told:
            yield _leads_elsewhere(max(some, key=_weight))


def _weight(asked: Asked) -> tuple[bool, int, float]:
    return _is_astray(asked), asked.place, asked.confidence


def _is_astray(asked: Asked) -> bool:
    """Whether another wording has nothing in common with its entry, and has with another."""
    if asked.alone or asked.wording == asked.entry.question or _is_shared(asked):
        return False
    leans = asked.confidence >= _LIKELY and asked.near - asked.own >= _LEAD
    resembles = asked.near >= _RESEMBLES and asked.own <= _NOTHING_OWN
    return asked.place > _NEAR_PLACE and (leans or resembles)


def _is_telling(asked: Asked) -> bool:
    likely = asked.confidence >= (_SURE if asked.alone else _LIKELY)
    return asked.outcome is Outcome.ANOTHER and likely and not _is_shared(asked)


def _is_shared(asked: Asked) -> bool:
    """Whether it is a wording of what it finds too, which is told as shared."""
    theirs = asked.found.phrasings if asked.found else ()
    return normalise(asked.wording) in map(normalise, theirs)


def _leads_elsewhere(asked: Asked) -> Finding:
    entry, other = asked.entry, asked.found
    assert other is not None  # noqa: S101 - that is what leading elsewhere means
    if _is_astray(asked):
        nearer = f"is nearer to {quoted(other.title)}, {place(other)}, than to anything of its own"
        what = f"{quoted(asked.wording)} {nearer} entry."
        mend = "Move it there, if that is what it asks."
        return warning(STRAY, entry, what, mend, other)
    sure = f"{100 * asked.confidence:.0f}% sure"
    found = f"{quoted(other.title)} ({sure}), {place(other)}"
    what = f"if {quoted(asked.wording)} were not listed, it would find {found}."
    mend = "Say what sets the two apart, or merge them; more wordings of each help."
    return warning(SELF_TEST, entry, what, mend, other)
