"""Which host a request is for."""

from collections.abc import Sequence

import pytest
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from qa.http.hosts import Hosts
from tests.qa.http.wire import wired


def echo(request: Request) -> Response:
    return PlainTextResponse(f"{request.url.path} {request.url.hostname}")


INNER = Starlette(routes=[Route(path, echo) for path in ("/here", "/healthz", "/readyz", "/more/")])


def status(host: str, allowed: Sequence[str] = (), path: str = "/here") -> int:
    with TestClient(Hosts(INNER, allowed)) as client:
        return client.get(path, headers={"host": host}, follow_redirects=False).status_code


@pytest.mark.parametrize(
    "host",
    [
        "example.org",
        "EXAMPLE.org:8000",
        "localhost",
        "localhost:",
        "faq_1.internal",
        "xn--bcher-kva.example.",
        "192.0.2.7:80",
        "[::1]",
        "[2001:db8::7]:8000",
        "[::ffff:192.0.2.7]",
        "a" * 255,
    ],
)
def test_a_host_is_a_host(host: str) -> None:
    assert status(host) == 200


@pytest.mark.parametrize(
    "host",
    [
        "",
        " ",
        "example.org/admin",
        "example.org/v1/ask?x=",
        "example.org#",
        "user@example.org",
        "user:word@example.org",
        "example.org\\evil",
        "two words",
        "example.org\tx",
        "example.org:80:80",
        "example.org:http",
        "example.org:123456",
        "example.org,evil.example",
        "[::1",
        "::1",
        "[]",
        "[x]",
        "[::1]x",
        "[fe80::1%25eth0]",
        "-x-",
        "<b>",
        "a\x7f",
        "bücher.example",
        "a" * 256,
        "%65xample.org",
    ],
)
def test_what_is_no_host_is_refused(host: str) -> None:
    with TestClient(Hosts(INNER), raise_server_exceptions=False) as client:
        response = client.get("/here", headers=[(b"host", host.encode())])
        assert response.status_code == 400
        assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/here", "/healthz"])
@pytest.mark.parametrize(
    ("version", "hosts", "expected"),
    [
        ("1.1", [], 400),
        ("1.1", ["a", "a"], 400),
        ("1.1", ["a", "b"], 400),
        ("1.0", [], 200),
        ("1.0", ["a"], 200),
        ("1.0", ["a", "b"], 400),
    ],
)
def test_there_is_one_host_header_as_http_has_it(
    path: str, version: str, hosts: list[str], expected: int
) -> None:
    lines = "".join(f"Host: {host}\r\n" for host in hosts)
    with wired(Hosts(INNER)) as wires:
        reply = wires.ask(f"GET {path} HTTP/{version}\r\n{lines}\r\n".encode())
    assert reply
    assert reply.status == expected


@pytest.mark.parametrize(
    "host",
    [
        "faq.example.org",
        "FAQ.Example.org:8443",
        "faq.example.org.",
        "a.example.net",
        "a.b.example.net",
    ],
)
def test_the_hosts_that_are_named_are_served(host: str) -> None:
    assert status(host, ["Faq.example.org", "*.example.net"]) == 200


@pytest.mark.parametrize(
    "host",
    [
        "example.org",
        "evil.example",
        "faq.example.org.evil.example",
        "xfaq.example.org",
        "example.net",
        "evilexample.net",
        "192.0.2.7",
        "[::1]",
    ],
)
def test_others_are_not(host: str) -> None:
    assert status(host, ["faq.example.org", "*.example.net"]) == 421


def test_a_star_allows_all() -> None:
    assert status("anything.example", ["*"]) == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_may_ask_by_address(path: str) -> None:
    assert status("10.0.0.7:8000", ["faq.example.org"], path) == 200
    assert status("10.0.0.7/x", ["faq.example.org"], path) == 400


def test_without_a_host_none_is_the_one_that_is_allowed() -> None:
    with wired(Hosts(INNER, ["faq.example.org"])) as wires:
        reply = wires.ask(b"GET /here HTTP/1.0\r\n\r\n")
        probe = wires.ask(b"GET /healthz HTTP/1.0\r\n\r\n")
    assert reply
    assert reply.status == 400
    assert probe
    assert probe.status == 200


def test_a_redirection_leads_to_no_other_host_than_the_one_asked() -> None:
    with TestClient(Hosts(INNER, ["faq.example.org"])) as client:
        headers = {"host": "faq.example.org", "x-forwarded-host": "evil.example"}
        response = client.get("/more", headers=headers, follow_redirects=False)
        assert response.headers["location"] == "http://faq.example.org/more/"
