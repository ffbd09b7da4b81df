"""Sitemaps (sitemaps.org): which pages of a site there are, as XML or as a list of addresses."""

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import ParseError

from index.errors import ContentError, first_line
from index.readers.source import Source

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_ROOTS: Final = {"urlset", "sitemapindex"}
_DEPTH: Final = 3  # urlset, url, loc; deeper are the pictures of a page
_PAGES: Final = {"text/html", "application/xhtml+xml"}
# What the parser raises of XML that is broken, holds entities, or is in no encoding it knows.
_MALFORMED: Final = (ParseError, ValueError, LookupError)
_ADDRESS: Final = re.compile(r"https?://\S+", re.IGNORECASE)


def addresses(source: Source) -> list[str] | None:
    """The addresses that a sitemap lists, of pages or of further sitemaps; None if it is none.

    Raises:
        ContentError: it is a sitemap that breaks off, or that holds more than data.
    """
    if source.media_type in _PAGES:
        return None
    if source.data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        return _of_xml(source)
    return _of_text(source) if source.media_type in {"", "text/plain"} else None


def _of_text(source: Source) -> list[str] | None:
    lines = [line.strip() for line in source.text().split("\n") if line.strip()]
    return lines if lines and all(map(_ADDRESS.fullmatch, lines)) else None


def _of_xml(source: Source) -> list[str] | None:
    # Here and not above: only fetching needs it.
    from defusedxml.ElementTree import iterparse

    try:
        events = iterparse(io.BytesIO(source.data), ("start", "end"), forbid_dtd=True)
        _, root = next(events)
    except _MALFORMED:
        return None
    if _name(root) not in _ROOTS:
        return None
    try:
        return list(_locations(root, events))
    except _MALFORMED as error:
        what = f"this sitemap is not well-formed XML: {first_line(error)}."
        mend = "Whoever runs the site can mend it; until then import its pages by their addresses."
        raise ContentError(what, where=source.name, mend=mend) from None


def _locations(root: "Element", events: "Iterator[tuple[str, Element]]") -> Iterator[str]:
    depth = 1
    for event, element in events:
        if event == "start":
            depth += 1
            continue
        if depth == _DEPTH and _name(element) == "loc":
            yield (element.text or "").strip()
        depth -= 1
        if depth == 1:
            root.clear()  # what was read, or all of it would be kept


def _name(element: "Element") -> str:
    return str(element.tag).rpartition("}")[2]
