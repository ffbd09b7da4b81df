"""The snapshots on disk: their names, which is in force, and how one gets there and goes.

    INDEX/current                     which snapshot is in force, replaced in one rename
    INDEX/lock                        held while building
    INDEX/snapshots/NAME/             one snapshot's files, see index.manifest.Layout

A folder is written under a temporary name, flushed, renamed, and only then named by the pointer:
a crash at any moment leaves the snapshot before it in force. One that is deleted loses its name
before its files, so that whatever has a name was whole. Names are in the order of publishing.
"""

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from index.errors import BusyError, SnapshotError, first_line
from index.manifest import FORMAT, REBUILD, Layout, Manifest, describe_files, signature

if TYPE_CHECKING:
    from filelock import BaseFileLock

KEPT: Final = 3
"""How many snapshots are kept where nothing else is said."""

_NAME = re.compile(r"([0-9]{8}T[0-9]{6}\.[0-9]{6}Z)-[0-9a-f]{8}")
_TIME = "%Y%m%dT%H%M%S.%fZ"
_FOLDER = "snapshots"


def folder_of(root: Path, name: str) -> Path:
    """Where the snapshot of a name lies."""
    return root / _FOLDER / name


def name_in_force(root: Path) -> str:
    """The name that the pointer holds, whether or not there is such a snapshot; "" without one."""
    try:
        name = (root / "current").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""
    return name if made(name) else ""


def candidates(root: Path) -> list[Path]:
    """The snapshot in force, then those before it, newest first; all when it is not known.

    Never one after it: that was rolled back from, and what it says must not come back by itself.
    Only where the one in force is gone, and nothing was before it, is any better than none.
    """
    names = sorted((path.name for path in published(root)), reverse=True)
    if current := name_in_force(root):
        others = [name for name in names if name < current]
        if not others and current not in names:
            others = names
        names = [current, *others]
    return [folder_of(root, name) for name in names]


def published(root: Path) -> list[Path]:
    """The snapshots' folders; whatever else somebody put beside them is not ours."""
    folder = root / _FOLDER
    return [p for p in folder.iterdir() if made(p.name)] if folder.is_dir() else []


def made(name: str) -> datetime | None:
    """When the snapshot of that name was published; None if it is no snapshot's name."""
    matched = _NAME.fullmatch(name)
    try:
        return datetime.fromisoformat(matched[1]) if matched else None
    except ValueError:  # no such day or hour
        return None


def refuse_empty(root: Path) -> None:
    """Raise SnapshotError where no snapshot has been published, whole or damaged."""
    if not candidates(root):
        raise SnapshotError("there is no snapshot here.", where=str(root), mend=REBUILD)


@contextmanager
def building(root: Path) -> Iterator[Path]:
    """Hold the index's lock and give an empty folder to write a snapshot into.

    The folder is gone afterwards, unless `publish` has renamed it. What the disk refuses meanwhile
    becomes one line.

    Raises:
        BusyError: another process is building.
        SnapshotError: something cannot be written, or read.
    """
    with changing(root):
        folder = folder_of(root, f".tmp-{os.getpid()}")
        try:
            for left_over in (root / _FOLDER).glob(".tmp-*"):
                shutil.rmtree(left_over, ignore_errors=True)
            for left_over in root.glob(".current-*"):
                left_over.unlink()
            folder.mkdir()
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def changing(root: Path) -> Iterator[None]:
    """Hold the index's lock; what the disk refuses meanwhile becomes one line."""
    lock = _locked(root)
    try:
        yield
    except OSError as error:
        place = str(error.filename or root)
        mend = "Nothing was put in force."
        raise SnapshotError(reason(error), where=place, mend=mend) from error
    finally:
        with suppress(OSError):  # it ends with the process at the latest
            lock.release()


def _locked(root: Path) -> "BaseFileLock":
    # Here and not above: what only reads must not wait for it.
    import filelock

    lock = filelock.FileLock(root / "lock", blocking=False)
    try:
        (root / _FOLDER).mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except filelock.Timeout as error:
        raise BusyError(
            "another process is building into this index.", where=str(root), mend="Wait for it."
        ) from error
    except OSError as error:
        raise SnapshotError(f"cannot be written: {reason(error)}", where=str(root)) from error
    return lock


def reason(error: OSError) -> str:
    """What the system said, as a sentence; its libraries do not always hand it on."""
    return f"{first_line(error.strerror or error).rstrip('.')}."


def seal(folder: Path, manifest: Manifest) -> None:
    """Write the manifest of a staged folder, with the checksum of every other file there, in the
    present format, whatever it was in before.
    """
    layout = Layout(folder)
    layout.manifest.unlink(missing_ok=True)
    sealed = replace(manifest, format=FORMAT, files=describe_files(folder))
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
    folder = staged.rename(folder_of(root, name))
    try:
        _flush(folder.parent)
        point(root, name)
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


def _stamp(root: Path) -> str:
    """The time; where the clock was set back, just after that of the newest snapshot."""
    times = [made_at for path in published(root) if (made_at := made(path.name))]
    after = max(times) + timedelta(microseconds=1) if times else datetime.now(UTC)
    return f"{max(datetime.now(UTC), after):{_TIME}}"


def point(root: Path, name: str) -> None:
    """Put a snapshot in force; where that fails, what was in force is again."""
    before = name_in_force(root)
    _replace_pointer(root, name)
    try:
        _flush(root)
    except OSError:
        # Whether the disk has the new pointer nobody knows: let both say the same. It may refuse
        # every flush by now, so the old pointer is put back without one.
        with suppress(OSError):
            if before:
                _replace_pointer(root, before, flush=False)
            else:
                (root / "current").unlink()
        raise


def _replace_pointer(root: Path, name: str, *, flush: bool = True) -> None:
    pointer = root / f".current-{os.getpid()}"
    try:
        pointer.write_text(name + "\n", encoding="utf-8")
        if flush:
            _flush(pointer)
        pointer.replace(root / "current")
    except OSError as error:
        error.filename = error.filename or str(pointer)
        with suppress(OSError):
            pointer.unlink()
        raise


def _prune(root: Path, name: str, before: str, keep: int) -> None:
    """Delete what is over the number to keep, and what was rolled back from before this one."""
    others = sorted(path.name for path in published(root) if path.name != name)
    left = [other for other in others if other <= before] if before in others else others
    gone = (set(others) - set(left)) | set(left[: max(0, len(left) - keep + 1)])
    _discard(folder_of(root, other) for other in sorted(gone))


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
