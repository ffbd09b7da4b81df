"""The command `qa`. Each command parses, calls, and prints; the work is done elsewhere.

Exit codes: 0 done, 1 bad input, 2 bad usage. Results go to standard output, all else to standard
error.
"""

from qa.garbage import staying


def main() -> None:
    """Run the command line."""
    with staying():
        from qa.cli.app import main as run
    run()
