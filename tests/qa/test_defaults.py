"""The defaults that come with the package: that they are read, and when which weights serve."""

import json
from dataclasses import replace
from importlib.resources import files

import numpy as np

from index.snapshot import Snapshot
from qa.answerer import Answerer
from qa.defaults import Defaults, shipped
from qa.learned import Learned
from qa.retriever import Column
from tests.qa.conftest import SnapshotOf


def test_what_ships_is_read_as_it_is_written() -> None:
    document = json.loads((files("qa") / "defaults.json").read_text(encoding="utf-8"))
    for weights, name in ((shipped().taught, "taught"), (shipped().plain, "plain")):
        written = document["ranking"][name]
        columns = {column.name.lower(): weights.columns[column] for column in Column}
        assert {column for column, weight in columns.items() if weight} <= set(written["columns"])
        assert {column: columns[column] for column in written["columns"]} == written["columns"]
        assert weights.sharpness == written["sharpness"]
        assert weights.background == written["background"]


def test_a_site_with_a_classifier_has_weights_of_its_own(
    snapshot: Snapshot, snapshot_of: SnapshotOf
) -> None:
    assert shipped().weights(Learned.of(snapshot)) is shipped().plain
    two = [
        {"question": q, "alternates": [q[:9]], "answer": "Yes."} for q in ("Is it open?", "Why?")
    ]
    assert shipped().weights(Learned.of(snapshot_of(*two))) is shipped().taught


def test_other_defaults_can_be_handed_to_an_answerer(snapshot: Snapshot) -> None:
    only_coverage = np.zeros(len(Column))
    only_coverage[Column.COVERAGE] = 1.0
    plain = replace(shipped().plain, columns=only_coverage)
    defaults: Defaults = replace(shipped(), plain=plain)
    answer = Answerer(snapshot, defaults=defaults).ask("recycled paper")
    # Both words stand in the answer: all of the query is covered, and nothing else counts.
    assert answer.ranking[0].entry.id == "wordless"
    assert answer.ranking[0].score > 1 - 1e-6
