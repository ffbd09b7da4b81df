"""Take docs/ask-page.png: the ask page of a running service, in Chromium.

make run                                       in one terminal
.venv/bin/python docs/screenshot.py            in another
"""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ARGUMENTS = ["--no-sandbox", "--disable-gpu"]
QUESTION = "why did bolivia let the DEA back in"


def main() -> None:
    """Ask, wait for the answer, take the picture."""
    address = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1000, "height": 860})
        page.goto(f"{address}/ask?q={QUESTION.replace(' ', '+')}")
        page.wait_for_selector("#outcome[aria-busy=false]")
        page.screenshot(path=Path(__file__).parent / "ask-page.png")
        browser.close()


if __name__ == "__main__":
    main()
