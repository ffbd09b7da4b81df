"""What is kept on disk, and going back to it: what `qa snapshots` and `qa rollback` do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from index.errors import InputError, SnapshotError
from index.manifest import Layout, read_manifest, verify
from index.shelf import (
    candidates,
    changing,
    folder_of,
    made,
    name_in_force,
    point,
    published,
    refuse_empty,
)
from index.snapshot import load


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


def kept(root: Path, *, thorough: bool = False) -> list[Kept]:
    """The snapshots on disk, newest first; one that is deleted meanwhile is left out.

    thorough: whether all their files are compared with the manifest, too, not it alone.
    """
    in_force = name_in_force(root)
    folders = sorted(published(root), reverse=True)
    found = [_kept(one, is_in_force=one.name == in_force, thorough=thorough) for one in folders]
    return [one for one in found if folder_of(root, one.name).is_dir()]


def _kept(folder: Path, *, is_in_force: bool, thorough: bool = False) -> Kept:
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
        made=made(folder.name) or datetime.min.replace(tzinfo=UTC),
        pages=counts.get("pages"),
        entries=counts.get("entries"),
        size=_size(folder),
        is_in_force=is_in_force,
        problem=problem,
    )


def _size(folder: Path) -> int:
    try:
        return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    except FileNotFoundError:  # it is being deleted
        return 0


def roll_back(root: Path, beginning: str = "") -> Kept:
    """Put an earlier snapshot in force, or a later one that is still there; returns it.

    beginning: of its name, as much as tells it from the others; empty: the one before that in
    force. It is loaded first, so that what is damaged or does not run here is refused.

    Raises:
        InputError: there is no such snapshot, or there are several.
        SnapshotError, ModelError, BusyError: as named.
    """
    refuse_empty(root)  # before a lock is made there
    with changing(root):
        name = _named(root, beginning) if beginning else _before(root)
        folder = folder_of(root, name)
        load(folder)
        now = _kept(folder, is_in_force=True)
        point(root, name)
    return now


def _before(root: Path) -> str:
    in_force, *others = (folder.name for folder in candidates(root))
    if not others or not name_in_force(root):
        what = "there is no snapshot before the one in force."
        raise SnapshotError(what, where=str(root), mend="See: qa snapshots.")
    return max(name for name in others if name < in_force or in_force not in others)


def _named(root: Path, beginning: str) -> str:
    names = sorted(path.name for path in published(root))
    found = [name for name in names if name.startswith(beginning)]
    if len(found) != 1:
        number = f"{len(found)} snapshots' names begin" if found else "no snapshot's name begins"
        what = f"{number} with “{beginning}”."
        raise InputError(what, where=str(root), mend="See: qa snapshots.")
    return found[0]
