"""The page that the questions found in a document make."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from index.entry import Entry, Page, entry_id, parse_language
from index.errors import ContentError
from index.formats.reading import Finding, Reading
from index.readers.documents.answers import Faq, Omission, Pair
from index.readers.documents.wording import is_template, without_tags
from index.readers.source import Source, skipped


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a document says of itself; each is empty where it says nothing."""

    title: str = ""
    url: str = ""
    language: str = ""


def page_of(
    source: Source, facts: Facts, faq: Faq, findings: Sequence[Finding] = (), looked: str = ""
) -> Reading:
    """Make the one page of a source; what looks like an entry and is none is among the findings.

    looked: the text, to tell why nothing was found. Raises ContentError if there is no pair.
    """
    if not faq.pairs:
        raise nothing_found(source, looked, len(faq.omissions))
    url = facts.url or (source.name if source.is_address else "")
    page = Page(
        name=source.page,
        title=facts.title or source.title,
        url=url,
        entries=tuple(_entry(source, url, facts.language, pair) for pair in faq.pairs),
        source=source.name,
    )
    omitted = sorted(faq.omissions, key=lambda omission: omission.block.line)
    return Reading((page,), (*findings, *(_skipped(source, omission) for omission in omitted)))


def nothing_found(source: Source, text: str, unanswered: int = 0) -> ContentError:
    """Say that a source has no question with an answer, why, and what was looked for."""
    if not without_tags(text).strip():
        return ContentError("the file is empty.", where=source.name)
    if is_template(text):
        what = "no question with an answer was found: this is a template that is not filled in."
        mend = "Import the page that is made from it, or the data that it is filled with."
        return ContentError(what, where=source.name, mend=mend)
    asked = f" ({unanswered} without an answer)" if unanswered else ""
    what = f"no question with an answer was found{asked}."
    mend = (
        "Looked for: schema.org markup, headings, folded blocks, definition lists, “Q:” and “A:”, "
        "and lines in bold or alone that end in a question mark, each with text below."
    )
    return ContentError(what, where=source.name, mend=mend)


def language_of(text: object) -> str:
    """Read what a document says its language is; empty if that is no language."""
    try:
        return parse_language(text) if isinstance(text, str) else ""
    except ValueError:
        return ""


def _entry(source: Source, url: str, language: str, pair: Pair) -> Entry:
    question = pair.question
    return Entry(
        id=entry_id(source.page, question.text),
        question=question.text,
        answer=pair.answer,
        page=source.page,
        url=f"{url}#{quote(question.anchor)}" if url and question.anchor else url,
        tags=tuple(dict.fromkeys(pair.tags)),
        language=language,
        source=f"{source.name}:{question.line}" if question.line else source.name,
    )


def _skipped(source: Source, omission: Omission) -> Finding:
    if line := omission.block.line:
        return skipped(source, line, omission.why, omission.mend)
    return Finding("skipped", source.name, omission.why, omission.mend)
