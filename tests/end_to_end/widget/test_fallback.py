"""What the author puts inside shows until the widget takes over, and stays if it never does."""

import pytest
from playwright.sync_api import expect

from tests.end_to_end.widget.conftest import Visit

BODY = '<faq-chat mode="inline"><a href="/faq">Read the FAQ</a></faq-chat>'


def test_without_script_what_is_inside_shows(visit: Visit) -> None:
    chat = visit(BODY, java_script_enabled=False)
    expect(chat.page.get_by_text("Read the FAQ")).to_be_visible()


def test_it_shows_until_the_panel_has_come_and_not_after(visit: Visit) -> None:
    chat = visit(BODY)
    expect(chat.panel).to_be_visible()
    expect(chat.page.get_by_text("Read the FAQ")).to_be_hidden()


def test_it_stays_where_the_panel_never_comes(visit: Visit, complaints: list[str]) -> None:
    chat = visit("<p>Soon</p>")
    chat.page.route("**/panel.js*", lambda route: route.abort())
    with chat.page.expect_event("requestfailed"):
        chat.page.evaluate(f"document.body.innerHTML = `{BODY}`")
    chat.page.wait_for_timeout(300)
    expect(chat.page.get_by_text("Read the FAQ")).to_be_visible()
    complaints.clear()


@pytest.mark.parametrize("far", [False, True])
def test_an_inline_panel_is_fetched_when_it_is_about_to_be_seen(visit: Visit, far: bool) -> None:
    space = "<div style='height: 3000px'></div>" if far else ""
    chat = visit(space + BODY)
    chat.page.wait_for_timeout(300)
    expect(chat.find(".panel")).to_have_count(0 if far else 1)
    chat.page.evaluate("scrollTo(0, 1e6)")
    expect(chat.panel).to_be_visible()


def test_an_inline_panel_is_fetched_when_it_is_asked_for(visit: Visit) -> None:
    chat = visit("<div style='height: 3000px'></div>" + BODY)
    chat.page.wait_for_function("window.FaqChat")
    chat.page.evaluate("FaqChat.ask('where can I park')")
    expect(chat.outcome.locator(".prose")).to_contain_text("north gate")
