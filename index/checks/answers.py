"""Answers that say nothing yet, and what was meant to be filled in."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from index.checks.finding import warning
from index.checks.markup import without_code
from index.entry import Entry
from index.formats.reading import Finding, quoted
from index.text import plain, words

# Somebody wrote these to come back to; in capitals where the word could be meant otherwise.
_PLACEHOLDER: Final = re.compile(
    r"\b(?:TBD|TBA|TBC|TODO|FIXME)\b|\b(?i:lorem ipsum)\b|\{\{[^{}\n]*\}\}|(?<!\w)\?\?\?+"
    r"|\[(?i:insert|todo|tbd|placeholder)\b[^\]\n]*\]",
    re.ASCII,
)
_ANY_CASE: Final = re.compile(
    r"(?:tbd|tba|tbc|todo|fixme|xxx+|lorem ipsum.*|coming soon|n/a|none|null|test|\?+|\.{2,}|…|-+)"
    r"[\s.!]*",
    re.IGNORECASE | re.DOTALL,
)
# What is more than a word though it stands alone: a link, a picture, code, a number, a name in it.
_SAYS_SOMETHING: Final = re.compile(r"[\]`<@\d]|://|www\.")
_LONG_WORD: Final = 20  # scripts without spaces, addresses
_A_HABIT: Final = 1 / 3


def placeholders(entries: Sequence[Entry]) -> Iterator[Finding]:
    """Find what was left in to be filled in later, in answers and wordings."""
    for entry in entries:
        for kind, text in [("answer", entry.answer), *(("wording", p) for p in entry.phrasings)]:
            if found := _placeholder(text):
                what = f"the {kind} still holds {quoted(found)}."
                mend = "Write what was meant, or make it a draft (State: draft) until then."
                yield warning("placeholder", entry, what, mend)
                break


def _placeholder(text: str) -> str:
    if _ANY_CASE.fullmatch(text.strip()):
        return text.strip()
    if not _PLACEHOLDER.search(text):
        return ""
    found = _PLACEHOLDER.search(without_code(text))  # code may well have such words in it
    return found[0] if found else ""


def thin(entries: Sequence[Entry]) -> Iterator[Finding]:
    """Find answers of one word, and questions without an answer.

    Where a third of a corpus's entries are so, it is what the corpus is for: one finding says so of
    missing answers, none of short ones.
    """
    unanswered = [entry for entry in entries if entry.question.strip() and not entry.answer.strip()]
    short = [entry for entry in entries if _is_one_word(entry.answer)]
    habit = max(2.0, len(entries) * _A_HABIT)
    mend = "Write the answer, or make it a draft (State: draft) until then."
    if len(unanswered) > habit:
        what = f"this entry and {len(unanswered) - 1:,} others have no answer."
        yield warning("no-answer", unanswered[0], what, mend)
    else:
        for entry in unanswered:
            yield warning("no-answer", entry, f"{quoted(entry.question)} has no answer.", mend)
    for entry in short if len(short) <= habit else ():
        what = f"the answer is one word, {quoted(entry.answer)}."
        yield warning("thin-answer", entry, what, "Say in a sentence what holds, and why or how.")


def _is_one_word(answer: str) -> bool:
    if len(answer.strip()) > _LONG_WORD or _SAYS_SOMETHING.search(answer) or _placeholder(answer):
        return False
    return len(words(plain(answer))) == 1
