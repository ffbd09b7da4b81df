"""The page that the questions found in a document make."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from index.entry import Entry, Page, entry_id, parse_language
from index.errors import ContentError
from index.formats.reading import Finding, Reading, quoted
from index.readers.documents.answers import Faq
from index.readers.documents.blocks import Block
from index.readers.documents.wording import is_template
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
    """Make the one page of a source; what asks and has no answer is among the findings.

    looked: the text, to tell why nothing was found. Raises ContentError if there is no pair.
    """
    unanswered = [_unanswered(source, block) for block in faq.unanswered]
    if not faq.pairs:
        raise nothing_found(source, looked, len(unanswered))
    url = facts.url or (source.name if source.is_address else "")
    page = Page(
        name=source.page,
        title=facts.title or source.title,
        url=url,
        entries=tuple(
            _entry(source, url, facts.language, pair.question, pair.answer) for pair in faq.pairs
        ),
        source=source.name,
    )
    return Reading((page,), (*findings, *unanswered))


def nothing_found(source: Source, text: str, unanswered: int = 0) -> ContentError:
    """Say that a source has no question with an answer, why, and what was looked for."""
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


def _entry(source: Source, url: str, language: str, question: Block, answer: str) -> Entry:
    return Entry(
        id=entry_id(source.page, question.text),
        question=question.text,
        answer=answer,
        page=source.page,
        url=f"{url}#{quote(question.anchor)}" if url and question.anchor else url,
        language=language,
        source=f"{source.name}:{question.line}" if question.line else source.name,
    )


def _unanswered(source: Source, question: Block) -> Finding:
    what = f"the question {quoted(question.text)} has no answer."
    if question.line:
        return skipped(source, question.line, what)
    return replace(skipped(source, "", what), where=source.name)
