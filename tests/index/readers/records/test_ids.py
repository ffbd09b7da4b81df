import pytest

from index.readers.records.ids import id_on, usable_id


@pytest.mark.parametrize(
    "text", ["pay-by-card", "hello.world", "0b0c7a1e-93a4-4b4e-8a5e-2f6c1d9e7b10", "faq.1", "1f3a"]
)
def test_an_id_that_tells_something_stays_as_it_is(text: str) -> None:
    assert id_on("faq", text) == text


@pytest.mark.parametrize("text", ["1", "501", "00012", "a1", "Q3", "Q1234", "3-4", "abc"])
def test_an_id_that_any_source_may_have_stands_after_the_page(text: str) -> None:
    assert id_on("faq", text) == f"faq.{text}"


def test_an_id_after_its_page_is_not_put_there_again() -> None:
    assert id_on("q", id_on("q", "1")) == "q.1"


def test_what_an_id_may_not_have_is_left_out() -> None:
    assert [usable_id(text) for text in (" pay 1 ", "", "é", "%")] == [
        "pay-1",
        "",
        usable_id("é"),
        "",
    ]
    assert usable_id("é") != ""
