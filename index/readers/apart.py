"""Reading in a process apart: a file that makes a parser run wild, or die, costs only itself.

What others wrote goes through a dozen parsers, some of them in C. They run in a process of their
own that may take so much memory and processor time and no more, that writes no file, and whose end,
however it comes, is one line about the source that it read; the next is read by a new one.
"""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final

from index.errors import ContentError
from index.formats.reading import Reading
from index.readers import wire
from index.readers.source import Options, Source
from index.readers.wire import OUT_OF_MEMORY

# It may be started from a checkout; the folder it is started in is never looked in (-P), for that
# may be a stranger's. Spawned, not forked: threads of this process may hold any lock.
_START: Final = "import sys; sys.path.append(sys.argv[1]); from index.readers import child"
_COMMAND: Final = (sys.executable, "-P", "-c", f"{_START}; child.main()")
_ROOT: Final = Path(__file__).parent.parent.parent
# With a thread for each core, numerical libraries would take the memory before anything is read.
_ONE_THREAD: Final = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

_PATIENCE: Final = 5.0  # seconds for a process that is ending

_PARTS: Final = "Import it in parts."
_OTHERWISE: Final = "Save it in another form, and import that."


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What reading may take. memory: bytes above what the process has at its start. seconds: of
    processor time for one source, and a tenth of them more for each MB of it: a web page of that
    size takes a third of them.
    """

    memory: int = 2 << 30
    seconds: int = 300

    def seconds_for(self, source: Source) -> int:
        """The seconds of processor time that reading this source may take."""
        return self.seconds + self.seconds * len(source.data) // 10_000_000


class Apart:
    """Reads sources in another process, started with the first; a context manager that ends it."""

    def __init__(self, allowance: Allowance) -> None:
        """Nothing is started yet."""
        self._allowance = allowance
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Apart":
        """Begin."""
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _: BaseException | None, _at: TracebackType | None
    ) -> None:
        """End the process, whatever it does."""
        self._end(patience=0)

    def read(self, source: Source, options: Options) -> Reading:
        """Read the pages of one source, as `forms.read` does.

        Raises ContentError if nothing can be read, or if reading takes more than is allowed.
        """
        process = self._process = self._process or self._started()
        assert process.stdin  # noqa: S101 - both are pipes
        assert process.stdout  # noqa: S101
        try:
            wire.send_source(process.stdin, source, options, self._allowance.seconds_for(source))
            return wire.receive_reading(process.stdout, options.progress)
        except (wire.GarbledError, OSError):
            what, mend = self._why(self._end(patience=_PATIENCE), source)
            raise ContentError(what, where=source.name, mend=mend) from None

    def _started(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(  # noqa: S603 - nothing of it comes from elsewhere
            [*_COMMAND, str(_ROOT), str(self._allowance.memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | _ONE_THREAD,
        )

    def _end(self, *, patience: float) -> int:
        """End it, at the latest after some seconds; returns how it ended, as `Popen.returncode`."""
        process, self._process = self._process, None
        if process is None:
            return 0
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience)
        process.kill()
        with suppress(OSError), process:  # its pipe may hold what nobody takes any more
            pass
        return process.returncode

    def _why(self, code: int, source: Source) -> tuple[str, str]:
        """What to say of that end, and how to mend it."""
        if code == OUT_OF_MEMORY:
            return f"reading this takes more than {self._allowance.memory / 1e9:.3g} GB.", _PARTS
        if code == -signal.SIGXCPU:
            seconds = self._allowance.seconds_for(source)
            return f"reading this takes more than {seconds:,} s of processor time.", _PARTS
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return f"what reads this has failed ({how}).", _OTHERWISE
