"""Questions are kept on a real disk, and read back as `qa batch` reads them."""

import io
import json
import logging
import multiprocessing
import resource
import signal
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep

import pytest

from qa import questions
from qa.answer import NOTHING
from qa.answerer import Answerer
from qa.metrics import exposition
from qa.question_files import read_questions
from qa.questions import QuestionLog, prune

NOW = datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC)


def clock(*moments: datetime) -> Callable[[], datetime]:
    """A clock that shows these moments, one after the other."""
    return iter(moments).__next__


def lines(index: Path, day: str = "2026-03-01") -> list[dict[str, object]]:
    text = (index / "questions" / f"{day}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def dropped() -> float:
    found = [
        line for line in exposition().decode().splitlines() if "questions_dropped_total" in line
    ]
    return float(found[-1].split()[-1])


def test_a_question_is_a_line_with_what_came_of_it(tmp_path: Path, answerer: Answerer) -> None:
    answer = answerer.ask("opening hours")
    with QuestionLog(tmp_path, keeps=True, now=lambda: NOW) as log:
        log.keep("opening hours", answer)
        log.keep("où? 🎉\n2nd line", NOTHING)
    assert lines(tmp_path) == [
        {
            "at": "2026-03-01T23:59:59Z",
            "text": "opening hours",
            "answered": True,
            "confidence": round(answer.confidence, 6),
            "entry": "hours",
        },
        {
            "at": "2026-03-01T23:59:59Z",
            "text": "où? 🎉\n2nd line",
            "answered": False,
            "confidence": 0.0,
            "entry": "",
        },
    ]


def test_what_is_kept_can_be_asked_again(tmp_path: Path) -> None:
    with QuestionLog(tmp_path, keeps=True, now=lambda: NOW) as log:
        for question in ("one?", "two?"):
            log.keep(question, NOTHING)
    path = str(tmp_path / "questions" / "2026-03-01.jsonl")
    assert [one.text for one in read_questions(path, stdin=io.BytesIO())] == ["one?", "two?"]


def test_addresses_and_numbers_are_masked_before_they_reach_the_disk(tmp_path: Path) -> None:
    with QuestionLog(tmp_path, keeps=True, now=lambda: NOW) as log:
        log.keep("I am jane@example.org, call +49 30 1234567", NOTHING)
    assert lines(tmp_path)[0]["text"] == "I am [e-mail], call [phone]"


def test_each_day_has_its_file(tmp_path: Path) -> None:
    now = clock(NOW, NOW + timedelta(seconds=1))
    with QuestionLog(tmp_path, keeps=True, now=now) as log:
        log.keep("before midnight", NOTHING)
        log.keep("after midnight", NOTHING)
    assert [one["text"] for one in lines(tmp_path)] == ["before midnight"]
    assert [one["text"] for one in lines(tmp_path, "2026-03-02")] == ["after midnight"]


def test_unless_the_operator_wants_it_nothing_is_kept(tmp_path: Path) -> None:
    with QuestionLog(tmp_path, keeps=False) as log:
        log.keep("a secret", NOTHING)
    assert list(tmp_path.iterdir()) == []


def test_its_owner_alone_can_read_it(tmp_path: Path) -> None:
    with QuestionLog(tmp_path, keeps=True, now=lambda: NOW) as log:
        log.keep("a question", NOTHING)
    folder = tmp_path / "questions"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()] == [0o600]


def _keep_many(index: Path, name: str) -> None:
    with QuestionLog(index, keeps=True, now=lambda: NOW) as log:
        for number in range(200):
            log.keep(f"{name} {number} " + "x" * 1900, NOTHING)


def test_lines_of_several_processes_do_not_mix(tmp_path: Path) -> None:
    spawning = multiprocessing.get_context("spawn")
    workers = [spawning.Process(target=_keep_many, args=(tmp_path, name)) for name in "abc"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    found = [str(one["text"]).rpartition(" ")[0] for one in lines(tmp_path)]
    for name in "abc":
        own = [one for one in found if one.startswith(name)]
        assert own == [f"{name} {number}" for number in range(200)]


def test_what_the_queue_cannot_take_is_dropped_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "MOST_WAITING", 3)
    log = QuestionLog(tmp_path, keeps=True, now=lambda: NOW)
    before = dropped()
    for number in range(5):  # nobody takes them yet
        log.keep(f"question {number}", NOTHING)
    assert dropped() - before == 2
    with log:
        pass
    assert [one["text"] for one in lines(tmp_path)] == ["question 0", "question 1", "question 2"]


def test_a_disk_that_fails_is_one_line_in_the_log_and_no_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "questions").write_text("in the way")
    before = dropped()
    with QuestionLog(tmp_path, keeps=True, now=lambda: NOW) as log:
        for number in range(5):
            log.keep(f"secret {number}", NOTHING)
    assert dropped() - before == 5
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "questions cannot be kept: " in record.getMessage()
    assert "secret" not in record.getMessage()


def test_it_goes_on_when_the_disk_does(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    way = tmp_path / "questions"
    way.write_text("in the way")
    with QuestionLog(tmp_path, keeps=True, now=lambda: NOW) as log:
        log.keep("lost", NOTHING)
        while not caplog.records:
            sleep(0.001)
        way.unlink()
        log.keep("kept", NOTHING)
    assert [one["text"] for one in lines(tmp_path)] == ["kept"]


def test_one_that_cannot_be_written_keeps_no_other_from_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = dropped()
    with QuestionLog(tmp_path, keeps=True, now=lambda: NOW) as log:
        log.keep("secret \ud800", NOTHING)  # which the service refuses long before
        log.keep("kept", NOTHING)
    assert dropped() - before == 1
    assert [one["text"] for one in lines(tmp_path)] == ["kept"]
    assert "UnicodeEncodeError" in caplog.text
    assert "secret" not in caplog.text


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """The system's limit of a file's size stands for the disk's."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


def test_on_a_full_disk_no_line_is_half_written(tmp_path: Path) -> None:
    before = dropped()
    with (
        largest_file(1000),
        QuestionLog(tmp_path, keeps=True, now=lambda: NOW) as log,
    ):
        for number in range(5):
            log.keep(f"{number}" + "x" * 300, NOTHING)
    assert [str(one["text"])[:1] for one in lines(tmp_path)] == ["0", "1"]
    assert dropped() - before == 3


def test_a_link_in_the_files_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "questions").mkdir()
    aim = tmp_path / "elsewhere"
    (tmp_path / "questions" / "2026-03-01.jsonl").symlink_to(aim)
    with QuestionLog(tmp_path, keeps=True, now=lambda: NOW) as log:
        log.keep("a question", NOTHING)
    assert not aim.exists()


def test_days_that_are_over_are_deleted_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "questions"
    folder.mkdir()
    names = ["2026-01-29.jsonl", "2026-01-30.jsonl", "2026-01-31.jsonl", "2026-03-01.jsonl"]
    others = ["notes.txt", "labelled.jsonl", "2026-1-1.jsonl"]
    for name in names + others:
        (folder / name).touch()
    prune(tmp_path, 30, NOW)
    assert {path.name for path in folder.iterdir()} == {*names[2:], *others}
    prune(tmp_path, 1, NOW)
    assert {path.name for path in folder.iterdir()} == {names[3], *others}


def test_where_nothing_was_kept_nothing_is_pruned(tmp_path: Path) -> None:
    prune(tmp_path, 30, NOW)
    assert list(tmp_path.iterdir()) == []
