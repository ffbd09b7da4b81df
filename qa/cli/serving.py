"""The command that serves: `qa serve`."""

from typing import Annotated

import typer

from qa.cli.console import Index, err, settings_of


def serve(
    index: Index = None,
    host: Annotated[str | None, typer.Option(help="Address. [default: 127.0.0.1]")] = None,
    port: Annotated[
        int | None, typer.Option(help="Port; 0 takes a free one. [default: 8000]")
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Processes. [default: 1]")] = None,
) -> None:
    """Start the service."""
    from qa.serving import serve as run

    run(settings_of(index=index, host=host, port=port, workers=workers), say=err.print)
