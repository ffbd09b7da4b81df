from datetime import UTC, datetime
from pathlib import Path

import pytest

from index.build import build
from index.snapshot import Snapshot, open_snapshot
from qa.faq import page_shown, pages_shown
from tests.conftest import MODEL, provide_hashed
from tests.qa.conftest import SnapshotOf

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def ids(snapshot: Snapshot, at: datetime) -> dict[str, list[str]]:
    pages = pages_shown(snapshot, at)
    assert list(pages) == [page.name for page in pages.values()]
    return {name: [entry.id for entry in page.entries] for name, page in pages.items()}


def test_pages_come_in_the_order_of_the_content_with_what_is_shown(snapshot: Snapshot) -> None:
    assert ids(snapshot, NOW) == {
        "visit": ["hours", "parking", "wordless"],
        "orders": ["refund", "delivery", "gift"],
        "account": ["password", "delete"],
    }


@pytest.mark.parametrize(("year", "shown"), [(2019, True), (2021, False)])
def test_what_is_shown_is_judged_at_the_moment(snapshot: Snapshot, year: int, shown: bool) -> None:
    assert ("expired" in ids(snapshot, datetime(year, 1, 1, tzinfo=UTC))["orders"]) is shown


def test_one_page_is_the_one_among_all(snapshot: Snapshot) -> None:
    for name, page in pages_shown(snapshot, NOW).items():
        assert page_shown(snapshot, name, NOW) == page
    assert page_shown(snapshot, "nowhere", NOW) is None


def test_a_page_without_anything_to_show_is_no_page(snapshot_of: SnapshotOf) -> None:
    snapshot = snapshot_of(
        {"question": "Now?", "answer": "No.", "page": "hidden", "state": "draft"},
        {"question": "Then?", "answer": "Yes.", "page": "shown"},
    )
    assert list(pages_shown(snapshot, NOW)) == ["shown"]
    assert page_shown(snapshot, "hidden", NOW) is None


@pytest.mark.parametrize("names", [("a.jsonl", "b.md"), ("b.jsonl", "a.md")])
def test_of_two_sources_of_a_page_the_one_that_introduces_it_names_it(
    tmp_path: Path, names: tuple[str, str]
) -> None:
    lines, markdown = (tmp_path / "content" / name for name in names)
    lines.parent.mkdir()
    lines.write_text('{"id": "one", "question": "One?", "answer": "1", "page": "numbers"}\n')
    markdown.write_text(
        "# All the numbers\n\nThey *count*.\n\n"
        "<details>\n<summary>About this page</summary>\n\nName: numbers\n\n</details>\n\n"
        "## Two?\n\n2\n"
    )
    build([lines.parent], tmp_path / "index", model=MODEL, provide=provide_hashed)
    (page,) = pages_shown(open_snapshot(tmp_path / "index")[0], NOW).values()
    assert (page.title, page.introduction) == ("All the numbers", "They *count*.")
    assert {entry.answer for entry in page.entries} == {"1", "2"}
