"""Whom a request is from: named proxies are believed, nobody else is."""

import pytest
from fastapi.testclient import TestClient
from starlette.types import Receive, Scope, Send

from index.errors import InputError
from qa.http.proxies import TrustedProxies, networks

STRANGER, PROXY, INNER, VISITOR = "198.51.100.9", "10.0.0.1", "10.0.0.2", "203.0.113.5"


async def told(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that says whom it was told the request is from."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    said = f"{scope['client'][0]} {scope['scheme']}".encode()
    await send({"type": "http.response.body", "body": said})


def seen(peer: str, *headers: tuple[str, str], trusted: str = "10.0.0.0/8,::1") -> str:
    app = TrustedProxies(told, networks(trusted.split(",")))
    return TestClient(app, client=(peer, 1)).get("/", headers=list(headers)).text


def forwarded(*addresses: str) -> list[tuple[str, str]]:
    return [("X-Forwarded-For", one) for one in addresses]


def test_a_named_proxy_is_believed() -> None:
    https = ("X-Forwarded-Proto", "https")
    assert seen(PROXY, *forwarded(VISITOR), https) == f"{VISITOR} https"
    assert seen("::1", *forwarded("2001:db8::7"), https) == "2001:db8::7 https"


@pytest.mark.parametrize("peer", [STRANGER, "11.0.0.1", "::2", "testclient", "", "10.0.0.1.evil"])
def test_a_header_from_a_stranger_changes_nothing(peer: str) -> None:
    spoofed = [*forwarded(VISITOR), ("X-Forwarded-Proto", "https")]
    assert seen(peer, *spoofed) == f"{peer} http"


def test_with_no_proxy_named_nobody_is_believed() -> None:
    app = TrustedProxies(told, networks(()))
    reply = TestClient(app, client=("127.0.0.1", 1)).get("/", headers=forwarded(VISITOR))
    assert reply.text == "127.0.0.1 http"


@pytest.mark.parametrize(
    ("chain", "client"),
    [
        ([VISITOR], VISITOR),
        ([f"{VISITOR}, {INNER}"], VISITOR),
        ([f"1.2.3.4, {VISITOR}, {INNER}"], VISITOR),
        (["1.2.3.4", VISITOR, INNER], VISITOR),
        ([f"10.9.9.9, {VISITOR}"], VISITOR),
        ([f"{INNER}, {PROXY}"], INNER),
        ([f"{VISITOR}:4711"], VISITOR),
        (["[2001:db8::7]:4711"], "2001:db8::7"),
        (["[2001:db8::7]"], "2001:db8::7"),
        ([f"::ffff:{VISITOR}"], VISITOR),
        ([f"{VISITOR}, nonsense"], PROXY),
        ([f"nonsense, {INNER}"], INNER),
        (["nonsense"], PROXY),
        (["unknown"], PROXY),
        ([""], PROXY),
        ([","], PROXY),
        (["1" * 10_000], PROXY),
        ([f"{VISITOR},"], PROXY),
    ],
)
def test_the_rightmost_that_is_no_proxy_counts_and_never_nonsense(
    chain: list[str], client: str
) -> None:
    assert seen(PROXY, *forwarded(*chain)) == f"{client} http"


@pytest.mark.parametrize(
    ("proto", "scheme"),
    [
        ("https", "https"),
        (" HTTPS ", "https"),
        ("http", "http"),
        ("javascript", "http"),
        ("https,http", "http"),
        ("", "http"),
    ],
)
def test_only_a_scheme_that_is_one_is_believed(proto: str, scheme: str) -> None:
    assert seen(PROXY, ("X-Forwarded-Proto", proto)) == f"{PROXY} {scheme}"


def test_a_proxy_is_known_again_in_either_way_of_writing_its_address() -> None:
    assert seen("::ffff:10.0.0.1", *forwarded(VISITOR)) == f"{VISITOR} http"
    assert seen(PROXY, *forwarded(VISITOR), trusted="10.0.0.1") == f"{VISITOR} http"
    assert seen(INNER, *forwarded(VISITOR), trusted="10.0.0.1") == f"{INNER} http"
    assert seen(PROXY, *forwarded(VISITOR), trusted="10.0.0.7/24") == f"{VISITOR} http"


@pytest.mark.parametrize("name", ["*", "proxy.example.org", "10.0.0.0/33", "10.0.0", ""])
def test_what_is_no_address_is_refused_at_start(name: str) -> None:
    with pytest.raises(InputError, match=r"^QA_TRUSTED_PROXIES: .*172\.16\.0\.0/12"):
        networks([name])


@pytest.mark.parametrize("name", ["0.0.0.0/0", "::/0"])
def test_all_the_world_is_no_proxy(name: str) -> None:
    with pytest.raises(InputError, match="believe everybody"):
        networks([name])
