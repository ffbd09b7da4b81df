"""The short way answers as FastAPI's does."""

import json
from collections.abc import Iterator
from inspect import iscoroutinefunction
from typing import Any

import httpx
import pytest
from fastapi import HTTPException
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from qa.answerer import Answerer
from qa.gate import OverloadedError
from qa.http import ask as asking
from qa.http import problems
from qa.http.app import create_app
from qa.http.deps import NotStored, Service
from qa.http.short import ShortWay
from qa.settings import Settings

ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)
BODIES = st.fixed_dictionaries(
    {"question": st.text(max_size=20) | ANY},
    optional={
        "k": st.integers(-1, 60) | ANY,
        "tags": st.lists(st.text(max_size=5), max_size=3) | ANY,
        "page": st.text(max_size=5) | ANY,
        "more": ANY,
    },
)


@pytest.fixture
def client(answerer: Answerer) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(), Service(answerer))) as client:
        yield client


def ask(client: TestClient, body: str, media_type: str) -> httpx.Response:
    return client.post("/v1/ask", content=body.encode(), headers={"Content-Type": media_type})


def said(response: httpx.Response) -> tuple[int, str, Any]:
    """What matters of a reply; the id is another one each time."""
    content = response.json()
    content.pop("id", None)
    return response.status_code, response.headers.get("cache-control", ""), content


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=BODIES.map(json.dumps) | ANY.map(json.dumps) | st.text(max_size=20))
def test_whatever_is_sent_is_answered_alike(client: TestClient, body: str) -> None:
    body = body.encode(errors="replace").decode()
    # With a parameter it is still JSON, but goes the long way.
    short = ask(client, body, "application/json")
    assert said(short) == said(ask(client, body, "application/json; charset=utf-8"))


def test_a_question_goes_the_short_way_and_what_is_wrong_the_long_one(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    went: list[str] = []
    found, responding = APIRoute.handle, ShortWay._response

    async def short(way: ShortWay, request: Request, asked: BaseModel) -> Response:
        went.append("short")
        return await responding(way, request, asked)

    async def long(route: APIRoute, scope: Scope, receive: Receive, send: Send) -> None:
        went.append("long")
        await found(route, scope, receive, send)

    monkeypatch.setattr(ShortWay, "_response", short)
    monkeypatch.setattr(APIRoute, "handle", long)
    reply = ask(client, json.dumps({"question": "How do I buy a gift card?"}), "application/json")
    assert went == ["short"]
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["content-type"] == "application/json"
    assert reply.json()["question"] == "How do I buy a gift card?"
    for content, media_type, ways in [
        (" ", "application/json", ["long"]),
        ("Really?", "application/json; a=b", ["long"]),
        ("Really?", "text/plain", ["long"]),
    ]:
        went.clear()
        ask(client, json.dumps({"question": content}), media_type)
        assert went == ways
    went.clear()
    json_type = {"Content-Type": "application/json"}
    assert client.get("/v1/ask?q=Really?", headers=json_type).status_code == 200
    assert went == ["long"]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (OverloadedError(), 503),
        (HTTPException(408, "The client has left.", {"Retry-After": "5"}), 408),
        (RuntimeError("what was asked"), 500),
    ],
)
def test_what_fails_is_told_alike(
    answerer: Answerer, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    service = Service(answerer)

    async def failing(*_: object) -> None:
        raise error

    monkeypatch.setattr(service.dispatcher, "answer", failing)
    with TestClient(create_app(Settings(), service)) as client:
        body = json.dumps({"question": "How do I buy a gift card?"})
        short, long = (ask(client, body, f"application/json{more}") for more in ("", ";"))
    assert said(short) == said(long)
    del short.headers["x-request-id"], long.headers["x-request-id"]
    assert short.headers == long.headers
    assert (short.status_code, short.headers["content-type"]) == (status, problems.MEDIA_TYPE)


def test_of_several_media_types_the_first_counts(client: TestClient) -> None:
    body = json.dumps({"question": "How do I buy a gift card?"})
    types = ["text/plain", "application/json"]
    for named, status in [(types, 422), (types[::-1], 200)]:
        headers = [("Content-Type", one) for one in named]
        assert client.post("/v1/ask", content=body, headers=headers).status_code == status


def test_it_can_be_mounted_in_another_application(answerer: Answerer) -> None:
    app = create_app(Settings(), Service(answerer))
    outer = Starlette(routes=[Mount("/help", app)], lifespan=app.router.lifespan_context)
    with TestClient(outer) as client:
        for question, status in [("How do I buy a gift card?", 200), (" ", 422)]:
            assert client.post("/help/v1/ask", json={"question": question}).status_code == status


def test_a_reply_is_counted_for_its_route_whichever_way_it_went(client: TestClient) -> None:
    for question in ("How do I buy a gift card?", " "):
        ask(client, json.dumps({"question": question}), "application/json")
    counted = [line for line in client.get("/metrics").text.splitlines() if '"/v1/ask"' in line]
    assert any('status="200"' in line for line in counted), counted
    assert any('status="422"' in line for line in counted), counted


def test_what_the_long_way_asks_for_besides_a_body_the_short_one_gives() -> None:
    (documented,) = [
        route
        for route in asking.router.routes
        if isinstance(route, APIRoute) and route.methods == {"POST"} and route.path == "/v1/ask"
    ]
    given = documented.dependant
    assert [one.call for one in given.dependencies] == [NotStored.dependency]
    assert not (given.path_params or given.query_params or given.header_params)
    assert not given.cookie_params
    assert documented.status_code is None
    # What is raised the short way gives to the handlers by its class, and waits for them.
    for raised, handler in create_app(Settings(), None).exception_handlers.items():
        assert isinstance(raised, type)
        assert raised is not Exception
        assert iscoroutinefunction(handler)
    short = asking.SHORT
    assert (short.endpoint, short.path) == (documented.endpoint, documented.path)
    assert documented.body_field
    assert short.model is documented.body_field.field_info.annotation
