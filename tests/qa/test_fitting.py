"""From labelled queries to a published snapshot, on the ten entries and the small encoder."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.build import BuildReport, build
from index.errors import InputError, SnapshotError
from index.manifest import Layout
from index.snapshot import Snapshot, load, open_snapshot
from qa.answerer import Answerer
from qa.confidence import EXACT, Calibration
from qa.defaults import shipped
from qa.evaluation.queries import LabelledQuery, read_labelled
from qa.fitting import LEAST_QUERIES, Calibrated, calibrate, finish
from qa.learned import Learned
from tests.conftest import ENTRIES, MODEL, ROOT, provide_hashed
from tests.qa.labelled import ANSWERABLE, LABELLED

Indexed = Callable[..., BuildReport]


@pytest.fixture
def index_(tmp_path: Path) -> Indexed:
    """Builds an index of the given entries, as `qa index` does."""

    def make(entries: Sequence[dict[str, Any]] = ENTRIES) -> BuildReport:
        source = tmp_path / "faq.jsonl"
        # An answer of one word would be warned of.
        whole = ({**e, "answer": e["answer"].replace("Yes.", "Yes, at once.")} for e in entries)
        source.write_text("".join(json.dumps(entry) + "\n" for entry in whole))
        return build(
            [source], tmp_path / "index", model=MODEL, provide=provide_hashed, finish=finish
        )

    return make


@pytest.fixture
def root(tmp_path: Path, index_: Indexed) -> Path:
    """An index of the ten entries, learned from."""
    index_()
    return tmp_path / "index"


def opened(root: Path) -> Snapshot:
    snapshot, problems = open_snapshot(root)
    assert problems == []
    return snapshot


def layout(root: Path) -> Layout:
    return Layout(root / "snapshots" / opened(root).name)


def confidences(snapshot: Snapshot) -> list[float]:
    return [a.confidence for a in Answerer(snapshot).ask_many([q.text for q in LABELLED])]


def edited(number: int, **values: object) -> list[dict[str, Any]]:
    return [{**e, **values} if i == number else e for i, e in enumerate(ENTRIES)]


def without(*ids: str) -> list[dict[str, Any]]:
    return [entry for entry in ENTRIES if entry["id"] not in ids]


class TestFinish:
    def test_what_was_learned_is_in_the_snapshot_and_is_what_would_be_learned_now(
        self, root: Path
    ) -> None:
        snapshot = opened(root)
        assert set(snapshot.learned) == set(Learned.of(snapshot).arrays())
        expected = Learned.of(replace(snapshot, learned={})).arrays()
        for name, array in expected.items():
            np.testing.assert_array_equal(snapshot.learned[name], array)

    def test_without_labels_the_default_confidence_serves(self, root: Path) -> None:
        snapshot = opened(root)
        assert snapshot.calibration == {}
        assert not layout(root).calibration.exists()
        assert not layout(root).labels.exists()
        for answer in Answerer(snapshot).ask_many([q.text for q in LABELLED]):
            expected = shipped().calibration.right.probability(np.array(answer.features))
            assert answer.confidence == expected

    def test_nothing_is_warned_of(self, index_: Indexed) -> None:
        assert index_(edited(1, answer="In front.")).warnings == index_().warnings

    def test_serving_what_was_fitted_imports_nothing_that_fits(self, root: Path) -> None:
        calibrate(root, LABELLED)
        code = f"""
import sys, pathlib
import numpy as np
from index import loading
from index.snapshot import open_snapshot
from qa.answerer import Answerer
class Encoder:
    encode_queries = lambda self, texts: np.full((len(texts), 64), 0.125, "f4")
loading.LOADERS["hashed"] = lambda *_: Encoder()
print(len(Answerer(open_snapshot(pathlib.Path({str(root)!r}))[0]).ask("car").ranking))
print(sorted({{"sklearn", "scipy", "torch"}} & set(sys.modules)))
"""
        run = [sys.executable, "-c", code]
        ran = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True)
        assert ran.stdout == "8\n[]\n"


class TestCalibrate:
    def test_publishes_a_snapshot_whose_confidence_differs(self, root: Path) -> None:
        before = opened(root)
        name, calibrated = calibrate(root, LABELLED)
        after = opened(root)
        assert after.name == name != before.name
        answers = Answerer(after).ask_many([query.text for query in LABELLED])
        moved = np.abs(np.array(confidences(before)) - [a.confidence for a in answers])
        assert moved.max() > 0.01
        # What is stored has four decimals.
        expected = calibrated.calibration.right.probabilities(calibrated.cases.features)
        np.testing.assert_allclose([a.confidence for a in answers], expected, atol=1e-3)

    def test_says_what_it_rests_on(self, root: Path) -> None:
        before = np.array(confidences(opened(root)))
        calibrated = calibrate(root, LABELLED)[1]
        assert len(calibrated.cases) == len(LABELLED)
        answers = Answerer(opened(root)).ask_many([query.text for query in LABELLED])
        right = [
            answer.ranking[0].entry.id in query.relevant
            for answer, query in zip(answers, LABELLED, strict=True)
        ]
        assert calibrated.cases.right.tolist() == right
        assert 0 < sum(right) < len(right)
        np.testing.assert_allclose(calibrated.before, before, atol=1e-12)
        in_sample = calibrated.calibration.right.probabilities(calibrated.cases.features)
        assert calibrated.after.shape == in_sample.shape
        assert 0 < np.abs(calibrated.after - in_sample).max() < 0.5

    def test_changes_nothing_but_confidence(self, root: Path) -> None:
        before = opened(root)
        calibrate(root, LABELLED)
        after = opened(root)
        assert list(after.entries) == list(before.entries)
        assert after.manifest.content == before.manifest.content
        for query in LABELLED:
            one, other = (Answerer(snapshot).ask(query.text) for snapshot in (before, after))
            assert (one.ranking, one.basis, one.features) == (
                other.ranking,
                other.basis,
                other.features,
            )

    def test_a_stored_wording_stays_certain(self, root: Path) -> None:
        calibrate(root, LABELLED)
        answer = Answerer(opened(root)).ask("opening hours")
        assert (answer.answered, answer.confidence) == (True, EXACT)

    def test_the_snapshot_before_can_still_be_loaded_and_is_as_it_was(self, root: Path) -> None:
        before = opened(root)
        expected = confidences(before)
        calibrate(root, LABELLED)
        again = load(root / "snapshots" / before.name)
        assert again.calibration == {}
        assert confidences(again) == expected

    def test_the_labels_are_kept_beside_it_as_they_can_be_read_again(self, root: Path) -> None:
        odd = [LabelledQuery("ü 1", "Où se “garer”? 🎉\\", ("parking", "hours")), *LABELLED]
        calibrate(root, odd)
        assert read_labelled(layout(root).labels) == odd

    def test_is_the_same_each_time_and_does_not_build_on_the_last(self, root: Path) -> None:
        calibrate(root, LABELLED)
        first = opened(root).calibration
        calibrate(root, LABELLED)
        assert opened(root).calibration == first
        assert len(first["thresholds"]) > 3

    def test_new_labels_take_the_place_of_the_old(self, root: Path) -> None:
        calibrate(root, LABELLED)
        first = opened(root).calibration
        calibrate(root, ANSWERABLE)
        assert opened(root).calibration != first
        assert read_labelled(layout(root).labels) == ANSWERABLE

    def test_what_is_asked_word_for_word_says_nothing_of_confidence(self, root: Path) -> None:
        exact = [LabelledQuery("exact", "Opening hours!", ("hours",))]
        assert len(calibrate(root, [*LABELLED, *exact])[1].cases) == len(LABELLED)

    def test_a_query_whose_answers_are_all_hidden_is_left_out(self, root: Path) -> None:
        hidden = [
            LabelledQuery("h1", "secret menus?", ("draft",)),
            LabelledQuery("h2", "sale in winter", ("expired", "draft")),
            LabelledQuery("h3", "menus in the car park", ("draft", "parking")),
        ]
        assert len(calibrate(root, [*LABELLED, *hidden])[1].cases) == len(LABELLED) + 1

    def test_labels_of_one_kind_can_be_fitted_on(self, root: Path) -> None:
        before = confidences(opened(root))
        calibrate(root, [replace(query, relevant=()) for query in LABELLED])
        assert all(a < b for a, b in zip(confidences(opened(root)), before, strict=True))


FAULTS: dict[str, tuple[list[LabelledQuery], str]] = {
    "an unknown entry": (
        [*LABELLED, LabelledQuery("u", "money", ("refnd",), "q.jsonl:7")],
        "q.jsonl:7: no entry has the id “refnd”. Did you mean “refund”?",
    ),
    "too few": (
        LABELLED[: LEAST_QUERIES - 1],
        "calibrating needs at least 30 labelled queries, and can use 29 here. Label more;"
        " those that are a stored question word for word do not count.",
    ),
    "one": (LABELLED[:1], "calibrating needs at least 30 labelled queries, and can use 1 here."),
    "none": ([], "calibrating needs at least 30 labelled queries, and can use 0 here."),
    "too few that are no stored question": (
        [
            *LABELLED[: LEAST_QUERIES - 1],
            *(LabelledQuery(f"w{n}", "opening hours", ("hours",)) for n in range(9)),
        ],
        "calibrating needs at least 30 labelled queries, and can use 29 here.",
    ),
    "an empty one": (
        [*LABELLED, LabelledQuery("e", " ", ("hours",), "q.jsonl:8")],
        "q.jsonl:8: the question is empty. Mend its text, or leave the query out.",
    ),
    "a long one": (
        [LabelledQuery("l", "x" * 2001, (), "q.jsonl:9"), *LABELLED],
        "q.jsonl:9: the question is longer than 2,000 characters. Mend its text,",
    ),
}


@pytest.mark.parametrize(("labelled", "message"), FAULTS.values(), ids=FAULTS.keys())
@pytest.mark.parametrize("calibrated", [False, True], ids=["first", "again"])
def test_labels_that_cannot_be_used_are_one_clear_error_and_publish_nothing(
    root: Path, labelled: list[LabelledQuery], message: str, calibrated: bool
) -> None:
    if calibrated:
        calibrate(root, LABELLED)
    pointer, before = (root / "current").read_text(), opened(root).calibration
    folders = sorted((root / "snapshots").iterdir())
    with pytest.raises(InputError, match=r"^[^\n]+$") as raised:
        calibrate(root, labelled)
    assert str(raised.value).startswith(message)
    assert (root / "current").read_text() == pointer
    assert sorted((root / "snapshots").iterdir()) == folders
    assert opened(root).calibration == before


def test_exactly_as_many_as_are_needed_are_enough(root: Path) -> None:
    assert len(calibrate(root, LABELLED[:LEAST_QUERIES])[1].cases) == LEAST_QUERIES


def test_without_a_snapshot_the_command_to_build_it_is_named(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match=r"there is no snapshot here\. Build it with: qa index"):
        calibrate(tmp_path / "nowhere", LABELLED)


class TestTheNextBuild:
    @pytest.fixture
    def calibrated(self, root: Path) -> Calibrated:
        """Confidence fitted on the labelled queries."""
        return calibrate(root, LABELLED)[1]

    def test_fits_again_on_the_same_labels(
        self, root: Path, calibrated: Calibrated, index_: Indexed
    ) -> None:
        first = opened(root).calibration
        report = index_(edited(3, answer="It depends, " + "on where you live, " * 20))
        assert (report.changed, report.warnings) == (True, ())
        snapshot = opened(root)
        assert read_labelled(layout(root).labels) == LABELLED
        # Fitted on the new content: as if calibrated anew.
        assert snapshot.calibration != first
        calibrate(root, LABELLED)
        assert opened(root).calibration == snapshot.calibration

    def test_leaves_unchanged_content_and_its_calibration_as_they_are(
        self, root: Path, calibrated: Calibrated, index_: Indexed
    ) -> None:
        name = opened(root).name
        assert index_().changed is False
        assert opened(root).name == name
        assert opened(root).calibration == calibrated.calibration.document()

    def test_says_how_many_labels_name_entries_that_are_gone(
        self, root: Path, calibrated: Calibrated, index_: Indexed
    ) -> None:
        report = index_(without("parking"))
        # Two wordings, each asked in three ways.
        line = f"6 of {len(LABELLED)} labelled queries name no entry that is still shown."
        assert report.warnings == (line,)
        assert opened(root).calibration not in ({}, calibrated.calibration.document())
        assert read_labelled(layout(root).labels) == LABELLED

    def test_says_so_too_of_entries_that_are_withdrawn(
        self, root: Path, calibrated: Calibrated, index_: Indexed
    ) -> None:
        report = index_(edited(1, state="withdrawn"))
        assert report.warnings[0].startswith(f"6 of {len(LABELLED)} labelled queries")

    def test_says_when_too_few_are_left_and_the_default_serves(
        self, root: Path, calibrated: Calibrated, index_: Indexed
    ) -> None:
        gone = ["hours", "parking", "refund", "password"]
        report = index_(without(*gone))
        assert report.warnings == (
            "the default confidence serves, not one fitted to this site: calibrating needs at least"
            " 30 labelled queries, and can use 18 here. Label more; those that are a stored"
            " question word for word do not count.",
        )
        assert opened(root).calibration == {}
        for answer in Answerer(opened(root)).ask_many([q.text for q in LABELLED[:9]]):
            expected = shipped().calibration.right.probability(np.array(answer.features))
            assert answer.confidence == expected

    def test_fits_again_once_the_entries_are_back(
        self, root: Path, calibrated: Calibrated, index_: Indexed
    ) -> None:
        index_(without("hours", "parking", "refund", "password"))
        assert index_().warnings == ()
        assert opened(root).calibration == calibrated.calibration.document()

    def test_keeps_the_labels_for_another_model_too(
        self, root: Path, calibrated: Calibrated, tmp_path: Path
    ) -> None:
        other = replace(MODEL, digest="f" * 64)
        source = tmp_path / "faq.jsonl"
        report = build([source], root, model=other, provide=provide_hashed, finish=finish)
        assert (report.changed, report.warnings) == (True, ())
        assert opened(root).calibration == calibrated.calibration.document()


def test_the_calibration_that_is_stored_reads_back(root: Path) -> None:
    calibrated = calibrate(root, LABELLED)[1]
    stored = Calibration.of(json.loads(layout(root).calibration.read_text(encoding="utf-8")))
    assert stored.document() == calibrated.calibration.document()
    assert stored.right.coefficients == pytest.approx(
        calibrated.calibration.right.coefficients, abs=5e-5
    )


def test_labels_outlive_a_snapshot_that_can_no_longer_be_read(root: Path, index_: Indexed) -> None:
    calibrate(root, LABELLED)
    (layout(root).entries).write_text("damaged", encoding="utf-8")
    index_(without("gift"))
    assert layout(root).labels.exists()
    assert opened(root).calibration


def test_calibrating_never_brings_an_older_snapshot_into_force(root: Path) -> None:
    calibrate(root, LABELLED)
    damaged = opened(root).name
    layout(root).entries.write_text("damaged", encoding="utf-8")
    with pytest.raises(SnapshotError, match="damaged"):
        calibrate(root, LABELLED)
    assert (root / "current").read_text().strip() == damaged


def test_a_query_that_is_asked_twice_counts_once(root: Path) -> None:
    again = [replace(query, id=f"again-{query.id}") for query in LABELLED]
    once = calibrate(root, LABELLED)[1].cases
    assert len(calibrate(root, [*LABELLED, *again])[1].cases) == len(once)
