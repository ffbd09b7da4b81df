"""What is older than it may become is deleted: at the start, and at the beginning of each day."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from qa import questions
from qa.feedback import Feedback, NotKeptError

_log = logging.getLogger(__name__)

_TURN: Final = 600.0  # seconds between two looks at the calendar


def prune(index: Path, feedback: Feedback | None, days: int, now: datetime) -> None:
    """Delete what is too old, whether or not anything is kept now; what fails is logged."""
    try:
        questions.prune(index, days, now)
    except (OSError, ValueError) as error:
        said = "%s: questions that are too old cannot be deleted: %s."
        _log.warning(said, index / questions.FOLDER, getattr(error, "strerror", None) or error)
    try:
        if feedback:
            feedback.prune(days, now)
    except NotKeptError as error:
        _log.warning("%s What is too old is still there.", error)


async def keep_pruned(prune: Callable[[datetime], None], *, turn: float = _TURN) -> None:
    """Prune now and on every day (UTC) that begins, until cancelled; the loop does not wait for it.

    turn: seconds between two looks at the calendar.
    """
    pruned = None
    while True:
        now = datetime.now(UTC)
        if now.date() != pruned:
            await asyncio.to_thread(prune, now)
            pruned = now.date()
        await asyncio.sleep(turn)
