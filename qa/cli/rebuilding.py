"""The process that builds for `qa serve --watch`: what each build came to is a line of JSON."""

import importlib
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from index.build import ContentFaultsError, build
from index.embedding import Watcher
from index.errors import BusyError, UserError
from index.formats.reading import Finding
from index.model import find_model
from qa.builder import Outcome
from qa.cli.watcher import watcher
from qa.fitting import finish
from qa.settings import Settings


def rebuild(sources: Sequence[Path], settings: Settings, shown: Watcher) -> Outcome:
    """Build once; nothing that a user can mend is raised."""
    try:
        report = build(
            sources,
            settings.index,
            model=find_model(settings.model, settings.precision),
            finish=finish,
            keep=settings.keep_snapshots,
            watcher=shown,
        )
    except ContentFaultsError as error:
        return Outcome(faults=error.findings)
    except BusyError:
        return Outcome(is_busy=True)
    except UserError as error:
        return Outcome(faults=(Finding("error", error.where, error.what, error.mend),))
    except OSError as error:
        what = f"{error.strerror or error}."
        return Outcome(faults=(Finding("error", str(error.filename or ""), what),))
    done = f"{report.embedded} embedded anew" if report.changed else "nothing changed"
    return Outcome(said=f"{report.entries} entries, {done}", warnings=report.warnings)


def main(arguments: Sequence[str]) -> None:
    """Build for every line on standard input, from the sources named; the first build shows its
    steps. The settings are those of the environment.
    """
    sources, settings, shown = [Path(name) for name in arguments], Settings(), watcher()
    # Ctrl+C reaches it too, but whoever asks ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Whatever a library has to say, it is not the outcome.
    outcomes, sys.stdout = sys.stdout, sys.stderr
    for _ in sys.stdin:  # until the process that asks has ended
        outcomes.write(rebuild(sources, settings, shown).to_json() + "\n")
        outcomes.flush()
        shown = Watcher()
        with suppress(ImportError):  # so that the first save waits no longer than the others
            importlib.import_module("sklearn.linear_model")


if __name__ == "__main__":
    main(sys.argv[1:])
