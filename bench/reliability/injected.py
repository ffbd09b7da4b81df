"""Builds and rollbacks that are killed, or refused something by the system, at a chosen call.

strace does the one and the other; it counts the calls of one kind, so that each kind is gone
through by itself. To import what a build needs takes longer than the build: a process that has
imported it forks for each (`python -m bench.reliability.injected`).
"""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import copy2, copytree
from time import sleep
from types import TracebackType
from typing import Any, Final, Self

import index.model
from index.errors import UserError
from index.shelf import name_in_force
from index.snapshot import open_snapshot

CHANGING: Final = (
    "write", "writev", "pwrite64", "fsync", "fdatasync", "rename", "renameat", "renameat2",
    "mkdir", "mkdirat", "unlink", "unlinkat", "rmdir", "openat", "truncate", "ftruncate",
    "copy_file_range", "sendfile", "link", "linkat", "symlink", "symlinkat",
)  # fmt: skip
"""The calls after which the disk may be another than before."""

_CALL: Final = re.compile(r"^(\d+) +(\w+)\((.*)")
_WRITES: Final = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC")
_PATIENCE: Final = 60.0  # seconds that a build may take


class WrongError(Exception):
    """What is served is not one whole snapshot."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended: its exit code, or minus the signal; what it said on its two streams; and
    what strace wrote of it.
    """

    code: int
    said: str
    calls: str = ""


class Forks:
    """A process that forks one for each run of `qa`.

    stand_in: whether a quick stand-in takes the model's place.
    """

    def __init__(self, folder: Path, *, stand_in: bool) -> None:
        self._log, self._trace = folder / "said", folder / "calls"
        waits, self._go = os.pipe()
        command = [sys.executable, "-m", "bench.reliability.injected", str(waits), str(self._log)]
        self._process = subprocess.Popen(
            [*command, *(["stand-in"] if stand_in else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            pass_fds=[waits],
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        os.close(waits)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it."""
        os.close(self._go)
        self._process.communicate()

    def run(self, *arguments: object, trace: Sequence[str] = (), inject: str = "") -> Ended:
        """Run `qa` to its end, or to its death.

        trace: names of calls to write down. inject: what strace is to do at one of them.
        """
        process = self._forked(arguments)
        with _traced(process, self._trace, trace, inject):
            os.write(self._go, b"\n")
            code = self._code()
        calls = self._trace.read_text(encoding="utf-8", errors="replace") if trace else ""
        return Ended(code, self._said(), calls)

    def run_for(self, seconds: float, *arguments: object) -> Ended:
        """Run `qa`, and kill it after that time."""
        process = self._forked(arguments)
        os.write(self._go, b"\n")
        sleep(seconds)
        os.kill(process, signal.SIGKILL)
        return Ended(self._code(), self._said())

    def _forked(self, arguments: Sequence[object]) -> int:
        self._tell(json.dumps([str(one) for one in arguments]))
        return int(self._line())

    def _code(self) -> int:
        code = int(self._line())
        self._tell("")
        return code

    def _tell(self, line: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def _line(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline()

    def _said(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")


@contextmanager
def _traced(process: int, to: Path, trace: Sequence[str], inject: str) -> Iterator[None]:
    if not trace:
        yield
        return
    # A question mark: whether or not this machine has such a call.
    command = ["strace", "-f", "-p", str(process), "-o", str(to)]
    command += ["-e", "trace=" + ",".join(f"?{name}" for name in trace)]
    command += ["-e", f"inject={inject}"] if inject else []
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:
        assert tracer.stderr
        attached = tracer.stderr.readline()
        if "attached" not in attached:
            tracer.kill()
            sys.exit(f"strace: {attached.strip() or 'it did not start'}")
        yield
        tracer.communicate()


def calls_of(ended: Ended) -> dict[str, list[int]]:
    """Of each call that changes the disk, which of its kind were made: 1, 2 ...; of those that open
    a file the ones that may write.
    """
    found: dict[str, list[int]] = {}
    number: dict[tuple[str, str], int] = {}
    lines = (matched for line in ended.calls.splitlines() if (matched := _CALL.match(line)))
    for thread, name, rest in (line.groups() for line in lines):
        number[thread, name] = number.get((thread, name), 0) + 1
        if _matters(name, rest):
            found.setdefault(name, []).append(number[thread, name])
    return {name: sorted(set(numbers)) for name, numbers in found.items()}


def _matters(name: str, rest: str) -> bool:
    """Whether a call may change the disk, unlike one that opens to read, or shows something."""
    if name == "openat":
        return bool(_WRITES.search(rest))
    return not (name == "write" and rest.startswith(("1, ", "2, ")))


@dataclass(frozen=True, slots=True)
class Site:
    """A FAQ and its index, in a folder of its own."""

    folder: Path

    @property
    def index(self) -> Path:
        """Where its snapshots lie."""
        return self.folder / "index"

    @property
    def source(self) -> Path:
        """Its content."""
        return self.folder / "faq.jsonl"

    def write(self, version: int, entries: int = 6) -> None:
        """Write content in which every question and every answer ends with its version."""
        lines = (json.dumps(_entry(number, version)) for number in range(entries))
        self.source.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    def copied(self, folder: Path) -> "Site":
        """A copy of it. The snapshots' files are linked: nothing may ever write into them."""
        copytree(self.index / "snapshots", folder / "index" / "snapshots", copy_function=os.link)
        for path in (self.source, self.index / "current", self.index / "lock"):
            copy2(path, folder / path.relative_to(self.folder))
        return Site(folder)

    def command(self, name: str) -> tuple[object, ...]:
        """`qa index` or `qa rollback` of it."""
        sources = (self.source,) if name == "index" else ()
        return (name, *sources, "--index", self.index)

    def build(self, version: int, *, entries: int = 6) -> None:
        """Write that version of the content and build it, in this process."""
        from index.build import build
        from index.model import DEFAULT_MODEL
        from qa.fitting import finish

        self.write(version, entries)
        model = index.model.find_model(DEFAULT_MODEL)
        build([self.source], self.index, model=model, finish=finish)

    def edition(self) -> int:
        """The edition that is in force, whole.

        Raises:
            WrongError: it is none, or not one.
        """
        snapshot, problems = open_snapshot(self.index)
        editions = {entry.answer.rsplit(" ", 1)[1].strip(".") for entry in snapshot.entries}
        if problems or snapshot.name != name_in_force(self.index) or len(editions) != 1:
            raise WrongError(f"{snapshot.name}: {problems}, editions {editions}")
        return int(editions.pop())

    def litter(self) -> list[str]:
        """What lies in the index and is neither a snapshot nor needed to find one."""
        found = {path.name for path in self.index.iterdir()}
        found |= {path.name for path in (self.index / "snapshots").glob(".*")}
        return sorted(found - {"current", "lock", "snapshots"})


def made(folder: Path) -> Site:
    """A site of three editions in as many snapshots, and a fourth that is to be built."""
    folder.mkdir()
    site = Site(folder)
    for version in (1, 2, 3):
        site.build(version)
    site.write(4)
    return site


def wrong_with(site: Site, right: set[int]) -> str:
    """Why what a run left is not as it should be; empty if it is: an edition that may be in force
    is, whole, and the next build publishes as if nothing had been.
    """
    try:
        if (edition := site.edition()) not in right:
            return f"edition {edition} is in force"
        site.build(9)
        if (edition := site.edition()) != 9:
            return f"edition {edition} is in force after the next build"
    except (WrongError, UserError, OSError, RuntimeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    return f"left over: {', '.join(site.litter())}" if site.litter() else ""


def _entry(number: int, version: int) -> dict[str, Any]:
    subject = _SUBJECTS[number % len(_SUBJECTS)]
    subject += f" {number}" if number >= len(_SUBJECTS) else ""
    return {
        "id": f"entry-{number}",
        "question": f"What is there to know about {subject}? Edition {version}.",
        "alternates": [f"tell me of {subject}", f"{subject}, please"],
        "answer": f"All that is known of {subject} was put together for you. Edition {version}.",
        "page": "site",
    }


_SUBJECTS: Final = ("opening hours", "parking", "refunds", "delivery", "passwords", "vouchers")


def use_stand_in() -> None:
    """Have a quick encoder take the model's place in this process, and a few vectors a graph."""
    import bench.overhead
    import index.build
    from index import loading, vectors

    model = index.model.Model("stand-in", Path("nowhere"), "0" * 64)
    loading.LOADERS["stand-in"] = lambda *_: bench.overhead.StandIn()
    index.model.find_model = lambda *_: model
    (index.build.build.__kwdefaults__ or {})["provide"] = bench.overhead.provide
    vectors.SCAN_FROM = vectors.GRAPH_FROM = 1  # type: ignore[misc] # so that its files are there, too


def use_stored_encoder() -> None:
    """Have the model's encoder copied instead of made, so that torch is not needed."""
    import bench.sets
    import index.build

    (index.build.build.__kwdefaults__ or {})["provide"] = bench.sets._encoder_once


def _main(waits: int, log: Path) -> None:
    """Fork for every line, which holds the arguments; say its number, then how it ended."""
    import qa.cli.app
    import qa.fitting  # noqa: F401 - as above
    from index.language import guess

    # What a build imports, or reads, when it comes to it.
    __import__("sklearn.linear_model")
    __import__("scipy.optimize")
    guess("a text in a language that is to be found out")
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _become(waits, log, json.loads(line))
        print(child, flush=True)
        ended = os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        assert ended
        print(ended.si_status * (1 if ended.si_code == os.CLD_EXITED else -1), flush=True)
        # Not before: until now its number was nobody else's, and could be used to kill it.
        if sys.stdin.readline():
            os.waitpid(child, 0)


def _become(waits: int, log: Path, arguments: list[str]) -> None:
    from qa.cli import main

    said = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(said, 1)
    os.dup2(said, 2)
    sys.argv = ["qa", *arguments]
    os.read(waits, 1)
    code: object = 0
    try:
        main()
    except SystemExit as stop:
        code = stop.code
    except BaseException:  # noqa: BLE001 - whatever it is, it must be seen
        sys.excepthook(*sys.exc_info())
        code = 1
    sys.stdout.flush()
    os._exit(int(str(code or 0)))


if __name__ == "__main__":
    (use_stand_in if sys.argv[3:] else use_stored_encoder)()
    _main(int(sys.argv[1]), Path(sys.argv[2]))
