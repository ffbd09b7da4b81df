"""Which blocks of a document are questions, and which belong to the answer of each.

1. Where a heading says “FAQ”, only what is below it counts; where the document says so itself, all
   of it; else nothing says where to look, and then only what plainly asks, in a manner that most
   of its like share, is taken.
2. What asks by its own words is a question. Inside the answer to another it is one only if it is
   a heading, labelled, numbered, or one of several that unfold; else it is a phrase of that answer.
3. What does not ask is a question where it stands among questions, or where a FAQ has no other:
   a heading without headings below (“Device not detected”), a fold, a defined term.
4. An answer ends at the next question, at the next heading that takes in as much, and with the
   container that holds the questions of one kind, each its own or all of them together.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from index.readers.documents.answers import Faq, pairs_of
from index.readers.documents.blocks import Block, Kind
from index.readers.documents.sections import UNFOLDING, Sections, sections_of, within
from index.readers.documents.wording import (
    has_words,
    heads_faq,
    heads_troubles,
    is_apparatus,
    is_asking,
    is_template,
)

_SENTENCE: Final = 5  # words, with which a heading says what is wrong rather than names a part
_MOST_PARAGRAPHS: Final = 8  # a question, in a text that is made of lines that ask and paragraphs


def find_questions(blocks: Sequence[Block], title: str = "", *, lenient: bool = True) -> Faq:
    """Find the questions of a document called `title`, which tells whether it is a FAQ.

    lenient: whether headings that do not ask may be questions where nothing else does; in a part
    of the document that is called a FAQ they always may.
    """
    sections = sections_of(_with_plain_bold(blocks))
    marked, all_ = (
        pairs_of(sections, sorted(_chosen(sections, title, is_used, lenient=lenient)))
        for is_used in (_is_not_line, _is_any)
    )
    found = all_ if len(all_.pairs) > 2 * len(marked.pairs) else marked
    # Of a template that is not filled in, what little is filled in is no FAQ.
    unfilled = sum(is_template(sections.blocks[i].text) for i in sections.openers)
    return found if len(found.pairs) >= unfilled else Faq()


def _is_not_line(block: Block) -> bool:
    """Whether more than its last character makes a block a question."""
    return block.kind is not Kind.LINE


def _is_any(_block: Block) -> bool:
    return True


def _with_plain_bold(blocks: Sequence[Block]) -> list[Block]:
    """A bold line that does not ask and has text below stresses; above a question it groups."""
    made: list[Block] = []
    is_above_text = False
    for block in reversed(blocks):
        is_plain = block.kind is Kind.BOLD and not block.asks and is_above_text
        made.append(replace(block, kind=Kind.TEXT) if is_plain else block)
        if block.opens or block.is_content:
            is_above_text = not block.opens or is_plain
    return made[::-1]


def _chosen(
    sections: Sections, title: str, is_used: Callable[[Block], bool], *, lenient: bool
) -> set[int]:
    asking = [
        i for i in sections.openers if _asks(sections.blocks[i]) and is_used(sections.blocks[i])
    ]
    scopes = _scopes(sections, title, asking)
    if not scopes:
        asking = _shared_manner(sections, asking)
        return _questions_that_ask(sections, asking) | _unfolding_among(sections, asking)
    chosen: set[int] = set()
    for scope in scopes:
        asked = _questions_that_ask(sections, within(asking, scope))
        is_part = scope.start > 0 and sections.blocks[scope.start - 1].level > 1
        may = lenient or is_part
        chosen |= asked | set(_questions_that_do_not(sections, scope, asked, lenient=may))
    return chosen


def _asks(block: Block) -> bool:
    return block.asks and not is_apparatus(block.text)


def _scopes(sections: Sections, title: str, asking: Sequence[int]) -> list[range]:
    """Where the questions are: parts of the document, all of it, or nowhere that is said."""
    headings = [i for i in sections.openers if sections.blocks[i].kind is Kind.HEADING]
    for heads in (heads_faq, heads_troubles):
        named = _outermost(sections, (i for i in headings if heads(sections.blocks[i].text)))
        parts = [range(i + 1, _end_of_part(sections, i)) for i in named]
        parts = [part for part in parts if within(sections.openers, part)]
        inside = sum(len(within(asking, part)) for part in parts)
        if heads(title) and inside < len(asking) - inside:
            return [sections.whole]
        if parts and (inside or heads(title) or heads is heads_faq):
            return parts
        if heads(title):
            return [sections.whole]
    return []


def _end_of_part(sections: Sections, i: int) -> int:
    """Where a FAQ ends: with its heading's section, but questions may have headings as large."""
    end, parent = sections.ends[i], sections.parents[i]
    is_empty = not within(sections.openers, range(i + 1, end))
    if not is_empty or end == len(sections.blocks) or not _asks(sections.blocks[end]):
        return end
    return sections.ends[parent] if parent >= 0 else len(sections.blocks)


def _outermost(sections: Sections, headings: Iterable[int]) -> list[int]:
    kept: list[int] = []
    for i in headings:
        if not kept or i >= sections.ends[kept[-1]]:
            kept.append(i)
    return kept


def _shared_manner(sections: Sections, asking: Sequence[int]) -> list[int]:
    """Keep what asks in a manner of which at least a third asks, paragraphs if there are enough."""
    filled = [i for i in sections.openers if sections.is_filled(i + 1, sections.ends[i])]
    all_, ask = (Counter(sections.blocks[i].rank for i in indexes) for indexes in (filled, asking))
    paragraphs = sections.content[-1]
    lines = Counter(sections.blocks[i].kind for i in asking)
    enough = {
        Kind.LINE: lines[Kind.LINE] >= 2 and lines[Kind.LINE] * _MOST_PARAGRAPHS >= paragraphs,
        Kind.BOLD: lines[Kind.BOLD] >= 2,
    }
    return [
        i
        for i in asking
        if ask[sections.blocks[i].rank] * 3 >= all_[sections.blocks[i].rank]
        and enough.get(sections.blocks[i].kind, True)
    ]


def _questions_that_ask(sections: Sections, asking: Sequence[int]) -> set[int]:
    """Of what asks, leave out what only groups and what is a phrase of another's answer."""
    chosen: set[int] = set()
    around: list[int] = []
    for i in asking:
        while around and (
            i >= sections.ends[around[-1]] or not sections.is_filled(around[-1] + 1, i)
        ):
            if i < sections.ends[around[-1]]:
                chosen.discard(around[-1])  # nothing but questions below it: it groups them
            around.pop()
        if not around or _is_its_own(sections, around[-1], i):
            chosen.add(i)
            around.append(i)
    return chosen


def _is_its_own(sections: Sections, around: int, i: int) -> bool:
    """Whether what asks, inside the section of another question, is a question itself."""
    kind = sections.blocks[i].kind
    if kind in UNFOLDING:
        inside = sections.unfolding[sections.ends[around]] - sections.unfolding[around + 1]
        return inside > 1
    is_numbered = kind is Kind.ITEM and sections.blocks[i].level > 0
    return is_numbered or kind in {Kind.HEADING, Kind.LABELLED}


def _questions_that_do_not(
    sections: Sections, scope: range, asked: set[int], *, lenient: bool
) -> Iterator[int]:
    """Find the questions that do not ask by their own words."""
    free = [i for i in _outside_answers(sections, scope, asked) if _may_be_question(sections, i)]
    for kind in UNFOLDING:
        if not asked or any(sections.blocks[i].kind is kind for i in asked):
            yield from _with_text(sections, (i for i in free if sections.blocks[i].kind is kind))
    leaves = [i for i in free if _is_leaf(sections, i)]
    if asked:
        yield from _among_questions(sections, leaves, scope, asked)
    elif lenient and not any(sections.blocks[i].kind is Kind.FOLD for i in free):
        yield from (i for i in leaves if sections.blocks[i].kind is Kind.HEADING)


def _unfolding_among(sections: Sections, asking: Sequence[int]) -> set[int]:
    """Where no heading says FAQ: folds and terms that do not ask, next to others that do."""
    asked = [i for i in asking if sections.blocks[i].kind in UNFOLDING]
    filled = Counter(
        (sections.parents[i], sections.blocks[i].kind)
        for i in sections.openers
        if sections.is_filled(i + 1, sections.ends[i])
    )
    ask = Counter((sections.parents[i], sections.blocks[i].kind) for i in asked)
    among = (
        i
        for i in _outside_answers(sections, sections.whole, set(asking))
        if sections.blocks[i].kind in UNFOLDING and _may_be_question(sections, i)
        for key in [(sections.parents[i], sections.blocks[i].kind)]
        if ask[key] * 2 >= filled[key]
    )
    return set(_with_text(sections, among))


def _with_text(sections: Sections, folds: Iterable[int]) -> Iterator[int]:
    """Leave out folds that only group others, and those inside another's text."""
    end = 0
    for i in folds:
        if i >= end and sections.has_text(i):
            end = sections.ends[i]
            yield i


def _outside_answers(sections: Sections, scope: range, asked: set[int]) -> Iterator[int]:
    end = 0
    for i in within(sections.openers, scope):
        if i in asked:
            end = max(end, sections.ends[i])
        elif i >= end:
            yield i


def _may_be_question(sections: Sections, i: int) -> bool:
    text = sections.blocks[i].text
    is_filled = sections.is_filled(i + 1, sections.ends[i])
    return is_filled and has_words(text) and not is_apparatus(text) and not heads_faq(text)


def _is_leaf(sections: Sections, i: int) -> bool:
    """Whether it is a heading without its like below, and without folds that are questions."""
    kind = sections.blocks[i].kind
    inside = sections.blocks[i + 1 : sections.ends[i]]
    folds = [block for block in inside if block.kind is Kind.FOLD]
    is_single = len(folds) < 2 and not any(block.asks for block in folds)
    is_lowest = all(block.kind not in {kind, Kind.HEADING} for block in inside)
    return kind in {Kind.HEADING, Kind.ITEM} and is_lowest and is_single


def _among_questions(
    sections: Sections, leaves: Iterable[int], scope: range, asked: set[int]
) -> Iterator[int]:
    """Find the headings that do not ask but stand where questions of their level do.

    They begin as questions do, stand between two questions, or are a whole sentence; or they are
    of a group of which none asks, one of several groups.
    """
    in_order = sorted(asked)
    ranks = {sections.blocks[i].rank for i in asked}
    for i in leaves:
        block, parent = sections.blocks[i], sections.parents[i]
        if block.rank not in ranks:
            continue
        group = range(parent + 1, sections.ends[parent]) if parent >= scope.start else scope
        around = within(in_order, group)
        is_alone = group != scope and not around
        is_between = bool(around) and around[0] < i < around[-1]
        is_sentence = len(block.text.split()) >= _SENTENCE
        if is_asking(block.text) or is_between or is_alone or is_sentence:
            yield i
