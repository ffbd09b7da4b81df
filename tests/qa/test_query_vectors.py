from collections.abc import Sequence

import numpy as np
import pytest

from index.vectors import Vectors
from qa.query_vectors import QueryVectors


class Counting:
    """Encodes a text as its length and notes what it was asked for."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []

    def __call__(self, texts: Sequence[str]) -> Vectors:
        self.calls.append(list(texts))
        return np.array([[len(text)] for text in texts], np.float32)


def values(vectors: QueryVectors, *texts: str) -> list[float]:
    return [float(vector[0]) for vector in vectors.of(texts)]


def test_each_text_gets_its_own_vector_in_its_place() -> None:
    assert values(QueryVectors(Counting(), 9), "aaa", "b", "aaa", "cc") == [3, 1, 3, 2]


def test_a_text_is_encoded_once_and_new_ones_in_one_call() -> None:
    encode = Counting()
    vectors = QueryVectors(encode, 9)
    assert values(vectors, "a", "bb", "a") == [1, 2, 1]
    assert values(vectors, "ccc", "bb", "dddd") == [3, 2, 4]
    assert values(vectors, "a", "dddd") == [1, 4]
    assert encode.calls == [["a", "bb"], ["ccc", "dddd"]]


def test_only_so_many_are_kept_those_asked_last() -> None:
    encode = Counting()
    vectors = QueryVectors(encode, 2)
    for text in ("a", "bb", "a", "ccc"):
        values(vectors, text)
    assert len(vectors) == 2
    values(vectors, "a", "ccc")
    assert encode.calls == [["a"], ["bb"], ["ccc"]]
    values(vectors, "bb")
    assert encode.calls[3:] == [["bb"]]


def test_more_at_once_than_are_kept_are_all_given() -> None:
    vectors = QueryVectors(Counting(), 1)
    assert values(vectors, "a", "bb", "ccc") == [1, 2, 3]
    assert len(vectors) == 1


def test_a_failed_call_leaves_nothing_behind() -> None:
    def fail(texts: Sequence[str]) -> Vectors:
        raise RuntimeError(str(texts))

    vectors = QueryVectors(fail, 9)
    with pytest.raises(RuntimeError):
        vectors.of(["a"])
    assert len(vectors) == 0
