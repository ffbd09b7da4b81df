"""What a terminal sees of the command line, and what a file does."""

import io
import sys

import pytest

from qa.cli.console import err, out


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_a_style(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", Terminal())
    err("careful", color="red", bold=True)
    err("as it is")
    assert sys.stderr.getvalue() == "\x1b[31m\x1b[1mcareful\x1b[0m\nas it is\n"


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_who_wants_no_style_sees_none(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdout", Terminal())
    out("careful", dim=True)
    assert sys.stdout.getvalue() == "careful\n"


def test_a_file_gets_the_text_alone(capsys: pytest.CaptureFixture[str]) -> None:
    out("a\tb [bold]c[/bold] :warning:", bold=True)
    assert capsys.readouterr().out == "a\tb [bold]c[/bold] :warning:\n"


def test_what_stands_in_content_commands_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    out("\x1b]0;owned\x07a\rb\x08c\x9b1m\x7f")
    err("\x1b[2Jd\n\te")
    assert capsys.readouterr() == ("]0;owned" + "abc1m\n", "[2Jd\n\te\n")
