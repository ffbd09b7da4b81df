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
from typing import Final

import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess
from uvicorn.supervisors.multiprocess import Process

_log = logging.getLogger(__name__)

GRACE: Final = 10
"""How long a stop waits for the requests that were read, in seconds."""

LONGEST: Final = 11.0
"""After so many seconds a process that was told to stop has ended."""

RETRY: Final = 5.0
"""After so many seconds a worker that could not start is started once more."""

_SILENT: Final = 0.25  # seconds in which it can still say so itself
_LATE: Final = 70  # the exit code of what had to be ended (EX_SOFTWARE)


class Server(uvicorn.Server):
    """Uvicorn's server for one process; it ends in time."""

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Stop, and end the process should that take too long."""
        end_later()
        await super().shutdown(sockets)


class _Worker(Process):
    """One of several processes."""

    @property
    def server(self) -> uvicorn.Server:
        """What it runs."""
        if self._server is None:
            self._server = Server(config=self.config)
        return self._server


class Workers(Multiprocess):
    """Uvicorn's several processes over one port; they end in time.

    One that ends is replaced. One that cannot start, be it that the snapshot is damaged or memory
    short, is tried again as long as another serves.

    While they stop nobody listens: this process's own hold on the port would have the system take
    connections that no worker answers.
    """

    has_failed = False
    """Whether it stopped because no worker could start."""

    _next_try = 0.0  # on the monotonic clock

    def init_processes(self) -> None:
        """Start them."""
        self.processes = [self._started() for _ in range(self.processes_num)]

    def keep_subprocess_alive(self) -> None:
        """Replace those that have ended or hang."""
        for place, worker in enumerate(self.processes):
            if self.should_exit.is_set() or monotonic() < self._next_try:
                return
            if not worker.is_alive(timeout=self.config.timeout_worker_healthcheck):
                self._replace(place, worker)

    def _replace(self, place: int, worker: Process) -> None:
        worker.kill()
        worker.process.join()
        if worker.exitcode == STARTUP_FAILURE and not self._next_try:
            self._put_off()
            return
        self._next_try = 0.0
        _log.warning("A worker has ended with code %s; another is started.", worker.exitcode)
        self.processes[place] = self._started()

    def _put_off(self) -> None:
        self.has_failed = not any(other.is_ready() for other in self.processes)
        if self.has_failed:
            _log.error("No worker could start.")
            self.should_exit.set()
            return
        _log.error("A worker could not start; it is tried again in %g seconds.", RETRY)
        self._next_try = monotonic() + RETRY

    def _started(self) -> Process:
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
    """End this process in `LONGEST` seconds, if it still lives then."""
    timer = threading.Timer(LONGEST, _end)
    timer.daemon = True
    timer.start()
    # While Python itself ends no thread runs any more, and that may take long: then the system does
    # it, whose alarm ends a process that does not listen to it.
    signal.setitimer(signal.ITIMER_REAL, LONGEST + _SILENT)


def _end() -> None:
    _log.error("The process did not stop within %g seconds and was ended.", LONGEST)
    os._exit(_LATE)
