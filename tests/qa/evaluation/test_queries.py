"""Labelled queries, in every form that people have them."""

import codecs
import json
from pathlib import Path

import pytest

from index.errors import InputError
from qa.evaluation.queries import LabelledQuery, read_labelled, refuse_unknown

HEADER_MEND = "Name the columns in the first line, as: question,entry_id"
ROWS = 'question,entry_id\nHow to pay?,pay\nWhere?,visit\n"How to pay?",card\nWhy?,\n'
OF_ROWS = [
    LabelledQuery("2", "How to pay?", ("pay", "card")),
    LabelledQuery("3", "Where?", ("visit",)),
    LabelledQuery("5", "Why?", ()),
]


def write(folder: Path, name: str, data: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        pytest.param(
            "q.jsonl",
            '{"id": "a", "text": "How?", "relevant": ["x", "y", "x"]}\n\n'
            '{"question": "Why?", "relevant": []}\n',
            [LabelledQuery("a", "How?", ("x", "y")), LabelledQuery("3", "Why?", ())],
            id="jsonl, an id or the line's number, an entry named twice",
        ),
        pytest.param("q.csv", ROWS, OF_ROWS, id="several rows of one question"),
        pytest.param("q.csv", codecs.BOM_UTF8 + ROWS.encode(), OF_ROWS, id="byte order mark"),
        pytest.param("q.csv", ROWS.replace(",", ";"), OF_ROWS, id="semicolons"),
        pytest.param("q.tsv", ROWS.replace(",", "\t"), OF_ROWS, id="tabs"),
        pytest.param("q.csv", codecs.BOM_UTF16_LE + ROWS.encode("utf-16-le"), OF_ROWS, id="UTF-16"),
        pytest.param(
            "q.csv",
            "ID;Entry_ID;Text\n7;pay;How?\n8;;How?\n7;card;How? \n",
            [LabelledQuery("7", "How?", ("pay", "card")), LabelledQuery("8", "How?", ())],
            id="an id tells apart what is worded the same",
        ),
        pytest.param(
            "q.csv",
            "question,entry_id\n\nHow?,pay\nWhy?\n",
            [LabelledQuery("3", "How?", ("pay",)), LabelledQuery("4", "Why?", ())],
            id="a row cut after its question has no answer",
        ),
    ],
)
def test_queries_come_in_the_order_of_the_file(
    tmp_path: Path, name: str, data: bytes | str, expected: list[LabelledQuery]
) -> None:
    assert read_labelled(write(tmp_path, name, data)) == expected


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("q.jsonl", "", ": there is no query in it."),
        ("q.csv", "", ":1: this file is empty. " + HEADER_MEND),
        (
            "q.jsonl",
            '{"text": "a"}',
            ':1: this query has no labels. Add "relevant": ["entry id"], or [] where the FAQ has no'
            " answer; labels in a file of their own are named with --qrels.",
        ),
        (
            "q.jsonl",
            '{"text": "a", "relevant": "x"}',
            ':1: relevant must be a list of entry ids. Write it as ["entry id"], or [] where the'
            " FAQ has no answer.",
        ),
        ("q.jsonl", '{"text": "a", "relevant": [7]}', ":1: relevant must be a list of entry ids."),
        ("q.jsonl", '{"relevant": []}', ":1: this object has no question."),
        ("q.jsonl", b"\xff\xd8\xff\xe0\0\x10JFIF", ":1: this is not UTF-8."),
        ("q.jpg", b"\xff\xd8", ": labelled queries cannot be read from this kind of file."),
        (
            "q.csv",
            "question,answer\na,b",
            f":1: no column is named entry_id, only: question, answer. {HEADER_MEND}",
        ),
        ("q.csv", "entry_id;x\na;b", ":1: no column is named question, only: entry_id, x."),
        ("q.csv", "question,entry_id\na,b,c", ":2: the header has 2 columns, this row has 3."),
        (
            "q.csv",
            "question,entry_id\na,x\nb,y\na,\n",
            ":4: this question has an answer here or in {path}:2, and none in the other row."
            " Leave one of the two rows out.",
        ),
        (
            "q.csv",
            "id,question,entry_id\n1,a,x\n1,b,y\n",
            ":3: the id “1” is used already, in {path}:2. Give each query an id of its own.",
        ),
        (
            "q.jsonl",
            '{"id": "1", "text": "a", "relevant": ["x"]}\n{"id": 1, "text": "b", "relevant": []}',
            ":2: the id “1” is used already, in {path}:1. Give each query an id of its own.",
        ),
        (
            "q.jsonl",
            '{"text": "\\ud800", "relevant": ["x"]}',
            ":1: this query is not valid Unicode text.",
        ),
        (
            "q.jsonl",
            '{"text": "a", "relevant": []}',
            ": no query has an answer, so there is nothing to be right about. Label some queries"
            " with the ids of the entries that answer them.",
        ),
    ],
)
def test_what_cannot_be_used_is_told_in_a_line_with_its_mend(
    tmp_path: Path, name: str, data: bytes | str, message: str
) -> None:
    path = write(tmp_path, name, data)
    with pytest.raises(InputError) as caught:
        read_labelled(path)
    assert str(caught.value).startswith(f"{path}{message.replace('{path}', str(path))}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["none.jsonl", "folder.jsonl", "folder"])
def test_a_file_that_is_none_is_told(tmp_path: Path, name: str) -> None:
    if "folder" in name:
        (tmp_path / name).mkdir()
    with pytest.raises(InputError) as caught:
        read_labelled(tmp_path / name)
    assert caught.value.what in ("there is no such file.", "this is a folder.")


class TestQrels:
    BEIR = (
        '{"_id": "q1", "text": "How?", "metadata": {}}\n'
        '{"_id": "q2", "text": "Why?"}\n'
        '{"_id": "q3", "text": "Who?"}\n'
    )
    EXPECTED = (
        LabelledQuery("q1", "How?", ("d1", "d2")),
        LabelledQuery("q2", "Why?", ()),
        LabelledQuery("q3", "Who?", ()),
    )

    @pytest.mark.parametrize(
        "qrels",
        [
            "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t1\nq2\td9\t0\n",
            "q1 0 d1 1\nq1 0 d2 1\nq2 0 d9 0\n",
            "q1\t0\td1\t1\nq1\t0\td2\t1\n",
        ],
        ids=["BEIR", "TREC", "TREC with tabs"],
    )
    def test_labels_of_their_own_are_joined_by_id(self, tmp_path: Path, qrels: str) -> None:
        queries = write(tmp_path, "queries.jsonl", self.BEIR)
        labels = write(tmp_path, "qrels.tsv", qrels)
        assert read_labelled(queries, labels) == list(self.EXPECTED)

    def test_the_questions_may_be_a_table(self, tmp_path: Path) -> None:
        queries = write(tmp_path, "q.csv", "id,question\nq1,How?\n")
        labels = write(tmp_path, "qrels.txt", "q1 0 d1 1\n")
        assert read_labelled(queries, labels) == [LabelledQuery("q1", "How?", ("d1",))]

    @pytest.mark.parametrize(
        ("qrels", "message"),
        [
            (
                "q1 0 d1 1\nq8 0 d1 1\nq9 0 d1 0\n",
                ":2: no query in {queries} has the id “q8” (nor 1 further ids). Name the file of"
                " queries that these labels belong to, or take the lines out.",
            ),
            ("q1 0 d1 0\n", ": no query has an answer,"),
            ("", ": there is no label in it."),
        ],
    )
    def test_labels_that_do_not_fit_are_told(
        self, tmp_path: Path, qrels: str, message: str
    ) -> None:
        queries = write(tmp_path, "queries.jsonl", self.BEIR)
        labels = write(tmp_path, "qrels.tsv", qrels)
        with pytest.raises(InputError) as caught:
            read_labelled(queries, labels)
        expected = message.replace("{queries}", str(queries))
        assert expected in str(caught.value)
        assert str(caught.value).startswith(str(labels))


class TestUnknown:
    def test_labels_of_known_entries_pass(self) -> None:
        refuse_unknown([LabelledQuery("1", "a", ("x",)), LabelledQuery("2", "b", ())], {"x"})

    @pytest.mark.parametrize(
        ("relevant", "message"),
        [
            (["refnd"], "f:1: no entry has the id “refnd”. Did you mean “refund”?"),
            (
                ["qqq"],
                "f:1: no entry has the id “qqq”. Index the content that the labels belong to.",
            ),
            (
                ["refnd", "a1", "a2", "a3"],
                "f:1: no entry has the id “refnd”, nor any of 3 further ids in the labels:"
                " “a1”, “a2” and 1 more. Did you mean “refund”?",
            ),
        ],
    )
    def test_an_unknown_entry_is_named_with_the_nearest(
        self, relevant: list[str], message: str
    ) -> None:
        queries = [LabelledQuery(id_, "?", (id_,), f"f:{n}") for n, id_ in enumerate(relevant, 1)]
        with pytest.raises(InputError) as caught:
            refuse_unknown(queries, {"refund": 1, "hours": 2})
        assert str(caught.value) == message


def test_ten_thousand_rows_of_one_question_are_one_query(tmp_path: Path) -> None:
    rows = "".join(f"How?,e{number}\n" for number in range(10_000))
    (query,) = read_labelled(write(tmp_path, "q.csv", "question,entry_id\n" + rows))
    assert len(query.relevant) == 10_000


def test_what_was_written_reads_back(tmp_path: Path) -> None:
    """The very form in which the queries of an evaluation are kept."""
    queries = [LabelledQuery("1", 'a "ü" 😀', ("x",)), LabelledQuery("2", "b", ())]
    lines = [{"id": q.id, "text": q.text, "relevant": list(q.relevant)} for q in queries]
    path = write(tmp_path, "q.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
    assert read_labelled(path) == queries
