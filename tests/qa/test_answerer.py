from collections.abc import Callable

import numpy as np
import pytest

from index.errors import InputError
from index.snapshot import Snapshot
from index.text import passages, plain
from qa.answer import NOTHING, Answer, Basis, Candidate
from qa.answerer import PROMISED_ERROR, Answerer, Scope, problem_of
from qa.batch import answering
from qa.confidence import EXACT, FEATURES
from qa.defaults import shipped
from tests.conftest import ENTRIES
from tests.qa.conftest import SnapshotOf

GIBBERISH = "x" * 40
HIDDEN = {"draft", "expired"}
WORDINGS = [
    (entry["id"], wording)
    for entry in ENTRIES
    if entry["id"] not in HIDDEN and "question" in entry
    for wording in [entry["question"], *entry.get("alternates", [])]
]


def ranked(answer: Answer) -> list[str]:
    return [candidate.entry.id for candidate in answer.ranking]


@pytest.mark.parametrize(
    "put",
    [
        str,
        str.upper,
        str.lower,
        lambda w: f"  {w.replace(' ', '   ')}\n",
        lambda w: f"«{w.rstrip('?')}»!!",
    ],
    ids=["as-stored", "upper", "lower", "spaces", "punctuation"],
)
def test_a_stored_wording_returns_its_entry_and_is_sure_of_it(
    answerer: Answerer, put: Callable[[str], str]
) -> None:
    for id_, wording in WORDINGS:
        answer = answerer.ask(put(wording))
        assert (answer.answered, answer.entry and answer.entry.id) == (True, id_), wording
        assert answer.confidence >= 0.9
        assert answer.ranking[0].score == 1.0


def test_the_answer_is_the_stored_text_word_for_word(answerer: Answerer) -> None:
    entry = answerer.ask("forgotten password").entry
    assert entry and entry.answer == "Open `Settings`, choose *Security*, then **Reset**."


def test_words_that_two_entries_claim_are_certain_for_neither(snapshot_of: SnapshotOf) -> None:
    answerer = Answerer(
        snapshot_of(
            {"id": "one", "question": "Is it open?", "answer": "The shop is."},
            {"id": "two", "question": "Is it open", "answer": "The café is not."},
        )
    )
    answer = answerer.ask("is it open")
    assert ranked(answer) == ["one", "two"]
    assert [candidate.score for candidate in answer.ranking] == [1.0, 1.0]
    assert answer.confidence < 0.99


def test_a_stored_wording_wins_over_an_answer_of_the_same_words(snapshot_of: SnapshotOf) -> None:
    answerer = Answerer(
        snapshot_of(
            {"answer": "Opening hours"}, {"question": "Opening hours", "answer": "9 to 17."}
        )
    )
    answer = answerer.ask("opening hours")
    assert ranked(answer) == ["e1", "e0"]
    assert answer.confidence >= 0.9


MANY = [
    *(wording for _, wording in WORDINGS),
    *(f"{wording} please, and {GIBBERISH}" for _, wording in WORDINGS),
    "a",
    "?!",
    "🎉",
    "Où est le parking?",
    ("how long does the delivery of a gift voucher take " * 40)[:2000],
    "x" * 2000,
    " open ",
    GIBBERISH,
]


def test_a_question_alone_and_among_others_gets_the_same(answerer: Answerer) -> None:
    for together in (MANY, MANY[::-1], [MANY[3], MANY[-2]]):
        for question, among in zip(together, answerer.ask_many(together), strict=True):
            alone = answerer.ask(question)
            assert (among.answered, among.offers) == (alone.answered, alone.offers), question
            assert ranked(among) == ranked(alone)
            assert among.confidence == pytest.approx(alone.confidence, abs=1e-4)
            scores = [[c.score for c in answer.ranking] for answer in (among, alone)]
            np.testing.assert_allclose(*scores, atol=1e-4)


def test_no_questions_get_no_answers(answerer: Answerer) -> None:
    assert answerer.ask_many([]) == []


def test_gibberish_is_not_answered(answerer: Answerer) -> None:
    answer = answerer.ask(GIBBERISH)
    assert (answer.answered, answer.entry) == (False, None)
    assert answer.confidence < 0.3


@pytest.mark.parametrize(
    ("question", "problem"),
    [
        ("a", None),
        ("x" * 2000, None),
        ("x" * 2000 + " \n", None),
        ("🎉" * 2000, None),
        ("nul \0 is a character", None),
        ("x" * 2001, "the question is longer than 2,000 characters"),
        ("", "the question is empty"),
        (" \t\n\u3000", "the question is empty"),
        ("half \ud83d a character", "the question is not valid Unicode text"),
        ("\udc80", "the question is not valid Unicode text"),
    ],
    ids=["a", "2000", "trimmed", "emoji", "nul", "2001", "empty", "blank", "high", "low"],
)
def test_what_can_be_asked(answerer: Answerer, question: str, problem: str | None) -> None:
    assert problem_of(question) == problem
    if problem is None:
        assert 0 <= answerer.ask(question).confidence <= 1
        return
    with pytest.raises(InputError) as raised:
        answerer.ask_many(["fine", question])
    assert str(raised.value) == f"question 2: {problem}."


def test_at_most_fifty_entries_are_ranked_the_best_ones(snapshot_of: SnapshotOf) -> None:
    entries = [{"question": f"Room number {number}", "answer": "Yes."} for number in range(80)]
    answer = Answerer(snapshot_of(*entries)).ask("room number 77")
    assert len(answer.ranking) == 50
    assert answer.entry and answer.entry.question == "Room number 77"
    scores = [candidate.score for candidate in answer.ranking]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    ("answered", "offers", "k", "alternatives"),
    [
        (True, True, 2, ["parking", "refund"]),
        (True, False, 50, ["parking", "refund", "delivery"]),
        (False, True, 2, ["hours", "parking"]),
        (False, True, 50, ["hours", "parking", "refund", "delivery"]),
        (False, False, 50, []),
    ],
    ids=["answered", "answered-all", "did-you-mean", "did-you-mean-all", "nothing-near"],
)
def test_alternatives_of_the_three_outcomes(
    answerer: Answerer, answered: bool, offers: bool, k: int, alternatives: list[str]
) -> None:
    entries = [answerer.entry(id_) for id_ in ("hours", "parking", "refund", "delivery")]
    ranking = tuple(Candidate(entry, 0.5) for entry in entries if entry)
    answer = Answer(answered=answered, confidence=0.5, ranking=ranking, offers=offers)
    assert [candidate.entry.id for candidate in answer.alternatives(k)] == alternatives
    assert answer.entry == (entries[0] if answered else None)


def test_an_entry_is_found_by_its_id(answerer: Answerer) -> None:
    found = answerer.entry("gift")
    assert found and found.question == "Do you sell gift vouchers?"
    assert answerer.entry("gift ") is None


def test_a_batch_answer_names_the_best_entries_whether_or_not_it_abstains(
    answerer: Answerer,
) -> None:
    known, unknown = answering(answerer.ask_many)(["opening hours", GIBBERISH], 3)
    assert known.answered and known.answer
    assert (known.answer.id, known.answer.question) == ("hours", "When are you open?")
    assert (known.answer.page, known.answer.url) == ("visit", "https://example.org/visit")
    assert known.ranking[0] == ("hours", 1.0)
    assert (unknown.answered, unknown.answer) == (False, None)
    assert [len(answer.ranking) for answer in (known, unknown)] == [3, 3]


def test_entries_with_many_alternates_do_not_keep_others_out_of_the_ranking(
    snapshot_of: SnapshotOf,
) -> None:
    # More wordings that are near than there are vectors looked at to begin with: 72.
    crowd = [f"parking space number {number}" for number in range(400)]
    entries = [{"question": f"Room {number}", "answer": "Upstairs."} for number in range(60)]
    answerer = Answerer(snapshot_of({"id": "crowd", "alternates": crowd, "answer": "B."}, *entries))
    assert len(answerer.ask("parking space").ranking) == 50


def test_what_is_ranked_beyond_those_that_were_judged_follows_them_and_changes_nothing(
    snapshot_of: SnapshotOf,
) -> None:
    entries = [{"question": f"Room number {number}", "answer": "Yes."} for number in range(150)]
    answerer = Answerer(snapshot_of(*entries))
    for question in ("room number 77", "number 7 please", GIBBERISH):
        first = answerer.ask(question).ranking[:5]
        looked_at = answerer.ask(question)
        every = list(looked_at.ranking)
        assert tuple(every[:5]) == first == looked_at.ranking[:5]
        assert len({candidate.entry.id for candidate in every}) == len(every) == 50
        scores = [candidate.score for candidate in every]
        assert scores == sorted(scores, reverse=True)
        assert looked_at == answerer.ask(question)


def test_a_vector_encoded_beforehand_gives_the_same_answer(answerer: Answerer) -> None:
    texts = ["opening hours", "forgot pasword", GIBBERISH]
    for text, vector in zip(texts, answerer.encode(texts), strict=True):
        assert answerer.answer(text, vector) == answerer.ask(text)
        page = Scope(page="account")
        assert answerer.answer(text, vector, scope=page) == answerer.ask(text, scope=page)


def test_an_answer_written_in_html_is_matched_by_its_words(snapshot_of: SnapshotOf) -> None:
    answerer = Answerer(
        snapshot_of(
            {
                "id": "html",
                "question": "A",
                "answer": "<div>\n<p>Reimbursement of tolls</p>\n</div>",
            },
            {"id": "other", "question": "B", "answer": "The north gate is locked."},
        )
    )
    assert ranked(answerer.ask("reimbursement of tolls"))[0] == "html"


# Of 7 and of 9 words: eight of the one, and six of the other, are a passage.
LONG = (
    "Parcels go out **every morning** but Sunday. " * 8
    + "Islands wait for the *ferry*, which goes on Mondays. " * 6
)


@pytest.mark.parametrize(
    ("question", "id_", "wording"),
    [
        ("opening hours", "hours", "opening hours"),
        ("when exactly are you open?", "hours", "When are you open?"),
        ("forgot password", "password", "forgotten password"),
        ("please delete my account", "delete", "Can I delete my account?"),
        ("paper recycled in finland", "wordless", ""),
    ],
)
def test_an_answer_rests_on_the_wording_that_is_nearest(
    answerer: Answerer, question: str, id_: str, wording: str
) -> None:
    answer = answerer.ask(question)
    assert ranked(answer)[0] == id_
    # All answers are a passage each.
    assert answer.basis == Basis(wording=wording, passage=None)


def test_an_answer_rests_on_the_passage_of_a_long_one_that_is_nearest(
    snapshot_of: SnapshotOf,
) -> None:
    answerer = Answerer(
        snapshot_of(
            {"question": "How do I get my parcel?", "alternates": ["delivery"], "answer": LONG},
            {"question": "Do you sell gift vouchers?", "answer": "Yes."},
        )
    )
    assert [len(passage.split()) for passage in passages(plain(LONG))] == [56, 54]
    for question, passage in (
        ("delivery every morning but sunday", 0),
        ("delivery to islands by the ferry on mondays", 1),
    ):
        answer = answerer.ask(question)
        assert ranked(answer)[0] == "e0"
        assert answer.basis == Basis(wording="delivery", passage=passage)


def test_what_is_not_answered_rests_on_something_too_and_nothing_on_nothing(
    answerer: Answerer,
) -> None:
    assert answerer.ask(GIBBERISH).basis.wording
    nowhere = answerer.ask("opening hours", scope=Scope(page="no such page"))
    assert nowhere == NOTHING
    assert (nowhere.basis, nowhere.features) == (Basis("", None), ())


def test_confidence_is_what_the_calibration_makes_of_the_features(answerer: Answerer) -> None:
    for question in MANY[len(WORDINGS) :]:
        answer = answerer.ask(question)
        assert len(answer.features) == len(FEATURES)
        expected = shipped().calibration.right.probability(np.array(answer.features))
        assert answer.confidence == pytest.approx(expected, abs=1e-12)


def test_what_is_certain_has_no_features(answerer: Answerer) -> None:
    for _, wording in WORDINGS:
        answer = answerer.ask(wording)
        assert (answer.confidence, answer.features) == (EXACT, ())


PROMISES = [0.01, 0.03, 0.05, 0.1, 0.2, 0.3]


def test_a_stricter_promise_never_shows_more_and_changes_nothing_else(snapshot: Snapshot) -> None:
    asked = [*MANY, *(f"{wording} thanks" for _, wording in WORDINGS), "money", "car", "sale"]
    shown: set[str] = set()
    counts = []
    loosest = Answerer(snapshot, promised_error=PROMISES[-1]).ask_many(asked)
    for promise in PROMISES:
        answers = Answerer(snapshot, promised_error=promise).ask_many(asked)
        now = {q for q, answer in zip(asked, answers, strict=True) if answer.answered}
        assert shown <= now
        shown = now
        counts.append(len(now))
        for answer, other in zip(answers, loosest, strict=True):
            assert (answer.confidence, answer.ranking) == (other.confidence, other.ranking)
            assert (answer.offers, answer.basis) == (other.offers, other.basis)
    assert counts[0] < counts[-1]


@pytest.mark.parametrize("promise", PROMISES)
def test_an_answer_is_shown_from_the_threshold_of_its_promise_on(
    snapshot: Snapshot, promise: float
) -> None:
    answerer = Answerer(snapshot, promised_error=promise)
    assert answerer.threshold == shipped().calibration.threshold(promise)
    for answer in answerer.ask_many(MANY):
        assert answer.answered is (answer.confidence >= answerer.threshold)


def test_a_stored_wording_is_shown_whatever_is_promised(snapshot: Snapshot) -> None:
    strictest = Answerer(snapshot, promised_error=0.0)
    assert all(strictest.ask(wording).answered for _, wording in WORDINGS)


def test_one_in_ten_is_promised_unless_the_operator_says_otherwise(snapshot: Snapshot) -> None:
    assert PROMISED_ERROR == 0.1
    named = Answerer(snapshot, promised_error=0.1).ask_many(MANY)
    assert Answerer(snapshot).ask_many(MANY) == named


def test_of_entries_that_claim_the_same_words_none_is_surer_than_its_share(
    snapshot_of: SnapshotOf,
) -> None:
    same = [{"question": "How do I apply?", "answer": f"Form {n}."} for n in range(4)]
    answer = Answerer(snapshot_of(*same)).ask("how do i apply")
    assert 0 < answer.confidence <= EXACT / 4
