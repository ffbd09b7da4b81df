"""A parsed web page: what it says of itself, and its questions, marked or only shown."""

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urljoin

from bs4 import BeautifulSoup

from index.formats.reading import Finding, Reading, quoted
from index.readers.documents.answers import Faq, Pair
from index.readers.documents.blocks import Block
from index.readers.documents.front_matter import front_matter
from index.readers.documents.html_blocks import html_blocks
from index.readers.documents.page_parts import visible
from index.readers.documents.pages import Facts, language_of, page_of
from index.readers.documents.questions import find_questions
from index.readers.documents.schema_org import marked_questions
from index.readers.documents.soup import attribute, parsed
from index.readers.documents.wording import cleaned, has_words
from index.readers.source import Source
from index.text import normalise


def read_page(source: Source, text: str) -> Reading:
    """Read a page from its HTML. What it marks for machines wins; to that, nothing is added.

    Raises ContentError if it has no question with an answer.
    """
    lines = text.split("\n")
    front = front_matter(lines)
    soup = parsed("\n".join(lines[front.rows :]) if front.rows else text)
    facts = _facts(source, soup)
    facts = replace(
        facts,
        title=facts.title or front.first("title"),
        language=facts.language or language_of(front.first("lang", "language")),
    )
    base = _base(soup, facts.url)
    marks = marked_questions(soup, base)
    blocks = html_blocks(soup, base)
    shown = find_questions(blocks, f"{facts.title} {source.stem}")
    marked = _placed(marks, blocks)
    if not marked:
        return page_of(source, facts, shown, looked=text)
    return page_of(source, facts, Faq(marked), _only_shown(source, marked, shown))


def _placed(pairs: tuple[Pair, ...], blocks: Sequence[Block]) -> tuple[Pair, ...]:
    """Give questions that a script marks the anchors that they have where they are shown."""
    anchors = {normalise(block.text): block.anchor for block in blocks if block.anchor}
    return tuple(
        replace(
            pair,
            question=replace(
                pair.question,
                anchor=pair.question.anchor or anchors.get(normalise(pair.question.text), ""),
            ),
        )
        for pair in pairs
    )


def _only_shown(source: Source, marked: tuple[Pair, ...], shown: Faq) -> list[Finding]:
    """Tell of questions that a visitor sees and that are not among those marked."""
    known = {normalise(pair.question.text) for pair in marked}
    texts = (pair.question.text for pair in shown.pairs)
    others = [text for text in texts if normalise(text) not in known]
    if not others:
        return []
    shown_too = "1 question is" if len(others) == 1 else f"{len(others)} questions are"
    what = (
        f"{shown_too} shown but not in the page's schema.org markup, which is what was read; "
        f"the first: {quoted(others[0])}."
    )
    return [Finding("skipped", source.name, what)]


def _facts(source: Source, soup: BeautifulSoup) -> Facts:
    headings = soup.find_all("h1", attrs={"aria-level": "0"}, limit=1)
    headings = headings or soup.find_all("h1", limit=2)
    title = visible(headings[0]) if len(headings) == 1 else ""
    if not title and soup.title is not None:
        title = " ".join(soup.title.get_text().split())
    canonical = soup.find("link", rel="canonical")
    address = attribute(canonical, "href") if canonical is not None else ""
    root = soup.find("html")
    language = attribute(root, "lang") or attribute(root, "xml:lang") if root is not None else ""
    return Facts(
        title=cleaned(title, markdown=False) if has_words(title) else "",
        url=source.name if source.is_address else address if address.startswith("http") else "",
        language=language_of(language),
    )


def _base(soup: BeautifulSoup, url: str) -> str:
    """What links on the page are relative to; empty if the page's address is not known."""
    said = soup.find("base", href=True)
    try:
        return urljoin(url, attribute(said, "href")) if said is not None else url
    except ValueError:
        return url
