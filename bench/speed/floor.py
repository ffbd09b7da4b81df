"""The bare encoder of an index on the same texts: how fast the service could be at best.

    python -m bench.speed.floor INDEX < QUESTIONS > FLOOR

It measures itself in a process of its own, which the line above starts.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from threading import Thread
from time import perf_counter
from typing import Final

from pydantic import TypeAdapter

from bench.speed.figures import Floor
from index.encoder import Encoder
from index.output import write_whole
from index.snapshot import open_snapshot

SECONDS: Final = 3.0
_THREADS: Final = 2


def floor(root: Path, questions: Sequence[str]) -> Floor:
    """Measure it in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.speed.floor", str(root)],
        input=json.dumps(questions).encode(),
        stdout=subprocess.PIPE,
        check=True,
    )
    return _FLOORS.validate_json(done.stdout)


_FLOORS: Final = TypeAdapter(Floor)


def measure(root: Path, questions: Sequence[str]) -> Floor:
    """Measure it in this process."""
    encoder = open_snapshot(root, threads=1)[0].encoder
    return Floor(
        p50=_alone(open_snapshot(root)[0].encoder, questions),
        one_a_call=_side_by_side(encoder, questions, 1),
        sixteen_a_call=_side_by_side(encoder, questions, 16),
    )


def _alone(encoder: Encoder, questions: Sequence[str]) -> float:
    """Milliseconds for one text on all processors, p50."""
    encoder.encode_queries(questions[:16])
    times = []
    for question in _for_a_while(questions):
        began = perf_counter()
        encoder.encode_queries([question])
        times.append(perf_counter() - began)
    return median(times) * 1000


def _side_by_side(encoder: Encoder, questions: Sequence[str], batch: int) -> float:
    """Texts a second of several Python threads together."""
    done: list[int] = []

    def work(own: Sequence[str]) -> None:
        waiting = _for_a_while(own)
        while texts := list(islice(waiting, batch)):
            encoder.encode_queries(texts)
            done.append(len(texts))

    threads = [Thread(target=work, args=(questions[i::_THREADS],)) for i in range(_THREADS)]
    began = perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / (perf_counter() - began)


def _for_a_while(questions: Sequence[str]) -> Iterator[str]:
    """The questions, again and again, until the time is up."""
    began = perf_counter()
    for question in cycle(questions):
        if perf_counter() - began > SECONDS:
            return
        yield question


if __name__ == "__main__":
    found = measure(Path(sys.argv[1]), json.loads(sys.stdin.read()))
    write_whole()
    sys.stdout.buffer.write(_FLOORS.dump_json(found))
