"""All the content there is, in order, and what is wrong with it.

`read_corpus` finds what is wrong in each file, `check` what is wrong with them together.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from index.entry import ID_PATTERN, Entry, Page, State
from index.errors import ContentError
from index.formats import READERS, Finding, Reading, is_content, read_page_file
from index.formats.reading import quoted
from index.text import normalise, one_line

__all__ = ["NEAR_DUPLICATE", "Corpus", "Finding", "check", "content_files", "read_corpus"]

NEAR_DUPLICATE: Final = 0.7
"""Jaccard similarity of character trigrams from which two questions compete for the same queries.

"How do I / How can I reset my password?" have .71; "Can I pay by card / by cash?" have .68.
"""

# An id that can be read in one line: no spaces, no control characters, not endless.
_TELLABLE: Final = re.compile(r"[^\s\x00-\x1f\x7f]{1,200}")

_MOST_COMPARED: Final = 50  # of 20,000 questions from one template, all would pass the filter
_MOST_DIFFERENCE: Final = (1 - NEAR_DUPLICATE) / (1 + NEAR_DUPLICATE) + 1e-9  # for rounding


@dataclass(frozen=True, slots=True)
class Corpus:
    """The pages of one collection, in the order of their sources."""

    pages: tuple[Page, ...] = ()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All entries, page by page, in the order that they have when written and read again.

        What two files hold of one page is together, therefore, where the page appears first.
        """
        together: dict[str, list[Entry]] = {}
        for page in self.pages:
            together.setdefault(page.name, []).extend(page.entries)
        return tuple(entry for entries in together.values() for entry in entries)


def read_corpus(sources: Sequence[Path]) -> tuple[Corpus, list[Finding]]:
    """Read files and folders, in the order given; a file named twice is read once.

    Nothing that is wrong with content is raised: every fault of every file is among the findings,
    and the corpus holds what could be read.
    """
    files: dict[Path, Path] = {}
    findings: list[Finding] = []
    for source in sources:
        try:
            for path in content_files(source):
                files.setdefault(path.resolve(), path)
        except ContentError as error:
            findings.append(_finding(error))
    readings = [_reading(path) for path in files.values()]
    findings += [finding for reading in readings for finding in reading.findings]
    return Corpus(tuple(page for reading in readings for page in reading.pages)), findings


def content_files(source: Path) -> list[Path]:
    """List the files that a source stands for: itself, or a folder's, sorted by path.

    In a folder, hidden files and those of other formats are passed over. Raises ContentError if
    the source does not exist or has no content in it.
    """
    if not source.exists():
        raise ContentError("no such file or folder.", where=str(source))
    if not source.is_dir():
        return [source]
    files = [path for path in source.rglob("*") if _is_listed(path, source)]
    if not files:
        mend = f"Put a page in it; its name ends in one of: {', '.join(READERS)}."
        raise ContentError("this folder has no content file.", where=str(source), mend=mend)
    return sorted(files)


def _is_listed(path: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return not hidden and is_content(path) and path.is_file()


def _reading(path: Path) -> Reading:
    try:
        return read_page_file(path)
    except ContentError as error:
        return Reading(findings=(_finding(error),))


def _finding(error: ContentError) -> Finding:
    return Finding("error", error.where, error.what, error.mend)


def check(corpus: Corpus) -> list[Finding]:
    """Find what is wrong across files and entries: the errors first, then the warnings.

    Errors: an entry without text, an id used twice or that cannot be read in one line, a page in
    two Markdown files. Warnings: an id with unusual characters, an entry that is never shown, an
    address that cannot be a link, entries that compete for the same words.
    """
    entries = corpus.entries
    findings = [
        *_entries_without_text(entries),
        *_unusual_ids(entries),
        *_duplicate_ids(entries),
        *_pages_in_two_files(corpus.pages),
        *_never_shown(entries),
        *_unusable_addresses(entries),
        *_shared_phrasings(entries),
        *_near_duplicates(entries),
    ]
    return sorted(findings, key=lambda finding: finding.severity != "error")


def _place(entry: Entry) -> str:
    return entry.source or one_line(entry.id)


def _has_text(entry: Entry) -> bool:
    return bool(entry.question.strip() or entry.answer.strip())


def _entries_without_text(entries: Sequence[Entry]) -> Iterator[Finding]:
    for entry in entries:
        if not _has_text(entry):
            what = "this entry has neither question nor answer."
            yield Finding("error", _place(entry), what, "Give it one of them, or remove it.")


def _unusual_ids(entries: Sequence[Entry]) -> Iterator[Finding]:
    # Labels and links of other systems may name an id as it stands, so one that is merely unusual
    # is kept with a warning; one that cannot be told apart in a line of text is not.
    mend = "Use at most 200 letters (a to z), digits, “-”, “_”, “.” and “:”."
    for entry in entries:
        if not _TELLABLE.fullmatch(entry.id):
            what = f"{quoted(entry.id)} cannot be an id."
            yield Finding("error", _place(entry), what, mend)
        elif not ID_PATTERN.fullmatch(entry.id):
            what = f"the id {quoted(entry.id)} holds characters that ids should not."
            yield Finding("warning", _place(entry), what, mend)


def _duplicate_ids(entries: Sequence[Entry]) -> Iterator[Finding]:
    first: dict[str, Entry] = {}
    for entry in filter(_has_text, entries):
        earlier = first.setdefault(entry.id, entry)
        if earlier is not entry:
            what = f"the id {quoted(entry.id)} is used already, at {_place(earlier)}."
            yield Finding("error", _place(entry), what, "Give one of the two another id.")


def _pages_in_two_files(pages: Sequence[Page]) -> Iterator[Finding]:
    """Two Markdown files are two pages; lists of entries may well add to a page."""
    first: dict[str, str] = {}
    for page in pages:
        if Path(page.source).suffix.lower() not in {".md", ".markdown"}:
            continue
        earlier = first.setdefault(page.name, page.source)
        if earlier != page.source:
            what = f"the page name {quoted(page.name)} is taken already, by {earlier}."
            mend = "Rename one file, or give it a “Name: …” in “About this page”."
            yield Finding("error", page.source, what, mend)


def _never_shown(entries: Sequence[Entry]) -> Iterator[Finding]:
    for entry in entries:
        if entry.valid_from and entry.valid_until and entry.valid_until <= entry.valid_from:
            what = "this entry ends before it begins, so it is never shown."
            yield Finding("warning", _place(entry), what, "Exchange the two dates.")


def _unusable_addresses(entries: Sequence[Entry]) -> Iterator[Finding]:
    for entry in entries:
        if entry.url and not entry.url.lower().startswith(("https://", "http://")):
            what = f"the source {quoted(entry.url)} cannot be a link."
            yield Finding("warning", _place(entry), what, "Give a whole address, https://….")


def _shared_phrasings(entries: Sequence[Entry]) -> Iterator[Finding]:
    """Find words, asked which word for word, two entries would have to be returned."""
    claims: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        wordings = {normalise(phrasing): phrasing for phrasing in entry.phrasings}
        wordings.pop("", None)  # nothing but punctuation
        for text, phrasing in wordings.items():
            earlier = next((other for other in claims[text] if _compete(other, entry)), None)
            if earlier:
                what = f"{quoted(phrasing)} leads to another entry too, at {_place(earlier)}."
                yield Finding("warning", _place(entry), what, "Leave it with one of the two.")
            claims[text].append(entry)


def _compete(one: Entry, other: Entry) -> bool:
    """Whether there can be a moment at which both are shown."""
    published = one.state is other.state is State.PUBLISHED
    return published and not _ends_before(one, other) and not _ends_before(other, one)


def _ends_before(one: Entry, other: Entry) -> bool:
    ends, begins = one.valid_until, other.valid_from
    return ends is not None and begins is not None and ends <= begins


def _near_duplicates(entries: Sequence[Entry]) -> Iterator[Finding]:
    """Find questions that are nearly the same; those that are quite the same are shared above."""
    first: dict[str, Entry] = {}
    for entry in entries:
        if entry.state is State.PUBLISHED and (text := normalise(entry.question)):
            first.setdefault(text, entry)
    questions = list(first.values())
    for later, earlier in _nearest_earlier([_trigrams(text) for text in first]):
        entry, other = questions[later], questions[earlier]
        if _compete(entry, other):
            what = f"{quoted(entry.question)} is nearly {quoted(other.question)}, {_place(other)}."
            mend = "Merge the two, or put each so that they differ in more words."
            yield Finding("warning", _place(entry), what, mend)


def _trigrams(text: str) -> frozenset[str]:
    padded = f" {text} "
    return frozenset(padded[start : start + 3] for start in range(len(padded) - 2))


def _nearest_earlier(sets: Sequence[frozenset[str]]) -> Iterator[tuple[int, int]]:
    """For each set that has one, give the nearest earlier set, at NEAR_DUPLICATE or above.

    All pairs are looked at, but as 256 bits each (bitmap filter, Sandes, Teodoro and Melo 2017):
    two sets differ in at least as many elements as their bits do, and in at most (1 - t) / (1 + t)
    of their sizes together if their Jaccard similarity is t. What passes is compared exactly,
    `_MOST_COMPARED` per set. For 20,000 questions that takes some 5 s.
    """
    sizes = np.array([len(trigrams) for trigrams in sets])
    bits = _bitmaps(sets)
    for number, trigrams in enumerate(sets):
        differ = np.bitwise_count(bits[:, :number] ^ bits[:, number, None]).sum(0, dtype=np.int64)
        likely = np.flatnonzero(differ <= _MOST_DIFFERENCE * (sizes[:number] + sizes[number]))
        # One number to order by, bits first and then the place: the same choice on any machine.
        keys = differ[likely] * len(sets) + likely
        if len(keys) > _MOST_COMPARED:
            keys = np.partition(keys, _MOST_COMPARED)[:_MOST_COMPARED]
        others = (int(key) for key in keys % len(sets))
        best, negative = max(((_jaccard(trigrams, sets[o]), -o) for o in others), default=(0.0, 0))
        if best >= NEAR_DUPLICATE:
            yield number, -negative


def _bitmaps(sets: Sequence[frozenset[str]]) -> npt.NDArray[np.uint64]:
    """Set one of 256 bits for each element, several sharing a bit: (4, n) words, a set a column."""
    numbers: dict[str, int] = {}
    rows = (
        reduce(or_, (1 << numbers.setdefault(trigram, len(numbers)) % 256 for trigram in trigrams))
        for trigrams in sets
    )
    words = np.frombuffer(b"".join(row.to_bytes(32, "little") for row in rows), dtype="<u8")
    return np.ascontiguousarray(words.astype(np.uint64).reshape(-1, 4).T)


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared)
