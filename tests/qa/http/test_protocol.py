"""The wire: what is broken, too large or too slow is a problem, and nothing is taken for more."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.types import Receive, Scope, Send

from qa.http import connections, protocol
from qa.http.app import create_app
from qa.settings import Settings
from tests.qa.http.wire import PATIENCE, Reply, Wires, hashed_service, wired

HOST = b"Host: localhost\r\n"
BODY = b'{"question":"gift"}'
POST = b"POST /v1/ask HTTP/1.1\r\nContent-Type: application/json\r\n" + HOST
HEALTH = b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"


@pytest.fixture(scope="module")
def wires(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wires]:
    """The service behind a socket."""
    with (
        hashed_service(tmp_path_factory.mktemp("wire")) as service,
        wired(create_app(Settings(), service)) as wires,
    ):
        yield wires


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same limits, sooner."""
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.4)
    monkeypatch.setattr(protocol, "REQUEST_SECONDS", 0.8)
    monkeypatch.setattr(protocol, "READING_SECONDS", 0.4)
    monkeypatch.setattr(protocol, "_LINGER_SECONDS", 0.3)
    monkeypatch.setattr(connections, "_TURN", 0.05)


def problem_of(reply: Reply | None, status: int) -> str:
    """The detail of the problem that a reply must be, after which the connection is closed."""
    assert reply
    assert reply.status == status, reply
    assert reply.fields["content-type"] == "application/problem+json"
    assert reply.fields["connection"] == "close"
    body = reply.json()
    assert (body["status"], body["errors"]) == (status, [])
    return str(body["detail"])


def with_length(head: bytes, body: bytes) -> bytes:
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


def chunked(*parts: bytes) -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)


class TestWhatIsWellFormed:
    def test_one_connection_answers_many_requests(self, wires: Wires) -> None:
        wire = wires.open()
        for _ in range(3):
            wire.send(with_length(POST, BODY))
            reply = wire.reply()
            assert reply
            assert reply.json()["answer"]["id"] == "gift"

    def test_a_request_in_single_bytes_is_a_request(self, wires: Wires) -> None:
        wire = wires.open()
        wire.trickle(with_length(POST, BODY), pause=0.0)
        reply = wire.reply()
        assert reply
        assert reply.json()["answer"]["id"] == "gift"

    def test_a_body_in_chunks_of_a_byte_is_a_body(self, wires: Wires) -> None:
        single = [BODY[number : number + 1] for number in range(len(BODY))]
        head = POST + b"Transfer-Encoding: chunked\r\n\r\n"
        reply = wires.ask(head + chunked(*single, b""))
        assert reply
        assert reply.json()["answer"]["id"] == "gift"

    def test_a_client_that_announces_its_body_is_told_to_go_on(self, wires: Wires) -> None:
        wire = wires.open()
        wire.send(POST + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(BODY))
        first = wire.reply()
        assert first
        assert first.status == 100
        wire.send(BODY)
        reply = wire.reply()
        assert reply
        assert reply.status == 200

    def test_requests_in_a_row_are_answered_in_order(self, wires: Wires) -> None:
        wire = wires.open()
        wire.send(HEALTH + with_length(POST, BODY) + HEALTH)
        replies = [wire.reply() for _ in range(3)]
        assert ["question" in (reply.json() if reply else {}) for reply in replies] == [
            False,
            True,
            False,
        ]

    @pytest.mark.parametrize("whole", [True, False], ids=["in one piece", "in two"])
    @pytest.mark.parametrize("framed", ["length", "chunks"])
    def test_a_client_that_offers_another_protocol_keeps_its_body(
        self, wires: Wires, whole: bool, framed: str
    ) -> None:
        head = POST + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
        if framed == "chunks":
            head, body = head + b"Transfer-Encoding: chunked\r\n\r\n", chunked(BODY, b"")
        else:
            head, body = head + b"Content-Length: %d\r\n\r\n" % len(BODY), BODY
        wire = wires.open()
        for part in [head + body] if whole else [head, body]:
            wire.send(part)
        reply = wire.reply()
        assert reply
        assert reply.json()["answer"]["id"] == "gift"
        wire.send(HEALTH)
        after = wire.reply()
        assert after
        assert after.status == 200

    def test_a_body_is_never_taken_for_a_request(self, wires: Wires) -> None:
        wire = wires.open()
        head = POST + b"Connection: Upgrade\r\nUpgrade: other\r\n"
        wire.send(head + b"Content-Length: %d\r\n\r\n" % len(HEALTH))
        wire.send(HEALTH)
        first = wire.reply()
        assert first
        assert first.status == 400, "the health check is no JSON"
        wire.send(with_length(POST, BODY))
        second = wire.reply()
        assert second
        assert "question" in second.json()

    def test_what_follows_the_body_is_no_header(self) -> None:
        seen: list[bytes] = []

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            while (await receive()).get("more_body"):
                pass
            seen.extend(name for name, _ in scope["headers"])
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body"})

        with wired(app) as wires:
            head = POST + b"Transfer-Encoding: chunked\r\n\r\n"
            reply = wires.ask(head + chunked(BODY) + b"0\r\nAuthorization: Bearer x\r\n\r\n")
        assert reply
        assert reply.status == 204
        assert seen == [b"content-type", b"host", b"transfer-encoding"]


class TestWhatIsBroken:
    @pytest.mark.parametrize(
        "request_",
        [
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            b"hello\r\n\r\n",
            b"GET /healthz HTTP/1.1\r\nHost: a\r\nName : value\r\n\r\n",
            b"GET /healthz HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
            b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n",
            b"GET /caf\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n",
            b"GET http://evil HTTP/1.1\r\nHost: a\r\n\r\n",
            b"GET evil HTTP/1.1\r\nHost: a\r\n\r\n",
            b"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            with_length(POST + b"Content-Length: 3\r\n", BODY),
            with_length(POST + b"Transfer-Encoding: chunked\r\n", BODY),
            POST + b"Transfer-Encoding: identity, chunked, x\r\n\r\n",
            POST + b"Content-Length: +3\r\n\r\nabc",
            POST + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n",
            POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        ],
        ids=lambda request: repr(request[-24:]),
    )
    def test_it_is_a_problem_and_the_end(self, wires: Wires, request_: bytes) -> None:
        wire = wires.open()
        wire.send(request_)
        problem_of(wire.reply(), 400)
        assert wire.is_closed()
        assert wires.ask(HEALTH)

    def test_those_before_it_are_still_answered(self, wires: Wires) -> None:
        wire = wires.open()
        wire.send(with_length(POST, BODY) + HEALTH + b"nonsense\r\n\r\n")
        statuses = [reply and reply.status for reply in (wire.reply(), wire.reply())]
        assert statuses == [200, 200]
        assert wire.is_closed()

    def test_those_before_a_broken_body_are_still_answered(self, wires: Wires) -> None:
        wire = wires.open()
        broken = POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"
        wire.send(with_length(POST, BODY) + HEALTH + broken)
        statuses = [reply and reply.status for reply in (wire.reply(), wire.reply())]
        assert statuses == [200, 200]
        assert wire.is_closed()

    def test_it_is_not_logged_once_for_each(
        self, wires: Wires, caplog: pytest.LogCaptureFixture
    ) -> None:
        for _ in range(3):
            wires.ask(b"nonsense\r\n\r\n")
            wires.ask(HEALTH.replace(HOST, HOST + b"Connection: upgrade\r\nUpgrade: x\r\n"))
        assert caplog.records == []


class TestWhatIsTooLarge:
    def test_headers_up_to_the_limit_are_taken(self, wires: Wires) -> None:
        room = protocol.HEAD_BYTES - 200
        reply = wires.ask(HEALTH.replace(HOST, HOST + b"X: %b\r\n" % (b"x" * room)))
        assert reply
        assert reply.status == 200

    @pytest.mark.parametrize(
        "headers",
        [
            b"X: %b\r\n" % (b"x" * 70_000),
            b"X: %b\r\n" % (b"x" * 10_000_000),
            b"X: y\r\n" * 20_000,
            b"%b: y\r\n" % (b"x" * 300_000),
        ],
        ids=["one header", "ten megabytes", "many headers", "a long name"],
    )
    @pytest.mark.parametrize("ends", [True, False], ids=["whole", "endless"])
    def test_more_is_refused(self, wires: Wires, headers: bytes, ends: bool) -> None:
        request = HEALTH.replace(HOST, HOST + headers)
        wire = wires.open()
        wire.pour(request if ends else request[:-4])
        assert "64 KiB" in problem_of(wire.reply(), 431)
        assert wire.is_closed()

    @pytest.mark.parametrize("size", [70_000, 300_000])
    @pytest.mark.parametrize("ends", [True, False], ids=["whole", "endless"])
    def test_a_longer_address_is_refused(self, wires: Wires, size: int, ends: bool) -> None:
        address = b"GET /v1/ask?q=" + b"x" * size
        wire = wires.open()
        wire.pour(address + b" HTTP/1.1\r\n" + HOST + b"\r\n" if ends else address)
        assert "longer than 64 KiB" in problem_of(wire.reply(), 400)

    @pytest.mark.parametrize(
        "rest",
        [b"1;" + b"x" * 200_000, b"0\r\nX: " + b"x" * 200_000, b"0\r\n" + b"X: y\r\n" * 40_000],
        ids=["a chunk's extension", "a trailer", "trailers"],
    )
    def test_neither_chunks_nor_what_follows_them_may_carry_more(
        self, wires: Wires, rest: bytes
    ) -> None:
        wire = wires.open()
        wire.pour(POST + b"Transfer-Encoding: chunked\r\n\r\n")
        for start in range(0, len(rest), 50_000):
            wire.pour(rest[start : start + 50_000])
        problem_of(wire.reply(), 431)

    def test_an_endless_body_is_refused_and_cut_off(self, wires: Wires) -> None:
        wire = wires.open()
        wire.pour(POST + b"Transfer-Encoding: chunked\r\n\r\n")
        for _ in range(10):
            wire.pour(chunked(b" " * 1_000_000))
        reply = wire.reply()
        assert reply
        assert reply.status == 413
        assert wire.is_closed()

    def test_after_a_refused_body_that_ends_the_connection_is_kept(self, wires: Wires) -> None:
        wire = wires.open()
        wire.send(with_length(POST, b" " * 200_000))
        first = wire.reply()
        assert first
        assert first.status == 413
        wire.send(with_length(POST, BODY))
        second = wire.reply()
        assert second
        assert second.status == 200

    def test_a_flood_of_requests_on_one_connection_is_answered_in_part(self, wires: Wires) -> None:
        wire = wires.open()
        wire.pour(with_length(POST, BODY) * 2_000)
        replies = 0
        while reply := wire.reply():
            assert reply.status == 200
            replies += 1
        assert 1 <= replies <= 2 + protocol.PIPELINED

    def test_empty_lines_without_end_are_no_request(self, wires: Wires) -> None:
        wire = wires.open()
        wire.pour(b"\r\n" * 200_000)
        problem_of(wire.reply(), 431)


@pytest.mark.usefixtures("hurried")
class TestWhatIsTooSlow:
    def test_a_client_that_says_nothing_is_left(self, wires: Wires) -> None:
        assert wires.open().is_closed()

    def test_a_head_in_drips_is_refused(self, wires: Wires) -> None:
        wire = wires.open()
        wire.trickle(HEALTH)
        assert "in time" in problem_of(wire.reply(), 408)
        assert wire.is_closed()

    def test_a_head_that_stops_is_refused(self, wires: Wires) -> None:
        wire = wires.open()
        wire.send(HEALTH[:-2])
        problem_of(wire.reply(), 408)

    def test_so_is_the_second_on_a_connection(self, wires: Wires) -> None:
        wire = wires.open()
        wire.send(HEALTH)
        assert wire.reply()
        wire.trickle(HEALTH)
        problem_of(wire.reply(), 408)

    @pytest.mark.parametrize(
        "framing", [b"Content-Length: 900\r\n", b"Transfer-Encoding: chunked\r\n"]
    )
    def test_a_body_in_drips_is_refused(self, wires: Wires, framing: bytes) -> None:
        wire = wires.open()
        wire.send(POST + framing + b"\r\n")
        wire.trickle(chunked(*[b" "] * 100))
        problem_of(wire.reply(), 408)
        assert wire.is_closed()

    def test_an_idle_connection_is_closed_without_a_word(
        self, wires: Wires, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(wires.server.config, "timeout_keep_alive", 0)
        wire = wires.open()
        wire.send(HEALTH)
        assert wire.reply()
        assert wire.is_closed()

    def test_a_reply_that_was_given_to_half_a_request_ends_the_connection(
        self, wires: Wires
    ) -> None:
        wire = wires.open()
        wire.send(POST + b"Content-Length: 900000\r\n\r\n{")
        reply = wire.reply()
        assert reply
        assert reply.status == 413
        assert wire.is_closed()

    def test_whoever_waits_for_a_slow_answer_is_not_slow(self) -> None:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            while (await receive()).get("more_body"):
                pass
            await asyncio.sleep(1.5)
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body"})

        with wired(app) as wires:
            reply = wires.ask(with_length(POST, BODY))
        assert reply
        assert reply.status == 204

    def test_a_client_that_does_not_read_is_dropped(self) -> None:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            piece = {"type": "http.response.body", "body": bytes(65536), "more_body": True}
            while wires.server.server_state.connections:
                await send(piece)
            ended.set()

        ended = threading.Event()
        with wired(app) as wires:
            wires.open().send(HEALTH)
            assert ended.wait(PATIENCE)


def test_large_heads_are_bounded_together_and_a_small_one_finds_room(
    monkeypatch: pytest.MonkeyPatch, wires: Wires
) -> None:
    monkeypatch.setattr(connections, "OVERHEAD_BYTES", 50_000)
    slow = [wires.open() for _ in range(5)]
    for wire in slow:
        wire.pour(HEALTH[:-2] + b"X: " + b"x" * 20_000)
    replies = [wires.ask(HEALTH) for _ in range(3)]
    assert [reply and reply.status for reply in replies] == [200] * 3
    problem_of(slow[-1].reply(), 503)
    slow[0].send(b"\r\n\r\n")
    kept = slow[0].reply()
    assert kept
    assert kept.status == 200
    assert wires.ask(HEALTH)


def test_more_connections_than_there_may_be_are_refused_at_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(connections, "MOST", 3)
    monkeypatch.setattr(connections, "_FEWEST", 3)
    with hashed_service(tmp_path) as service, wired(create_app(Settings(), service)) as wires:
        held = [wires.open() for _ in range(3)]
        for wire in held:
            wire.send(HEALTH)
            assert wire.reply()
        reply = wires.open().reply()
        assert "too many connections" in problem_of(reply, 503)
        assert reply
        assert reply.fields["retry-after"] == "1"
        held[0].socket.close()
        held[1].send(HEALTH)
        assert held[1].reply()


def test_the_limit_of_open_files_is_raised_and_bounds_the_connections() -> None:
    most = connections.raise_open_files()
    assert most >= connections.most_connections()
    assert connections.most_connections() <= connections.MOST
