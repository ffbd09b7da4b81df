"""WCAG 2.2 AA, as far as axe-core can tell; and what a screen reader is told."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.end_to_end.widget.chat import Chat
from tests.end_to_end.widget.conftest import Visit
from tests.end_to_end.widget.shop import FAR, HOSTILE_QUESTION

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Of the page around the widget, which is no whole page here.
OUTSIDE = ["region", "landmark-one-main", "page-has-heading-one", "heading-order"]

State = Callable[[Chat, str], None]


def _check(chat: Chat) -> None:
    rules = {name: {"enabled": False} for name in OUTSIDE}
    chat.page.wait_for_timeout(350)  # colours are judged as they are once the movement is over
    options = {"runOnly": TAGS, "rules": rules, "resultTypes": ["violations"]}
    found = Axe().run(chat.page, context="faq-chat", options=options)
    wrong = [(one["id"], one["nodes"][0]["html"]) for one in found.response["violations"]]
    assert wrong == []


def _closed(chat: Chat, _vague: str) -> None:
    chat.find(".head").get_by_role("button", name="Close").click()


def _welcome(chat: Chat, _vague: str) -> None:
    expect(chat.find(".welcome .offer")).to_have_count(3)


def _suggestions(chat: Chat, _vague: str) -> None:
    chat.input.press_sequentially("do you ship")
    expect(chat.find("[role=option]").first).to_be_visible()
    chat.input.press("ArrowDown")
    expect(chat.find(".preview table")).to_be_visible()


def _answered(chat: Chat, _vague: str) -> None:
    chat.ask("can I send back a chair")
    chat.ask("do you deliver to France")
    chat.ask(HOSTILE_QUESTION)


def _unsure(chat: Chat, vague: str) -> None:
    chat.ask(vague)


def _none(chat: Chat, _vague: str) -> None:
    chat.ask(FAR)
    chat.ask("can I talk to a person")


def _wrong(chat: Chat, _vague: str) -> None:
    chat.ask("can I send back a chair")
    chat.outcome.get_by_role("button", name="No", exact=True).click()


def _told(chat: Chat, _vague: str) -> None:
    _wrong(chat, "")
    chat.outcome.get_by_role("button", name="Not my question").click()
    expect(chat.outcome.locator(".handover")).to_be_visible()


def _waiting(chat: Chat, _vague: str) -> None:
    chat.page.route("**/v1/ask", lambda _route: None)  # no reply comes
    chat.input.fill("when are you open")
    chat.input.press("Enter")
    expect(chat.find("[data-kind=waiting]")).to_be_visible()


def _trouble(chat: Chat, _vague: str) -> None:
    chat.page.route("**/v1/ask", lambda route: route.fulfill(status=503, body="{}"))
    chat.ask("when are you open")


STATES = [
    _closed, _welcome, _suggestions, _answered, _unsure, _none, _wrong, _told, _waiting, _trouble,
]  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__.strip("_"))
def test_axe_finds_nothing(
    visit: Visit, vague: str, state: State, scheme: str, complaints: list[str]
) -> None:
    chat = visit(script='data-contact="mailto:help@example.org"', color_scheme=scheme)
    chat.open()
    state(chat, vague)
    _check(chat)
    complaints[:] = [one for one in complaints if "503" not in one]


@pytest.mark.parametrize("accent", ["#ffd400", "white", "black", "#7c3aed", "hsl(20 90% 50%)"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_whatever_the_accent(visit: Visit, theme: str, accent: str) -> None:
    chat = visit(script=f'data-theme={theme} data-accent="{accent}" data-contact=event')
    chat.open()
    chat.ask("can I send back a chair")
    chat.ask(FAR)
    _check(chat)


@pytest.mark.parametrize("mode", ["launcher", "inline"])
def test_axe_finds_nothing_right_to_left_and_on_a_phone(visit: Visit, mode: str) -> None:
    body = f'<faq-chat mode="{mode}" lang="ar" open></faq-chat>'
    chat = visit(body, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    expect(chat.panel).to_be_visible()
    chat.ask("هل تشحنون إلى الخارج؟")
    _check(chat)


def test_axe_sees_what_is_wrong_inside(chat: Chat) -> None:
    chat.find(".send").evaluate("e => e.removeAttribute('aria-label')")
    with pytest.raises(AssertionError, match="button-name"):
        _check(chat)


def test_each_answer_is_announced_once_and_whole(chat: Chat) -> None:
    chat.page.evaluate("""() => {
      const status = document.querySelector('faq-chat').shadowRoot.querySelector('[role=status]');
      window.said = [];
      new MutationObserver(() => status.textContent && said.push(status.textContent))
        .observe(status, { childList: true, characterData: true, subtree: true });
    }""")
    chat.ask("where can I park")
    (said,) = chat.page.evaluate("said")
    assert said == (
        "From the FAQ Where can I park my car? Behind the house; enter by the north gate."
    )
    chat.ask("where can I park")
    assert chat.page.evaluate("said") == [said, said]


def test_the_only_live_region_is_the_status(chat: Chat) -> None:
    chat.ask("where can I park")
    live = chat.find("[role=status], [role=alert], [role=log], [aria-live]")
    loud = "nodes => nodes.filter((e) => e.ariaLive !== 'off').map((e) => e.role)"
    assert live.evaluate_all(loud) == ["status"]


def test_did_you_mean_is_announced_with_its_questions(chat: Chat, vague: str) -> None:
    chat.ask(vague)
    expect(chat.status).to_contain_text("Did you mean I am not sure. Is it one of these?")
    expect(chat.status).to_contain_text(chat.outcome.locator(".offer").first.inner_text())


def test_trouble_is_announced_too(chat: Chat, complaints: list[str]) -> None:
    chat.page.route("**/v1/ask", lambda route: route.fulfill(status=500, body="{}"))
    chat.ask("when are you open")
    expect(chat.status).to_have_text("Something went wrong on our side.")
    complaints.clear()


def test_every_control_is_a_native_one(chat: Chat) -> None:
    chat.ask("can I send back a chair")
    expect(chat.panel.locator("[role=button], [role=link], [onclick]")).to_have_count(0)
    assert chat.find("button:not([type])").count() == 0


def test_controls_are_large_enough_to_press(chat: Chat) -> None:
    # 24 pixels is what WCAG 2.2 asks for in 2.5.8, level AA; links within a sentence are excepted.
    chat.ask("can I send back a chair")
    for control in chat.find("button, .facts a").all():
        box = control.bounding_box()
        if box:
            assert min(box["width"], box["height"]) >= 24, control.inner_text()


def test_an_answer_in_another_script_runs_its_own_way(chat: Chat) -> None:
    chat.ask("هل تشحنون إلى الخارج؟")
    expect(chat.outcome.locator(".prose")).to_have_attribute("dir", "auto")
    assert chat.outcome.locator(".prose").evaluate("e => getComputedStyle(e).direction") == "rtl"
