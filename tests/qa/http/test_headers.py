"""What every reply tells browsers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from qa.answerer import Answerer
from qa.http.app import create_app
from qa.http.deps import Service
from qa.http.headers import SecurityHeaders
from qa.http.proxies import TrustedProxies, networks
from qa.settings import Settings

PAGES = ["/", "/ask", "/docs", "/faq", "/faq/visit"]
OTHERS = ["/healthz", "/v1/ask?q=gift", "/v1/entries", "/nothing", "/openapi.json", "/v1/ask"]


@pytest.fixture
def app(answerer: Answerer) -> SecurityHeaders:
    """The service with its headers."""
    return SecurityHeaders(create_app(Settings(), Service(answerer)))


@pytest.fixture
def client(app: SecurityHeaders) -> Iterator[TestClient]:
    """A client of it."""
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize("path", PAGES)
def test_a_page_keeps_its_own_policy_and_no_page_may_frame_it(
    client: TestClient, path: str
) -> None:
    headers = client.get(path).headers
    policies = headers.get_list("content-security-policy")
    assert len(policies) == 1
    assert "frame-ancestors 'none'" in policies[0]
    assert "style-src 'self'" in policies[0]
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["referrer-policy"] == "no-referrer"
    assert "camera=()" in headers["permissions-policy"]


@pytest.mark.parametrize("path", OTHERS)
def test_what_is_no_page_may_load_nothing_and_not_be_framed(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("path", [*PAGES, *OTHERS, "/widget.js"])
def test_no_header_stands_there_twice(client: TestClient, path: str) -> None:
    names = [name for name, _ in client.get(path).headers.multi_items()]
    assert len(names) == len(set(names))


def test_the_widgets_files_stay_for_every_site(client: TestClient) -> None:
    reply = client.get("/widget.js", headers={"origin": "https://example.org"})
    assert reply.status_code == 200
    assert reply.headers["cross-origin-resource-policy"] == "cross-origin"
    assert reply.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("path", ["/faq", "/widget.js"])
def test_an_unchanged_page_does_not_get_another_policy(client: TestClient, path: str) -> None:
    first = client.get(path)
    again = client.get(path, headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    policy = "content-security-policy"
    if path == "/faq":
        assert again.headers[policy] == first.headers[policy]
    else:
        assert policy not in again.headers
    assert "x-frame-options" not in again.headers


def test_an_unchanged_style_sheet_gets_no_policy_either(client: TestClient) -> None:
    path = "/site/" + next(Path("qa/site").glob("*.css")).name
    first = client.get(path)
    again = client.get(path, headers={"if-none-match": first.headers["etag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    assert "content-security-policy" not in again.headers
    assert first.headers["content-type"].startswith("text/css")


@pytest.mark.parametrize("path", ["/healthz", "/faq", "/nothing"])
def test_only_over_https_is_https_asked_for_from_then_on(
    client: TestClient, app: SecurityHeaders, path: str
) -> None:
    assert "strict-transport-security" not in client.get(path).headers
    assert "strict-transport-security" in client.get(f"https://testserver{path}").headers


def test_https_before_a_proxy_counts_only_if_the_proxy_is_named(app: SecurityHeaders) -> None:
    said = {"x-forwarded-proto": "https"}
    for name, counts in (("10.0.0.1", True), ("10.0.0.2", False)):
        client = TestClient(TrustedProxies(app, networks([name])), client=("10.0.0.1", 1))
        headers = client.get("/healthz", headers=said).headers
        assert ("strict-transport-security" in headers) is counts


def test_the_headers_take_few_bytes(client: TestClient) -> None:
    plain = TestClient(create_app(Settings())).get("/healthz").headers.multi_items()
    more = client.get("/healthz").headers.multi_items()
    size = sum(len(name) + len(value) + 4 for name, value in more)
    assert size - sum(len(name) + len(value) + 4 for name, value in plain) < 300


def test_an_image_of_the_service_may_stand_in_an_answer_on_another_site(client: TestClient) -> None:
    reply = client.get("/site/favicon.svg")
    assert reply.headers["content-type"].startswith("image/")
    assert "cross-origin-resource-policy" not in reply.headers
    assert reply.headers["x-content-type-options"] == "nosniff"
