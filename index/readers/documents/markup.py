"""HTML in a text: whether there is any, and the same as Markdown."""

import re
from html.entities import html5
from typing import Final

_BLOCKS: Final = (
    "p|div|ul|ol|li|dl|dt|dd|table|thead|tbody|tr|td|th|h[1-6]|blockquote|pre|section|article|hr"
)
_INLINE: Final = (
    "a|abbr|b|br|center|cite|code|del|details|em|figure|font|i|iframe|img|ins|kbd|mark|q|s|samp"
    "|small|span|strike|strong|sub|summary|sup|tt|u|var|video|wbr"
)
_END: Final = r"(?:\s[^<>]*)?/?>"
_BLOCK_TAG: Final = re.compile(rf"</?(?:{_BLOCKS}){_END}", re.IGNORECASE)
_INLINE_TAG: Final = re.compile(rf"</?(?:{_INLINE}){_END}", re.IGNORECASE)
_ENTITY: Final = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|([A-Za-z][A-Za-z0-9]{1,31}));")
_CODE: Final = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
# Signs that a person wrote Markdown. In HTML an empty line means nothing, in Markdown it does.
_MARKDOWN: Final = re.compile(
    r"\]\(|\*\*\w|^\s*(?:#{1,6}|[-*+]|\d{1,3}[.)])[ \t]|^[ \t]*(?:```|~~~)|\n[ \t]*\n", re.MULTILINE
)


def has_markup(text: str) -> bool:
    """Whether a text is HTML, by its tags and entities, rather than plain text or Markdown.

    Markdown may hold inline tags, so these count only where nothing looks like Markdown.
    """
    if "<" not in text and "&" not in text:
        return False
    bare = _CODE.sub("", text) if "`" in text else text
    if _BLOCK_TAG.search(bare):
        return True
    is_marked = _INLINE_TAG.search(bare) is not None or any(map(_is_known, _ENTITY.finditer(bare)))
    return is_marked and not _MARKDOWN.search(text)


def _is_known(entity: re.Match[str]) -> bool:
    return entity[1] is None or f"{entity[1]};" in html5


def to_markdown(html: str, base: str = "") -> str:
    """Render an HTML fragment as Markdown, without scripts, forms and what else is not text.

    Links and images are resolved against `base`, if it is an address. Tags that are nested
    absurdly deep leave only their text.
    """
    # The libraries behind it take long to load, and most texts have no markup.
    from index.readers.documents.soup import markdown_of, parsed

    return markdown_of(parsed(html), base)
