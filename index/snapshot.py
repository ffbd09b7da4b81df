"""A snapshot: one complete, immutable, checksummed index on disk.

    INDEX/current                     which snapshot is in force, replaced in one rename
    INDEX/lock                        held while building
    INDEX/snapshots/NAME/             one snapshot's files, see index.manifest.Layout

A folder is written under a temporary name, flushed, renamed, and only then named by the pointer:
a crash at any moment leaves the snapshot before it in force. One that is deleted loses its name
before its files, so that whatever has a name was whole. Names are in the order of publishing.
Nothing is unpickled.
"""

import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import filelock
import numpy as np
import numpy.typing as npt

from index import arrays
from index.encoder import Encoder
from index.entries import Entries, EntryTable
from index.entry import Page
from index.errors import BusyError, InputError, ModelError, SnapshotError, first_line
from index.lexical import Coverage, LexicalIndex
from index.loading import load_encoder
from index.lookup import Lookup
from index.manifest import (
    REBUILD,
    Layout,
    Manifest,
    describe_files,
    read_manifest,
    signature,
    verify,
)
from index.vectors import VectorStore
from index.wordings import Wordings, WordingTable

KEPT: Final = 3
"""How many snapshots are kept where nothing else is said."""

_NAME = re.compile(r"([0-9]{8}T[0-9]{6}\.[0-9]{6}Z)-[0-9a-f]{8}")
_TIME = "%Y%m%dT%H%M%S.%fZ"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A snapshot on disk. made: when it was published. size: bytes. problem: why it cannot be
    used, in a line; empty if nothing is known to be wrong. pages and entries are how many it holds,
    None where its manifest cannot be read.
    """

    name: str
    made: datetime
    pages: int | None
    entries: int | None
    size: int
    is_in_force: bool
    problem: str


def open_snapshot(root: Path, *, threads: int = 0) -> tuple[Snapshot, list[str]]:
    """Load the snapshot in force, or the newest whole one before it when it is damaged.

    Returns the snapshot and what had to be passed over, a line each.

    Raises:
        SnapshotError: there is none that can be served.
    """
    while True:
        refuse_empty(root)
        in_force, problems = name_in_force(root), list[str]()
        for folder in candidates(root):
            try:
                return load(folder, threads=threads), problems
            except (SnapshotError, ModelError) as error:
                problems.append(str(error))
            except OSError as error:
                problems.append(f"{error.filename or folder}: {_reason(error)}")
            if name_in_force(root) != in_force:
                break  # what could not be read was replaced meanwhile, and perhaps deleted
        else:
            raise SnapshotError("; ".join(problems))


def refuse_empty(root: Path) -> None:
    """Raise SnapshotError where no snapshot has been published, whole or damaged."""
    if not candidates(root):
        raise SnapshotError("there is no snapshot here.", where=str(root), mend=REBUILD)


def load(folder: Path, *, threads: int = 0) -> Snapshot:
    """Verify a snapshot's files against its manifest, then read them.

    Raises:
        SnapshotError: a file is missing or differs.
        ModelError: its encoder does not run here.
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

    The folder is gone afterwards, unless `publish` has renamed it. What the disk refuses meanwhile
    becomes one line.

    Raises:
        BusyError: another process is building.
        SnapshotError: something cannot be written, or read.
    """
    with _changing(root):
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


@contextmanager
def _changing(root: Path) -> Iterator[None]:
    """Hold the index's lock; what the disk refuses meanwhile becomes one line."""
    lock = _locked(root)
    try:
        yield
    except OSError as error:
        place = str(error.filename or root)
        mend = "Nothing was put in force."
        raise SnapshotError(_reason(error), where=place, mend=mend) from error
    finally:
        with suppress(OSError):  # it ends with the process at the latest
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
        raise SnapshotError(f"cannot be written: {_reason(error)}", where=str(root)) from error
    return lock


def _reason(error: OSError) -> str:
    """What the system said, as a sentence; its libraries do not always hand it on."""
    return f"{first_line(error.strerror or error).rstrip('.')}."


def seal(folder: Path, manifest: Manifest) -> None:
    """Write the manifest of a staged folder, with the digest of every other file there."""
    layout = Layout(folder)
    layout.manifest.unlink(missing_ok=True)
    sealed = replace(manifest, files=describe_files(folder))
    layout.manifest.write_text(sealed.to_json(), encoding="utf-8")


def publish(root: Path, staged: Path, *, keep: int = KEPT) -> Path:
    """Make a staged folder durable, give it its name, and put it in force; prune old ones.

    keep: how many snapshots stay, the new one included; at least 1.

    Raises:
        OSError: the disk refused something; what was in force still is.
    """
    for path in sorted(staged.rglob("*")):
        _flush(path)
    _flush(staged)
    before = name_in_force(root)
    name = f"{_stamp(root)}-{signature(Layout(staged))}"
    folder = staged.rename(root / "snapshots" / name)
    try:
        _flush(folder.parent)
        _point(root, name)
    except OSError:
        if name_in_force(root) == before:
            _discard([folder])
        raise
    with suppress(OSError):  # the new one is in force: what stays is deleted the next time
        _prune(root, name, before, keep)
    return folder


def copy(folder: Path, target: Path) -> None:
    """Copy a folder's files into one that is there. Not links: damage to one snapshot must leave
    the others whole.

    Raises:
        OSError: the first that comes up.
    """
    for path in sorted(folder.rglob("*")):
        copied = target / path.relative_to(folder)
        if path.is_dir():
            copied.mkdir(exist_ok=True)
        else:
            shutil.copyfile(path, copied)


def kept(root: Path, *, thorough: bool = False) -> list[Kept]:
    """The snapshots on disk, newest first.

    thorough: whether all their files are compared with the manifest, too, not it alone.
    """
    in_force = name_in_force(root)
    names = sorted((path.name for path in _published(root)), reverse=True)
    return [_kept(root / "snapshots" / name, name == in_force, thorough) for name in names]


def _kept(folder: Path, is_in_force: bool, thorough: bool) -> Kept:
    counts: Mapping[str, int] = {}
    problem = ""
    try:
        counts = read_manifest(Layout(folder)).counts
        if thorough:
            verify(Layout(folder))
    except SnapshotError as error:
        problem = str(error)
    return Kept(
        name=folder.name,
        made=_made(folder.name) or datetime.min.replace(tzinfo=UTC),
        pages=counts.get("pages"),
        entries=counts.get("entries"),
        size=sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
        is_in_force=is_in_force,
        problem=problem,
    )


def roll_back(root: Path, beginning: str = "") -> str:
    """Put an earlier snapshot in force, or a later one that is still there; returns its name.

    beginning: of its name, as much as tells it from the others; empty: the one before that in
    force. It is loaded first, so that what is damaged or does not run here is refused.

    Raises:
        InputError: there is no such snapshot, or there are several.
        SnapshotError, ModelError, BusyError: as named.
    """
    refuse_empty(root)  # before a lock is made there
    with _changing(root):
        name = _named(root, beginning) if beginning else _before(root)
        load(root / "snapshots" / name)
        _point(root, name)
    return name


def _before(root: Path) -> str:
    in_force, *others = (folder.name for folder in candidates(root))
    if not others or not name_in_force(root):
        what = "there is no snapshot before the one in force."
        raise SnapshotError(what, where=str(root), mend="See: qa snapshots.")
    return max(name for name in others if name < in_force or in_force not in others)


def _named(root: Path, beginning: str) -> str:
    names = sorted(path.name for path in _published(root))
    found = [name for name in names if name.startswith(beginning)]
    if len(found) != 1:
        number = f"{len(found)} snapshots' names begin" if found else "no snapshot's name begins"
        what = f"{number} with “{beginning}”."
        raise InputError(what, where=str(root), mend="See: qa snapshots.")
    return found[0]


def name_in_force(root: Path) -> str:
    """The name that the pointer holds, whether or not there is such a snapshot; "" without one."""
    try:
        name = (root / "current").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""
    return name if _made(name) else ""


def candidates(root: Path) -> list[Path]:
    """The snapshot in force, then those before it, newest first; all when it is not known.

    Never one after it: that was rolled back from, and what it says must not come back by itself.
    Only where the one in force is gone, and nothing was before it, is any better than none.
    """
    names = sorted((path.name for path in _published(root)), reverse=True)
    if current := name_in_force(root):
        others = [name for name in names if name < current]
        if not others and current not in names:
            others = names
        names = [current, *others]
    return [root / "snapshots" / name for name in names]


def _published(root: Path) -> list[Path]:
    """The snapshots' folders; whatever else somebody put beside them is not ours."""
    folder = root / "snapshots"
    return [p for p in folder.iterdir() if _made(p.name)] if folder.is_dir() else []


def _made(name: str) -> datetime | None:
    """When the snapshot of that name was published; None if it is no snapshot's name."""
    matched = _NAME.fullmatch(name)
    try:
        return datetime.strptime(matched[1], _TIME).replace(tzinfo=UTC) if matched else None
    except ValueError:  # no such day or hour
        return None


def _stamp(root: Path) -> str:
    """The time; where the clock was set back, just after that of the newest snapshot."""
    times = [made for path in _published(root) if (made := _made(path.name))]
    after = max(times) + timedelta(microseconds=1) if times else datetime.now(UTC)
    return f"{max(datetime.now(UTC), after):{_TIME}}"


def _point(root: Path, name: str) -> None:
    """Put a snapshot in force; where that fails, what was in force is again."""
    before = name_in_force(root)
    _replace_pointer(root, name)
    try:
        _flush(root)
    except OSError:
        # Whether the disk has the new pointer nobody knows: let both say the same.
        with suppress(OSError):
            if before:
                _replace_pointer(root, before)
            else:
                (root / "current").unlink()
        raise


def _replace_pointer(root: Path, name: str) -> None:
    pointer = root / f".current-{os.getpid()}"
    try:
        pointer.write_text(name + "\n", encoding="utf-8")
        _flush(pointer)
        pointer.replace(root / "current")
    except OSError as error:
        error.filename = error.filename or str(pointer)
        with suppress(OSError):
            pointer.unlink()
        raise


def _prune(root: Path, name: str, before: str, keep: int) -> None:
    """Delete what is over the number to keep, and what was rolled back from before this one."""
    others = sorted(path.name for path in _published(root) if path.name != name)
    left = [other for other in others if other <= before] if before in others else others
    gone = (set(others) - set(left)) | set(left[: max(0, len(left) - keep + 1)])
    _discard(root / "snapshots" / other for other in sorted(gone))


def _discard(folders: Iterable[Path]) -> None:
    """Delete snapshots as far as the disk lets us; their names first, and durably."""
    aside: list[Path] = []
    with suppress(OSError):
        for folder in folders:
            aside.append(folder.rename(folder.with_name(f".tmp-{folder.name}")))
        if aside:
            _flush(aside[0].parent)
    for folder in aside:
        shutil.rmtree(folder, ignore_errors=True)


def _flush(path: Path) -> None:
    """Bring a file or a folder's list of names to the disk: a rename alone promises nothing."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        error.filename = str(path)
        raise
    finally:
        os.close(descriptor)
