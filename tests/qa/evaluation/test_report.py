"""The report: one page that needs nothing, and escapes what it is given."""

from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from qa.evaluation.earlier import Earlier
from qa.evaluation.evaluation import Evaluation
from qa.evaluation.latency import Latency
from qa.evaluation.queries import LabelledQuery
from qa.evaluation.report import LISTED, render
from qa.evaluation.run import Result

VOID = {"meta", "line", "rect", "circle", "polyline", "br"}


class Page(HTMLParser):
    """Reads a page: its text, its tags with their attributes, and whether they are closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID and not self.get_starttag_text().endswith("/>"):  # type: ignore[union-attr]
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def whole(evaluation_of: Callable[..., Evaluation], evaluation: Evaluation) -> str:
    """The report of an evaluation that has every part."""
    earlier = ("earlier.json", Earlier("qa-eval", 1, "", evaluation.results))
    return render(evaluation_of(earlier=earlier, latency=Latency(6, 4.2, 9.0, 11.0)))


def test_it_needs_no_other_file_and_no_script(whole: str) -> None:
    page = Page(whole)
    assert {"script", "link", "img", "iframe"} & {tag for tag, _ in page.tags} == set()
    names = {name for _, attributes in page.tags for name in attributes}
    assert not {name for name in names if name.startswith("on")} | (names & {"src", "href"})
    assert "url(" not in whole
    assert "http://" not in whole
    assert "https://" not in whole
    policy = [attributes["content"] for tag, attributes in page.tags if "http-equiv" in attributes]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'"]


def test_every_element_is_closed(whole: str, run_read: Evaluation) -> None:
    assert Page(whole).open == []
    assert Page(render(run_read)).open == []


def test_what_people_wrote_is_escaped(whole: str) -> None:
    assert "<script>" not in whole
    assert "<b>back</b>" not in whole
    assert "Money &lt;b&gt;back&lt;/b&gt;?" in whole
    assert "Money <b>back</b>?" in Page(whole).text


def test_it_says_in_words_what_came_of_the_queries(whole: str) -> None:
    text = " ".join(Page(whole).text.split())
    assert "Of 4 answers shown, 2 are right." in text
    assert "answered, right: 2 (33.3%) answered, wrong: 2 (33.3%)" in text
    assert "not answered, though the FAQ has an answer: 1 (16.7%)" in text
    assert "not answered, and the FAQ has none: 1 (16.7%)" in text
    assert "1 where another entry is right, 1 where the FAQ has none." in text
    assert "4 msfor an answer" in text
    assert "The FAQ has no answer: 1 do you have a dog70% sure" in text
    assert "6 queries compared. The earlier one is earlier.json." in text
    assert "within chance" in text


def test_it_draws_three_pictures_that_say_what_they_are(whole: str) -> None:
    pictures = [attributes for tag, attributes in Page(whole).tags if tag == "svg"]
    assert [picture["aria-label"] for picture in pictures] == [
        "Share of right answers by confidence",
        "Questions answered rightly by share of wrong answers",
        "Queries by confidence",
    ]
    assert all(picture["role"] == "img" for picture in pictures)


def test_a_run_that_was_read_has_no_pictures_and_says_why(run_read: Evaluation) -> None:
    page = Page(render(run_read))
    assert "svg" not in {tag for tag, _ in page.tags}
    assert "A run holds no confidence" in page.text
    assert "run their.run" in page.text


def test_long_lists_are_cut_and_say_so(evaluation_of: Callable[..., Evaluation]) -> None:
    queries = [LabelledQuery(str(n), f"query {n}", ("a",)) for n in range(LISTED + 5)]
    results = [Result((("b", 1.0),), answered=True, confidence=0.5)] * len(queries)
    text = Page(render(evaluation_of(queries=queries, results=results))).text
    assert "And 5 more; the JSON file has them all." in text
    assert f"query {LISTED + 4}" not in text
