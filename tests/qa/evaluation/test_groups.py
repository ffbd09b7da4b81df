"""Figures for pages and tags."""

from qa.evaluation.groups import Group, by_page, by_tag
from qa.evaluation.judged import Judged
from qa.evaluation.queries import LabelledQuery
from tests.qa.evaluation.conftest import ENTRIES, QUERIES


def test_a_query_belongs_to_the_pages_of_its_right_entries(judged: Judged) -> None:
    """One without an answer belongs to none, one with two answers on a page once."""
    assert by_page(QUERIES, judged, ENTRIES) == (
        Group("orders", n=3, right=2, shown=3, wrong_shown=1),
        Group("visit", n=1, right=1, shown=0, wrong_shown=0),
    )


def test_and_to_all_their_tags(judged: Judged) -> None:
    found = by_tag(QUERIES, judged, ENTRIES)
    assert found == (
        Group("money", n=3, right=2, shown=3, wrong_shown=1),
        Group("law", n=2, right=1, shown=2, wrong_shown=1),
    )
    assert found[1].precision_at_1 == 0.5


def test_without_entries_there_are_no_groups(judged: Judged) -> None:
    queries = [LabelledQuery(query.id, query.text, query.relevant) for query in QUERIES]
    assert by_page(queries, judged, {}) == ()
