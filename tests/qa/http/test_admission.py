"""What is more than can be done is refused at once, and what is stuck is told."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from time import monotonic, sleep

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from index.vectors import Vectors
from qa.answerer import Answerer
from qa.http.app import create_app
from qa.http.deps import Service
from qa.settings import Settings
from tests.qa.http.conftest import problem_in

QUEUE = 3


class Closed:
    """An encoder that answers nothing until it is opened."""

    def __init__(self, answerer: Answerer) -> None:
        self._encode = answerer.encode
        self.came, self.opened = Event(), Event()

    def __call__(self, texts: Sequence[str]) -> Vectors:
        self.came.set()
        assert self.opened.wait(30), "nobody opened it"
        return self._encode(texts)


@pytest.fixture
def closed(answerer: Answerer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Closed]:
    closed = Closed(answerer)
    monkeypatch.setattr(answerer, "encode", closed)
    yield closed
    closed.opened.set()


@pytest.fixture
def service(answerer: Answerer, closed: Closed) -> Service:
    """One that is stuck from the first question on, and takes QUEUE of them."""
    return Service(answerer, threads=1, queue=QUEUE)


@pytest.fixture
def client(service: Service) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(), service), raise_server_exceptions=False) as client:
        yield client


@contextmanager
def asking(client: TestClient, service: Service, count: int) -> Iterator[list[Future[Response]]]:
    """So many distinct questions that are under way."""
    with ThreadPoolExecutor(count) as pool:
        futures = [
            pool.submit(client.post, "/v1/ask", json={"question": f"gift {number}"})
            for number in range(count)
        ]
        _wait_until(service, count)
        yield futures


def _wait_until(service: Service, count: int) -> None:
    ends = monotonic() + 30
    while service.dispatcher.waiting < count:
        assert monotonic() < ends, "they did not come in half a minute"
        sleep(0.005)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_more_than_the_queue_holds_is_told_to_come_again(
    client: TestClient, service: Service, closed: Closed, method: str
) -> None:
    with asking(client, service, QUEUE) as futures:
        response = client.request(
            method, "/v1/ask", params={"q": "one more"}, json={"question": "one more"}
        )
        closed.opened.set()
    problem = problem_in(response, 503)
    assert "again" in problem["detail"]
    assert int(response.headers["retry-after"]) >= 1
    assert response.headers["cache-control"] == "no-store"
    assert [future.result().status_code for future in futures] == [200] * QUEUE


def test_a_place_is_free_again_when_a_question_is_answered(
    client: TestClient, service: Service, closed: Closed
) -> None:
    with asking(client, service, QUEUE) as futures:
        assert client.get("/v1/ask?q=refund").status_code == 503
        closed.opened.set()
        assert [future.result().status_code for future in futures] == [200] * QUEUE
    assert client.get("/v1/ask?q=refund").status_code == 200


def test_it_lives_while_it_is_overloaded(
    client: TestClient, service: Service, closed: Closed
) -> None:
    with asking(client, service, QUEUE):
        assert client.get("/v1/ask?q=refund").status_code == 503
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 200
        assert client.get("/v1/entries/hours").status_code == 200
        closed.opened.set()


def test_a_page_of_another_site_can_read_the_refusal(
    answerer: Answerer, service: Service, closed: Closed
) -> None:
    settings = Settings(allowed_origins=("https://shop.example",))
    origin = {"Origin": "https://shop.example"}
    with (
        TestClient(create_app(settings, service)) as client,
        asking(client, service, QUEUE),
    ):
        response = client.get("/v1/ask?q=refund", headers=origin)
        closed.opened.set()
    problem_in(response, 503)
    assert response.headers["access-control-allow-origin"] == "https://shop.example"


def test_the_questions_of_batches_are_bounded_too(
    client: TestClient, service: Service, closed: Closed
) -> None:
    with ThreadPoolExecutor(2) as pool:
        batches = [[f"{letter} gift {number}" for number in range(1_000)] for letter in "ab"]
        first = pool.submit(client.post, "/v1/ask/batch", json={"questions": batches[0]})
        _wait_until(service, 1)
        second = client.post("/v1/ask/batch", json={"questions": batches[1]})
        no_batch = client.post("/v1/ask/batch", content=b"What is refused is not parsed.")
        assert client.get("/v1/ask/batch").status_code == 405
        assert client.get("/healthz").status_code == 200
        single = pool.submit(client.get, "/v1/ask?q=refund")
        closed.opened.set()
        assert len(first.result().json()["answers"]) == 1_000
        assert single.result().status_code == 200, "batches leave room for who asks one question"
    problem_in(second, 503)
    assert "retry-after" in second.headers
    assert no_batch.json() == second.json()
    assert client.post("/v1/ask/batch", json={"questions": batches[1]}).status_code == 200


def test_too_many_requests_are_refused_and_take_no_place_from_questions(
    client: TestClient, service: Service, closed: Closed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.http.admission.MOST_REQUESTS", 1)
    with ThreadPoolExecutor(2) as pool:
        batch = pool.submit(client.post, "/v1/ask/batch", json={"questions": ["gift"]})
        _wait_until(service, 1)
        problem_in(client.get("/v1/entries"), 503)
        assert client.get("/healthz").status_code == 200
        single = pool.submit(client.get, "/v1/ask?q=refund")
        _wait_until(service, 2)
        closed.opened.set()
        assert (batch.result().status_code, single.result().status_code) == (200, 200)
    assert client.get("/v1/entries").status_code == 200


def test_readiness_tells_that_answering_is_stuck(
    client: TestClient, service: Service, closed: Closed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.http.operations.STUCK", 0.0)
    assert client.get("/readyz").status_code == 200
    with asking(client, service, 1):
        assert closed.came.wait(30), "no thread took it"
        problem = problem_in(client.get("/readyz"), 503)
        assert client.get("/healthz").status_code == 200
        closed.opened.set()
    assert "stuck" in problem["detail"]
    assert client.get("/readyz").status_code == 200


def test_nobody_waits_for_an_answer_without_end(
    client: TestClient, closed: Closed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.http.ask.PATIENCE", 0.3)
    response = client.get("/v1/ask?q=refund")
    problem_in(response, 503)
    assert int(response.headers["retry-after"]) >= 1
