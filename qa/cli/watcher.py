"""How a long step looks in the terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from qa.cli.console import bar, err

if TYPE_CHECKING:
    from index.embedding import Watcher


def watcher() -> "Watcher":
    """One that shows steps and bars on standard error."""
    # Here and not above: `qa check --help` must not wait for the encoder's libraries.
    from index.embedding import Watcher

    class Shown(Watcher):
        """Shows a build's steps, and a bar for those that take long."""

        def step(self, name: str) -> None:
            """Say what has begun."""
            err(f"{name} ...", dim=True)

        @contextmanager
        def counting(self, name: str, total: int) -> Iterator[Callable[[int], None]]:
            """Show how much is done, and how long the rest will take."""
            with bar() as shown:
                task = shown.add_task(name, total=total)
                yield lambda done: shown.advance(task, done)

    return Shown()
