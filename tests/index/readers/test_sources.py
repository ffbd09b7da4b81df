from pathlib import Path

import pytest

from index.readers.sources import Asked, read_all

PAGE = "<h2>Wie?</h2><p>So.</p><h2>Wann?</h2><p>Jetzt.</p>"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("billing", "shipping"):
        (tmp_path / "old" / name).mkdir(parents=True)
        (tmp_path / "old" / name / "index.html").write_text(PAGE, encoding="utf-8")
    return tmp_path / "old"


def test_files_of_one_name_in_a_folder_are_a_page_each(folder: Path) -> None:
    read = read_all([str(folder)], Asked())
    assert read.errors == ()
    assert [page.name for page in read.reading.pages] == ["billing-index", "shipping-index"]


def test_two_files_that_would_be_one_page_are_refused_unless_that_is_said(folder: Path) -> None:
    files = [str(path) for path in sorted(folder.rglob("*.html"))]
    (error,) = read_all(files, Asked()).errors
    assert str(error).startswith(f"{files[1]}: this would be the page “index”, as {files[0]} is.")
    read = read_all(files, Asked(page="Help"))
    assert read.errors == ()
    assert {page.name for page in read.reading.pages} == {"help"}


def test_a_folder_without_a_file_that_can_be_read_is_an_error(tmp_path: Path) -> None:
    (error,) = read_all([str(tmp_path)], Asked()).errors
    assert str(error) == f"{tmp_path}: this folder holds no file that can be read."


def test_an_address_without_its_scheme_is_told_how_to_write_it() -> None:
    (error,) = read_all(["www.example.org/faq"], Asked()).errors
    assert str(error).endswith("Write https://… before an address.")
