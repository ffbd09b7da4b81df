import gc
import logging
import re
from pathlib import Path
from threading import Event

import pytest
from fastapi.testclient import TestClient

from index.snapshot import Snapshot
from qa.answerer import Answerer
from qa.http.app import app_from_environment, create_app
from qa.http.deps import Service
from qa.settings import Settings
from tests.qa.http.conftest import problem_in

# What every documented route may say besides 200, or 204 where there is nothing to say.
ERRORS = {
    ("post", "/v1/ask"): {"400", "413", "422", "503"},
    ("get", "/v1/ask"): {"400", "422", "503"},
    ("post", "/v1/ask/batch"): {"400", "413", "422", "503"},
    ("get", "/v1/suggest"): {"400", "422", "503"},
    ("post", "/v1/feedback"): {"400", "404", "409", "413", "422", "503"},
    ("get", "/v1/entries"): {"400", "422", "503"},
    ("get", "/v1/entries/{id}"): {"404", "503"},
    ("get", "/healthz"): set(),
    ("get", "/readyz"): {"503"},
    ("get", "/metrics"): set(),
    ("get", "/v1/admin/snapshots"): {"401", "403", "429"},
    ("post", "/v1/admin/rollback"): {"401", "403", "409", "422", "429"},
}


def test_it_is_ready_when_a_snapshot_is_loaded(client: TestClient, snapshot: Snapshot) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"status": "ready", "snapshot": snapshot.name, "entries": 10}


def test_it_is_alive_but_not_ready_before(unready: TestClient) -> None:
    alive = unready.get("/healthz")
    assert (alive.status_code, alive.json()["status"]) == (200, "ok")
    response = unready.get("/readyz")
    problem_in(response, 503)
    assert response.headers["retry-after"] == "1"


def test_a_worker_loads_what_the_environment_names(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QA_INDEX", str(built))
    app = app_from_environment()
    gc.unfreeze()  # of this process little is to stay
    assert TestClient(app).get("/readyz").status_code == 503
    with TestClient(app) as client:
        assert client.get("/readyz").status_code == 200
        assert client.get("/v1/ask?q=opening+hours").json()["answer"]["id"] == "hours"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/openapi.json"])
def test_other_methods_are_refused_with_those_there_are(client: TestClient, path: str) -> None:
    response = client.post(path)
    problem_in(response, 405)
    assert "GET" in response.headers["allow"].split(", ")


def test_every_route_is_described_with_all_it_may_say(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    described = {
        (method, path): set(operation["responses"])
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }
    assert described.keys() == ERRORS.keys()
    for route, statuses in ERRORS.items():
        well = "204" if route == ("post", "/v1/feedback") else "200"
        assert described[route] >= {well, *statuses}, route


def test_the_description_is_whole(client: TestClient) -> None:
    response = client.get("/openapi.json")
    document = response.json()
    assert document["openapi"].startswith("3.1.")
    assert document["info"].keys() >= {"title", "version"}
    schemas = document["components"]["schemas"]
    named = set(re.findall(r'"\$ref":"#/components/schemas/([^"]+)"', response.text))
    assert named <= schemas.keys()
    assert named >= {"AskRequest", "AskReply", "BatchRequest", "BatchReply", "Problem"}
    operations = [one for path in document["paths"].values() for one in path.values()]
    assert len({one["operationId"] for one in operations}) == len(operations)
    assert all(one["description"] for one in operations)


def test_every_error_is_described_as_a_problem(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    for path in document["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                if status == "204":
                    assert "content" not in response
                    continue
                if "text/plain" in response["content"]:
                    continue
                kind = "json" if status == "200" else "problem+json"
                assert list(response["content"]) == [f"application/{kind}"]
                schema = response["content"][f"application/{kind}"]["schema"]["$ref"]
                assert schema.endswith("/Problem") == (status != "200")


def test_the_description_says_the_limits(client: TestClient) -> None:
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    question, k = (schemas["AskRequest"]["properties"][name] for name in ("question", "k"))
    questions = schemas["BatchRequest"]["properties"]["questions"]
    assert question["minLength"] == 1
    assert (k["minimum"], k["maximum"], k["default"]) == (1, 50, 3)
    assert (questions["minItems"], questions["maxItems"]) == (1, 1000)


@pytest.mark.parametrize("blanks", ["", "".join(filter(str.isspace, map(chr, range(0x110000))))])
def test_the_description_counts_a_question_without_the_blanks_around_it(
    client: TestClient, blanks: str
) -> None:
    asked = client.get("/openapi.json").json()["components"]["schemas"]["AskRequest"]
    pattern = re.compile(asked["properties"]["question"]["pattern"])
    for question in ("x", "x\ny", "?" * 1_999, f"x{' ' * 1_998}x"):
        assert pattern.search(f"{blanks}{question}{blanks}")
    for question in ("", f"x{' ' * 1_999}x"):
        assert not pattern.search(f"{blanks}{question}{blanks}")


def test_nothing_that_was_asked_is_logged(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="qa")
    for question in ("my secret password", "x" * 2001):
        client.post("/v1/ask", json={"question": question})
        client.get("/v1/suggest", params={"q": question})
    said = [record.getMessage() for record in caplog.records if record.name.startswith("qa")]
    assert len(said) == 4, "a line for each request"
    assert not [line for line in said if "secret" in line or "xxx" in line]


def test_what_answers_are_shown_by_is_brought_in_before_anyone_waits_for_it(
    answerer: Answerer, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought_in = Event()
    monkeypatch.setattr("qa.http.app._AFTER_THE_FIRST", 0.0)
    monkeypatch.setattr("qa.rendering.bring_in", brought_in.set)
    with TestClient(create_app(Settings(), Service(answerer))):
        assert brought_in.wait(30)
