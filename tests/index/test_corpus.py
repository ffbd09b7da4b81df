from pathlib import Path

import pytest

from index.corpus import content_files, read_corpus
from index.formats import jsonl

MARKDOWN = "# Title\n\n## Q{}?\n\nA.\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "content" / "deep").mkdir(parents=True)
    (tmp_path / "content" / ".hidden").mkdir()
    (tmp_path / "content" / "b.md").write_text(MARKDOWN.format("b"))
    (tmp_path / "content" / "a.TXT").write_text("-\nQa?\nA.")
    (tmp_path / "content" / "deep" / "c.jsonl").write_text('{"answer": "c"}')
    (tmp_path / "content" / "photo.png").write_bytes(b"\x89PNG\0")
    (tmp_path / "content" / ".draft.md").write_text("")
    (tmp_path / "content" / ".hidden" / "d.md").write_text("")
    return Path("content")


def test_a_folder_stands_for_its_content_files_sorted(folder: Path) -> None:
    assert content_files(folder) == [
        Path("content/a.TXT"),
        Path("content/b.md"),
        Path("content/deep/c.jsonl"),
    ]


def test_sources_are_read_in_the_order_given_and_once(folder: Path) -> None:
    read, findings = read_corpus([folder / "b.md", folder, folder / "deep" / "c.jsonl"])
    assert findings == []
    assert [page.name for page in read.pages] == ["b", "a", "c"]
    assert [entry.id for entry in read.entries] == ["b.qb", "a.qa", "c.c"]


def test_entries_keep_their_order_when_written_and_read_again(tmp_path: Path) -> None:
    """Vectors belong to entries by their place, so it must not change on the way to disk."""
    path = tmp_path / "b.jsonl"
    path.write_text('{"answer": "1", "page": "x"}\n{"answer": "2", "page": "y"}')
    (tmp_path / "c.jsonl").write_text('{"answer": "3", "page": "x"}')
    read, _ = read_corpus([tmp_path])
    path.write_text("\n".join(jsonl.write(read.entries)))
    again, _ = read_corpus([path])
    assert [entry.answer for entry in read.entries] == ["1", "3", "2"]
    assert again.entries == read.entries


def test_every_fault_of_every_file_is_a_finding(folder: Path) -> None:
    (folder / "b.md").write_text("## One?\n\n## Two?\n")
    (folder / "empty").mkdir()
    (folder / "c.md").write_bytes(b"## Q\n\ncaf\xe9")
    (folder / "d.md").write_bytes("## Q".encode("utf-16"))
    read, findings = read_corpus([folder, folder / "photo.png", Path("gone"), folder / "empty"])
    assert [entry.id for entry in read.entries] == ["a.qa", "c.c"]
    assert sorted(map(str, findings)) == [
        "content/b.md:1: the question “One?” has no answer. Write it under the heading, or remove"
        " the heading.",
        "content/b.md:3: the question “Two?” has no answer. Write it under the heading, or remove"
        " the heading.",
        "content/c.md:3: this is not UTF-8. Save it as UTF-8.",
        "content/d.md: this is not a text file. Save it as plain text in UTF-8.",
        "content/empty: this folder has no content file. Put a page in it; its name ends in one"
        " of: .md, .markdown, .txt, .jsonl, .ndjson.",
        "content/photo.png: cannot read a “.png” file. Name a file that ends in one of: .md,"
        " .markdown, .txt, .jsonl, .ndjson.",
        "gone: no such file or folder.",
    ]
