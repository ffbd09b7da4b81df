"""API keys: who may ask where asking is protected, and who may administer.

    INDEX/keys.json    name, role, day and SHA-256 of each key; readable by its owner alone
    INDEX/keys.lock    held while it is changed

A key is 32 random bytes, so it cannot be guessed, and one round of SHA-256 keeps it as well as a
slow hash would: slow hashes are for passwords, which people choose. The file is replaced whole, so
whoever reads it needs no lock. A file that cannot be read lets nobody in.
"""

import hmac
import json
import logging
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from index.errors import BusyError, InputError, UserError

_log = logging.getLogger(__name__)

FILE: Final = "keys.json"

MOST_KEYS: Final = 1_000
"""As many are compared with what is presented, which takes some 0.1 ms then."""

_BYTES: Final = 32
_PREFIX: Final = "qa_"  # scanners for leaked secrets, and people, know it by this
_LONGEST: Final = 100  # characters that may be presented; a key has 46
_LARGEST: Final = 512 * 1024  # bytes of the file; 1,000 keys with the longest names have 200,000
_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
_PATIENCE: Final = 10.0  # seconds to wait for another process that changes the file


class Role(StrEnum):
    """What a key is good for; an admin key is also good for whatever a visitor's is."""

    VISITOR = "visitor"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Key:
    """A key without its secret. made: the moment, in UTC."""

    name: str
    role: Role
    made: datetime


class KeysError(UserError):
    """The file of keys cannot be read, written or understood."""


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=f"^{_NAME}$")]
    role: Role
    made: AwareDatetime
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]

    def key(self) -> Key:
        return Key(self.name, self.role, self.made)


class _Rows(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    keys: Annotated[tuple[_Row, ...], Field(max_length=MOST_KEYS)]


class Keys:
    """The keys of one index, as a server asks for them: what was revoked is refused at once.

    The file is looked at whenever a key is presented and read again when it is another one. One
    event loop or thread may use it at a time.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, ...] | str | None = None
        self._told = ""
        self._rows: tuple[tuple[bytes, Key], ...] = ()
        self._refresh()

    @classmethod
    def open(cls, folder: Path) -> Self:
        """The keys of an index; a file that is not there yet holds none.

        Never raises: a file that cannot be used is logged, and lets nobody in until it can.
        """
        return cls(folder / FILE)

    def who(self, presented: str) -> Key | None:
        """The key that this is; None if it is none, or the file cannot be read."""
        self._refresh()
        if len(presented) > _LONGEST or not presented.isascii():
            return None
        digest, found = sha256(presented.encode()).digest(), None
        for stored, key in self._rows:  # all of them: how long it takes tells nothing
            if hmac.compare_digest(stored, digest):
                found = key
        return found

    def _refresh(self) -> None:
        """Read the file if it is not the one that was read: each change makes a new inode."""
        seen = self._look()
        if seen == self._seen:
            return
        try:
            self._rows = tuple((bytes.fromhex(r.sha256), r.key()) for r in _read(self._path))
            self._seen, self._told = seen, ""
        except KeysError as error:
            # What is damaged stays so until it is replaced; what cannot be read may be, next time.
            self._rows, self._seen = (), seen if error.mend else None
            if self._told != str(error):
                _log.error("%s Until then every key is refused.", error)
            self._told = str(error)

    def _look(self) -> tuple[int, ...] | str:
        try:
            about = self._path.stat()
        except OSError as error:
            return type(error).__name__
        return about.st_ino, about.st_mtime_ns, about.st_ctime_ns, about.st_size


def add(folder: Path, name: str, role: Role) -> str:
    """Make a key and return it; it is kept as a hash only, so this is the only time.

    Raises:
        InputError: the name cannot be one or is taken, or there are too many keys.
        KeysError: the file is damaged or cannot be written.
    """
    if not re.fullmatch(_NAME, name):
        mend = "Use up to 64 letters, digits, dots, underscores and hyphens."
        raise InputError("this cannot be the name of a key.", where=repr(name), mend=mend)
    presented = _PREFIX + secrets.token_urlsafe(_BYTES)
    made = datetime.now(UTC).replace(microsecond=0)
    row = _Row(name=name, role=role, made=made, sha256=sha256(presented.encode()).hexdigest())
    with _changing(folder) as path:
        rows = _read(path)
        if any(other.name == name for other in rows):
            mend = f"Choose another name, or revoke it first: qa keys revoke {name}."
            raise InputError("there is a key of this name.", where=name, mend=mend)
        if len(rows) >= MOST_KEYS:
            mend = "Revoke those that nobody uses: qa keys list."
            raise InputError(f"there are {MOST_KEYS:,} keys already.", where=str(path), mend=mend)
        _write(path, (*rows, row))
    return presented


def revoke(folder: Path, name: str) -> None:
    """Have a key refused from now on, by servers that run too.

    Raises:
        InputError: there is no key of this name.
        KeysError: the file is damaged or cannot be written.
    """
    with _changing(folder) as path:
        rows = _read(path)
        kept = tuple(row for row in rows if row.name != name)
        if len(kept) == len(rows):
            mend = "qa keys list shows those there are."
            raise InputError("there is no key of this name.", where=name, mend=mend)
        _write(path, kept)


def listed(folder: Path) -> list[Key]:
    """The keys, in the order in which they were made.

    Raises:
        KeysError: the file is damaged or cannot be read.
    """
    return [row.key() for row in _read(folder / FILE)]


def _read(path: Path) -> tuple[_Row, ...]:
    mend = f"Put the file right, or remove it and make new keys: rm {path}."
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise KeysError(f"cannot be read: {error.strerror}.", where=str(path)) from error
    try:
        rows = _Rows.model_validate_json(content).keys
    except ValidationError as error:  # its own words hold what is in the file
        raise KeysError("the file of keys is damaged.", where=str(path), mend=mend) from error
    if len({row.name for row in rows}) < len(rows):
        raise KeysError("two keys have the same name.", where=str(path), mend=mend)
    return rows


@contextmanager
def _changing(folder: Path) -> Iterator[Path]:
    """Hold the lock of the file of keys, whose path is given."""
    # Here and not above: what only reads must not wait for it.
    import filelock

    path = folder / FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(folder / "keys.lock", timeout=_PATIENCE):
            yield path
    except filelock.Timeout as error:
        raise BusyError(
            "another process is changing the keys.", where=str(path), mend="Wait for it."
        ) from error
    except OSError as error:
        raise KeysError(f"cannot be written: {error.strerror}.", where=str(path)) from error


def _write(path: Path, rows: Sequence[_Row]) -> None:
    """Replace the file, whole and on the disk, before anybody is told a key."""
    text = json.dumps(_Rows(keys=tuple(rows)).model_dump(mode="json"), indent=1) + "\n"
    beside = path.with_name(f".{FILE}.part")
    beside.unlink(missing_ok=True)  # what a crash has left may have been somebody else's
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        _give_to_owner_of(path.parent, file.fileno())
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _give_to_owner_of(folder: Path, descriptor: int) -> None:
    """Where root makes a key, the service that runs as another must be able to read the file."""
    if os.geteuid() == 0:
        about = folder.stat()
        os.fchown(descriptor, about.st_uid, about.st_gid)
