"""The commands that show and choose what is in force: `qa snapshots`, `qa rollback`."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Final

import typer

from qa.cli.console import Index, count, err, out, reader_may_leave, settings_of

if TYPE_CHECKING:
    from index.history import Kept

_MEGABYTE: Final = 1_000_000


def snapshots(
    index: Index = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Compare all files with their checksums.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False,
) -> None:
    """List the snapshots that are kept, newest first; exit code 1 if one is found damaged."""
    from index.history import kept
    from index.shelf import refuse_empty

    root = settings_of(index=index).index
    refuse_empty(root)
    found = kept(root, thorough=verify)
    with reader_may_leave():
        out(_as_json(found) if as_json else _as_table(found, thorough=verify))
    for one in found:
        if one.problem:
            err(f"warning: {one.problem}")
    if any(one.problem for one in found):
        raise typer.Exit(1)


def rollback(
    name: Annotated[
        str,
        typer.Argument(
            metavar="[NAME]",
            help="A snapshot's name or its beginning. [default: the one before that in force]",
            show_default=False,
        ),
    ] = "",
    index: Index = None,
) -> None:
    """Put an earlier snapshot in force; servers that run pick it up."""
    from index.history import roll_back

    now = roll_back(settings_of(index=index).index, name)
    entries = count(now.entries or 0, "entry", "entries")
    out(f"{now.name} is in force: {entries}, published {_moment(now)}.")
    err("The next qa index publishes what the content says then.", dim=True)


def _as_json(found: "Sequence[Kept]") -> str:
    documents = [asdict(one) | {"made": one.made.isoformat()} for one in found]
    return json.dumps(documents, ensure_ascii=False, indent=2)


def _as_table(found: "Sequence[Kept]", *, thorough: bool) -> str:
    rows = [
        (
            one.name,
            _moment(one),
            "?" if one.entries is None else count(one.entries, "entry", "entries"),
            "?" if one.pages is None else count(one.pages, "page"),
            f"{one.size / _MEGABYTE:,.1f} MB",
            "unusable" if one.problem else "whole" if thorough else "",
            "in force" if one.is_in_force else "",
        )
        for one in found
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True))
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)


def _moment(one: "Kept") -> str:
    return f"{one.made:%Y-%m-%d %H:%M:%S} UTC"
