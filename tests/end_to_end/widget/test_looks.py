"""Themes, sizes, languages: that it looks as if it belonged there."""

from typing import Literal

import pytest
from playwright.sync_api import expect

from tests.end_to_end.widget.chat import Chat
from tests.end_to_end.widget.conftest import Visit

DARK_PAGE = "<style>body { background: #101010; color: #eee; font-family: Georgia, serif }</style>"


def _scheme(chat: Chat) -> str:
    expect(chat.panel).to_be_visible()
    return chat.find(".frame").get_attribute("data-scheme") or ""


@pytest.mark.parametrize("preferred", ["light", "dark"])
@pytest.mark.parametrize("theme", ["", "auto", "light", "dark"])
def test_it_is_light_or_dark_as_the_author_or_the_visitor_wants(
    visit: Visit, theme: str, preferred: Literal["light", "dark"]
) -> None:
    chat = visit(script=f'data-theme="{theme}"', color_scheme=preferred)
    chat.open()
    assert _scheme(chat) == (theme if theme in {"light", "dark"} else preferred)


def test_it_follows_the_visitor_while_it_is_open(visit: Visit) -> None:
    chat = visit(color_scheme="light")
    chat.open()
    chat.page.emulate_media(color_scheme="dark")
    expect(chat.find(".frame[data-scheme=dark]")).to_have_count(1)


def test_it_may_follow_the_page_in_colour_and_typeface(visit: Visit) -> None:
    chat = visit(head=DARK_PAGE, script="data-theme=host", color_scheme="light")
    chat.open()
    assert _scheme(chat) == "dark"
    family = chat.panel.evaluate("e => getComputedStyle(e).fontFamily")
    assert family == "Georgia, serif"
    chat.page.evaluate("document.body.style.background = 'white'")
    expect(chat.find(".frame[data-scheme=light]")).to_have_count(1)


def test_an_accent_colours_the_launcher_and_the_buttons(visit: Visit) -> None:
    chat = visit(script='data-accent="#7c3aed" data-theme=light')
    chat.open()
    for part in (chat.launcher, chat.find(".send")):
        assert part.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(124, 58, 237)"


def test_an_accent_that_is_no_colour_is_none(visit: Visit) -> None:
    chat = visit(script='data-accent="red; } .frame { display: none"')
    chat.open()
    assert chat.launcher.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(15, 102, 86)"


def test_the_page_styles_it_with_properties_and_parts(visit: Visit) -> None:
    head = """<style>
      faq-chat { --faq-chat-radius: 3px; --faq-chat-width: 500px; --faq-chat-accent: #b00020;
                 --faq-chat-offset-block: 40px; --faq-chat-z-index: 7 }
      faq-chat::part(title) { letter-spacing: 2px }
      faq-chat::part(launcher) { border-radius: 12px }
    </style>"""
    chat = visit(head=head)
    chat.open()
    style = "(e, name) => getComputedStyle(e)[name]"
    assert chat.panel.evaluate(style, "borderRadius") == "3px"
    assert chat.panel.evaluate(style, "width") == "500px"
    assert chat.launcher.evaluate(style, "bottom") == "40px"
    assert chat.launcher.evaluate(style, "borderRadius") == "12px"
    assert chat.find(".send").evaluate(style, "backgroundColor") == "rgb(176, 0, 32)"
    assert chat.find("h2").evaluate(style, "letterSpacing") == "2px"
    assert chat.page.locator("faq-chat").evaluate(style, "zIndex") == "7"


@pytest.mark.parametrize(
    ("position", "lang", "side"),
    [
        ("", "en", "right"), ("end", "ar", "left"), ("start", "en", "left"),
        ("start", "ar", "right"), ("left", "en", "left"), ("left", "ar", "left"),
        ("right", "ar", "right"),
    ],
)  # fmt: skip
def test_it_stands_on_the_side_that_the_author_wants(
    visit: Visit, position: str, lang: str, side: str
) -> None:
    chat = visit(script=f'data-position="{position}" data-lang="{lang}"')
    chat.open()
    for part in (chat.launcher, chat.panel):
        box = part.bounding_box()
        assert box
        middle = box["x"] + box["width"] / 2
        assert ("left" if middle < 640 else "right") == side


def test_z_index_is_the_authors_to_set(visit: Visit) -> None:
    chat = visit(script="data-z-index=42")
    expect(chat.launcher).to_be_visible()
    assert chat.page.locator("faq-chat").evaluate("e => getComputedStyle(e).zIndex") == "42"
    chat.page.locator("faq-chat").evaluate("e => e.setAttribute('z-index', '0')")
    assert chat.page.locator("faq-chat").evaluate("e => getComputedStyle(e).zIndex") == "0"


# --- Sizes ---


def test_on_a_phone_the_panel_is_the_whole_screen(visit: Visit) -> None:
    chat = visit(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    chat.open()
    chat.page.wait_for_timeout(300)
    assert chat.panel.bounding_box() == {"x": 0, "y": 0, "width": 360, "height": 740}
    assert chat.focused() == "panel"  # the box would call up the keyboard
    assert chat.input.evaluate("e => parseFloat(getComputedStyle(e).fontSize)") >= 16
    assert chat.find(".log").evaluate("e => e.scrollWidth <= e.clientWidth")


def test_on_touch_the_keyboard_is_folded_away_from_the_answer(visit: Visit) -> None:
    chat = visit(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    chat.open()
    chat.ask("where can I park")
    assert chat.focused() != "input"


def test_the_panel_shrinks_with_what_a_keyboard_leaves(visit: Visit) -> None:
    chat = visit(viewport={"width": 360, "height": 740})
    chat.open()
    chat.page.evaluate("""() => {
      Object.defineProperty(visualViewport, 'height', { value: 400, configurable: true });
      Object.defineProperty(visualViewport, 'offsetTop', { value: 20, configurable: true });
      visualViewport.dispatchEvent(new Event('resize'));
    }""")
    chat.page.wait_for_timeout(300)
    box = chat.panel.bounding_box()
    assert box
    assert (box["y"], box["height"]) == (20, 400)


@pytest.mark.parametrize(("width", "height"), [(640, 400), (320, 256)])
def test_zoomed_to_200_and_400_per_cent_everything_can_be_reached(
    visit: Visit, width: int, height: int
) -> None:
    # 1280 by 800 at 200 %, and what WCAG 2.2 asks for in 1.4.10.
    chat = visit(viewport={"width": width, "height": height})
    chat.open()
    chat.ask("can I send back a chair")
    assert chat.find(".log").evaluate("e => e.scrollWidth <= e.clientWidth")
    for control in (chat.input, chat.find(".send"), chat.find(".icon-button").last):
        box = control.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= height
    assert chat.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_text_follows_the_visitors_own_size_not_the_pages(visit: Visit) -> None:
    chat = visit(head="<style>html { font-size: 62.5% } body { font-size: 3px }</style>")
    chat.open()
    assert chat.panel.evaluate("e => getComputedStyle(e).fontSize") == "15px"


def test_who_wants_less_motion_gets_none(visit: Visit) -> None:
    chat = visit(reduced_motion="reduce")
    chat.open()
    chat.ask("where can I park")
    moving = chat.page.evaluate(
        "document.querySelector('faq-chat').shadowRoot.getAnimations().length"
    )
    assert moving == 0


# --- Languages ---


@pytest.mark.parametrize(
    ("lang", "launcher", "greeting"),
    [
        ("en", "Ask a question", "Hello! What would you like to know?"),
        ("de-AT", "Eine Frage stellen", "Guten Tag! Was möchten Sie wissen?"),
        ("fr", "Poser une question", "Bonjour ! Que souhaitez-vous savoir ?"),
        ("es", "Hacer una pregunta", "¡Hola! ¿Qué le gustaría saber?"),
        ("pt-BR", "Fazer uma pergunta", "Olá! O que gostaria de saber?"),
        ("it", "Fai una domanda", "Buongiorno! Che cosa vorresti sapere?"),
        ("nl", "Stel een vraag", "Hallo! Wat wilt u weten?"),
        ("ar", "اطرح سؤالاً", "مرحبًا! ماذا تود أن تعرف؟"),
        ("xx", "Ask a question", "Hello! What would you like to know?"),
    ],
)
def test_it_speaks_the_pages_language(
    visit: Visit, lang: str, launcher: str, greeting: str
) -> None:
    chat = visit(lang=lang)
    expect(chat.launcher).to_have_attribute("aria-label", launcher)
    chat.open()
    expect(chat.find(".greeting")).to_have_text(greeting)


def test_it_follows_when_the_page_changes_its_language(chat: Chat) -> None:
    chat.ask("where can I park")
    chat.page.evaluate("document.documentElement.lang = 'de'")
    expect(chat.find(".greeting")).to_have_text("Guten Tag! Was möchten Sie wissen?")
    expect(chat.outcome.locator(".prose")).to_contain_text("north gate")


def test_right_to_left_the_panel_is_mirrored(visit: Visit) -> None:
    chat = visit(lang="ar")
    chat.open()
    close, title = chat.find(".icon-button").last.bounding_box(), chat.find("h2").bounding_box()
    assert close
    assert title
    assert close["x"] < title["x"]
    send, box = chat.find(".send").bounding_box(), chat.input.bounding_box()
    assert send
    assert box
    assert send["x"] < box["x"]


def test_texts_can_be_overridden_before_and_after(visit: Visit) -> None:
    chat = visit()
    expect(chat.launcher).to_be_visible()
    chat.page.evaluate("FaqChat.texts('en', { launch: 'Chat with us', greeting: 'Well?' })")
    expect(chat.launcher).to_have_attribute("aria-label", "Chat with us")
    chat.open()
    expect(chat.find(".greeting")).to_have_text("Well?")
    chat.page.evaluate("FaqChat.element.texts = { greeting: 'So?' }")
    expect(chat.find(".greeting")).to_have_text("So?")
    expect(chat.launcher).to_have_attribute("aria-label", "Close")
