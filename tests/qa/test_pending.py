from queue import SimpleQueue
from threading import Thread
from time import monotonic, sleep

import pytest

from qa.answerer import EVERYTHING, Scope
from qa.pending import Pending, Question


def pending(*texts: str) -> Pending:
    waiting = Pending()
    for text in texts:
        waiting.put(Question(text, EVERYTHING))
    return waiting


def taken(waiting: Pending, most: int) -> list[str]:
    return [question.text for question in waiting.take(most)]


@pytest.mark.parametrize(
    ("texts", "most", "expected"),
    [
        (["aaa", "b", "cc"], 1, ["aaa"]),
        (["aaa", "b", "cc"], 2, ["aaa", "cc"]),
        (["aaa", "b", "cc"], 3, ["aaa", "b", "cc"]),
        (["aaa", "b", "cc"], 9, ["aaa", "b", "cc"]),
        (["aa", "b", "ccc", "dd"], 2, ["aa", "dd"]),
        (["aa", "b", "ccc", "dddd"], 3, ["aa", "b", "ccc"]),
        (["a" * 90, "b", "cc", "d" * 80, "e" * 95], 3, ["a" * 90, "e" * 95, "d" * 80]),
    ],
)
def test_the_oldest_is_taken_first_and_with_it_those_nearest_in_length(
    texts: list[str], most: int, expected: list[str]
) -> None:
    assert taken(pending(*texts), most) == expected


def test_nothing_is_passed_over_more_often_than_there_were_questions_before_it() -> None:
    """Short ones keep coming; the long one, third in its place, is taken third at the latest."""
    waiting = pending("a", "b", "x" * 500)
    turns = []
    for number in range(3):
        turns.append(taken(waiting, 2))
        for late in range(3):
            waiting.put(Question(f"{number}{late}", EVERYTHING))
    assert turns[0] == ["a", "b"]
    assert turns[1][0] == "x" * 500


def test_what_was_taken_is_not_taken_again() -> None:
    waiting = pending("a", "bb", "ccc")
    assert [taken(waiting, 1) for _ in range(3)] == [["a"], ["bb"], ["ccc"]]


def test_the_same_words_in_another_scope_are_another_question() -> None:
    waiting = pending("a", "a")
    waiting.put(Question("a", Scope(page="visit")))
    assert [question.scope for question in waiting.take(9)] == [EVERYTHING, Scope(page="visit")]


def test_one_that_is_withdrawn_is_never_taken() -> None:
    waiting = pending("a", "bb")
    assert waiting.withdraw(Question("a", EVERYTHING))
    assert taken(waiting, 9) == ["bb"]
    assert not waiting.withdraw(Question("bb", EVERYTHING)), "it was taken"


def test_closed_it_gives_what_still_waits_and_then_nothing() -> None:
    waiting = pending("a", "bb", "ccc")
    waiting.close()
    assert [len(taken(waiting, 2)) for _ in range(3)] == [2, 1, 0]


def test_closing_lets_go_whoever_waits_for_a_question() -> None:
    waiting = Pending()
    threads = [Thread(target=waiting.take, args=(1,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    waiting.close()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)


def test_one_taker_leaves_the_others_that_wait_their_share() -> None:
    waiting, taken_by = Pending(), SimpleQueue[list[str]]()
    threads = [
        Thread(target=lambda: taken_by.put(taken(waiting, 4)), daemon=True) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    deadline = monotonic() + 30
    while waiting._idle < 2 and monotonic() < deadline:
        sleep(0.001)
    with waiting._changed:  # neither takes before all have come
        for text in ("a", "b", "c", "d", "e"):
            waiting._waiting[Question(text, EVERYTHING)] = None
        waiting._changed.notify_all()
    assert sorted(len(taken_by.get(timeout=30)) for _ in threads) == [2, 3]


def test_who_is_alone_takes_all_that_wait() -> None:
    waiting = pending("a", "b", "c", "d", "e")
    assert [len(taken(waiting, 4)) for _ in range(2)] == [4, 1]


def test_nothing_can_wait_where_nobody_will_take_it() -> None:
    waiting = pending("a")
    waiting.close()
    with pytest.raises(RuntimeError, match="no longer answered"):
        waiting.put(Question("b", EVERYTHING))
    assert taken(waiting, 4) == ["a"]
