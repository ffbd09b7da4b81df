"""The FAQ's pages, as a visitor without JavaScript and a search engine see them."""

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from index.entry import Entry, Page
from qa.answerer import Answerer
from qa.http.app import create_app
from qa.http.deps import Service
from qa.http.faq import description
from qa.http.html import STATIC_POLICY, page
from qa.json_ld import faq_page
from qa.rendering import to_html
from qa.settings import Settings
from tests.qa.conftest import SnapshotOf
from tests.qa.http.conftest import problem_in

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
POLICY = {
    "default-src": ["'none'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "https:", "data:"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
}


class Read(HTMLParser):
    """A page as a browser parses it: its elements, its text, and its JSON-LD."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        for tag in self._open[-2:]:
            self.text.setdefault(tag, []).append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        """The attributes of all elements of a tag."""
        return [attributes for name, attributes in self.elements if name == tag]

    def json_ld(self) -> dict[str, Any]:
        """The structured data, which is the page's only script."""
        (script,) = self.all("script")
        assert script == {"type": "application/ld+json"}
        data: dict[str, Any] = json.loads("".join(self.text["script"]))
        return data


ServedOf = Callable[..., TestClient]
"""Entries as they stand in a line of JSONL, in; a client of a service with them out."""


@pytest.fixture
def served_of(snapshot_of: SnapshotOf) -> ServedOf:
    """Serves the entries that it is given."""

    def make(*entries: dict[str, Any]) -> TestClient:
        return TestClient(create_app(Settings(), Service(Answerer(snapshot_of(*entries)))))

    return make


def read(client: TestClient, path: str) -> Read:
    response = client.get(path)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return Read(response.text)


def test_a_page_shows_every_entry_that_is_shown_now(client: TestClient) -> None:
    found = read(client, "/faq/visit")
    assert [article["id"] for article in found.all("article")] == ["hours", "parking", "wordless"]
    assert found.text["h1"] == found.text["title"] == ["Visit"]
    html = client.get("/faq/visit").text
    assert "<p>We are open from <strong>9 to 17</strong>, Monday to Friday.</p>" in html
    assert "secret" not in html


def test_a_question_links_to_itself(client: TestClient) -> None:
    html = client.get("/faq/visit").text
    assert '<h2 dir="auto"><a href="#hours">When are you open?</a></h2>' in html


def test_an_entry_without_a_wording_is_shown_without_a_heading(client: TestClient) -> None:
    found = read(client, "/faq/visit")
    assert len(found.all("h2")) == 2
    assert client.get("/faq/visit").text.count("All our paper is recycled") == 1


def test_an_entry_leads_to_where_it_came_from(client: TestClient) -> None:
    sources = [link for link in read(client, "/faq/visit").all("a") if "rel" in link]
    assert sources == [{"href": "https://example.org/visit", "rel": "noopener noreferrer nofollow"}]


def test_search_engines_are_told_the_questions_and_answers(client: TestClient) -> None:
    data = read(client, "/faq/visit").json_ld()
    assert (data["@context"], data["@type"]) == ("https://schema.org", "FAQPage")
    questions = {one["name"]: one["acceptedAnswer"]["text"] for one in data["mainEntity"]}
    assert questions == {
        "When are you open?": "<p>We are open from <strong>9 to 17</strong>, Monday to Friday.</p>",
        "Where can I park my car?": "<p>Behind the house; enter by the north gate.</p>",
    }


@pytest.mark.parametrize(("count", "has_contents"), [(1, False), (5, False), (6, True)])
def test_a_page_of_more_than_five_questions_begins_with_their_list(
    served_of: ServedOf, count: int, has_contents: bool
) -> None:
    entries = [{"question": f"Question {n}?", "answer": "a", "page": "p"} for n in range(count)]
    html = served_of(*entries).get("/faq/p").text
    assert ('<nav class="contents" aria-label="On this page">' in html) is has_contents
    assert html.count('href="#e0"') == 1 + has_contents


@pytest.mark.parametrize("path", ["/faq", "/faq/visit"])
def test_a_page_needs_no_script_and_lets_none_run(client: TestClient, path: str) -> None:
    response = client.get(path)
    directives = (one.split() for one in response.headers["content-security-policy"].split(";"))
    assert {name: sources for name, *sources in directives} == POLICY
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["x-content-type-options"] == "nosniff"
    found = Read(response.text)
    assert not [script for script in found.all("script") if "src" in script]
    assert found.all("style") == []
    for _, attributes in found.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]


@pytest.mark.parametrize("path", ["/faq", "/faq/visit"])
def test_whatever_a_page_links_to_is_there(client: TestClient, path: str) -> None:
    found = read(client, path)
    links = [one["href"] for one in found.all("link") + found.all("a")]
    links += [one["action"] for one in found.all("form")]
    own = {link for link in links if not link.startswith(("https://", "#"))}
    assert len(own) >= 6
    for link in own:
        assert not link.startswith("/"), "relative, so that a path prefix works"
        assert client.get(urljoin(path, link)).status_code == 200, link


def test_the_list_names_every_page(client: TestClient) -> None:
    html = client.get("/faq").text
    assert re.findall('<a href="(faq/[^"]+)">([^<]+)</a>', html) == [
        ("faq/visit", "Visit"),
        ("faq/orders", "Orders"),
        ("faq/account", "Account"),
    ]
    assert re.findall(r"(\d questions?)\n?<", html) == ["3 questions", "3 questions", "2 questions"]


def test_a_list_of_nothing_says_so(served_of: ServedOf) -> None:
    client = served_of({"question": "Now?", "answer": "No.", "state": "draft"})
    assert "There are no questions in this FAQ yet." in client.get("/faq").text


def test_a_slash_at_the_end_of_the_list_is_no_matter(client: TestClient) -> None:
    assert client.get("/faq/").url.path == "/faq"


class TestAddresses:
    @pytest.mark.parametrize(
        "name", ["visit", "Your visit", "a/b", "https://e.org/a?b=1#c", "50% off", "où", '"<&']
    )
    def test_whatever_a_page_is_called_its_link_leads_to_it(
        self, served_of: ServedOf, name: str
    ) -> None:
        client = served_of({"question": "Where?", "answer": "Here.", "page": name})
        (link,) = re.findall('<h2 dir="auto"><a href="(faq/[^"]+)">', client.get("/faq").text)
        assert not set(link.removeprefix("faq/")) & set('/?#"<& ')
        # The client of these tests would undo an escaped percent sign twice.
        response = client.get(f"/{link}") if "%" not in name else client.get(f"/faq/{name}")
        assert "Here." in response.text
        (canonical,) = (one for one in Read(response.text).all("link") if one["rel"] == "canonical")
        assert canonical["href"] == f"../{link}"

    def test_a_page_that_is_elsewhere_names_that_as_the_one_to_be_found(
        self, tmp_path: Path, client: TestClient, answerer: Answerer
    ) -> None:
        pages = tuple(
            Page(name=one.name, title=one.title, url="https://example.org/visit?a=1&b=2")
            for one in answerer.snapshot.pages
        )
        object.__setattr__(answerer.snapshot, "pages", pages)
        (canonical,) = (
            one for one in read(client, "/faq/visit").all("link") if one["rel"] == "canonical"
        )
        assert canonical["href"] == "https://example.org/visit?a=1&b=2"

    def test_with_slashes_as_they_are_its_own_files_are_found(self, served_of: ServedOf) -> None:
        client = served_of({"question": "Where?", "answer": "Here.", "page": "a/b"})
        for path, sheet in {
            "/faq/a%2Fb": "../site/site.css",
            "/faq/a/b": "../../site/site.css",
        }.items():
            assert sheet in [one["href"] for one in read(client, path).all("link")]


@pytest.mark.parametrize(
    "name", ["nothing", "Visit", "visit/", "visit/more", "%FF", "%00", "x" * 3000]
)
class TestUnknownPages:
    def test_a_program_gets_a_problem(self, client: TestClient, name: str) -> None:
        assert "GET /faq" in problem_in(client.get(f"/faq/{name}"), 404)["detail"]

    def test_a_person_gets_a_page(self, client: TestClient, name: str) -> None:
        response = client.get(f"/faq/{name}", headers=BROWSER)
        assert (response.status_code, response.headers["content-type"]) == (
            404,
            "text/html; charset=utf-8",
        )
        assert "There is no such page" in response.text
        assert response.headers["vary"] == "Accept"
        links = [one["href"] for one in Read(response.text).all("a")]
        assert [urljoin(f"/faq/{name}", link) for link in links][:2] == ["/", "/faq"]


def test_what_is_not_there_is_never_unchanged(client: TestClient) -> None:
    response = client.get("/faq/nothing", headers={**BROWSER, "if-none-match": "*"})
    assert response.status_code == 404


def test_a_page_of_which_nothing_is_shown_is_not_found(served_of: ServedOf) -> None:
    client = served_of(
        {"question": "Now?", "answer": "No.", "page": "hidden", "state": "draft"},
        {"question": "Then?", "answer": "Yes.", "page": "shown"},
    )
    problem_in(client.get("/faq/hidden"), 404)
    assert "hidden" not in client.get("/faq").text


@pytest.mark.parametrize("path", ["/faq", "/faq/visit"])
class TestRequests:
    def test_who_has_a_page_already_is_not_sent_it_again(
        self, client: TestClient, path: str
    ) -> None:
        tag = client.get(path).headers["etag"]
        again = client.get(path, headers={"if-none-match": tag})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["cache-control"] == "no-cache"

    def test_head_tells_what_get_would(self, client: TestClient, path: str) -> None:
        same = {"X-Request-ID": "1"}
        head, get = client.head(path, headers=same), client.get(path, headers=same)
        assert (head.status_code, dict(head.headers)) == (200, dict(get.headers))

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
    def test_other_methods_are_refused(self, client: TestClient, path: str, method: str) -> None:
        response = client.request(method, path)
        problem_in(response, 405)
        assert response.headers["allow"] == "GET, HEAD"

    def test_before_a_snapshot_is_loaded_it_says_to_come_back(
        self, unready: TestClient, path: str
    ) -> None:
        problem_in(unready.get(path), 503)


@pytest.mark.parametrize(
    ("introduction", "told"),
    [
        ("All *about* [it](/it).", "All about it."),
        ("", "When? Where?"),
        ("word " * 40, "word " * 30 + "word…"),
        ("字" * 200, "字" * 159 + "…"),
    ],
)
def test_a_page_is_described_in_a_line(introduction: str, told: str) -> None:
    entries = (Entry(id="a", question="When?"), Entry(id="b", question="Where?"))
    found = description(Page(name="p", title="P", introduction=introduction, entries=entries))
    assert found == told
    assert len(found) <= 160


def test_a_page_of_answers_alone_is_described_by_its_title() -> None:
    assert (
        description(Page(name="p", title="Paper", entries=(Entry(id="a", answer="x"),))) == "Paper"
    )


# What breaks out of text, of an attribute, of a script, or runs where markup is let through.
HOSTILE = [
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "]]></script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onfocus=alert(1) autofocus='",
    "</title></style></textarea><iframe src=javascript:alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "[x](javascript:alert(1))",
    "\u2028\u2029 \\u003c/script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
]
PIECES = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=8), min_size=1, max_size=3)
TEXT = PIECES.map("".join).map(lambda text: re.sub("[\0\ud800-\udfff]", "", text)).filter(str.strip)
ADDRESS = (
    st.sampled_from(["javascript:alert(1)", " JavaScript:alert(1)", "data:text/html,<script>"])
    | TEXT
    | TEXT.map("https://{}".format)
)
ENTRY = st.builds(
    Entry,
    id=st.from_regex(r"[^\s\x00-\x1f\x7f\ud800-\udfff]{1,30}", fullmatch=True),
    question=TEXT,
    answer=TEXT,
    url=ADDRESS,
)


@given(
    st.builds(
        Page,
        name=TEXT,
        title=TEXT,
        introduction=TEXT,
        url=ADDRESS,
        entries=st.lists(ENTRY, min_size=1, max_size=7).map(tuple),
    )
)
def test_nothing_in_a_page_can_run_or_break_out(hostile: Page) -> None:
    request = Request({"type": "http", "headers": []})
    values = {"page": hostile, "description": description(hostile), "root": "../"}
    values |= {"has_contents": True, "json_ld": faq_page(hostile), "to_html": to_html}
    body = page(request, "faq_page.html", policy=STATIC_POLICY, **values).body
    found = Read(bytes(body).decode())
    data = found.json_ld()
    assert data["name"] == hostile.title
    assert [one["name"] for one in data["mainEntity"]] == [one.question for one in hostile.entries]
    assert [one["id"] for one in found.all("article")] == [one.id for one in hostile.entries]
    assert len(found.all("form")) == len(found.all("title")) == 1
    for tag, attributes in found.elements:
        assert tag not in {"svg", "iframe", "object", "embed", "base", "style", "math", "template"}
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        for name in ("href", "src", "action"):
            address = re.sub(r"[\x00-\x20]", "", attributes.get(name, ""))
            assert not re.match("(javascript|data|vbscript):", address, re.I)
