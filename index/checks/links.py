"""Links in answers and introductions that lead nowhere, and prompts that are no entry.

What is checked is what the content itself decides: anchors, pages of the FAQ, files beside the
page, ids. Addresses of other sites, and those from the root of the site that a widget stands on,
are not fetched.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from os.path import normpath
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from index.checks.finding import EntryFinding, place, warning
from index.checks.markup import Link, links_in
from index.entry import Entry, Page, slug
from index.formats.reading import Finding, quoted

_NAME: Final = "dead-link"
_FAQ: Final = "/faq/"
_MARKDOWN: Final = (".md", ".markdown")
_MEND: Final = "Name one that is there, or remove the link."


def dead(pages: Sequence[Page], entries: Sequence[Entry]) -> Iterator[Finding]:
    """Find links and pictures that lead nowhere, each target once on a page, and such prompts."""
    known = _Known(pages, entries)
    for page in pages:
        said: set[str] = set()
        for link, entry in _links(page):
            what = "" if link.target in said else known.fault(link, page)
            said.add(link.target)
            if what:
                where = place(entry) if entry else page.source or page.name
                id_ = entry.id if entry else ""
                yield EntryFinding("warning", where, what, _MEND, _NAME, id_)
    yield from _dead_prompts(entries)


def _links(page: Page) -> Iterator[tuple[Link, Entry | None]]:
    for link in links_in(page.introduction):
        yield link, None
    for entry in page.entries:
        for link in links_in(entry.answer):
            yield link, entry


def _dead_prompts(entries: Sequence[Entry]) -> Iterator[Finding]:
    ids = {entry.id for entry in entries}
    for entry in entries:
        for prompt in entry.prompts:
            if prompt not in ids:
                what = f"the prompt {quoted(prompt)} is no entry's id."
                yield warning(_NAME, entry, what, "Name an entry that is there, or remove it.")


@dataclass(frozen=True)
class _Known:
    pages: Sequence[Page]
    entries: Sequence[Entry]

    @cached_property
    def _ids(self) -> dict[str, set[str]]:
        """By page, the ids of its entries: the anchors that it has when it is served."""
        found: defaultdict[str, set[str]] = defaultdict(
            set, {page.name: set() for page in self.pages}
        )
        for entry in self.entries:
            found[entry.page].add(entry.id)
        return dict(found)

    @cached_property
    def _id_of_heading(self) -> dict[tuple[str, str], str]:
        """By page and heading, as other software makes an anchor of it, the id of the entry."""
        return {(entry.page, slug(entry.question)): entry.id for entry in self.entries}

    @cached_property
    def _page_of_id(self) -> dict[str, str]:
        return {entry.id: entry.page for entry in self.entries}

    @cached_property
    def _page_of_file(self) -> dict[str, str]:
        return {normpath(page.source): page.name for page in self.pages if page.source}

    def fault(self, link: Link, page: Page) -> str:
        """Why a link on a page leads nowhere; empty if it leads somewhere, or nobody can tell."""
        try:
            parts = urlsplit(link.target)
        except ValueError:
            return f"the link {quoted(link.target)} is no address."
        path, anchor = unquote(parts.path), unquote(parts.fragment)
        if parts.scheme or parts.netloc:
            return ""
        if not path:
            return self._anchor_fault(link, page.name, anchor)
        if path.startswith(_FAQ) and path != _FAQ:
            return self._page_fault(link, path.removeprefix(_FAQ), anchor)
        return "" if path.startswith("/") else self._relative_fault(link, page, path, anchor)

    def _anchor_fault(self, link: Link, page: str, anchor: str) -> str:
        if not anchor or anchor.casefold() == "top" or anchor in self._ids[page]:
            return ""
        if meant := self._id_of_heading.get((page, slug(anchor))):
            hint = f"; the entry that it names has the id {quoted(meant)}"
        elif owner := self._page_of_id.get(anchor):
            hint = f"; it is an entry of the page {quoted(owner)}"
        else:
            hint = ""
        return f"the link {quoted(link.target)} leads to no entry of {quoted(page)}{hint}."

    def _page_fault(self, link: Link, name: str, anchor: str) -> str:
        name = name if name in self._ids else name.rstrip("/")
        if name not in self._ids:
            return f"the link {quoted(link.target)} leads to no page of the FAQ."
        return self._anchor_fault(link, name, anchor)

    def _relative_fault(self, link: Link, page: Page, path: str, anchor: str) -> str:
        beside = Path(normpath(Path(page.source).parent / path))
        name = self._page_of_file.get(str(beside), "")
        if not name and not link.is_image:
            is_markdown = beside.suffix.lower() in _MARKDOWN
            name = slug(beside.stem) if is_markdown else normpath(path)
        if name in self._ids:
            return self._anchor_fault(link, name, anchor)
        if page.source and _exists(beside):
            return ""
        kind = "picture" if link.is_image else "link"
        return f"the {kind} {quoted(link.target)} leads to no file or page."


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # no name that a file could have
        return False
