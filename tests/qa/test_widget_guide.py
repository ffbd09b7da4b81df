"""docs/widget.md keeps up with the widget: every attribute, property, part, event and language."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
GUIDE = (ROOT / "docs" / "widget.md").read_text(encoding="utf-8")
SOURCE = ROOT / "widget" / "src"
TYPESCRIPT = "\n".join(path.read_text(encoding="utf-8") for path in sorted(SOURCE.rglob("*.ts")))
STYLES = "\n".join(path.read_text(encoding="utf-8") for path in sorted(SOURCE.glob("*.css")))


def _words(pattern: str, text: str) -> set[str]:
    return set(re.findall(pattern, text))


def _listed(pattern: str) -> set[str]:
    """The quoted words of one list in the source."""
    (found,) = re.findall(pattern, TYPESCRIPT, re.DOTALL)
    return _words(r"'([^']+)'", found)


def test_every_attribute_has_a_row() -> None:
    attributes = _listed(r"ATTRIBUTES = \[(.*?)\]")
    assert len(attributes) == 18
    assert _words(r"(?m)^\| `([a-z][a-z-]*)` \|", GUIDE) == attributes


def test_every_custom_property_is_told() -> None:
    used = _words(r"var\((--faq-chat-[a-z-]+)", STYLES)
    assert len(used) >= 12
    assert {name for name in used if f"`{name}`" not in GUIDE} == set()
    assert _words(r"(--faq-chat-[a-z-]+)", GUIDE) <= used


def test_every_part_is_told() -> None:
    parts = _words(r"part: '([a-z]+)'", TYPESCRIPT)
    (told,) = re.findall(r"(?m)^Parts: (.*)\.$", GUIDE)
    assert _words(r"`([a-z]+)`", told) == parts


def test_every_event_is_told() -> None:
    events = _listed(r"type EventName = ([^;]*);")
    assert _words(r"`faq-chat:([a-z]+)`", GUIDE) == events


def test_every_language_is_told() -> None:
    languages = _listed(r"LANGUAGES = \[(.*?)\]")
    (row,) = re.findall(r"(?m)^\| `lang` \|.*$", GUIDE)
    assert {name for name in languages if f"`{name}`" not in row} == set()


@pytest.mark.parametrize("kind", ["offline", "unreachable", "slow", "busy", "failed", "panel"])
def test_every_kind_of_trouble_is_told(kind: str) -> None:
    assert f"'{kind}'" in TYPESCRIPT
    assert f"`{kind}`" in GUIDE


def test_every_picture_is_there_and_small() -> None:
    pictures = _words(r"!\[[^\]]+\]\(([^)]+)\)", GUIDE)
    assert len(pictures) >= 3
    for name in pictures:
        assert (ROOT / "docs" / name).stat().st_size <= 150_000, name
