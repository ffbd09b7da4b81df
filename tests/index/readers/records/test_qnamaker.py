import json

import pytest

from index.entry import Entry
from index.formats.reading import Reading
from index.readers.records import tables, trees
from index.readers.source import Options, Source
from tests.readings import entries

HEADER = "Question\tAnswer\tSource\tMetadata\tSuggestedQuestions\tIsContextOnly\tPrompts\tQnaId"
PROMPTS = json.dumps(
    [
        {"DisplayOrder": 1, "QnaId": 3, "Qna": None, "DisplayText": "Yes"},
        {"DisplayOrder": 0, "QnaId": 2, "Qna": None, "DisplayText": "Draw with the pen"},
        {"DisplayOrder": 2, "QnaId": 99, "Qna": None, "DisplayText": "Gone with the wind"},
    ]
)
SUGGESTED = json.dumps([{"ClusterHead": "x", "AlternateQuestionList": [{"Question": "x"}]}])
TABLE = f"""\ufeff{HEADER}
How to use the pen?\tTake it.\\n\\nThen **write**.\thttps://a.example/pen\tkind:pen|size:L\t[]\tFalse\t{PROMPTS}\t1
Use the pen\tTake it.\\n\\nThen **write**.\thttps://a.example/pen\tkind:pen|size:L\t[]\tFalse\t[]\t1
Draw\tLike this.\tpen.docx\t\t{SUGGESTED}\tTrue\t[]\t2
More\tRead on.\tEditorial\t\t[]\tTrue\t[]\t3
"""


def read(data: str, name: str = "kb.tsv", told: str = "") -> Reading:
    reader = tables if name.endswith("tsv") else trees
    return reader.read(Source(name=name, data=data.encode()), Options(format=told))


EXPECTED = (
    Entry(
        id="kb.1",
        question="How to use the pen?",
        answer="Take it.\n\nThen **write**.",
        alternates=("Use the pen",),
        page="kb",
        url="https://a.example/pen",
        tags=("kind:pen", "size:L"),
        prompts=("kb.2", "kb.3"),
    ),
    Entry(
        id="kb.2",
        question="Draw",
        answer="Like this.",
        alternates=("Draw with the pen",),
        page="kb",
        context_only=True,
    ),
    Entry(id="kb.3", question="More", answer="Read on.", page="kb", context_only=True),
)
TOLD = [
    "prompts that lead to no pair of this export (“99”, …) are left out.",
    "suggested questions (active learning) that nobody approved are left out.",
    "names of sources that are no addresses are left out.",
]


def test_rows_with_one_number_are_one_entry_with_its_prompts_in_order() -> None:
    reading = read(TABLE)
    assert entries(reading) == EXPECTED
    assert sorted(str(finding).partition(": ")[2] for finding in reading.findings) == sorted(TOLD)
    assert [entry.source for entry in entries(reading)] == ["kb.tsv:2", "kb.tsv:4", "kb.tsv:5"]


def of_json(old: bool) -> list[dict[str, object]]:
    prompts = [
        {"displayOrder": 1, "qnaId": 3, "displayText": "Yes"},
        {"displayOrder": 0, "qnaId": 2, "displayText": "Draw with the pen"},
        {"displayOrder": 2, "qnaId": 99, "displayText": "Gone with the wind"},
    ]
    metadata: object = {"kind": "pen", "size": "L", "system_metadata_qna_edited_manually": "true"}
    if old:
        metadata = [{"name": "kind", "value": "pen"}, {"name": "size", "value": "L"}]
    dialog = "context" if old else "dialog"
    suggestions = "alternateQuestionClusters" if old else "activeLearningSuggestions"
    cluster = [{"clusterHead": "x"}]
    return [
        {"id": 1, "answer": "Take it.\n\nThen **write**.", "source": "https://a.example/pen",
         "questions": ["How to use the pen?", "Use the pen"], "metadata": metadata,
         dialog: {"isContextOnly": False, "prompts": prompts}},
        {"id": 2, "answer": "Like this.", "source": "pen.docx", "questions": ["Draw"],
         "metadata": [] if old else {}, dialog: {"isContextOnly": True, "prompts": []},
         suggestions: cluster},
        {"id": 3, "answer": "Read on.", "source": "Editorial", "questions": ["More"],
         "metadata": [] if old else {}, dialog: {"isContextOnly": True, "prompts": []}},
    ]  # fmt: skip


@pytest.mark.parametrize(
    "tree",
    [
        {"qnaDocuments": of_json(old=True)},
        {"add": {"qnaList": of_json(old=True), "urls": []}},
        {
            "metadata": {"projectName": "x", "language": "en"},
            "assets": {"qnas": of_json(old=False)},
        },
        [{"op": "add", "value": pair} for pair in of_json(old=False)],
        {"value": of_json(old=False), "nextLink": "x"},
    ],
)
def test_every_form_of_its_json_gives_the_same(tree: object) -> None:
    reading = read(json.dumps(tree), "kb.json")
    assert entries(reading) == EXPECTED
    assert sorted(str(finding).partition(": ")[2] for finding in reading.findings) == sorted(TOLD)


def test_rows_of_the_oldest_tables_are_one_entry_if_all_but_the_question_is_the_same() -> None:
    text = (
        "Question\tAnswer\tSource\tMetadata\nA?\tSo.\tEditorial\t\nB?\tSo.\tEditorial\t\n"
        "C?\tSo.\tEditorial\tk:v\n"
    )
    assert [entry.phrasings for entry in entries(read(text))] == [("A?", "B?"), ("C?",)]
    assert entries(read(text))[0].id == "kb.a"


def test_passages_of_documents_are_left_out() -> None:
    pair = {**of_json(old=True)[0], "isDocumentText": True}
    reading = read(json.dumps({"qnaDocuments": [pair]}), "kb.json")
    assert reading.pages == ()
    assert "passages of documents" in str(reading.findings[0])


def test_a_table_with_other_columns_is_read_as_one_if_a_person_says_so() -> None:
    text = "Question\tAnswer\nA?\tOne.\\nTwo.\n"
    assert entries(read(text))[0].answer == "One.\\nTwo."
    assert entries(read(text, told="qnamaker"))[0].answer == "One.  \nTwo."


@pytest.mark.parametrize("cell", ["[", "{}", "[1]", '[{"qnaId": null}]', '[{"displayOrder": "x"}]'])
def test_damaged_cells_are_no_trouble(cell: str) -> None:
    row = f"A?\tSo.\tEditorial\t{cell}\t{cell}\t{cell}\t{cell}\t{cell}"
    assert len(entries(read(f"{HEADER}\n{row}\n"))) == 1
