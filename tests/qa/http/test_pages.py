"""The pages that people see: they load nothing from outside and let nothing foreign run."""

import re
from html.parser import HTMLParser
from urllib.parse import urljoin

import pytest
from fastapi.testclient import TestClient

from tests.qa.http.conftest import problem_in

PAGES = ["/", "/docs"]


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
        if tag in {"link", "script", "img", "iframe", "source", "embed"} and given.get(name):
            self.addresses.append(given[name] or "")
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)
        self.inline += [key for key in given if key.startswith("on") or key == "style"]


def policy_of(client: TestClient, page: str) -> dict[str, list[str]]:
    header = client.get(page).headers["content-security-policy"]
    directives = (directive.split() for directive in header.split(";"))
    return {name: sources for name, *sources in directives}


@pytest.mark.parametrize(("page", "title"), [("/", "Ask the FAQ"), ("/docs", "API")])
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


def test_the_page_that_shows_answers_allows_no_inline_style(client: TestClient) -> None:
    assert policy_of(client, "/")["style-src"] == ["'self'"]


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
    "name", ["ask.js", "passage.js", "docs.js", "site.css", "index.html", "docs.html"]
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
