"""While more comes than can be done, a short queue is kept; afterwards the long one again."""

from qa.gate import WATCHED, Gate


def refused(gate: Gate, under_way: int, count: int, now: float) -> int:
    return sum(not gate.takes(under_way, now) for _ in range(count))


def test_a_burst_may_wait_as_long_as_the_queue_is_not_full() -> None:
    gate = Gate(calm=100, strained=10)
    assert all(gate.takes(under_way, 0.0) for under_way in range(100))
    assert not gate.takes(100, 0.0)


def test_once_it_was_full_only_a_short_queue_is_kept() -> None:
    gate = Gate(calm=100, strained=10)
    assert not gate.takes(100, 0.0)
    assert not gate.takes(10, 0.1)
    assert gate.takes(9, 0.1)


def test_it_stays_short_as_long_as_more_comes_than_can_be_done() -> None:
    gate = Gate(calm=100, strained=10)
    for second in range(50):
        refused(gate, 100, 8, second)
        refused(gate, 5, 8, second)
        assert not gate.takes(10, second + 0.5)


def test_it_is_long_again_when_hardly_anything_was_refused() -> None:
    gate = Gate(calm=100, strained=10)
    refused(gate, 100, 5, 0.0)
    after = WATCHED + 0.01
    assert not gate.takes(10, after), "within the time watched before, all were refused"
    assert refused(gate, 5, 20, after + 0.1) == 0
    assert gate.takes(99, after + WATCHED + 0.01)


def test_it_is_long_again_when_nothing_came() -> None:
    gate = Gate(calm=100, strained=10)
    refused(gate, 100, 5, 0.0)
    gate.refuses(0, WATCHED)
    assert gate.takes(99, 2 * WATCHED)


def test_asking_whether_it_refuses_counts_only_if_it_does() -> None:
    gate = Gate(calm=1, strained=1)
    assert gate.refuses(1, 0.0)
    for _ in range(100):
        assert not gate.refuses(0, 0.5)
    assert gate.refuses(1, WATCHED), "one of one was refused: the hundred were only looked at"
    assert gate.refuses(1, 2 * WATCHED)


def test_the_short_queue_is_never_longer_than_the_long_one() -> None:
    gate = Gate(calm=3, strained=3)
    assert not gate.takes(3, 0.0)
    assert gate.takes(2, 0.0)
