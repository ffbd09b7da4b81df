"""How often: what is counted, for whom, and what a caller over its rate is told."""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from index.errors import InputError
from qa.http import problems
from qa.http.headers import SecurityHeaders
from qa.http.rates import RateLimit, charge
from qa.rate_store import Counts, refuse_unshared
from qa.rates import Rates
from qa.settings import Settings
from tests.qa.http.conftest import problem_in

PASSWORD = "correct-horse"


class Named:
    """What `qa.http.access` and uvicorn do: the caller stands in the scope."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = dict(scope["headers"])
            if key := headers.get(b"test-key"):
                scope.setdefault("state", {})["key"] = key.decode()
            if address := headers.get(b"test-address"):
                scope["client"] = (address.decode(), 1)
        await self._app(scope, receive, send)


async def one(request: Request) -> str:
    return "answered"


async def many(request: Request, n: int) -> str:
    await charge(request, n)
    return "answered"


def limited(counts: Counts | None = None, **settings: str) -> TestClient:
    """A service that does nothing but count."""
    app = FastAPI()
    for path in ("/v1/ask", "/v1/suggest", "/v1/feedback", "/v1/admin/snapshots", "/v1/entries"):
        app.add_api_route(path, one, methods=["GET", "POST"])
    for path in ("/healthz", "/readyz", "/widget.js", "/metrics", "/faq", "/"):
        app.add_api_route(path, one)
    app.add_api_route("/v1/ask/batch", many, methods=["POST"])
    problems.install(app)
    read = Settings.model_validate(settings)
    guarded = RateLimit(app, Rates.of(read), counts or Counts.of(read))
    return TestClient(SecurityHeaders(Named(guarded)), raise_server_exceptions=False)


@pytest.fixture
def client() -> Iterator[TestClient]:
    """Three a minute for an address, five for a key."""
    with limited(rate_limit="3/minute", key_rate_limit="5/minute") as client:
        yield client


def let_in(client: TestClient, times: int, path: str = "/v1/ask", **headers: str) -> int:
    sent = {f"test-{name}": value for name, value in headers.items()}
    statuses = [client.get(path, headers=sent).status_code for _ in range(times)]
    assert set(statuses) <= {200, 429}
    return statuses.count(200)


def test_what_is_over_the_rate_is_refused_and_told_when_to_come_again(client: TestClient) -> None:
    assert let_in(client, 3) == 3
    reply = client.get("/v1/ask")
    assert "seconds" in problem_in(reply, 429)["detail"]
    assert 1 <= int(reply.headers["retry-after"]) <= 63


def test_each_address_has_its_own_count_and_a_household_one(client: TestClient) -> None:
    assert let_in(client, 9, address="192.0.2.1") == 3
    assert let_in(client, 9, address="192.0.2.2") == 3
    assert let_in(client, 2, address="2001:db8:1:2::1") == 2
    assert let_in(client, 9, address="2001:db8:1:2:ffff::9") == 1
    assert let_in(client, 9, address="2001:db8:1:3::1") == 3
    assert let_in(client, 9, address="::ffff:192.0.2.1") == 0


def test_a_key_is_counted_for_itself_wherever_it_comes_from(client: TestClient) -> None:
    assert let_in(client, 3, key="shop", address="192.0.2.1") == 3
    assert let_in(client, 9, key="shop", address="192.0.2.2") == 2
    assert let_in(client, 9, address="192.0.2.2") == 3
    assert let_in(client, 9, key="other", address="192.0.2.2") == 5


def test_a_key_that_is_called_like_an_address_is_not_counted_with_it(client: TestClient) -> None:
    assert let_in(client, 9, key="192.0.2.1") == 5
    assert let_in(client, 9, address="192.0.2.1") == 3


@pytest.mark.parametrize(("address", "key"), [("3/minute", ""), ("", "3/minute")])
def test_where_one_has_no_rate_it_may_ask_as_often_as_it_likes(address: str, key: str) -> None:
    with limited(rate_limit=address, key_rate_limit=key) as client:
        assert let_in(client, 20, address="192.0.2.1") == (3 if address else 20)
        assert let_in(client, 20, key="shop") == (3 if key else 20)


def test_all_that_computes_shares_one_count(client: TestClient) -> None:
    assert let_in(client, 1, "/v1/ask") == 1
    assert let_in(client, 1, "/v1/suggest") == 1
    assert let_in(client, 1, "/v1/admin/snapshots") == 1
    for path in ("/v1/ask", "/v1/suggest", "/v1/feedback", "/v1/admin/snapshots"):
        assert let_in(client, 1, path) == 0
    problem_in(client.post("/v1/ask/batch?n=1"), 429)


def test_what_costs_nothing_is_not_counted(client: TestClient) -> None:
    for path in ("/healthz", "/readyz", "/widget.js", "/metrics", "/faq", "/", "/v1/entries"):
        assert let_in(client, 20, path) == 20
    assert let_in(client, 9) == 3


def batch(client: TestClient, questions: int, key: str = "shop") -> int:
    reply = client.post(f"/v1/ask/batch?n={questions}", headers={"test-key": key})
    if reply.status_code == 429:
        problem_in(reply, 429)
        assert int(reply.headers["retry-after"]) >= 1
    return reply.status_code


def test_a_batch_counts_as_its_questions(client: TestClient) -> None:
    assert batch(client, 3) == 200
    assert let_in(client, 9, key="shop") == 2
    assert batch(client, 1) == 429
    assert batch(client, 5, key="other") == 200
    assert let_in(client, 1, key="other") == 0


def test_a_batch_over_what_is_left_costs_one(client: TestClient) -> None:
    assert batch(client, 2) == 200
    assert batch(client, 4) == 429
    assert let_in(client, 9, key="shop") == 2


def test_a_batch_that_never_fits_is_told_how_many_do(client: TestClient) -> None:
    reply = client.post("/v1/ask/batch?n=6", headers={"test-key": "shop"})
    assert "at most 5 questions" in problem_in(reply, 429)["detail"]


def test_a_batch_that_waits_as_long_as_it_was_told_is_let_in() -> None:
    class Clock:
        now = 1_000.0

        def __call__(self) -> float:
            return self.now

    clock = Clock()
    with limited(Counts(clock=clock), key_rate_limit="10/minute") as client:
        assert let_in(client, 5, key="shop") == 5
        for _ in range(3):
            clock.now += 1
            reply = client.post("/v1/ask/batch?n=10", headers={"test-key": "shop"})
            assert reply.status_code == 429
        clock.now += int(reply.headers["retry-after"])
        assert batch(client, 10) == 200


def test_a_body_that_cannot_be_read_was_counted_all_the_same(client: TestClient) -> None:
    for _ in range(3):
        assert client.post("/v1/ask/batch?n=x").status_code == 422
    assert client.post("/v1/ask/batch?n=x").status_code == 429


def test_without_rates_a_batch_is_charged_nothing() -> None:
    with limited() as client:
        assert [batch(client, 1_000) for _ in range(5)] == [200] * 5


class TestSharing:
    def test_several_workers_need_a_store(self) -> None:
        with pytest.raises(InputError, match=r"^QA_RATE_STORE: 2 workers .* redis://"):
            refuse_unshared(Settings(workers=2, rate_limit="60/minute"))

    def test_without_rates_or_with_one_worker_none_is_needed(self) -> None:
        refuse_unshared(Settings(workers=2))
        refuse_unshared(Settings(workers=1, key_rate_limit="60/minute"))

    def test_a_rate_that_cannot_be_read_is_refused_there_too(self) -> None:
        with pytest.raises(InputError, match=r"^QA_RATE_LIMIT"):
            refuse_unshared(Settings(rate_limit="often"))

    @pytest.mark.parametrize(
        "address",
        [
            f"redis://:{PASSWORD}@localhost:{{closed}}",
            f"redis://user:{PASSWORD}@localhost:x{PASSWORD}",
            f"redis://:{PASSWORD}@[::1",
            f"http://:{PASSWORD}@localhost",
            f"memory://{PASSWORD}",
            PASSWORD,
            f"redis://:{PASSWORD}@localhost:{{closed}}?socket_timeout={PASSWORD}",
            f"redis://:{PASSWORD}@localhost:{{closed}}?nonsense={PASSWORD}",
        ],
    )
    def test_a_store_that_cannot_be_reached_is_one_line_without_its_password(
        self, address: str
    ) -> None:
        with closing(socket.socket()) as taken:
            taken.bind(("127.0.0.1", 0))
            address = address.format(closed=taken.getsockname()[1])
            settings = Settings(rate_limit="60/minute", rate_store=address)
            with pytest.raises(InputError, match=r"^QA_RATE_STORE: ") as raised:
                refuse_unshared(settings)
        error: BaseException | None = raised.value
        assert "\n" not in str(error)
        while error is not None and not error.__suppress_context__:
            assert PASSWORD not in str(error)
            error = error.__cause__ or error.__context__


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A store that takes connections and never says a word."""
    await reader.read()
    writer.close()


async def with_store(
    handler: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
    body: Callable[[Counts], Awaitable[None]],
) -> None:
    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    counts = Counts.of(Settings(rate_store=f"redis://:{PASSWORD}@127.0.0.1:{port}"))
    try:
        await body(counts)
    finally:
        await counts.aclose()
        server.close()


RATES = Rates.of(Settings(rate_limit="3/minute")).per_address


def test_a_silent_store_holds_nobody_up_and_the_counts_go_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def body(counts: Counts) -> None:
        begun = asyncio.get_running_loop().time()
        waits = [await asyncio.wait_for(counts.wait("a", RATES), 5) for _ in range(5)]
        assert asyncio.get_running_loop().time() - begun < 2  # half a second for all five
        assert [bool(wait) for wait in waits] == [False] * 3 + [True] * 2

    with caplog.at_level(logging.INFO, logger="qa"):
        asyncio.run(with_store(silent, body))
    assert len(caplog.messages) == 1
    assert "each process counts by itself" in caplog.messages[0]
    assert PASSWORD not in caplog.text


def test_no_more_are_let_in_because_they_all_waited_for_a_lost_store() -> None:
    async def body(counts: Counts) -> None:
        waits = await asyncio.gather(*(counts.wait("a", RATES) for _ in range(50)))
        assert waits.count(0.0) == 3

    asyncio.run(with_store(silent, body))


def test_while_the_store_is_lost_one_request_alone_asks_for_it() -> None:
    asked = 0

    async def counting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        writer.close()

    async def body(counts: Counts) -> None:
        await counts.wait("first", RATES)
        before = asked
        await asyncio.gather(*(counts.wait(f"a{n}", RATES) for n in range(200)))
        assert asked == before

    asyncio.run(with_store(counting, body))
    assert asked >= 1


def test_the_event_loop_goes_on_while_a_store_is_waited_for() -> None:
    async def body(counts: Counts) -> None:
        turns = 0
        waiting = asyncio.create_task(counts.wait("a", RATES))
        while not waiting.done():
            await asyncio.sleep(0.001)
            turns += 1
        assert turns > 20

    asyncio.run(with_store(silent, body))
