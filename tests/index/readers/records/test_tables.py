import csv
import io
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.entry import Entry, State
from index.errors import ContentError
from index.formats import jsonl
from index.formats.reading import Reading
from index.readers.records import tables
from index.readers.source import Options, Source
from tests.readings import entries, pairs, told


def read(text: str | bytes, name: str = "faq.csv", options: Options = Options()) -> Reading:  # noqa: B008
    data = text.encode() if isinstance(text, str) else text
    return tables.read(Source(name=name, data=data), options)


def test_every_column_that_an_entry_has_is_read() -> None:
    header = (
        "Question,Answer,Also asked,ID,Category,Tags,Metadata,URL,Language,Status,Valid until,"
        "negatives,prompts,context_only"
    )
    row = (
        'How do I pay?,By card.,Can I use a card?|Cards?,pay 1,Money,"a, b",size:L|kind:new,'
        "https://shop.example/pay,German,Draft,2030/01/31,Can I pay later?,p.17;2,yes"
    )
    reading = read(f"{header}\n{row}\n", "shop.csv")
    assert reading.findings == ()
    assert entries(reading) == (
        Entry(
            id="pay-1",
            question="How do I pay?",
            answer="By card.",
            alternates=("Can I use a card?", "Cards?"),
            page="shop",
            url="https://shop.example/pay",
            tags=("Money", "a", "b", "size:L", "kind:new"),
            language="de",
            negatives=("Can I pay later?",),
            prompts=("p.17", "shop.2"),
            context_only=True,
            state=State.DRAFT,
            valid_until=datetime(2030, 2, 1, tzinfo=UTC),
        ),
    )
    assert entries(reading)[0].source == "shop.csv:2"
    assert reading.pages[0].title == "Shop"


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(mark: str) -> None:
    text = "\n".join(mark.join(row) for row in [("Frage", "Antwort"), ("Was, wo; wie?", "So.")])
    text = text.replace("Was, wo; wie?", '"Was, wo; wie?"')
    assert pairs(read(text)) == [("Was, wo; wie?", "So.")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_the_encodings_of_spreadsheets_are_understood(encoding: str) -> None:
    mark = b"\xff\xfe" if encoding == "utf-16-le" else b""
    text = "question;answer\r\nWie geht das?;Über die Straße — ganz für sich, schön früh.\r\n" * 3
    rows = pairs(read(mark + text.encode(encoding)))
    assert rows[0] == ("Wie geht das?", "Über die Straße — ganz für sich, schön früh.")


def test_cells_may_have_lines_quotes_and_a_megabyte() -> None:
    answer = 'Say "hello".\n\nThen wait.  \n' + "x" * 1_000_000
    file = io.StringIO()
    csv.writer(file).writerows([["q", "a"], ["How?", answer], ["And then?", "Go."]])
    reading = read(file.getvalue())
    assert pairs(reading) == [("How?", answer), ("And then?", "Go.")]
    assert [entry.source for entry in entries(reading)] == ["faq.csv:2", "faq.csv:6"]


def test_html_becomes_markdown_in_answers_and_text_in_questions() -> None:
    text = (
        "question,answer,answer_html,link\n"
        '<b>How</b> do I&nbsp;pay?,By card,"<p>By <a href=""/card"">card</a>.</p>",https://a.example/\n'
        "What is a < b?,1 < 2,,\n"
    )
    assert pairs(read(text)) == [
        ("How do I pay?".replace("I pay", "I pay"), "By [card](https://a.example/card)."),
        ("What is a < b?", "1 < 2"),
    ]


def test_a_row_with_too_few_or_too_many_cells_is_skipped_with_its_line() -> None:
    reading = read("id,question,answer\n1,A?,a\n2,B?\n3,C?,c,more\n4,D?,d,\n5,E?,e\n")
    assert [entry.id for entry in entries(reading)] == ["faq.1", "faq.4", "faq.5"]
    assert told(reading) == [
        "faq.csv:3: this row has 2 cells where the table has 3 columns. "
        "Put texts that hold the delimiter in double quotes.",
        "faq.csv:4: this row has 4 cells where the table has 3 columns. "
        "Put texts that hold the delimiter in double quotes.",
    ]


def test_empty_cells_at_the_end_may_be_left_out_throughout() -> None:
    text = "Question\tAnswer\tLink\tTags\nA?\ta\nB?\tb\nC?\tc\n"
    assert pairs(read(text, "faq.tsv")) == [("A?", "a"), ("B?", "b"), ("C?", "c")]


def test_a_quote_that_is_not_closed_costs_one_line() -> None:
    rows = "".join(f'Q{n}?,"answer, {n}"\n' for n in range(3))
    reading = read(f'question,answer\n{rows}What?,"not closed\n{rows}')
    assert [pair[0] for pair in pairs(reading)] == ["Q0?", "Q1?", "Q2?"] * 2
    assert told(reading) == [
        "faq.csv:5: a quote that opens here is not closed. "
        "Close it, and write quotes within a text twice."
    ]


def test_quotes_that_are_not_closed_do_not_swallow_the_rows_below() -> None:
    text = "question,answer\n" + 'What?,"not ""closed\nHow?,"So, it is."\n' * 2000
    reading = read(text)
    assert pairs(reading) == [("How?", "So, it is.")] * 2000
    assert len(reading.findings) == 2000


def test_a_quote_alone_in_a_table_without_quoting_is_a_character() -> None:
    assert pairs(read('question,answer\nA?,a\nHow wide?,5"\nB?,"b\nC?,c\n')) == [
        ("A?", "a"),
        ("How wide?", '5"'),
        ("B?", '"b'),
        ("C?", "c"),
    ]


def test_tabs_without_quoting_keep_their_quotes() -> None:
    text = 'Question\tAnswer\n"Why\tSo it is\nWhat is 5" wide?\tA "screen"\n'
    assert pairs(read(text, "faq.tsv")) == [
        ('"Why', "So it is"),
        ('What is 5" wide?', 'A "screen"'),
    ]


def test_quotes_escaped_with_a_backslash_are_understood() -> None:
    assert pairs(read('q,a\n"What is \\"it\\", then?","It, \\"that\\"."\n')) == [
        ('What is "it", then?', 'It, "that".')
    ]


def test_the_names_of_columns_may_stand_below_a_title() -> None:
    reading = read("Our FAQ,,\n,,\nNo.,Question,Answer\n1,A?,a\n")
    assert pairs(reading) == [("A?", "a")]
    assert told(reading) == ["faq.csv:1: this row stands above the names of the columns."]


def test_columns_that_are_not_read_are_told_of_with_how_to_read_them() -> None:
    reading = read(
        "Frage,Antwort,Zuletzt geändert,Autor,#,Kosten,Stichwörter\nA?,a,gestern,B,1,3,x\n"
    )
    assert entries(reading)[0].tags == ("x",)
    assert [finding.severity for finding in reading.findings] == ["warning"]
    assert told(reading)[0].startswith(
        "faq.csv:1: nothing is read from: “Kosten”. "
        "To read one: --column FIELD=NAME, where FIELD is id, question, answer, "
    )


def test_rows_of_formulas_that_failed_and_of_one_word_twice_are_skipped() -> None:
    reading = read("id,question,answer,tags\n#N/A,A?,a,#REF!\n2,#REF!,#NAME?,\n3,TODO,Todo,\n")
    assert [(entry.id, entry.tags) for entry in entries(reading)] == [("faq.a", ())]
    assert told(reading) == [
        "faq.csv:3: “#REF!” is a formula that failed, not a text. Correct it where it comes from.",
        "faq.csv:4: the answer “Todo” only repeats the question. Correct it where it comes from.",
    ]


def test_line_breaks_within_a_cell_stay_where_markdown_is_shown() -> None:
    text = 'Pregunta;Respuesta\n¿Hay tienda?;"Sí:\r\nCalle Mayor 5.\r\nAbierto de 9 a 14 h."\n'
    answer = "Sí:  \nCalle Mayor 5.  \nAbierto de 9 a 14 h."
    assert pairs(read(text)) == [("¿Hay tienda?", answer)]


def test_ids_that_are_mere_numbers_differ_from_those_of_other_sources() -> None:
    text = "id,question,answer,prompts\n1,A?,a,Q2;pay-by-card\nQ2,B?,b,1\npay-by-card,C?,c,\n"
    both = [[(one.id, one.prompts) for one in entries(read(text, f"{name}.csv"))] for name in "xy"]
    assert both == [
        [
            (f"{name}.1", (f"{name}.Q2", "pay-by-card")),
            (f"{name}.Q2", (f"{name}.1",)),
            ("pay-by-card", ()),
        ]
        for name in "xy"
    ]


def test_several_pairs_in_a_row_are_several_entries() -> None:
    reading = read("id,question1,answer1,question2,answer2\nx,A?,a,B?,b\ny,C?,c,,\n")
    assert (pairs(reading), reading.findings) == ([("A?", "a"), ("B?", "b"), ("C?", "c")], ())


def test_names_with_a_word_before_are_known_for_want_of_better() -> None:
    assert pairs(read("Customer question,Our answer\nA?,a\n")) == [("A?", "a")]


def test_excels_line_with_the_delimiter_is_no_row() -> None:
    reading = read("sep=;\nquestion;answer\nA?;a\n")
    assert pairs(reading) == [("A?", "a")]
    assert entries(reading)[0].source == "faq.csv:3"


def test_of_two_languages_one_is_read_and_the_other_told_of() -> None:
    text = "id,q_en,q_fr,a_en,a_fr\nx,Where?,Où ?,Here.,Ici.\n"
    reading = read(text)
    assert (pairs(reading), entries(reading)[0].language) == ([("Where?", "Here.")], "en")
    assert "“en” is read, not fr. Choose with --language." in told(reading)[0]
    french = read(text, options=Options(language="fr"))
    assert (pairs(french), entries(french)[0].language) == ([("Où ?", "Ici.")], "fr")


def test_rows_in_another_language_than_asked_for_are_left_out() -> None:
    text = "question,answer,lang\nWhere?,Here.,en\nWo?,Da.,de\nOù ?,Ici.,fr\n"
    reading = read(text, options=Options(language="de"))
    assert pairs(reading) == [("Wo?", "Da.")]
    what = "faq.csv:2: what is in another language than “de” is left out (2 times)."
    assert told(reading) == [what]


def test_two_columns_without_names_are_questions_and_answers_if_they_look_so() -> None:
    text = '"What is it?","A thing, that is."\n"How much is it?",Ten.\nreset password,Click.\n'
    assert len(pairs(read(text))) == 3
    plain = "reset password,Click.\nchange name,Ask.\n"
    assert len(pairs(read(plain, options=Options(format="dialogflow")))) == 2
    with pytest.raises(ContentError, match=r"add --format dialogflow\.$"):
        read(plain)


@pytest.mark.parametrize("text", ["was,dazu\nWie?,So.\n", "was;dazu\nWie?;So.\nWo?;Da.\n"])
def test_names_of_columns_that_nobody_knows_are_no_entry(text: str) -> None:
    with pytest.raises(ContentError, match=r"columns are “was”, “dazu”; .* --column question=was"):
        read(text)


def test_without_a_column_of_questions_the_columns_are_listed_and_can_be_named() -> None:
    text = "Scenario\tResponse\nBot_Age\tI have none.\n"
    message = (
        r"faq\.tsv:1: no column of this table is named as questions are\. Its columns are "
        r"“Scenario”, “Response”; name one, as in --column question=Scenario"
    )
    with pytest.raises(ContentError, match=message):
        read(text, "faq.tsv")
    named = read(text, "faq.tsv", Options(columns={"question": "scenario"}))
    assert pairs(named) == [("Bot_Age", "I have none.")]
    with pytest.raises(ContentError, match=r"there is no column “Scene”\. There are: “Scenario”"):
        read(text, "faq.tsv", Options(columns={"question": "Scene"}))


def test_names_in_messages_are_few_and_short() -> None:
    names = ["x" * 41, *(f"column {n}" for n in range(20))]
    with pytest.raises(ContentError) as error:
        read(",".join(names) + "\n")
    assert str(error.value) == (
        "faq.csv:1: no column of this table is named as questions are. Its columns are "
        f"“{'x' * 39}…”, {', '.join(f'“column {n}”' for n in range(11))}, 9 more; "
        "name one, as in --column 'question=column 0'"
    )


def test_the_column_to_name_is_one_that_is_not_named_yet() -> None:
    with pytest.raises(ContentError, match=r"as answers are.* --column answer=dazu"):
        read("was,dazu\nWie?,So.\n", options=Options(columns={"question": "was"}))


def test_rows_without_answer_are_skipped_and_answers_without_question_kept() -> None:
    reading = read("question,answer\nWhy?,\n,Because.\n,\n")
    assert pairs(reading) == [("", "Because.")]
    assert [finding.severity for finding in reading.findings] == ["skipped", "warning"]
    assert told(reading)[0].startswith("faq.csv:2: the question “Why?” has no answer.")


def test_a_state_that_is_not_known_hides_the_entry_until_a_person_decides() -> None:
    text = "question,answer,status\nA?,a,Embargoed\nB?,b,Live\nC?,c,Archived\n"
    reading = read(text)
    states = [entry.state for entry in entries(reading)]
    assert states == [State.DRAFT, State.PUBLISHED, State.WITHDRAWN]
    assert "“Embargoed” come in as drafts" in told(reading)[0]
    free = read(text, options=Options(columns={"state": ""}))
    assert {entry.state for entry in entries(free)} == {State.PUBLISHED}


def test_a_date_that_is_none_is_told_of() -> None:
    reading = read("question,answer,expires\nA?,a,soon\n")
    assert entries(reading)[0].valid_until is None
    assert "valid_until must be a date" in told(reading)[0]


def test_pages_come_from_a_column_and_ids_from_page_and_question() -> None:
    reading = read("page,question,answer\nshipping,How long?,A day.\nreturns,How?,By post.\n")
    assert [(page.name, page.title) for page in reading.pages] == [
        ("shipping", "Shipping"),
        ("returns", "Returns"),
    ]
    assert entries(reading)[0].id == "shipping.how-long"


def test_progress_adds_up_to_the_bytes_of_the_source() -> None:
    done: list[int] = []
    text = "question,answer\n" + "".join(f"Wie {n}?,Ümlaut {n}\n" for n in range(40_000))
    read(text, options=Options(progress=done.append))
    assert len(done) >= 3
    assert abs(sum(done) - len(text.encode())) <= len(done)


@pytest.mark.parametrize("text", ["", "\n\n", "question,answer\n", "just text\nand more", "a"])
def test_what_is_no_table_of_questions_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ContentError) as error:
        read(text)
    assert "\n" not in str(error.value)


WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
FILLED = WORDS.filter(str.strip)
MOMENTS = st.none() | st.datetimes(timezones=st.just(UTC))
OWN = st.builds(
    Entry,
    id=st.from_regex(r"[A-Za-z0-9_.:-]{1,20}", fullmatch=True),
    question=st.just("") | FILLED,
    answer=FILLED,
    alternates=st.lists(FILLED, max_size=3).map(tuple),
    page=FILLED,
    url=st.just("") | FILLED,
    tags=st.lists(FILLED, max_size=3).map(tuple),
    language=st.sampled_from(["", "de", "pt-BR"]),
    negatives=st.lists(FILLED, max_size=2).map(tuple),
    prompts=st.lists(FILLED, max_size=2).map(tuple),
    context_only=st.booleans(),
    state=st.sampled_from(State),
    valid_from=MOMENTS,
    valid_until=MOMENTS,
)


def own_cell(value: object) -> str:
    match value:
        case None:
            return ""
        case State():
            return value.value
        case bool():
            return "true" if value else ""
        case datetime():
            return value.isoformat()
        case tuple():
            if any("\n" in item or item.startswith("[") for item in value):
                return json.dumps(value)
            return "\n".join(value)
    return str(value)


@given(st.lists(OWN, min_size=1, max_size=5, unique_by=lambda entry: entry.id))
def test_our_own_csv_gives_equal_entries_back(made: list[Entry]) -> None:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(jsonl.KEYS)
    for entry in made:
        writer.writerow([own_cell(getattr(entry, name)) for name in jsonl.KEYS])
    reading = read(file.getvalue())
    assert reading.findings == ()
    assert sorted(entries(reading), key=lambda e: e.id) == sorted(made, key=lambda e: e.id)


def test_our_own_csv_is_taken_word_for_word_and_judged_by_our_own_rules() -> None:
    header = ",".join(jsonl.KEYS)
    row = 'a.b, Why  <b>so</b>? ,"<p>x</p>\r\n",,,,,,,,maybe,gone,,'
    reading = read(f"{header}\r\n{row}\r\nshort,row\r\n")
    assert pairs(reading) == [(" Why  <b>so</b>? ", "<p>x</p>\r\n")]
    assert [finding.severity for finding in reading.findings] == ["error"] * 3
    assert told(reading)[0] == "faq.csv:2: context_only must be true or false."


@given(st.text(max_size=300), st.sampled_from(["", "question,answer\n", "q\ta\n", "a;q;id\r\n"]))
def test_any_text_gives_a_reading_or_a_content_error(text: str, header: str) -> None:
    data = (header + text).encode(errors="ignore")
    try:
        assert isinstance(read(data), Reading)
    except ContentError as error:
        assert "\n" not in str(error)


@given(st.binary(max_size=300))
def test_any_bytes_give_a_reading_or_a_content_error(data: bytes) -> None:
    try:
        assert isinstance(read(data), Reading)
    except ContentError as error:
        assert "\n" not in str(error)
