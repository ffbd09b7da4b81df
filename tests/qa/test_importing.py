import json
from collections.abc import Callable
from pathlib import Path

import pytest

from index.errors import ContentError
from index.formats import read_page_file
from qa.importing import Written, read_pages, write_pages

SCRAPED = """Opening hours and prices, in short.
-
When do you open?
At nine – on Sundays at ten.

# Not at all on holidays.
-
What does it cost?
- 5 € for adults
- nothing for children
"""
QUESTIONS = ["When do you open?", "What does it cost?"]
ANSWERS = [
    "At nine – on Sundays at ten.\n\n# Not at all on holidays.",
    "- 5 € for adults\n- nothing for children",
]

Saved = Callable[[str, str], Path]


@pytest.fixture
def saved(tmp_path: Path) -> Saved:
    """Saves a text under a name."""

    def save(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return save


def run(files: list[Path], target: Path, title: str = "") -> list[Written]:
    pages, _ = read_pages(files, title)
    return write_pages(pages, target)


def everything_in(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_scraped_page_becomes_markdown_that_reads_back_as_the_same_words(
    saved: Saved, tmp_path: Path
) -> None:
    (written,) = run([saved("Opening Hours.txt", SCRAPED)], tmp_path / "content")
    assert written == Written(tmp_path / "content" / "opening-hours.md", 2, changed=True)
    (page,) = read_page_file(written.path).pages
    assert page.introduction == "Opening hours and prices, in short."
    assert [entry.question for entry in page.entries] == QUESTIONS
    # A heading in an answer would begin another entry: it gets a backslash and nothing else.
    assert [entry.answer.replace("\\#", "#") for entry in page.entries] == ANSWERS
    before = read_pages([tmp_path / "Opening Hours.txt"])[0][0]
    assert [entry.id for entry in page.entries] == [entry.id for entry in before.entries]


def test_importing_twice_changes_nothing(saved: Saved, tmp_path: Path) -> None:
    source, target = saved("hours.txt", SCRAPED), tmp_path / "content"
    run([source], target)
    before = everything_in(target)
    (written,) = run([source], target)
    assert (written.changed, written.entries) == (False, 2)
    assert everything_in(target) == before


def test_a_file_that_somebody_edited_is_left_alone_and_nothing_else_is_written(
    saved: Saved, tmp_path: Path
) -> None:
    target = tmp_path / "content"
    run([saved("hours.txt", SCRAPED)], target)
    edited = target / "hours.md"
    edited.write_text(edited.read_text() + "\nEdited.\n")
    before = everything_in(target)
    with pytest.raises(ContentError) as raised:
        run([saved("aaa.txt", SCRAPED), tmp_path / "hours.txt", saved("zzz.txt", SCRAPED)], target)
    assert str(raised.value) == (
        f"{edited}: there is another file of this name, and it is left as it is."
        " Move it away, or import into another folder."
    )
    assert everything_in(target) == before


def test_two_sources_that_would_be_one_file_are_refused(saved: Saved, tmp_path: Path) -> None:
    other = SCRAPED.replace("nine", "eight")
    with pytest.raises(
        ContentError, match=r"hours\.txt: another page of this import would be .*hours\.md too"
    ):
        run([saved("Hours.txt", SCRAPED), saved("hours.txt", other)], tmp_path / "content")
    assert not (tmp_path / "content").exists()


def test_all_entries_may_go_to_one_file_of_json_lines(saved: Saved, tmp_path: Path) -> None:
    one, other = saved("hours.txt", SCRAPED), saved("prices.md", "# P\n\n## Dear?\n\nNo.\n")
    target = tmp_path / "out" / "all.jsonl"
    assert run([one, other], target) == [Written(target, 3, changed=True)]
    lines = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert [line["question"] for line in lines] == [*QUESTIONS, "Dear?"]
    assert [line["answer"] for line in lines] == [*ANSWERS, "No."]
    assert [line["page"] for line in lines] == ["hours", "hours", "prices"]
    assert not run([one, other], target)[0].changed


def test_several_pages_of_one_file_become_a_file_each(saved: Saved, tmp_path: Path) -> None:
    lines = [{"question": f"Q{page}?", "answer": "A.", "page": page} for page in ("One", "two")]
    source = saved("all.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
    run([source], tmp_path / "content")
    assert sorted(path.name for path in (tmp_path / "content").iterdir()) == ["one.md", "two.md"]


@pytest.mark.parametrize("bad", ["-\nWhy?\n", "No separator.", ""], ids=["answer", "entry", "text"])
def test_a_file_with_an_error_keeps_all_from_being_written(
    saved: Saved, tmp_path: Path, bad: str
) -> None:
    files = [saved("good.txt", SCRAPED), saved("bad.txt", bad)]
    with pytest.raises(ContentError, match=r"bad\.txt:\d+: "):
        run(files, tmp_path / "content")
    assert not (tmp_path / "content").exists()


def test_every_error_of_every_file_is_told(saved: Saved) -> None:
    files = [saved("one.txt", "-\nWhy?\n-\nHow?\n"), saved("two.txt", "-\nWho?\n")]
    with pytest.raises(ContentError) as raised:
        read_pages(files)
    told = [line.partition(": ")[0] for line in str(raised.value).splitlines()]
    assert told == [f"{files[0]}:2", f"{files[0]}:4", f"{files[1]}:2"]


def test_a_markdown_page_cannot_hold_an_entry_without_answer_so_nothing_is_written(
    saved: Saved, tmp_path: Path
) -> None:
    source = saved("all.jsonl", '{"question": "Q?", "answer": "A."}\n{"question": "Why?"}\n')
    with pytest.raises(ContentError, match=r"all\.jsonl:2: .*jsonl"):
        run([source], tmp_path / "content")
    assert not (tmp_path / "content").exists()


def test_a_title_replaces_that_of_a_single_page(saved: Saved, tmp_path: Path) -> None:
    (written,) = run([saved("hours.txt", SCRAPED)], tmp_path / "content", "When & how much")
    assert written.path.read_text(encoding="utf-8").startswith("# When & how much\n")
    assert written.path.name == "hours.md"
    with pytest.raises(ContentError, match="2"):
        read_pages([tmp_path / "hours.txt", saved("more.txt", SCRAPED)], "Hours")


def test_a_target_that_cannot_be_a_folder_is_named(saved: Saved, tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"content\W"):
        run([saved("hours.txt", SCRAPED)], saved("content", "a file"))


@pytest.mark.parametrize("name", ["faq.json", "page.md", "out.csv"])
def test_a_target_that_looks_like_another_format_is_refused(
    saved: Saved, tmp_path: Path, name: str
) -> None:
    with pytest.raises(ContentError, match=rf"{name}: .*\.jsonl"):
        run([saved("hours.txt", SCRAPED)], tmp_path / name)
    assert not (tmp_path / name).exists()
