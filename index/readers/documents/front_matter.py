"""What stands at the top of a Markdown or HTML file for the program that makes a page of it."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

_LONGEST: Final = 500  # lines
_MARKS: Final = {"---": ("---", "..."), "+++": ("+++",)}


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """rows: how many lines it takes, with its marks. values: its plain texts, by lower-case key."""

    rows: int = 0
    values: Mapping[str, str] = field(default_factory=dict)

    def first(self, *keys: str) -> str:
        """The value of the first of these keys that has one; empty if none has."""
        return next((self.values[key] for key in keys if self.values.get(key)), "")


def front_matter(lines: Sequence[str]) -> FrontMatter:
    """Read it: YAML between lines of `---` or TOML between `+++`. What is no text is left out."""
    ends = _MARKS.get(lines[0].rstrip()) if lines else None
    if not ends:
        return FrontMatter()
    rows = range(1, min(len(lines), _LONGEST))
    stop = next((row for row in rows if lines[row].rstrip() in ends), None)
    if stop is None:
        return FrontMatter()
    text = "\n".join(line.rstrip("\n") for line in lines[1:stop])
    data = _toml(text) if ends == ("+++",) else _yaml(text)
    if data is None:
        return FrontMatter()
    values = {str(key).lower(): value.strip() for key, value in data.items() if _is_text(value)}
    return FrontMatter(stop + 1, values)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _toml(text: str) -> Mapping[str, str] | None:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def _yaml(text: str) -> Mapping[str, str] | None:
    """Read YAML; None if it is no mapping, as when `---` was meant as a rule."""
    import yaml  # only files that have front matter need it

    try:
        data = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return {} if ":" in text else None
    return data if isinstance(data, dict) else {} if data is None else None
