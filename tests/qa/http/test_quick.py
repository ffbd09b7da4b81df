"""What is refused on the wire while more is asked than can be done."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from qa.http import connections, protocol
from qa.http.app import create_app
from qa.http.deps import Service
from qa.settings import Settings
from tests.qa.http.test_protocol import BODY, HEALTH, HOST, POST, chunked, with_length
from tests.qa.http.wire import Reply, Wires, hashed_service, wired
from tests.qa.test_metrics import increase

ORIGIN = b"Origin: https://shop.example\r\n"
LINK = b"GET /v1/ask?q=gift HTTP/1.1\r\n" + HOST


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that says of itself that it takes no question on."""
    with hashed_service(tmp_path_factory.mktemp("quick")) as service:
        yield service


@pytest.fixture(scope="module")
def wires(full: Service) -> Iterator[Wires]:
    settings = Settings(allowed_origins=("https://shop.example",))
    with wired(create_app(settings, full)) as wires:
        yield wires


@pytest.fixture(autouse=True)
def overloaded(full: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(full.dispatcher, "refuses", lambda beside=0: True)


def refused(reply: Reply | None) -> bool:
    assert reply
    assert reply.fields["content-type"] == "application/problem+json"
    assert (reply.fields["retry-after"], reply.fields["cache-control"]) == ("1", "no-store")
    assert reply.fields["x-content-type-options"] == "nosniff"
    assert reply.json()["status"] == reply.status
    return reply.status == 503


@pytest.mark.parametrize(
    "request_",
    [
        with_length(POST, BODY),
        POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(BODY[:5], BODY[5:], b""),
        LINK + b"\r\n",
        with_length(POST, b"no JSON at all"),
        with_length(POST + ORIGIN, BODY),
    ],
    ids=["post", "chunked", "link", "unread", "of another site"],
)
def test_a_question_is_refused_and_the_connection_goes_on(wires: Wires, request_: bytes) -> None:
    wire = wires.open()
    for _ in range(3):
        wire.send(request_)
        assert refused(wire.reply())
    wire.send(HEALTH)
    reply = wire.reply()
    assert reply
    assert reply.status == 200


def test_the_next_question_is_answered_when_there_is_room(
    wires: Wires, full: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = wires.open()
    wire.send(with_length(POST, BODY))
    assert refused(wire.reply())
    monkeypatch.setattr(full.dispatcher, "refuses", lambda beside=0: False)
    wire.send(with_length(POST, BODY))
    reply = wire.reply()
    assert reply
    assert (reply.status, reply.json()["question"]) == (200, "gift")


def test_a_page_of_another_site_may_read_the_refusal(wires: Wires) -> None:
    reply = wires.ask(with_length(POST + ORIGIN, BODY))
    assert refused(reply)
    assert reply
    assert reply.fields["access-control-allow-origin"] == "https://shop.example"


def test_who_wants_no_more_is_let_go(wires: Wires) -> None:
    wire = wires.open()
    wire.send(LINK + b"Connection: close\r\n\r\n")
    assert refused(wire.reply())
    assert wire.is_closed()


def test_requests_that_came_together_are_answered_in_their_order(wires: Wires) -> None:
    wire = wires.open()
    wire.send(HEALTH + with_length(POST, BODY) + HEALTH + LINK + b"\r\n")
    statuses = []
    for _ in range(4):
        reply = wire.reply()
        assert reply
        statuses.append(reply.status)
    assert statuses == [200, 503, 200, 503]


def test_a_refusal_is_counted(wires: Wires) -> None:
    def act() -> None:
        assert refused(wires.ask(with_length(POST, BODY)))

    assert increase(act, "qa_refused_total", reason="overload") == 1
    labels = {"route": "/v1/ask", "method": "POST", "status": "503"}
    assert increase(act, "qa_requests_total", **labels) == 1


@pytest.mark.parametrize("path", [b"/v1/suggest?q=gift", b"/readyz", b"/", b"/v1/entries"])
def test_all_else_is_answered(wires: Wires, path: bytes) -> None:
    reply = wires.ask(b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"\r\n")
    assert reply
    assert reply.status == 200


def test_whoever_does_not_send_the_rest_is_refused_at_once_and_harms_no_other(
    wires: Wires, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.4)
    monkeypatch.setattr(protocol, "REQUEST_SECONDS", 0.8)
    monkeypatch.setattr(connections, "_TURN", 0.05)
    slow = wires.open()
    slow.send(POST + b"Content-Length: 100\r\n\r\n{")
    reply = slow.reply()
    assert refused(reply)
    assert reply
    assert reply.fields["connection"] == "close"
    assert slow.is_closed()
    late = wires.open()
    late.send(b"GET / HT")
    reply = late.reply()
    assert reply
    assert reply.status == 408


def test_what_is_broken_in_its_body_is_refused_too(wires: Wires) -> None:
    broken = POST + b"Transfer-Encoding: chunked\r\n\r\nno chunk\r\n"
    reply = wires.ask(broken)
    assert reply
    assert reply.status in {400, 503}


@pytest.mark.parametrize("method", [b"HEAD", b"DELETE"])
def test_another_method_is_the_applications(wires: Wires, method: bytes) -> None:
    wire = wires.open()
    wire.send(method + b" /v1/ask?q=gift HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
    head, _, body = wire.rest().partition(b"\r\n\r\n")
    assert head.startswith((b"HTTP/1.1 405", b"HTTP/1.1 503"))
    assert method != b"HEAD" or body == b""


@pytest.mark.parametrize("settings", [{"rate_limit": "5/minute"}, {"protected": ("ask",)}])
def test_where_not_everybody_may_ask_nobody_fills_the_door(
    tmp_path: Path, settings: dict[str, object]
) -> None:
    with (
        hashed_service(tmp_path) as service,
        TestClient(create_app(Settings.model_validate(settings), service)) as client,
    ):
        assert "door" not in client.app_state
