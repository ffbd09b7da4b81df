"""The server's processes: they stop within a time that can be stated, and one replaces another.

A stop finishes the requests that were read; uvicorn waits for them, then for the application. What
neither ends by itself, such as a thread that hangs, is ended here.
"""

import logging
import os
import signal
import threading
from socket import socket
from time import monotonic
from types import FrameType
from typing import Final

import uvicorn
from uvicorn.supervisors import Multiprocess
from uvicorn.supervisors.multiprocess import Process

_log = logging.getLogger(__name__)

GRACE: Final = 10
"""How long a stop waits for the requests that were read, in seconds."""

LONGEST: Final = 11.0
"""After so many seconds a process that was told to stop has ended."""

RETRY: Final = 5.0
"""After so many seconds another worker is started for one that could not."""

_SILENT: Final = 0.25  # seconds in which it can still say so itself
_LATE: Final = 70  # the exit code of what had to be ended (EX_SOFTWARE)


class Server(uvicorn.Server):
    """Uvicorn's server for one process; it ends in time, also if Python in its event loop hangs."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Be told to stop."""
        _alarm()
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Stop, and end the process should that take too long."""
        end_later()
        await super().shutdown(sockets)


class _Worker(Process):
    """One of several processes."""

    has_served = False
    """Whether it was ever seen ready."""

    again_at: float | None = None
    """When another is started in its place, on the monotonic clock; None unless it has failed."""

    @property
    def server(self) -> uvicorn.Server:
        """What it runs."""
        if self._server is None:
            self._server = Server(config=self.config)
        return self._server

    def is_alive(self, timeout: float = 5) -> bool:
        """Whether it answers in time."""
        if not self.process.is_alive():
            return False
        is_ready = self._healthcheck(timeout)
        self.has_served = self.has_served or is_ready is True
        return is_ready is not None


class Workers(Multiprocess):
    """Uvicorn's several processes over one port; they end in time.

    One that ends is replaced. One that ends before it has served, be it that the snapshot is
    damaged or memory short, is tried again after a while, as long as another lives.

    While they stop nobody listens: this process's own hold on the port would have the system take
    connections that no worker answers.
    """

    has_failed = False
    """Whether it stopped because no worker could start."""

    processes: list[_Worker]  # type: ignore[assignment] # it holds none but these

    def init_processes(self) -> None:
        """Start them."""
        self.processes = [self._started() for _ in range(self.processes_num)]

    def keep_subprocess_alive(self) -> None:
        """Replace those that have ended or hang."""
        for place, worker in enumerate(self.processes):
            if self.should_exit.is_set():
                return
            if worker.again_at is not None:
                if monotonic() >= worker.again_at:
                    self.processes[place] = self._started()
            elif not worker.is_alive(self.config.timeout_worker_healthcheck):
                self._replace(place, worker)

    def _replace(self, place: int, worker: _Worker) -> None:
        worker.kill()
        worker.process.join()
        if worker.has_served:
            _log.warning("A worker has ended with code %s; another is started.", worker.exitcode)
            self.processes[place] = self._started()
        elif any(other.process.is_alive() for other in self.processes):
            said = "A worker could not start (code %s); it is tried again in %g seconds."
            _log.error(said, worker.exitcode, RETRY)
            worker.again_at = monotonic() + RETRY
        else:
            _log.error("No worker could start (code %s).", worker.exitcode)
            self.has_failed = True
            self.should_exit.set()

    def _started(self) -> _Worker:
        worker = _Worker(self.config, self.sockets)
        worker.start()
        return worker

    def handle_hup(self) -> None:
        """Serve on: a new snapshot is picked up without, and settings are read at the start."""
        _log.warning("SIGHUP changes nothing. Start the service anew for other settings.")

    def handle_ttin(self) -> None:
        """Serve with one more."""
        self.processes_num += 1
        self.processes.append(self._started())

    def terminate_all(self) -> None:
        """Tell all to stop."""
        self._deadline = monotonic() + LONGEST
        for taken in self.sockets:
            taken.close()
        super().terminate_all()

    def join_all(self) -> None:
        """Wait for them, and end those that do not."""
        for worker in self.processes:
            worker.process.join(max(0.0, self._deadline - monotonic()))
        for worker in self.processes:
            if worker.process.is_alive():
                _log.error("A worker did not stop within %g seconds and was ended.", LONGEST)
                worker.process.kill()
            worker.process.join()


def end_later() -> None:
    """End this process `LONGEST` seconds after it was told to stop, if it still lives then."""
    timer = threading.Timer(max(0.0, _alarm() - _SILENT), _end)
    timer.daemon = True
    timer.start()


def _alarm() -> float:
    """Have the system end this process should none of its threads come to it; says in how many
    seconds.
    """
    # None runs while Python itself ends, which may take long, and the event loop's own may hang. An
    # alarm ends a process that does not listen to it.
    left, _ = signal.getitimer(signal.ITIMER_REAL)
    if not left:
        left = LONGEST + _SILENT
        signal.setitimer(signal.ITIMER_REAL, left)
    return left


def _end() -> None:
    _log.error("The process did not stop within %g seconds and was ended.", LONGEST)
    os._exit(_LATE)
