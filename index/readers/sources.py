"""What a person names to be imported: files, folders, addresses; and all that is read of it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Final

from index.entry import Page, is_web_address
from index.errors import ContentError
from index.formats.reading import Finding, Reading, is_hidden
from index.readers import forms
from index.readers.apart import Allowance, Apart
from index.readers.source import LARGEST, Options, Source
from index.readers.together import together
from index.readers.web.fetch import fetch

_HOST: Final = re.compile(r"(?:[\w-]+\.)+\w+(?::\d+)?/|www\.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How sources are to be read. page: what the page is called. private: whether addresses in
    private networks may be fetched. allowance: what reading one may take.
    """

    options: Options = field(default_factory=Options)
    page: str = ""
    private: bool = False
    allowance: Allowance = field(default_factory=Allowance)


@dataclass(frozen=True, slots=True)
class Read:
    """All that was named, together. errors: what could not be read at all."""

    reading: Reading
    errors: tuple[ContentError, ...]


def read_all(names: Iterable[str], asked: Asked) -> Read:
    """Read all that is named, in a process apart. In a folder or a sitemap, a page without entries
    is skipped.
    """
    with Apart(asked.allowance) as reader:
        return _read_all(names, asked, reader)


def _read_all(names: Iterable[str], asked: Asked, reader: Apart) -> Read:
    readings: list[Reading] = []
    errors: list[ContentError] = []
    taken: dict[str, str] = {}
    for name in names:
        findings: list[Finding] = []
        try:
            for source, is_named in _sources(name, asked, findings):
                source = replace(source, called=asked.page)
                _refuse_one_page_for_two(source, taken)
                readings += _readings(source, asked, reader, findings if not is_named else None)
        except ContentError as error:
            errors.append(error)
        readings.append(Reading(findings=tuple(findings)))
    return Read(together(readings), tuple(errors))


def _sources(name: str, asked: Asked, findings: list[Finding]) -> Iterator[tuple[Source, bool]]:
    """The sources that a name stands for, and whether it names just that one."""
    if is_web_address(name):
        fetched = fetch(name, private=asked.private, told=findings.append)
        first, second = next(fetched, None), next(fetched, None)
        for source in chain(filter(None, (first, second)), fetched):
            yield source, second is None  # else they are a sitemap's
        return
    path = Path(name)
    if not path.is_dir():
        yield _file(path), True
        return
    listed = [one for one in sorted(path.rglob("*")) if _is_listed(one, path)]
    if not listed:
        raise ContentError("this folder holds no file that can be read.", where=str(path))
    for one in listed:
        yield replace(_file(one), folder=str(path)), False


def _refuse_one_page_for_two(source: Source, taken: dict[str, str]) -> None:
    """taken: by page, the source that is it."""
    earlier = taken.setdefault(source.page, source.name)
    if not source.called and earlier != source.name:
        what = f"this would be the page “{source.page}”, as {earlier} is."
        mend = (
            "Import them one by one, and name this one with --page; or both, to have them as one."
        )
        raise ContentError(what, where=source.name, mend=mend)


def _is_listed(path: Path, folder: Path) -> bool:
    return not is_hidden(path, folder) and path.suffix.lower() in forms.SUFFIXES and path.is_file()


def _file(path: Path) -> Source:
    try:
        if path.stat().st_size > LARGEST:
            what = f"this file has more than {LARGEST >> 20} MB."
            raise ContentError(what, where=str(path), mend="Import it in parts.")
        return Source(name=str(path), data=path.read_bytes())
    except OSError as error:
        mend = "Write https://… before an address." if _HOST.match(str(path)) else ""
        what = f"cannot be read: {error.strerror}."
        raise ContentError(what, where=str(path), mend=mend) from error


def _readings(
    source: Source, asked: Asked, reader: Apart, skipped: list[Finding] | None
) -> list[Reading]:
    """What a source gives. skipped: where a source without entries is noted; None to raise."""
    try:
        reading = reader.read(source, asked.options)
    except ContentError as error:
        if skipped is None:
            raise
        skipped.append(Finding("skipped", error.where, error.what, error.mend))
        return []
    pages = (_page(page, source, asked.options.language) for page in reading.pages)
    return [replace(reading, pages=tuple(pages))]


def _page(page: Page, source: Source, language: str) -> Page:
    """The page with what was said of its source; what an entry says of itself counts more."""
    entries = (
        entry if entry.language else replace(entry, language=language) for entry in page.entries
    )
    name = source.page if source.called else page.name
    called = (entry if entry.page == name else replace(entry, page=name) for entry in entries)
    return replace(page, name=name, entries=tuple(called), source=source.name)
