"""What is written to standard output arrives, also where Python was told to have no buffer."""

import array
import fcntl
import io
import os
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.output import write_whole

WRITTEN = 1_000_000
INTO_BYTES = f"sys.stdout.buffer.write(b'x' * {WRITTEN})"
INTO_TEXT = f"sys.stdout.write('x' * {WRITTEN})"
ELSEWHERE = (
    f"go = sys.stdout.buffer; sys.stdout = sys.stderr; go.write(b'x' * {WRITTEN}); go.flush()"
)


def waiting_in(pipe: int) -> int:
    """How many bytes nobody has read yet."""
    count = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return count[0]


@pytest.fixture
def writer(request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[bytes]]:
    code = f"import sys; from index.output import write_whole; write_whole(); {request.param}"
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, env=environment
    ) as running:
        yield running
        running.kill()


@pytest.mark.parametrize("writer", [INTO_BYTES, INTO_TEXT, ELSEWHERE], indirect=True)
def test_all_is_written_by_who_is_stopped_and_goes_on(writer: subprocess.Popen[bytes]) -> None:
    assert writer.stdout is not None
    deadline = time.monotonic() + 20
    while not waiting_in(writer.stdout.fileno()):  # it writes, and waits for a reader
        assert time.monotonic() < deadline
        time.sleep(0.01)
    writer.send_signal(signal.SIGSTOP)
    os.waitpid(writer.pid, os.WUNTRACED)
    writer.send_signal(signal.SIGCONT)
    time.sleep(0.1)
    assert writer.stdout.read() == b"x" * WRITTEN
    assert writer.wait() == 0


def test_what_has_a_buffer_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    buffered = io.TextIOWrapper(io.BytesIO())
    for name in ("sys.stdout", "sys.__stdout__"):
        monkeypatch.setattr(name, buffered)
    write_whole()
    assert sys.stdout is buffered


def test_what_another_put_in_its_place_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (tmp_path / "captured").open("wb", buffering=0) as raw:
        another = io.TextIOWrapper(raw, write_through=True)
        monkeypatch.setattr("sys.stdout", another)
        write_whole()
        assert sys.stdout is another
        assert another.buffer is raw
