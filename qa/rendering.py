"""An answer's Markdown as it is shown: HTML that cannot run anything in the visitor's browser, and
its passages. What was rendered lately is kept: an answer is given many times.
"""

from functools import lru_cache
from typing import Final

import nh3
from markdown_it import MarkdownIt

from index.text import passages, plain

# Raw HTML in an answer is passed through by the renderer and judged by nh3 like all the rest.
_RENDERER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_TAGS = nh3.ALLOWED_TAGS - {"area", "map", "svg", "math"}


_KEPT: Final = 2048  # answers: some 10 MB, when they are as long as MedQuAD's


@lru_cache(_KEPT)
def to_html(markdown: str) -> str:
    """Render Markdown and keep what nh3 (ammonia) deems safe; links open without a referrer."""
    return nh3.clean(
        _RENDERER.render(markdown),
        tags=_TAGS,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow",
    ).strip()


@lru_cache(_KEPT)
def to_passages(markdown: str) -> tuple[str, ...]:
    """Its `index.text.passages`, as plain text."""
    return tuple(passages(plain(markdown)))
