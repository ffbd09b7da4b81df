import io
import json

from openpyxl import Workbook

from index.entry import Entry
from index.formats.reading import Reading
from index.readers.records import tables, trees, xlsx
from index.readers.source import Options, Source
from tests.readings import entries, told


def read(*items: dict[str, object], options: Options = Options()) -> Reading:  # noqa: B008
    data = json.dumps({"qna": items}).encode("utf-8-sig")
    return trees.read(Source(name="bot.json", data=data), options)


def test_an_item_is_an_entry_with_all_that_entries_have() -> None:
    reading = read(
        {
            "qid": "Tour.Start+1",
            "type": "qna",
            "q": ["Start the tour", "Start", "Let's begin"],
            "a": "Spoken: go.",
            "alt": {"markdown": "**Go.**", "ssml": ""},
            "t": "tour",
            "tags": "in_town walk",
            "next": "Where next?",
            "args": [""],
            "l": "",
            "r": {"title": "", "imageUrl": "", "buttons": []},
        },
        {"qid": "Tour_Next", "q": ["Next", "Where next?"], "a": "Here."},
    )
    assert reading.findings == ()
    assert entries(reading) == (
        Entry(
            id="Tour.Start-1",
            question="Start the tour",
            answer="**Go.**",
            alternates=("Start", "Let's begin"),
            page="bot",
            tags=("tour", "in town", "walk"),
            prompts=("Tour_Next",),
        ),
        Entry(
            id="Tour_Next", question="Next", answer="Here.", alternates=("Where next?",), page="bot"
        ),
    )
    assert entries(reading)[1].source == "bot.json:qna[1]"


def test_what_is_left_out_is_told_once_each_with_the_reason() -> None:
    item: dict[str, object] = {
        "qid": "a",
        "q": ["Q?"],
        "a": "Hello {{UserInfo.Name}}",
        "r": {"title": "Card", "buttons": [{"text": "x", "value": "y"}]},
        "l": "QNA:Hook",
        "kendraRedirectQueryText": "more",
        "next": "nowhere",
        "alt": {"ssml": "<speak>Hi</speak>"},
        "sa": [{"text": "name", "value": "v"}],
    }
    texts = told(read(item, {**item, "qid": "b"}))
    assert all(text.startswith("bot.json:qna[0]: ") for text in texts)
    for part in ("(r)", "(l)", "Kendra", "next items", "alt.ssml", "(sa)", "Handlebars"):
        assert sum(part in text and text.endswith(" (2 times).") for text in texts) == 1, part
    assert len(texts) == 7


def test_items_of_other_types_are_left_out() -> None:
    reading = read(
        {"qid": "s", "type": "slottype", "slotTypeValues": [{"samplevalue": "v"}]},
        {"qid": "t", "type": "text", "passage": "Long."},
        {"qid": "z", "type": "quiz", "question": "1+1?", "correctAnswers": ["2"],
         "incorrectAnswers": ["3"]},
    )  # fmt: skip
    assert reading.pages == ()
    assert [text.partition(": ")[2] for text in told(reading)] == [
        f"items of type {kind} have no question and answer."
        for kind in ("slottype", "text", "quiz")
    ]


def test_an_item_without_answer_is_skipped() -> None:
    assert told(read({"qid": "a", "q": ["Why?"], "a": " "})) == [
        "bot.json:qna[0]: the question “Why?” has no answer. "
        "Write the answer, or remove the question."
    ]


def test_records_of_others_with_such_keys_are_not_taken_for_items() -> None:
    data = json.dumps([{"qid": "1", "type": "faq", "question": "Why?", "answer": "So."}])
    reading = trees.read(Source(name="faq.json", data=data.encode()), Options())
    assert [(entry.id, entry.answer) for entry in entries(reading)] == [("faq.1", "So.")]


ROWS = [
    ["qid", "question1", "question2", "Answer", "markdown", "topic", "cardtitle", "displaytext1"],
    [
        "A.1",
        "What is it?",
        "What's it?",
        "A bot",
        "A [bot](https://a.example)",
        "bots",
        "Card",
        "x",
    ],
    ["A.2", "Why?", None, "So.", None, None, None, None],
]


def test_a_workbook_for_import_is_read_as_items() -> None:
    made = Workbook()
    for row in ROWS:
        made.worksheets[0].append(row)
    file = io.BytesIO()
    made.save(file)
    reading = xlsx.read(Source(name="bot.xlsx", data=file.getvalue()), Options())
    assert entries(reading) == (
        Entry(
            id="bot.A.1",
            question="What is it?",
            answer="A [bot](https://a.example)",
            alternates=("What's it?",),
            page="bot",
            tags=("bots",),
        ),
        Entry(id="bot.A.2", question="Why?", answer="So.", page="bot"),
    )
    assert [text.partition(": ")[0] for text in told(reading)] == ["bot.xlsx:Sheet!2"]


def test_columns_named_by_a_person_win_over_the_product() -> None:
    text = "\n".join(",".join(cell or "" for cell in row) for row in ROWS)
    options = Options(columns={"tags": "displaytext1"})
    reading = tables.read(Source(name="bot.csv", data=text.encode()), options)
    assert entries(reading)[0].tags == ("bots", "x")


def test_seventy_thousand_wordings_are_read() -> None:
    items = [
        {"qid": f"Q.{n}", "q": [f"Wording {n} number {m}" for m in range(350)], "a": "A."}
        for n in range(200)
    ]
    assert sum(len(entry.phrasings) for entry in entries(read(*items))) == 70_000
