"""A snapshot: one complete, immutable, checksummed index on disk.

    INDEX/current                     which snapshot is in force, replaced in one rename
    INDEX/lock                        held while building
    INDEX/snapshots/NAME/             one snapshot's files, see index.manifest.Layout

A folder is written under a temporary name, flushed, renamed, and only then named by the pointer:
a crash at any moment leaves the snapshot before it in force. Nothing is unpickled.
"""

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import filelock
import numpy as np
import numpy.typing as npt

from index import arrays
from index.encoder import Encoder
from index.entries import Entries, EntryTable
from index.entry import Page
from index.errors import BusyError, ModelError, SnapshotError
from index.lexical import Coverage, LexicalIndex
from index.loading import load_encoder
from index.lookup import Lookup
from index.manifest import REBUILD, Layout, Manifest, describe_files, signature, verify
from index.vectors import VectorStore
from index.wordings import Wordings, WordingTable

_KEPT = 3
_NAME = re.compile(r"[0-9TZ.]+-[0-9a-f]{8}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RowTable:
    """What row i of the vectors stands for: entry and field numbers, (n,), and the digest of its
    text, (n, 16) bytes.
    """

    entry: npt.NDArray[np.int32]
    field: npt.NDArray[np.int8]
    digest: npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A loaded snapshot. The rows of `texts` are entries; those of `wordings` and `phrasings` are
    the rows of `vectors` that stand for a question or an alternate, in the same order. `learned`
    and `calibration` are kept for `qa`, which alone knows what they mean; empty if there is none.

    Entries and arrays are the files, mapped: they are read-only.
    """

    name: str
    manifest: Manifest
    pages: tuple[Page, ...]
    entries: Entries
    wordings: Wordings
    rows: RowTable
    vectors: VectorStore
    phrasings: LexicalIndex
    texts: Coverage
    encoder: Encoder
    learned: Mapping[str, npt.NDArray[np.float32]]
    calibration: Mapping[str, Any]


def open_snapshot(root: Path, *, threads: int = 0) -> tuple[Snapshot, list[str]]:
    """Load the snapshot in force, or the newest whole one before it when it is damaged.

    Returns the snapshot and what had to be passed over, a line each.

    Raises:
        SnapshotError: there is none that can be served.
    """
    refuse_empty(root)
    problems: list[str] = []
    for folder in candidates(root):
        try:
            return load(folder, threads=threads), problems
        except (SnapshotError, ModelError) as error:
            problems.append(str(error))
    raise SnapshotError("; ".join(problems))


def refuse_empty(root: Path) -> None:
    """Raise SnapshotError where no snapshot has been published, whole or damaged."""
    if not candidates(root):
        raise SnapshotError("there is no snapshot here.", where=str(root), mend=REBUILD)


def load(folder: Path, *, threads: int = 0) -> Snapshot:
    """Verify a snapshot's files against its manifest, then read them.

    Raises:
        SnapshotError: a file is missing or differs.
    """
    return read(folder, verify(Layout(folder)), threads=threads)


def read(folder: Path, manifest: Manifest, *, threads: int = 0) -> Snapshot:
    """Read a snapshot's files, which must be whole."""
    layout = Layout(folder)
    pages = json.loads(layout.pages.read_text(encoding="utf-8"))
    return Snapshot(
        name=folder.name,
        manifest=manifest,
        pages=tuple(Page(**page) for page in pages),
        entries=Entries(
            arrays.map_bytes(layout.entries),
            arrays.load_record(EntryTable, layout.entry_table),
            arrays.load_record(Lookup, layout.ids),
            arrays.load_record(Lookup, layout.scopes),
        ),
        wordings=Wordings(
            arrays.map_bytes(layout.wordings),
            arrays.load_record(WordingTable, layout.wording_table),
            arrays.load_record(Lookup, layout.forms),
        ),
        rows=arrays.load_record(RowTable, layout.rows),
        vectors=VectorStore.load(layout.vectors),
        phrasings=arrays.load_record(LexicalIndex, layout.phrasings),
        texts=arrays.load_record(Coverage, layout.texts),
        encoder=load_encoder(layout.encoder, threads),
        learned=arrays.load(layout.learned),
        calibration=json.loads(layout.calibration.read_text())
        if layout.calibration.exists()
        else {},
    )


@contextmanager
def building(root: Path) -> Iterator[Path]:
    """Hold the index's lock and give an empty folder to write a snapshot into.

    The folder is gone afterwards, unless `publish` has renamed it.

    Raises:
        BusyError: another process is building.
        SnapshotError: the folder cannot be written.
    """
    lock = _locked(root)
    folder = root / "snapshots" / f".tmp-{os.getpid()}"
    try:
        for left_over in (root / "snapshots").glob(".tmp-*"):
            shutil.rmtree(left_over, ignore_errors=True)
        for left_over in root.glob(".current-*"):
            left_over.unlink()
        folder.mkdir()
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        lock.release()


def _locked(root: Path) -> filelock.BaseFileLock:
    lock = filelock.FileLock(root / "lock", blocking=False)
    try:
        (root / "snapshots").mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except filelock.Timeout as error:
        raise BusyError(
            "another process is building into this index.", where=str(root), mend="Wait for it."
        ) from error
    except OSError as error:
        raise SnapshotError(f"cannot be written: {error.strerror}.", where=str(root)) from error
    return lock


def seal(folder: Path, manifest: Manifest) -> None:
    """Write the manifest of a staged folder, with the digest of every other file there."""
    layout = Layout(folder)
    layout.manifest.unlink(missing_ok=True)
    sealed = replace(manifest, files=describe_files(folder))
    layout.manifest.write_text(sealed.to_json(), encoding="utf-8")


def publish(root: Path, staged: Path) -> Path:
    """Make a staged folder durable, give it its name, and put it in force; prune old ones."""
    for path in sorted(staged.rglob("*")):
        _flush(path)
    _flush(staged)
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{signature(Layout(staged))}"
    folder = staged.rename(root / "snapshots" / name)
    _flush(folder.parent)
    _point(root, name)
    _prune(root, keep=name)
    return folder


def name_in_force(root: Path) -> str:
    """The name that the pointer holds, whether or not there is such a snapshot; "" without one."""
    try:
        name = (root / "current").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""
    return name if _NAME.fullmatch(name) else ""


def candidates(root: Path) -> list[Path]:
    """The snapshot in force, then those before it, newest first; all when it is not known."""
    names = sorted((path.name for path in _published(root)), reverse=True)
    if current := name_in_force(root):
        others = [name for name in names if name < current or current not in names]
        names = [current, *others]
    return [root / "snapshots" / name for name in names]


def _published(root: Path) -> list[Path]:
    """The snapshots' folders; whatever else somebody put beside them is not ours."""
    folder = root / "snapshots"
    return [p for p in folder.iterdir() if _NAME.fullmatch(p.name)] if folder.is_dir() else []


def _point(root: Path, name: str) -> None:
    pointer = root / f".current-{os.getpid()}"
    pointer.write_text(name + "\n", encoding="utf-8")
    _flush(pointer)
    pointer.replace(root / "current")
    _flush(root)


def _prune(root: Path, keep: str) -> None:
    names = sorted(path.name for path in _published(root) if path.name != keep)
    for name in names[: -(_KEPT - 1)]:
        shutil.rmtree(root / "snapshots" / name, ignore_errors=True)


def _flush(path: Path) -> None:
    """Bring a file or a folder's list of names to the disk: a rename alone promises nothing."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
