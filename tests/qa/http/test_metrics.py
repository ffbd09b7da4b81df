import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from qa.http import metrics

NAMES = {
    "qa_requests",
    "qa_request_seconds",
    "qa_stage_seconds",
    "qa_queue_questions",
    "qa_together_questions",
    "qa_answers",
    "qa_refused",
    "qa_snapshot_created_timestamp_seconds",
    "qa_snapshot_entries",
    "qa_snapshot_refused",
    "qa_feedback",
    "qa_questions_dropped",
    "process_cpu_seconds",
    "process_resident_memory_bytes",
    "process_open_fds",
}


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    app.include_router(metrics.router)
    return TestClient(app)


def test_all_metrics_are_there_in_prometheus_own_form(client: TestClient) -> None:
    reply = client.get("/metrics")
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert reply.headers["cache-control"] == "no-store"
    families = {family.name: family for family in text_string_to_metric_families(reply.text)}
    assert families.keys() >= NAMES
    assert all(family.documentation for family in families.values())


def test_the_description_says_that_it_is_text(client: TestClient) -> None:
    operation = client.get("/openapi.json").json()["paths"]["/metrics"]["get"]
    assert list(operation["responses"]["200"]["content"]) == ["text/plain"]
    assert operation["description"]
