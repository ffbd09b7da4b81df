"""An answer's Markdown as it is shown: HTML that cannot run anything in the visitor's browser, and
its passages. What was rendered lately is kept: an answer is given many times.
"""

import re
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Final, TypeAlias
from urllib.parse import quote, unquote

import nh3

from index.entry import slug
from index.text import markdown_parser, parsed, passages, plain

Link: TypeAlias = Callable[[str, str], str]
"""The address of a page of the FAQ, by its name (empty: the answer's own page), and of what has an
id on it (empty: the page as a whole)."""

_TAGS: Final = nh3.ALLOWED_TAGS - {"area", "map", "svg", "math"}

# The time that nh3 takes grows with the square of the depth: 16,000 open tags take a second.
_DEEPEST: Final = 200
# Tags that nest; the others have no end, or another of their kind ends them.
_TAG: Final = re.compile(r"<(/?)(?!(?:br|hr|img|wbr|col|li|p|t[dhr]|d[dt])\b)[a-z]", re.IGNORECASE)

# How one page of content links to another, or to a place on it: by its file, or by its address.
_BY_FILE: Final = re.compile(r"(?:\./)?([^/?#:]+)\.(?:md|markdown)(?:#(.*))?", re.IGNORECASE)
_BY_ADDRESS: Final = re.compile(r"/faq/([^/?#]+)(?:#(.*))?")
_BY_ID: Final = re.compile(r"()#(.+)")

_KEPT: Final = 2048  # answers: some 10 MB, when they are as long as MedQuAD's


def below_root(page: str, fragment: str) -> str:
    """An address from the service's root, which is where the widget resolves them."""
    return f"faq/{beside(page, fragment)}"


def beside(page: str, fragment: str) -> str:
    """An address from another page of the FAQ."""
    return quote(page, safe="") + (f"#{quote(fragment)}" if fragment else "")


def within(page: str, fragment: str) -> str:
    """An address in a file that holds all pages."""
    return f"#{quote(fragment or page)}"


@lru_cache(_KEPT)
def to_html(markdown: str, link: Link = beside, page: str = "") -> str:
    """Render Markdown and keep what nh3 (ammonia) deems safe; links open without a referrer.

    link: makes the addresses of links to the FAQ's own pages. page: the name of the answer's page
    where links to a place on it need it.
    """
    # Raw HTML in it is passed through, to be judged by nh3 like all the rest.
    passes_html = _depth(markdown) <= _DEEPEST
    parser = markdown_parser(passes_html=passes_html)
    return nh3.clean(
        parser.renderer.render(parsed(markdown, passes_html=passes_html), parser.options, {}),
        tags=_TAGS,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow",
        attribute_filter=partial(_attribute, link, page),
    ).strip()


def bring_in() -> None:
    """Have all at hand that it takes, or the first answer would wait for it."""
    to_html("")


def _depth(markdown: str) -> int:
    """How deep raw HTML may be nested at most."""
    depth = deepest = 0
    for tag in _TAG.finditer(markdown):
        depth = max(0, depth - 1) if tag[1] else depth + 1
        deepest = max(deepest, depth)
    return deepest


def _attribute(link: Link, page: str, tag: str, name: str, value: str) -> str:
    if (tag, name) != ("a", "href"):
        return value
    if found := _BY_FILE.fullmatch(value):
        return link(slug(unquote(found[1])), unquote(found[2] or ""))
    found = _BY_ADDRESS.fullmatch(value) or _BY_ID.fullmatch(value)
    return link(unquote(found[1]) or page, unquote(found[2] or "")) if found else value


@lru_cache(_KEPT)
def to_passages(markdown: str) -> tuple[str, ...]:
    """Its `index.text.passages`, as plain text."""
    return tuple(passages(plain(markdown)))
