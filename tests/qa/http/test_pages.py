"""The pages that people see: they load nothing from outside and let nothing foreign run."""

import re
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urljoin

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from qa.http.widget import BuiltFile, Widget
from tests.qa.http.conftest import problem_in

PAGES = ["/", "/ask", "/docs"]


class Loaded(HTMLParser):
    """Notes what a page loads, and what scripts and styles stand in it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.inline: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = "href" if tag == "link" else "src"
        if given.get("rel") == "canonical":
            return
        if tag in {"link", "script", "img", "iframe", "source", "embed"} and given.get(name):
            self.addresses.append(given[name] or "")
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)
        self.inline += [key for key in given if key.startswith("on") or key == "style"]


def policy_of(client: TestClient, page: str) -> dict[str, list[str]]:
    header = client.get(page).headers["content-security-policy"]
    directives = (directive.split() for directive in header.split(";"))
    return {name: sources for name, *sources in directives}


@pytest.mark.parametrize(
    ("page", "title"), [("/", "A FAQ to chat with"), ("/ask", "Ask the FAQ"), ("/docs", "API")]
)
def test_a_page_is_html_in_utf8(client: TestClient, page: str, title: str) -> None:
    response = client.get(page)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert title in response.text


@pytest.mark.parametrize("page", PAGES)
def test_a_page_lets_only_its_own_scripts_run(client: TestClient, page: str) -> None:
    policy = policy_of(client, page)
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == policy["connect-src"] == ["'self'"]
    assert policy["base-uri"] == policy["frame-ancestors"] == ["'none'"]
    assert policy["form-action"] == ["'self'"]
    headers = client.get(page).headers
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("page", ["/", "/ask"])
def test_a_page_that_shows_answers_allows_no_inline_style(client: TestClient, page: str) -> None:
    policy = policy_of(client, page)
    assert policy["style-src"] == ["'self'"]
    assert policy["img-src"] == ["'self'", "https:", "data:"]


def test_on_the_page_with_the_widget_no_text_can_become_a_script(client: TestClient) -> None:
    policy = policy_of(client, "/")
    assert policy["require-trusted-types-for"] == ["'script'"]
    assert policy["trusted-types"] == ["'none'"]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_loads_only_what_the_service_has(client: TestClient, page: str) -> None:
    loaded = Loaded(client.get(page).text)
    assert loaded.inline == []
    assert len(loaded.addresses) >= 3
    for address in loaded.addresses:
        assert not re.match(r"[a-z]+:|//|/", address), "relative, so that a path prefix works"
        response = client.get(urljoin(page, address))
        assert response.status_code == 200, address
        kind = {"js": "javascript", "css": "css", "svg": "svg", "png": "png"}
        assert kind[address.rpartition(".")[2]] in response.headers["content-type"]


@pytest.mark.parametrize(
    "name",
    [
        *("ask.js", "home.js", "passage.js", "docs.js"),
        *("site.css", "pages.css", "ask.html", "docs.html"),
    ],
)
def test_no_file_of_the_site_names_another_host(client: TestClient, name: str) -> None:
    text = client.get(f"/site/{name}").text
    assert len(text) > 100
    # A namespace is a name, not an address.
    hosts = set(
        re.findall(r"(?:https?:)?//[\w-]+\.[\w.-]+", text.replace("www.w3.org/2000/svg", ""))
    )
    assert hosts == set()
    assert "@import" not in text


def test_the_documentation_reads_this_service(client: TestClient) -> None:
    assert "openapi.json" in client.get("/site/docs.js").text
    assert client.get("/openapi.json").status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_there_before_the_snapshot_is(unready: TestClient, page: str) -> None:
    assert unready.get(page).status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_other_methods_are_refused_with_those_there_are(client: TestClient, page: str) -> None:
    response = client.post(page)
    problem_in(response, 405)
    assert "GET" in response.headers["allow"].split(", ")


WIDGET = Widget("0123456789ab", {"loader.js": BuiltFile(b"", "sha384-abc+/=")})


@pytest.fixture
def with_widget(client: TestClient) -> TestClient:
    """A service with a built widget."""
    app = client.app
    assert isinstance(app, FastAPI)
    app.state.widget = WIDGET
    return client


def snippets(page: str) -> list[str]:
    """What stands in the page to be copied, as a visitor sees it."""
    return [unescape(text) for text in re.findall("<code translate.*?>(.*?)</code>", page, re.S)]


def test_the_first_page_shows_the_widget_and_how_to_have_it(with_widget: TestClient) -> None:
    page = with_widget.get("/", headers={"host": "faq.example.org"}).text
    assert '<script src="widget.js" async></script>' in page
    assert '<faq-chat mode="inline">' in page
    assert snippets(page) == [
        '<script src="http://faq.example.org/widget.js" async></script>',
        '<script src="http://faq.example.org/widget/0123456789ab/loader.js"\n'
        '  integrity="sha384-abc+/="\n  crossorigin="anonymous" async></script>',
        '<faq-chat mode="inline">\n'
        '  <a href="http://faq.example.org/faq">All questions and answers</a>\n</faq-chat>',
    ]


def test_until_the_widget_is_built_what_it_would_replace_is_there(with_widget: TestClient) -> None:
    app = with_widget.app
    assert isinstance(app, FastAPI)
    app.state.widget = None
    page = with_widget.get("/").text
    assert '<script src="widget.js"' not in page
    assert "sha384" not in page
    assert '<form action="v1/ask" method="get"' in page


def test_the_first_page_leads_everywhere(client: TestClient) -> None:
    page = client.get("/").text
    addresses = set(re.findall('<a href="([^"]+)"', page))
    assert addresses == {"./", "faq", "ask", "docs", "faq/visit", "faq/orders", "faq/account"}
    for address in addresses:
        assert client.get(urljoin("/", address)).status_code == 200, address


@pytest.mark.parametrize("host", ['"><script>alert(1)</script>', "a'onload='x", "evil.example"])
def test_the_host_that_a_request_names_is_shown_as_text(client: TestClient, host: str) -> None:
    response = client.get("/", headers={"host": host})
    loaded = Loaded(response.text)
    assert loaded.inline == []
    assert not [address for address in loaded.addresses if "evil" in address]


@pytest.mark.parametrize("page", ["/", "/ask"])
def test_who_has_a_page_already_can_ask_whether_it_changed(client: TestClient, page: str) -> None:
    assert client.get(page).headers["etag"] == client.head(page).headers["etag"]


def test_who_has_the_first_page_already_is_not_sent_it_again(client: TestClient) -> None:
    tag = client.get("/").headers["etag"]
    again = client.get("/", headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert "content-security-policy" in again.headers
