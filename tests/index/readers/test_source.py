import pytest

from index.errors import ContentError
from index.readers.source import Source

WORDS = "Größe? 5 €"


@pytest.mark.parametrize(
    ("name", "stem", "suffix", "page"),
    [
        ("in/FAQ Seite.html", "FAQ Seite", ".html", "faq-seite"),
        ("https://example.org/help/faq.html?a=b#c", "faq", ".html", "help-faq-a-b"),
        ("https://example.org/", "example.org", "", "example-org"),
        ("https://example.org/caf%C3%A9", "café", "", "cafe"),
    ],
)
def test_a_source_is_named_after_the_end_of_its_path(
    name: str, stem: str, suffix: str, page: str
) -> None:
    source = Source(name=name, data=b"")
    assert (source.stem, source.suffix, source.page) == (stem, suffix, page)
    assert Source(name=name, data=b"", called="Mine").page == "mine"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le"])
def test_unicode_is_known_by_its_mark(encoding: str) -> None:
    mark = "\ufeff" if encoding.endswith("le") else ""
    assert Source(name="a", data=(mark + WORDS).encode(encoding)).text() == WORDS


def test_what_a_server_says_counts_before_what_the_page_says() -> None:
    data = WORDS.encode("windows-1252")
    assert Source(name="a", data=data, charset="windows-1252").text("koi8-r") == WORDS
    assert Source(name="a", data=data).text("windows-1252") == WORDS
    assert Source(name="a", data=WORDS.encode(), charset="ascii").text("koi8-r") == WORDS


def test_an_encoding_that_nobody_names_is_guessed() -> None:
    text = "Где находится ваш магазин и как до него добраться? " * 5
    assert Source(name="a", data=text.encode("windows-1251")).text() == text


@pytest.mark.parametrize("charset", ["punycode", "undefined", "unicode_escape", "no such", "zip"])
def test_names_that_are_no_charset_of_a_page_are_passed_over(charset: str) -> None:
    assert Source(name="a", data=WORDS.encode(), charset=charset).text(charset) == WORDS


def test_line_ends_are_plain() -> None:
    assert Source(name="a", data=b"a\r\nb\rc").text() == "a\nb\nc"


@pytest.mark.parametrize("data", [b"\x00\x01", bytes(range(256))])
def test_what_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(ContentError, match=r"a\.bin: this is not a text file"):
        Source(name="a.bin", data=data).text()


def test_in_a_folder_or_on_a_site_the_way_to_a_page_is_its_name() -> None:
    assert Source(name="old/de/faq.html", data=b"", folder="old").page == "de-faq"
    assert Source(name="https://example.org/de/help/faq.html", data=b"").page == "de-help-faq"
    assert Source(name="https://example.org/help/", data=b"").page == "help"
