"""The process that reads sources for `apart`: one after another, within limits.

Started as `python -P -c …` by `index.readers.apart`, its argument being what it may take of memory.
"""

import resource
import signal
import sys
import time
from contextlib import suppress
from functools import partial
from math import ceil
from pathlib import Path
from traceback import walk_tb
from typing import IO, Final

from index.errors import ContentError
from index.output import write_whole
from index.readers import forms, wire
from index.readers.source import Options, Source

_MAPPED: Final = Path("/proc/self/statm")  # its first number: the pages of the address space


def main() -> None:
    """Read what comes on standard input, and answer on standard output, until there is no more.

    Its last argument: the bytes that it may take above what it has at its start. Beyond those it
    ends with the code `wire.OUT_OF_MEMORY`, or in whatever a library makes of it; where a source
    takes longer than it may, by SIGXCPU.
    """
    write_whole()
    come, go = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # what a library prints is no answer
    _shut(int(sys.argv[-1]))
    progress = partial(wire.send_progress, go)
    while task := wire.receive_source(come, progress):
        _limit(resource.RLIMIT_CPU, ceil(time.process_time()) + task.seconds, lasting=False)
        try:
            _answer(go, task.source, task.options)
        except MemoryError:
            # Nothing more is done here: what is left of the memory is not known.
            sys.exit(wire.OUT_OF_MEMORY)


def _answer(go: IO[bytes], source: Source, options: Options) -> None:
    try:
        reading = forms.read(source, options)
    except ContentError as error:
        wire.send_refusal(go, error)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a parser raises, it is about this source
        wire.send_refusal(go, _unforeseen(source, error))
    else:
        wire.send_reading(go, reading)


def _unforeseen(source: Source, error: Exception) -> ContentError:
    """What to say of a fault of ours: enough to find it, and no more than a line."""
    *_, (frame, line) = walk_tb(error.__traceback__)
    place = f"{Path(frame.f_code.co_filename).name}:{line}"
    what = f"reading this failed, for no reason that is known ({type(error).__name__}, {place})."
    mend = "Please report it; until then save it in another form, and import that."
    return ContentError(what, where=source.name, mend=mend)


def _shut(memory: int) -> None:
    """Give up what reading does not need: more memory, writing files, leaving a core behind."""
    # Whoever interrupts is in the process that asked, which then ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(OSError):  # where there is no such file, memory is limited as the system does it
        mapped = int(_MAPPED.read_text().split()[0]) * resource.getpagesize()
        _limit(resource.RLIMIT_AS, mapped + memory)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)


def _limit(kind: int, most: int, *, lasting: bool = True) -> None:
    """lasting: that it cannot be lifted again."""
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    # What a system does not limit, it does not: there is still the rest.
    with suppress(ValueError, OSError):
        resource.setrlimit(kind, (most, most if lasting else hard))
