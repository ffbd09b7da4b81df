"""A Markdown text as blocks: joined, their sources are the text again."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from index.formats.outline import DEEPEST
from index.readers.documents.blocks import Block, Kind, Where, paragraph
from index.readers.documents.containers import Container, containers
from index.readers.documents.wording import LONGEST, cleaned, is_answer, without_label

# Only blocks and their rows are needed.
_MARKDOWN: Final = (
    MarkdownIt("commonmark", {"maxNesting": DEEPEST})
    .enable("table")
    .disable(["inline", "text_join"])
)
# Components of pages in MDX that unfold, by the names that most libraries of such give them.
_COMPONENTS: Final = (
    r"Accordion(?:Item|Tab)?|Expandable|Collaps(?:e|ible)|Disclosure|FAQ(?:Item)?|Question|Toggle"
)
_HTML: Final = re.compile(
    rf"<(?P<component>{_COMPONENTS})\b[^<>]*?\b(?:title|question|summary|header|label)=\{{?"
    r"(?P<quote>[\"'])(?P<title>[^<>\n]{1,300}?)(?P=quote)[^<>]*(?<!/)>"
    rf"|(?P<opens><details\b[^<>]*>)|</(?P<closes>details|{_COMPONENTS})\s*>"
    r"|<summary\b[^<>]*>(?P<summary>.{0,2000}?)</summary\s*>"
    r"|<h(?P<level>[1-6])\b[^<>]*>(?P<heading>.{0,2000}?)</h(?P=level)\s*>",
    re.IGNORECASE | re.DOTALL,
)
_VERBATIM: Final = re.compile(r"\s*<(?:[!?]|(?:pre|script|style|textarea)\b)", re.IGNORECASE)
_ANCHOR: Final = re.compile(
    r"\{:?[ \t]*#([\w.:-]+)[^{}]*\}|<a\b[^<>]*\b(?:id|name)=[\"']?([\w.:-]+)"
    r"|<\w+\b[^<>]*\bid=[\"']?([\w.:-]+)"
)
_BREAKS: Final = re.compile(r"(?:\s*<br\s*/?>)*[ \t]*\n?", re.IGNORECASE)
_NESTED: Final = 10  # containers of a dialect in each other; below, all is text


def markdown_blocks(
    text: str, first_line: int = 1, path: Where = (), numbers: Iterator[int] | None = None
) -> list[Block]:
    r"""Read a text whose lines end in "\n"; its first line has that number, 0 if none is known.

    path: the containers around it. numbers: those not yet used for a container.
    """
    lines = [f"{line}\n" for line in text.split("\n")]
    return _Maker(path, numbers or count(1)).blocks(lines, first_line)


class _Maker:
    """Keeps the path where it is, for a `<details>` may be closed far below."""

    def __init__(self, path: Where, numbers: Iterator[int]) -> None:
        self._path = path
        self._names: list[str] = []  # of the tags of HTML that are open, the innermost last
        self._numbers = numbers
        self._too_deep = 0

    def blocks(self, lines: Sequence[str], line: int, depth: int = 0) -> list[Block]:
        blocks: list[Block] = []
        row = 0
        for container in containers(lines) if depth < _NESTED else ():
            blocks += self._plain(lines[row : container.start], _plus(line, row))
            blocks += self._contained(lines, line, container, depth)
            row = container.stop
        return [*blocks, *self._plain(lines[row:], _plus(line, row))]

    def _contained(
        self, lines: Sequence[str], line: int, it: Container, depth: int
    ) -> Iterator[Block]:
        outer, inner = self._path, (*self._path, next(self._numbers))
        source = "".join(lines[it.start : it.first])
        title = cleaned(it.title)
        at = _plus(line, it.start)
        yield Block(kind=it.kind, source=source, text=title, line=at, path=outer, inside=inner)
        if it.is_indented:
            content = "".join(lines[it.first : it.stop])
            yield Block(kind=Kind.TEXT, source=content, path=inner, inside=inner)
            return
        self._path, opened = inner, len(self._names)
        yield from self.blocks(lines[it.first : it.last], _plus(line, it.first), depth + 1)
        self._path = outer
        del self._names[opened:]
        yield self._text("".join(lines[it.last : it.stop]))

    def _plain(self, lines: Sequence[str], line: int) -> Iterator[Block]:
        """Read lines that hold nothing but Markdown as the standard has it."""
        tokens = _MARKDOWN.parse("".join(lines))
        starts = [i for i, token in enumerate(tokens) if token.level == 0 and token.map]
        rows = [_rows(tokens[i]).start for i in starts]
        if lines and (not rows or rows[0] > 0):
            yield self._text("".join(lines[: rows[0] if rows else len(lines)]))
        stops = [*starts, len(tokens)][1:]
        ends = [*rows, len(lines)][1:]
        for start, stop, end in zip(starts, stops, ends, strict=True):
            yield from self._read(tokens[start:stop], lines, line, end)

    def _read(
        self, tokens: Sequence[Token], lines: Sequence[str], line: int, end: int
    ) -> Iterator[Block]:
        """Read what one block of Markdown holds, with the lines after it up to row `end`."""
        rows = _rows(tokens[0])
        source, after = "".join(lines[rows.start : rows.stop]), "".join(lines[rows.stop : end])
        at = _plus(line, rows.start)
        if _is_underlined_by_mistake(tokens):
            text = "".join(lines[rows.start : rows.stop - 1])
            yield from paragraph(text, line=at, path=self._path, inside=self._path)
            yield self._text(lines[rows.stop - 1])
        elif tokens[0].type == "heading_open":
            yield self._heading(int(tokens[0].tag[1]), tokens[1].content, source, at)
        elif _is_html(tokens[0], source):
            yield from self._html(source, at)
        elif tokens[0].type in {"bullet_list_open", "ordered_list_open"} and _asks(tokens):
            yield from self._list(tokens, lines, line)
        elif tokens[0].type == "paragraph_open":
            yield from paragraph(source, line=at, path=self._path, inside=self._path)
        else:
            yield self._text(source)
        if after:
            yield self._text(after)

    def _text(self, source: str) -> Block:
        return Block(kind=Kind.TEXT, source=source, path=self._path, inside=self._path)

    def _heading(self, level: int, text: str, source: str, line: int) -> Block:
        anchor = _ANCHOR.search(source)
        return Block(
            kind=Kind.HEADING,
            source=source,
            text=cleaned(text),
            level=level,
            labelled=without_label(cleaned_of_marks(text)) is not None,
            line=line,
            anchor=next(filter(None, anchor.groups())) if anchor else "",
            path=self._path,
            inside=self._path,
        )

    def _html(self, source: str, line: int) -> Iterator[Block]:
        """Folds and headings in HTML; what is between is text."""
        position = 0
        for match in _HTML.finditer(source):
            before = source[position : match.start()]
            line = _plus(line, before.count("\n"))
            if before:
                yield self._text(before)
            yield self._tag(match, line)
            line = _plus(line, match[0].count("\n"))
            position = match.end()
        if rest := source[position:]:
            yield self._text(rest)

    def _tag(self, match: re.Match[str], line: int) -> Block:
        if match["level"]:
            return self._heading(int(match["level"]), match["heading"], match[0], line)
        if match["closes"]:
            self._close(match["closes"].lower())
            return self._text(match[0])
        if match["opens"]:
            block = self._text(match[0])
            self._open("details")
            return block
        if match["component"]:
            outer = self._path
            self._open(match["component"].lower())
            return self._fold(match["title"], match[0], line, outer)
        outer = self._path[:-1] if self._names else self._path
        return self._fold(match["summary"], match[0], line, outer)

    def _fold(self, summary: str, source: str, line: int, outer: Where) -> Block:
        return Block(
            kind=Kind.FOLD,
            source=source,
            text=cleaned(summary),
            labelled=without_label(cleaned_of_marks(summary)) is not None,
            line=line,
            path=outer,
            inside=self._path,
        )

    def _open(self, name: str) -> None:
        """Go into a fold; one that is absurdly deep in others does not count."""
        self._too_deep += len(self._path) > DEEPEST
        if not self._too_deep:
            self._path = (*self._path, next(self._numbers))
            self._names.append(name)

    def _close(self, name: str) -> None:
        if self._too_deep:
            self._too_deep -= 1
        elif self._names and self._names[-1] == name:
            self._names.pop()
            self._path = self._path[:-1]

    def _list(self, tokens: Sequence[Token], lines: Sequence[str], line: int) -> Iterator[Block]:
        """A list whose items ask: each a question, what is below in the item its answer."""
        outer = self._path
        level = tokens[0].level + 1
        items = [i for i, token in enumerate(tokens) if token.level == level and token.nesting == 1]
        row = _rows(tokens[0]).start
        for start, stop in zip(items, [*items[1:], len(tokens)], strict=True):
            inner = (*outer, next(self._numbers))
            children = tokens[start + 1 : stop]
            rows = _rows(tokens[start])
            if children and children[0].type == "paragraph_open":
                end = _rows(children[0]).stop
                opener, *rest = _item("".join(lines[rows.start : end]), _plus(line, rows.start))
                yield replace(opener, path=outer, inside=inner)
                self._path = inner
                yield from (replace(block, path=inner, inside=inner) for block in rest)
                row = end
            for child in _lists(children, level + 1):
                start_row = _rows(child[0]).start
                yield from self._texts(lines[row:start_row])
                yield from self._list(child, lines, line)
                row = _rows(child[0]).stop
            yield from self._texts(lines[row : rows.stop])
            row = rows.stop
            self._path = outer

    def _texts(self, lines: Sequence[str]) -> Iterator[Block]:
        if lines:
            yield self._text("".join(lines))


_BULLET: Final = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])(?:[ \t]+|$)(?:\[[ xX]\][ \t]+)?")


def _item(source: str, line: int) -> list[Block]:
    """The first paragraph of an item: what it begins with, and the rest of it."""
    bullet = _BULLET.match(source)
    start = bullet.end() if bullet else 0
    opener, *rest = paragraph(source[start:], line=line)
    kind = Kind.LABELLED if opener.kind is Kind.LABELLED else Kind.ITEM
    marked = replace(opener, kind=kind, source=source[:start] + opener.source)
    if not opener.opens:
        marked = replace(marked, text=cleaned(opener.source[: LONGEST + 1]))
    return [marked, *rest]


def _asks(tokens: Sequence[Token]) -> bool:
    """Whether half of a list's items are questions with something below, at whatever level."""
    items = filled = 0
    for i, token in enumerate(tokens):
        if token.type == "list_item_open":
            first = tokens[i + 1 : i + 5]
            if len(first) < 4 or first[0].type != "paragraph_open":
                items += token.level == tokens[0].level + 1
                continue
            opener, *rest = paragraph(first[1].content + "\n")
            goes_on = bool(rest) or first[3].type != "list_item_close"
            items += token.level == tokens[0].level + 1
            filled += opener.asks and goes_on
    return filled * 2 >= max(items, 1)


def _lists(tokens: Sequence[Token], level: int) -> Iterator[Sequence[Token]]:
    """The lists among tokens that stand at a level."""
    start = None
    for i, token in enumerate(tokens):
        if token.level == level and token.type in {"bullet_list_open", "ordered_list_open"}:
            start = i
        elif start is not None and token.level == level and token.type.endswith("list_close"):
            if _asks(tokens[start : i + 1]):
                yield tokens[start : i + 1]
            start = None


def cleaned_of_marks(text: str) -> str:
    """A line without the spaces, tags and bold print before its first word."""
    return re.sub(r"^(?:\s|[*_]{1,3}|<[^<>]*>)+", "", text)


def _rows(token: Token) -> range:
    return range(*token.map) if token.map else range(0)


def _plus(line: int, rows: int) -> int:
    return line + rows if line else 0


def _is_html(token: Token, source: str) -> bool:
    """Whether a block is tags whose folds and headings count, not a comment or code."""
    if token.type == "html_block":
        return _VERBATIM.match(source) is None
    return token.type == "paragraph_open" and _HTML.match(source.lstrip()) is not None


def _is_underlined_by_mistake(tokens: Sequence[Token]) -> bool:
    """Whether the rule below a paragraph made a heading of it, for want of a blank line."""
    if tokens[0].type != "heading_open" or tokens[0].markup != "-":
        return False
    text = tokens[1].content
    return is_answer(text) or "\n" in text or len(text) > LONGEST
