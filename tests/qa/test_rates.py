"""Rates: how they are read, whom a request counts for, and that no window holds too much."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import InputError
from qa.rates import MOST_WINDOWS, Rate, Rates, Windows, caller_of, parsed
from qa.settings import Settings


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("text", "rates"),
    [
        ("", ()),
        (" ; ", ()),
        ("60/minute", (Rate(60, 60),)),
        ("60 per minute", (Rate(60, 60),)),
        ("1/Second", (Rate(1, 1),)),
        ("10/5 seconds", (Rate(10, 5),)),
        ("10/5seconds", (Rate(10, 5),)),
        ("1000/day; 60/minute ;5/second", (Rate(5, 1), Rate(60, 60), Rate(1000, 86_400))),
        ("1000000/hour", (Rate(1_000_000, 3_600),)),
    ],
)
def test_rates_are_read_as_people_write_them(text: str, rates: tuple[Rate, ...]) -> None:
    assert parsed(text, "QA_RATE_LIMIT") == rates


@pytest.mark.parametrize(
    "text",
    [
        "60",
        "minute",
        "60/fortnight",
        "0/minute",
        "-1/minute",
        "1.5/minute",
        "60/0 minutes",
        "60/minute,5/second",
        "1000001/day",
        "1/99999 days",
        "9" * 5_000 + "/day",
        "60/minutes or so",
        "1/second;2/second;3/second;4/second;5/second;6/second",
        "٦/minute/",
    ],
)
def test_nonsense_is_refused_by_the_name_of_its_variable(text: str) -> None:
    with pytest.raises(InputError, match=r"^QA_KEY_RATE_LIMIT: .*60/minute"):
        Rates.of(Settings(key_rate_limit=text))


def test_no_rates_are_none() -> None:
    assert not Rates.of(Settings())
    assert Rates.of(Settings(key_rate_limit="1/day"))


@pytest.mark.parametrize(
    ("address", "caller"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
        ("", ""),
        (":nonsense:", ":nonsense:"),
    ],
)
def test_a_household_is_one_caller(address: str, caller: str) -> None:
    assert caller_of(address) == caller


def ask(windows: Windows, rates: tuple[Rate, ...], cost: int = 1, who: str = "a") -> float:
    """What `Counts` does: count unless it has to wait."""
    seconds = windows.wait(who, rates, cost)
    if not seconds:
        windows.add(who, rates, cost)
    return seconds


def test_what_is_within_the_rate_is_let_in_and_no_more() -> None:
    windows, rates = Windows(clock=Clock()), (Rate(3, 60),)
    assert [ask(windows, rates) for _ in range(3)] == [0, 0, 0]
    assert 60 <= ask(windows, rates) <= 63
    assert ask(windows, rates, who="b") == 0


def test_after_the_seconds_that_were_told_it_is_let_in_and_not_before() -> None:
    clock = Clock()
    windows, rates = Windows(clock=clock), (Rate(3, 60),)
    for moment in (0.0, 10.0, 20.0):
        clock.now = 1_000 + moment
        assert ask(windows, rates) == 0
    clock.now = 1_021
    seconds = ask(windows, rates)
    assert 39 <= seconds <= 42
    clock.now += seconds - 0.1
    assert ask(windows, rates) > 0
    clock.now += 0.2
    assert ask(windows, rates) == 0
    assert ask(windows, rates) > 0


def test_a_batch_waits_until_there_is_room_for_all_of_it() -> None:
    clock = Clock()
    windows, rates = Windows(clock=clock), (Rate(10, 60),)
    for moment in (0.0, 30.0):
        clock.now = 1_000 + moment
        assert ask(windows, rates, 4) == 0
    assert ask(windows, rates, 2) == 0
    clock.now = 1_031
    assert 29 <= ask(windows, rates, 4) <= 32
    assert 59 <= ask(windows, rates, 10) <= 62
    assert ask(windows, rates, 11) >= 59


def test_of_several_rates_each_holds_and_a_refusal_counts_for_none() -> None:
    clock = Clock()
    windows, rates = Windows(clock=clock), (Rate(2, 1), Rate(5, 100))
    let_in = 0
    for _ in range(40):
        let_in += not ask(windows, rates)
        clock.now += 0.4
    assert let_in == 5


def test_a_clock_that_stands_far_off_forgets_everything() -> None:
    clock = Clock()
    windows, rates = Windows(clock=clock), (Rate(1, 1),)
    assert ask(windows, rates) == 0
    clock.now += 10**9
    assert ask(windows, rates) == 0
    assert ask(windows, rates) > 0


@given(
    steps=st.lists(st.tuples(st.floats(0, 30), st.integers(1, 6)), max_size=60),
    amount=st.integers(1, 10),
    seconds=st.integers(1, 90),
)
def test_no_window_of_the_rates_length_ever_holds_more(
    steps: list[tuple[float, int]], amount: int, seconds: int
) -> None:
    clock = Clock()
    windows, rates = Windows(clock=clock), (Rate(amount, seconds),)
    asked: list[tuple[float, int]] = []
    for pause, cost in steps:
        clock.now += pause
        if not ask(windows, rates, cost):
            asked.append((clock.now, cost))
        recent = sum(some for at, some in asked if at > clock.now - seconds)
        assert recent <= amount
        late = sum(some for at, some in asked if at > clock.now - seconds * 1.06)
        assert windows.wait("a", rates, 1) == 0 or late + 1 > amount


def test_memory_is_bounded_whatever_number_of_callers_comes() -> None:
    windows, rates = Windows(), (Rate(60, 60),)
    for number in range(200_000):
        windows.add(f"address/2001:db8:{number >> 16:x}:{number & 65535:x}::/64", rates, 1)
    assert len(windows) == MOST_WINDOWS


def test_a_caller_takes_a_few_hundred_bytes_however_much_it_asks() -> None:
    clock, rates = Clock(), (Rate(10**6, 60),)
    windows = Windows(clock=clock)
    tracemalloc.start()
    try:
        for _ in range(20):
            clock.now += 3
            for number in range(1_000):
                windows.add(f"address/2001:db8:1:{number:x}::/64", rates, 1_000)
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size < 700 * 1_000


def test_whoever_asks_is_not_forgotten_before_those_who_do_not() -> None:
    windows, rates = Windows(most=10, clock=Clock()), (Rate(1_000, 60),)
    for number in range(100):
        ask(windows, rates, who="steady")
        ask(windows, rates, who=f"passing-{number}")
    assert len(windows) == 10
    assert windows.wait("steady", rates, 901) > 0
    assert windows.wait("steady", rates, 900) == 0
