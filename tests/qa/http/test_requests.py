import asyncio
import json
import logging
import re

import pytest
from fastapi import FastAPI, HTTPException
from fastapi.testclient import TestClient
from starlette.types import Receive, Scope, Send

from qa.http.problems import Unforeseen, install
from qa.http.requests import Requests
from qa.logs import REQUEST_ID, JsonLines
from tests.qa.test_metrics import increase, value

_log = logging.getLogger("qa.test")


@pytest.fixture
def client() -> TestClient:
    """A service of a few routes with the middleware around it."""
    app = FastAPI()

    @app.get("/things/{name}")
    async def thing(name: str) -> dict[str, str]:
        _log.info("inside")
        return {"name": name}

    @app.get("/inside")
    def inside() -> str:
        return REQUEST_ID.get()

    @app.get("/refused")
    def refused() -> None:
        raise HTTPException(503, "Too much is asked.")

    @app.get("/broken")
    def broken() -> None:
        raise ValueError("my secret question")

    install(app)
    app.add_middleware(Unforeseen)
    app.add_middleware(Requests)
    return TestClient(app, raise_server_exceptions=False)


def counted(client: TestClient, path: str, route: str, status: int, method: str = "GET") -> bool:
    """Whether a request is counted once under that route."""
    labels = {"route": route, "method": method, "status": str(status)}
    act = lambda: client.request(method, path)  # noqa: E731
    return increase(act, "qa_requests_total", **labels) == 1


@pytest.mark.parametrize("path", ["/things/a", "/nothing", "/refused", "/broken"])
def test_every_reply_has_an_id_of_its_own(client: TestClient, path: str) -> None:
    ids = {client.get(path).headers["x-request-id"] for _ in range(3)}
    assert len(ids) == 3
    assert all(re.fullmatch("[0-9a-f]{16}", one) for one in ids)


@pytest.mark.parametrize("given", ["4f0c", "A-b_c.9", "x" * 64])
def test_an_id_that_is_brought_is_kept(client: TestClient, given: str) -> None:
    reply = client.get("/inside", headers={"X-Request-ID": given})
    assert (reply.headers["x-request-id"], reply.json()) == (given, given)


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a\tb", "a,b", '{"a"}', "é"])
def test_what_cannot_be_an_id_is_replaced(client: TestClient, given: str) -> None:
    reply = client.get("/inside", headers={b"X-Request-ID": given.encode()})
    assert reply.headers["x-request-id"] != given
    assert re.fullmatch("[0-9a-f]{16}", reply.json())


def test_a_request_is_counted_by_its_routes_template(client: TestClient) -> None:
    assert counted(client, "/things/1?q=secret", "/things/{name}", 200)
    assert counted(client, "/things/2", "/things/{name}", 200)
    assert counted(client, "/things/2", "/things/{name}", 405, "DELETE")
    assert counted(client, "/broken", "/broken", 500)
    assert value("qa_request_seconds_count", route="/things/{name}") >= 3


def test_whatever_has_no_route_is_one_series(client: TestClient) -> None:
    for path in ("/nothing", "/wp-admin/secret.php", "/things/a/b"):
        assert counted(client, path, "other", 404)


def test_a_refusal_is_counted(client: TestClient) -> None:
    act = lambda: client.get("/refused")  # noqa: E731
    assert increase(act, "qa_refused_total", reason="unavailable") == 1


def test_whoever_refuses_can_say_why() -> None:
    async def refusing(scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {})["refused"] = "overload"
        await send({"type": "http.response.start", "status": 503})
        await send({"type": "http.response.body", "body": b""})

    act = lambda: TestClient(Requests(refusing)).get("/")  # noqa: E731
    assert increase(act, "qa_refused_total", reason="overload") == 1


def test_a_request_is_one_line_that_tells_nothing_of_what_was_asked(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="qa.http.requests")
    reply = client.get("/things/secret?q=my+secret")
    (record,) = [one for one in caplog.records if one.name == "qa.http.requests"]
    said = record.getMessage()
    assert re.fullmatch(r"GET /things/\{name\} 200, [\d.]+ ms, \d+ bytes", said)
    line = json.loads(JsonLines().format(record))
    assert line["route"] == "/things/{name}"
    assert (line["method"], line["status"], line["bytes"]) == ("GET", 200, len(reply.content))
    assert line["ms"] > 0
    assert "secret" not in json.dumps(line)
    assert "testclient" not in json.dumps(line)  # the visitor's address


def test_what_is_logged_meanwhile_has_the_requests_id(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[str] = []
    caplog.set_level(logging.INFO, logger="qa")
    caplog.handler.addFilter(lambda _: bool(seen.append(REQUEST_ID.get()) or True))
    client.get("/things/a", headers={"X-Request-ID": "4f0c"})
    assert seen == ["4f0c", "4f0c"]
    assert REQUEST_ID.get() == ""


def test_below_its_level_nothing_is_logged(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="qa")
    client.get("/things/a")
    assert caplog.records == []


def test_an_error_goes_on_and_is_counted() -> None:
    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError("broken")

    def act() -> None:
        with pytest.raises(ValueError, match="broken"):
            TestClient(Requests(failing)).get("/")

    labels = {"route": "other", "method": "GET", "status": "500"}
    assert increase(act, "qa_requests_total", **labels) == 1


def test_what_is_no_request_passes_untouched() -> None:
    seen: list[Scope] = []

    async def noting(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)

    async def nothing() -> None:
        raise AssertionError

    scope = {"type": "lifespan"}
    asyncio.run(Requests(noting)(scope, nothing, nothing))  # type: ignore[arg-type]
    assert seen[0] is scope
