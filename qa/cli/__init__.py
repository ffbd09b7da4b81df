"""The command `qa`. Each command parses, calls, and prints; the work is done elsewhere.

Exit codes: 0 done, 1 bad input, 2 bad usage. Results go to standard output, all else to standard
error.
"""

from qa.cli.app import main

__all__ = ["main"]
