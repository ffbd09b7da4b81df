"""What of a Markdown text a check asks for: its links and pictures, and its words without code."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape
from typing import Final

from markdown_it.token import Token

from index.text import parsed

# A text with none of these has no link in it, and need not be parsed.
_MAY_LINK: Final = re.compile(r"[\]<]")
_HTML_LINK: Final = re.compile(
    r"<(a|img)\b[^<>]*?\b(?:href|src)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Link:
    """Where a link leads, or a picture lies, as it is written but for escapes."""

    target: str
    is_image: bool = False


def links_in(markdown: str) -> list[Link]:
    """The links and pictures of a Markdown text, also those in HTML, in order."""
    if not _MAY_LINK.search(markdown):
        return []
    return list(_links(_flat(parsed(markdown, passes_html=True))))


def _links(tokens: Iterable[Token]) -> Iterator[Link]:
    for token in tokens:
        if token.type == "link_open":
            yield Link(str(token.attrGet("href") or ""))
        elif token.type == "image":
            yield Link(str(token.attrGet("src") or ""), is_image=True)
        elif token.type in {"html_inline", "html_block"}:
            for tag, *quoted in _HTML_LINK.findall(token.content):
                yield Link(unescape("".join(quoted)).strip(), is_image=tag.lower() == "img")


def without_code(markdown: str) -> str:
    """The words of a Markdown text that are no code, link target or HTML."""
    tokens = _flat(parsed(markdown, passes_html=True))
    return " ".join(token.content for token in tokens if token.type == "text")


def _flat(tokens: Iterable[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from token.children or ()
