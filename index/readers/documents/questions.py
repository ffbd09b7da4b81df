"""Which blocks of a document are questions, and which belong to the answer of each.

1. Where a heading says “FAQ”, only what is below it counts; where the document says so itself, all
   of it; else nothing says where to look, and then only what plainly asks, in a manner that most
   of its like share, is taken.
2. What asks by its own words is a question. Inside the answer to another it is one only if it is
   a heading, labelled, numbered, or one of several that unfold; else it is a phrase of that answer.
3. What does not ask is a question where it stands among as many that do, or where a FAQ has no
   other: a heading without headings below (“Device not detected”), a fold, a defined term.
4. An answer ends at the next question, at the next heading that takes in as much, and with the
   container that holds the questions of one kind, each its own or all of them together.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from index.readers.documents.answers import Faq, pairs_of
from index.readers.documents.blocks import Block, Kind
from index.readers.documents.bold import with_plain_bold
from index.readers.documents.omissions import omissions
from index.readers.documents.sections import UNFOLDING, Sections, sections_of, within
from index.readers.documents.unasked import among_their_like, that_do_not_ask, where_none_asks
from index.readers.documents.wording import (
    heads_faq,
    heads_troubles,
    is_apparatus,
    is_template,
)

_MOST_PARAGRAPHS: Final = 8  # a question, in a text that is made of lines that ask and paragraphs


def find_questions(blocks: Sequence[Block], title: str = "", *, lenient: bool = True) -> Faq:
    """Find the questions of a document called `title`, which tells whether it is a FAQ.

    lenient: whether headings that do not ask may be questions where nothing else does; in a part
    of the document that is called a FAQ they always may.
    """
    sections = sections_of(with_plain_bold(blocks))
    marked, all_ = (
        _found(sections, title, is_used, lenient=lenient) for is_used in (_is_not_line, _is_any)
    )
    found = all_ if len(all_.pairs) > 2 * len(marked.pairs) else marked
    # Of a template that is not filled in, what little is filled in is no FAQ.
    unfilled = sum(is_template(sections.blocks[i].text) for i in sections.openers)
    return found if len(found.pairs) >= unfilled else Faq()


def _found(
    sections: Sections, title: str, is_used: Callable[[Block], bool], *, lenient: bool
) -> Faq:
    asking = [
        i for i in sections.openers if _asks(sections.blocks[i]) and is_used(sections.blocks[i])
    ]
    scopes = _scopes(sections, title, asking)
    chosen = sorted(_chosen(sections, title, asking, scopes, lenient=lenient))
    faq = pairs_of(sections, chosen)
    omitted = omissions(sections, chosen, scopes) if faq.pairs else ()
    return replace(faq, omissions=(*faq.omissions, *omitted))


def _is_not_line(block: Block) -> bool:
    """Whether more than its last character makes a block a question."""
    return block.kind is not Kind.LINE


def _is_any(_block: Block) -> bool:
    return True


def _chosen(
    sections: Sections,
    title: str,
    asking: Sequence[int],
    scopes: Sequence[range],
    *,
    lenient: bool,
) -> set[int]:
    if not scopes:
        asking = _shared_manner(sections, asking)
        among = among_their_like(sections, asking, lenient=lenient)
        return _questions_that_ask(sections, asking) | among
    chosen: set[int] = set()
    for scope in scopes:
        head = scope.start - 1
        asked = _questions_that_ask(sections, within(asking, scope))
        if not asked:
            is_part = head >= 0 and sections.blocks[head].level > 1
            chosen |= set(where_none_asks(sections, scope, lenient=lenient or is_part))
            continue
        # What has headings as large as that of the FAQ may be what comes after it.
        is_section = head >= 0 and sections.ends[head] == scope.stop
        is_sure = is_section or heads_faq(title)
        chosen |= asked | set(that_do_not_ask(sections, scope, asked, is_sure=is_sure))
    return chosen


def _asks(block: Block) -> bool:
    return block.asks and not is_apparatus(block.text)


def _scopes(sections: Sections, title: str, asking: Sequence[int]) -> list[range]:
    """Where the questions are, in order: parts of the document, all, or nowhere that is said."""
    headings = [i for i in sections.openers if sections.blocks[i].kind is Kind.HEADING]
    for heads in (heads_faq, heads_troubles):
        named = (i for i in headings if heads(sections.blocks[i].text))
        parts = [part for part in _parts(sections, named) if within(sections.openers, part)]
        inside = sum(len(within(asking, part)) for part in parts)
        if heads(title) and inside < len(asking) - inside:
            return [sections.whole]
        if parts and (inside or heads(title) or heads is heads_faq):
            return parts
        if heads(title):
            return [sections.whole]
    return []


def _parts(sections: Sections, headings: Iterable[int]) -> Iterator[range]:
    """What lies below these headings, each part once."""
    end = 0
    for i in headings:
        if i >= end:
            end = _end_of_part(sections, i)
            yield range(i + 1, end)


def _end_of_part(sections: Sections, i: int) -> int:
    """Where a FAQ ends: with its heading's section, but questions may have headings as large."""
    end, parent = sections.ends[i], sections.parents[i]
    is_empty = not within(sections.openers, range(i + 1, end))
    if not is_empty or end == len(sections.blocks) or not _asks(sections.blocks[end]):
        return end
    return sections.ends[parent] if parent >= 0 else len(sections.blocks)


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
