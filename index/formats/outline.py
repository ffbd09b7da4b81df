"""The top level of a Markdown text: where its headings and its folded blocks are.

Rows are lines counted from 0. What stands in a list, a quotation or a code block is not outline.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

# markdown-it skips to the end of the file, questions and all, below its limit of nesting: its own,
# 20 (ten lists in each other), is too near to what people write; far above this, Python gives up.
DEEPEST: Final = 100

# Only blocks and their rows are needed. Tables, because a line of dashes in one is no underline.
_MARKDOWN: Final = (
    MarkdownIt("commonmark", {"maxNesting": DEEPEST})
    .enable("table")
    .disable(["inline", "text_join"])
)
_FOLDED: Final = re.compile(
    r"^ {0,3}<details\b[^>\n]*>\s*<summary\b[^>\n]*>\s*(.*?)\s*</summary>",
    re.IGNORECASE | re.MULTILINE,
)
# Comments and the like: what stands in them is not looked at.
_VERBATIM: Final = re.compile(r"\s*<(?:[!?]|(?:pre|script|style|textarea)\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 or 2; `end` is the row after it.

    `text` is its source, without the marks; `underlined` tells the form of `===` and `---`.
    """

    level: int
    text: str
    start: int
    end: int
    underlined: bool


@dataclass(frozen=True, slots=True)
class Folded:
    """Where a `<details>` block begins: `opening` is its source up to `</summary>`."""

    start: int
    summary: str
    opening: str


@dataclass(frozen=True, slots=True)
class LastBlock:
    """The last block of a text; `fence` is the mark that ends it, if it is fenced code."""

    start: int
    fence: str


@dataclass(frozen=True, slots=True)
class Outline:
    """Headings and folded blocks, in order.

    `too_deep` is the row of a list, nested to the limit, that took in all that follows it.
    """

    headings: tuple[Heading, ...]
    folded: tuple[Folded, ...]
    last: LastBlock
    too_deep: int | None


def outline(text: str) -> Outline:
    r"""Find the outline of a text whose lines end in "\n"."""
    tokens = _MARKDOWN.parse(text)
    top = [token for token in tokens if token.level == 0 and token.map]
    return Outline(
        headings=tuple(_headings(tokens)),
        folded=tuple(_folded(text, top)),
        last=_last_block(top),
        too_deep=next(_unread(tokens), None),
    )


def _rows(token: Token) -> range:
    return range(*token.map) if token.map else range(0)


def _unread(tokens: list[Token]) -> Iterator[int]:
    """Find where the limit of nesting is met: in a list, for a quotation ends where it ends."""
    for token in tokens:
        if token.type == "list_item_open" and token.level >= DEEPEST - 1:
            yield _rows(token).start


def _headings(tokens: list[Token]) -> Iterator[Heading]:
    for token, content in pairwise(tokens):
        if token.type == "heading_open" and token.level == 0 and token.tag in {"h1", "h2"}:
            yield Heading(
                level=int(token.tag[1]),
                text=content.content,
                start=_rows(token).start,
                end=_rows(token).stop,
                underlined=not token.markup.startswith("#"),
            )


def _folded(text: str, top: list[Token]) -> Iterator[Folded]:
    html = (token for token in top if token.type == "html_block")
    rows = {row for token in html if not _VERBATIM.match(token.content) for row in _rows(token)}
    row = counted = 0
    for match in _FOLDED.finditer(text):
        row += text.count("\n", counted, match.start())
        counted = match.start()
        if row in rows:
            yield Folded(start=row, summary=match[1], opening=match[0])


def _last_block(top: list[Token]) -> LastBlock:
    if not top:
        return LastBlock(start=0, fence="")
    token = top[-1]
    return LastBlock(_rows(token).start, token.markup if token.type == "fence" else "")
