"""One entry from one record: the texts that a row of a table, or an object, holds by field."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from html import unescape
from typing import Final, TypeAlias

import nh3

from index.entry import (
    Entry,
    State,
    entry_id,
    parse_language,
    parse_valid_from,
    parse_valid_until,
)
from index.formats.jsonl import NOT_TEXT
from index.formats.reading import quoted, without_outer_blank_lines
from index.readers.documents.markup import has_markup, to_markdown
from index.readers.records.blunders import blunder, is_error
from index.readers.records.columns import Columns, chosen_language
from index.readers.records.gathered import Gathered
from index.readers.records.ids import id_on
from index.readers.records.line_breaks import with_breaks
from index.readers.records.naming import language_of
from index.text import one_line

Said: TypeAlias = Mapping[str, Sequence[str]]
"""Texts by what they hold (`Named.held`), none of them blank. Of `question` and `answer` the first
counts; all of `alternates`, `tags`, `category` and `metadata` do."""

_MANY: Final = ("alternates", "questions", "tags", "negatives", "prompts")
_ALL_GROUPS: Final = (*_MANY, "category", "metadata", "url")
_ADDRESS: Final = re.compile(r"https?://\S+", re.IGNORECASE)
_TAGGED: Final = re.compile(r"</[a-z]|<(?:br|p|div|li|img)\b|^\s*<[a-z]", re.IGNORECASE)
_BREAK: Final = re.compile(r"<(?=/?(?:br|p|div|li|tr|td|h[1-6])\b)", re.IGNORECASE)
_STATES: Final = {
    word: state
    for state, words in {
        State.PUBLISHED: """published publish public active live approved enabled visible online
            true yes 1 y done final answered ok current on open""",
        State.DRAFT: "draft pending review unpublished new proposed unapproved private todo",
        State.WITHDRAWN: """withdrawn archived archive inactive deleted disabled retired obsolete
            hidden expired rejected deprecated offline false no 0 n off closed""",
    }.items()
    for word in words.split()
}


def said_by(columns: Columns, value: Callable[[int], str | list[str]]) -> dict[str, list[str]]:
    """Pick texts out of a record; `value` gives what a column holds, a list if it holds several."""
    said: dict[str, list[str]] = {}
    for held, groups in columns.groups.items():
        for group in groups:
            texts = [text for index in group for text in _texts(value(index), held)]
            if texts:
                said.setdefault(held, []).extend(texts)
                if held not in _ALL_GROUPS:
                    break
    questions = said.pop("questions", [])
    said.setdefault("question" if "question" not in said else "alternates", []).extend(questions)
    if columns.language:
        said.setdefault("language", [columns.language])
    return said


def entry_of(said: Said, place: str, gathered: Gathered) -> Entry | None:
    """Make the entry, on the source's page if no other is named; None, and why, if there is none.

    HTML becomes Markdown in the answer and plain text in what is asked. What cannot be understood
    of the rest is left out, with a finding.
    """
    phrasings = list(dict.fromkeys(filter(_is_word, map(plain, said.get("question", ())))))
    url = next((text.strip() for text in _all(said, "url") if _ADDRESS.fullmatch(text.strip())), "")
    answers = [markdown(text, url) for text in said.get("answer", ())]
    answer = next(filter(None, answers), "")
    alternates = list(filter(_is_word, map(plain, _all(said, "alternates"))))
    if not _is_whole(phrasings, alternates, answer, place, gathered):
        return None
    if len(answers) > 1:
        gathered.drop(place, "an entry has one answer; further ones are left out")
    page = one_line(_first(said, "page")) or gathered.source.page
    question = phrasings[0] if phrasings else ""
    language = _language(said, place, gathered)
    if language is None:
        return None
    id_, *prompts = (
        id_on(gathered.source.page, told) for told in (_first(said, "id"), *_all(said, "prompts"))
    )
    return Entry(
        id=id_ or entry_id(page, question or answer),
        question=question,
        answer=answer,
        alternates=_others(question, (*phrasings[1:], *alternates)),
        page=page,
        url=url,
        tags=tuple(dict.fromkeys(_tags(said))),
        language=language,
        negatives=tuple(dict.fromkeys(map(plain, _all(said, "negatives")))),
        prompts=tuple(dict.fromkeys(filter(None, prompts))),
        context_only=is_true(_first(said, "context_only")),
        state=_state(said, place, gathered),
        valid_from=_moment(said, "valid_from", parse_valid_from, place, gathered),
        valid_until=_moment(said, "valid_until", parse_valid_until, place, gathered),
        source=gathered.where(place),
    )


def scalar(value: object) -> str:
    """The text of a single value; what is no character is taken out. Empty for null, list, map."""
    match value:
        case str():
            return NOT_TEXT.sub("", value)
        case bool():
            return str(value).lower()
        case float() if value.is_integer():
            return str(int(value))
        case int() | float():
            return str(value)
    return ""


def plain(text: str) -> str:
    """A wording on one line, without tags and entities."""
    if "<" in text and has_markup(text) and _TAGGED.search(text):
        text = " ".join(unescape(nh3.clean(_BREAK.sub(" <", text), tags=set())).split())
    elif "&" in text and has_markup(text):
        text = unescape(text)
    return one_line(NOT_TEXT.sub("", text))


def markdown(text: str, base: str = "") -> str:
    """An answer as Markdown: HTML is converted, of other text, line ends are kept."""
    if has_markup(text):
        return to_markdown(text, base)
    return with_breaks(without_outer_blank_lines(text.split("\n")))


def is_true(text: str) -> bool:
    """Whether a flag is set, in the ways that people and programs write it."""
    return text.strip().lower() in ("true", "yes", "y", "1", "x")


def items(text: str, marks: str = "|;") -> list[str]:
    """Cut a list in one text apart: a JSON array, lines, or what stands between one of `marks`."""
    if text.lstrip().startswith("["):
        try:
            value: object = json.loads(text)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, list):
            return [found for one in value if (found := scalar(one)).strip()]
    mark = next((mark for mark in ("\n", *marks) if mark in text), "\n")
    return [part.strip() for part in text.split(mark) if part.strip()]


def properties(value: object) -> list[str]:
    """`name:value` for each property: of a map, of a list of names with values, or of a text.

    A text is JSON or `name:value|name:value`.
    """
    if isinstance(value, str):
        value = _parsed(value)
    if isinstance(value, Mapping):
        pairs: Iterable[tuple[str, str]] = ((str(k), scalar(v)) for k, v in value.items())
    elif isinstance(value, list):
        named = ({str(k).lower(): v for k, v in one.items()} for one in value if _is_map(one))
        pairs = [(scalar(one.get("name")), scalar(one.get("value"))) for one in named]
    else:
        parts = (part.partition(":") for part in items(scalar(value), "|;,"))
        pairs = [(name, text) for name, _, text in parts]
    return [":".join(filter(None, map(one_line, pair))) for pair in pairs if pair[0].strip()]


def _parsed(text: str) -> object:
    if not text.lstrip().startswith(("[", "{")):
        return text
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value


def _is_map(value: object) -> bool:
    return isinstance(value, Mapping)


def _texts(value: str | list[str], held: str) -> Iterator[str]:
    if isinstance(value, list):
        yield from filter(str.strip, value)
    elif not value.strip():
        return
    elif held == "metadata":
        yield from properties(value)
    elif held == "tags":
        yield from items(value, "|;,")
    elif held in _MANY and held != "questions":
        yield from items(value)
    else:
        yield value


def _all(said: Said, held: str) -> Sequence[str]:
    return [text for text in said.get(held, ()) if not is_error(text)]


def _first(said: Said, held: str) -> str:
    return next(iter(_all(said, held)), "")


def _is_word(text: str) -> bool:
    return any(map(str.isalnum, text))


def _others(question: str, wordings: Iterable[str]) -> tuple[str, ...]:
    return tuple(one for one in dict.fromkeys(wordings) if one != question)


def _is_whole(
    phrasings: list[str], alternates: list[str], answer: str, place: str, gathered: Gathered
) -> bool:
    """Whether there is an answer that is one; what is missing is noted."""
    if what := blunder(next(iter(phrasings), ""), answer):
        gathered.skip(place, what, "Correct it where it comes from.")
        return False
    if answer and not phrasings and not alternates:
        what = "this answer has no question: only its own words will find it."
        gathered.warn(place, what, "Write the question that it answers.")
    elif not answer and (phrasings or alternates):
        what = f"the question {quoted((phrasings + alternates)[0])} has no answer."
        gathered.skip(place, what, "Write the answer, or remove the question.")
    elif not answer:
        gathered.skip(place, "there is neither a question nor an answer.")
    return bool(answer)


def _tags(said: Said) -> Iterator[str]:
    for held in ("category", "tags", "metadata"):
        yield from filter(None, map(one_line, _all(said, held)))


def _language(said: Said, place: str, gathered: Gathered) -> str | None:
    """The entry's language; None if another was asked for."""
    told = _first(said, "language").strip()
    wanted = gathered.options.language
    try:
        language = parse_language(language_of(told) or told) if told else ""
    except ValueError:
        gathered.drop(place, f"{quoted(told)} is not a language, so none is kept")
        language = ""
    if language and wanted and not chosen_language([language], wanted):
        gathered.drop(place, f"what is in another language than {quoted(wanted)} is left out")
        return None
    return language


def _state(said: Said, place: str, gathered: Gathered) -> State:
    if is_true(_first(said, "withdrawn")):
        return State.WITHDRAWN
    if is_true(_first(said, "draft")):
        return State.DRAFT
    told = _first(said, "state").strip()
    known = _STATES.get(told.lower()) if told else State.PUBLISHED
    if known is None:
        mend = "use --column state= if every entry may be shown"
        gathered.drop(place, f"entries in the state {quoted(told)} come in as drafts; {mend}")
    return known or State.DRAFT


def _moment(
    said: Said, held: str, parse: Callable[[str], datetime], place: str, gathered: Gathered
) -> datetime | None:
    told = _first(said, held).strip()
    if not told:
        return None
    try:
        return parse(told.replace("/", "-"))
    except ValueError as error:
        gathered.warn(place, f"{held} {error}, not {quoted(told)}; it is not kept.")
        return None
