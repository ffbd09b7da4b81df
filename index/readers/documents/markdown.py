"""A FAQ in Markdown, as other people write it: see `questions` for what counts as one."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from index.formats import markdown
from index.formats.about import ENTRY_BLOCK, PAGE_BLOCK
from index.formats.outline import outline
from index.formats.reading import Reading, without_outer_blank_lines
from index.readers.documents.answers import Faq, Pair, without_answer
from index.readers.documents.blocks import Block, Kind
from index.readers.documents.front_matter import FrontMatter, front_matter
from index.readers.documents.markdown_blocks import markdown_blocks
from index.readers.documents.pages import Facts, language_of, page_of
from index.readers.documents.questions import find_questions
from index.readers.documents.wording import cleaned, is_question
from index.readers.source import Options, Source

_READMES: Final = {"readme", "index", "home", "_index"}
_DEFINITION: Final = re.compile(r" {0,3}\[([^\[\]]+)\]:[ \t]*\S")
_REFERENCE: Final = re.compile(r"\[([^\[\]]+)\](?![(:])")


def read(source: Source, options: Options) -> Reading:
    """Read a page; one of this project's own form as that, any other by what looks like questions.

    Raises ContentError if the source is no text or has no question with an answer.
    """
    text = source.text()
    options.progress(len(source.data))
    if _is_own_form(text):
        return markdown.parse(text, source.name)
    lines = text.split("\n")
    front = front_matter(lines)
    body = "\n".join(["", *lines[front.rows :]]) if front.rows else text
    blocks = markdown_blocks(body, max(front.rows, 1))
    title = front.first("title", "linktitle") or _title(blocks)
    facts = Facts(title=cleaned(title), language=language_of(front.first("lang", "language")))
    return page_of(source, facts, _faq(source, front, body, blocks, title), looked=text)


def _is_own_form(text: str) -> bool:
    folded = outline(text).folded if "<details" in text else ()
    return any(kind.is_of(fold) for fold in folded for kind in (ENTRY_BLOCK, PAGE_BLOCK))


def _title(blocks: list[Block]) -> str:
    headings = (block for block in blocks if block.kind is Kind.HEADING)
    first = next(headings, None)
    return first.text if first and first.level == 1 else ""


def _faq(source: Source, front: FrontMatter, body: str, blocks: list[Block], title: str) -> Faq:
    if question := _question_of_file(front, blocks):
        block = Block(kind=Kind.HEADING, source="", text=cleaned(question), line=1)
        answer = without_outer_blank_lines(body.split("\n"))
        return Faq((Pair(block, answer),)) if answer.strip() else Faq((), (without_answer(block),))
    names = " ".join([title, front.first("linktitle"), front.first("slug"), source.stem])
    found = find_questions(blocks, names, lenient=source.stem.lower() not in _READMES)
    return replace(found, pairs=_with_definitions(found.pairs, body))


def _question_of_file(front: FrontMatter, blocks: list[Block]) -> str:
    """The question of a file that holds one: its front matter says it."""
    if question := front.first("question"):
        return question
    title = front.first("title")
    asking = sum(block.asks and block.kind is Kind.HEADING for block in blocks)
    return title if asking < 2 and is_question(title) else ""


def _with_definitions(pairs: tuple[Pair, ...], body: str) -> tuple[Pair, ...]:
    """Give each answer the targets of its links, which Markdown lets stand anywhere else.

    Those that end an answer and are not its own are left out.
    """
    lines = (line for line in body.split("\n") if line.lstrip().startswith("["))
    targets = {_label(match[1]): line for line in lines if (match := _DEFINITION.match(line))}
    if not targets:
        return pairs
    return tuple(replace(pair, answer=_defined(pair.answer, targets)) for pair in pairs)


def _label(text: str) -> str:
    return " ".join(text.casefold().split())


def _defined(answer: str, targets: Mapping[str, str]) -> str:
    lines = answer.split("\n")
    used = {_label(match[1]): None for match in _REFERENCE.finditer(answer)}
    while lines and (not lines[-1].strip() or _is_unused(lines[-1], used)):
        lines.pop()
    defined = {_label(match[1]) for line in lines if (match := _DEFINITION.match(line))}
    missing = [targets[label] for label in used if label in targets and label not in defined]
    return "\n".join([*lines, *([""] if missing else []), *missing])


def _is_unused(line: str, used: Mapping[str, None]) -> bool:
    match = _DEFINITION.match(line)
    return match is not None and _label(match[1]) not in used
