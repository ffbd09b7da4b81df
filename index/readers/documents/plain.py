"""A FAQ in plain text: scraped, labelled “Q:” and “A:”, or lines that ask with text below."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from index.formats import scraped
from index.formats.reading import Reading
from index.readers.documents.answers import dedented
from index.readers.documents.blocks import Block, Kind, paragraph
from index.readers.documents.pages import Facts, page_of
from index.readers.documents.questions import find_questions
from index.readers.documents.wording import LONGEST, cleaned, has_words
from index.readers.source import Options, Source

_SEPARATOR: Final = re.compile(r"^-[ \t]*$", re.MULTILINE)
_NUMBER: Final = re.compile(r"[ \t]*(?:\d{1,3}(?:\.\d{1,3})+[.):]?|\d{1,3}[.)])[ \t]+(?=\S)")
_TALLEST: Final = 12  # lines of a title, with what shows that it is none: a second number
_RULE: Final = re.compile(r"[ \t]*([=\-~*_#+])\1{2,}[ \t]*$")


def read(source: Source, options: Options) -> Reading:
    """Read a page; one with lines of only `-` as the scraped form, else by what asks.

    Raises ContentError if the source is no text or has no question with an answer.
    """
    text = source.text()
    options.progress(len(source.data))
    if _SEPARATOR.search(text):
        return scraped.parse(text, source.name)
    blocks = list(_blocks(text.split("\n")))
    first = next((block for block in blocks if has_words(block.source)), None)
    title = first.text if first is not None and first.kind is Kind.HEADING else ""
    found = find_questions(blocks, f"{title} {source.stem}", lenient=False)
    pairs = (replace(pair, answer=dedented(pair.answer)) for pair in found.pairs)
    return page_of(source, Facts(title=title), replace(found, pairs=tuple(pairs)), looked=text)


def _blocks(lines: list[str]) -> Iterator[Block]:
    """Paragraphs, which blank lines part, and titles, which are underlined or between rules."""
    start = 0
    for row in range(len(lines) + 1):
        if row == len(lines) or not lines[row].strip():
            yield from _paragraph(lines[start:row], start + 1)
            if row < len(lines):
                yield Block(kind=Kind.TEXT, source=f"{lines[row]}\n")
            start = row + 1


def _paragraph(lines: list[str], line: int) -> Iterator[Block]:
    """The titles that a paragraph begins with, and the rest of it."""
    row = 0
    while row < len(lines):
        taken = _title(lines[row : row + _TALLEST], line + row)
        if taken is None:
            yield from paragraph(_source(lines[row:]), line=line + row)
            return
        yield taken
        row += taken.source.count("\n")


def _title(lines: list[str], line: int) -> Block | None:
    """A title on the first of some lines, underlined, between rules or numbered; else nothing."""
    rules = [row for row, text in enumerate(lines[:3]) if _RULE.match(text)]
    if rules and rules[-1] in {1, 2} and rules[-1] - rules[0] in {0, 2}:
        text = cleaned(lines[0] if len(rules) == 1 else lines[1], markdown=False)
        source = _source(lines[: rules[-1] + 1])
        return Block(kind=Kind.HEADING, source=source, text=text, level=1, line=line)
    number, end = _NUMBER.match(lines[0]), _numbered(lines)
    if not number or not end:
        return None
    source = _source(lines[:end])
    level = number[0].strip(" \t.):").count(".")
    text = cleaned(source, markdown=False)
    return Block(kind=Kind.ITEM, source=source, text=text, level=level, line=line)


def _source(lines: list[str]) -> str:
    return "".join(f"{text}\n" for text in lines)


def _numbered(lines: list[str]) -> int:
    """How many lines the numbered title takes that a paragraph begins with; 0 if there is none.

    It goes on, up to a question mark or colon, in lines that are no further in than its own words.
    Several numbers are a list.
    """
    match = _NUMBER.match(lines[0])
    if not match or any(_NUMBER.match(line) for line in lines[1:]):
        return 0
    inside = [len(line.expandtabs()) - len(line.expandtabs().lstrip()) for line in lines]
    furthest = len(match[0].expandtabs())
    ends = (
        row
        for row in range(1, len(lines))
        if inside[row] > furthest or lines[row - 1].rstrip().endswith(("?", "？", ":", "："))
    )
    end = next(ends, len(lines))
    return end if sum(map(len, lines[:end])) <= LONGEST else 0
