"""Snapshots that were damaged on the disk must be refused before anything parses them.

    python -m bench.reliability.damage [--flips 1000] [--seed 0] [--encoder stand-in]

A snapshot with the real encoder and codes to scan lies over an earlier one. A byte is flipped,
anywhere in any file, a thousand times; every file is cut off at several lengths, emptied and taken
away; files, folders, links and a pipe that do not belong are put beside the others. Each time the
comparison with the checksums, which parses nothing but the manifest, must refuse the snapshot, and
what is opened must be the one before. A process that died would end this one.
"""

import argparse
import os
import random
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.reliability.injected import Site, use_stand_in, use_stored_encoder
from index import vectors
from index.errors import SnapshotError
from index.manifest import Layout, verify
from index.shelf import folder_of, name_in_force
from index.snapshot import open_snapshot

_LENGTHS: Final = (0, 1, 0.5, -1)
"""To what files are cut off: bytes, or a share of them; -1 is all but the last."""

_OPENED_EVERY: Final = 10
"""Opening the one before takes longer than refusing: so many flips go without it."""


class Damaged:
    """The snapshot in force, which is damaged and mended again."""

    def __init__(self, root: Path, before: str) -> None:
        self._root, self._before = root, before
        self.folder = folder_of(root, name_in_force(root))
        self.files = sorted(path for path in self.folder.rglob("*") if path.is_file())

    def wrong(self, path: Path, *, is_opened: bool) -> str:
        """Why the damage to that path was not dealt with; empty if it was."""
        try:
            verify(Layout(self.folder))
        except SnapshotError as error:
            # The first that is found need not be this one, if it is a folder.
            if str(path) not in str(error):
                return f"{path}: said {error}"
        else:
            return f"{path}: was not noticed"
        if is_opened:
            snapshot, problems = open_snapshot(self._root)
            if snapshot.name != self._before or len(problems) != 1:
                return f"{path}: {snapshot.name} was opened, {problems}"
        return ""

    @contextmanager
    def flipped(self, path: Path, at: int, bits: int) -> Iterator[None]:
        """With some bits of one byte flipped."""
        _flip(path, at, bits)
        try:
            yield
        finally:
            _flip(path, at, bits)

    @contextmanager
    def cut(self, path: Path, length: float) -> Iterator[None]:
        """With a file that is shorter."""
        content, size = path.read_bytes(), path.stat().st_size
        wanted = size - 1 if length < 0 else int(length * size) if 0 < length < 1 else int(length)
        os.truncate(path, min(wanted, size - 1))
        try:
            yield
        finally:
            path.write_bytes(content)

    @contextmanager
    def missing(self, path: Path) -> Iterator[None]:
        """Without a file."""
        aside = self._root / "aside"
        path.rename(aside)
        try:
            yield
        finally:
            aside.rename(path)


def _flip(path: Path, at: int, bits: int) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ bits]))


STRANGERS: Final[dict[str, Callable[[Path], object]]] = {
    "a file": lambda path: path.write_bytes(b"not what it seems"),
    "an empty folder": Path.mkdir,
    "a link to nothing": lambda path: path.symlink_to("nowhere"),
    "a link to a folder": lambda path: path.symlink_to("/"),
    "a pipe": os.mkfifo,
}
PLACES: Final = (
    "stranger",
    "calibration.json",
    "labels.jsonl",
    "learned/more.npy",
    "encoder/x.onnx",
)


def flips(damaged: Damaged, number: int, seed: int) -> Iterator[str]:
    """Flip bytes drawn by lot; what was wrong, or an empty string, for each."""
    lot = random.Random(seed)
    for turn in range(number):
        path = lot.choice(damaged.files)
        at, bits = lot.randrange(path.stat().st_size), lot.randrange(1, 256)
        with damaged.flipped(path, at, bits):
            yield damaged.wrong(path, is_opened=turn % _OPENED_EVERY == 0)


def cuts(damaged: Damaged) -> Iterator[str]:
    """Cut every file off."""
    for path in damaged.files:
        for length in _LENGTHS:
            with damaged.cut(path, length):
                yield damaged.wrong(path, is_opened=length == 0)


def losses(damaged: Damaged) -> Iterator[str]:
    """Take every file away, and put a pipe in its place, which must not be waited for."""
    for path in damaged.files:
        with damaged.missing(path):
            yield damaged.wrong(path, is_opened=True)
            os.mkfifo(path)
            yield damaged.wrong(path, is_opened=False)
            path.unlink()


def strangers(damaged: Damaged) -> Iterator[str]:
    """Put what does not belong beside the files."""
    for place in PLACES:
        path = damaged.folder / place
        for put in STRANGERS.values() if not path.exists() else ():
            put(path)
            yield damaged.wrong(path, is_opened=True)
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def main() -> None:
    """Print the table; exit code 1 if anything was wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--flips", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--encoder", choices=("stand-in", "model"), default="model")
    parser.add_argument("--entries", type=int, default=200)
    asked = parser.parse_args()
    (use_stand_in if asked.encoder == "stand-in" else use_stored_encoder)()
    vectors.SCAN_FROM = 1  # type: ignore[misc] # so that the codes are there, too
    wrong: list[str] = []
    with TemporaryDirectory() as name:
        site = Site(Path(name))
        site.build(1, entries=asked.entries)
        before = name_in_force(site.index)
        site.build(2, entries=asked.entries)
        damaged = Damaged(site.index, before)
        print(f"{len(damaged.files)} files, the codes included\n")
        print("| damage | times | wrong |\n| --- | --- | --- |")
        for what, found in (
            ("a byte flipped", flips(damaged, asked.flips, asked.seed)),
            ("a file cut off", cuts(damaged)),
            ("a file missing, or a pipe", losses(damaged)),
            ("something that does not belong", strangers(damaged)),
        ):
            all_found = list(found)
            some = [one for one in all_found if one]
            print(f"| {what} | {len(all_found)} | {len(some)} |", flush=True)
            wrong += some
        if site.edition() != 2:
            wrong.append("what was mended is not in force")
    print("\n".join(wrong))
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
