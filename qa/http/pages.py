"""What people see in a browser: the ask page, and the documentation of the API."""

from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.responses import FileResponse
from starlette.staticfiles import StaticFiles

_SITE = Path(str(files("qa") / "site"))
_SWAGGER = Path(str(files("fastapi_swagger") / "resources"))

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# Swagger UI writes style attributes; nothing of a visitor's or an answer's is on that page.
_DOCS_POLICY = _POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")

router = APIRouter(include_in_schema=False)


@router.api_route("/", methods=["GET", "HEAD"])
def home() -> FileResponse:
    """A page with an ask box."""
    return _page("index.html", _POLICY)


@router.api_route("/docs", methods=["GET", "HEAD"])
def docs() -> FileResponse:
    """The API, to read and to try."""
    return _page("docs.html", _DOCS_POLICY)


def mount_assets(app: FastAPI) -> None:
    """Serve the pages' own files, and Swagger UI's from its package: nothing comes from outside."""
    app.mount("/site", StaticFiles(directory=_SITE))
    app.mount("/docs/assets", StaticFiles(directory=_SWAGGER))


def _page(name: str, policy: str) -> FileResponse:
    headers = {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"}
    return FileResponse(_SITE / name, headers=headers)
