"""Harmless to the page around it, and the page to it: styles, scripts, storage, routers."""

import json

import pytest
from playwright.sync_api import Route, expect

from tests.end_to_end.widget.chat import Chat
from tests.end_to_end.widget.conftest import Visit
from tests.end_to_end.widget.shop import HOSTILE_QUESTION
from tests.end_to_end.widget.site import Site

WORST = """<style>
  html { font-size: 62.5%; line-height: 3; letter-spacing: 4px; text-transform: uppercase }
  * { all: unset !important; margin: 30px !important; float: right; color: red !important;
      visibility: hidden; font: 3px monospace !important; opacity: .1 !important }
  button, input, ul, li, form, svg, div { display: none !important }
  faq-chat { display: none !important; position: static !important; transform: scale(9) !important;
             z-index: -1 !important; opacity: 0 !important; pointer-events: none }
</style>"""

SHIFTS = """<script>
  window.shifts = 0;
  new PerformanceObserver((list) => { for (const one of list.getEntries()) shifts += one.value; })
    .observe({ type: 'layout-shift', buffered: true });
</script>"""

STYLE = """e => {
  const style = getComputedStyle(e);
  return [style.fontSize, style.color, style.display, style.visibility, style.letterSpacing,
          style.textTransform, style.margin, e.getBoundingClientRect().width];
}"""


def test_the_worst_of_style_sheets_changes_nothing(visit: Visit) -> None:
    looks = []
    for head in ("", WORST):
        chat = visit(head=head, script="data-theme=light")
        expect(chat.launcher).to_be_visible()
        chat.open()
        chat.ask("can I send back a chair")
        chat.page.wait_for_timeout(400)
        parts = [chat.launcher, chat.panel, chat.find("h2"), chat.outcome, chat.input]
        looks.append([part.evaluate(STYLE) for part in parts])
    assert looks[0] == looks[1]


def test_a_hidden_widget_stays_hidden(visit: Visit) -> None:
    chat = visit("<faq-chat hidden></faq-chat>")
    expect(chat.launcher).to_have_count(1)
    expect(chat.launcher).to_be_hidden()


def test_nothing_in_the_page_moves(visit: Visit) -> None:
    chat = visit("<h1>Chairs</h1>" + "<p>Made in the valley.</p>" * 60, head=SHIFTS)
    expect(chat.launcher).to_be_visible()
    chat.open()
    chat.ask("where can I park")
    chat.page.evaluate("FaqChat.close()")
    chat.page.wait_for_timeout(300)
    assert chat.page.evaluate("shifts") == 0
    assert chat.page.evaluate("document.documentElement.scrollTop") == 0


def test_nothing_moves_around_an_inline_widget_that_has_its_room(visit: Visit) -> None:
    room = "<style>faq-chat { display: block; block-size: 480px }</style>"
    body = '<h1>Chairs</h1><faq-chat mode="inline"><a href="/faq">FAQ</a></faq-chat><p>Below.</p>'
    chat = visit(body, head=room + SHIFTS)
    expect(chat.panel).to_be_visible()
    chat.ask("where can I park")
    chat.page.wait_for_timeout(300)
    assert chat.page.evaluate("shifts") == 0
    assert chat.page.evaluate("document.documentElement.scrollTop") == 0


def test_no_global_but_its_own_comes_into_the_page(visit: Visit) -> None:
    head = "<script>window.before = Object.keys(window)</script>"
    chat = visit(head=head)
    chat.open()
    chat.ask("where can I park")
    added = chat.page.evaluate("Object.keys(window).filter((name) => !before.includes(name))")
    assert sorted(added) == ["FaqChat", "before"]


# --- What an answer or a visitor contains ---


@pytest.mark.parametrize("way", ["answer", "preview"])
def test_nothing_in_an_answer_runs(visit: Visit, way: str) -> None:
    chat = visit(head="<script>window.harmed = 0; window.harm = () => { harmed += 1; }</script>")
    chat.open()
    if way == "answer":
        chat.ask(HOSTILE_QUESTION)
        shown = chat.outcome.locator(".prose")
    else:
        chat.input.press_sequentially("is bold allowed")
        expect(chat.find("[role=option]").first).to_have_text(HOSTILE_QUESTION)
        chat.input.press("ArrowDown")
        shown = chat.find(".preview .prose")
    expect(shown).to_contain_text("Nothing of this runs.")
    expect(shown.locator("script, iframe, style, svg, object")).to_have_count(0)
    assert [link.get_attribute("href") for link in shown.locator("a").all()] == [
        "https://example.org/ok"
    ]
    attributes = shown.evaluate("""e => [...e.querySelectorAll('*')]
      .flatMap((node) => node.getAttributeNames()).filter((name) => /^on|^style$/.test(name))""")
    assert attributes == []
    chat.page.wait_for_timeout(200)
    assert chat.page.evaluate("harmed") == 0


def test_a_question_is_text_and_nothing_else(visit: Visit) -> None:
    chat = visit(head="<script>window.harmed = 0; window.harm = () => { harmed += 1; }</script>")
    chat.open()
    chat.ask("<img src=x onerror=harm()><script>harm()</script>")
    expect(chat.last.locator(".question bdi")).to_have_text(
        "<img src=x onerror=harm()><script>harm()</script>"
    )
    assert chat.last.locator(".question :not(bdi, span)").count() == 0
    assert chat.page.evaluate("harmed") == 0


def _reply(html: str, url: str) -> str:
    answer = {
        "id": "x", "question": "q", "answer": "", "html": html, "page": "", "url": url, "tags": [],
    }  # fmt: skip
    return json.dumps(
        {"id": "a", "answered": True, "confidence": 1, "answer": answer, "alternatives": []}
    )


@pytest.mark.parametrize(
    "html",
    [
        "<script>harm()</script><p>shown</p>",
        "<img src=x onerror=harm()><p>shown</p>",
        '<img src="x" onerror="harm()"><p>shown</p>',
        '<p onclick="harm()" style="color:red">shown</p>',
        '<a href="javascript:harm()">shown</a>',
        '<a href="&#106;avascript:harm()">shown</a>',
        '<a href="java\tscript:harm()">shown</a>',
        '<a href="data:text/html,x">shown</a>',
        "<svg><script>harm()</script></svg><math><mtext></mtext></math><p>shown</p>",
        '<iframe src="javascript:harm()"></iframe><p>shown</p>',
        '<form action="x"><button formaction="javascript:harm()">shown</button></form>',
        '<p>shown<template><img src="x" onerror="harm()"></template></p>',
        "<p>shown</p><!--><img src=x onerror=harm()>-->",
        "<p>shown</p><style><img src=x onerror=harm()></style>",
        '<faq-chat open></faq-chat><p slot="x">shown</p>',
    ],
)
def test_even_a_service_that_sanitised_nothing_does_no_harm(
    visit: Visit, html: str, complaints: list[str]
) -> None:
    chat = visit(head="<script>window.harmed = 0; window.harm = () => { harmed += 1; }</script>")
    chat.page.route(
        "**/v1/ask", lambda route: route.fulfill(
            body=_reply(html, "javascript:harm()"), content_type="application/json",
            headers={"Access-Control-Allow-Origin": "*"},
        )
    )  # fmt: skip
    chat.open()
    chat.ask("anything")
    shown = chat.outcome.locator(".prose")
    expect(shown).to_contain_text("shown")
    expect(chat.outcome.locator(".facts a")).to_have_count(0)
    allowed = shown.evaluate("""e => [...e.querySelectorAll('*')].every((node) =>
      ['p', 'img', 'a'].includes(node.localName)
      && node.getAttributeNames().every((name) => !/^on|^style$|^form|^slot$/.test(name))
      && /^$|^https?:/.test(node.getAttribute('href') ?? node.getAttribute('src') ?? ''))""")
    assert allowed
    for link in shown.locator("a").all():
        link.click()
    chat.page.wait_for_timeout(100)
    assert chat.page.evaluate("harmed") == 0
    complaints[:] = [one for one in complaints if "404" not in one]  # the picture x


# --- Cookies and storage ---


def _kept(chat: Chat) -> list[str]:
    """What the page's storages and cookies hold."""
    script = "[...Object.keys(localStorage), ...Object.keys(sessionStorage)]"
    cookies = [str(cookie.get("name")) for cookie in chat.page.context.cookies()]
    return [*chat.page.evaluate(script), *cookies]


def test_nothing_is_kept_before_or_after_unless_allowed(visit: Visit) -> None:
    chat = visit()
    chat.open()
    assert _kept(chat) == []
    chat.ask("where can I park")
    assert _kept(chat) == []
    chat.page.reload()
    chat.open()
    expect(chat.find(".turn")).to_have_count(0)


def test_where_it_is_allowed_the_conversation_comes_along(visit: Visit) -> None:
    chat = visit(script="data-persist=session")
    chat.open()
    assert _kept(chat) == []
    chat.ask("where can I park")
    (name,) = _kept(chat)
    assert name.startswith("faq-chat:")
    chat.page.reload()
    chat.open()
    expect(chat.outcome.locator(".prose")).to_contain_text("north gate")
    chat.find(".head").get_by_role("button", name="Start again").click()
    assert _kept(chat) == []


def test_storage_that_throws_is_no_obstacle(visit: Visit) -> None:
    head = """<script>
      for (const name of ['localStorage', 'sessionStorage']) {
        const get = () => { throw new DOMException('no', 'SecurityError'); };
        Object.defineProperty(window, name, { get });
      }
    </script>"""
    chat = visit(head=head, script="data-persist=session")
    chat.open()
    chat.ask("where can I park")
    expect(chat.outcome.locator(".prose")).to_contain_text("north gate")


def test_no_cookie_and_no_address_of_the_page_goes_along(visit: Visit) -> None:
    chat = visit()
    chat.page.context.add_cookies([{"name": "own", "value": "1", "url": "http://127.0.0.1"}])
    chat.open()
    with chat.page.expect_request("**/v1/ask") as request:
        chat.ask("where can I park")
    sent = request.value.all_headers()
    assert "cookie" not in sent
    assert "referer" not in sent


# --- Routers and scripts that come twice ---


def test_a_tag_that_is_there_twice_makes_one_widget(visit: Visit, service: str) -> None:
    twice = f'<script src="{service}/widget.js"></script>' * 2
    chat = visit(twice)
    chat.open()
    expect(chat.page.locator("faq-chat")).to_have_count(1)


def test_a_widget_in_the_page_is_not_doubled_by_the_script(visit: Visit) -> None:
    chat = visit("<faq-chat></faq-chat>")
    expect(chat.launcher).to_be_visible()
    expect(chat.page.locator("faq-chat")).to_have_count(1)


def test_a_router_that_replaces_the_body_takes_nothing_away(visit: Visit) -> None:
    chat = visit()
    chat.open()
    chat.ask("where can I park")
    chat.page.evaluate("""() => {
      const body = document.createElement('body');
      body.textContent = 'Another page';
      document.body.replaceWith(body);
    }""")
    expect(chat.outcome.locator(".prose")).to_contain_text("north gate")
    chat.page.evaluate("document.body.innerHTML = 'And another'")
    expect(chat.outcome.locator(".prose")).to_contain_text("north gate")
    chat.ask("when are you open")
    expect(chat.page.locator("faq-chat")).to_have_count(1)


def test_a_router_that_brings_back_a_copy_of_the_body_makes_no_second_widget(visit: Visit) -> None:
    chat = visit()
    chat.open()
    chat.ask("where can I park")
    chat.page.evaluate("document.body.replaceWith(document.body.cloneNode(true))")
    expect(chat.outcome.locator(".prose")).to_contain_text("north gate")
    expect(chat.page.locator("faq-chat")).to_have_count(1)


def test_a_router_that_makes_a_new_widget_finds_the_conversation_again(visit: Visit) -> None:
    chat = visit("<main><faq-chat mode=inline></faq-chat></main>")
    expect(chat.panel).to_be_visible()
    chat.ask("where can I park")
    chat.page.evaluate("""() => {
      document.querySelector('main').innerHTML = '';
      document.querySelector('main').innerHTML = '<h1>New</h1><faq-chat mode=inline></faq-chat>';
    }""")
    expect(chat.outcome.locator(".prose")).to_contain_text("north gate")


def test_a_widget_that_is_moved_goes_on(visit: Visit) -> None:
    chat = visit("<faq-chat></faq-chat><main></main>")
    chat.open()
    chat.page.evaluate("document.querySelector('main').append(document.querySelector('faq-chat'))")
    expect(chat.panel).to_be_visible()
    chat.ask("where can I park")
    chat.page.emulate_media(color_scheme="dark")
    expect(chat.find(".frame[data-scheme=dark]")).to_have_count(1)


def test_destroy_leaves_nothing_behind(visit: Visit) -> None:
    chat = visit()
    chat.page.wait_for_function("window.FaqChat")
    chat.page.evaluate("window.element = document.querySelector('faq-chat')")
    chat.open()
    chat.ask("How do I return something?")
    chat.page.evaluate("FaqChat.destroy()")
    chat.page.wait_for_timeout(200)
    left = chat.page.evaluate("""() => [
      document.querySelectorAll('faq-chat, link[rel=modulepreload]').length,
      'FaqChat' in window, CSS.highlights.size, document.body.lastElementChild.localName,
    ]""")
    assert left == [0, False, 0, "p"]
    chat.page.evaluate("document.body.append(element); element.open()")
    expect(chat.find(".launcher")).to_be_hidden()


def test_after_destroy_the_script_may_come_again(visit: Visit, service: str) -> None:
    chat = visit()
    chat.open()
    chat.page.evaluate("FaqChat.destroy()")
    chat.page.add_script_tag(url=f"{service}/widget.js")
    chat.page.evaluate("FaqChat.texts('en', { greeting: 'Back again' })")
    chat.open()
    expect(chat.find(".greeting")).to_have_text("Back again")
    expect(chat.find(".turn")).to_have_count(0)


def test_two_widgets_do_not_disturb_each_other(visit: Visit, site: Site) -> None:
    body = '<faq-chat mode="inline" page="Visiting"></faq-chat><faq-chat></faq-chat>'
    chat = visit(body)
    inline, launcher = chat.page.locator("faq-chat").all()
    expect(inline.locator(".panel")).to_be_visible()
    launcher.locator(".launcher").click()
    launcher.locator("input").fill("when are you open")
    launcher.locator("input").press("Enter")
    expect(launcher.locator(".prose")).to_contain_text("9 to 17")
    expect(inline.locator(".turn")).to_have_count(0)


@pytest.mark.parametrize("style", ["display: none", "visibility: hidden"])
def test_a_page_may_hide_an_inline_widget(visit: Visit, style: str) -> None:
    chat = visit('<faq-chat mode="inline"></faq-chat>')
    expect(chat.panel).to_be_visible()
    chat.page.add_style_tag(content=f".away {{ {style} }}")
    chat.page.evaluate("document.querySelector('faq-chat').classList.add('away')")
    expect(chat.panel).to_be_hidden()


def test_an_image_named_as_the_running_script_is_not_taken_for_it(
    visit: Visit, site: Site, complaints: list[str]
) -> None:
    chat = visit(
        f'<img name="currentScript" src="{site.origin}/elsewhere/x.js" alt="">', script=None
    )
    chat.page.add_script_tag(url=f"{site.behind}/widget.js")
    chat.open()
    chat.ask("where can I park")
    expect(chat.outcome.locator(".prose")).to_contain_text("north gate")
    complaints[:] = [one for one in complaints if "404" not in one]  # the picture


def test_after_destroy_nothing_is_written(visit: Visit) -> None:
    chat = visit(script="data-persist=session")
    chat.open()
    held: list[Route] = []
    chat.page.route("**/v1/ask", lambda route: held.append(route))
    chat.input.fill("where can I park")
    chat.input.press("Enter")
    expect(chat.find("[data-kind=waiting]")).to_be_visible()
    assert len(_kept(chat)) == 1
    chat.page.evaluate("window.element = FaqChat.element; FaqChat.destroy()")
    held[0].continue_()
    chat.page.evaluate("element.ask('when are you open')")
    chat.page.wait_for_timeout(400)
    assert _kept(chat) == []


def test_destroy_forgets_what_is_stored_even_before_the_panel_has_come(visit: Visit) -> None:
    chat = visit(script="data-persist=session")
    chat.open()
    chat.ask("where can I park")
    assert len(_kept(chat)) == 1
    chat.page.reload()
    expect(chat.launcher).to_be_visible()
    expect(chat.panel).to_have_count(0)
    chat.page.evaluate("FaqChat.destroy()")
    assert _kept(chat) == []
