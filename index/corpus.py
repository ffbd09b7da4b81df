"""All the content there is, in order.

`read_corpus` finds what is wrong in each file, `index.checks` what is wrong with them together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from index.entry import Entry, Page
from index.errors import ContentError
from index.formats.by_suffix import READERS, is_content, read_page_file
from index.formats.reading import Finding, Reading, is_hidden

__all__ = ["Corpus", "Finding", "content_files", "read_corpus"]


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
    return not is_hidden(path, folder) and is_content(path) and path.is_file()


def _reading(path: Path) -> Reading:
    try:
        return read_page_file(path)
    except ContentError as error:
        return Reading(findings=(_finding(error),))


def _finding(error: ContentError) -> Finding:
    return Finding("error", error.where, error.what, error.mend)
