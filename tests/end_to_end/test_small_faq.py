"""A FAQ of one entry, which has no rival to be told from."""

import json
import shutil
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Run

QUESTIONS = {
    "when are you open": True,
    "opening hours on weekends": True,
    "how do I bake sourdough bread": False,
    "who won the world cup": False,
    "what does parking cost": False,
}


@pytest.fixture(scope="module")
def index(qa: Run, content_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The one entry, indexed with the encoder of an index that is there already."""
    folder = tmp_path_factory.mktemp("small")
    page = folder / "hours.md"
    page.write_text("# Hours\n\n## When are you open?\n\nEvery day from nine to five.\n")
    shutil.copytree(content_index, folder / "index")
    run = qa("index", str(page), "--index", str(folder / "index"))
    assert run.stdout.startswith("1 entries, "), run.stderr
    return folder / "index"


@pytest.mark.parametrize(("question", "answered"), QUESTIONS.items())
def test_one_entry_answers_its_question_and_no_other(
    qa: Run, index: Path, question: str, answered: bool
) -> None:
    reply = json.loads(qa("ask", question, "--json", "--index", str(index)).stdout)
    assert reply["answered"] is answered
