"""Entries and wordings in another language than their page's, and languages no vector stands for.

Only what is beyond doubt is said (`index.language.guess`): most short wordings are in no language.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import Final

from index.checks.finding import warning
from index.entry import Entry
from index.formats.reading import Finding, quoted
from index.language import guess, name_of, same
from index.model import DEFAULT_MODEL

_MIXED: Final = "mixed-language"
_UNKNOWN: Final = "unknown-language"
_MODEL_KNOWS: Final = {DEFAULT_MODEL: "en", f"sentence-transformers/{DEFAULT_MODEL}": "en"}
"""Of other models nothing is claimed."""

_MAJORITY: Final = 0.8  # less of a page is no rule that an entry could break
_LEAST_PAGE: Final = 3
_TOLD_ONE_BY_ONE: Final = 3
_SAMPLE: Final = 2_000
_CUT: Final = 2_000  # characters of an answer
_MARKUP: Final = re.compile(r"\]\([^()\s]*\)|https?://\S+|<[^<>]*>|`[^`]*`|[*_#>|\[\]]")


def mixed(entries: Sequence[Entry]) -> Iterator[Finding]:
    """Find what is plainly in another language than is said of it, or than the rest of its page."""
    if not find_spec("py3langid"):
        return
    pages: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        pages[entry.page].append(entry)
    for page in pages.values():
        yield from _mixed_page(page)


def _mixed_page(entries: Sequence[Entry]) -> Iterator[Finding]:
    guesses = [_guess(entry) for entry in entries]
    counts = Counter(g for g, e in zip(guesses, entries, strict=True) if g and not e.language)
    usual, is_usual = counts.most_common(1)[0] if counts else ("", 0)
    if is_usual < _MAJORITY * counts.total() and counts.total() >= _LEAST_PAGE:
        yield _of_several(entries[0], counts)
        usual = ""
    if counts.total() < _LEAST_PAGE:
        usual = ""
    strange: defaultdict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry, found in zip(entries, guesses, strict=True):
        expected = entry.language or usual
        if found and expected and not same(found, expected):
            strange[found, expected].append(entry)
        else:
            yield from _strange_wordings(entry, entry.language or found or usual)
    for (found, expected), some in strange.items():
        yield from _strange_entries(found, expected, some)


def _of_several(entry: Entry, counts: Counter[str]) -> Finding:
    told = " and ".join(f"{name_of(tag)} ({count})" for tag, count in counts.most_common(2))
    what = f"the page {quoted(entry.page)} mixes {told}."
    mend = "Put each language on a page of its own, or say “Language: …” under each entry."
    return warning(_MIXED, entry, what, mend)


def _strange_entries(found: str, expected: str, some: Sequence[Entry]) -> Iterator[Finding]:
    mend = "Say “Language: …” as it is, or move what is in another language to a page of its own."
    together = len(some) > _TOLD_ONE_BY_ONE
    others = f" and {len(some) - 1} others of its page are" if together else " is"
    for entry in some[:1] if together else some:
        stated = f"its language says {quoted(expected)}" if entry.language else ""
        rest = stated or f"the rest of its page is in {name_of(expected)}"
        yield warning(_MIXED, entry, f"this entry{others} in {name_of(found)}, but {rest}.", mend)


def _strange_wordings(entry: Entry, expected: str) -> Iterator[Finding]:
    for wording in entry.phrasings if expected else ():
        found = guess(wording)
        if found and not same(found, expected):
            what = f"the wording {quoted(wording)} is in {name_of(found)}, its entry in"
            mend = "Put it under the answer in that language."
            yield warning(_MIXED, entry, f"{what} {name_of(expected)}.", mend)


def _guess(entry: Entry) -> str:
    return guess(f"{entry.question} {_MARKUP.sub(' ', entry.answer[:_CUT])}".strip())


def unknown_to(model: str, entries: Sequence[Entry]) -> Iterator[Finding]:
    """Say, once in all, that entries are in a language that the model does not know.

    model: as the settings name it. Of many entries an even sample is looked at.
    """
    known = _MODEL_KNOWS.get(model)
    if not known or not find_spec("py3langid"):
        return
    looked_at = entries[:: max(1, len(entries) // _SAMPLE)]
    tags = [(_guess(entry) or entry.language, entry) for entry in looked_at]
    strange = [(tag, entry) for tag, entry in tags if tag and not same(tag, known)]
    if strange:
        count = f"{len(strange):,} of {len(looked_at):,} entries"
        by_name = Counter(name_of(tag) for tag, _ in strange).most_common(3)
        names = " and ".join(name for name, _ in by_name)
        are = "are" if len(strange) > 1 else "is"
        what = f"{count} {are} in {names}, which the model {model} does not know."
        mend = "Questions will find them badly: set QA_MODEL to a multilingual model."
        yield Finding("warning", strange[0][1].source, what, mend, _UNKNOWN)
