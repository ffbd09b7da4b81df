"""Each wording left out and asked."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from index.build import Row
from index.corpus import read_corpus
from index.embedding import Watcher
from index.entry import Entry, State
from index.snapshot import Snapshot
from index.text import normalise
from index.trial import Trial, trial
from index.vectors import Vectors
from qa import self_test as module
from qa.asked import LAST, Asked, Outcome, SelfTest
from qa.self_findings import findings
from qa.self_test import self_test
from tests.conftest import MODEL, provide_hashed


@pytest.fixture
def tried(tmp_path: Path) -> Iterator[Trial]:
    with trial(tmp_path / "none", MODEL, [], provide=provide_hashed) as tried:
        yield tried


def entry(id_: str, question: str, answer: str, *alternates: str, **rest: object) -> Entry:
    return Entry(id=id_, question=question, answer=answer, alternates=alternates, **rest)  # type: ignore[arg-type]


PARKING = entry(
    "parking", "Where can I park my car?", "Behind the house.", "car park", "park a car", "parking"
)
REFUND = entry("refund", "How do I get my money back?", "Write to us.", "refund", "get a refund")
STRAY = entry(
    "delivery", "How long is delivery?", "Two to four days.", "delivery time", "parking the car"
)


def outcomes(test: SelfTest) -> dict[str, Outcome]:
    return {asked.wording: asked.outcome for asked in test.asked}


def test_every_wording_of_what_is_shown_is_asked_once_in_the_order_of_the_content(
    tried: Trial, corpus_file: Path
) -> None:
    entries = read_corpus([corpus_file])[0].entries
    test = self_test(entries, tried)
    hidden = {"draft", "expired"}
    expected = [(e.id, text) for e in entries if e.id not in hidden for text in e.phrasings]
    assert [(asked.entry.id, asked.wording) for asked in test.asked] == expected
    assert test.wordings == len(expected)


def test_leaving_out_is_real(tried: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked is in no row, no exact form and no text of the snapshot that answers."""
    made = Trial.snapshot
    seen: list[tuple[list[str], list[str]]] = []
    asked_of: list[str] = []

    def snapshot(
        trial: Trial, entries: Sequence[Entry], rows: Sequence[Row], vectors: Vectors
    ) -> Snapshot:
        seen.append(([row.text for row in rows], [t for e in entries for t in e.phrasings]))
        return made(trial, entries, rows, vectors)

    monkeypatch.setattr(Trial, "snapshot", snapshot)
    test = self_test([PARKING, REFUND], tried)
    for rows, phrasings in seen:
        kept = {normalise(text) for text in phrasings}
        left_out = [asked.wording for asked in test.asked if normalise(asked.wording) not in kept]
        assert 1 <= len(left_out) <= 2
        for wording in left_out:
            assert all(not text.startswith(wording) for text in rows if text != "parking")
        asked_of += left_out
    assert sorted(asked_of) == sorted([*PARKING.phrasings, *REFUND.phrasings])


def test_a_wording_that_another_entry_answers_to_finds_that_one(tried: Trial) -> None:
    found = outcomes(self_test([PARKING, REFUND, STRAY], tried))
    assert found["parking the car"] is Outcome.ANOTHER
    assert found["get a refund"] is Outcome.OWN


def test_a_wording_that_resembles_nothing_finds_none(tried: Trial, corpus_file: Path) -> None:
    odd = entry("odd", "Is there a cloakroom?", "Beside the door.", "x" * 40)
    entries = [*read_corpus([corpus_file])[0].entries, odd]
    assert outcomes(self_test(entries, tried))["x" * 40] is Outcome.NONE


def test_spellings_of_one_wording_are_left_out_together(tried: Trial) -> None:
    twice = entry("a", "Parking?", "Behind the house.", "parking", "PARKING!")
    (asked,) = self_test([twice, REFUND], tried).asked[:1]
    assert (asked.wording, asked.alone) == ("Parking?", True)


@pytest.mark.parametrize(
    "left",
    [
        entry("a", "Parking?", ""),
        entry("a", "Parking?", "Behind.", state=State.DRAFT),
        entry("a", "Parking?", "Behind.", context_only=True),
        entry("a", "", "Behind."),
        entry("a", "x" * 2001, "Behind."),
    ],
    ids=["nothing would be left", "draft", "needs a context", "no wording", "too long to be asked"],
)
def test_what_cannot_be_asked_is_not(tried: Trial, left: Entry) -> None:
    assert {asked.entry.id for asked in self_test([left, REFUND], tried).asked} == {"refund"}


def test_of_very_many_wordings_a_fixed_sample_is_asked(
    tried: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_ASKED", 5)
    monkeypatch.setattr(module, "_SAMPLE", 2)
    first = self_test([PARKING, REFUND, STRAY], tried)
    assert (len(first.asked), first.wordings) == (2, 10)
    assert len({asked.entry.id for asked in first.asked}) == 2
    assert self_test([PARKING, REFUND, STRAY], tried).asked == first.asked


def test_no_entries_give_an_empty_test(tried: Trial) -> None:
    assert self_test([], tried, watcher=Watcher()) == SelfTest((), 0)


def asked(wording: str, found: Entry | None, confidence: float, **rest: object) -> Asked:
    told = {
        "entry": STRAY,
        "outcome": Outcome.ANOTHER if found else Outcome.NONE,
        "place": LAST,
        "alone": False,
        "near": 0.8,
        "own": 0.4,
    } | rest
    return Asked(wording=wording, found=found, confidence=confidence, **told)  # type: ignore[arg-type]


def test_a_wording_that_has_nothing_of_its_entry_is_astray() -> None:
    (finding,) = findings(SelfTest((asked("parking the car", PARKING, 0.93),), 1))
    assert str(finding) == (
        "delivery: “parking the car” is nearer to “Where can I park my car?”, parking, than to"
        " anything of its own entry. Move it there, if that is what it asks."
    )
    assert finding.check == "stray-wording"


@pytest.mark.parametrize(
    ("own", "near", "confidence", "place", "is_told"),
    [
        (0.1, 0.5, 0.09, LAST, True),  # resembles nothing of its entry, and something of another
        (0.1, 0.4, 0.09, LAST, False),
        (0.3, 0.5, 0.09, LAST, False),  # good wordings differ
        (0.5, 0.7, 0.65, 3, True),
        (0.5, 0.7, 0.55, 3, False),
        (0.6, 0.7, 0.55, 3, False),
        (0.1, 0.5, 0.09, 2, False),  # the two entries are near each other
    ],
)
def test_a_wording_is_astray_where_the_answerer_and_the_nearest_wordings_agree(
    own: float, near: float, confidence: float, place: int, is_told: bool
) -> None:
    one = asked("parking the car", PARKING, confidence, own=own, near=near, place=place)
    told = [finding.check for finding in findings(SelfTest((one,), 1))]
    assert told == ["stray-wording"] * is_told


def test_a_question_is_never_astray_for_it_says_what_its_entry_is() -> None:
    one = asked(STRAY.question, PARKING, 0.93, own=0.1)
    assert [finding.check for finding in findings(SelfTest((one,), 1))] == ["self-test"]


def test_a_wording_that_is_its_entrys_too_tells_that_the_two_are_near() -> None:
    (finding,) = findings(SelfTest((asked("delivery time", PARKING, 0.93, place=2),), 1))
    assert finding.check == "self-test"
    assert "Say what sets the two apart" in finding.mend


def test_of_two_entries_it_is_said_once_and_not_when_it_is_known() -> None:
    both = (
        asked("parking the car", PARKING, 0.93),
        asked("car park", STRAY, 0.99, entry=PARKING, place=2),
    )
    (finding,) = findings(SelfTest(both, 2))
    assert "“parking the car”" in finding.what
    assert list(findings(SelfTest(both, 2), {frozenset(("parking", "delivery"))})) == []


@pytest.mark.parametrize(
    "unsaid",
    [
        asked("parking the car", PARKING, 0.4),
        asked("parking the car", PARKING, 0.8, alone=True),
        asked("parking the car", None, 0.0, alone=True),
        asked("Parking", PARKING, 0.99),  # a wording of that entry too, which is told elsewhere
        asked("delivery time", STRAY, 0.9, outcome=Outcome.OWN, place=1),
    ],
)
def test_what_is_doubtful_or_as_it_should_be_is_not_told(unsaid: Asked) -> None:
    assert list(findings(SelfTest((unsaid,), 1))) == []


def test_that_wordings_are_not_found_is_no_fault_and_can_be_read_in_the_listing() -> None:
    lost = tuple(asked(f"wording {number}", None, 0.1) for number in range(3))
    test = SelfTest(lost, 3)
    assert list(findings(test)) == []
    assert test.lost == lost


def test_what_is_near_a_left_out_wording_is_measured_without_it(tried: Trial) -> None:
    asked_of = {asked.wording: asked for asked in self_test([PARKING, REFUND, STRAY], tried).asked}
    astray, own = asked_of["parking the car"], asked_of["get a refund"]
    assert astray.found == PARKING
    assert 1 > astray.near > astray.own
    assert own.found == REFUND
    assert 1 > own.own >= own.near > 0


def test_outcomes_are_counted_apart_for_entries_with_one_wording() -> None:
    some = (
        asked("a", None, 0.1),
        asked("b", None, 0.1, alone=True),
        asked("c", STRAY, 0.9, outcome=Outcome.OWN),
    )
    test = SelfTest(some, 3)
    assert [test.count(outcome) for outcome in Outcome] == [1, 0, 1]
    assert [test.count(outcome, alone=True) for outcome in Outcome] == [0, 0, 1]
