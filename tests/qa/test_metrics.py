"""Metrics are read as Prometheus reads them: with its own client's parser."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from qa import metrics
from qa.answer import NOTHING, Answer
from qa.feedback import Verdict
from qa.metrics import exposition, sharing_metrics


def value(name: str, text: str | None = None, **labels: str) -> float:
    """The value of the one series that has this name and these labels; 0 if there is none."""
    families = text_string_to_metric_families(text or exposition().decode())
    samples = [one for family in families for one in family.samples]
    found = [one.value for one in samples if (one.name, one.labels) == (name, labels)]
    assert len(found) <= 1
    return found[0] if found else 0.0


def names(text: str) -> set[str]:
    return {family.name for family in text_string_to_metric_families(text)}


def increase(act: Callable[[], object], name: str, **labels: str) -> float:
    before = value(name, **labels)
    act()
    return value(name, **labels) - before


def test_a_request_is_counted_and_timed_by_its_route() -> None:
    labels = {"route": "/v1/ask", "method": "POST", "status": "200"}
    act = lambda: metrics.count_request("/v1/ask", "POST", 200, 0.003)  # noqa: E731
    assert increase(act, "qa_requests_total", **labels) == 1
    assert increase(act, "qa_request_seconds_bucket", route="/v1/ask", le="0.005") == 1
    assert increase(act, "qa_request_seconds_bucket", route="/v1/ask", le="0.0025") == 0
    assert increase(act, "qa_request_seconds_sum", route="/v1/ask") == pytest.approx(0.003)


def test_methods_that_nobody_knows_are_one_series() -> None:
    labels = {"route": "/v1/ask", "method": "other", "status": "405"}
    for method in ("BREW", "get", "X" * 1000):
        act = lambda method=method: metrics.count_request("/v1/ask", method, 405, 0.001)  # noqa: E731
        assert increase(act, "qa_requests_total", **labels) == 1


@pytest.mark.parametrize(
    ("status", "given", "reason"),
    [
        (503, "overload", "overload"),
        (503, "", "unavailable"),
        (429, "", "rate"),
        (401, "", "key"),
        (403, "", "key"),
        (413, "", "body"),
        (400, "host", "host"),
        (503, "something\nnew", "other"),
    ],
)
def test_a_refusal_is_counted_by_its_reason(status: int, given: str, reason: str) -> None:
    act = lambda: metrics.count_refusal(status, given)  # noqa: E731
    assert increase(act, "qa_refused_total", reason=reason) == 1


@pytest.mark.parametrize("status", [200, 404, 405, 422, 500])
def test_what_is_no_refusal_is_not_counted_as_one(status: int) -> None:
    def refused() -> list[str]:
        return [line for line in exposition().decode().splitlines() if "qa_refused" in line]

    before = refused()
    metrics.count_refusal(status)
    assert refused() == before


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (replace(NOTHING, answered=True), "answered"),
        (replace(NOTHING, offers=True), "alternatives"),
        (NOTHING, "none"),
    ],
)
def test_a_question_is_counted_by_what_came_of_it(answer: Answer, outcome: str) -> None:
    assert increase(lambda: metrics.count_answer(answer), "qa_answers_total", outcome=outcome) == 1


def test_what_has_not_happened_yet_is_zero_and_not_absent() -> None:
    text = exposition().decode()
    for outcome in ("answered", "alternatives", "none"):
        assert f'qa_answers_total{{outcome="{outcome}"}}' in text
    for reason in ("overload", "rate", "key", "body", "host", "unavailable", "other"):
        assert f'qa_refused_total{{reason="{reason}"}}' in text
    for verdict in Verdict:
        assert f'qa_feedback_total{{verdict="{verdict}"}}' in text
    for stage in ("queue", "encode", "match"):
        assert f'qa_stage_seconds_count{{stage="{stage}"}}' in text


def test_feedback_is_counted_by_its_verdict() -> None:
    act = lambda: metrics.count_feedback(Verdict.DID_NOT_HELP)  # noqa: E731
    assert increase(act, "qa_feedback_total", verdict="did_not_help") == 1


def test_the_snapshot_that_is_served_is_told() -> None:
    metrics.note_snapshot(1_772_000_000.0, 17)
    assert value("qa_snapshot_created_timestamp_seconds") == 1_772_000_000.0
    assert value("qa_snapshot_entries") == 17


def test_the_process_itself_is_told() -> None:
    assert value("process_resident_memory_bytes") > 10_000_000
    assert value("process_open_fds") > 0


# What a worker does, and what it then shows: a fresh process, as `qa serve --workers` starts it.
_WORKER = """
import sys
from qa import metrics
from qa.answer import NOTHING
for _ in range(int(sys.argv[1])):
    metrics.count_answer(NOTHING)
    metrics.count_request("/v1/ask", "GET", 200, 0.01)
metrics.WAITING.set(2)
if int(sys.argv[1]):
    metrics.note_snapshot(1000.0 + int(sys.argv[1]), int(sys.argv[1]))
print(metrics.exposition().decode())
print("# done", flush=True)
sys.stdin.read()
"""


def worker(number: int) -> tuple["subprocess.Popen[str]", str]:
    """A process that counts so many questions: it, while it lives, and what it showed."""
    command = [sys.executable, "-c", _WORKER, str(number)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    shown = "".join(takewhile(lambda line: line != "# done\n", process.stdout))
    return process, shown


def end(process: "subprocess.Popen[str]") -> None:
    process.communicate()
    assert process.returncode == 0


def test_workers_count_together_and_those_that_end_leave_their_counts() -> None:
    with sharing_metrics():
        first, _ = worker(3)
        second, both = worker(4)
        assert value("qa_answers_total", both, outcome="none") == 7
        assert value("qa_request_seconds_count", both, route="/v1/ask") == 7
        assert value("qa_queue_questions", both) == 4
        assert value("qa_snapshot_created_timestamp_seconds", both) == 1003
        assert value("qa_snapshot_entries", both) == 4
        for process in (first, second):
            memory = value("process_resident_memory_bytes", both, pid=str(process.pid))
            assert memory > 10_000_000
        end(first)
        third, after = worker(0)
        assert value("qa_answers_total", after, outcome="none") == 7
        assert value("qa_queue_questions", after) == 4
        # One that still loads tells nothing of a snapshot.
        assert value("qa_snapshot_created_timestamp_seconds", after) == 1004
        assert value("qa_snapshot_entries", after) == 4
        assert value("process_resident_memory_bytes", after, pid=str(first.pid)) == 0
        end(second)
        end(third)


def test_one_process_and_several_show_the_same_series() -> None:
    with sharing_metrics():
        process, shared = worker(1)
        end(process)
    metrics.count_request("/v1/ask", "GET", 200, 0.01)
    assert names(shared) == names(exposition().decode())


def test_the_folder_that_is_shared_is_gone_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "/the/operators/own")
    with sharing_metrics():
        folder = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
        assert folder.is_dir()
    assert not folder.exists()
    assert os.environ["PROMETHEUS_MULTIPROC_DIR"] == "/the/operators/own"
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR")
    with sharing_metrics():
        pass
    assert "PROMETHEUS_MULTIPROC_DIR" not in os.environ
