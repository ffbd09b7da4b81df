"""With the keyboard alone; and no key, and no focus, taken from the page or lost to it."""

import pytest
from playwright.sync_api import expect

from tests.end_to_end.widget.chat import Chat
from tests.end_to_end.widget.conftest import Visit


def _until(chat: Chat, name: str, key: str = "Tab") -> None:
    """Press a key until that has the focus."""
    for _ in range(30):
        if chat.focused() == name:
            return
        chat.page.keyboard.press(key)
    raise AssertionError(f"{name} cannot be reached with {key}; the focus is on {chat.focused()}")


def test_everything_is_done_with_the_keyboard_alone(visit: Visit) -> None:
    chat = visit(script='data-contact="mailto:help@example.org"')
    expect(chat.launcher).to_be_visible()
    _until(chat, "launcher")
    chat.page.keyboard.press("Enter")
    expect(chat.panel).to_be_visible()
    assert chat.focused() == "input"
    chat.page.keyboard.type("where can I park")
    expect(chat.find("[role=listbox]")).to_be_visible()
    chat.page.keyboard.press("Escape")
    chat.page.keyboard.press("Enter")
    expect(chat.outcome.locator(".prose")).to_contain_text("north gate")
    assert chat.focused() == "input"
    _until(chat, "pill", "Shift+Tab")
    chat.page.keyboard.press("Enter")  # No
    expect(chat.outcome.locator(".feedback")).to_contain_text("What went wrong?")
    assert chat.focused() == "feedback"
    chat.page.keyboard.press("Tab")
    chat.page.keyboard.press("Enter")
    expect(chat.outcome.locator(".feedback")).to_contain_text("Thank you.")
    _until(chat, "handover")
    chat.page.keyboard.press("Escape")
    expect(chat.panel).to_be_hidden()
    assert chat.focused() == "launcher"


def test_the_focus_goes_back_to_the_launcher(chat: Chat) -> None:
    chat.find(".head").get_by_role("button", name="Close").click()
    expect(chat.panel).to_be_hidden()
    assert chat.focused() == "launcher"
    expect(chat.launcher).to_have_attribute("aria-expanded", "false")


def test_nothing_takes_the_focus_when_the_page_loads(visit: Visit) -> None:
    body = '<input id="own" autofocus><faq-chat open></faq-chat><faq-chat mode="inline"></faq-chat>'
    chat = visit(body)
    expect(chat.page.locator("faq-chat").first.locator(".panel")).to_be_visible()
    expect(chat.page.locator("faq-chat").last.locator(".panel")).to_be_visible()
    assert chat.page.evaluate("document.activeElement.id") == "own"


def test_closing_by_script_leaves_the_focus_where_it_is(visit: Visit) -> None:
    chat = visit('<input id="own">')
    chat.open()
    chat.page.locator("#own").focus()
    chat.page.evaluate("FaqChat.close()")
    expect(chat.panel).to_be_hidden()
    assert chat.page.evaluate("document.activeElement.id") == "own"


def test_the_focus_stays_near_when_what_had_it_goes_away(chat: Chat, complaints: list[str]) -> None:
    chat.page.route("**/v1/ask", lambda route: route.fulfill(status=503, body="{}"))
    chat.ask("when are you open")
    chat.page.unroute("**/v1/ask")
    retry = chat.outcome.get_by_role("button", name="Try again")
    retry.focus()
    retry.press("Enter")
    expect(chat.outcome.locator(".prose")).to_be_visible()
    assert chat.focused() == "turn"
    complaints.clear()


def test_enter_sends_nothing_while_an_input_method_composes(chat: Chat) -> None:
    asked: list[str] = []
    chat.page.on("request", lambda one: asked.append(one.url) if "/v1/ask" in one.url else None)
    session = chat.page.context.new_cdp_session(chat.page)
    chat.input.focus()
    session.send(
        "Input.imeSetComposition", {"text": "えい", "selectionStart": 2, "selectionEnd": 2}
    )
    chat.page.keyboard.press("Enter")
    chat.page.wait_for_timeout(200)
    assert asked == []
    session.send("Input.insertText", {"text": "営業"})
    chat.page.keyboard.press("Enter")
    expect(chat.last.locator(".question")).to_contain_text("営業")


@pytest.mark.parametrize("state", ["{ isComposing: true }", "{ keyCode: 229 }"])
def test_both_signs_of_composing_are_known(chat: Chat, state: str) -> None:
    prevented = chat.input.evaluate(
        f"""(input) => {{
          input.value = 'delivery';
          const common = {{ key: 'Enter', bubbles: true, cancelable: true, composed: true }};
          const event = new KeyboardEvent('keydown', {{ ...common, ...{state} }});
          return !input.dispatchEvent(event);
        }}"""
    )
    assert prevented
    expect(chat.find(".turn")).to_have_count(0)


def test_the_pages_shortcuts_hear_nothing_that_is_typed_in_it(visit: Visit) -> None:
    head = """<script>
      window.heard = [];
      const names = ['keydown', 'keypress', 'keyup', 'beforeinput', 'input', 'change', 'paste'];
      for (const name of names) {
        for (const target of [document, window]) {
          target.addEventListener(name, (event) => {
            heard.push(event.type);
            event.preventDefault();
          });
        }
      }
    </script>"""
    chat = visit(head=head)
    chat.open()
    chat.page.evaluate("heard.length = 0")
    chat.input.press_sequentially("/s?g")
    expect(chat.input).to_have_value("/s?g")
    chat.page.keyboard.press("Escape")
    assert chat.page.evaluate("heard") == []


def test_a_focus_trap_of_the_page_does_not_pull_the_focus_out(visit: Visit) -> None:
    head = """<script>
      document.addEventListener('focusin', (event) => {
        const trap = document.querySelector('#trap');
        if (trap && !trap.contains(event.target)) trap.focus();
      });
    </script>"""
    chat = visit('<button id="trap">dialog</button>', head=head)
    chat.open()
    chat.input.press_sequentially("abc")
    expect(chat.input).to_have_value("abc")


def test_tab_stays_inside_where_the_panel_hides_everything_else(visit: Visit) -> None:
    chat = visit(
        '<a href="#">outside</a>',
        viewport={"width": 360, "height": 740},
        script="data-suggestions=''",
    )
    chat.open()
    expect(chat.panel).to_have_attribute("aria-modal", "true")
    seen = set()
    for key in ["Tab"] * 6 + ["Shift+Tab"] * 6:
        chat.page.keyboard.press(key)
        seen.add(chat.focused())
    assert "" not in seen
    assert {"icon-button", "log", "input", "send"} <= seen


def test_on_a_large_screen_tab_leads_back_to_the_page(visit: Visit) -> None:
    chat = visit(script="data-suggestions=''")
    chat.open()
    expect(chat.panel).to_have_attribute("aria-modal", "false")
    chat.page.keyboard.press("Tab")
    chat.page.keyboard.press("Tab")
    assert chat.focused() == "launcher"
    chat.page.keyboard.press("Tab")
    assert chat.focused() == ""
