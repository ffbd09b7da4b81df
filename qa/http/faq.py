"""The FAQ to read without asking: a list of its pages, and each page as plain HTML."""

from datetime import UTC, datetime
from typing import Final

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from index.entry import Page
from index.text import plain
from qa.faq import page_shown, pages_shown
from qa.http.deps import LiveService
from qa.http.html import STATIC_POLICY, page
from qa.json_ld import faq_page
from qa.rendering import to_html

MOST_WITHOUT_CONTENTS: Final = 5
"""So many questions are seen at a glance; with more, a page begins with a list of them."""

_DESCRIPTION: Final = 160  # characters: what search engines show

router = APIRouter(include_in_schema=False)


@router.api_route("/faq", methods=["GET", "HEAD"])
def listing(request: Request, service: LiveService) -> Response:
    """The pages, with what each is about."""
    pages = pages_shown(service.answerer.snapshot, datetime.now(UTC)).values()
    return page(
        request,
        "faq_list.html",
        policy=STATIC_POLICY,
        root="",
        pages=[(one, description(one)) for one in pages],
    )


@router.api_route("/faq/", methods=["GET", "HEAD"])
def with_slash() -> Response:
    """People type it. A relative address works behind a path prefix too."""
    return RedirectResponse("../faq")


@router.api_route("/faq/{name:path}", methods=["GET", "HEAD"])
def one_page(name: str, request: Request, service: LiveService) -> Response:
    """A page with all that is shown of it, for visitors without JavaScript and search engines."""
    found = page_shown(service.answerer.snapshot, name, datetime.now(UTC))
    if found is None:
        return _missing(request)
    return page(
        request,
        "faq_page.html",
        policy=STATIC_POLICY,
        root=_root(request),
        page=found,
        description=description(found),
        has_contents=len(found.entries) > MOST_WITHOUT_CONTENTS,
        json_ld=faq_page(found),
        to_html=to_html,
    )


def description(found: Page) -> str:
    """What a page is about, in a line: its introduction, else its first questions."""
    questions = [entry.phrasings[0] for entry in found.entries if entry.phrasings]
    text = plain(found.introduction) or " ".join(questions[:3]) or found.title
    if len(text) <= _DESCRIPTION:
        return text
    cut = text[: _DESCRIPTION - 1]
    return f"{cut.rpartition(' ')[0] or cut}…"


def _missing(request: Request) -> Response:
    """404: a page for people, a problem for programs."""
    by_accept = {"Vary": "Accept"}
    if "text/html" not in request.headers.get("Accept", ""):
        raise HTTPException(
            404, "There is no such page in the FAQ. GET /faq lists them.", by_accept
        )
    root = _root(request)
    missing = page(request, "faq_missing.html", policy=STATIC_POLICY, status=404, root=root)
    missing.headers.update(by_accept)
    return missing


def _root(request: Request) -> str:
    """The way up to the service's first page, as a browser goes it: an escaped slash is no step."""
    path: bytes = request.scope["raw_path"]
    return "../" * (path.count(b"/") - 1)
