"""How large a request may be, and from which pages it may come."""

import asyncio
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from qa.answerer import Answerer
from qa.http import limits
from qa.http.app import create_app
from qa.http.deps import Service
from qa.settings import Settings
from tests.qa.http.conftest import ClientOf, problem_in
from tests.qa.http.wire import wired

KIB = 1024
ROUTES = {"/v1/ask": 64 * KIB, "/v1/ask/batch": 4096 * KIB}
BODIES = {"/v1/ask": b'{"question":"gift"}', "/v1/ask/batch": b'{"questions":["gift"]}'}
JSON = {"content-type": "application/json"}
SITE, OTHER = "https://www.example.org", "https://other.example.net"


def padded(route: str, size: int) -> bytes:
    return BODIES[route].ljust(size)


def in_chunks(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), 10_000):
        yield content[start : start + 10_000]


@pytest.mark.parametrize("route", ROUTES)
class TestBodies:
    def test_the_largest_body_is_taken(self, client: TestClient, route: str) -> None:
        content = padded(route, ROUTES[route])
        assert client.post(route, content=content, headers=JSON).status_code == 200
        assert client.post(route, content=in_chunks(content), headers=JSON).status_code == 200

    def test_a_byte_more_is_refused_with_the_limit(self, client: TestClient, route: str) -> None:
        content = padded(route, ROUTES[route] + 1)
        problem = problem_in(client.post(route, content=content, headers=JSON), 413)
        assert f"larger than {ROUTES[route] // KIB} KiB" in problem["detail"]

    def test_a_byte_more_in_chunks_is_refused_too(self, client: TestClient, route: str) -> None:
        content = padded(route, ROUTES[route] + 1)
        problem_in(client.post(route, content=in_chunks(content), headers=JSON), 413)

    @pytest.mark.parametrize("length", ["7", "-1", "many", ""])
    def test_a_false_length_does_not_help(
        self, client: TestClient, route: str, length: str
    ) -> None:
        content = padded(route, ROUTES[route] + 1)
        headers = {**JSON, "content-length": length}
        problem_in(client.post(route, content=content, headers=headers), 413)

    def test_a_body_that_announces_too_much_is_refused_unread(
        self, client: TestClient, route: str
    ) -> None:
        headers = {**JSON, "content-length": str(ROUTES[route] + 1)}
        problem_in(client.post(route, content=BODIES[route], headers=headers), 413)


@pytest.mark.parametrize("digits", [16, 5_000])
def test_a_length_of_many_digits_is_too_large(client: TestClient, digits: int) -> None:
    headers = {**JSON, "content-length": "9" * digits}
    problem_in(client.post("/v1/ask", content=BODIES["/v1/ask"], headers=headers), 413)


def test_large_bodies_are_bounded_together_and_a_question_finds_room(
    answerer: Answerer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "HELD_BYTES", 100_000)
    batch = padded("/v1/ask/batch", 90_000)

    def request(route: str, content: bytes) -> bytes:
        head = f"POST {route} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        return f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content

    with wired(create_app(Settings(), Service(answerer))) as wires:

        def status_of(route: str, content: bytes) -> int:
            reply = wires.ask(request(route, content))
            return reply.status if reply else 0

        assert status_of("/v1/ask/batch", batch) == 200
        slow = wires.open()
        slow.send(request("/v1/ask/batch", batch)[:-1])
        for _ in range(600):  # until it has been read
            if (refused := status_of("/v1/ask/batch", batch)) == 503:
                break
        assert refused == 503
        assert status_of("/v1/ask", padded("/v1/ask", 8_000)) == 200
        slow.send(b" ")
        reply = slow.reply()
        assert reply
        assert reply.status == 200
        assert status_of("/v1/ask/batch", batch) == 200


def test_a_large_body_counts_until_its_reply_is_on_its_way() -> None:
    body = b" " * limits.BATCH_BODY_BYTES

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        kept = await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        assert kept["body"] == body

    async def main() -> None:
        limit, full, read = limits.BodyLimit(inner), asyncio.Event(), asyncio.Event()
        statuses: list[int] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def unread(_message: Message) -> None:
            full.set()
            await read.wait()

        async def noted(message: Message) -> None:
            statuses.append(message.get("status", 0))

        def asked(send: Send) -> asyncio.Task[None]:
            scope = {"type": "http", "path": "/v1/ask/batch", "headers": []}
            return asyncio.create_task(limit(scope, receive, send))  # type: ignore[arg-type]

        held = [asked(unread) for _ in range(limits.HELD_BYTES // limits.BATCH_BODY_BYTES)]
        await full.wait()
        await asked(noted)
        assert statuses[0] == 503
        read.set()
        await asyncio.gather(*held)
        statuses.clear()
        await asked(noted)
        assert statuses == [200]

    asyncio.run(main())


def test_bodies_are_bounded_where_none_is_expected(client: TestClient) -> None:
    response = client.request("GET", "/v1/entries", content=b" " * (64 * KIB + 1))
    problem_in(response, 413)


def preflight(
    client: TestClient, origin: str, method: str = "POST", path: str = "/v1/ask"
) -> dict[str, str]:
    headers = {
        "origin": origin,
        "access-control-request-method": method,
        "access-control-request-headers": "content-type",
    }
    response = client.options(path, headers=headers)
    allowed = response.status_code == 200
    return dict(response.headers) if allowed else {}


class TestOrigins:
    def test_a_refusal_is_a_problem_too(self, client_of: ClientOf) -> None:
        headers = {"origin": OTHER, "access-control-request-method": "POST"}
        response = client_of(allowed_origins=SITE).options("/v1/ask", headers=headers)
        assert "QA_ALLOWED_ORIGINS" in problem_in(response, 400)["detail"]

    def test_by_default_no_other_page_may_call(self, client: TestClient) -> None:
        assert preflight(client, SITE) == {}
        for origin in (SITE, "null", "http://testserver"):
            response = client.get("/v1/ask?q=gift", headers={"origin": origin})
            assert not [name for name in response.headers if name.startswith("access-control")]

    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_a_named_origin_may_call(self, client_of: ClientOf, method: str) -> None:
        client = client_of(allowed_origins=f"{SITE}/, http://localhost:3000")
        for origin in (SITE, "http://localhost:3000"):
            allowed = preflight(client, origin, method)
            assert allowed["access-control-allow-origin"] == origin
            assert method in allowed["access-control-allow-methods"]
            assert "content-type" in allowed["access-control-allow-headers"].lower()
            response = client.post("/v1/ask", json={"question": "gift"}, headers={"origin": origin})
            assert response.headers["access-control-allow-origin"] == origin
            assert "origin" in response.headers["vary"].lower()

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("POST", "/v1/ask"),
            ("POST", "/v1/feedback"),
            ("GET", "/v1/suggest"),
            ("GET", "/v1/entries"),
            ("GET", "/v1/entries/parking"),
        ],
    )
    def test_all_that_the_widget_asks_for_may_be_asked_for(
        self, client_of: ClientOf, method: str, path: str
    ) -> None:
        client = client_of(allowed_origins=SITE)
        allowed = preflight(client, SITE, method, path)
        assert allowed["access-control-allow-origin"] == SITE
        assert method in allowed["access-control-allow-methods"]
        assert preflight(client, OTHER, method, path) == {}
        response = client.request(method, path, headers={"origin": SITE})
        assert response.headers["access-control-allow-origin"] == SITE

    @pytest.mark.parametrize(
        "origin", [OTHER, "null", "http://www.example.org", f"{SITE}.evil.example", f"{SITE}:8443"]
    )
    def test_any_other_may_not(self, client_of: ClientOf, origin: str) -> None:
        client = client_of(allowed_origins=SITE)
        assert preflight(client, origin) == {}
        response = client.get("/v1/ask?q=gift", headers={"origin": origin})
        assert "access-control-allow-origin" not in response.headers

    def test_errors_can_be_read_by_a_named_origin_too(
        self, client_of: ClientOf, answerer: Answerer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client, headers = client_of(allowed_origins=SITE), {"origin": SITE}
        monkeypatch.setattr(answerer, "answer", None)
        large = b" " * (64 * KIB + 1)
        for response, status in (
            (client.get("/v1/ask", headers=headers), 422),
            (client.get("/nothing", headers=headers), 404),
            (client.post("/v1/ask", content=large, headers=headers), 413),
            (client.get("/v1/ask?q=gift", headers=headers), 500),
        ):
            problem_in(response, status)
            assert response.headers["access-control-allow-origin"] == SITE

    def test_credentials_are_never_allowed(self, client_of: ClientOf) -> None:
        client = client_of(allowed_origins=SITE)
        assert "access-control-allow-credentials" not in preflight(client, SITE)
