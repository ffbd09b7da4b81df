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


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_record_is_read_as_it_was_written(tmp_path: Path, count: int) -> None:
    pair = Pair(np.arange(count), np.full((count, 2), 0.5, np.float32))
    arrays.save_record(tmp_path / "pair", pair)
    found = arrays.load_record(Pair, tmp_path / "pair")
    for name in ("whole", "parts"):
        array, expected = getattr(found, name), getattr(pair, name)
        np.testing.assert_array_equal(array, expected)
        assert (type(array), array.dtype) == (np.ndarray, expected.dtype)


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
