"""A folder of Markdown pages as the place where an import goes."""

import codecs
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from index.build import ContentFaultsError
from index.checks.identity import duplicate_ids
from index.corpus import content_files
from index.entry import Entry, Page, slug
from index.errors import ContentError
from index.formats import markdown, markdown_writer
from index.formats.by_suffix import read_page_file
from index.formats.reading import Finding, read_text
from qa.merging import Change, Outcome
from qa.targets import AS_IT_IS, Texts

_MARKDOWN: Final = (".md", ".markdown")


@dataclass(frozen=True, slots=True)
class _PageFile:
    """A page as it is: its text with plain line ends, and what its file has instead of them."""

    path: Path
    text: str
    parted: markdown.Parted
    mark: str
    newline: str

    def written(self, text: str) -> str:
        """A text as this file has its lines."""
        return self.mark + text.replace("\n", self.newline)


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
        elsewhere = [e for reading in others for page in reading.pages for e in page.entries]
        here = [section.entry for page in self._pages for section in page.parted.sections]
        if faults := [*faults, *duplicate_ids([*here, *elsewhere])]:
            raise ContentFaultsError(faults)
        self._elsewhere = {entry.id: entry for entry in elsewhere}
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

    def texts(self, changes: Sequence[Change], pages: Sequence[Page], known: Set[str]) -> Texts:
        """Change entries where they stand, add new ones to their page, or make it."""
        self._refuse_elsewhere(changes)
        edits: defaultdict[Path, dict[str, Entry | None]] = defaultdict(dict)
        for change in changes:
            if change.outcome is Outcome.REMOVED:
                edits[self._file_of[change.entry.id].path][change.entry.id] = None
            elif change.outcome is not Outcome.NEW and change.outcome not in AS_IT_IS:
                edits[self._file_of[change.entry.id].path][change.entry.id] = change.entry
        added = _by_page(change.entry for change in changes if change.outcome is Outcome.NEW)
        texts: Texts = {}
        for page in pages:
            if page.name in added and page.name not in self._file_named:
                texts[self._free(page, texts)] = _new(page, added.pop(page.name))
        imported = _ids_by_page(pages)
        for file in self._pages:
            name = file.parted.page.name
            new = added.pop(name, [])
            if new and not imported[name] & (_ids(file) | known):
                raise _in_the_way(file.path)  # it only happens to be called the same
            if new or edits[file.path]:
                texts |= _edited(file, edits[file.path], new)
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
        text, raw = read_text(path), path.read_bytes()
    except OSError as error:
        raise ContentError(f"cannot be read: {error.strerror}.", where=str(path)) from error
    mark = "\ufeff" if raw.startswith(codecs.BOM_UTF8) else ""
    newline = "\r\n" if raw.count(b"\r\n") * 2 > raw.count(b"\n") else "\n"
    return _PageFile(path, text, markdown.part(text, path), mark, newline)


def _ids(file: _PageFile) -> set[str]:
    return {section.entry.id for section in file.parted.sections}


def _ids_by_page(pages: Sequence[Page]) -> defaultdict[str, set[str]]:
    ids: defaultdict[str, set[str]] = defaultdict(set)
    for page in pages:
        ids[page.name] |= {entry.id for entry in page.entries}
    return ids


def _by_page(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    pages: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        pages[entry.page].append(entry)
    return pages


def _new(page: Page, entries: Sequence[Entry]) -> str:
    return markdown_writer.write(replace(page, entries=tuple(entries)))


def _edited(file: _PageFile, edits: Mapping[str, Entry | None], added: Sequence[Entry]) -> Texts:
    """The file as it will be, if it changes.

    Raises ContentError if the page would not read as it should: what was there before hides it.
    """
    left = _ids(file) - {id_ for id_, entry in edits.items() if entry is None}
    expected = left | {entry.id for entry in added}
    if not expected:  # a page without a question is no page
        return {file.path: None}
    text = markdown_writer.edited(file.text, file.path, edits, added)
    parted = markdown.part(text, file.path)
    if {section.entry.id for section in parted.sections} != expected:
        what = "what would be written to this page cannot be read again."
        mend = "Look for code or HTML that is not closed, at the end of the page above all."
        raise ContentError(what, where=str(file.path), mend=mend)
    return {} if text == file.text else {file.path: file.written(text)}
