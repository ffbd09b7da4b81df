"""What scripts can do with it, and hear from it."""

from typing import Any

from playwright.sync_api import expect

from tests.end_to_end.widget.chat import Chat
from tests.end_to_end.widget.conftest import Visit

LISTEN = """<script>
  window.heard = [];
  for (const name of ['open', 'close', 'ask', 'answer', 'feedback', 'handover', 'error']) {
    document.addEventListener(`faq-chat:${name}`, (event) => heard.push([name, event.detail]));
  }
</script>"""


def _heard(chat: Chat) -> list[list[Any]]:
    heard: list[list[Any]] = chat.page.evaluate("heard")
    return heard


def test_a_script_opens_asks_restarts_and_closes(visit: Visit) -> None:
    chat = visit()
    chat.page.wait_for_function("window.FaqChat")
    chat.page.evaluate("FaqChat.ask('where can I park')")
    expect(chat.outcome.locator(".prose")).to_contain_text("north gate")
    chat.page.evaluate("FaqChat.restart()")
    expect(chat.find(".turn")).to_have_count(0)
    chat.page.evaluate("FaqChat.close()")
    expect(chat.panel).to_be_hidden()
    chat.page.evaluate("FaqChat.element.open()")
    expect(chat.panel).to_be_visible()


def test_the_open_attribute_says_and_sets_whether_it_is_open(visit: Visit) -> None:
    chat = visit()
    chat.open()
    expect(chat.page.locator("faq-chat")).to_have_attribute("open", "")
    chat.page.evaluate("FaqChat.element.removeAttribute('open')")
    expect(chat.panel).to_be_hidden()
    chat.page.evaluate("FaqChat.element.setAttribute('open', '')")
    expect(chat.panel).to_be_visible()


def test_events_say_what_happens_and_nothing_that_was_written(visit: Visit, vague: str) -> None:
    chat = visit(head=LISTEN, script='data-contact="mailto:help@example.org"')
    chat.open()
    chat.ask("where can I park")
    chat.outcome.get_by_role("button", name="Yes").click()
    expect(chat.outcome.locator(".feedback")).to_contain_text("Thank you.")
    chat.ask("hello")
    chat.ask(vague)
    chat.page.evaluate("document.addEventListener('faq-chat:handover', (e) => e.preventDefault())")
    chat.outcome.locator(".handover").click()
    chat.page.evaluate("FaqChat.close()")
    heard = _heard(chat)
    assert [name for name, _ in heard] == [
        "open", "ask", "answer", "feedback", "ask", "answer", "ask", "answer", "handover", "close",
    ]  # fmt: skip
    answer, feedback, handover = heard[2][1], heard[3][1], heard[8][1]
    assert answer["outcome"] == "answered"
    assert answer["entry"] == "parking"
    assert 0 < answer["confidence"] <= 1
    assert feedback == {"id": answer["id"], "entry": "parking", "helpful": True}
    assert heard[5][1] == {"outcome": "courtesy", "courtesy": "hello"}
    assert handover == {"way": "mail"}
    assert "park" not in str([detail for _, detail in heard]).replace("'parking'", "")
    assert vague not in str(heard)


def test_what_was_written_goes_along_where_the_author_says_so(visit: Visit) -> None:
    chat = visit(head=LISTEN, script="data-share-text")
    chat.open()
    chat.ask("where can I park")
    assert [detail.get("question") for _, detail in _heard(chat)] == [
        None, "where can I park", "where can I park",
    ]  # fmt: skip


def test_trouble_is_an_event_too(visit: Visit, complaints: list[str]) -> None:
    chat = visit(head=LISTEN)
    chat.open()
    chat.page.route("**/v1/ask", lambda route: route.abort())
    chat.ask("where can I park")
    assert _heard(chat)[-1] == ["error", {"kind": "unreachable"}]
    complaints.clear()


def test_events_leave_the_shadow_root_and_come_from_the_element(visit: Visit) -> None:
    chat = visit()
    chat.page.evaluate("""addEventListener('faq-chat:open', (event) => {
      window.from = [event.target.localName, event.composed, event.bubbles];
    })""")
    chat.open()
    assert chat.page.evaluate("window.from") == ["faq-chat", True, True]


def test_attributes_may_change_while_it_lives(visit: Visit) -> None:
    chat = visit()
    chat.open()
    chat.page.evaluate("FaqChat.element.setAttribute('heading', 'The shop')")
    expect(chat.find("h2")).to_have_text("The shop")
    chat.input.fill("half a ques")
    chat.page.evaluate("FaqChat.element.setAttribute('greeting', 'Well?')")
    expect(chat.find(".greeting")).to_have_text("Well?")
    expect(chat.input).to_have_value("half a ques")


def test_a_page_may_want_no_launcher_from_the_script(visit: Visit) -> None:
    chat = visit(script="data-mode=manual")
    chat.page.wait_for_function("window.FaqChat")
    expect(chat.page.locator("faq-chat")).to_have_count(0)
    chat.page.evaluate("document.body.append(document.createElement('faq-chat'))")
    chat.open()
