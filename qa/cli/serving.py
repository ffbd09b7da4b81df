"""The command that serves: `qa serve`."""

from pathlib import Path
from typing import Annotated

import typer

from qa.cli.console import Index, Sources, err, settings_of
from qa.garbage import staying


def serve(
    sources: Sources = None,
    index: Index = None,
    host: Annotated[str | None, typer.Option(help="Address. [default: 127.0.0.1]")] = None,
    port: Annotated[
        int | None, typer.Option(help="Port; 0 takes a free one. [default: 8000]")
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Processes. [default: 1]")] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Index the sources, and again whenever one is saved.")
    ] = False,
) -> None:
    """Start the service; a new snapshot is served from the moment that it comes into force."""
    with staying():
        from qa.serving import serve as run

    if sources and not watch:
        raise typer.BadParameter("only --watch reads content.", param_hint="SOURCE")
    settings = settings_of(index=index, host=host, port=port, workers=workers)
    run(settings, say=err, watch=(sources or [Path("content")]) if watch else ())
