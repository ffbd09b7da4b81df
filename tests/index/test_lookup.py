from hashlib import sha256

import numpy as np
import pytest

from index.lookup import Lookup, text_hash

TEXTS = [("pay", 4), ("opening hours", 0), ("pay", 2), ("", 7), ("Zürich 🎉", 1)]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("pay", [4, 2]),
        ("opening hours", [0]),
        ("", [7]),
        ("Zürich 🎉", [1]),
        ("Pay", []),
        ("\ud800", []),
    ],
)
def test_a_text_leads_to_its_numbers_in_the_order_given(text: str, numbers: list[int]) -> None:
    assert Lookup.of(TEXTS).find(text).tolist() == numbers


def test_every_one_of_many_texts_is_found_and_no_other() -> None:
    lookup = Lookup.of((f"text {number}", number) for number in range(2000))
    assert [lookup.find(f"text {n}").tolist() for n in range(2000)] == [[n] for n in range(2000)]
    assert not [n for n in range(2000, 4000) if len(lookup.find(f"text {n}"))]


def test_nothing_is_found_where_there_is_nothing() -> None:
    assert Lookup.of([]).find("pay").tolist() == []


def test_a_text_is_known_by_the_beginning_of_its_sha_256() -> None:
    # FIPS 180-2, appendix B.1: the digest of "abc" begins so.
    assert text_hash("abc") == 0xBA7816BF8F01CFEA
    assert int.from_bytes(sha256(b"abc").digest()[:8], "big") == text_hash("abc")


def test_texts_of_one_hash_share_their_numbers() -> None:
    hashes = np.array([1, text_hash("pay"), text_hash("pay"), 2**64 - 1], np.uint64)
    lookup = Lookup(hashes, np.array([9, 3, 5, 8], np.int32))
    assert lookup.find("pay").tolist() == [3, 5]
    assert lookup.find_hash(2**64 - 1).tolist() == [8]
