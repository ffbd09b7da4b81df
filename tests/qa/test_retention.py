import asyncio
import sqlite3
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from qa.askings import Asking
from qa.feedback import Feedback, Verdict
from qa.retention import keep_pruned, prune

NOW = datetime.now(UTC)
LONG_AGO = NOW - timedelta(days=90)


@pytest.fixture
def feedback(tmp_path: Path) -> Feedback:
    """Feedback with an old comment, beside an old day's questions; nothing is kept any more."""
    asking = Asking(b"x" * 12, "hours", LONG_AGO + timedelta(days=1))
    keeper = Feedback.open(tmp_path, keeps_comments=True)
    keeper.keep(asking, Verdict.HELPFUL, "an old comment", LONG_AGO)
    (tmp_path / "questions").mkdir()
    (tmp_path / "questions" / f"{LONG_AGO:%Y-%m-%d}.jsonl").touch()
    return Feedback.open(tmp_path)


def comments(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "feedback.sqlite3")) as database:
        (number,) = database.execute("SELECT count(*) FROM comments").fetchone()
    assert isinstance(number, int)
    return number


def test_old_questions_and_comments_go_also_when_keeping_was_turned_off(
    tmp_path: Path, feedback: Feedback
) -> None:
    prune(tmp_path, feedback, 30, NOW)
    assert list((tmp_path / "questions").iterdir()) == []
    assert comments(tmp_path) == 0


def test_what_cannot_be_deleted_is_logged_and_the_rest_goes(
    tmp_path: Path, feedback: Feedback, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "questions" / f"{LONG_AGO:%Y-%m-%d}.jsonl").unlink()
    (tmp_path / "questions" / f"{LONG_AGO:%Y-%m-%d}.jsonl").mkdir()
    prune(tmp_path, feedback, 30, NOW)
    assert "cannot be deleted" in caplog.text
    assert comments(tmp_path) == 0


def test_a_damaged_file_of_feedback_is_logged(
    tmp_path: Path, feedback: Feedback, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "feedback.sqlite3").write_bytes(b"something else" * 100)
    prune(tmp_path, feedback, 30, NOW)
    assert "What is too old is still there." in caplog.text
    assert list((tmp_path / "questions").iterdir()) == []


def test_it_is_done_at_the_start_and_once_a_day(tmp_path: Path, feedback: Feedback) -> None:
    pruned: list[datetime] = []

    def noted(now: datetime) -> None:
        pruned.append(now)
        partial(prune, tmp_path, feedback, 30)(now)

    async def some_turns() -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(keep_pruned(noted, turn=0.001), 0.2)

    asyncio.run(some_turns())
    days = {now.date() for now in pruned}
    assert len(pruned) == len(days) >= 1
    assert comments(tmp_path) == 0
