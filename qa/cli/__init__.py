"""The command `qa`. Each command parses, calls, and prints; the work is done elsewhere.

Exit codes: 0 done, 1 bad input, 2 bad usage. Results go to standard output, all else to standard
error.
"""

import os

from qa.garbage import staying


def main() -> None:
    """Run the command line."""
    # Pydantic would look through all installed packages for plugins: a sixtieth of a start. Who has
    # some sets the variable to an empty value.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")
    with staying():
        from qa.cli.app import main as run
    run()
