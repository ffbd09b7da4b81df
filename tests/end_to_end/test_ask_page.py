"""The ask page in a real browser, over the real service."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser_page(chromium: str, server: str) -> Iterator[Page]:
    """A page of an empty profile; whatever the browser complains of fails the test at the end."""
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = browser.new_page()
        page.on(
            "console", lambda said: complaints.append(said.text) if said.type == "error" else None
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        browser.close()
    assert complaints == []


@pytest.fixture
def page(browser_page: Page, server: str) -> Page:
    """The ask page, freshly opened."""
    browser_page.goto(server)
    return browser_page


def _ask(page: Page, question: str) -> None:
    page.fill("#question", question)
    page.press("#question", "Enter")
    page.wait_for_selector("#outcome[aria-busy=false]")


def test_a_question_shows_the_stored_answer_word_for_word(page: Page) -> None:
    _ask(page, "why did bolivia let the DEA back in")
    expect(page.locator("#outcome")).to_have_class("answered")
    expect(page.locator("#outcome .prose")).to_contain_text(
        "Recent efforts include Bolivia resuming DEA operations after nearly 20 years"
    )
    expect(page.locator("#outcome .confidence")).to_contain_text("%")


def test_a_question_far_from_the_faq_is_declined_plainly(page: Page) -> None:
    _ask(page, "how do I bake sourdough bread")
    expect(page.locator("#outcome")).to_have_class("unanswered")
    expect(page.locator("#outcome")).to_contain_text("The FAQ has no answer to this.")
    expect(page.locator("#outcome .choices button")).to_have_count(0)


def test_suggestions_come_while_typing_and_the_keyboard_picks_one(page: Page) -> None:
    page.type("#question", "how do i inst")
    expect(page.locator("#suggestions [role=option]").first).to_have_text(
        "How do I install and start it?"
    )
    page.press("#question", "ArrowDown")
    page.press("#question", "Enter")
    page.wait_for_selector("#outcome[aria-busy=false]")
    expect(page.locator("#outcome .prose")).to_contain_text("make run")


def test_a_hostile_question_is_text_and_nothing_else(page: Page) -> None:
    _ask(page, "<img src=x onerror=alert(1)><script>alert(2)</script>")
    expect(page.locator("#outcome")).to_have_class("unanswered")
    assert page.locator("#outcome img, #outcome script").count() == 0


def test_the_whole_faq_is_listed_below(page: Page) -> None:
    expect(page.locator("#entries details")).to_have_count(17)


def test_a_link_with_a_question_asks_it_at_once(browser_page: Page, server: str) -> None:
    browser_page.goto(f"{server}/?q=does+it+need+a+gpu")
    browser_page.wait_for_selector("#outcome[aria-busy=false]")
    expect(browser_page.locator("#outcome .prose")).to_contain_text("without a GPU")


@pytest.mark.parametrize("width", [360, 1440])
def test_nothing_runs_off_the_side_of_a_screen(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    _ask(page, "why did bolivia let the DEA back in")
    assert page.locator("html").evaluate("e => e.scrollWidth <= e.clientWidth")


def test_the_api_documentation_loads_without_the_internet(page: Page, server: str) -> None:
    page.goto(f"{server}/docs")
    expect(page.locator("#swagger-ui")).to_contain_text("/v1/ask/batch")
