"""A ranking by itself: it reads as a tuple, and finds no more than somebody looks at."""

import pytest

from index.entry import Entry
from qa.answer import Candidate, Ranking

ENTRIES = [Entry(id=f"e{number}", question=f"{number}?", answer="Yes.") for number in range(6)]
JUDGED = [(4, 0.9), (1, 0.5)]
FURTHER = [(0, 0.5), (5, 0.2)]
EVERY = tuple(Candidate(ENTRIES[number], score) for number, score in [*JUDGED, *FURTHER])


class Ranked:
    """A ranking of four, and how often it had to look further."""

    def __init__(self) -> None:
        self.looked = 0
        self.ranking = Ranking(ENTRIES, JUDGED, self._further)

    def _further(self) -> list[tuple[int, float]]:
        self.looked += 1
        return FURTHER


@pytest.mark.parametrize(
    ("place", "looked"),
    [
        (slice(2), 0),
        (slice(0, 1), 0),
        (slice(1, 2), 0),
        (slice(0), 0),
        (slice(3), 1),
        (slice(1, 99), 1),
        (slice(None), 1),
        (slice(-2, None), 1),
        (slice(-1), 1),
        (slice(None, None, 2), 1),
        (slice(None, 0, -1), 1),
    ],
)
def test_a_slice_is_that_of_a_tuple_and_looks_no_further_than_it_must(
    place: slice, looked: int
) -> None:
    ranked = Ranked()
    assert ranked.ranking[place] == EVERY[place]
    assert ranked.looked == looked


@pytest.mark.parametrize(("place", "looked"), [(0, 0), (1, 0), (2, 1), (3, 1), (-1, 1), (-4, 1)])
def test_a_place_is_that_of_a_tuple(place: int, looked: int) -> None:
    ranked = Ranked()
    assert ranked.ranking[place] == EVERY[place]
    assert ranked.looked == looked


@pytest.mark.parametrize("place", [4, -5])
def test_beyond_its_end_there_is_nothing(place: int) -> None:
    with pytest.raises(IndexError):
        Ranked().ranking[place]


def test_it_is_as_long_as_all_of_it_equals_them_and_looks_further_only_once() -> None:
    ranked = Ranked()
    assert (len(ranked.ranking), tuple(ranked.ranking)) == (4, EVERY)
    assert ranked.ranking == EVERY
    assert ranked.ranking == Ranked().ranking
    assert ranked.ranking != EVERY[:3]
    assert ranked.ranking != "e4"
    assert ranked.looked == 1


def test_an_empty_one_is_false() -> None:
    assert not Ranking(ENTRIES, [], list)
    assert Ranking(ENTRIES, JUDGED, list)
