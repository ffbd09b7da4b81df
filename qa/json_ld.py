"""A page of the FAQ as search engines read it: schema.org's FAQPage in JSON-LD."""

from collections.abc import Sequence
from typing import Final

from index.entry import Entry, Page
from qa.rendering import to_html

_CONTEXT: Final = "https://schema.org"


def faq_page(page: Page) -> dict[str, object]:
    """The page with its entries (https://schema.org/FAQPage); answers as safe HTML.

    An entry without a wording or without an answer is left out: both are required.
    """
    return {"@context": _CONTEXT, **_node(page)}


def faq_pages(pages: Sequence[Page]) -> dict[str, object]:
    """One page as it is, several as a graph."""
    if len(pages) == 1:
        return faq_page(pages[0])
    return {"@context": _CONTEXT, "@graph": [_node(page) for page in pages]}


def _node(page: Page) -> dict[str, object]:
    return {
        "@type": "FAQPage",
        "name": page.title,
        "mainEntity": [_question(entry) for entry in described(page)],
    }


def described(page: Page) -> list[Entry]:
    """The entries that can be described: those with a wording and an answer."""
    return [entry for entry in page.entries if entry.phrasings and entry.answer]


def _question(entry: Entry) -> dict[str, object]:
    answer = {"@type": "Answer", "text": to_html(entry.answer)}
    return {"@type": "Question", "name": entry.phrasings[0], "acceptedAnswer": answer}
