"""The command that builds the snapshot: `qa index`."""

from pathlib import Path
from typing import Annotated

import typer

from qa.cli.console import Index, Sources, err, out, settings_of
from qa.cli.watcher import watcher


def index(
    sources: Sources = None,
    index: Index = None,
    model: Annotated[
        str | None, typer.Option(help="A sentence-transformers model by name or path.")
    ] = None,
    precision: Annotated[
        str | None, typer.Option(help="int8, or float32. [default: int8]", metavar="PRECISION")
    ] = None,
    device: Annotated[
        str, typer.Option(help="Where texts are embedded: cpu, or in float32 on cuda, if any.")
    ] = "cpu",
) -> None:
    """Build or update the snapshot; only what changed is embedded again."""
    from index.build import build
    from index.model import DEFAULT_MODEL, find_model
    from qa.fitting import finish

    settings = settings_of(index=index, model=model, precision=precision)
    report = build(
        sources or [Path("content")],
        settings.index,
        model=find_model(settings.model, settings.precision),
        device=device,
        finish=finish,
        keep=settings.keep_snapshots,
        watcher=watcher(),
    )
    for warning in report.warnings:
        err(f"warning: {warning}")
    if settings.model != DEFAULT_MODEL:
        err(
            f"warning: confidence was fitted for {DEFAULT_MODEL}; with another model it is a guess."
        )
    done = f"{report.embedded} embedded anew" if report.changed else "nothing changed"
    out(f"{report.entries} entries, {report.vectors} vectors, {done}: {report.name}")
