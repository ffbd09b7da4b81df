"""Entries that a person asking for one may get the other of, as the model sees them."""

from collections.abc import Iterator, Sequence
from typing import Final

from index.checks.finding import place, warning
from index.checks.names import are_set_apart, differ_in_a_number
from index.checks.pairs import Pair
from index.entry import Entry
from index.formats.reading import Finding, quoted
from index.text import normalise, plain

COMPETING: Final = "competing"

# The default model gives paraphrases of one question a cosine of .7 to 1, and questions that differ
# in what they are about seldom more than .75 (card and cash .69, Windows and Linux .66). Of those
# that near, answers that say much the same tell questions that are one from those that sound alike.
_NEAR: Final = 0.75
_NEAR_TOGETHER: Final = 1.5
# Where a word is exchanged for another, it may be a synonym, or what sets the two apart.
_SET_APART_TOGETHER: Final = 1.65
# These are the same question, whatever their answers say: that they differ makes it worse.
_SAME: Final = 0.93

# Of one answer under two questions, it is deliberate where they ask about different things.
_RELATED: Final = 0.55
_LEAST_WORDS: Final = 5


def competing(pairs: Sequence[Pair]) -> Iterator[Finding]:
    """Find entries that ask the same; of many that do, each is told once."""
    near = [pair for pair in pairs if is_told(pair)]
    for pair in _apart(near):
        first, second = pair.asked
        if normalise(first) == normalise(second):
            continue  # told as a shared wording
        what = f"{quoted(second)} asks nearly what {quoted(first)} asks, {place(pair.one)}."
        mend = "Merge the two, or say in each question what sets it apart."
        yield warning(COMPETING, pair.other, what, mend, pair.one)


def is_told(pair: Pair) -> bool:
    """Whether the questions are so near that the two are told as competing, or as shared words."""
    if differ_in_a_number(*pair.asked):
        return False
    least = _SET_APART_TOGETHER if are_set_apart(*pair.asked) else _NEAR_TOGETHER
    near = pair.wording >= _NEAR and pair.wording + pair.answer >= least
    return near or pair.wording >= _SAME


def same_answers(pairs: Sequence[Pair]) -> Iterator[Finding]:
    """Find one answer under two related questions that are not told as competing."""
    same = [pair for pair in pairs if _is_one_answer(pair) and not is_told(pair)]
    for pair in _apart(same):
        what = f"the answer is that of {quoted(pair.one.title)} too, {place(pair.one)}."
        mend = "If one answer serves both, make the question another wording of that entry."
        yield warning("same-answer", pair.other, what, mend, pair.one)


def _is_one_answer(pair: Pair) -> bool:
    if pair.wording < _RELATED or pair.answer < 1 - 1e-3:
        return False
    one, other = (normalise(plain(entry.answer)) for entry in (pair.one, pair.other))
    return one == other and len(one.split()) >= _LEAST_WORDS


def _apart(pairs: Sequence[Pair]) -> Iterator[Pair]:
    """The nearest pairs that join what is not joined yet: a tree for each group that is near."""
    parent: dict[str, str] = {}

    def root(entry: Entry) -> str:
        id_ = entry.id
        while (above := parent.get(id_, id_)) != id_:
            parent[id_] = parent.get(above, above)
            id_ = above
        return id_

    for pair in sorted(pairs, key=lambda pair: -(pair.wording + pair.answer)):
        one, other = root(pair.one), root(pair.other)
        if one != other:
            parent[other] = one
            yield pair
