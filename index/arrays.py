"""Files that are mapped into memory instead of read: named arrays in a folder, and bytes.

So a snapshot opens in the same time whatever its size, processes that serve it share its pages, and
what no question touches is never read; but for what every question reads from one end to the other,
which may be copied (`load_record`). NumPy's own format, without pickle.
"""

from collections.abc import Collection, Mapping
from dataclasses import fields
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Record = TypeVar("Record")

_LARGE_PAGE: Final = 2 * 1024 * 1024
_LINE: Final = 64  # bytes that a processor reads at once


class _Opaque:
    """A file that NumPy does not see for one: what it writes past Python it cannot give the reason
    of when the disk is full.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.write = file.write


class Bytes(Protocol):
    """Bytes, or a file that is mapped into memory."""

    def __getitem__(self, which: slice, /) -> bytes: ...


def save(folder: Path, arrays: Mapping[str, Array]) -> None:
    """Write arrays into a new folder."""
    folder.mkdir()
    for name, array in arrays.items():
        write(folder / f"{name}.npy", array)


def write(path: Path, array: Array) -> None:
    """Write one array.

    Raises:
        OSError: with the path, and what the system said.
    """
    try:
        with path.open("wb") as file:
            np.save(_Opaque(file), array, allow_pickle=False)
    except OSError as error:
        error.filename = str(path)
        raise


def load(folder: Path) -> dict[str, Array]:
    """What `save` wrote, read-only; the files must have been verified, and must never change."""
    return {path.stem: _mapped(path) for path in sorted(folder.glob("*.npy"))}


def map_bytes(path: Path) -> Bytes:
    """A file's bytes, mapped into memory; as above, it must have been verified and never change."""
    with path.open("rb") as file:
        # An empty file cannot be mapped.
        return mmap(file.fileno(), 0, access=ACCESS_READ) if path.stat().st_size else b""


def save_record(folder: Path, record: object) -> None:
    """Write a frozen record whose fields are arrays."""
    save(folder, {field.name: getattr(record, field.name) for field in fields(record)})  # type: ignore[arg-type] # a dataclass


def load_record(kind: type[Record], folder: Path, in_large_pages: Collection[str] = ()) -> Record:
    """Read such a record. in_large_pages: the names of arrays to be copied into large pages."""
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type] # a dataclass
    found = {name: _mapped(folder / f"{name}.npy") for name in names}
    if in_large_pages:
        found |= _in_large_pages({name: found[name] for name in in_large_pages})
    return kind(**found)


def _in_large_pages(arrays: Mapping[str, Array]) -> dict[str, Array]:
    """The same arrays, read-only, in one piece of memory: whoever reads megabytes from one end to
    the other has to find few pages. Files are mapped in pages of 4 KB; for an array of 4 MB or more
    NumPy asks the system for large ones.
    """
    room = np.empty(sum(map(_room, arrays.values())) + _LARGE_PAGE, np.uint8)
    place, copies = -room.ctypes.data % _LARGE_PAGE, {}
    for name, array in arrays.items():
        copy = room[place : place + array.nbytes].view(array.dtype).reshape(array.shape)
        copy[...] = array
        copy.flags.writeable = False
        copies[name] = copy
        place += _room(array)
    return copies


def _room(array: Array) -> int:
    return -(-array.nbytes // _LINE) * _LINE


def _mapped(path: Path) -> Array:
    # As a plain array: every slice of a np.memmap costs microseconds more.
    array: Array = np.load(path, mmap_mode="r", allow_pickle=False).view(np.ndarray)
    return array
