"""A page as people write it: Markdown, with a heading for each question and its answer below.

    # Title

    An introduction.

    ## A question

    Its answer, kept word for word. Headings in it are of level 3 or deeper.

    <details>
    <summary>Also asked</summary>

    - another phrasing

    Id: page.question

    </details>

The block that ends an entry is optional; its keys are Id, Tags, Source, Language, State, From,
Until, Prompts (ids of entries to follow up with) and Context (`only`: it makes sense only after
another). A last key, `Not:`, has wordings listed under it that are not this answer. A block called
`About this page`, at the end of the introduction, may give Name, Source and Language.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice, takewhile
from pathlib import Path
from typing import Final

from index.entry import (
    Entry,
    Page,
    State,
    entry_id,
    parse_language,
    parse_state,
    parse_valid_from,
    parse_valid_until,
)
from index.formats.about import ENTRY_BLOCK, PAGE_BLOCK, About, Kind, read_about
from index.formats.outline import DEEPEST, Heading, Outline, outline
from index.formats.reading import (
    Faults,
    Finding,
    Reading,
    page_name,
    quoted,
    read_text,
    title_of,
    without_outer_blank_lines,
)
from index.text import one_line

ONLY: Final = "only"
"""What `Context` may be set to."""


def read(path: Path) -> Reading:
    """Read a page; unless it says otherwise, it is named after the file.

    Raises ContentError if the file is not text in UTF-8, OSError if it cannot be read.
    """
    return parse(read_text(path), path)


def parse(text: str, path: Path | str) -> Reading:
    r"""Read a page from its text, whose lines end in "\n"; `path` names it."""
    parted = part(text, path)
    entries = tuple(section.entry for section in parted.sections)
    return Reading((replace(parted.page, entries=entries),), parted.findings)


@dataclass(frozen=True, slots=True)
class Section:
    """An entry, and the rows of the text that are its: from `start` to before `end`."""

    entry: Entry
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Parted:
    """A text in its parts. page: without entries. language: of the entries that name none."""

    page: Page
    language: str
    sections: tuple[Section, ...]
    findings: tuple[Finding, ...]


def part(text: str, path: Path | str) -> Parted:
    """Read a page as `parse` does, and keep where in the text each entry is."""
    faults = Faults(path)
    lines, front = _without_front_matter(text.split("\n"))
    document = _Document(lines, outline("\n".join(lines)), faults)
    title, headings = _title_and_rest(document.outline.headings)
    if title:  # what stands above the title introduces the page too
        document = replace(document, lines=_blanked(lines, title.start, title.end))
    page, language = _page(document, headings, front)
    if title:
        page = replace(page, title=one_line(title.text) or page.title)
    _check_structure(document, headings)
    sections = tuple(_sections(document, headings, page.name, language))
    return Parted(page, language, sections, faults.findings)


@dataclass(frozen=True, slots=True)
class _Document:
    lines: list[str]
    outline: Outline
    faults: Faults


def _without_front_matter(lines: list[str]) -> tuple[list[str], dict[str, str]]:
    """Blank the YAML at the top, so that line numbers stay; give its plain values by key."""
    ends = (row for row, line in enumerate(lines) if row and line.rstrip() in {"---", "..."})
    end = next(ends, None)
    if lines[0].rstrip() != "---" or end is None:
        return lines, {}
    pairs = (line.partition(":") for line in lines[1:end] if line[:1].isalpha())
    values = {
        key.strip(): re.sub(r"""^(["'])(.*)\1$""", r"\2", value.strip()) for key, _, value in pairs
    }
    return _blanked(lines, 0, end + 1), values


def _blanked(lines: list[str], start: int, end: int) -> list[str]:
    return [*lines[:start], *[""] * (end - start), *lines[end:]]


def _title_and_rest(headings: tuple[Heading, ...]) -> tuple[Heading | None, tuple[Heading, ...]]:
    """Only a heading of level 1 before any question is the title."""
    if headings and headings[0].level == 1:
        return headings[0], headings[1:]
    return None, headings


def _check_structure(document: _Document, headings: tuple[Heading, ...]) -> None:
    if not any(heading.level == 2 for heading in headings):
        mend = "Make each question a heading, as in “## What does it cost?”."
        document.faults.error(1, "this file has no question.", mend)
    if (row := document.outline.too_deep) is not None:
        mend = f"Put fewer than {DEEPEST // 2} lists in each other."
        document.faults.error(row + 1, "the list here is nested too deep to be read.", mend)


def _page(
    document: _Document, headings: tuple[Heading, ...], front: dict[str, str]
) -> tuple[Page, str]:
    """Read the page without its entries, and the language of those that name none.

    front: what the YAML at the top says; the block of the page wins.
    """
    end = headings[0].start if headings else len(document.lines)
    introduction, about = _body_and_about(document, 0, end, PAGE_BLOCK)
    for row, _ in about.alternates:
        what = f"“{PAGE_BLOCK.summary}” holds no phrasings."
        mend = f"Move it to “{ENTRY_BLOCK.summary}” under a question."
        document.faults.error(row + 1, what, mend)
    path = document.faults.path
    page = Page(
        name=about.value("Name") or page_name(path),
        title=front.get("title") or title_of(Path(path).stem),
        introduction=introduction,
        url=about.value("Source"),
        source=str(path),
    )
    language = about.parsed("Language", parse_language, "", document.faults)
    return page, language or _language(front)


def _language(front: dict[str, str]) -> str:
    """Front matter is another program's: what is no language there is no fault here."""
    try:
        return parse_language(front.get("lang") or front.get("language") or "")
    except ValueError:
        return ""


def _sections(
    document: _Document, headings: tuple[Heading, ...], page: str, language: str
) -> Iterator[Section]:
    ends = [*(heading.start for heading in headings[1:]), len(document.lines)]
    for heading, end in zip(headings, ends, strict=False):
        if heading.level == 1:
            _warn_of_dropped(document, heading, end)
        elif entry := _entry(document, heading, end, page):
            if not entry.language:
                entry = replace(entry, language=language)
            yield Section(entry, heading.start, end)


def _warn_of_dropped(document: _Document, heading: Heading, end: int) -> None:
    if "".join(document.lines[heading.end : end]).strip():
        what = f"the text under the section heading {quoted(heading.text)} is left out."
        document.faults.warning(heading.start + 1, what, "Move it under a question.")


def _entry(document: _Document, heading: Heading, end: int, page: str) -> Entry | None:
    question, faults = one_line(heading.text), document.faults
    answer, about = _body_and_about(document, heading.end, end, ENTRY_BLOCK)
    if not answer.strip():
        mend = "Write it under the heading, or remove the heading."
        if heading.underlined:
            mend = "If the line under it is meant as a rule, put a blank line between."
        faults.error(heading.start + 1, f"the question {quoted(question)} has no answer.", mend)
        return None
    return Entry(
        id=about.value("Id") or entry_id(page, question or answer),
        question=question,
        answer=answer,
        alternates=tuple(text for _, text in about.alternates),
        page=page,
        url=about.value("Source"),
        tags=about.values("Tags"),
        language=about.parsed("Language", parse_language, "", faults),
        negatives=tuple(text for _, text in about.negatives),
        prompts=about.values("Prompts"),
        context_only=about.parsed("Context", _parse_context, default=False, faults=faults),
        state=about.parsed("State", parse_state, State.PUBLISHED, faults),
        valid_from=about.parsed("From", parse_valid_from, None, faults),
        valid_until=about.parsed("Until", parse_valid_until, None, faults),
        source=faults.place(heading.start + 1),
    )


def _body_and_about(document: _Document, start: int, end: int, kind: Kind) -> tuple[str, About]:
    """Part the text in rows `start` to `end` from the block at its end."""
    folded = document.outline.folded
    first = bisect_left(folded, start, key=lambda fold: fold.start)
    within = takewhile(lambda fold: fold.start < end, islice(folded, first, None))
    fold = next((fold for fold in within if kind.is_of(fold)), None)
    body = document.lines[start : fold.start if fold else end]
    about = read_about(document.lines, fold, end, kind, document.faults) if fold else About((), {})
    return without_outer_blank_lines(body), about


def _parse_context(text: str) -> bool:
    if text.strip().casefold() != ONLY:
        raise ValueError(f"must be “{ONLY}” (or be left out)")
    return True
