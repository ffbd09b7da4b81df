"""Save and see: content is watched, and the index built anew whenever a file of it is saved.

What is built is picked up as any new snapshot is; until then, the answers from before are in force.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from os import stat_result
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Final, Protocol

from index.errors import ContentError, first_line, not_installed
from index.formats.reading import is_hidden
from index.shelf import candidates
from qa.builder import Builder, Outcome
from qa.notice import FILE, Notice

if TYPE_CHECKING:
    from watchfiles import Change

_QUIET: Final = 200  # milliseconds without a change, after which a burst of them is over
_LONGEST: Final = 2_000  # milliseconds that a burst may last
_TURN: Final = 500  # milliseconds until it is seen that one is to stop, or to try again


class Build(Protocol):
    """Builds once; another thread may stop it."""

    def __call__(self) -> Outcome:
        """Build, and return when that is done."""

    def stop(self) -> None:
        """End what is running; nothing of it is published."""


@dataclass(slots=True)
class Watching:
    """Builds once, and again whenever something under the sources is saved.

    index: the folder of the index, which may lie in a source's and is no content.
    first: what the first build came to.
    """

    sources: Sequence[Path]
    index: Path
    build: Build
    notice: Notice
    say: Callable[[str], None]
    first: Outcome = field(default_factory=Outcome)
    _told: tuple[str, ...] = ()
    _failed: str = ""
    _is_built: Event = field(default_factory=Event)
    _is_over: Event = field(default_factory=Event)
    _thread: Thread | None = None

    def start(self) -> None:
        """Begin to watch, and return when it has been built for the first time.

        Raises:
            ContentError: there is no such source, or it cannot be watched.
            ModelError: a package is missing.
        """
        try:
            import watchfiles  # noqa: F401 - only here is it needed, and early is when to say so
        except ImportError as error:
            raise not_installed("watching the content", error) from error
        for source in self.sources:
            if not source.exists():
                raise ContentError("no such file or folder.", where=str(source))
        self._thread = Thread(target=self._run, name="watching", daemon=True)
        self._thread.start()
        self._is_built.wait()
        if self._failed:
            raise ContentError(self._failed)

    def stop(self) -> None:
        """Watch no longer, and say nothing more."""
        self._is_over.set()
        self.build.stop()
        if self._thread:
            self._thread.join()
        self.notice.put(())

    def _run(self) -> None:
        try:
            self._build_at_every_save()
        except (OSError, RuntimeError) as error:  # such as too many folders for the system
            self._failed = f"the content cannot be watched: {first_line(error)}."
            if self._is_built.is_set():
                self.say(self._failed)
        self._is_built.set()

    def _build_at_every_save(self) -> None:
        must_build = True  # the first turn comes when all is watched, so that no change is missed
        for has_changed in self._turns():
            if self._is_over.is_set():
                return
            if has_changed or must_build:
                outcome = self.build()
                must_build = outcome.is_busy
                if not must_build and not self._is_over.is_set():
                    self._take(outcome)

    def _turns(self) -> Iterator[bool]:
        """Whether anything was saved, again and again; what is saved meanwhile is in the next."""
        missed = False
        while not self._is_over.is_set():
            folders = {_folder_of(source.resolve()) for source in self.sources}
            known = _identities(folders)
            if None in known:  # taken away, to be put back as another
                self._is_over.wait(_TURN / 1000)
                continue
            for has_changed in self._changes(folders):
                yield has_changed or missed
                missed = _identities(folders) != known
                if missed:  # what is watched is the folder that was there
                    break

    def _changes(self, folders: Set[Path]) -> Iterator[bool]:
        from watchfiles import watch

        changes = watch(
            *folders,
            watch_filter=self._is_content,
            debounce=_LONGEST,
            step=_QUIET,
            stop_event=self._is_over,
            rust_timeout=_TURN,
            yield_on_timeout=True,
            raise_interrupt=False,
            ignore_permission_denied=True,
        )
        return map(bool, changes)

    def _is_content(self, _change: "Change", name: str) -> bool:
        path = Path(name)
        if path.is_relative_to(self.index.resolve()):
            return False
        return any(_is_in(path, source.resolve()) for source in self.sources)

    def _take(self, outcome: Outcome) -> None:
        try:
            self.notice.put(outcome.faults)
        except OSError as error:  # the terminal has it all the same
            self.say(f"{self.notice.path}: cannot be written: {error.strerror}.")
        self._tell(outcome)
        if not self._is_built.is_set():
            self.first = outcome
            self._is_built.set()

    def _tell(self, outcome: Outcome) -> None:
        faults = [str(fault) for fault in outcome.faults]
        lines = [*faults, *(f"warning: {warning}" for warning in outcome.warnings)]
        if outcome.said:
            self.say(outcome.said)
        for line in lines:
            if line not in self._told:  # the same at every save would drown what is new
                self.say(line)
        self._told = tuple(lines)
        if faults and candidates(self.index):
            self.say("Until this is mended, the answers from before are in force.")


def _folder_of(source: Path) -> Path:
    """What to watch of a source: of a file its folder, as editors put a new file in its place."""
    return source if source.is_dir() else source.parent


def _identities(folders: Set[Path]) -> list[tuple[int, int] | None]:
    """What each folder is, whatever its name; None where there is none."""
    return [
        (status.st_dev, status.st_ino) if (status := _status(folder)) else None
        for folder in sorted(folders)
    ]


def _status(path: Path) -> stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def _is_in(path: Path, source: Path) -> bool:
    if path == source:
        return True
    if not path.is_relative_to(source):
        return False
    # As in the content: hidden files, which editors write, too, are passed over.
    return not is_hidden(path, source)


@contextmanager
def watching(
    sources: Sequence[Path],
    index: Path,
    environment: Mapping[str, str],
    say: Callable[[str], None],
) -> Iterator[Watching]:
    """Build, and build again at every save while the context lasts.

    Raises:
        ContentError: there is no such source.
        ModelError: a package is missing.
    """
    builder = Builder(sources, environment)
    watched = Watching(sources, index, builder, Notice(index / FILE), say)
    try:
        watched.start()
        yield watched
    finally:
        watched.stop()
        builder.close()
