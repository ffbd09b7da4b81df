"""All commands under one name, and the one place where a fault becomes a line."""

import io
import sys

import typer

from index.errors import UserError
from index.output import write_whole
from qa.cli.asking import ask, batch
from qa.cli.calibrating import calibrate
from qa.cli.checking import check
from qa.cli.console import fail
from qa.cli.evaluating import eval_
from qa.cli.exporting import export
from qa.cli.importing import import_
from qa.cli.indexing import index
from qa.cli.keys import app as keys
from qa.cli.serving import serve
from qa.cli.snapshots import rollback, snapshots

app = typer.Typer(
    name="qa",
    help="Answers questions from a FAQ, word for word, or says that it has no answer.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

# In the order of the help.
for command in (
    *(index, check, import_, export, ask, batch, eval_, calibrate),
    *(serve, snapshots, rollback),
):
    app.command(name=command.__name__.rstrip("_"))(command)
app.add_typer(keys, name="keys")


def main() -> None:
    """Run the command line; a fault that the user can mend is one line and exit code 1."""
    write_whole()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A file name may hold bytes that are no text; a terminal may lack a character.
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except UserError as error:
        fail(str(error))
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        fail(f"{place}{error.strerror or error}.")
