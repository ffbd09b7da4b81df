"""The client of the speed benchmark: what it makes of replies, and of none."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from bench.speed.client import Job, Outcome, Reply, Route, parse, perform

POST = Route("POST", "/ask", "question")
HEAD = b"HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 2\r\n\r\n"


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        (b"", None),
        (b"HTTP/1.1 200 OK\r\nContent-Le", None),
        (HEAD, None),
        (HEAD + b"{", None),
        (HEAD + b"{}", Reply(200, b"{}")),
        (b"HTTP/1.1 503 Busy\r\ncontent-length:0\r\n\r\n", Reply(503, b"")),
    ],
)
def test_a_reply_is_taken_when_it_is_whole(received: bytes, expected: Reply | None) -> None:
    assert parse(received) == expected


def test_a_reply_that_does_not_say_how_long_it_is_is_an_error() -> None:
    with pytest.raises(ValueError, match="length"):
        parse(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")


def test_a_question_is_posted_as_json_or_put_into_the_address() -> None:
    head, _, body = POST.request('so "what"?').partition(b"\r\n\r\n")
    assert head.startswith(b"POST /ask HTTP/1.1\r\n")
    assert b"Content-Length: 28" in head
    assert body == b'{"question": "so \\"what\\"?"}'
    get = Route("GET", "/search", "query", more="&limit=3")
    assert get.request("a & b").startswith(b"GET /search?query=a+%26+b&limit=3 HTTP/1.1\r\n")


def _whole(connection: socket.socket) -> None:
    while b"}" in connection.recv(1_000):
        connection.sendall(HEAD + b"{}")


def _silent(connection: socket.socket) -> None:
    while connection.recv(1_000):
        pass


def _refusing(connection: socket.socket) -> None:
    while connection.recv(1_000):
        connection.sendall(b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n")


def _breaking(connection: socket.socket) -> None:
    connection.recv(1_000)


@contextmanager
def server(behave: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server that treats each connection so; gives its port."""

    def serve(connection: socket.socket) -> None:
        with connection:
            behave(connection)

    def accept() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
        accepting.join()


def outcome(behave: Callable[[socket.socket], None], *, clients: int, timeout: float) -> Outcome:
    questions = ["one", "two", "three", "four", "five"]
    with server(behave) as port:
        return perform(
            Job(
                port=port,
                route=POST,
                questions=questions,
                clients=clients,
                seconds=60,
                timeout=timeout,
                keep=True,
            )
        )


@pytest.mark.parametrize("clients", [1, 2, 8])
def test_every_question_is_asked_once(clients: int) -> None:
    done = outcome(_whole, clients=clients, timeout=60)
    assert len(done.times) == 5
    assert done.replies == dict.fromkeys(["one", "two", "three", "four", "five"], "{}")
    assert (done.timed_out, done.failed) == (0, {})


def test_a_request_without_a_reply_in_time_is_counted_as_timed_out() -> None:
    done = outcome(_silent, clients=2, timeout=0.01)
    assert (done.timed_out, list(done.times), done.failed) == (5, [], {})


def test_replies_that_are_no_answers_are_counted_by_their_status() -> None:
    assert outcome(_refusing, clients=2, timeout=60).failed == {500: 5}


def test_connections_that_break_are_counted_as_failed() -> None:
    assert outcome(_breaking, clients=2, timeout=60).failed == {0: 5}


def test_the_figures_of_a_load_are_over_what_was_answered() -> None:
    done = Outcome(
        times=[4.0, 1.0, 2.0, 3.0, 5.0], seconds=2.0, timed_out=1, failed={500: 2}, replies={}
    )
    load = done.load(8)
    assert (load.p50, load.per_second, load.answered) == (3.0, 2.5, 5)
    assert load.p99 == pytest.approx(4.96)
    assert (load.timed_out, load.failed) == (1, 2)
