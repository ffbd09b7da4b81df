"""Wherever a page may be: under a strict policy, in a frame, in a file, behind a prefix."""

from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from tests.end_to_end.widget.chat import Chat
from tests.end_to_end.widget.conftest import Visit
from tests.end_to_end.widget.site import Site


def _works(chat: Chat) -> None:
    chat.open()
    chat.ask("where can I park")
    expect(chat.outcome.locator(".prose")).to_contain_text("north gate")


def strict(origin: str) -> str:
    """What docs/widget.md says that a page needs: one origin, nothing else."""
    return (
        f"default-src 'none'; script-src {origin}; connect-src {origin}; img-src {origin}; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; "
        "trusted-types 'none'"
    )


def test_it_works_under_a_strict_policy_with_trusted_types(visit: Visit, service: str) -> None:
    head = f'<link rel="icon" href="{service}/site/favicon.svg">'
    chat = visit(
        script='data-contact="mailto:help@example.org" data-persist=session',
        Content_Security_Policy=strict(service).replace("img-src", "img-src data:"),
        head=head,
    )
    _works(chat)
    chat.ask("can I send back a chair")
    chat.outcome.get_by_role("button", name="Yes").click()
    expect(chat.outcome.locator(".feedback")).to_contain_text("Thank you.")
    chat.input.press_sequentially("do you ship")
    expect(chat.find("[role=option]").first).to_be_visible()
    chat.input.press("ArrowDown")
    expect(chat.find(".preview table")).to_be_visible()
    # Styled, too.
    assert chat.panel.evaluate("e => getComputedStyle(e).borderRadius") == "20px"


def test_the_policy_in_the_guide_is_the_one_that_is_tested() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "widget.md").read_text(encoding="utf-8")
    for directive in strict("https://faq.example.org").split("; ")[1:4]:
        assert directive in guide, directive
    assert "require-trusted-types-for 'script'; trusted-types 'none'" in guide


def test_it_works_with_a_nonce_and_strict_dynamic(visit: Visit, service: str) -> None:
    chat = visit(
        script='nonce="abc"',
        Content_Security_Policy=f"script-src 'nonce-abc' 'strict-dynamic'; connect-src {service}",
    )
    _works(chat)


def test_the_snippet_with_a_hash_works(visit: Visit, service: str) -> None:
    home = httpx.get(service).text
    manifest = httpx.get(f"{service}/widget.js").headers
    assert manifest["access-control-allow-origin"] == "*"
    version = httpx.get(f"{service}/widget.js").text.split('version:"')[1][:12]
    integrity = home.split("integrity=&#34;")[1].split("&#34;")[0]
    tag = f'<script src="{service}/widget/{version}/loader.js" integrity="{integrity}" '
    tag += 'crossorigin="anonymous" async></script>'
    _works(visit(head=tag, script=None))


def test_a_panel_that_is_not_the_one_it_was_built_with_is_not_run(
    visit: Visit, complaints: list[str]
) -> None:
    chat = visit()
    chat.page.route(
        "**/panel.js*",
        lambda route: route.fulfill(
            body="window.harmed = true; export const createPanel = null",
            content_type="text/javascript",
            headers={"Access-Control-Allow-Origin": "*"},
        ),
    )
    chat.launcher.click()
    expect(chat.find(".note")).to_contain_text("The chat could not be loaded.")
    assert chat.page.evaluate("window.harmed") is None
    assert complaints
    complaints.clear()


def test_it_works_from_a_file(visit: Visit, service: str, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(f'<meta charset="utf-8"><script src="{service}/widget.js" async></script>')
    _works(visit(url=page.as_uri()))


@pytest.mark.parametrize("sandbox", ["allow-scripts", "allow-scripts allow-same-origin"])
def test_it_works_in_a_frame(visit: Visit, service: str, site: Site, sandbox: str) -> None:
    inner = site.put(
        "/inner", f'<script src="{service}/widget.js" data-persist=session async></script>'
    )
    frame = f'<iframe src="{inner}" sandbox="{sandbox} allow-forms" width=500 height=640></iframe>'
    chat = visit(frame, script=None)
    inside = chat.page.frame_locator("iframe")
    inside.locator("faq-chat .launcher").click()
    inside.locator("faq-chat input").fill("where can I park")
    inside.locator("faq-chat input").press("Enter")
    expect(inside.locator("faq-chat .prose")).to_contain_text("north gate")


def test_it_works_in_a_frame_that_allows_no_forms(visit: Visit, service: str, site: Site) -> None:
    inner = site.put("/inner", f'<script src="{service}/widget.js" async></script>')
    frame = f'<iframe src="{inner}" sandbox="allow-scripts" width=500 height=640></iframe>'
    chat = visit(frame, script=None)
    inside = chat.page.frame_locator("iframe")
    inside.locator("faq-chat .launcher").click()
    inside.locator("faq-chat input").fill("where can I park")
    inside.locator("faq-chat .send").click()
    expect(inside.locator("faq-chat .prose")).to_contain_text("north gate")


@pytest.mark.parametrize("path", ["widget.js", "widget/{version}/loader.js"])
def test_it_works_behind_a_path_prefix(visit: Visit, site: Site, service: str, path: str) -> None:
    version = httpx.get(f"{service}/widget.js").text.split('version:"')[1][:12]
    tag = f'<script src="/help/{path.format(version=version)}" async></script>'
    chat = visit(head=tag, script=None)
    _works(chat)
    expect(chat.outcome.locator(".facts a")).to_have_attribute(
        "href", f"{site.origin}/help/faq/Visiting#parking"
    )


def test_it_works_as_a_module(visit: Visit, service: str) -> None:
    head = f'<script type="module">import "{service}/widget.js"</script>'
    _works(visit(head=head, script=None))


def test_the_service_may_be_elsewhere_than_the_script(
    visit: Visit, site: Site, service: str
) -> None:
    head = f'<script src="/help/widget.js" data-api="{service}" async></script>'
    chat = visit(head=head, script=None)
    chat.open()
    with chat.page.expect_request("**/v1/ask") as request:
        chat.ask("where can I park")
    assert request.value.url == f"{service}/v1/ask"


def test_only_the_loader_is_fetched_before_the_widget_is_opened(visit: Visit, service: str) -> None:
    chat = visit(script=None)
    fetched: list[str] = []
    chat.page.on("request", lambda one: fetched.append(one.url.removeprefix(service)))
    chat.page.add_script_tag(url=f"{service}/widget.js")
    expect(chat.launcher).to_be_visible()
    chat.page.wait_for_timeout(300)
    assert fetched == ["/widget.js"]
    chat.open()
    assert len([one for one in fetched if "panel.js" in one]) == 1
