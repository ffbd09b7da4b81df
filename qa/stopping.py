"""Stopping within a time that can be stated, whatever still runs.

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
from uvicorn.supervisors import Multiprocess

_log = logging.getLogger(__name__)

GRACE: Final = 10
"""How long a stop waits for the requests that were read, in seconds."""

LONGEST: Final = 11.0
"""After so many seconds a process that was told to stop has ended."""

_SILENT: Final = 0.25  # seconds in which it can still say so itself
_LATE: Final = 70  # the exit code of what had to be ended (EX_SOFTWARE)


class Server(uvicorn.Server):
    """Uvicorn's server for one process; it ends in time."""

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Stop, and end the process should that take too long."""
        end_later()
        await super().shutdown(sockets)


class Workers(Multiprocess):
    """Uvicorn's several processes over one port; they end in time.

    While they stop nobody listens: this process's own hold on the port would have the system take
    connections that no worker answers.
    """

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
