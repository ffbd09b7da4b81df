"""What the tags of a page are for, told by their names, roles and classes."""

import re
from collections.abc import Iterator
from typing import Final

from bs4 import Tag
from bs4.element import PageElement

from index.readers.documents.soup import BLOCKS, attribute
from index.readers.documents.wording import LONGEST, cleaned, has_words, is_question

_SKIPPED: Final = frozenset(
    ["nav", "footer", "script", "style", "template", "noscript", "svg", "head", "iframe", "dialog"]
)
_SKIPPED_ROLES: Final = frozenset(
    ["navigation", "contentinfo", "search", "menu", "menubar", "dialog", "alertdialog"]
)
_SKIPPED_CLASS: Final = re.compile(
    r"(?:(?:site|page|main|global|top|local)[-_]?)?"
    r"(?:nav|navbar|navigation|menu|footer|breadcrumbs?|toc|table-of-contents|sidebar|pagination)"
    r"|cookie.*|copyright|skip-link",
    re.IGNORECASE,
)
_CONTROL_CLASS: Final = re.compile(
    r"(?:.*[-_])?(?:accordion|toggle|collaps\w*|faqs?|panel|card|tab|expander|dropdown)s?(?:[-_]+\w*)?"
    r"[-_]*(?:header|heading|head|title|button|btn|trigger|toggle|question|q|summary)"
    r"|(?:.*[-_])?question(?:[-_](?:title|text|header))?|collapsible|accordion",
    re.IGNORECASE,
)
_SELF_LINK: Final = re.compile(
    r"headerlink|anchor|permalink|self-?link|hash-?link|icon|sr-only|visually-hidden", re.IGNORECASE
)
HEADING: Final = re.compile(r"h[1-6]")
_SAME_PAGE: Final = re.compile(r"^#")
_LAID_OUT: Final = ["table", "details", "dl", "h1", "h2", "h3", "h4", "h5", "h6"]
_PARAGRAPHS: Final = 3  # in a cell, on average
_MANY: Final = ["ul", "ol", "table", "pre", "dl", "details", "blockquote"]


def visible(tag: Tag) -> str:
    """The text of a tag on one line, without links to itself, icons and what is not shown."""
    parts: list[str] = []
    open_: list[PageElement | str] = [tag]
    while open_:
        node = open_.pop()
        if not isinstance(node, Tag):
            parts.append(str(node))
        elif node is tag or not (node.name in _SKIPPED or _is_self_link(node)):
            space = " " if node.name in BLOCKS else ""
            open_ += [space, *reversed(node.contents), space]
    return " ".join("".join(parts).split())


def _is_self_link(tag: Tag) -> bool:
    return tag.name in {"a", "i", "span"} and bool(_SELF_LINK.search(attribute(tag, "class")))


def terms(tag: Tag) -> Iterator[Tag]:
    """The terms and definitions of a list, whose pairs may be wrapped."""
    for child in tag.children:
        if isinstance(child, Tag):
            if child.name in {"dt", "dd"}:
                yield child
            else:
                yield from (inner for inner in child.find_all(["dt", "dd"], recursive=False))


def following(tag: Tag) -> Tag | None:
    """The tag after this one, or after those around it that hold nothing else."""
    here: Tag | None = tag
    for _ in range(4):
        if here is None or here.name in {"body", "[document]"}:
            return None
        after = next((node for node in here.next_siblings if _is_filled(node)), None)
        if after is not None:
            return after if isinstance(after, Tag) else None
        if any(_is_filled(node) for node in here.previous_siblings):
            return None
        here = here.parent
    return None


def _is_filled(node: PageElement) -> bool:
    return isinstance(node, Tag) or bool(str(node).strip())


def is_skipped(tag: Tag) -> bool:
    """Whether a tag surrounds the content of a page, as navigation does, or is not shown."""
    if tag.name in _SKIPPED or attribute(tag, "role") in _SKIPPED_ROLES:
        return True
    names = f"{attribute(tag, 'class')} {attribute(tag, 'id')}".split()
    is_named = any(_SKIPPED_CLASS.fullmatch(name) for name in names)
    return is_named and tag.name != "body" and tag.find(["main", "h1"]) is None


def is_control(tag: Tag) -> bool:
    """Whether a tag is what is clicked to unfold an answer, by what it says it controls."""
    if tag.name in {"html", "body", "main", "form", "p", "li", "ul", "details", "summary", "input"}:
        return False
    toggles = {attribute(tag, "data-toggle"), attribute(tag, "data-bs-toggle")}
    is_one = (
        tag.has_attr("aria-expanded")
        or "collapse" in toggles
        or attribute(tag, "role") == "tab"
        or any(_CONTROL_CLASS.fullmatch(name) for name in attribute(tag, "class").split())
    )
    return is_one and _is_short(tag)


def _is_short(tag: Tag) -> bool:
    """Whether a tag holds one line, and so cannot hold an answer as well."""
    if tag.find(_MANY) is not None or len(tag.find_all(["p", HEADING], limit=2)) > 1:
        return False
    length = 0
    for text in tag.strings:
        length += len(text.strip())
        if length > LONGEST:
            return False
    return length > 0


def anchor_of(tag: Tag) -> str:
    """The id of a tag, or of the first in it that has one."""
    named = (
        attribute(part, "id") or attribute(part, "name") for part in (tag, *tag.find_all(True))
    )
    return next(filter(None, named), "")


def is_only_links(tag: Tag) -> bool:
    """Whether a tag has no words but in links to other places of the same page."""
    links = tag.find_all("a", href=_SAME_PAGE)
    if not links:
        return False
    linked = {id(text) for link in links for text in link.strings}
    return not any(has_words(text) for text in tag.strings if id(text) not in linked)


def question_cells(table: Tag) -> list[tuple[Tag, list[Tag]]]:
    """Of a table whose rows are a question and its answer: the cell of each and those after it.

    Nothing if less than half of the rows are.
    """
    rows = [row.find_all(["td", "th"], recursive=False) for row in table.find_all("tr")]
    pairs = []
    for cells in rows:
        asking = (n for n, cell in enumerate(cells[:-1]) if _asks(cell))
        if (number := next(asking, None)) is not None:
            pairs.append((cells[number], cells[number + 1 :]))
    return pairs if len(pairs) * 2 >= len(rows) else []


def is_grid(table: Tag) -> bool:
    """Whether a table holds data in rows and columns, rather than laying out a page in columns."""
    rows = [row.find_all(["td", "th"], recursive=False) for row in table.find_all("tr")]
    wide = [row for row in rows if len(row) > 1]
    if len(wide) < 2 or len(wide) * 2 < len(rows) or table.find(_LAID_OUT) is not None:
        return False
    paragraphs = table.find_all("p")
    asks = any(_asks(paragraph) for paragraph in paragraphs)
    return not asks and len(paragraphs) <= _PARAGRAPHS * sum(map(len, rows))


def _asks(cell: Tag) -> bool:
    return _is_short(cell) and is_question(cleaned(visible(cell), markdown=False))
