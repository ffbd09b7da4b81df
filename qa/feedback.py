"""What visitors say of the answers: counts for each entry and day, never what was asked.

One SQLite file in the index's folder, `feedback.sqlite3`, readable by its owner alone:

    counts    day, entry ("" where none was shown), verdict, number
    comments  moment, entry, verdict, comment; empty unless the operator keeps them
    used      the askings that have had their feedback, forgotten when their ids end
    key       what ids of askings are signed with; all processes share it

Several processes may write; each feedback is one transaction, so it is counted once or not at all.
Comments are deleted when the operator's days are over, counts after `COUNTED_DAYS`.
"""

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final, Self

from qa.askings import KEY_BYTES, Asking

FILE: Final = "feedback.sqlite3"

MOST_USED: Final = 100_000
"""As many askings of a day can have feedback: some 4 MB, whatever anybody sends."""

COUNTED_DAYS: Final = 400
"""How long counts stay: a year and its comparison with the one before, and no file that grows."""

_PATIENCE: Final = 2.0  # seconds to wait for another process that writes

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS counts (
    day TEXT, entry TEXT, verdict TEXT, number INTEGER NOT NULL, PRIMARY KEY (day, entry, verdict)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS comments (at TEXT, entry TEXT, verdict TEXT, comment TEXT);
CREATE TABLE IF NOT EXISTS used (token BLOB PRIMARY KEY, ends INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS key (one INTEGER PRIMARY KEY CHECK (one = 1), key BLOB NOT NULL);
"""
_COUNT: Final = """
INSERT INTO counts VALUES (?, ?, ?, 1) ON CONFLICT DO UPDATE SET number = number + 1
"""


class Verdict(StrEnum):
    """What a visitor says of an answer. Two things can go wrong: matching, or the content."""

    HELPFUL = "helpful"
    NOT_HELPFUL = "not_helpful"
    """Nothing more was said."""
    NOT_MY_QUESTION = "not_my_question"
    DID_NOT_HELP = "did_not_help"


class NotKeptError(Exception):
    """Feedback could not be kept; the message says why."""


class Feedback:
    """The feedback of one index. It holds no connection open; threads and processes may share it.

    key: what ids of askings are to be signed with.
    """

    def __init__(self, path: Path, key: bytes, *, keeps_comments: bool) -> None:
        self.key = key
        self._path = path
        self._keeps_comments = keeps_comments

    @classmethod
    def open(cls, folder: Path, *, keeps_comments: bool = False) -> Self:
        """The feedback kept in a folder, begun if there is none.

        Raises:
            NotKeptError: the file can be neither read nor made.
        """
        path = folder / FILE
        with _transaction(path) as database:
            new = secrets.token_bytes(KEY_BYTES)
            database.execute("INSERT OR IGNORE INTO key VALUES (1, ?)", (new,))
            (key,) = database.execute("SELECT key FROM key").fetchone()
        return cls(path, key, keeps_comments=keeps_comments)

    def keep(self, asking: Asking, verdict: Verdict, comment: str, at: datetime) -> bool:
        """Count a verdict. False when there was feedback to this asking before.

        Raises:
            NotKeptError: it cannot be written, or there was too much today.
        """
        moment, now = at.astimezone(UTC), int(at.timestamp())
        with _transaction(self._path) as database:
            database.execute("DELETE FROM used WHERE ends <= ?", (now,))
            if not _use(database, asking):
                return False
            database.execute(_COUNT, (f"{moment:%Y-%m-%d}", asking.entry, verdict))
            if comment and self._keeps_comments:
                row = (_second(moment), asking.entry, verdict, comment)
                database.execute("INSERT INTO comments VALUES (?, ?, ?, ?)", row)
        return True

    def prune(self, days: int, now: datetime) -> None:
        """Delete comments older than so many days, and counts older than `COUNTED_DAYS`.

        What they said is overwritten in the file. Raises NotKeptError if it cannot be written.
        """
        moment = now.astimezone(UTC)
        with _transaction(self._path) as database:
            database.execute("PRAGMA secure_delete = ON")
            oldest = _second(moment - timedelta(days=days))
            database.execute("DELETE FROM comments WHERE at < ?", (oldest,))
            first_day = f"{moment - timedelta(days=COUNTED_DAYS):%Y-%m-%d}"
            database.execute("DELETE FROM counts WHERE day < ?", (first_day,))


def _second(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _use(database: sqlite3.Connection, asking: Asking) -> bool:
    row = (asking.token, int(asking.ends.timestamp()))
    if not database.execute("INSERT OR IGNORE INTO used VALUES (?, ?)", row).rowcount:
        return False
    (used,) = database.execute("SELECT count(*) FROM used").fetchone()
    if used > MOST_USED:
        raise NotKeptError("There was more feedback today than can be kept.")
    return True


@contextmanager
def _transaction(path: Path) -> Iterator[sqlite3.Connection]:
    """One transaction over the file, whole or not at all; its tables are there.

    Raises:
        NotKeptError: the file cannot be read or written.
    """
    try:
        # SQLite would make it readable by all, and gives its journal the rights of the file.
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.fchmod(file, 0o600)  # it may have been there, and readable by others
        finally:
            os.close(file)
        database = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
        try:
            database.executescript(f"BEGIN IMMEDIATE; {_TABLES}")
            yield database
            database.execute("COMMIT")
        finally:
            database.close()  # takes back what was not committed
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise NotKeptError(f"{path}: feedback cannot be kept: {reason}.") from error
