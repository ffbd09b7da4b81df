"""The ask page in a real browser, over the real service."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import httpx
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.end_to_end.conftest import Run, serving

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

HOSTILE = "<img src=x onerror=alert(1)> “may I” send </bdi><b>things</b> back, " + "far" * 40
RETURNS = """\
You may send back whatever you bought within *thirty days* of the day it arrived, without a reason.
It must be whole and unworn, and it is best sent in the box it came in, with the slip inside.
Write down the number of your order, which is at the top of the slip, and keep it for a month.

Large furniture, such as a sofa or a wardrobe, is fetched from your door; write to us first.

- A driver will ring you to agree on a morning
  or an afternoon.
- Have the sofa **at the `front door`** by then, whole and dry, with the [slip](/slip) on it.

The money is on its way within five working days after the thing has reached us, by the means by
which you paid.
"""
PASSAGE = (
    "Large furniture, such as a sofa or a wardrobe, is fetched from your door; write to us first. "
    "A driver will ring you to agree on a morning or an afternoon. "
    "Have the sofa at the front door by then, whole and dry, with the slip on it."
)
ORDERS = [
    {
        "id": "returns",
        "question": "How do I return something?",
        "alternates": ["Will a driver fetch an old sofa from my door?", HOSTILE],
        "answer": RETURNS,
    },
    {"id": "abroad", "question": "Do you ship abroad?", "answer": "Yes, to all of Europe."},
]
ASKS_FOR_THE_DRIVER = "can a driver fetch my sofa at the front door"
MARKED = "() => [...(CSS.highlights.get('passage') ?? [])].map(String)"


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


@pytest.fixture(scope="module")
def orders(qa: Run, content_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server over another FAQ, with a long answer and a hostile wording."""
    folder = tmp_path_factory.mktemp("orders")
    source = folder / "orders.jsonl"
    source.write_text("".join(json.dumps(entry) + "\n" for entry in ORDERS), encoding="utf-8")
    # For its encoder, which is not exported again.
    shutil.copytree(content_index, folder / "index")
    run = qa("index", str(source), "--index", str(folder / "index"))
    assert run.stdout.startswith("2 entries, "), run.stderr
    with serving(folder / "index") as (address, _):
        yield address


@pytest.fixture
def page(browser_page: Page, server: str) -> Page:
    """The ask page, freshly opened."""
    browser_page.goto(f"{server}/ask")
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
    browser_page.goto(f"{server}/ask?q=does+it+need+a+gpu")
    browser_page.wait_for_selector("#outcome[aria-busy=false]")
    expect(browser_page.locator("#outcome .prose")).to_contain_text("without a GPU")


def test_the_wording_that_matched_is_shown_beside_the_answer(page: Page) -> None:
    _ask(page, "why did bolivia let the DEA back in")
    expect(page.locator("#outcome .matched")).to_have_text(
        "Matched: “Is the DEA allowed to work in Bolivia again?”"
    )


def test_the_wording_is_not_repeated_where_it_is_the_heading(page: Page) -> None:
    _ask(page, "Does it need the internet or a GPU?")
    expect(page.locator("#outcome h2")).to_have_text("Does it need the internet or a GPU?")
    expect(page.locator("#outcome .matched")).to_have_count(0)


def test_a_hostile_wording_is_text_and_nothing_else(page: Page, orders: str) -> None:
    page.goto(f"{orders}/ask")
    _ask(page, HOSTILE)
    expect(page.locator("#outcome .matched")).to_have_text(f"Matched: “{HOSTILE}”")
    assert page.locator("#outcome img, #outcome b").count() == 0


def test_a_word_longer_than_the_screen_does_not_run_off_its_side(page: Page, orders: str) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"{orders}/ask")
    _ask(page, HOSTILE)
    expect(page.locator("#outcome .matched")).to_be_visible()
    assert page.locator("html").evaluate("e => e.scrollWidth <= e.clientWidth")


def test_exactly_the_passage_that_the_answer_rests_on_is_marked(page: Page, orders: str) -> None:
    page.goto(f"{orders}/ask")
    _ask(page, ASKS_FOR_THE_DRIVER)
    (marked,) = page.evaluate(MARKED)
    assert re.sub(r"\s+", " ", marked) == PASSAGE
    answer = httpx.get(f"{orders}/v1/ask", params={"q": ASKS_FOR_THE_DRIVER}).json()["answer"]
    assert page.locator("#outcome .prose").inner_html() == answer["html"]


def test_the_mark_goes_with_its_answer(page: Page, orders: str) -> None:
    page.goto(f"{orders}/ask")
    _ask(page, ASKS_FOR_THE_DRIVER)
    _ask(page, "Do you ship abroad?")
    expect(page.locator("#outcome .prose")).to_have_text("Yes, to all of Europe.")
    assert page.evaluate(MARKED) == []


def test_a_screen_reader_is_told_the_answer_once_and_nothing_of_the_mark(
    page: Page, orders: str
) -> None:
    page.goto(f"{orders}/ask")
    _ask(page, ASKS_FOR_THE_DRIVER)
    said = page.locator("#status").inner_text()
    assert said.startswith("How do I return something? You may send back")
    assert said.count("A driver will ring you") == 1
    assert "Matched" not in said


def test_a_browser_that_cannot_mark_shows_the_answer_all_the_same(page: Page, orders: str) -> None:
    page.goto(f"{orders}/ask")
    page.evaluate("Object.defineProperty(CSS, 'highlights', { value: undefined })")
    _ask(page, ASKS_FOR_THE_DRIVER)
    expect(page.locator("#outcome .prose")).to_contain_text("A driver will ring you")


@pytest.mark.parametrize(
    ("html", "passage", "found"),
    [
        ("<p>One. Two. Three.</p>", "Two.", "Two."),
        ("<p>One.  Two\n  and  more. Three.</p>", "Two and more.", "Two\n  and  more."),
        ("<p>One. T<b>w</b>o<a href='#'>.</a> Three.</p>", "Two.", "Two."),
        ("<p>One.</p>\n<p>Two.</p>\n<p>Three.</p>", "One. Two.", "One.\nTwo."),
        ("<ul><li>One.</li><li>Two.</li></ul><p>Three.</p>", "One. Two.", "One.Two."),
        ("<p>One.<br>Two.<br>Three.</p>", "Two. Three.", "Two.Three."),
        ("<p>One.&nbsp;Two.&#x3000;Three.</p>", "One. Two.", "One.\u00a0Two."),
        ("<p>一。二。三。</p>", "二。 三。", "二。三。"),
        ("<p>One. 🎉 Two 👩‍👧. Three.</p>", "🎉 Two 👩‍👧.", "🎉 Two 👩‍👧."),
        ("<p>A &lt;b&gt; &amp; c. Two.</p>", "A <b> & c.", "A <b> & c."),
        ("<p>One. <img alt='A box.'> Two. Three.</p>", "A box. Two.", " Two."),
        ("<p>One. Two. One. Two.</p>", "Two.", "Two."),
        ("<p>One. Two.</p>", "One. Two.", None),
        ("<p>One. Two.</p>", "Three.", None),
        ("<p>One. Two.</p>", "two.", None),
        ("<p>One. Two.</p>", "", None),
        ("", "One.", None),
    ],
)
def test_a_passage_is_found_across_white_space_and_elements(
    page: Page, html: str, passage: str, found: str | None
) -> None:
    find = """async ([html, passage]) => {
      const { rangeOf } = await import(new URL('site/passage.js', document.baseURI));
      const root = Object.assign(document.createElement('div'), { innerHTML: html });
      const range = rangeOf(root, passage);
      return range && String(range);
    }"""
    assert page.evaluate(find, [html, passage]) == found


def test_on_paper_the_passage_is_underlined(page: Page, orders: str) -> None:
    page.goto(f"{orders}/ask")
    _ask(page, ASKS_FOR_THE_DRIVER)
    line = "e => getComputedStyle(e, '::highlight(passage)').textDecorationLine"
    assert page.locator("#outcome .prose").evaluate(line) == "none"
    page.emulate_media(media="print")
    assert page.locator("#outcome .prose").evaluate(line) == "underline"
    page.emulate_media(media="screen")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_that_may_be_marked_can_be_read_on_the_mark(
    page: Page, orders: str, scheme: Literal["light", "dark"]
) -> None:
    # 4.5:1 is what WCAG 2.2 asks for in 1.4.3, level AA.
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{orders}/ask")
    _ask(page, ASKS_FOR_THE_DRIVER)
    colours = page.evaluate("""() => {
      const prose = document.querySelector('#outcome .prose');
      prose.innerHTML += '<blockquote></blockquote>';
      const mark = getComputedStyle(prose, '::highlight(passage)').backgroundColor;
      const inked = prose.querySelectorAll('p, a, code, strong, blockquote');
      return [mark, ...[...inked].map((node) => getComputedStyle(node).color)];
    }""")
    mark, *inks = [[int(part) for part in re.findall(r"\d+", colour)] for colour in colours]
    assert all(len(colour) == 3 for colour in (mark, *inks))  # none is see-through
    assert len({tuple(ink) for ink in inks}) == 3
    assert min(_contrast(ink, mark) for ink in inks) >= 4.5


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ([0, 0, 0], [255, 255, 255], 21.0),
        ([255, 255, 255], [255, 255, 255], 1.0),
        ([119, 119, 119], [255, 255, 255], 4.48),
    ],
)
def test_contrast_is_as_wcag_defines_it(one: list[int], other: list[int], expected: float) -> None:
    assert _contrast(one, other) == pytest.approx(expected, abs=0.005)


def _contrast(one: list[int], other: list[int]) -> float:
    """Of two sRGB colours, in [1, 21] (WCAG 2.2, "contrast ratio")."""
    darker, lighter = sorted(map(_luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: list[int]) -> float:
    parts = [part / 255 for part in colour]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("width", [360, 1440])
def test_nothing_runs_off_the_side_of_a_screen(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    _ask(page, "why did bolivia let the DEA back in")
    assert page.locator("html").evaluate("e => e.scrollWidth <= e.clientWidth")


def test_the_api_documentation_loads_without_the_internet(page: Page, server: str) -> None:
    page.goto(f"{server}/docs")
    expect(page.locator("#swagger-ui")).to_contain_text("/v1/ask/batch")
