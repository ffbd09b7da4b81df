"""Titles that do not ask by their own words, and are questions all the same."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from index.readers.documents.blocks import Kind
from index.readers.documents.sections import UNFOLDING, Sections, within
from index.readers.documents.wording import has_words, heads_faq, is_apparatus, is_asking

_SENTENCE: Final = 5  # words, with which a heading says what is wrong rather than names a part
_SURE: Final = 3  # headings that ask, for each that does not, where nothing else says FAQ


def where_none_asks(sections: Sections, scope: range, *, lenient: bool) -> Iterator[int]:
    """Find the questions of a FAQ of which none asks by its own words."""
    free = _free(sections, scope, set())
    for kind in UNFOLDING:
        yield from _with_text(sections, (i for i in free if sections.blocks[i].kind is kind))
    if lenient and not any(sections.blocks[i].kind is Kind.FOLD for i in free):
        headings = (i for i in free if sections.blocks[i].kind is Kind.HEADING)
        yield from (i for i in headings if _is_leaf(sections, i, ()))


def that_do_not_ask(
    sections: Sections, scope: range, asked: set[int], *, is_sure: bool
) -> Iterator[int]:
    """Find the questions of a FAQ that do not ask by their own words, though others do."""
    free = _free(sections, scope, asked)
    for kind in UNFOLDING:
        if any(sections.blocks[i].kind is kind for i in asked):
            yield from _with_text(sections, (i for i in free if sections.blocks[i].kind is kind))
    in_order = sorted(asked)
    leaves = [i for i in free if _is_leaf(sections, i, in_order)]
    if is_sure:
        yield from _mostly_asked(sections, leaves, in_order)
    yield from _among_questions(sections, leaves, scope, in_order)


def _free(sections: Sections, scope: range, asked: set[int]) -> list[int]:
    return [i for i in sections.outside(asked, scope) if _may_be_question(sections, i)]


def _mostly_asked(sections: Sections, leaves: Sequence[int], asked: Sequence[int]) -> Iterator[int]:
    """Of titles that do not ask, those of whose like at least half ask, near them or altogether."""
    blocks = sections.blocks
    ask = Counter(key for i in asked for key in (blocks[i].rank, _like(sections, i)))
    other = Counter(key for i in leaves for key in (blocks[i].rank, _like(sections, i)))
    for i in leaves:
        keys = (blocks[i].rank, _like(sections, i))
        if any(ask[key] and ask[key] >= other[key] for key in keys):
            yield i


def _like(sections: Sections, i: int) -> tuple[int, tuple[int, int]]:
    """What titles have in common that stand beside each other."""
    return sections.parents[i], sections.blocks[i].rank


def among_their_like(sections: Sections, asking: Sequence[int], *, lenient: bool) -> set[int]:
    """Where no heading says FAQ: what does not ask, next to others of its like that do."""
    free = _free(sections, sections.whole, set(asking))
    ask = Counter(_like(sections, i) for i in asking)
    other = Counter(_like(sections, i) for i in free)
    folds = [i for i in free if sections.blocks[i].kind in UNFOLDING]
    among = (i for i in folds if ask[_like(sections, i)] >= other[_like(sections, i)])
    sure = (
        i
        for i in free
        if sections.blocks[i].kind is Kind.BOLD
        or (lenient and ask[_like(sections, i)] >= _SURE * other[_like(sections, i)])
    )
    return {*_with_text(sections, among), *(i for i in sure if _is_leaf(sections, i, asking))}


def _with_text(sections: Sections, folds: Iterable[int]) -> Iterator[int]:
    """Leave out folds that only group others, and those inside another's text."""
    end = 0
    for i in folds:
        if i >= end and sections.has_text(i):
            end = sections.ends[i]
            yield i


def _may_be_question(sections: Sections, i: int) -> bool:
    text = sections.blocks[i].text
    is_filled = sections.is_filled(i + 1, sections.ends[i])
    return is_filled and has_words(text) and not is_apparatus(text) and not heads_faq(text)


def _is_leaf(sections: Sections, i: int, asked: Sequence[int]) -> bool:
    """Whether it is a title without its like below, without questions and folds that may be."""
    kind, below = sections.blocks[i].kind, range(i + 1, sections.ends[i])
    if kind is Kind.BOLD:
        return sections.has_text(i)
    if within(asked, below):
        return False
    inside = sections.blocks[below.start : below.stop]
    folds = [block for block in inside if block.kind is Kind.FOLD]
    is_single = len(folds) < 2 and not any(block.asks for block in folds)
    is_lowest = all(block.kind not in {kind, Kind.HEADING} for block in inside)
    return kind in {Kind.HEADING, Kind.ITEM} and is_lowest and is_single


def _among_questions(
    sections: Sections, leaves: Iterable[int], scope: range, asked: Sequence[int]
) -> Iterator[int]:
    """Find the titles that do not ask but stand where questions of their level do.

    They begin as questions do, stand between two questions, or are a whole sentence; or they are
    of a group of which none asks, one of several groups.
    """
    ranks = {sections.blocks[i].rank for i in asked}
    for i in leaves:
        block, parent = sections.blocks[i], sections.parents[i]
        if block.rank not in ranks:
            continue
        group = range(parent + 1, sections.ends[parent]) if parent >= scope.start else scope
        around = within(asked, group)
        is_alone = group != scope and not around
        is_between = bool(around) and around[0] < i < around[-1]
        is_sentence = len(block.text.split()) >= _SENTENCE
        is_bold = block.kind is Kind.BOLD  # which was looked at before
        if is_bold or is_asking(block.text) or is_between or is_alone or is_sentence:
            yield i
