"""A document as a flat sequence of blocks, which Markdown, HTML and plain text are all read into.

A block is a line that may open a section or be a question, or a piece of text. What lies in what
is told by paths: a path is the numbers of the containers around a block, the outermost first.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final, TypeAlias

from index.readers.documents.wording import (
    LONGEST,
    cleaned,
    has_words,
    is_answer,
    is_question,
    leads_up,
    without_label,
)

Where: TypeAlias = tuple[int, ...]


class Kind(IntEnum):
    """What a block is. In order of rank: a section ends where one of its own rank or less begins,
    headings among themselves by their level.
    """

    HEADING = 0
    FOLD = 1
    """What is clicked to show what is below it: a summary, the button of an accordion."""
    TERM = 2
    """What a list of definitions defines."""
    LABELLED = 3
    """A line that says of itself that it is a question, as in “Q: why?”."""
    ITEM = 4
    """The first line of a list's item that goes on below it."""
    BOLD = 5
    LINE = 6
    """A paragraph, or the first line of one, that ends in a question mark."""
    TEXT = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """text: of what is no TEXT, on one line, without marks. source: its Markdown, word for word,
    with the line ends after it. line: counted from 1, 0 if not known. anchor: the id that a link
    to it has. path: the containers it is in. inside: the path that all of its section has.
    """

    kind: Kind
    source: str
    text: str = ""
    level: int = 0
    labelled: bool = False
    line: int = 0
    anchor: str = ""
    path: Where = ()
    inside: Where = ()

    @property
    def opens(self) -> bool:
        """Whether it begins a section."""
        return self.kind is not Kind.TEXT

    @property
    def rank(self) -> tuple[int, int]:
        """The lower, the more it takes in."""
        return self.kind, self.level

    @property
    def asks(self) -> bool:
        """Whether it is a question by its own words."""
        return self.opens and (self.labelled or is_question(self.text)) and has_words(self.text)

    @property
    def encloses(self) -> bool:
        """Whether its section is a container of its own, whatever is in it."""
        return len(self.inside) > len(self.path)

    @property
    def is_content(self) -> bool:
        """Whether it says something: it is no rule, no link within the page, no empty template."""
        return has_words(_SAME_PAGE.sub("", self.source)) and not leads_up(self.source)

    @property
    def is_kept(self) -> bool:
        """Whether an answer keeps it at its ends: what is content, or opens or closes a fold."""
        return self.is_content or _FOLD_TAG.search(self.source) is not None


# Links to other places of the page, with what lists and lines of them have between.
_SAME_PAGE: Final = re.compile(
    r"\[[^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)?\]\(#[^()]*(?:\([^()]*\)[^()]*)?\)"
    r"|<a\b[^<>]*\bhref=[\"']#[^<>]*>.{0,300}?</a>",
    re.IGNORECASE | re.DOTALL,
)
_FOLD_TAG: Final = re.compile(r"</?details\b", re.IGNORECASE)
_ANCHORS: Final = re.compile(
    r"(?:[ \t]*<(a|span)\b[^<>]{0,200}?\b(?:id|name)=[\"']?([\w.:-]{1,200})[^<>]{0,200}?"
    r"(?:/>|>\s*</\1\s*>)[ \t]*\n?)+",
    re.IGNORECASE,
)
_BREAK: Final = re.compile(r"(?:[ \t]*(?:<br[ \t]*/?>|\\(?=\n)))*[ \t]*\n?", re.IGNORECASE)
_BOLD_PAIRS: Final = (
    ("**", "**"),
    ("__", "__"),
    ("<b>", "</b>"),
    ("<strong>", "</strong>"),
    ("*", "*"),
    ("_", "_"),
    ("<em>", "</em>"),
)


def paragraph(source: str, *, line: int = 0, path: Where = (), inside: Where = ()) -> list[Block]:
    """Take a paragraph apart: a question in it, by label, bold print or mark, and its text."""
    blocks: list[Block] = []
    for text, is_labelled in _labelled_pieces(source):
        for block in _anchored(text, is_labelled=is_labelled):
            first = line + block.line if line else 0
            blocks.append(replace(block, line=first, path=path, inside=inside))
            line += block.source.count("\n") if line else 0
    return blocks


def _anchored(source: str, *, is_labelled: bool) -> list[Block]:
    """Open a piece that may begin with targets of links, whose lines the first block counts."""
    anchors = _ANCHORS.match(source)
    if not anchors or not source[anchors.end() :].strip():
        return _opened(source, is_labelled=is_labelled)
    first, *rest = _opened(source[anchors.end() :], is_labelled=is_labelled)
    before = anchors[0]
    opened = replace(
        first, source=before + first.source, line=before.count("\n"), anchor=anchors[2]
    )
    return [opened if first.opens else replace(first, source=before + first.source), *rest]


def _labelled_pieces(source: str) -> Iterator[tuple[str, bool]]:
    """Part a paragraph before each line labelled as a question (which is told) or an answer."""
    piece: list[str] = []
    is_labelled = False
    for line in source.splitlines(keepends=True):
        anchors = _ANCHORS.match(line)
        bare = line[anchors.end() if anchors else 0 :].lstrip(" \t")
        asks = without_label(bare) is not None
        if piece and (asks or is_answer(bare)):
            yield "".join(piece), is_labelled
            piece = []
        is_labelled = is_labelled if piece else asks
        piece.append(line)
    if piece:
        yield "".join(piece), is_labelled


def _opened(source: str, *, is_labelled: bool) -> list[Block]:
    """The question that a piece begins with, and the rest."""
    ends = _question_ends(source)
    if is_labelled:
        return _parted(source, max(ends, default=len(source)), Kind.LABELLED)
    for opening, closing in _BOLD_PAIRS:
        if bold := _bold(source, opening, closing):
            return bold
    if not ends:
        return [Block(kind=Kind.TEXT, source=source)]
    return _parted(source, ends[0], Kind.LINE)


def _parted(source: str, end: int, kind: Kind, text: str = "") -> list[Block]:
    question, rest = source[:end], source[end:]
    opener = Block(
        kind=kind,
        source=question,
        text=cleaned(text or question),
        labelled=kind is Kind.LABELLED or without_label(text) is not None,
    )
    return [opener, *([Block(kind=Kind.TEXT, source=rest)] if rest.strip() else [])]


def _question_ends(source: str) -> list[int]:
    """Where lines end with a question mark, as far as the piece may be a question up to there."""
    ends: list[int] = []
    end = 0
    for line in source[: LONGEST + 1].splitlines(keepends=True):
        end += len(line)
        if end <= LONGEST and is_question(source[:end]):
            ends.append(end)
    return ends


def _bold(source: str, opening: str, closing: str) -> list[Block]:
    """A question in bold at the beginning, or a paragraph that is all bold; else nothing."""
    indent = len(source) - len(source.lstrip())
    start = indent + len(opening)
    if source[indent:start].lower() != opening:
        return []
    close = source[: start + LONGEST].lower().find(closing, start)
    if close <= start:
        return []
    end = close + len(closing)
    if source[end : end + 1] in {"?", "？", ":", "："}:
        end += 1
    text = source[start:close] + source[close + len(closing) : end]
    stop = _BREAK.match(source, end)
    rest = stop.end() if stop else end
    if not source[rest:].strip():
        is_up = leads_up(text) or not has_words(_SAME_PAGE.sub("", text))
        return [] if is_up else _parted(source, len(source), Kind.BOLD, text)
    return _parted(source, rest, Kind.BOLD, text) if is_question(text) else []
