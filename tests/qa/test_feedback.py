"""Feedback is read back with sqlite3 itself, as an operator would."""

import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from qa import feedback
from qa.askings import Asking
from qa.feedback import Feedback, NotKeptError, Verdict

NOW = datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC)


def asking(number: int, entry: str = "hours", at: datetime = NOW) -> Asking:
    return Asking(number.to_bytes(12), entry, at + timedelta(days=1))


def rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "feedback.sqlite3")) as database:
        return database.execute(query).fetchall()


@pytest.fixture
def kept(tmp_path: Path) -> Feedback:
    return Feedback.open(tmp_path)


def test_verdicts_are_counted_for_each_entry_and_day(kept: Feedback, tmp_path: Path) -> None:
    given = [
        ("hours", Verdict.HELPFUL, NOW),
        ("hours", Verdict.HELPFUL, NOW),
        ("hours", Verdict.DID_NOT_HELP, NOW),
        ("hours", Verdict.HELPFUL, NOW + timedelta(seconds=1)),
        ("", Verdict.NOT_HELPFUL, NOW),
        ("parking", Verdict.NOT_MY_QUESTION, NOW),
    ]
    for number, (entry, verdict, at) in enumerate(given):
        assert kept.keep(asking(number, entry), verdict, "", at)
    assert rows(tmp_path, "SELECT * FROM counts") == [
        ("2026-03-01", "", "not_helpful", 1),
        ("2026-03-01", "hours", "did_not_help", 1),
        ("2026-03-01", "hours", "helpful", 2),
        ("2026-03-01", "parking", "not_my_question", 1),
        ("2026-03-02", "hours", "helpful", 1),
    ]


def test_the_day_is_that_of_utc(kept: Feedback, tmp_path: Path) -> None:
    kept.keep(asking(1), Verdict.HELPFUL, "", datetime.fromisoformat("2026-03-01T00:30+01:00"))
    assert rows(tmp_path, "SELECT day FROM counts") == [("2026-02-28",)]


def test_an_asking_is_counted_once(kept: Feedback, tmp_path: Path) -> None:
    assert kept.keep(asking(1), Verdict.HELPFUL, "", NOW)
    assert not kept.keep(asking(1), Verdict.DID_NOT_HELP, "", NOW)
    assert not Feedback.open(tmp_path).keep(asking(1), Verdict.HELPFUL, "", NOW)
    assert rows(tmp_path, "SELECT verdict, number FROM counts") == [("helpful", 1)]


def test_of_many_at_once_one_is_counted(kept: Feedback, tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(kept.keep, asking(1), Verdict.HELPFUL, "", NOW) for _ in range(24)]
        assert sum(job.result() for job in jobs) == 1
    assert rows(tmp_path, "SELECT number FROM counts") == [(1,)]


def test_what_has_ended_is_forgotten(kept: Feedback, tmp_path: Path) -> None:
    kept.keep(asking(1), Verdict.HELPFUL, "", NOW)
    later = NOW + timedelta(days=1)
    kept.keep(asking(2, at=later), Verdict.HELPFUL, "", later)
    assert rows(tmp_path, "SELECT token FROM used") == [((2).to_bytes(12),)]


def test_a_day_holds_so_much_feedback_and_no_more(
    kept: Feedback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feedback, "MOST_USED", 2)
    for number in (1, 2):
        kept.keep(asking(number), Verdict.HELPFUL, "", NOW)
    with pytest.raises(NotKeptError, match="more feedback"):
        kept.keep(asking(3), Verdict.HELPFUL, "", NOW)
    assert rows(tmp_path, "SELECT number FROM counts") == [(2,)]
    tomorrow = NOW + timedelta(days=1)
    assert kept.keep(asking(3, at=tomorrow), Verdict.HELPFUL, "", tomorrow)


@pytest.mark.parametrize("comment", ["Too short, 'sadly'; --", "où? 🎉", "a\0b", "x" * 1000])
def test_comments_are_dropped_unless_the_operator_keeps_them(tmp_path: Path, comment: str) -> None:
    Feedback.open(tmp_path).keep(asking(1), Verdict.DID_NOT_HELP, comment, NOW)
    assert rows(tmp_path, "SELECT * FROM comments") == []
    assert comment.encode() not in (tmp_path / "feedback.sqlite3").read_bytes()
    keeper = Feedback.open(tmp_path, keeps_comments=True)
    keeper.keep(asking(2), Verdict.DID_NOT_HELP, comment, NOW)
    keeper.keep(asking(3), Verdict.HELPFUL, "", NOW)
    found = [("2026-03-01T23:59:59Z", "hours", "did_not_help", comment)]
    assert rows(tmp_path, "SELECT * FROM comments") == found


def test_a_comment_is_gone_from_the_file_when_its_days_are_over(tmp_path: Path) -> None:
    keeper = Feedback.open(tmp_path, keeps_comments=True)
    keeper.keep(asking(1), Verdict.DID_NOT_HELP, "the older comment", NOW)
    keeper.keep(asking(2), Verdict.HELPFUL, "the newer comment", NOW + timedelta(seconds=1))
    keeper.prune(30, NOW + timedelta(days=30))
    assert rows(tmp_path, "SELECT count(*) FROM comments") == [(2,)]
    # Also when comments are not kept any more.
    Feedback.open(tmp_path).prune(30, NOW + timedelta(days=30, seconds=1))
    assert rows(tmp_path, "SELECT comment FROM comments") == [("the newer comment",)]
    assert rows(tmp_path, "SELECT sum(number) FROM counts") == [(2,)]
    assert b"older comment" not in (tmp_path / "feedback.sqlite3").read_bytes()


def test_counts_stay_for_four_hundred_days(kept: Feedback, tmp_path: Path) -> None:
    kept.keep(asking(1), Verdict.HELPFUL, "", NOW)
    kept.prune(1, NOW + timedelta(days=400))
    assert rows(tmp_path, "SELECT day, number FROM counts") == [("2026-03-01", 1)]
    kept.prune(1, NOW + timedelta(days=401))
    assert rows(tmp_path, "SELECT * FROM counts") == []


def test_pruning_leaves_the_key_and_what_was_used(kept: Feedback, tmp_path: Path) -> None:
    kept.keep(asking(1), Verdict.HELPFUL, "", NOW)
    kept.prune(1, NOW)
    assert not kept.keep(asking(1), Verdict.HELPFUL, "", NOW)
    assert Feedback.open(tmp_path).key == kept.key


def test_all_processes_sign_with_one_key_and_each_index_with_its_own(tmp_path: Path) -> None:
    keys = {Feedback.open(tmp_path).key for _ in range(3)}
    (tmp_path / "other").mkdir()
    other = Feedback.open(tmp_path / "other").key
    assert len(keys) == 1
    assert other not in keys
    assert len(other) == 32


def test_its_owner_alone_can_read_the_file(kept: Feedback, tmp_path: Path) -> None:
    kept.keep(asking(1), Verdict.HELPFUL, "", NOW)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {0o600}


def test_a_file_that_others_could_read_is_closed_to_them(kept: Feedback, tmp_path: Path) -> None:
    path = tmp_path / "feedback.sqlite3"
    path.chmod(0o644)
    Feedback.open(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "feedback.sqlite3"
    path.write_bytes(b"something else" * 100)
    with pytest.raises(NotKeptError, match=r"feedback\.sqlite3: feedback cannot be kept: "):
        Feedback.open(tmp_path)
    assert path.read_bytes() == b"something else" * 100


def test_a_folder_that_is_not_there_is_no_place(tmp_path: Path) -> None:
    with pytest.raises(NotKeptError, match="No such file or directory"):
        Feedback.open(tmp_path / "none")


def test_on_a_full_disk_nothing_is_half_kept(kept: Feedback, tmp_path: Path) -> None:
    """SQLite's own limit of pages stands for the disk's."""
    kept.keep(asking(1), Verdict.HELPFUL, "", NOW)
    before = (tmp_path / "feedback.sqlite3").stat().st_size
    full = Feedback.open(tmp_path, keeps_comments=True)
    connect = sqlite3.connect

    def limited(*arguments: object, **options: object) -> sqlite3.Connection:
        database: sqlite3.Connection = connect(*arguments, **options)  # type: ignore[call-overload]
        database.execute(f"PRAGMA max_page_count = {before // 4096}")
        return database

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3, "connect", limited)
        with pytest.raises(NotKeptError, match="full"):
            full.keep(asking(2), Verdict.HELPFUL, "x" * 9000, NOW)
    assert rows(tmp_path, "SELECT number FROM counts") == [(1,)]
    assert full.keep(asking(2), Verdict.HELPFUL, "", NOW)


def test_a_file_that_is_held_by_another_is_waited_for_and_then_given_up(
    kept: Feedback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feedback, "_PATIENCE", 0.05)
    with closing(sqlite3.connect(tmp_path / "feedback.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(NotKeptError, match="locked"):
            kept.keep(asking(1), Verdict.HELPFUL, "", NOW)
        other.execute("COMMIT")
    assert kept.keep(asking(1), Verdict.HELPFUL, "", NOW)
