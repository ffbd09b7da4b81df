"""What lies in a snapshot's folder, and how its files are vouched for.

The manifest holds a checksum of every other file, by XXH3 (128 bits), which takes a third of the
time that SHA-256 does, and a start waits for it. It tells what was damaged; against somebody who
means harm neither helps, for who can write the files can write the manifest. The folder's name ends
with the first eight digits of the manifest's SHA-256.
"""

import json
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from dataclasses import fields as dataclass_fields
from functools import partial
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any, Final, Self, TypeAlias

from xxhash import xxh3_128

from index.errors import SnapshotError
from index.model import file_digest

Settings: TypeAlias = dict[str, str | int | float]

FORMAT: Final = 4
"""What is written. Format 3 is the same with SHA-256 for checksums, and is read, too."""

_HASHES: Final[dict[int, Callable[[], Any]]] = {3: sha256, FORMAT: xxh3_128}

REBUILD = "Build it with: qa index."

_ENCODER = "encoder"


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the parts of a snapshot lie in its folder."""

    folder: Path

    @property
    def manifest(self) -> Path:
        """The manifest, JSON: written last, it names every other file with its checksum."""
        return self.folder / "manifest.json"

    @property
    def pages(self) -> Path:
        """Titles, introductions and addresses of the pages, JSON."""
        return self.folder / "pages.json"

    @property
    def entries(self) -> Path:
        """The entries in corpus order, JSONL."""
        return self.folder / "entries.jsonl"

    @property
    def entry_table(self) -> Path:
        """Where each entry's line begins and when it is shown. This and all folders that follow but
        the encoder's hold arrays, each a file in NumPy's format without pickle.
        """
        return self.folder / "entries"

    @property
    def ids(self) -> Path:
        """Which entry has which id."""
        return self.folder / "ids"

    @property
    def scopes(self) -> Path:
        """Which entries are on which page, and have which tag."""
        return self.folder / "scopes"

    @property
    def wordings(self) -> Path:
        """Every question and alternate in its normalised form, UTF-8."""
        return self.folder / "wordings.txt"

    @property
    def wording_table(self) -> Path:
        """Where each wording and each of its words begins, and whose it is."""
        return self.folder / "wordings"

    @property
    def forms(self) -> Path:
        """Which wordings have which normalised form."""
        return self.folder / "forms"

    @property
    def vectors(self) -> Path:
        """One vector a row, NumPy's format; where there is a shortlist, its files lie beside it."""
        return self.folder / "vectors.npy"

    @property
    def rows(self) -> Path:
        """What each row stands for: entry, field and digest of its text."""
        return self.folder / "rows"

    @property
    def phrasings(self) -> Path:
        """N-grams of every question and alternate."""
        return self.folder / "phrasings"

    @property
    def texts(self) -> Path:
        """Which n-grams every entry as a whole has."""
        return self.folder / "texts"

    @property
    def learned(self) -> Path:
        """What `qa` learned from the entries; not there if nothing was."""
        return self.folder / "learned"

    @property
    def calibration(self) -> Path:
        """How `qa` judges confidence for this site, JSON; not there where its default serves."""
        return self.folder / "calibration.json"

    @property
    def labels(self) -> Path:
        """The labelled queries that the calibration was fitted on, JSONL; there if it is."""
        return self.folder / "labels.jsonl"

    @property
    def encoder(self) -> Path:
        """The folder of the encoder: graph, tokenizer, description, and in int8 its weights."""
        return self.folder / _ENCODER


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a snapshot holds. `search` says how vectors are searched (`VectorStore.settings`);
    `files` maps each file's relative path to its checksum, in hexadecimal.
    """

    format: int
    created: str
    software: str
    model: dict[str, Any]
    counts: dict[str, int]
    search: Settings
    content: str
    files: dict[str, str]

    def has_encoder_of(self, other: Self) -> bool:
        """Whether both have the same encoder: its files, and the model, whose own files may lie
        elsewhere.
        """
        return (self._encoder_files, self.model) == (other._encoder_files, other.model)

    @property
    def _encoder_files(self) -> dict[str, str]:
        folder = f"{_ENCODER}/"
        return {name: found for name, found in self.files.items() if name.startswith(folder)}

    def to_json(self) -> str:
        """The manifest as it is written."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str, where: Path) -> Self:
        """Read a manifest.

        Raises:
            SnapshotError: it is not one, or it is of a format that this software cannot read.
        """
        try:
            document = json.loads(text)
            format_ = document["format"]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise _damaged(where) from error
        if format_ not in tuple(_HASHES):  # a damaged one may say what cannot be a key
            read = " and ".join(map(str, _HASHES))
            raise SnapshotError(
                f"the snapshot has format {format_}, this version reads {read}.",
                where=str(where),
                mend="Build it again with: qa index.",
            )
        known = {field.name for field in dataclass_fields(cls)}
        try:
            return cls(**{key: value for key, value in document.items() if key in known})
        except TypeError as error:  # a key is missing
            raise _damaged(where) from error


def read_manifest(layout: Layout) -> Manifest:
    """Read a snapshot's manifest, for which the folder's name vouches.

    Raises:
        SnapshotError: it is missing, differs or is of another format.
    """
    try:
        if layout.manifest.exists() and not layout.manifest.is_file():
            raise _damaged(layout.manifest)  # to read a pipe would be to wait for who writes it
        manifest = Manifest.from_json(layout.manifest.read_text(encoding="utf-8"), layout.manifest)
        if not layout.folder.name.endswith(signature(layout)):
            raise _damaged(layout.manifest)
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(error, layout.manifest) from error
    return manifest


def verify(layout: Layout) -> Manifest:
    """Compare every file with the manifest before anything parses it.

    Raises:
        SnapshotError: naming the first file that is missing, differs or should not be there.
    """
    manifest = read_manifest(layout)
    try:
        for stranger in sorted(_strangers(layout, manifest)):
            raise SnapshotError(
                "the snapshot holds a file that its manifest does not name.",
                where=str(layout.folder / stranger),
                mend=REBUILD,
            )
        found = _checksums(layout.folder, manifest.files, _HASHES[manifest.format])
        for name, checksum in found.items():
            if manifest.files[name] != checksum:
                raise _damaged(layout.folder / name)
    except OSError as error:
        raise _unreadable(error, layout.folder) from error
    return manifest


def _unreadable(error: OSError | UnicodeDecodeError, path: Path) -> SnapshotError:
    if isinstance(error, UnicodeDecodeError):
        return _damaged(path)
    what, mend = f"cannot be read: {error.strerror or error}.", ""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        what, mend = "the snapshot's file is missing.", REBUILD
    return SnapshotError(what, where=str(error.filename or path), mend=mend)


def _strangers(layout: Layout, manifest: Manifest) -> set[str]:
    """The relative paths of what the manifest accounts for neither as a file nor as its folder. An
    empty folder counts: in the place of a file that need not be there it would be read as one.
    """
    files = {layout.manifest.name, *manifest.files}
    folders = {str(parent) for name in manifest.files for parent in PurePosixPath(name).parents}
    return _names(layout.folder) - files - folders


def _names(folder: Path) -> set[str]:
    """The relative paths of all that a folder holds, folders included."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def _checksums(folder: Path, names: Iterable[str], by: Callable[[], Any]) -> dict[str, str]:
    """Those of files: several at a time, the largest first, since opening waits for it."""
    names = sorted(names, key=lambda name: (folder / name).stat().st_size, reverse=True)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(partial(_checksum, by=by), map(folder.joinpath, names))
        return dict(zip(names, found, strict=True))


def _checksum(path: Path, by: Callable[[], Any]) -> str:
    try:
        # No pipe, as above.
        return file_digest(path, by) if path.is_file() else ""
    except OSError as error:
        error.filename = str(path)
        raise


def _damaged(path: Path) -> SnapshotError:
    return SnapshotError("the file is damaged.", where=str(path), mend=REBUILD)


def signature(layout: Layout) -> str:
    """The end of a snapshot's name: the manifest vouches for all files but itself."""
    return file_digest(layout.manifest)[:8]


def describe_files(folder: Path) -> dict[str, str]:
    """The checksum of every file in a folder, by its relative path."""
    names = (name for name in _names(folder) if (folder / name).is_file())
    return dict(sorted(_checksums(folder, names, _HASHES[FORMAT]).items()))
