"""The FAQ as others read it: programs (JSONL, CSV), search engines (JSON-LD), people (HTML)."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from importlib.resources import files
from typing import Final, TypeAlias

from jinja2 import Environment, StrictUndefined

from index.entry import Entry, Page, is_web_address
from index.errors import InputError
from index.formats import jsonl, table
from index.snapshot import Snapshot
from qa.faq import pages_shown
from qa.json_ld import described, faq_pages
from qa.rendering import to_html, within

_MOST_WITHOUT_CONTENTS: Final = 5

Export: TypeAlias = Callable[[Snapshot, str, datetime], tuple[str, int]]
"""Writes one page of a snapshot, or all when it is empty, as at that moment; and how many entries
that holds.
"""


def as_jsonl(snapshot: Snapshot, page: str, at: datetime) -> tuple[str, int]:  # noqa: ARG001 - all is kept
    """Every entry with all that is known of it, drafts too: `qa import` makes the same of it."""
    entries = _entries(snapshot, page)
    return "".join(f"{line}\n" for line in jsonl.write(entries)), len(entries)


def as_csv(snapshot: Snapshot, page: str, at: datetime) -> tuple[str, int]:  # noqa: ARG001 - all is kept
    """The same as a table, with a byte order mark, for spreadsheets."""
    entries = _entries(snapshot, page)
    return "\ufeff" + "".join(table.write(entries)), len(entries)


def as_json_ld(snapshot: Snapshot, page: str, at: datetime) -> tuple[str, int]:
    """What is shown, as search engines read it: a FAQPage, or a graph of several."""
    pages = _pages(snapshot, page, at)
    text = json.dumps(faq_pages(pages), ensure_ascii=False, indent=1) + "\n"
    return text, sum(map(len, map(described, pages)))


def as_html(snapshot: Snapshot, page: str, at: datetime) -> tuple[str, int]:
    """What is shown, as one file for people that needs nothing else; JSON-LD is in it."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False}
    source = files("qa").joinpath("export.html").read_text(encoding="utf-8")
    pages = _pages(snapshot, page, at)
    entries = [entry for one in pages for entry in one.entries]
    rendered = environment.from_string(source).render(
        pages=pages,
        language=_language(entries),
        has_contents=len(entries) > _MOST_WITHOUT_CONTENTS,
        json_ld=faq_pages(pages),
        to_html=lambda markdown: to_html(markdown, within),
        is_address=is_web_address,
    )
    return rendered.lstrip(), len(entries)


FORMATS: Final[Mapping[str, Export]] = {
    "jsonl": as_jsonl,
    "csv": as_csv,
    "jsonld": as_json_ld,
    "html": as_html,
}
"""The exports by name."""


def _entries(snapshot: Snapshot, page: str) -> Sequence[Entry]:
    if page and page not in {known.name for known in snapshot.pages}:
        raise _no_page(page, [known.name for known in snapshot.pages])
    return [entry for entry in snapshot.entries if not page or entry.page == page]


def _pages(snapshot: Snapshot, page: str, at: datetime) -> list[Page]:
    shown = pages_shown(snapshot, at)
    if page and page not in shown:
        raise _no_page(page, list(shown))
    return [shown[page]] if page else list(shown.values())


def _no_page(page: str, known: Sequence[str]) -> InputError:
    mend = f"There are: {', '.join(known[:20])}."
    return InputError(f"there is no page “{page}” with entries.", where="--page", mend=mend)


def _language(entries: Sequence[Entry]) -> str:
    """The one that all are in; empty if there are several, or nobody said of some."""
    languages = {entry.language for entry in entries}
    return languages.pop() if len(languages) == 1 else ""
