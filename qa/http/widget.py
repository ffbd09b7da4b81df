"""The files of the chat widget, at an address that stays and at one for each version."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final, Self

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from qa.http.etag import unless_known

PREFIX: Final = "/widget"
"""How the paths of all files here begin."""

LOADER: Final = "loader.js"

_SHORTLY: Final = "public, max-age=300"
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_HEADERS: Final = {
    # What is public anyway may be loaded by any page; integrity attributes ask for CORS.
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class BuiltFile:
    """A file of the widget. integrity: what a script tag's attribute of that name must say."""

    content: bytes
    integrity: str


@dataclass(frozen=True, slots=True)
class Widget:
    """The widget as it was built. version: 12 hex digits of a hash of its files."""

    version: str
    files: Mapping[str, BuiltFile]

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """The widget in a folder; None where none has been built."""
        path = folder / "manifest.json"
        if not path.exists():
            return None
        manifest = json.loads(path.read_text(encoding="utf-8"))
        built = {
            name: BuiltFile((folder / name).read_bytes(), about["integrity"])
            for name, about in manifest["files"].items()
        }
        return cls(manifest["version"], built)

    @classmethod
    def shipped(cls) -> Self | None:
        """The one that comes with the software."""
        return cls.read(Path(str(files("qa") / "widget")))


def _widget(request: Request) -> Widget | None:
    widget: Widget | None = request.app.state.widget
    return widget


LiveWidget = Annotated[Widget | None, Depends(_widget)]


@router.api_route("/widget.js", methods=["GET", "HEAD"])
def loader(request: Request, widget: LiveWidget) -> Response:
    """What a page's script tag loads: always the newest."""
    if widget is None:
        raise HTTPException(404, "The widget is not built. In a copy of the project: make widget.")
    return _script(request, widget.files[LOADER], _SHORTLY)


@router.api_route("/widget/{version}/{name}", methods=["GET", "HEAD"])
def file(version: str, name: str, request: Request, widget: LiveWidget) -> Response:
    """A file of the widget of one version, for pages that name its hash."""
    built = widget.files.get(name) if widget and widget.version == version else None
    if built is None:
        raise HTTPException(404, "This version of the widget is not here. /widget.js always is.")
    return _script(request, built, _FOR_EVER)


def _script(request: Request, built: BuiltFile, caching: str) -> Response:
    headers = {**_HEADERS, "Cache-Control": caching}
    return unless_known(
        request, Response(built.content, headers=headers, media_type="text/javascript")
    )
