"""Standard output that writes all it is given."""

import io
import sys


def write_whole() -> None:
    """Have standard output write all it is given, whatever Python was told.

    With PYTHONUNBUFFERED set it has no buffer, and when the system takes a part only, such as of a
    process that is stopped and goes on, the rest would be lost without a word.
    """
    out = sys.stdout
    if out is not sys.__stdout__ or not isinstance(out, io.TextIOWrapper):
        return  # somebody else's, or none
    if isinstance(out.buffer, io.RawIOBase):
        encoding, errors = out.encoding, out.errors
        whole = io.TextIOWrapper(
            io.BufferedWriter(out.detach()), encoding, errors, line_buffering=True
        )
        # Under both names: one that nobody holds any more closes what it writes to.
        sys.stdout = sys.__stdout__ = whole  # type: ignore[misc] # not meant to be set, but can be
