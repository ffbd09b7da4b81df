"""Lines, objects and tables; tests/qa/test_question_files.py reads whole files through them."""

import io
from collections.abc import Sequence

import pytest

from index.errors import InputError
from qa.text_files import Lines, column_names, objects, table, too_short


def lines(text: str) -> Lines:
    return Lines(io.StringIO(text), "f")


def has_name(names: Sequence[str]) -> bool:
    return "name" in names


def test_the_head_is_the_first_line_that_is_not_blank_and_is_given_again() -> None:
    some = lines("\n \nfirst\nsecond\n")
    assert (some.head(), some.head(), some.place()) == ("first\n", "first\n", "f:3")
    assert list(some) == ["first\n", "second\n"]
    assert (some.head(), some.place(), some.place(7)) == ("", "f:4", "f:7")


def test_objects_come_one_a_line_with_the_line_they_are_on() -> None:
    some = lines('{"a": 1}\n\n{"b": 2}\n')
    assert [(some.number, one) for one in objects(some, "…")] == [(1, {"a": 1}), (3, {"b": 2})]


def test_the_example_is_in_the_mend() -> None:
    with pytest.raises(InputError) as caught:
        list(objects(lines("[]"), '{"a": 1}'))
    expected = 'f:1: this line is not a JSON object. Write one object a line, as {"a": 1}.'
    assert str(caught.value) == expected


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_table_is_cut_by_what_gives_the_columns_wanted(mark: str) -> None:
    """Though a comma would cut this header into more."""
    text = f"Name{mark}a, b; c\n1{mark}2\n\n3\n"
    header, rows = table(lines(text if mark != "," else "Name,a\n1,2\n\n3\n"), has_name, "mend")
    assert column_names(header)[0] == "name"
    assert list(rows) == [(2, ["1", "2"]), (4, ["3"])]


def test_text_beyond_the_header_is_told_of() -> None:
    _, rows = table(lines("name\n1\n2,\n3,x\n"), has_name, "mend")
    # One column has no delimiter: commas belong to the text.
    assert [row for _, row in rows] == [["1"], ["2,"], ["3,x"]]
    _, rows = table(lines("name,b\n1,2,3\n"), has_name, "mend")
    with pytest.raises(InputError, match="f:2: the header has 2 columns, this row has 3"):
        list(rows)


def test_an_empty_table_names_its_first_line_and_the_mend() -> None:
    with pytest.raises(InputError) as caught:
        table(lines(""), has_name, "Name it.")
    assert str(caught.value) == "f:1: this file is empty. Name it."


def test_a_row_too_short_is_told_of_with_both_numbers() -> None:
    error = too_short(3, (7, ["a"]), lines(""))
    assert str(error).startswith("f:7: the header has 3 columns, this row has 1. Put texts")
