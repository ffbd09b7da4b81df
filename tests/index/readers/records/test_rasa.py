import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.entry import Entry
from index.errors import ContentError
from index.formats.reading import Reading
from index.readers.records import rasa, trees
from index.readers.source import Options, Source
from tests.readings import entries, told

NLU = """version: "3.1"
nlu:
- intent: faq/channels
  examples: |
    - Which channels are there in [Berlin](city)?
    - channels in [LA]{"entity": "city", "value": "Los Angeles"}
    - which [channels](thing:channel)
- intent: greet
  examples:
  - text: |
      - hi
    metadata: {sentiment: neutral}
  - hello
- synonym: LA
  examples: |
    - Los Angeles
"""
RESPONSES = """version: "3.1"
responses:
  utter_faq/channels:
  - text: "Only in one channel."
    channel: slack
  - text: |
      Many: [see](https://a.example).
    image: https://a.example/i.png
    buttons:
    - {title: More, payload: /more}
  utter_greet:
  - text: Hello {name}!
  utter_empty:
  - custom: {x: 1}
"""


def read(text: str, name: str = "nlu.yml") -> Reading:
    return trees.read(Source(name=name, data=text.encode()), Options())


def test_training_data_are_halves_without_answer() -> None:
    reading = read(NLU)
    assert entries(reading) == (
        Entry(
            id="faq.channels",
            question="Which channels are there in Berlin?",
            alternates=("channels in LA", "which channels"),
            page="nlu",
            tags=("faq",),
        ),
        Entry(id="greet", question="hi", alternates=("hello",), page="nlu"),
    )
    assert entries(reading)[0].source == "nlu.yml:3"
    assert told(reading) == [
        "nlu.yml:14: synonyms, regular expressions and lookup tables are not kept."
    ]


def test_responses_are_halves_without_question_with_the_same_ids() -> None:
    reading = read(RESPONSES, "domain.yml")
    assert entries(reading) == (
        Entry(
            id="faq.channels",
            answer="Many: [see](https://a.example).\n\n![](https://a.example/i.png)",
            page="domain",
            tags=("faq",),
        ),
        Entry(id="greet", answer="Hello {name}!", page="domain"),
    )
    texts = told(reading)
    for part in ("has no text", "further variants", "buttons of responses", "slots ({…})"):
        assert sum(part in text for text in texts) == 1, part


def test_a_file_with_both_gives_whole_entries_and_tells_of_halves() -> None:
    reading = read(NLU + RESPONSES.partition("\n")[2].replace("utter_greet", "utter_bye"))
    assert [(one.id, bool(one.question), bool(one.answer)) for one in entries(reading)] == [
        ("faq.channels", True, True)
    ]
    assert any("the intent “greet” has no response." in text for text in told(reading))
    assert any("the intent “bye” has no examples." in text for text in told(reading))


def test_the_first_versions_markdown_and_json_are_read() -> None:
    markdown = """<!-- a
comment -->
## intent:faq/channels
- which channels in [Berlin](city) <!-- note -->
* what channels
## synonym:LA
- Los Angeles
## faq channels
* faq/channels
  - Many.
"""
    reading = rasa.read_markdown(Source(name="nlu.md", data=markdown.encode()), Options())
    assert rasa.recognises_markdown(markdown)
    assert not rasa.recognises_markdown("# FAQ\n## How do I pay?\nBy card.\n")
    assert entries(reading) == (
        Entry(
            id="faq.channels",
            question="which channels in Berlin",
            answer="Many.",
            alternates=("what channels",),
            page="nlu",
            tags=("faq",),
        ),
    )
    assert entries(reading)[0].source == "nlu.md:4"
    examples = [
        {"text": "hi", "intent": "greet", "entities": []},
        {"text": "hello", "intent": "greet"},
    ]
    old = read(json.dumps({"rasa_nlu_data": {"common_examples": examples}}), "nlu.json")
    assert [entry.phrasings for entry in entries(old)] == [("hi", "hello")]
    with pytest.raises(ContentError, match="no Markdown of Rasa"):
        rasa.read_markdown(Source(name="a.md", data=b"# Title\n- item\n"), Options())


def test_responses_as_plain_texts_and_old_templates_are_read() -> None:
    reading = read("templates:\n  utter_ask:\n  - First.\n  - Second.\n")
    assert [(entry.id, entry.answer) for entry in entries(reading)] == [("ask", "First.")]


@given(st.text(max_size=200))
def test_any_text_gives_a_reading_or_a_content_error(text: str) -> None:
    for written in (
        text,
        f"## intent:{text}\n- {text}",
        f"## intent:a\n- {text}\n* a/b\n  - {text}",
    ):
        try:
            source = Source(name="nlu.md", data=written.encode(errors="ignore"))
            assert isinstance(rasa.read_markdown(source, Options()), Reading)
        except ContentError as error:
            assert "\n" not in str(error)
