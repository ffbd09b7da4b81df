"""What was asked, kept for evaluation where the operator wants it, with what could name a person
masked.

One file a day (UTC) in the index's folder, `questions/2026-03-01.jsonl`, readable by its owner
alone, with a line for each question, as `qa batch` reads it:

    {"at", "text", "answered", "confidence", "entry"}

Several processes may write; each line is there whole or not at all.
"""

import fcntl
import json
import logging
import os
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from queue import Full, Queue
from threading import Thread
from types import TracebackType
from typing import Final, Self

from qa.answer import Answer
from qa.metrics import QUESTIONS_DROPPED

FOLDER: Final = "questions"

MOST_WAITING: Final = 2_000
"""As many questions may wait for the disk: two batches, and 16 MB at the very most."""

_log = logging.getLogger(__name__)

_FILE: Final = re.compile(r"\d{4}-\d{2}-\d{2}\.jsonl")
_GRACE: Final = 2.0  # seconds that a stop waits for the disk


@dataclass(frozen=True, slots=True)
class _Asked:
    at: datetime
    question: str
    answer: Answer

    def line(self, masked: Callable[[str], str]) -> bytes:
        entry = self.answer.entry
        shown = {
            "at": f"{self.at:%Y-%m-%dT%H:%M:%SZ}",
            "text": masked(self.question),
            "answered": self.answer.answered,
            "confidence": round(self.answer.confidence, 6),
            "entry": entry.id if entry else "",
        }
        return f"{json.dumps(shown, ensure_ascii=False)}\n".encode()


def _now() -> datetime:
    return datetime.now(UTC)


class QuestionLog:
    """Keeps questions while it is entered. Whoever asks never waits for the disk: one thread writes
    what is put in a queue, and what does not fit is dropped and counted.
    """

    def __init__(self, index: Path, *, keeps: bool, now: Callable[[], datetime] = _now) -> None:
        """keeps: whether anything is kept; if not, `keep` does nothing. now: the time, in UTC."""
        self._folder, self._keeps, self._now = index / FOLDER, keeps, now
        self._queue: Queue[_Asked | None] = Queue(MOST_WAITING)
        self._thread = Thread(target=self._work, name="keeping-questions", daemon=True)
        self._fails = False

    def __enter__(self) -> Self:
        if self._keeps:
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Write what waits. A disk that hangs does not keep the process alive."""
        if self._keeps:
            with suppress(Full):
                self._queue.put(None, timeout=_GRACE)
            self._thread.join(_GRACE)

    def keep(self, question: str, answer: Answer) -> None:
        """Keep a question with what came of it; returns at once."""
        if not self._keeps:
            return
        try:
            self._queue.put_nowait(_Asked(self._now(), question, answer))
        except Full:
            QUESTIONS_DROPPED.inc()

    def _work(self) -> None:
        # Here and not above: its patterns take .005 s to compile, and few keep questions.
        from qa.masking import masked

        while asked := self._queue.get():
            try:
                self._append(f"{asked.at:%Y-%m-%d}.jsonl", asked.line(masked))
            except Exception as error:  # noqa: BLE001 - whatever it is, the next may be kept
                self._failed(error)
            else:
                self._fails = False

    def _failed(self, error: Exception) -> None:
        QUESTIONS_DROPPED.inc()
        if not self._fails:  # once, not for every question
            said = "%s: questions cannot be kept: %s. They are answered all the same."
            _log.warning(said, self._folder, _reason(error))
        self._fails = True

    def _append(self, name: str, line: bytes) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        file = os.open(self._folder / name, flags, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)  # so that nobody's line follows half of this one
            before = os.fstat(file).st_size
            if os.write(file, line) < len(line):  # the disk is full
                os.ftruncate(file, before)
                raise OSError(0, "the disk is full")
        finally:
            os.close(file)


def _reason(error: Exception) -> str:
    """What went wrong, without a word of what was asked."""
    return (isinstance(error, OSError) and error.strerror) or type(error).__name__


def prune(index: Path, days: int, now: datetime) -> None:
    """Delete the questions of an index that are older than so many days; at the least today's stay.

    A file goes as a whole when its first moment is so old. Raises OSError where that fails.
    """
    oldest = now.astimezone(UTC).date() - timedelta(days=days)
    for path in (index / FOLDER).glob("*.jsonl"):
        if _FILE.fullmatch(path.name) and date.fromisoformat(path.stem) <= oldest:
            path.unlink(missing_ok=True)  # another process may have been first
