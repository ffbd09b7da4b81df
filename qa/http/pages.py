"""What people see in a browser: the first page, the ask page, the documentation of the API."""

from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import FileResponse
from starlette.staticfiles import StaticFiles

from qa.faq import pages_shown
from qa.http.deps import LoadedService
from qa.http.html import POLICY, headers, page
from qa.http.protocol import WAITING_BYTES
from qa.http.widget import LOADER, LiveWidget, Widget

_SITE = Path(str(files("qa") / "site"))
_SWAGGER = Path(str(files("fastapi_swagger") / "resources"))

_LISTED = 8  # pages of the FAQ on the first page, which leads to the others

# Nothing there makes markup of text, the widget included, so nothing may.
_WIDGET_POLICY = f"{POLICY}; require-trusted-types-for 'script'; trusted-types 'none'"
# Swagger UI writes style attributes; nothing of a visitor's or an answer's is on that page.
_DOCS_POLICY = POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")

router = APIRouter(include_in_schema=False)


@router.api_route("/", methods=["GET", "HEAD"])
def home(request: Request, service: LoadedService, widget: LiveWidget) -> Response:
    """The widget at work on this FAQ, and the snippet that puts it on another page."""
    shown = pages_shown(service.answerer.snapshot, datetime.now(UTC)) if service else {}
    address = str(request.base_url)
    return page(
        request,
        "home.html",
        policy=_WIDGET_POLICY,
        root="",
        pages=list(shown.values())[:_LISTED],
        address=address,
        snippets=_snippets(address, widget),
        widget=widget,
    )


@router.api_route("/ask", methods=["GET", "HEAD"])
def ask() -> FileResponse:
    """A page with an ask box."""
    return _file("ask.html", POLICY)


@router.api_route("/docs", methods=["GET", "HEAD"])
def docs() -> FileResponse:
    """The API, to read and to try."""
    return _file("docs.html", _DOCS_POLICY)


def _snippets(address: str, widget: Widget | None) -> dict[str, str]:
    """What to paste into a page. The script of the page puts in the address that the browser sees,
    which behind a proxy is another.
    """
    snippets = {
        "plain": f'<script src="{address}widget.js" async></script>',
        "inline": (
            '<faq-chat mode="inline">\n'
            f'  <a href="{address}faq">All questions and answers</a>\n'
            "</faq-chat>"
        ),
    }
    if widget:
        snippets["pinned"] = (
            f'<script src="{address}widget/{widget.version}/{LOADER}"\n'
            f'  integrity="{widget.files[LOADER].integrity}"\n'
            '  crossorigin="anonymous" async></script>'
        )
    return snippets


def mount_assets(app: FastAPI) -> None:
    """Serve the pages' own files, and Swagger UI's from its package: nothing comes from outside."""
    app.mount("/site", _Assets(directory=_SITE))
    app.mount("/docs/assets", _Assets(directory=_SWAGGER))


class _Assets(StaticFiles):
    """Starlette's, in small pieces: a piece waits in memory for each client that does not read."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401 - Starlette's own
        """The file, or that it has not changed."""
        response = super().file_response(*args, **kwargs)
        if isinstance(response, FileResponse):
            response.chunk_size = WAITING_BYTES
        return response


def _file(name: str, policy: str) -> FileResponse:
    return FileResponse(_SITE / name, headers=headers(policy))
