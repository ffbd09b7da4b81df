"""Pages made from templates, with the headers that every page has."""

from functools import cache
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from index.entry import is_web_address
from index.formats.reading import Finding
from qa.http.etag import unless_known
from qa.notice import Notice

if TYPE_CHECKING:
    from jinja2 import Environment

STATIC_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self' https: data:; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
"""For pages that need no script, so that none can run."""

POLICY: Final = f"{STATIC_POLICY}; script-src 'self'; connect-src 'self'"
"""For pages with scripts of their own, which ask the service."""


def headers(policy: str) -> dict[str, str]:
    """What every page says of itself; a copy is asked about before it is shown again."""
    return {
        "Cache-Control": "no-cache",
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
    }


def page(
    request: Request, template: str, *, policy: str, status: int = 200, **values: object
) -> Response:
    """A page of a template; every value is escaped unless the template says otherwise."""
    text = _templates().get_template(template).render(values, faults=_faults(request))
    return unless_known(request, HTMLResponse(text, status, headers=headers(policy)))


@cache
def _templates() -> "Environment":
    # Here and not above: no question must wait for what only pages need.
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("qa.http"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["path"] = lambda text: quote(text, safe="")
    environment.tests["web_address"] = is_web_address
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False}
    return environment


def _faults(request: Request) -> tuple[Finding, ...]:
    """What is wrong with the content, where it is watched."""
    notice: Notice | None = request.app.state.notice if "app" in request.scope else None
    return notice.faults() if notice else ()
