"""Questions that are nearly the same letter by letter: what can be seen without a model.

A set similarity join with prefix filtering (Chaudhuri, Ganti and Kaushik, "A primitive operator
for similarity joins in data cleaning", 2006; Bayardo, Ma and Srikant, "Scaling up all pairs
similarity search", 2007): two sets with a Jaccard similarity of t share one of the rarest
elements of each, so only sets that do are compared.
"""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from math import ceil
from typing import Final, TypeAlias

from index.checks.finding import compete, place, warning
from index.checks.names import LITTLE_WORDS
from index.entry import Entry, State
from index.formats.reading import Finding, quoted
from index.text import normalise

NEAR_DUPLICATE: Final = 0.7
"""Jaccard similarity of character trigrams from which two questions are looked at more closely.

"How do I / How can I reset my password?" have .71; "Can I pay by card / by cash?" have .68.
"""

# Of 20,000 questions from one template all are near: so many of the latest that share a trigram
# are looked at, and of those that share most, so many are compared.
_MOST_LOOKED_AT: Final = 200
_MOST_COMPARED: Final = 50

# "passwords" is "password", and "organisation" "organization": so many letters begin alike, and so
# many differ.
_SAME_BEGINNING: Final = 4
_OTHER_LETTERS: Final = 3

Numbers: TypeAlias = "array[int]"


def near_duplicates(entries: Sequence[Entry]) -> Iterator[Finding]:
    """Find questions that are the same but for little words, and the endings of others.

    Those that are quite the same are shared wordings. Each is told once, with the nearest before.
    """
    first: dict[str, Entry] = {}
    for entry in entries:
        if entry.state is State.PUBLISHED and (text := normalise(entry.question)):
            first.setdefault(text, entry)
    questions, texts = list(first.values()), list(first)
    for later, earlier in nearest_earlier(texts):
        entry, other = questions[later], questions[earlier]
        if compete(entry, other) and _differ_little(texts[later], texts[earlier]):
            what = f"{quoted(entry.question)} is nearly {quoted(other.question)}, {place(other)}."
            mend = "Merge the two, or put each so that they differ in more words."
            yield warning("competing", entry, what, mend, other)


def _differ_little(one: str, other: str) -> bool:
    """Whether the words of two normalised questions tell the same: card and cash do not."""
    left, right = Counter(one.split()), Counter(other.split())
    ours = sorted((left - right).keys() - LITTLE_WORDS)
    theirs = sorted((right - left).keys() - LITTLE_WORDS)
    return len(ours) == len(theirs) and all(map(_same_word, ours, theirs))


def _same_word(one: str, other: str) -> bool:
    begin = _alike(one, other)
    end = _alike(one[: begin - 1 : -1], other[: begin - 1 : -1]) if begin else 0
    ours, theirs = one[begin : len(one) - end], other[begin : len(other) - end]
    least = begin >= _SAME_BEGINNING and f"{ours}{theirs}".isalpha()
    return least and max(len(ours), len(theirs)) <= _OTHER_LETTERS


def _alike(one: str, other: str) -> int:
    """How many letters two words begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


def nearest_earlier(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """For each text that has one, give the nearest earlier text, at NEAR_DUPLICATE or above.

    texts: normalised, all different. The work grows with their number: for 20,000 of questions it
    takes some seconds.
    """
    sets, frequency = _numbered(texts)
    holding: defaultdict[int, Numbers] = defaultdict(lambda: array("I"))
    for number, trigrams in enumerate(sets):
        rarest = sorted(trigrams, key=lambda trigram: (frequency[trigram], trigram))
        prefix = rarest[: len(rarest) - ceil(NEAR_DUPLICATE * len(rarest) - 1e-9) + 1]
        shared = Counter(o for trigram in prefix for o in holding[trigram][-_MOST_LOOKED_AT:])
        likely, own = [o for o, _ in shared.most_common(_MOST_COMPARED)], frozenset(trigrams)
        best, negative = max(((_jaccard(own, sets[o]), -o) for o in likely), default=(0.0, 0))
        if best >= NEAR_DUPLICATE:
            yield number, -negative
        for trigram in prefix:
            holding[trigram].append(number)


def _numbered(texts: Sequence[str]) -> tuple[list[Numbers], Numbers]:
    """The trigrams of each text as numbers, once each, and in how many texts each is: compact, for
    a million texts must fit into memory.
    """
    numbers: dict[str, int] = {}
    frequency = array("I")
    sets = []
    for text in texts:
        padded = f" {text} "
        trigrams = {padded[start : start + 3] for start in range(len(padded) - 2)}
        sets.append(array("I", [numbers.setdefault(one, len(numbers)) for one in sorted(trigrams)]))
        frequency.extend([0] * (len(numbers) - len(frequency)))
        for number in sets[-1]:
            frequency[number] += 1
    return sets, frequency


def _jaccard(one: frozenset[int], other: Numbers) -> float:
    shared = len(one.intersection(other))
    return shared / (len(one) + len(other) - shared)
