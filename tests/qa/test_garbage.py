import gc

import pytest

from qa.garbage import staying
from tests.qa.conftest import process


def test_what_was_made_meanwhile_is_not_searched_any_more() -> None:
    before = gc.get_freeze_count()
    with staying():
        assert not gc.isenabled()
        kept = [[] for _ in range(1_000)]
    assert gc.isenabled()
    assert gc.get_freeze_count() - before >= len(kept)
    gc.unfreeze()


def test_garbage_is_searched_for_again_also_after_a_failure() -> None:
    with pytest.raises(ImportError), staying():
        raise ImportError
    assert gc.isenabled()
    gc.unfreeze()


def test_where_none_is_searched_for_none_is_afterwards() -> None:
    gc.disable()
    with staying():
        pass
    assert not gc.isenabled()
    gc.enable()
    gc.unfreeze()


@pytest.mark.parametrize("command", ["serve", "snapshots"])
def test_a_command_keeps_its_modules_from_being_searched(command: str) -> None:
    watched = (
        "import atexit, gc;"
        "atexit.register(lambda: print(gc.isenabled(), gc.get_freeze_count() > 50_000));"
    )
    printed = process(command, "--index", "nowhere", code=watched).communicate()[0].decode()
    assert printed.strip() == "True True"
