"""The records that everything else is about. This module imports nothing of ours."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Final

ID_PATTERN: Final = re.compile(r"^[A-Za-z0-9_.:-]{1,200}$")
"""What an entry's id may be; use it with `fullmatch`."""

TELLABLE_ID: Final = re.compile(r"[^\s\x00-\x1f\x7f]{1,200}")
"""An id that can be told in one line: no spaces, no control characters, not endless; use it with
`fullmatch`.
"""

SLUG_LENGTH: Final = 60
"""The most characters in a slug: an id of page and question stays readable in one line."""

_DIGEST_LENGTH: Final = 10  # 40 bits: among 20,000 slugs, a clash once in some 5,000 corpora

# Latin letters that Unicode does not take apart into an ASCII letter and an accent.
_LATIN: Final = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
    | dict.fromkeys("'’", "")
)


class Field(IntEnum):
    """The part of an entry that a vector stands for."""

    QUESTION = 0
    ALTERNATE = 1
    ANSWER = 2
    QUESTION_ANSWER = 3
    PASSAGE = 4
    """A few sentences of an answer that is longer; see `index.text.passages`."""


class State(StrEnum):
    """How far an entry has come; only a published one is ever shown."""

    PUBLISHED = "published"
    DRAFT = "draft"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One stored answer, the wordings it answers to, and where it came from.

    `answer` is Markdown, kept word for word. Either `question` or `answer` may be empty, not both.
    `negatives` are wordings that are not this answer, `prompts` the ids of entries to follow up
    with, in order; `context_only` tells that it makes sense only after another. `language` is a tag
    such as `de` (BCP 47), empty where nobody said.
    `valid_from` and `valid_until` carry a time zone; the first moment counts, the last does not.
    `source` names the file and line for messages, as `content/page.md:12`; it is not content, so
    two entries that differ in nothing else are equal.
    """

    id: str
    question: str = ""
    answer: str = ""
    alternates: tuple[str, ...] = ()
    page: str = ""
    url: str = ""
    tags: tuple[str, ...] = ()
    language: str = ""
    negatives: tuple[str, ...] = ()
    prompts: tuple[str, ...] = ()
    context_only: bool = False
    state: State = State.PUBLISHED
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    source: str = field(default="", compare=False)

    def is_shown(self, at: datetime) -> bool:
        """Whether visitors may see the entry at that moment (which must carry a time zone)."""
        started = self.valid_from is None or self.valid_from <= at
        ended = self.valid_until is not None and self.valid_until <= at
        return self.state is State.PUBLISHED and started and not ended

    @property
    def phrasings(self) -> tuple[str, ...]:
        """The question, if there is one, then the alternates."""
        return ((self.question,) if self.question else ()) + self.alternates

    @property
    def title(self) -> str:
        """What to call the entry in a list: its question, else its first other wording or words."""
        return next(iter(self.phrasings), self.answer.strip().partition("\n")[0][:120])


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One source file: a title, an introduction in Markdown, and its entries in order.

    `source` names the file, for messages; it is not content.
    """

    name: str
    title: str
    introduction: str = ""
    url: str = ""
    entries: tuple[Entry, ...] = ()
    source: str = field(default="", compare=False)


def slug(text: str) -> str:
    """Name a text: lower-case ASCII words joined by `-`, at most `SLUG_LENGTH` characters.

    Accents are stripped. A text that loses letters on the way (one in Japanese, say), or its end,
    gets a short hash of the whole text as well, or nothing but the hash: two Russian questions
    about an API would else both be named `api`.
    """
    letters = unicodedata.normalize("NFKD", text).casefold().translate(_LATIN)
    kept = "".join(char for char in letters if not unicodedata.combining(char))
    words = "-".join(re.findall("[a-z0-9]+", kept))
    is_whole = len(words) <= SLUG_LENGTH and all(c.isascii() or not c.isalnum() for c in kept)
    if words and is_whole:
        return words
    start = _cut_at_word(words, SLUG_LENGTH - _DIGEST_LENGTH - 1)
    return f"{start}-{_digest(text)}".lstrip("-")


def _cut_at_word(words: str, length: int) -> str:
    if len(words) <= length:
        return words
    return words[: length + 1].rpartition("-")[0] or words[:length]


def _digest(text: str) -> str:
    """Hash a text, whatever its case, its spaces and the way its accents are encoded."""
    plain = " ".join(unicodedata.normalize("NFC", text).casefold().split())
    # A lone surrogate cannot be encoded; naming must not fail where reading will complain.
    return hashlib.sha256(plain.encode(errors="surrogatepass")).hexdigest()[:_DIGEST_LENGTH]


def entry_id(page: str, question_or_answer: str) -> str:
    """Make the id of an entry that has none: `page-slug.question-slug`.

    The same page name and text give the same id, today and in any later version.
    """
    return f"{slug(page)}.{slug(question_or_answer)}"


def is_web_address(text: str) -> bool:
    """Whether a text is a whole address on the web, so that it can be a link anywhere."""
    return text.lower().startswith(("https://", "http://"))


def parse_state(text: str) -> State:
    """Read a state, in any case. ValueError says what is allowed."""
    try:
        return State(text.strip().lower())
    except ValueError:
        raise ValueError("must be published, draft or withdrawn") from None


_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*")


def parse_language(text: str) -> str:
    """Read a language tag (BCP 47), such as `de` or `pt-BR`. ValueError says what is allowed."""
    if not _LANGUAGE.fullmatch(text.strip()):
        raise ValueError("must be a language tag such as en or pt-BR")
    return text.strip().replace("_", "-")


def parse_valid_from(text: str) -> datetime:
    """Read an ISO 8601 date (its first moment) or datetime; without a zone it is UTC.

    ValueError says what is allowed.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        example = "2025-12-31 or 2025-12-31T18:00+01:00"
        raise ValueError(f"must be a date such as {example}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def parse_valid_until(text: str) -> datetime:
    """Read an ISO 8601 date or datetime as the first moment that no longer counts.

    A bare date counts to its end, so it is the next day's first moment. Without a zone it is UTC.
    ValueError says what is allowed.
    """
    moment = parse_valid_from(text)
    if not _is_bare_date(text):
        return moment
    try:
        return moment + timedelta(days=1)
    except OverflowError:  # 9999-12-31, which people write for "for ever"
        return datetime.max.replace(tzinfo=UTC)


def _is_bare_date(text: str) -> bool:
    try:
        date.fromisoformat(text.strip())
    except ValueError:
        return False
    return True
