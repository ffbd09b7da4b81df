"""Entries that say the same in other words, under questions that do not look alike.

How near two answers have to be for that depends on the FAQ: where all speak of one thing, all are
near. So the two must stand out among the answers that are near either, and each must answer the
question of the other as well as its own does.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from index.checks.finding import place, warning
from index.checks.meaning import COMPETING, is_told
from index.checks.names import are_set_apart, differ_in_a_number
from index.checks.pairs import Pair
from index.checks.said import said
from index.entry import Entry
from index.formats.reading import Finding, quoted
from index.text import one_line, plain
from index.vectors import Vectors

# Of two answers that stand out so much, the cosine, how much less the next nearest has, and how
# much less a question may have to the other's answer than to its own.
_ALIKE: Final = (0.75, 0.1, 0.08)
# A figure that hardly any other answer gives is evidence as well; a third answer may be nearer.
_ALIKE_WITH_A_FIGURE: Final = (0.65, 0.0, 0.15)
# With two, how people ask for either does not matter.
_ALIKE_WITH_FIGURES: Final = (0.65, 0.0, 2.0)
_RARE: Final = 3
_LEAST_WORDS: Final = 5
# One answer under two questions, word for word, is told as such or deliberate.
_WORD_FOR_WORD: Final = 1 - 1e-3


def restated(
    pairs: Sequence[Pair], vectors_of: Callable[[Sequence[str]], Vectors]
) -> Iterator[Finding]:
    """Find answers that say the same in other words, of questions that are not told as competing.

    vectors_of: gives texts' vectors; it is asked once, for wordings and answers that matter.
    """
    likely = _likely(pairs)
    entries = {entry.id: entry for pair, _ in likely for entry in (pair.one, pair.other)}
    texts = list(dict.fromkeys(text for entry in entries.values() for text in _texts(entry)))
    vectors = dict(zip(texts, vectors_of(texts), strict=True)) if texts else {}
    for pair, less in likely:
        one, other = pair.one, pair.other
        if min(_lead(one, other, vectors), _lead(other, one, vectors)) >= -less:
            what = f"the answer says much what that of {quoted(one.title)} says, {place(one)}."
            mend = "Merge the two, or say in each question what sets it apart."
            yield warning(COMPETING, other, what, mend, one)


def _likely(pairs: Sequence[Pair]) -> list[tuple[Pair, float]]:
    """The pairs whose answers stand out, with how much less near their questions may be."""
    next_nearest = _second_cosines(pairs)
    entries = {entry.id: entry for pair in pairs for entry in (pair.one, pair.other)}
    values = {id_: {one.figure.value for one in said(entry)} for id_, entry in entries.items()}
    held = Counter(value for some in values.values() for value in some)
    likely = []
    for pair in pairs:
        one, other = pair.one, pair.other
        rare = [value for value in values[one.id] & values[other.id] if held[value] <= _RARE]
        ways = (_ALIKE, _ALIKE_WITH_A_FIGURE, _ALIKE_WITH_FIGURES)
        near, ahead, less = ways[min(len(rare), 2)]
        rival = max(next_nearest[one.id], next_nearest[other.id])
        if pair.answer >= max(near, rival + ahead) and _may_be_one(pair):
            likely.append((pair, less))
    return likely


def _second_cosines(pairs: Sequence[Pair]) -> dict[str, float]:
    """By an entry's id, the cosine of its answer and the one that is nearest but for one."""
    nearest: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for pair in pairs:
        for entry in (pair.one, pair.other):
            nearest[entry.id] = sorted([*nearest[entry.id], pair.answer])[-2:]
    return {id_: second for id_, (second, _) in nearest.items()}


def _may_be_one(pair: Pair) -> bool:
    """Whether the answers say something, of things that the questions do not set apart."""
    questions = pair.one.question, pair.other.question
    if is_told(pair) or pair.answer >= _WORD_FOR_WORD:
        return False
    if differ_in_a_number(*questions) or are_set_apart(*questions):
        return False
    return all(len(entry.answer.split()) >= _LEAST_WORDS for entry in (pair.one, pair.other))


def _texts(entry: Entry) -> list[str]:
    return [*map(one_line, entry.phrasings), plain(entry.answer)]


def _lead(asked: Entry, other: Entry, vectors: Mapping[str, Vectors]) -> float:
    """How much nearer to an entry's wordings the answer of another is than its own, in cosines."""
    *wordings, own = (vectors[text] for text in _texts(asked))
    theirs = vectors[_texts(other)[-1]]
    to_own, to_theirs = (
        max((float(wording @ answer) for wording in wordings), default=0.0)
        for answer in (own, theirs)
    )
    return to_theirs - to_own
