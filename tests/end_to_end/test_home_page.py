"""The first page in a real browser: the widget on this FAQ, and what there is without it."""

from collections.abc import Iterator
from typing import Literal

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from tests.end_to_end.test_ask_page import ARGUMENTS


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Chromium with an empty profile."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A blank page; whatever the browser complains of fails the test at the end."""
    complaints: list[str] = []
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def scriptless(browser: Browser) -> Iterator[Page]:
    """A blank page in a browser without JavaScript."""
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_the_widget_takes_the_place_of_what_stands_inside_it(page: Page, server: str) -> None:
    page.goto(server)
    expect(page.locator("faq-chat [part=panel]")).to_be_visible()
    expect(page.locator(".fallback")).to_be_hidden()


def test_a_question_is_answered_there_word_for_word(page: Page, server: str) -> None:
    page.goto(server)
    # In the panel: before the widget has come, the form that it replaces has a box as well.
    box = page.locator("faq-chat [part=panel]").get_by_role("combobox")
    box.fill("does it need a gpu")
    box.press("Enter")
    expect(page.locator("faq-chat [part=answer]")).to_contain_text("without a GPU")


def test_what_it_says_of_an_answer_is_taken(page: Page, server: str) -> None:
    page.goto(server)
    reply = page.evaluate("""async () => {
      const send = (path, body) => fetch(path, {
        method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
      });
      const { id } = await (await send('v1/ask', { question: 'does it need a gpu' })).json();
      const body = { id, helpful: false, reason: 'did_not_help' };
      return (await send('v1/feedback', body)).status;
    }""")
    assert reply == 204


def test_the_widget_moves_nothing_when_it_comes(page: Page, server: str) -> None:
    page.add_init_script("""
      window.moved = 0;
      const add = ({ value }) => { window.moved += value; };
      new PerformanceObserver((list) => list.getEntries().forEach(add))
        .observe({ type: 'layout-shift', buffered: true });
    """)
    page.goto(server)
    expect(page.locator("faq-chat [part=panel]")).to_be_visible()
    page.wait_for_timeout(300)
    assert page.evaluate("window.moved") == 0


def test_a_snippet_is_copied_as_it_stands(page: Page, server: str) -> None:
    page.goto(server)
    page.locator(".snippet").first.get_by_role("button", name="Copy").click()
    expect(page.locator("#said")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f'<script src="{server}/widget.js" async></script>'


def test_the_snippets_name_the_address_that_the_browser_sees(page: Page, server: str) -> None:
    """Behind a proxy the service is asked by another name."""

    def as_a_proxy(route: Route) -> None:
        reply = httpx.get(server, headers={"host": "internal:9"})
        route.fulfill(status=200, headers=dict(reply.headers), body=reply.content)

    page.route(f"{server}/", as_a_proxy)
    page.goto(f"{server}/")
    expect(page.locator(".snippet code").first).to_contain_text(f"{server}/widget.js")
    expect(page.locator("main")).not_to_contain_text("internal")


def test_without_javascript_a_form_asks_and_links_lead_to_the_questions(
    scriptless: Page, server: str
) -> None:
    scriptless.goto(server)
    expect(scriptless.locator(".copy")).to_have_count(3)
    expect(scriptless.locator(".copy").first).to_be_hidden()
    scriptless.get_by_label("Your question").fill("does it need a gpu")
    scriptless.get_by_role("button", name="Ask").click()
    assert '"using-qa.offline"' in scriptless.content()
    scriptless.goto(server)
    scriptless.locator(".fallback").get_by_role("link", name="Using qa").click()
    expect(scriptless.locator("h1")).to_have_text("Using qa")


@pytest.mark.parametrize("path", ["/", "/faq", "/faq/using-qa", "/ask"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_nothing_runs_off_the_side_of_a_screen(
    page: Page, server: str, path: str, scheme: Literal["light", "dark"], width: int
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{server}{path}")
    whole = page.locator("html")
    # Once all is laid out: on a busy machine the page is seen while the widget takes its place.
    expect(whole).to_have_js_property("scrollWidth", whole.evaluate("e => e.clientWidth"))
