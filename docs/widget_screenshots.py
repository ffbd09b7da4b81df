"""Take the pictures of docs/widget.md: the widget on a page around it, in Chromium.

make run                                          in one terminal
.venv/bin/python docs/widget_screenshots.py       in another
"""

import sys
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

ARGUMENTS = ["--no-sandbox", "--disable-gpu"]
HERE = Path(__file__).parent
ANSWERED = "why did bolivia let the DEA back in"
UNSURE = "which countries come next"
TYPED = "what about the arm"

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The Southern Review</title>
<style>
  body { margin: 0; padding: 48px 7vw; background: #fbfaf7; color: #23211d; }
  @media (prefers-color-scheme: dark) { body { background: #12110f; color: #d9d5cc } }
  main { max-width: 30em; font: 19px/1.65 Georgia, serif }
  h1 { font-size: 46px; line-height: 1.1; margin: 0 0 .5em }
  small { letter-spacing: .08em; text-transform: uppercase }
</style>
<main><small>The Southern Review</small><h1>Old neighbours, new alliances</h1>
<p>For years the capitals of the Andes and Washington spoke of drugs mostly past each other. This
spring they sat down at one table again.</p>
<p>What has changed is told on the following pages, country by country; what readers ask most is
answered by the button below.</p></main>
<script src="widget.js" data-contact="mailto:editors@example.org" async></script></html>"""


def opened(
    browser: Browser,
    address: str,
    *,
    size: tuple[int, int],
    scheme: Literal["light", "dark"] = "light",
    phone: bool = False,
) -> Page:
    """The page with the widget open in it."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,
        reduced_motion="reduce",
        has_touch=phone,
        is_mobile=phone,
        device_scale_factor=1.5 if phone else 1,
    )
    page = context.new_page()
    page.route("**/page", lambda route: route.fulfill(body=PAGE, content_type="text/html"))
    page.goto(f"{address}/page")
    page.locator("faq-chat .launcher").click()
    page.locator("faq-chat .welcome .offer").first.wait_for()
    return page


def ask(page: Page, question: str) -> None:
    """Ask, and wait for the outcome."""
    page.locator("faq-chat input").fill(question)
    page.locator("faq-chat input").press("Enter")
    page.locator("faq-chat .turn:last-child .outcome:not([data-kind=waiting])").wait_for()
    page.wait_for_timeout(200)


def main() -> None:
    """With an answer; in the dark with the nearest questions; on a phone; while one types."""
    address = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        page = opened(browser, address, size=(1200, 800))
        ask(page, ANSWERED)
        page.screenshot(path=HERE / "widget.png")

        page = opened(browser, address, size=(1200, 800), scheme="dark")
        ask(page, UNSURE)
        page.screenshot(path=HERE / "widget-dark.png")

        page = opened(browser, address, size=(360, 740), phone=True)
        page.screenshot(path=HERE / "widget-phone.png")

        page = opened(browser, address, size=(1200, 800))
        page.locator("faq-chat input").press_sequentially(TYPED)
        page.locator("faq-chat [role=option]").first.wait_for()
        page.keyboard.press("ArrowDown")
        page.locator("faq-chat .preview .prose").wait_for()
        page.locator("faq-chat .panel").screenshot(path=HERE / "widget-typing.png")
        browser.close()


if __name__ == "__main__":
    main()
