"""Whether two texts are put in the same words but for those that set them apart."""

from typing import Final

from index.text import words

_LITTLE: Final = (
    "a an and any are at be by can could did do does for from get have how i if in is it me my of "
    "on one or our shall should some that the there this to we what when "
    "where which will with would you your please"
)
LITTLE_WORDS: Final = frozenset(_LITTLE.split())
"""Words that may differ while the question stays the same; most others are what it is about."""

# How much of something is asked for sets no two things apart.
_MEASURES: Final = frozenset({"long", "many", "much", "often"})

_MOST_EXCHANGED: Final = 2
_LEAST_SHARED: Final = 2


def exchanged(one: str, other: str) -> tuple[set[str], set[str]]:
    """The word or two of one text for which the other has as many others, and these; else none."""
    left, right = _telling(one), _telling(other)
    ours, theirs = left - right, right - left
    is_exchange = 1 <= len(ours) == len(theirs) <= _MOST_EXCHANGED
    return (ours, theirs) if is_exchange and len(left & right) >= _LEAST_SHARED else (set(), set())


def are_set_apart(one: str, other: str) -> bool:
    """Whether a word or two are exchanged for as many others, as gold for silver."""
    return bool(exchanged(one, other)[0])


def asks_no_more(one: str, other: str) -> bool:
    """Whether one of two questions has all words that tell what the other is about."""
    left, right = _telling(one), _telling(other)
    return left <= right or right <= left


def are_named(names: set[str], text: str) -> bool:
    """Whether there are names, and a text has them all."""
    return bool(names) and names <= _telling(text)


def differ_in_a_number(one: str, other: str) -> bool:
    """Whether each has a number that the other lacks, as do two versions or steps."""
    left, right = (
        {word for word in words(text) if any(map(str.isdigit, word))} for text in (one, other)
    )
    return bool(left - right) and bool(right - left)


def _telling(text: str) -> set[str]:
    return {word for word in words(text) if word.isalpha()} - LITTLE_WORDS - _MEASURES
