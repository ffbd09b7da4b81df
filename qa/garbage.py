"""Python's search for garbage, kept from what stays."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def staying() -> Iterator[None]:
    """For imports: what is there at the end is not searched, and nothing is searched meanwhile.

    Ninety thousand objects that hold others come with a server's modules, and stay. To look through
    them takes a tenth of the start, and later, while people wait, 50 ms at a time.
    """
    searches = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if searches:
            gc.enable()
