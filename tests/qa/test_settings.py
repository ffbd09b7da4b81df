from pathlib import Path

import pytest
from pydantic import ValidationError

from index.model import DEFAULT_MODEL
from qa.answerer import PROMISED_ERROR
from qa.settings import Settings


def test_without_any_variable_the_documented_defaults_hold() -> None:
    settings = Settings()
    assert settings.index == Path(".qa/index")
    assert settings.model == DEFAULT_MODEL == "all-MiniLM-L6-v2"
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8000, 1)
    assert settings.allowed_origins == ()
    assert settings.promised_error == PROMISED_ERROR == 0.1
    assert settings.keep_comments is False


@pytest.mark.parametrize(
    ("variable", "value", "name", "read"),
    [
        ("QA_INDEX", "/srv/faq", "index", Path("/srv/faq")),
        ("QA_MODEL", "my/model", "model", "my/model"),
        ("QA_HOST", "::1", "host", "::1"),
        ("QA_PORT", "0", "port", 0),
        ("QA_PORT", "65535", "port", 65535),
        ("QA_WORKERS", "64", "workers", 64),
        ("QA_THREADS", "2", "threads", 2),
        ("QA_PROMISED_ERROR", "0.05", "promised_error", 0.05),
        ("QA_PROMISED_ERROR", "0.01", "promised_error", 0.01),
        ("QA_PROMISED_ERROR", "0.3", "promised_error", 0.3),
        ("qa_port", "81", "port", 81),
        ("QA_ALLOWED_ORIGINS", "https://a.example", "allowed_origins", ("https://a.example",)),
        (
            "QA_ALLOWED_ORIGINS",
            " https://a.example/ ,, http://localhost:3000,",
            "allowed_origins",
            ("https://a.example", "http://localhost:3000"),
        ),
        ("QA_ALLOWED_ORIGINS", "", "allowed_origins", ()),
        ("QA_ALLOWED_ORIGINS", "*", "allowed_origins", ("*",)),
        ("QA_KEEP_COMMENTS", "true", "keep_comments", True),
        ("QA_KEEP_COMMENTS", "False", "keep_comments", False),
    ],
)
def test_a_variable_with_the_prefix_sets_it(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, name: str, read: object
) -> None:
    monkeypatch.setenv(variable, value)
    assert getattr(Settings(), name) == read


@pytest.mark.parametrize("variable", ["PORT", "INDEX", "QA_UNKNOWN", "XQA_PORT"])
def test_a_variable_of_another_name_sets_nothing(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "81")
    assert (Settings().port, Settings().index) == (8000, Path(".qa/index"))


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("QA_PORT", "http"),
        ("QA_PORT", "65536"),
        ("QA_PORT", "-1"),
        ("QA_PORT", ""),
        ("QA_WORKERS", "0"),
        ("QA_WORKERS", "65"),
        ("QA_THREADS", "257"),
        ("QA_PROMISED_ERROR", "0"),
        ("QA_PROMISED_ERROR", "0.31"),
        ("QA_PROMISED_ERROR", "5"),
        ("QA_PROMISED_ERROR", "5%"),
        ("QA_PROMISED_ERROR", "nan"),
        ("QA_PROMISED_ERROR", ""),
        ("QA_KEEP_COMMENTS", "maybe"),
        ("QA_KEEP_COMMENTS", ""),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_its_name(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ValidationError) as raised:
        Settings()
    assert [error["loc"] for error in raised.value.errors()] == [(variable[3:].lower(),)]


def test_settings_do_not_change_once_read() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().port = 1
