"""What is counted and timed while it serves, for Prometheus.

No series holds anything that a visitor wrote: a label is a route's template, a status, or one of a
few words. Whatever is counted often has its labels looked up once, so counting takes about a
microsecond.
"""

import math
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Metric,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from qa.answer import Answer
from qa.feedback import Verdict

MEDIA_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4

OTHER: Final = "other"
"""What a label says where it would be one of too many."""

_SHARING: Final = "PROMETHEUS_MULTIPROC_DIR"  # prometheus_client's name for it
_FOLDER: Final = os.environ.get(_SHARING, "")  # values were put there since the process began

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_REASONS: Final = frozenset({"overload", "rate", "key", "body", "host", "unavailable"})
_REASON_OF: Final = dict(
    [(401, "key"), (403, "key"), (413, "body"), (421, "host"), (429, "rate"), (503, "unavailable")]
)
_REQUEST_BUCKETS: Final = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_STAGE_BUCKETS: Final = (0.00025, 0.0005, *_REQUEST_BUCKETS[:-2])

# A second series for the moment that each began would only double what is kept.
disable_created_metrics()  # type: ignore[no-untyped-call]
_registry: Final = CollectorRegistry()

_REQUESTS: Final = Counter(
    "qa_requests",
    "Requests that were answered, whatever the answer.",
    ["route", "method", "status"],
    registry=_registry,
)
_SECONDS: Final = Histogram(
    "qa_request_seconds",
    "From a request's arrival to the end of its reply.",
    ["route"],
    buckets=_REQUEST_BUCKETS,
    registry=_registry,
)
_STAGES: Final = Histogram(
    "qa_stage_seconds",
    "How long a question waited (queue), a group was encoded, a question was matched.",
    ["stage"],
    buckets=_STAGE_BUCKETS,
    registry=_registry,
)
_ANSWERS: Final = Counter(
    "qa_answers",
    "Questions by what came of them: an answer, near questions to choose from, or none.",
    ["outcome"],
    registry=_registry,
)
_REFUSED: Final = Counter(
    "qa_refused", "Requests that were refused, by the reason.", ["reason"], registry=_registry
)
_FEEDBACK: Final = Counter(
    "qa_feedback", "What visitors said of answers.", ["verdict"], registry=_registry
)

QUEUED: Final = _STAGES.labels("queue")
"""Seconds from the moment that a question was asked to that when a thread took it."""
ENCODED: Final = _STAGES.labels("encode")
"""Seconds that one call of the encoder took, for as many as were encoded together."""
MATCHED: Final = _STAGES.labels("match")
"""Seconds to find the answer to one question whose vector is known."""

WAITING: Final = Gauge(
    "qa_queue_questions",
    "Questions that are under way, in all processes.",
    registry=_registry,
    multiprocess_mode="livesum",
)
TOGETHER: Final = Histogram(
    "qa_together_questions",
    "How many questions were encoded in one call.",
    buckets=(1, 2, 3, 4),
    registry=_registry,
)
SNAPSHOTS_REFUSED: Final = Counter(
    "qa_snapshot_refused",
    "Snapshots that came into force and could not be served.",
    registry=_registry,
)
QUESTIONS_DROPPED: Final = Counter(
    "qa_questions_dropped",
    "Questions that were to be kept and were not: too many at once, or the disk failed.",
    registry=_registry,
)
_CREATED: Final = Gauge(
    "qa_snapshot_created_timestamp_seconds",
    "When the snapshot that is served was built; of several processes, the oldest.",
    registry=_registry,
    multiprocess_mode="livemin",
)
# Until there is one, its age is not that of 1970, in no process of several.
_CREATED.set(math.inf)
_ENTRIES: Final = Gauge(
    "qa_snapshot_entries",
    "How many entries the snapshot has that was put in force last.",
    registry=_registry,
    multiprocess_mode="livemostrecent",
)

_ANSWERED: Final = _ANSWERS.labels("answered")
_ALTERNATIVES: Final = _ANSWERS.labels("alternatives")
_NONE: Final = _ANSWERS.labels("none")
_VERDICTS: Final = {verdict: _FEEDBACK.labels(verdict.value) for verdict in Verdict}
# What has not happened yet is 0, not absent, or the first time would not show as an increase.
_REFUSALS: Final = {reason: _REFUSED.labels(reason) for reason in sorted({*_REASONS, OTHER})}


def count_request(route: str, method: str, status: int, seconds: float) -> None:
    """Count a request that is over. route: the template of its route, `OTHER` if none has it."""
    method = method if method in _METHODS else OTHER
    _requests_of(route, method, status).inc()
    _seconds_of(route).observe(seconds)


def count_refusal(status: int, reason: str = "") -> None:
    """Count a request that was refused, if it was: with a reason, or a status that says so."""
    reason = reason or _REASON_OF.get(status, "")
    if reason:
        _REFUSALS[reason if reason in _REASONS else OTHER].inc()


def count_answer(answer: Answer) -> None:
    """Count what came of a question."""
    if answer.answered:
        _ANSWERED.inc()
    else:
        (_ALTERNATIVES if answer.offers else _NONE).inc()


def count_feedback(verdict: Verdict) -> None:
    """Count feedback that was kept."""
    _VERDICTS[verdict].inc()


def note_snapshot(created: float, entries: int) -> None:
    """Say what is served from now on. created: when it was built, in seconds since 1970."""
    _CREATED.set(created)
    _ENTRIES.set(entries)


@cache
def _requests_of(route: str, method: str, status: int) -> Counter:
    return _REQUESTS.labels(route, method, str(status))


@cache
def _seconds_of(route: str) -> Histogram:
    return _SECONDS.labels(route)


def exposition() -> bytes:
    """All series as Prometheus reads them, of all processes that share them; of `MEDIA_TYPE`."""
    registry = CollectorRegistry()
    if _FOLDER:
        registry.register(_Workers(Path(_FOLDER)))
        MultiProcessCollector(registry, _FOLDER)  # type: ignore[no-untyped-call]
    else:
        registry.register(_registry)
        ProcessCollector(registry=registry)
    return generate_latest(registry)


@contextmanager
def sharing_metrics() -> Iterator[None]:
    """Have the processes that are spawned meanwhile count together, in a folder of their own."""
    with TemporaryDirectory(prefix="qa-metrics-") as folder:
        before = os.environ.get(_SHARING)
        os.environ[_SHARING] = folder
        try:
            yield
        finally:
            del os.environ[_SHARING]
            if before is not None:
                os.environ[_SHARING] = before


class _Workers(Collector):
    """What the processes that share the metrics take of the machine, each by its `pid`.

    It must be asked before the shared values are: those that no longer live are struck off.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterable[Metric]:
        found: dict[str, Metric] = {}
        for pid in self._living():
            for metric in ProcessCollector(pid=partial(int, pid), registry=None).collect():
                whole = found.setdefault(
                    metric.name, Metric(metric.name, metric.documentation, metric.type)
                )
                whole.samples += [one._replace(labels={"pid": str(pid)}) for one in metric.samples]
        return found.values()

    def _living(self) -> list[int]:
        pids = {int(path.stem.rpartition("_")[2]) for path in self._folder.glob("gauge_live*.db")}
        living = sorted(filter(_lives, pids))
        for pid in pids.difference(living):
            mark_process_dead(pid, str(self._folder))  # type: ignore[no-untyped-call]
        return living


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:  # there is none, or its number is now another user's
        return False
    return True
