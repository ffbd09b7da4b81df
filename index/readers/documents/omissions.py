"""What of a document looks like an entry and is not taken for one."""

from collections.abc import Iterator, Sequence
from typing import Final

from index.formats.reading import quoted
from index.readers.documents.answers import Omission
from index.readers.documents.blocks import Block, Kind
from index.readers.documents.sections import Sections, within
from index.readers.documents.wording import has_words, heads_faq, is_apparatus
from index.text import normalise

_NO_TITLES: Final = frozenset({Kind.LINE, Kind.TEXT})
_CALL_IT: Final = "If the page is a FAQ, give it a title that says so."


def omissions(
    sections: Sections, chosen: Sequence[int], scopes: Sequence[range]
) -> Iterator[Omission]:
    """Tell of titles with text below that are not among the chosen questions.

    Each that asks, or is of a question's kind and stands where a heading says FAQ (`scopes`), is
    told; of other headings, such as the rest of a README, how many there are.
    """
    blocks = sections.blocks
    ranks = {blocks[i].rank for i in chosen}
    known = {normalise(blocks[i].text) for i in chosen}
    near = {i for scope in scopes for i in within(sections.openers, scope)}
    others: list[int] = []
    for i in sections.outside(set(chosen), sections.whole):
        if not _is_title(sections, chosen, i) or normalise(blocks[i].text) in known:
            continue
        is_cut = blocks[i].kind is Kind.BOLD  # out of an answer
        if blocks[i].asks or (blocks[i].rank in ranks and (i in near or is_cut)):
            yield _told(blocks[i], is_outside=bool(scopes) and i not in near)
        elif blocks[i].kind is Kind.HEADING and not is_apparatus(blocks[i].text):
            others.append(i)
    if others:
        yield _counted(blocks[others[0]], len(others), is_outside=bool(scopes))


def _is_title(sections: Sections, chosen: Sequence[int], i: int) -> bool:
    """Whether it has a text of its own and no question below."""
    block = sections.blocks[i]
    is_one = block.kind not in _NO_TITLES and has_words(block.text) and not heads_faq(block.text)
    below = range(i + 1, sections.ends[i])
    return is_one and sections.has_text(i) and not within(chosen, below)


def _told(block: Block, *, is_outside: bool) -> Omission:
    if is_apparatus(block.text):
        return _left_out(block, "it names a part that many pages have")
    if is_outside:
        mend = "If it is an entry, move it below the heading of the FAQ."
        return _left_out(block, "it stands outside the FAQ", mend)
    if block.asks:
        return _left_out(block, "few of its like ask", _CALL_IT)
    return _left_out(block, "it does not ask", "If it is an entry, end it with a question mark.")


def _left_out(block: Block, why: str, mend: str = "") -> Omission:
    return Omission(block, f"{quoted(block.text)} is left out: {why}.", mend)


def _counted(first: Block, count: int, *, is_outside: bool) -> Omission:
    more = f" and {count - 1} more of the headings" if count > 1 else ""
    they, stand, ask = ("they", "stand", "do") if count > 1 else ("it", "stands", "does")
    are = "are" if count > 1 else "is"
    why = f"{they} {stand} outside the FAQ" if is_outside else f"{they} {ask} not ask"
    what = f"{quoted(first.text)}{more} {are} left out: {why}."
    return Omission(first, what, "" if is_outside else _CALL_IT)
