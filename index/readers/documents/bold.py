"""Bold lines that do not ask: which name an entry, which group several, and which only stress."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from index.readers.documents.blocks import Block, Kind
from index.readers.documents.wording import is_apparatus, is_lead, is_note
from index.text import normalise

_END: Final = Block(kind=Kind.HEADING, source="")


def with_plain_bold(blocks: Sequence[Block]) -> list[Block]:
    """Make text of bold lines that stress what is below; one above a question groups."""
    titles = _titles(blocks)
    made: list[Block] = []
    is_above_text = False
    for i, block in reversed(list(enumerate(blocks))):
        stresses = is_above_text or is_note(block.text)
        is_plain = _is_plain(block) and stresses and i not in titles
        made.append(replace(block, kind=Kind.TEXT) if is_plain else block)
        if block.opens or block.is_content:
            is_above_text = not block.opens or is_plain
    return made[::-1]


def _is_plain(block: Block) -> bool:
    return block.kind is Kind.BOLD and not block.asks


def _titles(blocks: Sequence[Block]) -> set[int]:
    """Bold lines that stand like bold questions, as “Parking” between two or after the last.

    Several in one answer divide it, one with no text above begins it, and those that recur are
    part of a pattern. There must be twice as many that ask.
    """
    texts = Counter(normalise(block.text) for block in blocks if _is_plain(block))
    titles = {i for i in _alone(blocks) if texts[normalise(blocks[i].text)] == 1}
    parts = {i for i in titles if is_apparatus(blocks[i].text)}
    asking = sum(block.kind is Kind.BOLD and block.asks for block in blocks)
    return titles if asking >= 2 * len(titles - parts) else parts


def _alone(blocks: Sequence[Block]) -> Iterator[int]:
    """Bold lines with text above and below, the only ones after a bold question.

    What names a part that answers nothing ends that answer.
    """
    held: list[int] = []
    is_inside = is_below_text = False
    for i, block in enumerate([*blocks, _END]):
        is_part = _is_plain(block) and is_apparatus(block.text)
        if _is_plain(block) and not is_part:
            held += [i] if is_inside and not is_lead(block.text) else []
            is_inside = is_inside and is_below_text
        elif block.opens:
            if is_inside and is_below_text:
                yield from held if len(held) == 1 else ()
                yield from [i] if is_part else ()
            held, is_inside = [], block.kind is Kind.BOLD and block.asks
        is_below_text = not block.opens and (block.is_content or is_below_text)
