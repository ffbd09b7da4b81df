import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from index import arrays


@dataclass(frozen=True)
class Pair:
    whole: npt.NDArray[np.int64]
    parts: npt.NDArray[np.float32]


@pytest.mark.parametrize("copied", [[], ["parts"], ["whole", "parts"]])
@pytest.mark.parametrize("count", [0, 1, 3, 500_000])
def test_a_record_is_read_as_it_was_written(tmp_path: Path, count: int, copied: list[str]) -> None:
    pair = Pair(np.arange(count), np.full((count, 2), 0.5, np.float32))
    arrays.save_record(tmp_path / "pair", pair)
    found = arrays.load_record(Pair, tmp_path / "pair", copied)
    for name in ("whole", "parts"):
        array, expected = getattr(found, name), getattr(pair, name)
        np.testing.assert_array_equal(array, expected)
        assert (type(array), array.dtype) == (np.ndarray, expected.dtype)
        assert not array.flags.writeable
        assert not array.size or array.ctypes.data % 64 == 0


@pytest.mark.skipif(
    not Path("/sys/kernel/mm/transparent_hugepage").exists(), reason="no system with large pages"
)
def test_what_is_copied_lies_in_one_piece_that_large_pages_are_asked_for(tmp_path: Path) -> None:
    pair = Pair(np.arange(600_000), np.ones((300_000, 2), np.float32))
    arrays.save_record(tmp_path / "pair", pair)
    found = arrays.load_record(Pair, tmp_path / "pair", ["whole", "parts"])
    begin, end = found.whole.ctypes.data, found.parts.ctypes.data + found.parts.nbytes
    assert begin % (2 << 20) == 0
    assert end - begin == pair.whole.nbytes + pair.parts.nbytes
    flags = next(flags for first, last, flags in mappings() if first <= begin < end <= last)
    assert "hg" in flags, "madvise(MADV_HUGEPAGE), see proc(5)"


def mappings() -> Iterator[tuple[int, int, list[str]]]:
    """Where each piece of this process's memory begins and ends, and what holds of it."""
    first = last = 0
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if found := re.match(r"([0-9a-f]+)-([0-9a-f]+) ", line):
            first, last = int(found[1], 16), int(found[2], 16)
        elif line.startswith("VmFlags:"):
            yield first, last, line.split()[1:]


def test_what_is_mapped_cannot_be_written_to(tmp_path: Path) -> None:
    arrays.save(tmp_path / "one", {"one": np.ones(3)})
    array = arrays.load(tmp_path / "one")["one"]
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 2


def test_where_nothing_was_written_there_is_nothing(tmp_path: Path) -> None:
    assert arrays.load(tmp_path / "none") == {}


@pytest.mark.parametrize("content", [b"", b"x", b"some bytes"])
def test_a_mapped_file_is_its_bytes(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert arrays.map_bytes(path)[0:20] == content
