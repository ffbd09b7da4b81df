"""Told to stop: what was read is answered, nobody new is let in, and the end comes in time."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from bench.reliability.stopping import LONGEST, is_refused, stop
from tests.end_to_end.conftest import serving

# A service in which some questions never end: in a thread of its own, in a route's, or in the event
# loop.
STUCK = """\
import socket, sys, threading
from pathlib import Path
import uvicorn
from qa.http.app import create_app, load_service
from qa.http.protocol import ProblemProtocol
from qa.settings import Settings
from qa.stopping import GRACE, Server

settings = Settings(index=Path(sys.argv[1]))
service = load_service(settings)
vectors, suggest = service.dispatcher._vectors, service.suggester.suggest

def slow(well):
    def called(asked, *rest, **more):
        if "stuck" in asked:  # a text, or one of several
            threading.Event().wait()
        return well(asked, *rest, **more)
    return called

vectors._encode, service.suggester.suggest = slow(vectors._encode), slow(suggest)
match = service.answerer.answer

def answer(text, *rest, **more):
    while "loop" in text:
        pass
    return match(text, *rest, **more)

service.answerer.answer = answer
taken = socket.create_server(("127.0.0.1", 0))
print(taken.getsockname()[1], flush=True)
app = create_app(settings, service, follows=True)
config = uvicorn.Config(app, log_level="warning", access_log=False, http=ProblemProtocol,
                        timeout_graceful_shutdown=GRACE)
Server(config).run(sockets=[taken])
"""

ENDED = {0, -signal.SIGTERM}


def port_of(address: str) -> int:
    return int(address.rpartition(":")[2])


@pytest.mark.parametrize("workers", [1, 2])
def test_under_load_nothing_that_was_read_is_dropped(content_index: Path, workers: int) -> None:
    with serving(content_index, "--workers", str(workers)) as (address, process):
        outcome = stop(process, port_of(address), clients=12)
    assert outcome.whole > 0
    assert (outcome.dropped, outcome.cut) == (0, 0)
    assert outcome.refused
    assert outcome.code in ENDED


@contextmanager
def stuck(index: Path) -> Iterator[tuple[int, "subprocess.Popen[str]"]]:
    """The port and the process of the service above."""
    process = subprocess.Popen(
        [sys.executable, "-c", STUCK, str(index)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        yield int(process.stdout.readline()), process
    finally:
        process.kill()
        process.wait()
        assert process.stdout
        process.stdout.close()


@pytest.mark.parametrize("path", ["/v1/ask", "/v1/suggest"])
@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT], ids=["TERM", "INT"])
def test_a_thread_that_never_ends_does_not_keep_it(
    content_index: Path, path: str, sent: signal.Signals
) -> None:
    with (
        stuck(content_index) as (port, process),
        socket.create_connection(("127.0.0.1", port), 30) as connection,
    ):
        connection.sendall(f"GET {path}?q=stuck HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        with socket.create_connection(("127.0.0.1", port), 30) as other:
            other.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            assert other.recv(4096).startswith(b"HTTP/1.1 200")
        process.send_signal(sent)
        # Not how fast it is, which a busy machine decides, but that there is an end.
        process.wait(2 * LONGEST)
        assert is_refused(port)
        assert connection.recv(4096).startswith(b"HTTP/1.1 50")


def test_an_event_loop_that_hangs_does_not_keep_it(content_index: Path) -> None:
    with (
        stuck(content_index) as (port, process),
        socket.create_connection(("127.0.0.1", port), 30) as connection,
    ):
        wait_until(lambda: is_alive(port))
        connection.sendall(b"GET /v1/ask?q=loop HTTP/1.1\r\nHost: a\r\n\r\n")
        wait_until(lambda: not is_alive(port))
        process.send_signal(signal.SIGTERM)
        time.sleep(LONGEST / 2)
        process.send_signal(signal.SIGTERM)  # who is impatient puts nothing off
        told = time.monotonic()
        assert process.wait(2 * LONGEST) == -signal.SIGALRM
        assert time.monotonic() - told < LONGEST


def is_alive(port: int) -> bool:
    """Whether it is answered in a second."""
    with suppress(httpx.TimeoutException):
        return httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=1).status_code == 200
    return False


def workers_of(process: "subprocess.Popen[str]") -> set[int]:
    """The processes that serve for it."""
    found = set()
    for one in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
        with suppress(FileNotFoundError):  # it has just ended
            if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes():
                found.add(int(one))
    return found


def is_served(address: str) -> bool:
    """Whether several new connections are answered one after the other."""
    return {httpx.get(f"{address}/readyz", timeout=20).status_code for _ in range(8)} == {200}


def wait_until(happened: Callable[[], bool]) -> None:
    ends = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < ends, "it did not happen in a minute"
        time.sleep(0.1)


def wait_for_line(process: "subprocess.Popen[str]", words: str) -> None:
    assert process.stderr
    for line in process.stderr:
        if words in line:
            return
    pytest.fail(f"it ended and did not say: {words}")


@pytest.fixture
def index(content_index: Path, tmp_path: Path) -> Path:
    """An index that may be taken away."""
    return Path(shutil.copytree(content_index, tmp_path / "index"))


def test_a_worker_that_cannot_start_again_stops_no_other(index: Path, tmp_path: Path) -> None:
    with serving(index, "--workers", "2") as (address, process):
        wait_until(lambda: len(workers_of(process)) == 2 and is_served(address))
        time.sleep(1)  # for both to be seen ready
        ended, stays = workers_of(process)
        index.rename(tmp_path / "aside")
        os.kill(ended, signal.SIGKILL)
        process.send_signal(signal.SIGHUP)  # it is no reason to stop, nor to begin anew
        wait_for_line(process, "could not start (code 3); it is tried again")
        assert is_served(address)
        (tmp_path / "aside").rename(index)
        wait_until(lambda: len(workers_of(process)) == 2)
        assert stays in workers_of(process)
        assert is_served(address)


def test_where_no_worker_can_start_it_ends_and_says_so(index: Path, tmp_path: Path) -> None:
    with serving(index, "--workers", "2") as (address, process):
        wait_until(lambda: len(workers_of(process)) == 2 and is_served(address))
        index.rename(tmp_path / "aside")
        for worker in workers_of(process):
            os.kill(worker, signal.SIGKILL)
        wait_for_line(process, "no worker can start. The lines above say why.")
        assert process.wait(60) == 1
