from index.entry import Entry, Page
from index.formats.reading import Finding, Reading
from index.readers.together import together


def reading(*entries: Entry, name: str = "faq", findings: tuple[Finding, ...] = ()) -> Reading:
    return Reading((Page(name=name, title="FAQ", entries=entries),), findings)


def test_halves_from_two_sources_become_whole_in_the_first() -> None:
    wordings = Entry(id="faq.pay", question="How do I pay?", alternates=("pay",), page="nlu")
    answer = Entry(id="faq.pay", answer="By card.", page="responses", tags=("money",))
    for one, other in [(wordings, answer), (answer, wordings)]:
        joined = together([reading(one, name=one.page), reading(other, name=other.page)])
        (page,) = joined.pages
        assert page.name == one.page
        assert page.entries == (
            Entry(
                id="faq.pay",
                question="How do I pay?",
                alternates=("pay",),
                answer="By card.",
                page=one.page,
                tags=("money",),
            ),
        )
        assert joined.findings == ()


def test_what_is_there_already_is_skipped_and_named() -> None:
    entry = Entry(id="a", question="How?", answer="So.", source="a.md:1")
    again = Entry(id="a", question="How?", answer="So.", source="b.md:7")
    joined = together([reading(entry), reading(again, name="b")])
    assert [page.name for page in joined.pages] == ["faq"]
    assert joined.findings == (Finding("skipped", "b.md:7", "“How?” is there already, at a.md:1."),)


def test_the_same_entry_with_other_wordings_keeps_them_all() -> None:
    one = Entry(id="a", question="How?", answer="So.", alternates=("in what way",), tags=("x",))
    other = Entry(id="a", question="How?", answer="So.", alternates=("how come",), tags=("y", "x"))
    (entry,) = together([reading(one, other)]).pages[0].entries
    assert (entry.alternates, entry.tags) == (("in what way", "how come"), ("x", "y"))


def test_different_entries_with_one_id_are_told_apart() -> None:
    entries = [Entry(id="a", question="How?", answer=str(n), source=f"f:{n}") for n in range(3)]
    joined = together([reading(*entries)])
    assert [entry.id for entry in joined.pages[0].entries] == ["a", "a-2", "a-3"]
    assert [entry.answer for entry in joined.pages[0].entries] == ["0", "1", "2"]
    assert str(joined.findings[0]) == (
        "f:1: the id “a” is used already, at f:0; this entry is “a-2”. "
        "Give one of the two another id, or remove it."
    )


def test_what_is_no_character_is_taken_out_and_told() -> None:
    entry = Entry(id="a\ud800", question="H\0ow?", answer="S\udfffo.", alternates=("\0x",))
    joined = together([reading(entry)])
    (kept,) = joined.pages[0].entries
    assert kept == Entry(id="a", question="How?", answer="So.", alternates=("x",))
    assert joined.findings[0].severity == "warning"


def test_findings_of_the_readings_come_first_and_empty_pages_go() -> None:
    finding = Finding("skipped", "f:1", "no answer.")
    joined = together([Reading((Page(name="e", title="E"),), (finding,))])
    assert joined == Reading((), (finding,))


def test_what_is_left_of_the_halves_of_two_sources_is_skipped() -> None:
    asked = [Entry(id=id_, question=f"{id_}?", page="nlu") for id_ in ("a", "b")]
    said = [Entry(id=id_, answer="So.", page="said", source=id_) for id_ in ("a", "c")]
    nlu = Reading((Page(name="nlu", title="N", entries=tuple(asked), source="nlu.yml"),))
    responses = Reading((Page(name="said", title="S", entries=tuple(said), source="said.yml"),))
    joined = together([nlu, responses])
    assert [(e.id, e.answer) for page in joined.pages for e in page.entries] == [("a", "So.")]
    assert [str(finding) for finding in joined.findings] == [
        "b: nothing here has the answer of “b”.",
        "c: nothing here has the wording of “c”.",
    ]
    assert len(together([responses]).pages[0].entries) == 2


def test_an_id_that_no_line_can_tell_is_made_into_one_that_can() -> None:
    entries = [
        Entry(id="Ü 1", question="Eins?", answer="Ja.", prompts=("a\tb",)),
        Entry(id="a\tb", question="Zwei?", answer="Ja."),
    ]
    one, two = together([reading(*entries)]).pages[0].entries
    assert " " not in one.id
    assert one.prompts == (two.id,)


def test_what_would_reach_a_terminal_is_taken_out() -> None:
    evil = Entry(id="a", question="E\x1b]0;evil\x07?", answer="A\tb\n")
    (entry,) = together([reading(evil)]).pages[0].entries
    assert (entry.question, entry.answer) == ("E]0;evil?", "A\tb\n")
