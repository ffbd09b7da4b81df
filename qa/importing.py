"""Turning other formats into content: pages in, Markdown files or one JSONL file out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from index.build import ContentFaultsError
from index.entry import Page, slug
from index.errors import ContentError
from index.formats import Finding, jsonl, markdown, read_page_file


@dataclass(frozen=True, slots=True)
class Written:
    """One file that an import made, or found as it should be (`changed` is False)."""

    path: Path
    entries: int
    changed: bool


def read_pages(files: Sequence[Path], title: str = "") -> tuple[list[Page], list[Finding]]:
    """The pages of the files, and their warnings; `title` replaces that of a single page.

    Raises:
        ContentFaultsError: a file has errors; nothing should be written then.
        ContentError: a file cannot be read at all, or `title` is given for several pages.
    """
    readings = [read_page_file(path) for path in files]
    findings = [finding for reading in readings for finding in reading.findings]
    if errors := [finding for finding in findings if finding.severity == "error"]:
        raise ContentFaultsError(errors)
    pages = [page for reading in readings for page in reading.pages]
    if title and len(pages) != 1:
        raise ContentError(
            f"--title is for one page, these are {len(pages)}.", mend="Import them one by one."
        )
    return [replace(page, title=title) if title else page for page in pages], findings


def write_pages(pages: Sequence[Page], target: Path) -> list[Written]:
    """Write pages as Markdown into a folder, or all entries into a `.jsonl` file.

    A file that is there and differs is somebody's work: it is never overwritten.

    Raises:
        ContentError: a file is in the way, two pages would be one file, or a file cannot be
            written; none has been written in the first two cases.
    """
    if target.suffix.lower() == ".jsonl":
        entries = [entry for page in pages for entry in page.entries]
        texts = {target: ("".join(f"{line}\n" for line in jsonl.write(entries)), len(entries))}
    elif target.suffix and not target.is_dir():
        raise ContentError(
            "this is neither a folder nor a .jsonl file.",
            where=str(target),
            mend="Name a folder for Markdown pages, or a file that ends in .jsonl.",
        )
    else:
        texts = _markdown_files(pages, target)
    for path, (text, _) in texts.items():
        _refuse_to_overwrite(path, text)
    return [_written(path, text, entries) for path, (text, entries) in texts.items()]


def _markdown_files(pages: Sequence[Page], folder: Path) -> dict[Path, tuple[str, int]]:
    texts: dict[Path, tuple[str, int]] = {}
    for page in pages:
        path = folder / f"{slug(page.name)}.md"
        if path in texts:
            raise ContentError(
                f"another page of this import would be {path} too.",
                where=page.source,
                mend="Give the two files different names.",
            )
        texts[path] = markdown.write(page), len(page.entries)
    return texts


def _refuse_to_overwrite(path: Path, text: str) -> None:
    if path.exists() and path.read_bytes() != text.encode():
        raise ContentError(
            "there is another file of this name, and it is left as it is.",
            where=str(path),
            mend="Move it away, or import into another folder.",
        )


def _written(path: Path, text: str, entries: int) -> Written:
    if path.exists():
        return Written(path, entries, changed=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Whole or not at all: half a page would stand in the way of the next import.
        beside = path.with_name(f".{path.name}.part")
        beside.write_text(text, encoding="utf-8", newline="")
        beside.replace(path)
    except OSError as error:
        raise ContentError(f"cannot be written: {error.strerror}.", where=str(path)) from error
    return Written(path, entries, changed=True)
