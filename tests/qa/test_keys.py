"""API keys: kept as hashes, replaced whole, and nobody gets in by a damaged file."""

import json
import logging
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from index.errors import InputError
from qa.keys import FILE, MOST_KEYS, Keys, KeysError, Role, add, listed, revoke


def test_a_key_is_known_by_its_name_and_role(tmp_path: Path) -> None:
    visitor, admin = add(tmp_path, "shop", Role.VISITOR), add(tmp_path, "ops", Role.ADMIN)
    keys = Keys.open(tmp_path)
    for presented, name, role in ((visitor, "shop", Role.VISITOR), (admin, "ops", Role.ADMIN)):
        key = keys.who(presented)
        assert key is not None
        assert (key.name, key.role) == (name, role)
    assert [key.name for key in listed(tmp_path)] == ["shop", "ops"]


def test_a_key_has_256_random_bits_and_none_is_like_another(tmp_path: Path) -> None:
    made = {add(tmp_path, f"key{number}", Role.VISITOR) for number in range(20)}
    assert len(made) == 20
    assert all(re.fullmatch(r"qa_[A-Za-z0-9_-]{43}", key) for key in made)


@pytest.mark.parametrize("presented", ["", "qa_", "x" * 46, "x" * 10**6, "é" * 46, "\ud800", "\0"])
def test_what_is_no_key_is_unknown(tmp_path: Path, presented: str) -> None:
    add(tmp_path, "shop", Role.VISITOR)
    assert Keys.open(tmp_path).who(presented) is None


def test_a_key_that_differs_in_one_character_is_unknown(tmp_path: Path) -> None:
    presented = add(tmp_path, "shop", Role.VISITOR)
    keys = Keys.open(tmp_path)
    for at in range(len(presented)):
        other = presented[:at] + ("A" if presented[at] != "A" else "B") + presented[at + 1 :]
        assert keys.who(other) is None
    assert keys.who(presented + "A") is None
    assert keys.who(presented[:-1]) is None


def test_a_stored_hash_is_not_itself_a_key(tmp_path: Path) -> None:
    add(tmp_path, "shop", Role.VISITOR)
    stored = json.loads((tmp_path / FILE).read_text())["keys"][0]["sha256"]
    assert Keys.open(tmp_path).who(stored) is None


def test_the_file_is_for_its_owner_alone_and_holds_no_key(tmp_path: Path) -> None:
    presented = add(tmp_path, "shop", Role.VISITOR)
    (tmp_path / FILE).chmod(0o644)
    add(tmp_path, "other", Role.VISITOR)
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    everything = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert presented.removeprefix("qa_").encode() not in everything


def test_a_revoked_key_is_refused_at_once_and_a_new_one_known_at_once(tmp_path: Path) -> None:
    keys = Keys.open(tmp_path)
    for number in range(50):  # many within one tick of a file system's clock
        presented = add(tmp_path, "shop", Role.VISITOR)
        assert keys.who(presented) is not None, number
        revoke(tmp_path, "shop")
        assert keys.who(presented) is None, number


def test_a_file_that_is_gone_lets_nobody_in(tmp_path: Path) -> None:
    presented = add(tmp_path, "shop", Role.VISITOR)
    keys = Keys.open(tmp_path)
    assert keys.who(presented)
    (tmp_path / FILE).unlink()
    assert keys.who(presented) is None


ROW = {"name": "a", "role": "admin", "made": "2026-01-01T00:00:00Z", "sha256": "0" * 64}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"keys": null}',
        json.dumps({"keys": [{**ROW, "role": "god"}]}),
        json.dumps({"keys": [{**ROW, "sha256": "0" * 63}]}),
        json.dumps({"keys": [{**ROW, "name": "a b"}]}),
        json.dumps({"keys": [{**ROW, "made": "2026-01-01T00:00:00"}]}),
        json.dumps({"keys": [{**ROW, "more": 1}]}),
        json.dumps({"keys": [ROW, ROW]}),
        json.dumps({"keys": [{**ROW, "name": f"a{n}"} for n in range(MOST_KEYS + 1)]}),
        "\x00" * 600_000,
    ],
)
def test_a_damaged_file_refuses_everybody_with_one_line_and_is_not_overwritten(
    tmp_path: Path, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    presented = add(tmp_path, "shop", Role.VISITOR)
    keys = Keys.open(tmp_path)
    (tmp_path / FILE).write_text(content)
    with caplog.at_level(logging.INFO, logger="qa.keys"):
        assert [keys.who(presented) for _ in range(3)] == [None] * 3
    assert len(caplog.records) == 1
    assert str(tmp_path / FILE) in caplog.messages[0]
    for change in (lambda: add(tmp_path, "new", Role.ADMIN), lambda: revoke(tmp_path, "shop")):
        with pytest.raises(KeysError, match=re.escape(FILE)):
            change()
    assert (tmp_path / FILE).read_text() == content


def test_any_byte_that_is_cut_off_lets_nobody_in(tmp_path: Path) -> None:
    presented = add(tmp_path, "shop", Role.VISITOR)
    whole = (tmp_path / FILE).read_bytes().rstrip()
    for length in range(0, len(whole), 7):
        (tmp_path / FILE).write_bytes(whole[:length])
        assert Keys.open(tmp_path).who(presented) is None


def test_what_could_not_be_read_is_read_as_soon_as_it_can(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    presented = add(tmp_path, "shop", Role.VISITOR)
    content = (tmp_path / FILE).read_text()
    keys = Keys.open(tmp_path)
    (tmp_path / FILE).unlink()
    (tmp_path / FILE).mkdir()  # what even root cannot read
    assert [keys.who(presented) for _ in range(3)] == [None] * 3
    assert len(caplog.records) == 1
    (tmp_path / FILE).rmdir()
    (tmp_path / FILE).write_text(content)
    assert keys.who(presented)


def test_a_name_is_given_once(tmp_path: Path) -> None:
    presented = add(tmp_path, "shop", Role.VISITOR)
    with pytest.raises(InputError, match="qa keys revoke shop"):
        add(tmp_path, "shop", Role.ADMIN)
    key = Keys.open(tmp_path).who(presented)
    assert key
    assert key.role is Role.VISITOR


@pytest.mark.parametrize("name", ["", "-x", ".", "a b", "a/b", "a\nb", "é", "x" * 65, "../x"])
def test_a_name_that_could_be_taken_for_something_else_is_refused(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(InputError, match="cannot be the name of a key"):
        add(tmp_path, name, Role.VISITOR)
    assert not (tmp_path / FILE).exists()


def test_an_unknown_name_cannot_be_revoked(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="qa keys list"):
        revoke(tmp_path, "nobody")


def test_keys_are_bounded_in_number(tmp_path: Path) -> None:
    rows = [{**ROW, "name": f"{'long-name-' * 5}{n}"} for n in range(MOST_KEYS)]
    (tmp_path / FILE).write_text(json.dumps({"keys": rows}, indent=1))
    assert len(listed(tmp_path)) == MOST_KEYS
    with pytest.raises(InputError, match="1,000 keys already"):
        add(tmp_path, "one-more", Role.VISITOR)
    revoke(tmp_path, rows[0]["name"])
    assert Keys.open(tmp_path).who(add(tmp_path, "one-more", Role.VISITOR))


def test_many_at_once_lose_no_key(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from qa.keys import Role, add\n"
        "[add(Path(sys.argv[1]), f'{sys.argv[2]}-{n}', Role.VISITOR) for n in range(10)]"
    )

    def run(name: str) -> int:
        return subprocess.run([sys.executable, "-c", code, str(tmp_path), name]).returncode

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(run, "abcd")) == [0] * 4
    assert len(listed(tmp_path)) == 40


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KeysError, match=r"cannot be written: .+\.$"):
        add(tmp_path / "file" / "index", "shop", Role.VISITOR)
