import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ContentError
from index.readers.web.address import parse


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("https://example.org", "https://example.org/"),
        (" HTTPS://Example.ORG:443/A/b?c=d#e ", "https://example.org/A/b?c=d"),
        ("http://example.org.:80/", "http://example.org/"),
        ("https://example.org/größe%20x?q=ü&r=%26", "https://example.org/gr%C3%B6%C3%9Fe%20x?q=%C3%BC&r=%26"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("http://[2606:2800::1]/x", "http://[2606:2800::1]/x"),
    ],
)  # fmt: skip
def test_an_address_has_one_form(text: str, plain: str) -> None:
    assert str(parse(text, private=False)) == plain


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ftp://example.org/", "begins with https://"),
        ("file:///etc/passwd", "begins with https://"),
        ("example.org/faq", "begins with https://"),
        ("", "begins with https://"),
        ("https://user:secret@example.org/", "a user name in an address is not sent"),
        ("https://@example.org/", "a user name"),
        ("https:///faq", "its host is not a name"),
        ("https://exa mple.org/", "a space"),
        ("https://example.org/a\r\nX: y", "a control character"),
        ("https://example.org\\@evil.test/", "a backslash"),
        ("https://[::1/", "not an address"),
        ("https://[fe80::1%25lo]/", "its host is not a name"),
        ("https://a..b/", "its host is not a name"),
        (f"https://{'a' * 64}.example/", "its host is not a name"),
        (f"https://{'ä.' * 5_0}{'b' * 300}/", "its host is not a name"),
        ("https://example.org:99999/", "its port is not a number"),
        ("https://example.org:x/", "its port is not a number"),
        ("https://example.org:8443/", "port 8443 is not one of the web"),
        ("https://example.org:22/", "port 22 is not one of the web"),
        (f"https://example.org/{'a' * 2000}", "at most 2,000 characters"),
    ],
)
def test_an_address_that_is_not_fetched_says_why_in_a_line(text: str, said: str) -> None:
    with pytest.raises(ContentError, match=said) as raised:
        parse(text, private=False)
    assert "\n" not in str(raised.value)
    assert raised.value.mend


def test_a_port_of_ones_own_is_private() -> None:
    address = parse("http://localhost:8000/faq", private=True)
    assert (address.port, address.netloc, str(address)) == (
        8000,
        "localhost:8000",
        "http://localhost:8000/faq",
    )


@pytest.mark.parametrize(
    ("location", "leads_to"),
    [
        ("/b", "https://example.org/b"),
        ("c?d", "https://example.org/a/c?d"),
        ("//other.example/x", "https://other.example/x"),
        ("http://other.example", "http://other.example/"),
    ],
)
def test_a_link_is_followed_from_where_it_stands(location: str, leads_to: str) -> None:
    here = parse("https://example.org/a/b", private=False)
    assert str(here.following(location, private=False)) == leads_to


@given(st.text() | st.text().map("https://".__add__))
def test_whatever_is_written_is_an_address_or_a_clear_line(text: str) -> None:
    try:
        address = parse(text, private=True)
    except ContentError as error:
        assert "\n" not in str(error)
    else:
        assert parse(str(address), private=True) == address
        assert str(address).isascii()
        assert address.target.startswith("/")
