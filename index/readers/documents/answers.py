"""From chosen questions to pairs: where each answer begins and ends, and its words."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from index.formats.reading import quoted, without_outer_blank_lines
from index.readers.documents.blocks import Block, Kind, Where
from index.readers.documents.sections import Sections
from index.readers.documents.wording import leads_up, without_answer_label
from index.text import normalise

_INDENTING: Final = frozenset({Kind.FOLD, Kind.TERM, Kind.LABELLED, Kind.ITEM})
_CONTENTS: Final = frozenset({Kind.ITEM, Kind.LINE})  # what lists of contents are made of
_PUNCTUATION: Final = " \t.:;,!?。：？！…"
_LINE_BREAK: Final = re.compile(r"(?:<br[ \t]*/?>|\\|\s){1,20}\Z")
_COLON: Final = re.compile(r"\A( {0,3}):(?=[ \t])")  # which begins a definition
_TAB: Final = 4


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and its answer in Markdown, word for word; tags: the sections it stands in, where
    there are several.
    """

    question: Block
    answer: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Omission:
    """What looks like an entry and is none: why, and how to mend it."""

    block: Block
    why: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Faq:
    """What was found in a document: pairs, and what looks like one and is none, each in order."""

    pairs: tuple[Pair, ...] = ()
    omissions: tuple[Omission, ...] = ()


def pairs_of(sections: Sections, chosen: Sequence[int]) -> Faq:
    """Give each of the chosen questions, which are blocks by number, its answer."""
    stops = _stops(sections, chosen)
    bounds = _bounds(sections, chosen, stops)
    last = {normalise(sections.blocks[i].text): i for i in chosen}
    tags = _tags(sections, chosen)
    pairs, unanswered = [], []
    for i in chosen:
        block = sections.blocks[i]
        stop = _within(sections, i + 1, stops[i], bounds.get(i, ()))
        if sections.is_filled(i + 1, stop):
            # A list of contents asks, too; its last line would have the next title as answer.
            if block.kind < Kind.ITEM or last[normalise(block.text)] == i:
                answer = _answer(block, sections.blocks[i + 1 : stop])
                pairs.append(Pair(block, answer, tags.get(i, ())))
        elif block.kind not in _CONTENTS and last[normalise(block.text)] == i:
            unanswered.append(without_answer(block))
    return Faq(tuple(pairs), tuple(unanswered))


def without_answer(question: Block) -> Omission:
    """Say that a question has no answer."""
    return Omission(question, f"the question {quoted(question.text)} has no answer.")


def _tags(sections: Sections, chosen: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """By question: the titles of the sections around it, the outermost first.

    A section that holds all questions tells nothing, and there must be two that do.
    """
    questions = set(chosen)
    around = {i: [j for j in sections.ancestors(i) if j not in questions][::-1] for i in chosen}
    held = Counter(j for groups in around.values() for j in groups)
    telling = {j: title for j in held if held[j] < len(chosen) and (title := _tag(sections, j))}
    if len(set(telling.values())) < 2:
        return {}
    return {i: tuple(telling[j] for j in groups if j in telling) for i, groups in around.items()}


def _tag(sections: Sections, i: int) -> str:
    return sections.blocks[i].text.rstrip(_PUNCTUATION).replace(",", ";")


def _stops(sections: Sections, chosen: Sequence[int]) -> dict[int, int]:
    """Where each answer ends: with its section, or where the next question's section begins."""
    stops: dict[int, int] = {}
    for i, following in zip(chosen, [*chosen, len(sections.blocks)][1:], strict=True):
        stop = min(sections.ends[i], following)
        if following < sections.ends[i]:
            groups = (j for j in sections.ancestors(following) if j > i)
            stop = min([stop, *groups])
        stops[i] = stop
    return stops


def _bounds(sections: Sections, chosen: Sequence[int], stops: dict[int, int]) -> dict[int, Where]:
    """The container that each answer stays in, told by those of the questions of its kind."""
    groups: dict[tuple[int, tuple[int, int]], list[int]] = defaultdict(list)
    for i in chosen:
        if not sections.blocks[i].encloses:
            groups[sections.parents[i], sections.blocks[i].rank].append(i)
    bounds: dict[int, Where] = {}
    for group in groups.values():
        if len(group) > 1:
            shared = _shared([sections.blocks[i].path for i in group])
            items = [sections.blocks[i].path[: shared + 1] for i in group]
            are_own = len(set(items)) == len(items) and all(
                len(item) > shared
                and sections.is_filled(i + 1, _within(sections, i + 1, stops[i], item))
                for i, item in zip(group, items, strict=True)
            )
            items = items if are_own else [item[:shared] for item in items]
            bounds |= dict(zip(group, items, strict=True))
    return bounds


def _shared(paths: Sequence[Where]) -> int:
    """How many containers, from the outermost, are the same in all paths."""
    first, last = min(paths), max(paths)
    length = min(len(first), len(last))
    return next((n for n in range(length) if first[n] != last[n]), length)


def _within(sections: Sections, start: int, stop: int, bound: Where) -> int:
    """The first block from `start` that is outside a container, at the most `stop`."""
    if not bound:
        return stop
    blocks = sections.blocks
    return next((i for i in range(start, stop) if blocks[i].path[: len(bound)] != bound), stop)


def _answer(question: Block, blocks: Sequence[Block]) -> str:
    filled = [i for i, block in enumerate(blocks) if block.opens or block.is_kept]
    kept = blocks[filled[0] : filled[-1] + 1]
    lines = without_answer_label("".join(block.source for block in kept).lstrip("\n")).split("\n")
    answer = without_outer_blank_lines(lines)
    before, _, last = answer.rpartition("\n")
    if before and leads_up(last):
        answer = _LINE_BREAK.sub("", before)
    return dedented(answer) if question.kind in _INDENTING else answer


def dedented(answer: str) -> str:
    """Take away the indent that an answer has for standing below its question.

    Where its first line has none, having stood beside a label, that of the others counts.
    """
    answer = _COLON.sub(r"\1 ", answer)
    first, *rest = answer.expandtabs(_TAB).split("\n")
    filled = [line for line in (rest if first[:1].strip() else [first, *rest]) if line.strip()]
    indent = min((len(line) - len(line.lstrip(" ")) for line in filled), default=0)
    if not indent:
        return answer
    return "\n".join(line[indent:] if line[:indent].isspace() else line for line in [first, *rest])
