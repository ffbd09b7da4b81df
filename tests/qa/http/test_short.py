"""The short way answers as FastAPI's does."""

import json
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends, Header
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from starlette.requests import Request

from qa.answerer import Answerer
from qa.http import short
from qa.http.app import create_app
from qa.http.deps import NotStored, Service
from qa.http.schemas import AskRequest
from qa.http.short import ShortRoute
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
    read, went = short._read, []

    async def noted(request: Request, model: type[BaseModel]) -> BaseModel | None:
        asked = await read(request, model)
        went.append(asked is not None)
        return asked

    monkeypatch.setattr(short, "_read", noted)
    reply = ask(client, json.dumps({"question": "How do I buy a gift card?"}), "application/json")
    assert ask(client, json.dumps({"question": " "}), "application/json").status_code == 422
    assert went == [True, False]
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["content-type"] == "application/json"
    assert reply.json()["question"] == "How do I buy a gift card?"


async def plain(asked: AskRequest) -> AskRequest:
    return asked


async def with_a_query(asked: AskRequest, debug: bool = False) -> AskRequest:
    return asked


async def with_a_header(asked: AskRequest, key: Annotated[str, Header()]) -> AskRequest:
    return asked


async def key() -> None: ...


@pytest.mark.parametrize(
    ("endpoint", "options"),
    [
        (plain, {"dependencies": [NotStored, Depends(key)]}),
        (plain, {"dependencies": []}),
        (plain, {"status_code": 201, "dependencies": [NotStored]}),
        (with_a_query, {"dependencies": [NotStored]}),
        (with_a_header, {"dependencies": [NotStored]}),
        (key, {"dependencies": [NotStored]}),
    ],
)
def test_a_route_that_needs_more_is_refused(
    endpoint: Callable[..., Any], options: dict[str, Any]
) -> None:
    with pytest.raises(TypeError, match="/ask needs more than a body"):
        APIRouter().add_api_route(
            "/ask", endpoint, methods=["POST"], route_class_override=ShortRoute, **options
        )
