"""The service is gone, or slow, or the visitor offline: said kindly, mended by trying again."""

import json
import socket
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Route, expect

from tests.end_to_end.conftest import serving
from tests.end_to_end.widget.chat import Chat
from tests.end_to_end.widget.conftest import Visit
from tests.end_to_end.widget.site import Site

MALFORMED = json.dumps(
    {"id": "a", "answered": True, "answer": {"id": "x", "html": None}, "alternatives": []}
)
UNREACHABLE = "The service cannot be reached just now."


def test_a_service_that_goes_and_comes_back(
    visit: Visit, shop: Path, site: Site, complaints: list[str]
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    origins = {"QA_ALLOWED_ORIGINS": site.origin}
    with serving(shop, port=port, **origins) as (address, _):
        tag = f'<script src="{address}/widget.js" async></script>'
        chat = visit(head=tag, script=None)
        chat.open()
        chat.ask("where can I park")
        expect(chat.outcome.locator(".prose")).to_be_visible()
    chat.ask("when are you open")
    expect(chat.outcome).to_have_attribute("data-kind", "trouble")
    expect(chat.outcome).to_contain_text(UNREACHABLE)
    with serving(shop, port=port, **origins):
        chat.outcome.get_by_role("button", name="Try again").click()
        expect(chat.outcome.locator(".prose")).to_contain_text("9 to 17")
    expect(chat.find(".turn")).to_have_count(2)
    complaints.clear()


def test_a_panel_that_cannot_be_had_is_fetched_anew(visit: Visit, complaints: list[str]) -> None:
    chat = visit()
    chat.page.route("**/panel.js*", lambda route: route.abort("connectionrefused"))
    chat.launcher.click()
    note = chat.find(".note")
    expect(note).to_contain_text("The chat could not be loaded.")
    expect(note).to_have_attribute("role", "alert")
    chat.page.unroute("**/panel.js*")
    note.get_by_role("button", name="Try again").click()
    expect(chat.panel).to_be_visible()
    expect(note).to_have_count(0)
    assert chat.focused() == "input"
    complaints.clear()


def test_a_visitor_who_is_offline_is_told_so(chat: Chat, complaints: list[str]) -> None:
    chat.page.context.set_offline(True)
    chat.ask("where can I park")
    expect(chat.outcome).to_contain_text("You seem to be offline. Your question is kept here.")
    chat.page.context.set_offline(False)
    chat.outcome.get_by_role("button", name="Try again").click()
    expect(chat.outcome.locator(".prose")).to_contain_text("north gate")
    complaints.clear()


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (429, "{}", "There are many questions just now. Please wait a moment."),
        (503, "{}", "There are many questions just now. Please wait a moment."),
        (500, "<h1>Oh</h1>", "Something went wrong on our side."),
        (200, "<h1>A portal that wants a login</h1>", "Something went wrong on our side."),
        (200, '{"answered": "perhaps"}', "Something went wrong on our side."),
        (200, MALFORMED, "Something went wrong on our side."),
        (200, "null", "Something went wrong on our side."),
    ],
)
def test_whatever_comes_back_is_put_in_words_for_visitors(
    chat: Chat, complaints: list[str], status: int, body: str, words: str
) -> None:
    headers = {"Access-Control-Allow-Origin": "*"}
    chat.page.route(
        "**/v1/ask", lambda route: route.fulfill(status=status, body=body, headers=headers)
    )
    chat.ask("where can I park")
    expect(chat.outcome).to_contain_text(words)
    complaints.clear()


def test_a_service_that_does_not_reply_is_given_up(visit: Visit) -> None:
    chat = visit()
    chat.page.clock.install()
    chat.open()
    chat.page.route("**/v1/ask", lambda _route: None)
    chat.input.fill("where can I park")
    chat.input.press("Enter")
    expect(chat.find("[data-kind=waiting]")).to_be_visible()
    chat.page.clock.run_for(15_001)
    expect(chat.outcome).to_contain_text("This is taking too long.")


def test_suggestions_that_fail_are_simply_not_there(chat: Chat, complaints: list[str]) -> None:
    chat.page.route("**/v1/suggest*", lambda route: route.abort())
    chat.input.press_sequentially("delivery")
    chat.page.wait_for_timeout(400)
    expect(chat.find("[role=listbox]")).to_be_hidden()
    chat.ask("when are you open")
    expect(chat.outcome.locator(".prose")).to_be_visible()
    complaints.clear()


def test_feedback_that_is_not_kept_may_be_given_again(chat: Chat, complaints: list[str]) -> None:
    chat.ask("when are you open")
    chat.page.route("**/v1/feedback", lambda route: route.abort())
    chat.outcome.get_by_role("button", name="Yes").click()
    expect(chat.outcome.locator(".feedback")).to_contain_text(UNREACHABLE)
    chat.page.unroute("**/v1/feedback")
    chat.outcome.locator(".feedback").get_by_role("button", name="Try again").click()
    expect(chat.outcome.locator(".feedback")).to_have_text("Thank you. That helps us to do better.")
    complaints.clear()


def test_feedback_that_was_given_before_is_known(
    chat: Chat, service: str, complaints: list[str]
) -> None:
    with chat.page.expect_response("**/v1/ask") as response:
        chat.ask("when are you open")
    asking = json.loads(response.value.text())["id"]
    said = httpx.post(f"{service}/v1/feedback", json={"id": asking, "helpful": True})
    assert said.status_code == 204
    chat.outcome.get_by_role("button", name="Yes").click()
    expect(chat.outcome.locator(".feedback")).to_have_text("Thank you. That helps us to do better.")
    complaints[:] = [one for one in complaints if "409" not in one]


def test_a_reply_that_comes_after_a_new_beginning_is_dropped(chat: Chat) -> None:
    held: list[Route] = []
    chat.page.route("**/v1/ask", lambda route: held.append(route))
    chat.input.fill("where can I park")
    chat.input.press("Enter")
    expect(chat.find("[data-kind=waiting]")).to_be_visible()
    chat.find(".head").get_by_role("button", name="Start again").click()
    held[0].continue_()
    chat.page.wait_for_timeout(400)
    expect(chat.find(".turn")).to_have_count(0)
    expect(chat.status).to_have_text("")


def test_a_late_reply_does_not_answer_another_question(chat: Chat) -> None:
    held: list[Route] = []
    chat.page.route("**/v1/ask", lambda route: held.append(route))
    chat.input.fill("where can I park")
    chat.input.press("Enter")
    expect(chat.find("[data-kind=waiting]")).to_be_visible()
    chat.find(".head").get_by_role("button", name="Start again").click()
    chat.input.fill("when are you open")
    chat.input.press("Enter")
    expect(chat.find("[data-kind=waiting]")).to_be_visible()
    held[0].continue_()
    chat.page.wait_for_timeout(300)
    expect(chat.outcome).to_have_attribute("data-kind", "waiting")
    held[1].continue_()
    expect(chat.outcome.locator(".prose")).to_contain_text("9 to 17")
