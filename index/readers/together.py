"""What several sources hold together: halves joined, repetitions left out, ids told apart."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import count
from typing import Final, Literal

from index.entry import TELLABLE_ID, Entry, slug
from index.formats.reading import Finding, Reading, quoted

# Lone surrogates, and control characters, which would reach somebody's terminal.
_NOT_TEXT: Final = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def together(readings: Sequence[Reading]) -> Reading:
    """Put readings together, in their order; pages without entries are left out.

    What is said twice is kept once, with the alternates and tags of both. Where one source has an
    entry's wordings and another its answer (Rasa keeps them in two files), the first becomes whole,
    and what is left of the halves of such sources is skipped.
    Of different entries with one id, all but the first get a number after it. What cannot be stored
    or shown (a lone surrogate, a control character) is taken out; an id that cannot be told in one
    line is made into one that can.
    """
    gathered = _Gathered()
    pages = [
        replace(page, entries=tuple(gathered.taken_in(page.entries, page.source)))
        for reading in readings
        for page in reading.pages
    ]
    findings = [finding for reading in readings for finding in reading.findings]
    whole = [replace(page, entries=tuple(gathered.whole(page.entries))) for page in pages]
    return Reading(tuple(page for page in whole if page.entries), (*findings, *gathered.findings))


class _Gathered:
    """The entries so far by id, and what was found on the way."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self._entries: dict[str, Entry] = {}
        self._sources: dict[str, str] = {}
        self._numbers: dict[str, int] = {}
        self._of_halves: set[str] = set()

    def taken_in(self, entries: Iterable[Entry], source: str) -> Iterator[Entry]:
        """Take a source's entries in; give those that are new, under the id that they keep."""
        for entry in map(self._storable, entries):
            earlier = self._entries.get(entry.id)
            if earlier and (joined := _joined(earlier, entry)):
                self._entries[entry.id] = joined
                if _is_half(earlier) and _is_half(entry):
                    self._of_halves |= {source, self._sources[entry.id]}
                elif joined == earlier:
                    what = f"{quoted(entry.title)} is there already, at {earlier.source}."
                    self._note("skipped", entry, what)
                continue
            kept = self._told_apart(entry) if earlier else entry
            self._entries[kept.id] = kept
            self._sources[kept.id] = source
            yield kept

    def whole(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """The entries with what came later, but for halves that stayed halves."""
        for entry in (self._entries[entry.id] for entry in entries):
            if _is_half(entry) and self._sources[entry.id] in self._of_halves:
                lacks = "answer" if entry.phrasings else "wording"
                self._note("skipped", entry, f"nothing here has the {lacks} of {quoted(entry.id)}.")
            else:
                yield entry

    def _told_apart(self, entry: Entry) -> Entry:
        numbers = count(self._numbers.get(entry.id, 2))
        number, free = next(
            (number, id_)
            for number in numbers
            if (id_ := f"{entry.id}-{number}") not in self._entries
        )
        self._numbers[entry.id] = number + 1
        earlier = self._entries[entry.id].source
        what = f"the id {quoted(entry.id)} is used already, at {earlier}; this entry is “{free}”."
        self._note("warning", entry, what, "Give one of the two another id, or remove it.")
        return replace(entry, id=free)

    def _storable(self, entry: Entry) -> Entry:
        cleaned = replace(
            entry,
            id=_usable(entry.id),
            question=_clean(entry.question),
            answer=_clean(entry.answer),
            alternates=tuple(map(_clean, entry.alternates)),
            negatives=tuple(map(_clean, entry.negatives)),
            page=_clean(entry.page),
            url=_clean(entry.url),
            tags=tuple(map(_clean, entry.tags)),
            prompts=tuple(map(_usable, entry.prompts)),
        )
        if cleaned != entry:
            what = f"{quoted(cleaned.title)} has an id or a character that cannot be kept as it is."
            self._note("warning", cleaned, what)
        return cleaned

    def _note(
        self, severity: Literal["warning", "skipped"], entry: Entry, what: str, mend: str = ""
    ) -> None:
        self.findings.append(Finding(severity, entry.source or entry.id, what, mend))


def _clean(text: str) -> str:
    return _NOT_TEXT.sub("", text)


def _usable(id_: str) -> str:
    """The id; of one that no line can tell, a name that is made of it."""
    return id_ if TELLABLE_ID.fullmatch(id_) and not _NOT_TEXT.search(id_) else slug(_clean(id_))


def _is_half(entry: Entry) -> bool:
    return not entry.phrasings or not entry.answer


def _joined(one: Entry, other: Entry) -> Entry | None:
    """One entry of two that are the same, or halves of one; None if they are neither."""
    if not one.answer and not other.phrasings:
        return replace(one, answer=other.answer, tags=_union(one.tags, other.tags))
    if not one.phrasings and not other.answer:
        return replace(other, answer=one.answer, tags=_union(one.tags, other.tags), page=one.page)
    if (one.question, one.answer) != (other.question, other.answer):
        return None
    alternates = _union(one.alternates, other.alternates)
    return replace(one, alternates=alternates, tags=_union(one.tags, other.tags))


def _union(one: Sequence[str], other: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *other)))
