"""`qa keys` as an operator meets it."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from qa.cli.keys import app
from qa.keys import FILE, Keys, Role


def run(*arguments: object) -> tuple[int, str, str]:
    ran = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if ran.exception and not isinstance(ran.exception, SystemExit):
        raise ran.exception
    return ran.exit_code, ran.stdout, ran.stderr


@pytest.mark.parametrize(("options", "role"), [((), Role.VISITOR), (("--admin",), Role.ADMIN)])
def test_add_prints_the_key_and_nothing_else(
    tmp_path: Path, options: tuple[str, ...], role: Role
) -> None:
    code, out, err = run("add", "shop", *options, "--index", tmp_path)
    assert code == 0
    assert re.fullmatch(r"qa_[A-Za-z0-9_-]{43}\n", out)
    assert out.strip() not in err
    assert "cannot be shown again" in err
    key = Keys.open(tmp_path).who(out.strip())
    assert key
    assert (key.name, key.role) == ("shop", role)


def test_list_shows_name_role_and_moment_but_neither_key_nor_hash(tmp_path: Path) -> None:
    made = [run("add", name, "--index", tmp_path)[1].strip() for name in ("shop", "a.long-name")]
    run("add", "ops", "--admin", "--index", tmp_path)
    _, out, err = run("list", "--index", tmp_path)
    pattern = (
        r"shop         visitor  \d{4}-\d\d-\d\d \d\d:\d\d UTC\na.long-name  visitor .+\nops .+"
    )
    assert re.match(pattern, out)
    assert err == "3 keys\n"
    hashes = re.findall(r"[0-9a-f]{64}", (tmp_path / FILE).read_text())
    assert len(hashes) == 3
    assert not [secret for secret in (*made, *hashes) if secret in out + err]


def test_list_of_none_says_so(tmp_path: Path) -> None:
    assert run("list", "--index", tmp_path) == (0, "", "0 keys\n")


def test_a_revoked_key_is_refused(tmp_path: Path) -> None:
    presented = run("add", "shop", "--index", tmp_path)[1].strip()
    code, out, err = run("revoke", "shop", "--index", tmp_path)
    assert (code, out) == (0, "")
    assert "refused from now on" in err
    assert Keys.open(tmp_path).who(presented) is None


def test_keys_can_be_made_before_there_is_an_index(tmp_path: Path) -> None:
    assert run("add", "shop", "--index", tmp_path / "not" / "yet")[0] == 0
    assert Keys.open(tmp_path / "not" / "yet").who("x") is None
