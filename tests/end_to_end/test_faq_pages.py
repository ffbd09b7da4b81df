"""The FAQ's pages in a real browser, with JavaScript and without, hostile content included."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.end_to_end.conftest import Run, serving
from tests.end_to_end.test_ask_page import ARGUMENTS

HOSTILE = (
    "</script><script>window.ran = 1</script><img src=x onerror='window.ran = 1'>"
    "</title><svg onload='window.ran = 1'></svg>"
)
ENTRIES = [
    {
        "id": "one",
        "question": f"Why {HOSTILE}?",
        "answer": f"Because *{HOSTILE}*.",
        "page": HOSTILE,
    },
    {
        "id": "50%",
        "question": "Half?",
        "answer": "<a href='javascript:window.ran=1'>Go</a>",
        "page": HOSTILE,
    },
    *(
        {"id": f"n{n}", "question": f"Number {n}?", "answer": "a\n\n" * 30, "page": "a/b"}
        for n in range(6)
    ),
]


@pytest.fixture(scope="module", params=[True, False], ids=["javascript", "no-javascript"])
def page(request: pytest.FixtureRequest, chromium: str) -> Iterator[Page]:
    """A page of an empty profile; whatever the browser complains of fails the test at the end."""
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = browser.new_context(java_script_enabled=request.param).new_page()
        # The hostile image is not there.
        page.on(
            "console",
            lambda said: None if "404" in said.text else complaints.append(said.text),
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        browser.close()
    assert complaints == []


@pytest.fixture(scope="module")
def hostile(
    qa: Run, content_index: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a server over a FAQ that means harm, and one long page."""
    folder = tmp_path_factory.mktemp("hostile")
    source = folder / "hostile.jsonl"
    source.write_text("".join(json.dumps(entry) + "\n" for entry in ENTRIES), encoding="utf-8")
    # For its encoder, which is not exported again.
    shutil.copytree(content_index, folder / "index")
    run = qa("index", str(source), "--index", str(folder / "index"))
    assert run.stdout.startswith("8 entries, "), run.stderr
    with serving(folder / "index") as (address, _):
        yield address


def _json_ld(page: Page) -> dict[str, object]:
    data: dict[str, object] = json.loads(
        page.locator('script[type="application/ld+json"]').text_content() or ""
    )
    return data


def test_a_page_is_read_without_asking(page: Page, server: str) -> None:
    page.goto(f"{server}/faq")
    page.get_by_role("link", name="US and Latin American cooperation against drugs").click()
    expect(page.locator("h1")).to_have_text("US and Latin American cooperation against drugs")
    expect(page.locator("article")).to_have_count(6)
    expect(page.locator("#drug-cooperation\\.recent-changes")).to_contain_text(
        "Recent efforts include Bolivia resuming DEA operations after nearly 20 years"
    )


def test_what_search_engines_are_told_is_what_is_shown(page: Page, server: str) -> None:
    page.goto(f"{server}/faq/drug-cooperation")
    data = _json_ld(page)
    assert data["@type"] == "FAQPage"
    questions = data["mainEntity"]
    assert isinstance(questions, list)
    assert [one["name"] for one in questions] == [
        text.removesuffix(" #") for text in page.locator("article h2").all_inner_texts()
    ]
    for one in questions:
        html = page.locator("article .prose").nth(questions.index(one)).inner_html()
        assert one["acceptedAnswer"]["text"] == html


def test_the_list_at_the_top_leads_to_the_questions(page: Page, hostile: str) -> None:
    page.goto(f"{hostile}/faq/a%2Fb")
    page.get_by_role("navigation", name="On this page").get_by_role("link").nth(3).click()
    assert page.url.endswith("/faq/a%2Fb#n3")
    expect(page.locator("#n3")).to_be_in_viewport()


def test_an_id_with_a_percent_sign_can_be_linked_to(page: Page, hostile: str) -> None:
    page.goto(f"{hostile}/faq")
    page.locator(".pages a").first.click()
    page.locator("article h2 a").nth(1).click()
    assert page.url.endswith("#50%25")
    expect(page.locator("article:target")).to_contain_text("Half?")


def test_hostile_content_is_shown_and_never_runs(page: Page, hostile: str) -> None:
    page.goto(f"{hostile}/faq")
    page.locator(".pages a").first.click()
    expect(page.locator("h1")).to_have_text(HOSTILE)
    expect(page.locator("article h2").first).to_contain_text(f"Why {HOSTILE}?")
    expect(page.locator("article")).to_have_count(2)
    expect(page.locator("script, svg")).to_have_count(1)  # the structured data
    assert _json_ld(page)["name"] == HOSTILE
    page.get_by_text("Go", exact=True).click()
    assert page.evaluate("window.ran") is None


def test_from_a_page_one_can_ask(page: Page, server: str) -> None:
    page.goto(f"{server}/faq/using-qa")
    page.get_by_label("Ask in your own words").fill("does it need a gpu")
    page.get_by_role("button", name="Ask").click()
    assert page.url == f"{server}/ask?q=does+it+need+a+gpu"


def test_a_page_that_is_not_there_is_told_so_kindly(page: Page, server: str) -> None:
    reply = httpx.get(f"{server}/faq/none", headers={"accept": "text/html"})
    assert (reply.status_code, "There is no such page" in reply.text) == (404, True)
    assert httpx.head(f"{server}/faq/using-qa").content == b""
    page.goto(f"{server}/faq")
    expect(page.locator("h1")).to_have_text("Frequently asked questions")


def test_on_paper_there_are_the_questions_and_answers_alone(page: Page, server: str) -> None:
    page.goto(f"{server}/faq/using-qa")
    page.emulate_media(media="print", color_scheme="dark")
    for gone in (".site", ".contents", ".ask"):
        expect(page.locator(gone)).to_be_hidden()
    expect(page.locator("article").last).to_be_visible()
    colour = "e => getComputedStyle(e).color"
    assert page.locator("article p").first.evaluate(colour) == "rgb(0, 0, 0)"
    page.emulate_media(media="screen", color_scheme="light")
