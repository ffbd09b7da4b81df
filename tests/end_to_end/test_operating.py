"""What an operator sees of the service: ids, logs, metrics, what it keeps and deletes."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree

import httpx
import pytest

from tests.end_to_end.conftest import Run, serving
from tests.qa.test_metrics import value

SECRET = "does it need a gpu, I am jane@example.org"


@pytest.fixture
def index(content_index: Path, tmp_path: Path) -> Path:
    """An index of its own: what is kept goes there."""
    return Path(copytree(content_index, tmp_path / "index"))


def ask(address: str, question: str = SECRET) -> httpx.Response:
    return httpx.post(f"{address}/v1/ask", json={"question": question}, timeout=30)


def stopped(process: "subprocess.Popen[str]") -> str:
    """What a server logged, after it was told to stop."""
    process.send_signal(signal.SIGTERM)
    assert process.stderr is not None
    said = process.stderr.read()
    process.wait(20)
    return said


def until(happens: Callable[[], bool]) -> None:
    """Wait for it; what never happens is cut off by whoever runs the tests."""
    while not happens():
        time.sleep(0.05)


def test_every_request_is_a_line_of_json_that_tells_nothing_of_what_was_asked(index: Path) -> None:
    with serving(index, QA_LOG_LEVEL="info", QA_LOG_FORMAT="json") as (address, process):
        reply = ask(address)
        httpx.get(f"{address}/v1/ask", params={"q": SECRET}, headers={"X-Request-ID": "mine"})
        said = stopped(process)
    assert "jane" not in said
    assert "gpu" not in said
    lines = [json.loads(line) for line in said.splitlines()]
    requests = [line for line in lines if line["logger"] == "qa.http.requests"]
    assert [(line["method"], line["route"], line["status"]) for line in requests] == [
        ("POST", "/v1/ask", 200),
        ("GET", "/v1/ask", 200),
    ]
    assert [line["request_id"] for line in requests] == [reply.headers["x-request-id"], "mine"]


def test_unless_asked_it_logs_nothing_at_all(index: Path) -> None:
    with serving(index) as (address, process):
        assert ask(address).status_code == 200
        assert stopped(process) == ""


def test_metrics_tell_what_became_of_questions_in_one_process(index: Path) -> None:
    with serving(index) as (address, _):
        ask(address)
        ask(address, "how do I bake sourdough bread")
        shown = httpx.get(f"{address}/metrics").text
    assert value("qa_answers_total", shown, outcome="answered") == 1
    assert value("qa_answers_total", shown, outcome="none") == 1
    assert value("qa_requests_total", shown, route="/v1/ask", method="POST", status="200") == 2
    assert value("qa_stage_seconds_count", shown, stage="encode") == 2
    assert value("qa_snapshot_entries", shown) == 17
    age = datetime.now(UTC).timestamp() - value("qa_snapshot_created_timestamp_seconds", shown)
    assert 0 <= age < 86_400


def test_workers_count_together_whichever_is_asked(index: Path) -> None:
    transport = httpx.HTTPTransport(retries=3)
    client = httpx.Client(transport=transport, timeout=30, headers={"Connection": "close"})
    with serving(index, "--workers", "2") as (address, _), client:
        for _ in range(10):
            client.get(f"{address}/v1/ask?q=curl")
        shown = [client.get(f"{address}/metrics").text for _ in range(3)]
    totals = [
        value("qa_requests_total", one, route="/v1/ask", method="GET", status="200")
        for one in shown
    ]
    assert totals == [10, 10, 10]


def test_questions_are_kept_masked_and_can_be_asked_again(index: Path, qa: Run) -> None:
    with serving(index, QA_KEEP_QUESTIONS="true") as (address, process):
        ask(address)
        httpx.post(f"{address}/v1/ask/batch", json={"questions": ["curl", "?"]}, timeout=30)
        stopped(process)
    (file,) = (index / "questions").iterdir()
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert [line["text"] for line in lines] == ["does it need a gpu, I am [e-mail]", "curl", "?"]
    assert lines[0]["entry"] == "using-qa.offline"
    run = qa("batch", str(file))
    assert run.returncode == 0, run.stderr
    assert len(run.stdout.splitlines()) == 3


def test_by_default_nothing_is_kept_and_what_is_too_old_goes(index: Path) -> None:
    folder = index / "questions"
    folder.mkdir()
    today = datetime.now(UTC).date()
    old, new = (f"{today - timedelta(days=days)}.jsonl" for days in (31, 1))
    for name in (old, new):
        (folder / name).touch()
    with serving(index) as (address, process):
        ask(address)
        until(lambda: not (folder / old).exists())
        stopped(process)
    assert [path.name for path in folder.iterdir()] == [new]
    assert (folder / new).read_bytes() == b""


def test_a_folder_that_cannot_be_written_is_one_line_and_answering_goes_on(index: Path) -> None:
    (index / "questions").write_text("in the way")
    with serving(index, QA_KEEP_QUESTIONS="true", QA_LOG_FORMAT="json") as (address, process):
        for _ in range(3):
            assert ask(address).status_code == 200
        shown = httpx.get(f"{address}/metrics").text
        said = [json.loads(line) for line in stopped(process).splitlines()]
    assert ["cannot be kept" in line["message"] for line in said] == [True]
    assert value("qa_questions_dropped_total", shown) == 3


def test_its_files_are_its_owners_alone(index: Path) -> None:
    with serving(index, QA_KEEP_QUESTIONS="true") as (address, process):
        ask(address)
        stopped(process)
    for path in (index / "questions", *(index / "questions").iterdir(), index / "feedback.sqlite3"):
        assert path.stat().st_mode & 0o077 == 0, path
        assert path.stat().st_uid == os.getuid()
