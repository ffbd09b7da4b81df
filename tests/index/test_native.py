"""Libraries of C beside the modules that call them."""

import ctypes
from pathlib import Path

import pytest

from index import native
from index.errors import UserError


def test_a_library_of_another_source_is_not_found(tmp_path: Path) -> None:
    source = tmp_path / "kernels.c"
    source.write_bytes(b"one")
    before = native.library(source)
    source.write_bytes(b"another")
    assert native.library(source) != before
    with pytest.raises(UserError, match=r"libkernels-\w+\.so: it is missing\. Install qa again"):
        native.load(source, ctypes.CDLL)


def test_every_source_has_its_library() -> None:
    sources = list(Path(native.__file__).parent.glob("*.c"))
    assert {source.stem for source in sources} == {"forward", "kernels"}
    assert all(native.library(source).exists() for source in sources)
