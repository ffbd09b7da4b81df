"""Reading what an earlier evaluation has written."""

import json
from pathlib import Path

import pytest

from index.errors import InputError
from qa.evaluation.earlier import read_earlier
from qa.evaluation.evaluation import FORMAT, VERSION, Evaluation


def test_what_was_written_reads_back(evaluation: Evaluation, tmp_path: Path) -> None:
    path = tmp_path / "e.json"
    path.write_text(evaluation.to_json())
    earlier = read_earlier(path)
    assert earlier.results == evaluation.results
    assert (earlier.format, earlier.version) == (FORMAT, VERSION)
    assert earlier.created == evaluation.created


def test_so_does_a_run_that_was_read(run_read: Evaluation, tmp_path: Path) -> None:
    path = tmp_path / "e.json"
    path.write_text(run_read.to_json())
    assert read_earlier(path).results == run_read.results


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"", ""),
        (b"\xff\xd8\xff", ""),
        (b"{", ""),
        (b"[]", ""),
        (b'{"results": []}', " (at format)"),
        (b'{"format": "qa-eval", "version": 2, "created": "", "results": []}', " (at version)"),
        (
            b'{"format": "qa-eval", "version": 1, "created": "", "results": [{"id": 1}]}',
            " (at results.0.id)",
        ),
    ],
)
def test_a_file_that_is_something_else_is_told(tmp_path: Path, data: bytes, place: str) -> None:
    path = tmp_path / "e.json"
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_earlier(path)
    assert str(caught.value) == (
        f"{path}: this is not an evaluation that can be compared with{place}."
        " Name a file that qa eval --json has written."
    )


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "none", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(InputError, match=f"this evaluation cannot be read: {reason}"):
            read_earlier(path)


def test_at_most_ten_entries_are_kept_of_a_ranking(evaluation: Evaluation) -> None:
    document = json.loads(evaluation.to_json())
    assert document["results"][1]["ranking"] == [["pay", 0.7], ["refund", 0.6], ["visit", 0.1]]
