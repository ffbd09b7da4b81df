"""A shop's FAQ, the real service over it, and pages of another origin that hold the widget."""

import inspect
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.end_to_end.conftest import Run, serving
from tests.end_to_end.test_ask_page import ARGUMENTS
from tests.end_to_end.widget.chat import Chat
from tests.end_to_end.widget.shop import ENTRIES, VAGUE
from tests.end_to_end.widget.site import Site, served

Visit = Callable[..., Chat]

TEXT = "<h1>Chairs</h1><p>Made in the valley since 1962.</p>"


@pytest.fixture(scope="package")
def shop(qa: Run, content_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the shop's FAQ."""
    folder = tmp_path_factory.mktemp("shop")
    source = folder / "shop.jsonl"
    source.write_text("".join(json.dumps(entry) + "\n" for entry in ENTRIES), encoding="utf-8")
    # For its encoder, which is not exported again.
    shutil.copytree(content_index, folder / "index")
    run = qa("index", str(source), "--index", str(folder / "index"))
    assert run.stdout.startswith(f"{len(ENTRIES)} entries, "), run.stderr
    return folder / "index"


@pytest.fixture(scope="package")
def site() -> Iterator[Site]:
    """A site of another origin than the service's."""
    with served() as site:
        yield site


@pytest.fixture(scope="package")
def service(chromium: str, shop: Path, site: Site) -> Iterator[str]:
    """The address of the service, which allows the site, and pages without an origin, to call."""
    with serving(shop, QA_ALLOWED_ORIGINS=f"{site.origin},null") as (address, _):
        site.behind = address
        yield address


@pytest.fixture(scope="package")
def browser(chromium: str) -> Iterator[Browser]:
    """Chromium; each test has a profile of its own in it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


FAILED = "Failed to load resource"


@pytest.fixture
def complaints(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """What the browser complains of; a test that expects something takes it out again.

    The browser may tell late of a request that failed: a test that asks for the list has made one.
    """
    said: list[str] = []
    yield said
    late = "complaints" in inspect.signature(request.function).parameters
    assert [one for one in said if not (late and one.startswith(FAILED))] == []


@pytest.fixture
def visit(
    browser: Browser,
    site: Site,
    service: str,
    complaints: list[str],
    request: pytest.FixtureRequest,
) -> Iterator[Visit]:
    """Opens a page with the widget's tag in it, or with another head and body.

    script: attributes of the tag, none to leave it out. url: a page that is there already. What
    else is named goes to the browser's context (`viewport`, `color_scheme`) or, in capitals, is a
    header of the page.
    """
    contexts: list[BrowserContext] = []

    def visit(
        body: str = TEXT,
        *,
        head: str = "",
        script: str | None = "",
        url: str = "",
        lang: str = "en",
        **more: Any,  # noqa: ANN401 - what a browser's context takes
    ) -> Chat:
        headers = {name: more.pop(name) for name in list(more) if name[0].isupper()}
        tag = (
            "" if script is None else f'<script src="{service}/widget.js" {script} async></script>'
        )
        html = f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>Shop</title>'
        html += '<meta name="viewport" content="width=device-width, initial-scale=1">'
        html += f"<link rel=icon href=data:,>{head}{tag}</head><body>{body}</body></html>"
        url = url or site.put(f"/{request.node.originalname}", html, **headers)
        context = browser.new_context(**more)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda one: complaints.append(one.text) if one.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(url)
        return Chat(page)

    yield visit
    for context in contexts:
        context.close()


@pytest.fixture
def chat(visit: Visit) -> Chat:
    """The widget, opened, on a plain page, with a mail address to hand over to."""
    chat = visit(script='data-contact="mailto:help@example.org"')
    chat.open()
    return chat


@pytest.fixture(scope="package")
def vague(service: str) -> str:
    """A question that is met with "did you mean"."""
    for question in VAGUE:
        reply = httpx.get(f"{service}/v1/ask", params={"q": question}).json()
        if not reply["answered"] and reply["alternatives"]:
            return question
    pytest.fail("None of the vague questions is met with alternatives; think of others.")
