"""An HTML page as blocks: what unfolds, headings, lists of definitions, and Markdown between."""

import re
from collections.abc import Iterator
from copy import copy
from dataclasses import replace
from itertools import count
from typing import Final

from bs4 import BeautifulSoup, Tag
from bs4.element import PageElement

from index.readers.documents.blocks import Block, Kind, Where
from index.readers.documents.markdown_blocks import markdown_blocks
from index.readers.documents.page_parts import (
    HEADING,
    anchor_of,
    following,
    is_control,
    is_grid,
    is_only_links,
    is_skipped,
    question_cells,
    terms,
    visible,
)
from index.readers.documents.soup import BLOCKS, attribute, markdown_of
from index.readers.documents.wording import cleaned, has_words, is_template, without_label

_PANELS: Final = frozenset({"div", "section", "article", "dd"})
_SIGNS: Final = re.compile(r"(?:^|\s+|(?<=[?？!]))[+\-−–▼▾▽►▸▲⌄›»×✕✖]+$|^[+\-−▼▾►▸›»×]+\s+")


def html_blocks(soup: BeautifulSoup, base: str = "") -> list[Block]:
    """Read a page; `base` is what its links are resolved against, or empty.

    What surrounds the content, such as navigation, is taken out of the tree.
    """
    for tag in soup.find_all(is_skipped):
        if not tag.decomposed:
            tag.decompose()
    return list(_Walker(soup, base).walk(soup.body or soup, (), ()))


class _Walker:
    """Walks a tree in the order in which it is read, each part once."""

    def __init__(self, soup: BeautifulSoup, base: str) -> None:
        self._base = base
        self._numbers = count(1)
        self._seen: set[int] = set()
        self._ids = {attribute(tag, "id"): tag for tag in reversed(soup.find_all(id=True))}
        self._controls: set[int] = set()
        self._structured = self._ancestors(soup)

    def _ancestors(self, soup: BeautifulSoup) -> set[int]:
        """The tags that have in them what the walk must see: all others are rendered whole."""
        around: set[int] = set()
        grids = [table for table in soup.find_all("table") if is_grid(table)]
        cells = {id(paragraph) for grid in grids for paragraph in grid.find_all("p")}
        for tag in soup.find_all(True):
            if id(tag) in cells:
                continue
            controls = is_control(tag)
            if controls:
                self._controls.add(id(tag))
            if (
                controls
                or tag.name in {"details", "dl", "p", "table"}
                or HEADING.fullmatch(tag.name)
            ):
                for parent in tag.parents:
                    if id(parent) in around:
                        break
                    around.add(id(parent))
        return around

    def walk(self, tag: Tag, path: Where, fold: Where) -> Iterator[Block]:
        """Read what is in a tag. path: the containers around it, fold: those that unfold."""
        pending: list[PageElement] = []
        for child in tag.children:
            if not isinstance(child, Tag) or self._is_inline(child):
                pending.append(child)
                continue
            yield from self._flushed(pending, path, fold)
            pending = []
            if id(child) not in self._seen:
                yield from self._read(child, path, fold)
        yield from self._flushed(pending, path, fold)

    def _is_inline(self, tag: Tag) -> bool:
        if id(tag) in self._structured or id(tag) in self._controls or id(tag) in self._seen:
            return False
        return tag.name not in BLOCKS or tag.name == "br"

    def _flushed(self, nodes: list[PageElement], path: Where, fold: Where) -> Iterator[Block]:
        if any(isinstance(node, Tag) or str(node).strip() for node in nodes):
            holder = Tag(name="div")
            for node in nodes:
                holder.append(copy(node))
            yield from self._rendered(holder, path, fold)

    def _rendered(self, tag: Tag, path: Where, fold: Where) -> Iterator[Block]:
        markdown = markdown_of(tag, self._base)
        if markdown.strip():
            for block in markdown_blocks(f"{markdown}\n", 0, path, self._numbers):
                yield replace(block, inside=fold) if block.inside == path else block

    def _read(self, tag: Tag, path: Where, fold: Where) -> Iterator[Block]:
        self._seen.add(id(tag))
        if id(tag) in self._controls:
            yield from self._control(tag, path, fold)
        elif tag.name == "details":
            yield from self._details(tag, path)
        elif tag.name == "table" and (pairs := question_cells(tag)):
            yield from self._cells(pairs, path)
        elif tag.name == "dl":
            yield from self._definitions(tag, path)
        elif HEADING.fullmatch(tag.name) or attribute(tag, "role") == "heading":
            yield from self._heading(tag, path, fold)
        elif id(tag) in self._structured and tag.name != "p":
            yield from self.walk(tag, (*path, next(self._numbers)), fold)
        elif not is_only_links(tag):
            yield from self._rendered(tag, (*path, next(self._numbers)), fold)

    def _heading(self, tag: Tag, path: Where, fold: Where) -> Iterator[Block]:
        said = attribute(tag, "aria-level") or tag.name[1:]
        level = int(said) if said.isdecimal() and len(said) < 2 else 2
        if text := self._question(tag):
            source = f"{markdown_of(tag, self._base)}\n\n"
            heading = replace(text, kind=Kind.HEADING, level=level, source=source)
            yield replace(heading, path=path, inside=fold)

    def _question(self, tag: Tag) -> Block | None:
        """What a heading, a term or a control says; None if it says nothing."""
        said = _SIGNS.sub("", visible(tag))
        if not has_words(said) and not is_template(said):
            return None
        text = cleaned(said, markdown=False)
        labelled = without_label(said) is not None
        source = f"**{text}**\n\n"
        anchor = anchor_of(tag)
        return Block(kind=Kind.FOLD, source=source, text=text, labelled=labelled, anchor=anchor)

    def _details(self, tag: Tag, path: Where) -> Iterator[Block]:
        inner = (*path, next(self._numbers))
        summary = tag.find("summary", recursive=False)
        if isinstance(summary, Tag):
            self._seen.add(id(summary))
            if opener := self._question(summary):
                anchor = opener.anchor or attribute(tag, "id")
                yield replace(opener, path=path, inside=inner, anchor=anchor)
        yield from self.walk(tag, inner, inner)

    def _definitions(self, tag: Tag, path: Where) -> Iterator[Block]:
        here = (*path, next(self._numbers))
        inner = here
        for child in terms(tag):
            self._seen.add(id(child))
            if child.name == "dt":
                inner = (*here, next(self._numbers))
                if opener := self._question(child):
                    yield replace(opener, kind=Kind.TERM, path=here, inside=inner)
            else:
                yield from self.walk(child, inner, inner)

    def _cells(self, pairs: list[tuple[Tag, list[Tag]]], path: Where) -> Iterator[Block]:
        here = (*path, next(self._numbers))
        for question, answers in pairs:
            inner = (*here, next(self._numbers))
            if opener := self._question(question):
                yield replace(opener, kind=Kind.TERM, path=here, inside=inner)
                for answer in answers:
                    yield from self.walk(answer, inner, inner)

    def _control(self, tag: Tag, path: Where, fold: Where) -> Iterator[Block]:
        opener = self._question(tag)
        if opener is None:
            return
        panel = self._panel(tag)
        if panel is None:
            yield replace(opener, path=path, inside=fold)
            return
        inner = (*path, next(self._numbers))
        self._seen.add(id(panel))
        yield replace(opener, path=path, inside=inner)
        yield from self.walk(panel, inner, inner)

    def _panel(self, control: Tag) -> Tag | None:
        """What a control unfolds: the tag that it names, else the one that follows it."""
        for tag in (control, *control.find_all(True)):
            for name in ("aria-controls", "data-bs-target", "data-target", "href"):
                panel = self._ids.get(attribute(tag, name).removeprefix("#"))
                if panel is not None and self._is_free(panel, control):
                    return panel
        after = following(control)
        if after is None or after.name not in _PANELS or not self._is_free(after, control):
            return None
        return None if self._has_control(after) else after

    def _is_free(self, panel: Tag, control: Tag) -> bool:
        if id(panel) in self._seen or id(panel) in self._controls or panel is control:
            return False
        apart = (*control.parents, *panel.parents)
        return not any(tag is panel or tag is control for tag in apart)

    def _has_control(self, tag: Tag) -> bool:
        return any(id(inner) in self._controls for inner in tag.find_all(True))
