"""What all commands share: the two streams, the options, the settings, a bar, the last line."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from pydantic import ValidationError

from index.errors import InputError
from qa.settings import Settings

if TYPE_CHECKING:
    from rich.progress import Progress

    from index.snapshot import Snapshot
    from qa.answerer import Answerer

Index = Annotated[
    Path | None,
    typer.Option("--index", metavar="DIR", help="Where the snapshots lie. [default: .qa/index]"),
]

Sources = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[SOURCE]...", help="Files and folders of content. [default: content]"),
]


# All but the tab and the end of a line: what stands in content must not command a terminal.
_CONTROLS = dict.fromkeys({*range(32), *range(127, 160)} - {ord("\t"), ord("\n")})


def out(
    text: str,
    *,
    bold: bool | None = None,
    dim: bool | None = None,
    color: str | None = None,
    to_stderr: bool = False,
) -> None:
    """Write a line to standard output, without control characters. Its style shows in a terminal
    only, and not in a dumb one, nor where `NO_COLOR` asks for none (no-color.org).
    """
    line = text.translate(_CONTROLS)
    is_plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    if (bold or dim or color) and not is_plain:
        line = typer.style(line, fg=color, bold=bold, dim=dim)
    typer.echo(line, err=to_stderr)


err = partial(out, to_stderr=True)
"""The same to standard error."""


def settings_of(**options: object) -> Settings:
    """The settings of the environment; options that were given win.

    Raises:
        InputError: naming the variable that cannot be used.
        typer.BadParameter: naming the option.
    """
    given = {name: value for name, value in options.items() if value is not None}
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        if name in given:
            hint = f"--{name}"
            raise typer.BadParameter(
                f"{first['msg']}, not {first['input']!r}.", param_hint=hint
            ) from error
        variable = f"QA_{name.upper()}"
        raise InputError(f"{first['msg']}, not {first['input']!r}.", where=variable) from error


def snapshot_of(settings: Settings) -> "Snapshot":
    """The snapshot in force; warns of damaged ones that were passed over."""
    # Here and not above: `qa check --help` must not wait for the encoder's libraries.
    from index.snapshot import open_snapshot

    snapshot, problems = open_snapshot(settings.index, threads=settings.threads)
    for problem in problems:
        err(f"warning: {problem} An earlier snapshot is used.")
    return snapshot


def answerer_of(settings: Settings) -> "Answerer":
    """An answerer over the snapshot in force."""
    from qa.answerer import Answerer

    return Answerer(snapshot_of(settings), promised_error=settings.promised_error)


def count(number: int, noun: str, plural: str = "") -> str:
    """A number and what it counts: `1 page`, `2 pages`."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def bar() -> "Progress":
    """A progress bar on standard error, gone when done. Nothing else is to be said meanwhile."""
    # Here and not above: what shows no bar, such as a server, must not wait for it.
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        # Where nobody sees a bar, it would leave an empty line.
        disable=not console.is_terminal,
    )


@contextmanager
def reader_may_leave() -> Iterator[None]:
    """Whoever reads our output may have had enough (`| head`): nothing is wrong then."""
    try:
        yield
    except BrokenPipeError:
        # Here and not in `main`: typer would end with exit code 1 before.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit from None


def fail(message: str) -> NoReturn:
    """Say in one line what is wrong, and end with exit code 1."""
    err(f"qa: {message}", color="red")
    sys.exit(1)
