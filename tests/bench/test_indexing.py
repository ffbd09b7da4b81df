"""The speed of encoding in bulk: what becomes of an encoder that does not live."""

import sys

import pytest

from bench.speed.indexing import _encoder, _timed
from bench.speed.servers import UnusableError


@pytest.mark.parametrize("code", ["", "input()"], ids=["at once", "when it is asked"])
def test_an_encoder_that_stops_by_itself_is_named(code: str) -> None:
    with (
        _encoder([sys.executable, "-c", code], {}) as encoder,
        pytest.raises(UnusableError, match="stopped by itself"),
    ):
        _timed(encoder, ["one", "two"])


def test_an_encoder_says_how_long_it_took() -> None:
    with _encoder([sys.executable, "-c", "input(); print(0.25)"], {}) as encoder:
        assert _timed(encoder, ["one", "two"]) == 0.25
