"""Real files, a real watcher and real builds, with the small encoder."""

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest

from index import shelf
from index.build import ContentFaultsError, build
from index.embedding import Watcher
from index.errors import ContentError, ModelError
from index.formats.reading import Finding
from index.snapshot import open_snapshot
from qa.builder import Builder, Outcome
from qa.cli.rebuilding import rebuild
from qa.notice import Notice
from qa.settings import Settings
from qa.watching import Watching
from tests.conftest import MODEL, provide_hashed

PAGE = "# Visit\n\n## When are you open?\n\nFrom 9 to 17.\n"


class Here:
    """Builds in this process, which can be held up. built: how often."""

    def __init__(self, sources: list[Path], root: Path) -> None:
        self.sources, self.root, self.built = sources, root, 0
        self.may_go_on = Event()
        self.may_go_on.set()
        self.busy = 0

    def __call__(self) -> Outcome:
        self.built += 1
        self.may_go_on.wait(20)
        if self.busy:
            self.busy -= 1
            return Outcome(is_busy=True)
        try:
            report = build(self.sources, self.root, model=MODEL, provide=provide_hashed)
        except ContentFaultsError as error:
            return Outcome(faults=error.findings)
        return Outcome(said=f"{report.entries} entries", warnings=report.warnings)

    def stop(self) -> None:
        self.may_go_on.set()


@pytest.fixture
def content(tmp_path: Path) -> Path:
    (tmp_path / "content").mkdir()
    (tmp_path / "content" / "visit.md").write_text(PAGE)
    return tmp_path / "content"


@contextmanager
def watched(*sources: Path, root: Path, said: list[str], busy: int = 0) -> Iterator[Here]:
    here = Here(list(sources), root)
    here.busy = busy
    watching = Watching(sources, root, here, Notice(root / "faults.json"), said.append)
    watching.start()
    try:
        yield here
    finally:
        watching.stop()


def wait_for(happened: Callable[[], bool]) -> None:
    for _ in range(600):
        if happened():
            return
        time.sleep(0.05)
    pytest.fail("it did not happen in half a minute")


def settled(here: Here) -> int:
    """How often it was built, once nothing more happens."""
    before = -1
    while before != here.built:
        before = here.built
        time.sleep(1)
    return before


def answers(root: Path) -> list[str]:
    return [entry.answer for entry in open_snapshot(root)[0].entries]


def test_it_builds_at_first_and_at_every_save(content: Path, tmp_path: Path) -> None:
    root, said = tmp_path / "index", list[str]()
    with watched(content, root=root, said=said) as here:
        assert (here.built, answers(root)) == (1, ["From 9 to 17."])
        (content / "visit.md").write_text(PAGE.replace("17", "18"))
        wait_for(lambda: answers(root) == ["From 9 to 18."])
        new = content / "deep" / "more.md"
        new.parent.mkdir()
        new.write_text(PAGE.replace("open", "closed"))
        wait_for(lambda: len(answers(root)) == 2)
        new.unlink()
        wait_for(lambda: len(answers(root)) == 1)
    assert said[:2] == ["1 entries", "1 entries"]


@pytest.mark.parametrize("whole_folder", [True, False])
def test_editors_that_put_a_new_file_in_its_place_are_understood(
    content: Path, tmp_path: Path, whole_folder: bool
) -> None:
    root, page = tmp_path / "index", content / "visit.md"
    with watched(content if whole_folder else page, root=root, said=[]):
        for hour in ("18", "19"):
            beside = content / ".visit.md.swp"
            beside.write_text(PAGE.replace("17", hour))
            beside.replace(page)
            wait_for(lambda hour=hour: answers(root) == [f"From 9 to {hour}."])  # type: ignore[misc]


def test_a_folder_that_is_replaced_is_watched_on(content: Path, tmp_path: Path) -> None:
    said: list[str] = []
    with watched(content, root=tmp_path / "index", said=said) as here:
        content.rename(tmp_path / "before")
        shutil.copytree(tmp_path / "before", content)
        wait_for(lambda: here.built >= 2)
        (content / "visit.md").write_text(PAGE + "\n## New?\n\nYes.\n")
        wait_for(lambda: "2 entries" in said)


def test_a_burst_of_saves_is_few_builds_and_the_last_one_counts(
    content: Path, tmp_path: Path
) -> None:
    root = tmp_path / "index"
    with watched(content, root=root, said=[]) as here:
        for number in range(60):
            (content / f"{number}.md").write_text(PAGE.replace("open", f"open on day {number}"))
            time.sleep(0.01)
        wait_for(lambda: len(answers(root)) == 61)
        assert settled(here) <= 4


def test_a_save_during_a_build_leads_to_another(content: Path, tmp_path: Path) -> None:
    root = tmp_path / "index"
    with watched(content, root=root, said=[]) as here:
        here.may_go_on.clear()
        (content / "visit.md").write_text(PAGE.replace("17", "18"))
        wait_for(lambda: here.built == 2)
        (content / "visit.md").write_text(PAGE.replace("17", "19"))
        time.sleep(0.5)
        assert here.built == 2
        here.may_go_on.set()
        wait_for(lambda: here.built == 3)
        wait_for(lambda: answers(root) == ["From 9 to 19."])


def test_what_is_no_content_is_passed_over(content: Path, tmp_path: Path) -> None:
    root = content / "index"  # each build writes into it
    with watched(content / "visit.md", root=root, said=[]) as here:
        (content / "other.md").write_text(PAGE)
        assert settled(here) == 1
    shutil.rmtree(root)
    with watched(content, root=tmp_path / "index", said=[]) as here:
        (content / ".visit.md.swp").write_text("x")
        (content / ".git").mkdir()
        (content / ".git" / "x.md").write_text("x")
        assert settled(here) == 1


def test_faults_are_told_once_and_the_answers_from_before_stay(
    content: Path, tmp_path: Path
) -> None:
    root, said = tmp_path / "index", list[str]()
    notice = Notice(root / "faults.json")
    with watched(content, root=root, said=said):
        said.clear()
        (content / "visit.md").write_text(PAGE + "\n## Where?\n\n## How?\n")
        wait_for(lambda: len(notice.faults()) == 2)
        wait_for(lambda: len(said) == 3)
        assert [fault.where for fault in notice.faults()] == [
            f"{content}/visit.md:7",
            f"{content}/visit.md:9",
        ]
        assert said[0].startswith(f"{content}/visit.md:7: the question “Where?” has no answer.")
        assert said[2] == "Until this is mended, the answers from before are in force."
        assert answers(root) == ["From 9 to 17."]
        (content / "visit.md").write_text(PAGE + "\n## Where?\n\n## How?\n\nSo.\n")
        wait_for(lambda: len(notice.faults()) == 1)
        wait_for(lambda: len(said) == 4)  # the fault that was there before is not told again
        (content / "visit.md").write_text(PAGE)
        wait_for(lambda: notice.faults() == ())


def test_the_notice_is_gone_when_nobody_watches_any_more(content: Path, tmp_path: Path) -> None:
    root = tmp_path / "index"
    build([content], root, model=MODEL, provide=provide_hashed)
    (content / "visit.md").write_text("## Where?\n")
    with watched(content, root=root, said=[]):
        assert Notice(root / "faults.json").faults() != ()
    assert not (root / "faults.json").exists()


def test_while_another_process_builds_it_tries_again(content: Path, tmp_path: Path) -> None:
    with watched(content, root=tmp_path / "index", said=[], busy=2) as here:
        assert (here.built, answers(tmp_path / "index")) == (3, ["From 9 to 17."])


def test_what_cannot_be_watched_is_one_clear_line(
    content: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        pytest.raises(ContentError, match=r"nowhere: no such file or folder\."),
        watched(tmp_path / "nowhere", root=tmp_path, said=[]),
    ):
        pass
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    with (
        pytest.raises(ModelError, match=r"watching the content needs a package .* pip install"),
        watched(content, root=tmp_path, said=[]),
    ):
        pass


# What builds


def test_a_build_says_what_it_came_to_and_raises_nothing(content: Path, tmp_path: Path) -> None:
    def outcome(source: Path, **settings: object) -> Outcome:
        given = Settings.model_validate({"index": tmp_path / "index", **settings})
        return rebuild([source], given, Watcher())

    (content / "visit.md").write_text("## Where?\n")
    (fault,) = outcome(content).faults
    assert (fault.where, fault.severity) == (f"{content}/visit.md:1", "error")
    (fault,) = outcome(tmp_path / "none").faults
    assert (fault.where, fault.what) == (f"{tmp_path}/none", "no such file or folder.")
    (content / "visit.md").write_text(PAGE)
    with shelf.building(tmp_path / "index"):
        assert outcome(content) == Outcome(is_busy=True)
    (fault,) = outcome(content, index=content / "visit.md").faults
    assert "cannot be written" in fault.what


def test_an_outcome_survives_the_way_between_processes() -> None:
    fault = Finding("error", "a.md:1", "“ü”\nbroken\u2028line", "Mend.")
    outcome = Outcome(said="x", faults=(fault,), warnings=("w",))
    assert Outcome.from_json(outcome.to_json()) == outcome
    assert len(outcome.to_json().splitlines()) == 1


def test_the_process_that_builds_stays_and_is_started_again_when_it_ends(tmp_path: Path) -> None:
    builder = Builder([tmp_path / "none"], {"QA_INDEX": str(tmp_path / "index")})
    try:
        assert [fault.what for fault in builder().faults] == ["no such file or folder."]
        child = builder._child
        assert builder().faults
        assert builder._child is child
        builder.stop()
        assert child
        child.wait(20)
        (fault,) = builder().faults
        assert fault.what == "the build ended without an outcome (exit code -15)."
        assert [fault.what for fault in builder().faults] == ["no such file or folder."]
    finally:
        builder.close()
