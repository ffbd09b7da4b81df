"""Bringing in what a site has: pages as they were read, and the content that there is.

What was imported is kept in a folder `.imported` beside the content, a file for each source and an
entry a line, so that the next import can tell what a source changed from what a person did. First
all is planned, then all is written, so that a fault leaves everything as it was.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from index.entry import Entry, Page, slug
from index.errors import ContentError
from index.formats import jsonl
from index.formats.reading import Finding
from qa.json_lines import JsonLines
from qa.markdown_folder import MarkdownFolder
from qa.merging import Change, base_of, merge, mirror, recognised
from qa.targets import Target, Texts
from qa.whole_files import write_whole

KEPT_IN: Final = ".imported"
"""The folder beside the content that holds what was imported last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an import would do. texts: the content files that it would write. kept: those that hold
    what was imported.
    """

    changes: Sequence[Change]
    findings: Sequence[Finding]
    texts: Texts
    kept: Texts

    def write(self) -> list[Path]:
        """Write content, then what was imported; returns the content files.

        Each file appears whole or not at all. Raises UserError if one cannot be written.
        """
        for path, text in (*self.texts.items(), *self.kept.items()):
            _write(path, text)
        return list(self.texts)


def plan(pages: Sequence[Page], target: Path, *, replacing: bool = False) -> Plan:
    """Compare what was read with what is there.

    target: a folder for Markdown pages, or a `.jsonl` file. replacing: what comes from the sources
    becomes as it is there, whatever a person did to it since.

    Raises:
        ContentFaultsError: the content that is there has errors.
        ContentError: the target is neither, or a file is in the way.
    """
    to = _target(target)
    held = [to.held(page) for page in pages]
    theirs = [page for page, _ in held]
    entries = [entry for page in theirs for entry in page.entries]
    kept = _kept_paths(theirs, target)
    before = {entry.id: entry for path in kept for entry in _kept(path)}
    others = [entry for path in _other_paths(kept) for entry in _kept(path)]
    base = base_of([*others, *before.values()], to.entries)
    mine = recognised(base, to.entries, entries)
    compare = mirror if replacing else merge
    changes = compare(base, mine, entries, before)
    return Plan(
        changes=changes,
        findings=[finding for _, some in held for finding in some],
        texts=to.texts(changes, theirs, base.keys()),
        kept=_to_keep(kept, {} if replacing else mine),
    )


def _target(target: Path) -> Target:
    if target.suffix.lower() == ".jsonl":
        return JsonLines(target)
    if not target.is_dir() and (target.suffix or target.exists()):
        raise ContentError(
            "this is neither a folder nor a .jsonl file.",
            where=str(target),
            mend="Name a folder for Markdown pages, or a file that ends in .jsonl.",
        )
    return MarkdownFolder(target)


def _kept_paths(pages: Sequence[Page], target: Path) -> dict[Path, list[Entry]]:
    """By file that holds what a source gave last: what it gives now."""
    is_file = target.suffix.lower() == ".jsonl"
    folder = target.parent / KEPT_IN / target.name if is_file else target / KEPT_IN
    given: defaultdict[Path, list[Entry]] = defaultdict(list)
    for page in pages:
        given[folder / f"{slug(page.source)}.jsonl"] += page.entries
    return given


def _other_paths(kept: Mapping[Path, Sequence[Entry]]) -> list[Path]:
    """What other sources gave: this one may be one of them, under another name."""
    folders = {path.parent for path in kept}
    return sorted(path for folder in folders for path in folder.glob("*.jsonl") if path not in kept)


def _kept(path: Path) -> list[Entry]:
    if not path.exists():
        return []
    try:
        return [jsonl.stored(line) for line in path.read_bytes().splitlines()]
    except (ValueError, LookupError, TypeError, AttributeError, OSError) as error:
        mend = "Remove the file: the next import then keeps all that differs from its source."
        raise ContentError(
            "this is not what an import left.", where=str(path), mend=mend
        ) from error


def _to_keep(kept: Mapping[Path, Sequence[Entry]], mine: Mapping[str, Entry]) -> Texts:
    """What the sources gave, and what vanished from them but is among mine still."""
    texts: Texts = {}
    for path, entries in kept.items():
        there = {entry.id for entry in entries}
        gone = mine.keys() - there
        vanished = (entry for entry in _kept(path) if entry.id in gone)
        text = "".join(f"{line}\n" for line in jsonl.write([*entries, *vanished]))
        if not path.exists() or path.read_bytes() != text.encode():
            texts[path] = text
    return texts


def _write(path: Path, text: str | None) -> None:
    if text is None:
        path.unlink(missing_ok=True)
    else:
        write_whole(path, text)
