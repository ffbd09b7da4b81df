"""The widget on a page, in the words of a visitor."""

from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

SETTLED = """() => {
  const { shadowRoot } = document.querySelector('faq-chat');
  return !shadowRoot.querySelector('[data-kind=waiting]');
}"""


@dataclass(frozen=True)
class Chat:
    """The first widget of a page. Locators look into its open shadow root by themselves."""

    page: Page

    def find(self, selector: str) -> Locator:
        """What is inside it."""
        return self.page.locator(f"faq-chat {selector}")

    @property
    def launcher(self) -> Locator:
        """The round button."""
        return self.find(".launcher")

    @property
    def panel(self) -> Locator:
        """What it opens."""
        return self.find(".panel")

    @property
    def input(self) -> Locator:
        """Where one types."""
        return self.find("input")

    @property
    def last(self) -> Locator:
        """The newest turn."""
        return self.find(".turn").last

    @property
    def outcome(self) -> Locator:
        """What came of the newest question."""
        return self.last.locator(".outcome")

    @property
    def status(self) -> Locator:
        """What a screen reader is told."""
        return self.find("[role=status]")

    def open(self) -> None:
        """Press the launcher."""
        self.launcher.click()
        expect(self.panel).to_be_visible()

    def ask(self, question: str) -> None:
        """Type a question, send it, wait for what comes of it."""
        self.input.fill(question)
        self.input.press("Enter")
        expect(self.last.locator(".question")).to_contain_text(question)
        self.page.wait_for_function(SETTLED)

    def focused(self) -> str:
        """The class, or else the tag, of what has the focus inside it; empty for nothing."""
        return str(
            self.page.evaluate("""() => {
              const active = document.querySelector('faq-chat')?.shadowRoot?.activeElement;
              return active ? active.classList[0] ?? active.localName : '';
            }""")
        )
