"""Libraries of C: each is compiled from the source that lies beside the module that calls it.

They are compiled where the package is built (hatch_build.py).
"""

import ctypes
from pathlib import Path
from typing import Any, TypeVar
from zlib import crc32

import faiss
import numpy as np
import numpy.typing as npt

from index.errors import UserError

Library = TypeVar("Library", bound=ctypes.CDLL)


def library(source: Path) -> Path:
    """Where a source's library lies; its name holds a checksum, so that none of another source is
    ever called.
    """
    return source.with_name(f"lib{source.stem}-{crc32(source.read_bytes()):08x}.so")


def load(source: Path, kind: type[Library]) -> Library:
    """Load a source's library: as a PyDLL Python goes on holding its lock in it, as a CDLL it gives
    it away.

    Raises:
        UserError: there is none.
    """
    where = library(source)
    if not where.exists():
        mend = "Install qa again, with a C compiler: make -B .venv/.run, or pip install ."
        raise UserError("it is missing.", where=str(where), mend=mend)
    return kind(str(where))


def at(array: npt.NDArray[Any], kind: type[np.generic]) -> int:
    """Where an array lies; FAISS finds out ten times as fast as `ndarray.ctypes`.

    Raises:
        TypeError: it is of another kind.
        ValueError: it does not lie in one piece.
    """
    if array.dtype != kind:
        raise TypeError(f"{array.dtype}, not {kind.__name__}")
    return int(faiss.swig_ptr(array))
