"""Links, pictures and prompts that lead nowhere."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.checks.links import dead
from index.checks.markup import Link, links_in
from index.entry import Entry, Page

NOWHERE = "leads to no file or page."


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Page, ...]:
    """Two pages in files, one of them with a heading that is no id, and a picture."""
    monkeypatch.chdir(tmp_path)
    Path("content").mkdir()
    Path("content/map.png").write_bytes(b"")
    Path("content/notes.pdf").write_bytes(b"")
    visit = Entry(id="visit.hours", question="When are you open?", answer="From 9.", page="visit")
    pay = Entry(id="pay", question="How do I pay?", answer="By card.", page="shop")
    return (
        Page(name="visit", title="V", entries=(visit,), source="content/visit.md"),
        Page(name="shop", title="S", entries=(pay,), source="content/my-shop.md"),
    )


def told(pages: tuple[Page, ...], answer: str) -> list[str]:
    """What is said of an answer on the first page."""
    entry = Entry(id="asked", answer=answer, page="visit", source="content/visit.md:9")
    first = Page(
        name="visit", title="V", entries=(*pages[0].entries, entry), source=pages[0].source
    )
    known = (first, *pages[1:])
    return [str(finding) for finding in dead(known, [e for page in known for e in page.entries])]


@pytest.mark.parametrize(
    "target",
    [
        "#visit.hours",
        "#",
        "#top",
        "visit.md",
        "visit.md#visit.hours",
        "./my-shop.md#pay",
        "shop.md",
        "shop",
        "/faq/shop#pay",
        "/faq",
        "/faq/shop/",
        "/prices",
        "map.png",
        "notes.pdf",
        "https://example.org/gone",
        "//example.org/x",
        "mailto:info@example.org",
        "tel:+49301234567",
    ],
)
def test_a_link_that_leads_somewhere_or_cannot_be_judged_is_no_finding(
    pages: tuple[Page, ...], target: str
) -> None:
    assert told(pages, f"See [this]({target}).") == []


@pytest.mark.parametrize(
    ("target", "what"),
    [
        ("#gone", "leads to no entry of “visit”."),
        (
            "#when-are-you-open",
            "leads to no entry of “visit”; the entry that it names has the id “visit.hours”.",
        ),
        ("#pay", "leads to no entry of “visit”; it is an entry of the page “shop”."),
        ("my-shop.md#gone", "leads to no entry of “shop”."),
        ("/faq/gone", "leads to no page of the FAQ."),
        ("/faq/shop#gone", "leads to no entry of “shop”."),
        ("gone.md", NOWHERE),
        ("../gone.md#x", NOWHERE),
        ("img/gone.png", NOWHERE),
        ("a" * 300, NOWHERE),
    ],
)
def test_a_link_that_leads_nowhere_is_a_warning(
    pages: tuple[Page, ...], target: str, what: str
) -> None:
    (line,) = told(pages, f"See [this](<{target}>).")
    assert line.startswith("content/visit.md:9: the link “")
    assert f"” {what} Name one that is there" in line


def test_what_is_no_address_is_a_warning(pages: tuple[Page, ...]) -> None:
    (line,) = told(pages, '<a href="http://[">x</a>')
    assert "the link “http://[” is no address." in line


def test_a_picture_that_is_not_there_is_a_warning(pages: tuple[Page, ...]) -> None:
    assert told(pages, "![a map](map.png)") == []
    (line,) = told(pages, "![a map](gone.png)")
    assert f"the picture “gone.png” {NOWHERE}" in line


def test_a_target_is_told_once_on_a_page(pages: tuple[Page, ...]) -> None:
    assert len(told(pages, "[a](gone.md), [b](gone.md), [c](other.md)")) == 2


def test_an_introduction_is_looked_at_too(pages: tuple[Page, ...]) -> None:
    first = Page(name="visit", title="V", introduction="[x](gone.md)", source=pages[0].source)
    (finding,) = dead([first], [])
    assert finding.where == "content/visit.md"


def test_a_prompt_that_is_no_entry_is_a_warning(pages: tuple[Page, ...]) -> None:
    entry = Entry(id="a", answer="By card.", prompts=("pay", "gone"), source="a.md:1")
    (finding,) = dead([], [entry, *pages[1].entries])
    assert str(finding) == (
        "a.md:1: the prompt “gone” is no entry's id. Name an entry that is there, or remove it."
    )


def test_links_are_found_in_markdown_and_in_html_but_not_in_code() -> None:
    text = (
        "[a](one.md) <a class='x' href='two.md?a&amp;b'>two</a> ![c](three.png \"t\") `[d](x.md)`"
        '\n\n<img src="four.png">\n\n[e]: five.md\n\n[f][e]'
    )
    assert links_in(text) == [
        Link("one.md"),
        Link("two.md?a&b"),
        Link("three.png", is_image=True),
        Link("four.png", is_image=True),
        Link("five.md"),
    ]


@given(st.text("[]()<>!#/ahref=\"' \n:.%"))
def test_any_text_gives_links(text: str) -> None:
    page = Page(name="p", title="P", introduction=text)
    assert all(finding.check == "dead-link" for finding in dead([page], []))
