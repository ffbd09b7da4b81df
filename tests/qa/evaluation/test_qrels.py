"""Labels in a file of their own."""

from pathlib import Path

import pytest

from index.errors import InputError
from qa.evaluation.qrels import Qrels, read_qrels


def read(folder: Path, text: str) -> Qrels:
    path = folder / "qrels"
    path.write_text(text)
    return read_qrels(path)


@pytest.mark.parametrize(
    "text",
    [
        "q1 0 d1 1\nq2 0 d2 0\n\nq1 0 d3 2\nq1 0 d1 1\n",
        "query-id\tcorpus-id\tscore\nq1\td1\t1\n\nq2\td2\t0\nq1\td3\t0.5\n",
    ],
    ids=["TREC", "BEIR"],
)
def test_a_relevance_above_0_is_relevant(tmp_path: Path, text: str) -> None:
    qrels = read(tmp_path, text)
    assert qrels.relevant == {"q1": ["d1", "d3"], "q2": []}
    assert list(qrels.lines) == ["q1", "q2"]


def test_each_query_is_placed_at_the_line_that_names_it_first(tmp_path: Path) -> None:
    assert read(tmp_path, "q1 0 a 1\nq1 0 b 1\n\nq2 0 a 1\n").lines == {"q1": 1, "q2": 4}


def test_an_id_of_beir_may_hold_spaces(tmp_path: Path) -> None:
    assert read(tmp_path, "my query\tmy entry\t1\n").relevant == {"my query": ["my entry"]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ":1: there is no label in it."),
        ("q1 0 d1 1\nq1 d1\n", ":2: these are no labels: 2 columns."),
        ("q1 0 d1 1 x\n", ":1: these are no labels: 5 columns."),
        ("q1 0 d1 yes\n", ":1: the last column must be a number, not 'yes'."),
    ],
)
def test_a_line_that_is_no_label_is_told(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    assert str(caught.value).startswith(f"{tmp_path}/qrels{message} Write query, iteration,")
