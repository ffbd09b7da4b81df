import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from index.build import ContentFaultsError
from index.entry import Entry, Page, entry_id
from index.errors import ContentError, UserError
from index.formats import jsonl, markdown
from qa.importing import Plan, plan
from qa.merging import Outcome

PAY = Entry(id="shop.pay", question="How do I pay?", answer="By card.", page="shop")
OPEN = Entry(
    id="shop.open",
    question="When do you open?",
    answer="At nine.\n\n# Not at all on holidays.",
    alternates=("opening hours",),
    page="shop",
    tags=("visit",),
)


def page(*entries: Entry, name: str = "shop", source: str = "in/shop.html") -> Page:
    on_it = tuple(replace(entry, page=name) for entry in entries)
    return Page(name=name, title="The shop", introduction="Words.", entries=on_it, source=source)


def brought_in(target: Path, *pages: Page, replacing: bool = False) -> Plan:
    planned = plan(pages or [page(PAY, OPEN)], target, replacing=replacing)
    planned.write()
    return planned


def outcomes(planned: Plan) -> list[tuple[str, str]]:
    return [(change.entry.id, str(change.outcome)) for change in planned.changes]


def entries(path: Path) -> Sequence[Entry]:
    read = jsonl.read if path.suffix == ".jsonl" else markdown.read
    return [entry for one in read(path).pages for entry in one.entries]


def everything_in(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(params=["content", "all.jsonl"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / "to" / str(request.param)


def file_of(target: Path) -> Path:
    return target if target.suffix else target / "shop.md"


def edit(target: Path, old: str, new: str) -> None:
    text = file_of(target).read_text(encoding="utf-8")
    assert text.count(old) == 1
    file_of(target).write_text(text.replace(old, new), encoding="utf-8")


def test_new_entries_are_written_with_all_that_is_known_of_them(target: Path) -> None:
    planned = brought_in(target)
    assert outcomes(planned) == [("shop.pay", "new"), ("shop.open", "new")]
    pay, opening = entries(file_of(target))
    assert pay == PAY
    assert opening.alternates == OPEN.alternates
    # In Markdown, a heading in an answer would begin another entry: it gets a backslash.
    assert opening.answer.replace("\\#", "#") == OPEN.answer


def test_a_new_page_has_its_title_and_introduction(tmp_path: Path) -> None:
    brought_in(tmp_path)
    (read,) = markdown.read(tmp_path / "shop.md").pages
    assert (read.title, read.introduction) == ("The shop", "Words.")


def test_importing_twice_changes_nothing(target: Path) -> None:
    brought_in(target)
    before = everything_in(target.parent)
    planned = brought_in(target)
    assert outcomes(planned) == [("shop.pay", "unchanged"), ("shop.open", "unchanged")]
    assert (planned.texts, planned.kept) == ({}, {})
    assert everything_in(target.parent) == before


def test_what_the_source_changed_is_updated_in_its_place(target: Path) -> None:
    brought_in(target)
    planned = brought_in(target, page(replace(PAY, answer="By card or in cash."), OPEN))
    assert outcomes(planned) == [("shop.pay", "updated"), ("shop.open", "unchanged")]
    assert entries(file_of(target))[0].answer == "By card or in cash."
    assert len(entries(file_of(target))) == 2


def test_what_a_person_edited_is_kept_and_a_conflict_is_named_once(target: Path) -> None:
    brought_in(target)
    edit(target, "By card.", "By card, here.")
    assert outcomes(brought_in(target))[0] == ("shop.pay", "edited here")
    planned = brought_in(target, page(replace(PAY, answer="In cash."), OPEN))
    assert planned.changes[0].outcome is Outcome.CONFLICT
    assert planned.changes[0].fields == ("answer",)
    assert entries(file_of(target))[0].answer == "By card, here."
    again = brought_in(target, page(replace(PAY, answer="In cash."), OPEN))
    assert outcomes(again)[0] == ("shop.pay", "edited here")


def test_what_vanished_is_reported_until_a_person_takes_it_out(target: Path) -> None:
    brought_in(target)
    for _ in range(2):
        planned = brought_in(target, page(OPEN))
        assert outcomes(planned) == [("shop.open", "unchanged"), ("shop.pay", "vanished")]
    assert len(entries(file_of(target))) == 2


def test_a_page_that_a_source_has_no_more_vanishes_too(target: Path) -> None:
    other = page(replace(PAY, id="other"), name="other")
    brought_in(target, page(PAY), other)
    planned = brought_in(target, page(PAY))
    assert outcomes(planned) == [("shop.pay", "unchanged"), ("other", "vanished")]


def test_what_a_person_deleted_stays_out(tmp_path: Path) -> None:
    brought_in(tmp_path)
    edit(tmp_path, "## How do I pay?\n\nBy card.\n\n<details>\n<summary>Also asked</summary>\n\n"
         "Id: shop.pay\n\n</details>\n\n", "")  # fmt: skip
    assert outcomes(brought_in(tmp_path))[0] == ("shop.pay", "deleted here")
    assert [entry.id for entry in entries(tmp_path / "shop.md")] == ["shop.open"]


def test_replacing_mirrors_the_source(target: Path) -> None:
    brought_in(target)
    edit(target, "By card.", "By card, here.")
    new = replace(PAY, id="shop.new", question="New?")
    planned = brought_in(target, page(PAY, new), replacing=True)
    assert outcomes(planned) == [
        ("shop.pay", "updated"),
        ("shop.new", "new"),
        ("shop.open", "removed"),
    ]
    assert list(entries(file_of(target))) == [PAY, new]
    assert outcomes(brought_in(target, page(PAY, new))) == [
        ("shop.pay", "unchanged"),
        ("shop.new", "unchanged"),
    ]


def test_a_page_that_replacing_empties_goes(tmp_path: Path) -> None:
    brought_in(tmp_path, page(PAY), page(replace(PAY, id="other"), name="other"))
    brought_in(tmp_path, page(PAY), replacing=True)
    assert [path.name for path in tmp_path.glob("*.md")] == ["shop.md"]


def test_a_persons_own_lines_on_the_page_stay_as_they_are(tmp_path: Path) -> None:
    brought_in(tmp_path)
    edit(tmp_path, "# The shop\n", "---\nlayout: faq\n---\n# The shop\n\n<!-- mine -->\n")
    brought_in(tmp_path, page(replace(PAY, answer="In cash."), OPEN, replace(PAY, id="shop.x")))
    text = (tmp_path / "shop.md").read_text(encoding="utf-8")
    assert text.startswith("---\nlayout: faq\n---\n# The shop\n\n<!-- mine -->\n")
    assert [entry.id for entry in entries(tmp_path / "shop.md")][-1] == "shop.x"


def test_an_entry_that_a_person_moved_is_updated_where_it_is(tmp_path: Path) -> None:
    brought_in(tmp_path)
    text = (tmp_path / "shop.md").read_text(encoding="utf-8")
    start, end = text.index("## How"), text.index("## When")
    (tmp_path / "shop.md").write_text(text[:start] + text[end:], encoding="utf-8")
    (tmp_path / "money.md").write_text("# Money\n\n" + text[start:end], encoding="utf-8")
    brought_in(tmp_path, page(replace(PAY, answer="In cash."), OPEN))
    assert [entry.answer for entry in entries(tmp_path / "money.md")] == ["In cash."]
    assert [entry.id for entry in entries(tmp_path / "shop.md")] == ["shop.open"]


def test_a_page_that_happens_to_be_called_the_same_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "shop.md").write_text("# Mine\n\n## Other?\n\nYes.\n", encoding="utf-8")
    before = everything_in(tmp_path)
    with pytest.raises(ContentError, match=r"shop\.md: there is another page of this name"):
        brought_in(tmp_path, page(PAY), page(replace(PAY, id="b"), name="b"))
    assert everything_in(tmp_path) == before


def test_a_page_of_the_same_entries_that_no_import_wrote_is_kept_as_it_is(tmp_path: Path) -> None:
    text = "# Mine\n\n## How do I pay?\n\nMine.\n\n<details>\n<summary>Also asked</summary>\n\n"
    (tmp_path / "shop.md").write_text(text + "Id: shop.pay\n\n</details>\n", encoding="utf-8")
    assert outcomes(brought_in(tmp_path)) == [("shop.pay", "conflict"), ("shop.open", "new")]
    assert entries(tmp_path / "shop.md")[0].answer == "Mine."


def test_two_pages_that_would_be_one_file_are_refused(tmp_path: Path) -> None:
    pages = [page(PAY, name="a b"), page(replace(PAY, id="x"), name="A, B")]
    with pytest.raises(ContentError, match="another page of this name"):
        plan(pages, tmp_path)
    assert everything_in(tmp_path) == {}


def test_an_id_in_a_file_that_is_never_written_is_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "more.jsonl").write_text('{"id": "shop.pay", "answer": "Yes."}\n')
    with pytest.raises(ContentError, match=r"more\.jsonl:1: the id “shop\.pay” is used here"):
        plan([page(PAY)], tmp_path)


def test_content_with_an_error_is_not_written_to(target: Path) -> None:
    brought_in(target)
    file_of(target).write_text("broken")
    with pytest.raises(ContentFaultsError):
        plan([page(PAY)], target)


def test_an_entry_that_a_page_cannot_hold_is_skipped_and_the_others_are_not(tmp_path: Path) -> None:
    wordless = Entry(id="x", question="Why?", source="in/shop.html:3")
    planned = brought_in(tmp_path, page(PAY, wordless))
    assert outcomes(planned) == [("shop.pay", "new")]
    (finding,) = planned.findings
    assert finding.severity == "skipped"
    assert str(finding).startswith("in/shop.html:3: the entry “Why?” has no answer")


def test_all_that_an_entry_has_goes_to_json_lines(tmp_path: Path) -> None:
    entry = Entry(
        id="x",
        question="Why?",
        page="shop",
        language="de",
        negatives=("why not",),
        prompts=("shop.pay",),
        context_only=True,
    )
    brought_in(tmp_path / "all.jsonl", page(entry))
    assert list(entries(tmp_path / "all.jsonl")) == [entry]


def test_a_target_that_looks_like_another_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"a\.csv: this is neither a folder nor a \.jsonl file"):
        plan([page(PAY)], tmp_path / "a.csv")


@pytest.mark.parametrize("text", ["{", "[]", "null", "5", '{"id": 1}'])
def test_what_an_import_left_is_refused_when_it_is_damaged(target: Path, text: str) -> None:
    brought_in(target)
    found = target.parent.rglob("*.jsonl")
    (kept,) = (path for path in found if ".imported" in path.parts and path.is_file())
    kept.write_text(text)
    with pytest.raises(ContentError, match="this is not what an import left"):
        plan([page(PAY)], target)


MADE = [
    Entry(id=entry_id("shop", q), question=q, answer=a, page="shop")
    for q, a in [("What is one?", "A number."), ("What is two?", "Another number.")]
]


def test_an_entry_whose_id_is_made_is_known_again_when_it_is_moved(tmp_path: Path) -> None:
    brought_in(tmp_path, page(*MADE))
    text = (tmp_path / "shop.md").read_text(encoding="utf-8")
    start = text.index("## What is two?")
    (tmp_path / "shop.md").write_text(text[:start], encoding="utf-8")
    (tmp_path / "more.md").write_text("# More\n\n" + text[start:], encoding="utf-8")
    assert [str(c.outcome) for c in brought_in(tmp_path, page(*MADE)).changes] == ["unchanged"] * 2
    newer = [MADE[0], replace(MADE[1], answer="The next one.")]
    brought_in(tmp_path, page(*newer))
    assert [entry.answer for entry in entries(tmp_path / "more.md")] == ["The next one."]
    assert len(entries(tmp_path / "shop.md")) == 1


def test_an_entry_whose_question_a_person_corrected_is_known_again(tmp_path: Path) -> None:
    brought_in(tmp_path, page(*MADE))
    edit(tmp_path, "What is two?", "What is 2?")
    changes = brought_in(tmp_path, page(MADE[0], replace(MADE[1], answer="The next one."))).changes
    assert [str(change.outcome) for change in changes] == ["unchanged", "updated"]
    assert [(e.question, e.answer) for e in entries(tmp_path / "shop.md")] == [
        ("What is one?", "A number."),
        ("What is 2?", "The next one."),
    ]


def test_an_export_of_another_date_updates_what_nobody_edited(target: Path) -> None:
    brought_in(target, page(PAY, OPEN, source="kb-05.jsonl"))
    newer = page(replace(PAY, answer="In cash."), source="kb-06.jsonl")
    assert outcomes(brought_in(target, newer)) == [("shop.pay", "updated")]


def test_what_another_source_gave_does_not_vanish_with_this_one(target: Path) -> None:
    brought_in(target, page(PAY, name="a", source="a/faq.csv"))
    other = page(replace(OPEN, id="b.open"), name="b", source="b/faq.csv")
    brought_in(target, other, replacing=True)
    assert outcomes(brought_in(target, page(PAY, name="a", source="a/faq.csv"))) == [
        ("shop.pay", "unchanged")
    ]


def test_what_a_person_added_to_a_page_stays_when_it_is_mirrored(tmp_path: Path) -> None:
    brought_in(tmp_path)
    path = tmp_path / "shop.md"
    path.write_text(path.read_text(encoding="utf-8") + "\n## Mine?\n\nYes.\n", encoding="utf-8")
    brought_in(tmp_path, replacing=True)
    assert entries(path)[-1].question == "Mine?"


def test_an_id_that_is_given_twice_is_an_error_before_anything_is_written(target: Path) -> None:
    brought_in(target)
    path = file_of(target)
    text = path.read_text(encoding="utf-8")
    twice = text + (text if target.suffix else "\n" + text[text.index("## How") :])
    path.write_text(twice, encoding="utf-8")
    with pytest.raises(ContentFaultsError, match=r"the id “shop\.pay” is used already"):
        plan([page(replace(PAY, answer="In cash."))], target)


def test_windows_line_ends_and_a_byte_order_mark_stay(tmp_path: Path) -> None:
    brought_in(tmp_path)
    path = tmp_path / "shop.md"
    before = b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n")
    path.write_bytes(before)
    brought_in(tmp_path, page(replace(PAY, answer="In cash."), OPEN))
    assert path.read_bytes() == before.replace(b"By card.", b"In cash.")


def test_code_that_is_not_closed_does_not_swallow_what_is_added(tmp_path: Path) -> None:
    brought_in(tmp_path)
    path = tmp_path / "shop.md"
    path.write_text(path.read_text(encoding="utf-8") + "\n## Code?\n\n```\nx\n", encoding="utf-8")
    before = everything_in(tmp_path)
    with pytest.raises(ContentError, match="cannot be read again"):
        brought_in(tmp_path, page(PAY, OPEN, replace(PAY, id="shop.new", question="New?")))
    assert everything_in(tmp_path) == before


def test_other_lines_and_foreign_keys_of_a_file_of_entries_stay(tmp_path: Path) -> None:
    target = tmp_path / "all.jsonl"
    mine = '{"answer": "Yes.",  "id": "mine", "owner": "Ana"}'
    pay = '{"id": "shop.pay", "question": "How do I pay?", "answer": "By card.", "owner": "Bo"}'
    target.write_text(f"{mine}\n{pay}\n", encoding="utf-8")
    brought_in(target, page(replace(PAY, page="all"), name="all"))
    brought_in(target, page(replace(PAY, answer="In cash."), name="all"))
    first, second = target.read_text(encoding="utf-8").splitlines()
    assert first == mine
    assert json.loads(second)["owner"] == "Bo"
    assert json.loads(second)["answer"] == "In cash."


def test_a_link_stays_a_link_and_a_mode_stays(tmp_path: Path) -> None:
    brought_in(tmp_path / "real")
    (tmp_path / "content").mkdir()
    (tmp_path / "real" / "shop.md").chmod(0o600)
    (tmp_path / "content" / "shop.md").symlink_to(tmp_path / "real" / "shop.md")
    brought_in(tmp_path / "content", page(replace(PAY, answer="In cash."), OPEN), replacing=True)
    assert (tmp_path / "content" / "shop.md").is_symlink()
    assert "In cash." in (tmp_path / "real" / "shop.md").read_text(encoding="utf-8")
    assert (tmp_path / "real" / "shop.md").stat().st_mode & 0o777 == 0o600


def test_a_file_where_the_folder_should_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "content").write_text("a file")
    with pytest.raises(ContentError, match="content: this is neither a folder nor"):
        plan([page(PAY)], tmp_path / "content")


def test_a_target_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "content").write_text("a file")
    with pytest.raises(UserError, match=r"faq/shop\.md: cannot be written: Not a directory"):
        brought_in(tmp_path / "content" / "faq", page(PAY))
