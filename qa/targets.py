"""Where an import goes: a folder of Markdown pages, or one file of JSON lines."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol, TypeAlias

from index.build import ContentFaultsError
from index.corpus import content_files
from index.entry import Entry, Page, slug
from index.errors import ContentError
from index.formats import Finding, jsonl, markdown, markdown_writer, read_page_file
from index.formats.reading import read_text
from qa.merging import Change, Outcome

Texts: TypeAlias = dict[Path, str | None]
"""The whole text of each file that is to be written; None for one that is to go."""

_MARKDOWN: Final = (".md", ".markdown")
# What stays as it stands in its file, and what is not put into one.
_AS_IT_IS: Final = frozenset({Outcome.UNCHANGED, Outcome.EDITED, Outcome.VANISHED, Outcome.DELETED})


class Target(Protocol):
    """What an import writes to."""

    @property
    def entries(self) -> Mapping[str, Entry]:
        """What is there, by id."""

    def held(self, page: Page) -> tuple[Page, list[Finding]]:
        """The page as the target would give it back, and what of it cannot be held."""

    def texts(
        self, changes: Sequence[Change], pages: Sequence[Page], known: Collection[str]
    ) -> Texts:
        """Put changes into effect: each content file that would be written.

        pages: those of the import. known: ids that were imported before.
        Raises ContentError if a file is in the way.
        """


@dataclass(frozen=True, slots=True)
class _PageFile:
    path: Path
    text: str
    parted: markdown.Parted


class MarkdownFolder:
    """A folder of pages. Its other content files are read, so that no id is given twice, and are
    never written.
    """

    def __init__(self, folder: Path) -> None:
        """Read what is there; the folder need not be.

        Raises ContentFaultsError if that has errors.
        """
        self._folder = folder
        files = _content_of(folder)
        self._pages = [_page_file(path) for path in files if path.suffix.lower() in _MARKDOWN]
        faults = [f for page in self._pages for f in page.parted.findings if f.severity == "error"]
        others = [read_page_file(path) for path in files if path.suffix.lower() not in _MARKDOWN]
        faults += [f for reading in others for f in reading.findings if f.severity == "error"]
        if faults:
            raise ContentFaultsError(faults)
        self._elsewhere = {
            entry.id: entry
            for reading in others
            for page in reading.pages
            for entry in page.entries
        }
        self._file_of = {
            section.entry.id: page for page in self._pages for section in page.parted.sections
        }
        self._file_named = {page.parted.page.name: page for page in reversed(self._pages)}

    @property
    def entries(self) -> Mapping[str, Entry]:
        """The entries of the Markdown pages, by id."""
        return {s.entry.id: s.entry for page in self._pages for s in page.parted.sections}

    def held(self, page: Page) -> tuple[Page, list[Finding]]:
        """The page as it reads when it was written; an entry without answer is skipped, and a
        comma in a tag becomes a semicolon.
        """
        kept, findings = [], []
        for entry in page.entries:
            try:
                # A comma parts tags in a page.
                tags = tuple(tag.replace(",", ";") for tag in entry.tags)
                held = replace(entry, page=page.name, tags=tags)
                markdown_writer.refuse_unwritable(held)
                kept.append(held)
            except ContentError as error:
                findings.append(Finding("skipped", error.where, error.what, error.mend))
        written = markdown_writer.write(replace(page, entries=tuple(kept))) if kept else ""
        (read,) = markdown.parse(written, self._path(page.name)).pages
        return replace(read, source=page.source), findings

    def texts(
        self, changes: Sequence[Change], pages: Sequence[Page], known: Collection[str]
    ) -> Texts:
        """Change entries where they stand, add new ones to their page, or make it."""
        self._refuse_elsewhere(changes)
        edits: defaultdict[Path, dict[str, Entry | None]] = defaultdict(dict)
        for change in changes:
            if change.outcome is Outcome.REMOVED:
                edits[self._file_of[change.entry.id].path][change.entry.id] = None
            elif change.outcome is not Outcome.NEW and change.outcome not in _AS_IT_IS:
                edits[self._file_of[change.entry.id].path][change.entry.id] = change.entry
        added = _by_page(change.entry for change in changes if change.outcome is Outcome.NEW)
        texts: Texts = {}
        for page in pages:
            if page.name in added and page.name not in self._file_named:
                texts[self._free(page, texts)] = _new(page, added.pop(page.name))
        for file in self._pages:
            new = added.pop(file.parted.page.name, [])
            if new:
                self._refuse_somebody_elses(file, pages, known)
            if new or edits[file.path]:
                texts[file.path] = _edited(file, edits[file.path], new)
        return texts

    def _path(self, page: str) -> Path:
        return self._folder / f"{slug(page)}.md"

    def _free(self, page: Page, texts: Texts) -> Path:
        path = self._path(page.name)
        if path.exists() or path in texts:
            raise _in_the_way(path)
        return path

    def _refuse_elsewhere(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if there := self._elsewhere.get(change.entry.id):
                what = (
                    f"the id “{there.id}” is used here, and an import writes only Markdown pages."
                )
                mend = "Take it out of this file, or import into another folder."
                raise ContentError(what, where=there.source, mend=mend)

    def _refuse_somebody_elses(
        self, file: _PageFile, pages: Sequence[Page], known: Collection[str]
    ) -> None:
        """A page that has nothing of the source in it only happens to be called the same."""
        name = file.parted.page.name
        ids = {entry.id for page in pages if page.name == name for entry in page.entries}
        here = {section.entry.id for section in file.parted.sections}
        if not ids & (here | set(known)):
            raise _in_the_way(file.path)


def _in_the_way(path: Path) -> ContentError:
    return ContentError(
        "there is another page of this name, and it is left as it is.",
        where=str(path),
        mend="Call the new one otherwise with --page, or import into another folder.",
    )


def _content_of(folder: Path) -> list[Path]:
    try:
        return content_files(folder) if folder.exists() else []
    except ContentError:  # a folder without content
        return []


def _page_file(path: Path) -> _PageFile:
    try:
        text = read_text(path)
    except OSError as error:
        raise ContentError(f"cannot be read: {error.strerror}.", where=str(path)) from error
    return _PageFile(path, text, markdown.part(text, path))


def _by_page(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    pages: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        pages[entry.page].append(entry)
    return pages


def _new(page: Page, entries: Sequence[Entry]) -> str:
    return markdown_writer.write(replace(page, entries=tuple(entries)))


def _edited(
    file: _PageFile, edits: Mapping[str, Entry | None], added: Sequence[Entry]
) -> str | None:
    here = {section.entry.id for section in file.parted.sections}
    gone = {id_ for id_, entry in edits.items() if entry is None}
    if not added and here == gone:  # a page without a question is no page
        return None
    return markdown_writer.edited(file.text, file.path, edits, added)


class JsonLines:
    """One file of entries, one a line."""

    def __init__(self, path: Path) -> None:
        """Read what is there; the file need not be.

        Raises ContentFaultsError if that has errors.
        """
        self._path = path
        reading = jsonl.read(path) if path.exists() and path.stat().st_size else None
        faults = [f for f in reading.findings if f.severity == "error"] if reading else []
        if faults:
            raise ContentFaultsError(faults)
        pages = reading.pages if reading else ()
        self._entries = {entry.id: entry for page in pages for entry in page.entries}

    @property
    def entries(self) -> Mapping[str, Entry]:
        """The entries of the file, by id."""
        return self._entries

    def held(self, page: Page) -> tuple[Page, list[Finding]]:
        """The page; all of an entry can be held."""
        return page, []

    def texts(
        self,
        changes: Sequence[Change],
        pages: Sequence[Page],  # noqa: ARG002 - as the protocol has it
        known: Collection[str],  # noqa: ARG002
    ) -> Texts:
        """Those that are there in their order, then the new ones."""
        entries: dict[str, Entry | None] = dict(self._entries)
        for change in changes:
            if change.outcome is Outcome.REMOVED:
                entries[change.entry.id] = None
            elif change.outcome not in _AS_IT_IS:
                entries[change.entry.id] = change.entry
        kept = [entry for entry in entries.values() if entry]
        if kept == list(self._entries.values()):
            return {}
        return {self._path: "".join(f"{line}\n" for line in jsonl.write(kept))}
