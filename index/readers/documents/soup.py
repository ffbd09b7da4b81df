"""Parsed HTML, made safe to walk, and its Markdown."""

# ruff: noqa: ARG002 - markdownify gives every tag's method the same arguments.

import re
import warnings
from collections import Counter
from contextlib import suppress
from typing import Final
from urllib.parse import urljoin, urlsplit

from bs4 import (
    BeautifulSoup,
    MarkupResemblesLocatorWarning,
    Tag,
    XMLParsedAsHTMLWarning,
)
from bs4.builder._lxml import LXMLTreeBuilder, LXMLTreeBuilderForXML
from bs4.element import NavigableString, PageElement, PreformattedString
from markdownify import ATX, MarkdownConverter

# Far beyond what people write, and far from where recursion over the tree would end in an error.
DEEPEST: Final = 100
_ABYSS: Final = 2_000
_UNSEEN: Final = {"script", "style"}
_WIDEST: Final = 50  # columns that one cell of a table may span

_SAFE: Final = {"", "http", "https", "mailto", "tel", "sms", "ftp"}
_CONTROLS: Final = dict.fromkeys(range(0x21))  # browsers skip these in a scheme


def parsed(html: str) -> BeautifulSoup:
    """Parse a page or a fragment; comments are gone, and below `DEEPEST` tags only text is left."""
    with warnings.catch_warnings():  # that a text looks like XML, an address or a file's name
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        warnings.simplefilter("ignore", MarkupResemblesLocatorWarning)
        soup = BeautifulSoup(html, builder=_ShallowBuilder(huge_tree=True))
    for comment in soup.find_all(string=lambda text: isinstance(text, PreformattedString)):
        comment.extract()
    return soup


class _TooDeepError(Exception):
    """There are more tags in each other than are read."""


class _ShallowBuilder(LXMLTreeBuilder):
    """Leaves only text below `DEEPEST` tags, for Beautiful Soup needs time by the depth squared. So
    does libxml2 for ends that have no beginning: what comes after `_ABYSS` tags is not read.
    """

    CHUNK_SIZE = 4096  # characters after which it is noticed

    def initialize_soup(self, soup: BeautifulSoup) -> None:
        super().initialize_soup(soup)
        self._depth = 0
        self._is_unseen = False

    def feed(self, markup: str | bytes) -> None:
        with suppress(_TooDeepError):
            LXMLTreeBuilderForXML.feed(self, markup)  # the HTML builder's feeds all at once

    def start(
        self,
        tag: str | bytes,
        attrib: dict[str | bytes, str | bytes],
        nsmap: dict[str, str] = {},  # noqa: B006 - Beautiful Soup's own signature
    ) -> None:
        if self._depth <= DEEPEST:
            super().start(tag, attrib, nsmap)
        elif self._depth > _ABYSS:
            raise _TooDeepError
        self._depth += 1
        self._is_unseen = self._depth > DEEPEST and tag in _UNSEEN

    def end(self, tag: str | bytes) -> None:
        self._depth -= 1
        self._is_unseen = False
        if self._depth <= DEEPEST:
            super().end(tag)

    def data(self, data: str | bytes) -> None:
        if not self._is_unseen:
            super().data(data)


def markdown_of(tag: Tag, base: str = "") -> str:
    """Render a tag and what is in it as Markdown; `base` is the address of the page, or empty."""
    return without_blank_runs(_Converter(base).convert_soup(tag))


def without_blank_runs(markdown: str) -> str:
    """Leave one blank line of several, except in code, and none at either end."""
    kept: list[str] = []
    fence = ""
    for line in markdown.strip("\n").split("\n"):
        mark = _FENCE.match(line)
        if mark and (not fence or (mark[1].startswith(fence) and not line.strip(" `~"))):
            fence = "" if fence else mark[1]
        if fence or line.strip() or (kept and kept[-1]):
            kept.append(line if fence or line.strip() else "")
    return "\n".join(kept).strip("\n")


def safe_link(target: str, base: str) -> str:
    """Resolve where a link leads; empty where it would run a script or hold data."""
    target = target.strip()
    try:
        scheme = urlsplit(target.translate(_CONTROLS)).scheme.lower()
        if scheme not in _SAFE:
            return ""
        resolved = urljoin(base, target) if base else target
    except ValueError:  # an address that is none, such as http://[
        return ""
    return "".join(f"%{ord(char):02X}" if char in " <>()\n\t" else char for char in resolved)


_FENCE: Final = re.compile(r"[ >]*(`{3,}|~{3,})")
BLOCKS: Final = frozenset(
    [
        *("address", "article", "aside", "blockquote", "body", "br", "dd", "details", "dialog"),
        *("div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "hr", "html", "li", "main", "nav", "ol", "p", "pre"),
        *("section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"),
    ]
)
_LANGUAGE: Final = re.compile(r"(?:language|lang|highlight-source)-([\w+#.-]{1,30})")

_CLOSES: Final = re.compile(r"[^\W_]_+(?![^\W_])")
_INLINE: Final = re.compile(
    r"<(?=[A-Za-z/!?])"
    r"|&(?=#?\w{1,31};)"
    r"|\\(?=[!-/:-@\[-`{-~])"
    r"|`(?=[^`]*`)"
    r"|\*(?=\S[^*]*\*)"
    r"|\[(?=[^\[\]]*\][(:\[])"
    r"|~(?=~)"
)
_OPENING: Final = re.compile(r"(?<![^\W_])_(?=_*[^\W_])")
_LINE: Final = re.compile(
    r"(?<=\n)(?=#{1,6}(?:\s|$)|[-+*](?:\s|$)|>|=+[ \t]*$|[|:]?-[-|: \t]*$|`{3}|~{3}|\*{3}|_{3})"
    r"|(?<=\n)(\d{1,9})(?=[.)](?:\s|$))",
    re.MULTILINE,
)


def _escaped(text: str) -> str:
    """Put a backslash where Markdown would take text for a mark, and nowhere else."""
    text = _INLINE.sub(r"\\\g<0>", text)
    return _OPENING.sub(r"\\_", text) if _CLOSES.search(text) else text


def _escaped_lines(text: str, *, starts_line: bool) -> str:
    """The same for what is a mark only where a line begins."""
    if starts_line:
        return _LINE.sub(r"\1\\", f"\n{text}")[1:]
    return _LINE.sub(r"\1\\", text)


class _Converter(MarkdownConverter):
    """markdownify, with links made safe and whole, and every list and table in linear time."""

    def __init__(self, base: str) -> None:
        super().__init__(heading_style=ATX, bullets="-")
        self._base = base
        self._items: Counter[int] = Counter()

    def escape(self, text: str, parent_tags: set[str]) -> str:
        return _escaped(text)

    def process_text(self, el: NavigableString, parent_tags: set[str]) -> str:
        text: str = super().process_text(el, parent_tags)  # type: ignore[misc]  # not in its stub
        if "_noformat" in parent_tags or "pre" in parent_tags:
            return text
        return _escaped_lines(text, starts_line=_starts_line(el))

    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        target = safe_link(attribute(el, "href"), self._base)
        label = text.strip()
        if not target or not label or "_noformat" in parent_tags:
            return text
        before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
        if "\n\n" in label:  # a link around blocks: Markdown has none
            return text
        return f"{before}[{label}]({target}){after}"

    def convert_img(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        source = safe_link(attribute(el, "src") or attribute(el, "data-src"), self._base)
        label = " ".join(attribute(el, "alt").split())
        label = label.replace("[", r"\[").replace("]", r"\]")
        return f"![{label}]({source})" if source else label

    def convert_iframe(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Markdown holds no frames, but a film in one may be all of an answer."""
        source = safe_link(attribute(el, "src"), self._base)
        if not source.startswith(("http://", "https://")):
            return ""
        label = " ".join(attribute(el, "title").split()) or source
        return f"\n\n[{_escaped(label)}]({source})\n\n"

    def convert_hN(self, n: int, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: N802
        """In an answer, headings of level 1 and 2 would be those of pages and questions."""
        line = " ".join(text.split())
        if "_inline" in parent_tags or not line:
            return line
        return f"\n\n{'#' * max(3, min(n, 6))} {line}\n\n"

    def convert_summary(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return _bold_line(text)

    def convert_dt(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return _bold_line(text)

    def convert_dd(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return f"\n\n{text.strip()}\n\n"

    def convert_li(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        if not text.strip():
            return "\n"
        bullet = "- "
        if el.parent is not None and el.parent.name == "ol":
            start = attribute(el.parent, "start")
            first = int(start) if start.isdecimal() and len(start) < 9 else 1
            bullet = f"{first + self._items[id(el.parent)]}. "
            self._items[id(el.parent)] += 1
        lines = text.strip().split("\n")
        indented = [f"{' ' * len(bullet)}{line}" if line else "" for line in lines]
        return f"{bullet}{lines[0]}" + "".join(f"\n{line}" for line in indented[1:]) + "\n"

    def convert_pre(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        code = text.strip("\n").rstrip()
        if not code:
            return ""
        ticks = max((len(run) for run in re.findall("`+", code)), default=0)
        fence = "`" * max(3, ticks + 1)
        inner = el.find("code")
        named = " ".join(attribute(tag, "class") for tag in (el, inner) if isinstance(tag, Tag))
        language = _LANGUAGE.search(named)
        return f"\n\n{fence}{language[1] if language else ''}\n{code}\n{fence}\n\n"

    def convert_td(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        cell = " ".join(text.split()).replace("|", r"\|")
        span = attribute(el, "colspan")
        width = int(span) if span.isdecimal() and len(span) < 5 else 1
        return f" {cell} |" + "  |" * (max(1, min(width, _WIDEST)) - 1)

    convert_th = convert_td

    def convert_tr(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return f"|{text}\n" if text.strip() else ""

    def convert_table(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """The first row is the heading, for a table without one is none in Markdown."""
        lines = text.strip().split("\n")
        row = next((row for row, line in enumerate(lines) if line.startswith("|")), None)
        if row is not None:
            columns = max(len(_BAR.findall(line)) for line in lines if line.startswith("|")) - 1
            missing = columns + 1 - len(_BAR.findall(lines[row]))
            lines[row : row + 1] = [lines[row] + "  |" * missing, f"|{' --- |' * columns}"]
        return "\n\n" + "\n".join(lines) + "\n\n"

    def _nothing(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return ""

    convert_script = convert_style = convert_noscript = convert_template = _nothing
    convert_svg = convert_math = convert_canvas = convert_object = convert_embed = _nothing
    convert_button = convert_input = convert_select = convert_textarea = _nothing
    convert_datalist = convert_head = convert_title = convert_audio = _nothing


_BAR: Final = re.compile(r"(?<!\\)\|")


def _bold_line(text: str) -> str:
    line = " ".join(text.split())
    bold = line if not line or line.startswith(("**", "#")) else f"**{line}**"
    return f"\n\n{bold}\n\n"


def attribute(tag: Tag, name: str) -> str:
    """Give an attribute as the page has it; bs4 takes a class, which may be many, apart."""
    value = tag.get(name)
    return " ".join(value) if isinstance(value, list) else value or ""


def _starts_line(text: PageElement) -> bool:
    before = text.previous_sibling
    return before is None or (isinstance(before, Tag) and before.name in BLOCKS)
