"""What the files here share: how a problem looks, and an unready service."""

from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from qa.answerer import Answerer
from qa.http.app import create_app
from qa.http.deps import Service
from qa.settings import Settings

GIBBERISH = "x" * 40

ClientOf = Callable[..., TestClient]
"""Settings in, a client of a service with them out."""


def problem_in(response: Response, status: int) -> dict[str, Any]:
    """The problem that a response must be, as RFC 9457 shapes it."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["x-content-type-options"] == "nosniff"
    body: dict[str, Any] = response.json()
    assert list(body) == ["type", "title", "status", "detail", "errors"]
    assert (body["title"], body["status"]) == (HTTPStatus(status).phrase, status)
    assert body["type"] == "about:blank"
    assert len(body["detail"]) > 10
    assert all(list(fault) == ["where", "message"] for fault in body["errors"])
    return body


def where(problem: dict[str, Any]) -> list[str]:
    """The places that a problem names."""
    return [fault["where"] for fault in problem["errors"]]


@pytest.fixture
def unready() -> TestClient:
    """A service whose snapshot is not loaded yet: its start has not run."""
    return TestClient(create_app(Settings()))


@pytest.fixture
def client_of(answerer: Answerer) -> Iterator[ClientOf]:
    """Makes a client of a service with other settings."""
    clients: list[TestClient] = []

    def make(**settings: object) -> TestClient:
        app = create_app(Settings.model_validate(settings), Service(answerer))
        clients.append(TestClient(app, raise_server_exceptions=False))
        return clients[-1].__enter__()

    yield make
    for client in clients:
        client.__exit__(None, None, None)
