"""Markdown to HTML that cannot run anything in the visitor's browser."""

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt

# Raw HTML in an answer is passed through by the renderer and judged by nh3 like all the rest.
_RENDERER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_TAGS = nh3.ALLOWED_TAGS - {"area", "map", "svg", "math"}


@lru_cache(maxsize=4096)
def to_html(markdown: str) -> str:
    """Render Markdown and keep what nh3 (ammonia) deems safe; links open without a referrer."""
    return nh3.clean(
        _RENDERER.render(markdown),
        tags=_TAGS,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow",
    ).strip()
