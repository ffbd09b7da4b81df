import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ContentError
from index.readers.source import Source
from index.readers.web import sitemap

SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def listed(text: str | bytes, media_type: str = "application/xml") -> list[str] | None:
    data = text.encode() if isinstance(text, str) else text
    return sitemap.addresses(Source(name="https://a.test/s", data=data, media_type=media_type))


def test_the_pages_of_a_sitemap_are_listed_in_order_and_its_pictures_are_not() -> None:
    text = f"""<?xml version="1.0" encoding="UTF-8"?>
      <urlset {SPACE} xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
        <url><loc> https://a.test/faq?a=1&amp;b=2 </loc><lastmod>2026-01-01</lastmod>
          <image:image><image:loc>https://a.test/x.png</image:loc></image:image></url>
        <url><loc>https://a.test/help</loc></url>
      </urlset>"""
    assert listed(text) == ["https://a.test/faq?a=1&b=2", "https://a.test/help"]
    assert listed(f"\ufeff{text.lstrip()}", "text/plain") == listed(text)


def test_the_sitemaps_of_an_index_are_listed_too() -> None:
    text = (
        f"<sitemapindex {SPACE}><sitemap><loc>https://a.test/1.xml</loc></sitemap></sitemapindex>"
    )
    assert listed(text) == ["https://a.test/1.xml"]


def test_a_text_of_addresses_is_a_sitemap() -> None:
    text = "https://a.test/1\r\n\r\n  http://a.test/2\n"
    assert listed(text, "text/plain") == ["https://a.test/1", "http://a.test/2"]
    assert listed("See https://a.test/1\n", "text/plain") is None
    assert listed(" \n", "text/plain") is None


@pytest.mark.parametrize(
    ("text", "media_type"),
    [
        ("<faq><entry/></faq>", "application/xml"),
        ("<!doctype html><html><body>x</body></html>", "application/xml"),
        ("<urlset><url><loc>https://a.test/</loc></url></urlset>", "text/html"),
        ('{"a": 1}', "application/json"),
        ("question,answer", "text/csv"),
        ("<", "application/xml"),
        ("", ""),
    ],
)
def test_what_is_no_sitemap_is_left_to_the_readers(text: str, media_type: str) -> None:
    assert listed(text, media_type) is None


@pytest.mark.parametrize(
    "text",
    [
        "<urlset><url><loc>https://a.test/</loc></url>",
        "<urlset><url></urlset>",
        "<urlset>&unknown;</urlset>",
    ],
)
def test_a_broken_sitemap_is_one_clear_line(text: str) -> None:
    with pytest.raises(ContentError, match=r"a\.test/s: this sitemap is not well-formed XML"):
        listed(text)


def test_entities_are_not_expanded() -> None:
    bomb = '<!DOCTYPE u [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><urlset>&b;</urlset>'
    assert listed(bomb) is None


def test_neither_depth_nor_length_matters() -> None:
    deep = "<a>" * 500_000 + "</a>" * 500_000
    assert listed(f"<urlset><url>{deep}<loc>https://a.test/</loc></url></urlset>") == [
        "https://a.test/"
    ]
    many = "".join(f"<url><loc>https://a.test/{n}</loc></url>" for n in range(50_000))
    assert len(listed(f"<urlset>{many}</urlset>") or []) == 50_000


@given(st.binary() | st.binary().map(b"<urlset>".__add__), st.sampled_from(["", "text/xml"]))
def test_whatever_comes_is_a_list_or_none_or_a_clear_line(data: bytes, media_type: str) -> None:
    try:
        found = listed(data, media_type)
    except ContentError as error:
        assert "\n" not in str(error)
    else:
        assert found is None or all(isinstance(one, str) for one in found)
