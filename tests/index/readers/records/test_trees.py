import json
import sys

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from index.entry import Entry, State
from index.errors import ContentError
from index.formats.reading import Reading
from index.readers.records import trees
from index.readers.source import Options, Source
from tests.readings import entries, pairs, told

PAIR = {"question": "How do I pay?", "answer": "By card."}


def read(value: object, name: str = "faq.json", options: Options = Options()) -> Reading:  # noqa: B008
    text = value if isinstance(value, str | bytes) else json.dumps(value)
    data = text.encode() if isinstance(text, str) else text
    return trees.read(Source(name=name, data=data), options)


@pytest.mark.parametrize(
    "tree",
    [
        [PAIR],
        PAIR,
        {"faq": [PAIR]},
        {"root": {"qapair": [PAIR]}},
        {"data": {"items": {"0": {"docs": {"0": PAIR}}}}},
        {"faq": [{"q": "How do I pay?", "a": "By card."}]},
        {"How do I pay?": "By card."},
        {"faq": {"How do I pay?": ["By card."]}},
        [["question", "answer"], ["How do I pay?", "By card."]],
        [{"title": "How do I pay?", "body": "By card."}],
        {"pay_q": "How do I pay?", "pay_a": "By card."},
        {"pay_q": {"en": "How do I pay?"}, "pay_a": {"en": "By card.", "transform": ["x"]}},
        {"en": {"faq": [PAIR]}},
        {"@type": "FAQPage", "mainEntity": [
            {"@type": "Question", "name": "How do I pay?",
             "acceptedAnswer": {"@type": "Answer", "text": "<p>By card.</p>"}}]},
        [{"id": 5, "title": {"rendered": "How do I pay?"}, "content": {"rendered": "By card."}}],
        {"faq.q1": "How do I pay?", "faq.a1": "By card."},
        {"questions": ["How do I pay?"], "answers": ["By card."]},
        {"meta": {"title": "All questions", "description": "No pair."}, "faq": [PAIR]},
        {"title": "All questions", "description": "No pair.", "faq": [PAIR]},
        [{"question": {"text": "How do I pay?"}, "answer": {"markdown": "By card.", "html": "x"}}],
    ],
)  # fmt: skip
def test_pairs_are_found_wherever_they_are(tree: object) -> None:
    assert pairs(read(tree)) == [("How do I pay?", "By card.")]
    as_yaml = yaml.safe_dump(tree, sort_keys=False)
    assert pairs(read(as_yaml, "faq.yaml")) == [("How do I pay?", "By card.")]


def test_what_stands_above_and_beside_a_pair_comes_along() -> None:
    tree = {
        "title": "Our shop",
        "url": "https://shop.example/faq",
        "categories": [
            {"name": "Money", "questions": [{**PAIR, "id": 7, "also asked": ["Cards?"], "x": 1}]},
            {"name": "Time", "questions": [{"question": "When?", "answer": "Now.", "tags": ["a"]}]},
        ],
    }
    reading = read(tree)
    assert reading.findings == ()
    assert reading.pages[0].title == "Our shop"
    assert entries(reading) == (
        Entry(
            id="faq.7",
            question="How do I pay?",
            answer="By card.",
            alternates=("Cards?",),
            page="faq",
            url="https://shop.example/faq",
            tags=("Money",),
        ),
        Entry(
            id="faq.when",
            question="When?",
            answer="Now.",
            page="faq",
            url="https://shop.example/faq",
            tags=("Time", "a"),
        ),
    )
    assert entries(reading)[1].source == "faq.json:categories[1].questions[0]"


def test_keys_that_are_names_of_categories_become_tags() -> None:
    tree = {"Shipping": [PAIR], "Returns & refunds": {"Abroad": [PAIR], "Here": [PAIR]}}
    tags = [entry.tags for entry in entries(read(tree))]
    assert tags == [("Shipping",), ("Returns & refunds", "Abroad"), ("Returns & refunds", "Here")]


def test_keys_that_are_names_of_records_become_ids() -> None:
    tree = {"faqs": {"Cards": PAIR, "Time": {"question": "When?", "answer": "Now."}}}
    assert [(one.id, one.tags) for one in entries(read(tree))] == [("Cards", ()), ("Time", ())]


def test_a_title_and_a_text_are_a_record_only_among_their_like() -> None:
    items = [{"title": "Paying", "text": "By card."}, {"title": "Returns", "text": "By post."}]
    tree = {"title": "Help", "description": "All about it", "items": items}
    assert pairs(read(tree)) == [("Paying", "By card."), ("Returns", "By post.")]
    with pytest.raises(ContentError):
        read({"name": "shop", "version": "1.0", "description": "A shop."})


def test_what_a_source_says_is_no_longer_or_not_yet_shown_is_not() -> None:
    flags = [{"draft": True}, {"archived": "yes"}, {"published": False}, {"draft": False}]
    tree = [{"question": f"{n}?", "answer": "So.", **flag} for n, flag in enumerate(flags)]
    states = [one.state for one in entries(read(tree))]
    assert states == [State.DRAFT, State.WITHDRAWN, State.WITHDRAWN, State.PUBLISHED]


def test_answers_in_blocks_are_one_text() -> None:
    blocks = [{"type": "paragraph", "text": "So."}, {"type": "paragraph", "text": "Really."}]
    assert pairs(read([{"question": "Why?", "answer": blocks}])) == [("Why?", "So.\n\nReally.")]


def test_two_lists_side_by_side_and_numbered_keys_are_pairs() -> None:
    both = [("A?", "a"), ("B?", "b")]
    assert pairs(read({"question": ["A?", "B?"], "answer": ["a", "b"]})) == both
    assert pairs(read({"question": {"0": "A?", "1": "B?"}, "answer": {"0": "a", "1": "b"}})) == both
    assert pairs(read({"q1": "A?", "a1": "a", "q2": "B?", "a2": "b"})) == both


def test_of_several_questions_all_are_wordings_and_of_several_answers_the_first_counts() -> None:
    reading = read([{"patterns": ["Hi", "Hello"], "responses": ["Hi!", "Hey!"], "tag": "greeting"}])
    assert entries(reading) == (
        Entry(
            id="faq.hi",
            question="Hi",
            answer="Hi!",
            alternates=("Hello",),
            page="faq",
            tags=("greeting",),
        ),
    )
    assert told(reading) == ["faq.json:[0]: an entry has one answer; further ones are left out."]


def test_a_wording_without_a_letter_is_none() -> None:
    assert entries(read([{**PAIR, "rephr": ["*", "Cards?", "How do I pay?"]}]))[0].alternates == (
        "Cards?",
    )


def test_one_language_is_read_and_the_others_are_told_of() -> None:
    tree = {
        "pay_q": {"en": "Where?", "fr": "Où ?"},
        "pay_a": {"en": "Here.", "fr": "Ici."},
        "only_q": {"en": "Only?"},
        "only_a": {"en": "Yes."},
    }
    reading = read(tree)
    assert [entry.language for entry in entries(reading)] == ["en", "en"]
    assert "several languages: one is read, not fr" in told(reading)[0]
    french = read(tree, options=Options(language="fr"))
    assert pairs(french) == [("Où ?", "Ici.")]
    assert entries(french)[0].id == "faq.pay"
    with pytest.raises(ContentError, match=r"nothing is in “de”\. There are: en, fr\."):
        read({"en": [PAIR], "fr": [PAIR]}, options=Options(language="de"))


def test_keys_can_be_named_by_a_person_even_deep_in_a_record() -> None:
    tree = {
        "all": [{"fields": {"heading text": "How do I pay?"}, "blurb": "By card.", "team": "A"}]
    }
    columns = {"question": "fields.heading text", "answer": "blurb", "tags": "team"}
    reading = read(tree, options=Options(columns=columns))
    assert entries(reading)[0].tags == ("A",)
    assert pairs(reading) == [("How do I pay?", "By card.")]
    with pytest.raises(ContentError, match=r"no record has the keys “nope”.*“all”, “fields”"):
        read(tree, options=Options(columns={"question": "nope"}))


def test_a_tree_without_pairs_says_how_to_name_the_keys() -> None:
    with pytest.raises(ContentError, match=r"--column question=… --column answer=…"):
        read({"a": {"b": [1, 2, {"c": None}]}})


def test_our_own_lines_are_read_by_their_own_rules() -> None:
    line = json.dumps({"id": "a", "question": " Q ", "answer": "<p>", "valid_from": "soon"})
    reading = read(line + "\n", "faq.jsonl")
    assert pairs(reading) == [(" Q ", "<p>")]
    assert reading.findings[0].severity == "error"


def test_ids_of_our_own_lines_stay_as_they_are() -> None:
    line = json.dumps({"id": "1", "question": "Q", "answer": "a\nb", "prompts": ["2"]})
    (entry,) = entries(read(line, "faq.jsonl"))
    assert (entry.id, entry.answer, entry.prompts) == ("1", "a\nb", ("2",))


def test_other_lines_are_read_by_the_names_of_their_keys_and_broken_ones_skipped() -> None:
    lines = [
        json.dumps({"doc_id": "f 1", "title": "Refunds", "text": "By post.", "category": "money"}),
        "{broken",
        json.dumps({"doc_id": "f2", "title": "Returns", "text": "In a shop."}),
    ]
    reading = read("\n".join(lines), "faq.jsonl")
    assert [entry.id for entry in entries(reading)] == ["faq.f-1", "faq.f2"]
    assert entries(reading)[1].source == "faq.jsonl:3"
    assert told(reading) == ["faq.jsonl:2: this line is not JSON. Write one object a line."]


def test_a_broken_file_is_refused_with_its_line() -> None:
    with pytest.raises(ContentError, match=r"faq\.json:2: this is not JSON"):
        read('{"question": "a",\n "answer" "b"}')
    with pytest.raises(ContentError, match=r"faq\.yml:2: this is not YAML"):
        read("a: [1\nb: 2", "faq.yml")
    with pytest.raises(ContentError, match=r"faq\.xml:2: this is not XML"):
        read("<faq>\n<q></faq>", "faq.xml")


def test_yaml_keeps_words_and_knows_lines() -> None:
    text = "- q: Is it free?\n  a: Yes\n- q: Since when?\n  a: 2024-01-31\n- q: Why?\n  a: ~\n"
    reading = read(text, "faq.yml")
    assert pairs(reading) == [("Is it free?", "Yes"), ("Since when?", "2024-01-31")]
    assert [entry.source for entry in entries(reading)] == ["faq.yml:1", "faq.yml:3"]
    assert told(reading)[0].startswith("faq.yml:5: the question “Why?” has no answer.")


def test_yaml_aliases_are_followed_and_merged() -> None:
    text = (
        "base: &base {tags: [a], a: Same.}\nfaq:\n- {<<: *base, q: One?}\n- {<<: *base, q: Two?}\n"
    )
    reading = read(text, "faq.yml")
    assert pairs(reading) == [("One?", "Same."), ("Two?", "Same.")]


def test_yaml_aliases_that_multiply_are_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    merged = ["b0: &b0 {k: v}"]
    merged += [f"b{n}: &b{n} {{<<: [{', '.join([f'*b{n - 1}'] * 10)}]}}" for n in range(1, 10)]
    for text in ("\n".join(lines), "\n".join(merged), "&a [*a]", "&a {q: *a, a: *a}"):
        with pytest.raises(
            ContentError, match=r"aliases in this YAML stand for more|stands for nothing"
        ):
            read(text, "faq.yml")


def test_yaml_runs_nothing() -> None:
    text = "- q: !!python/object/apply:os.getcwd []\n  a: x\n- q: Fine?\n  a: Yes.\n"
    assert ("Fine?", "Yes.") in pairs(read(text, "faq.yml"))


def test_xml_gives_fields_attributes_and_markup() -> None:
    text = """<?xml version="1.0" encoding="UTF-8"?>
    <ns:Document xmlns:ns="urn:x" id="d" url="https://a.example/">
      <Topic>Money</Topic>
      <Pairs>
        <Pair><Question qid="p-1">How do I pay?</Question>
          <Answer><p>By <b>card</b>.</p><p>Or so.</p></Answer></Pair>
        <Pair question="When?" answer="Now &amp; then."/>
        <Pair><q>Cheap?</q><a>First.</a><a>Second.</a></Pair>
      </Pairs>
    </ns:Document>"""
    reading = read(text, "faq.xml")
    assert pairs(reading) == [
        ("How do I pay?", "By **card**.\n\nOr so."),
        ("When?", "Now & then."),
        ("Cheap?", "First."),
    ]
    first = entries(reading)[0]
    assert (first.id, first.url, first.tags) == ("faq.p-1", "https://a.example/", ("Money",))


def test_xml_with_questions_and_answers_in_turn_gives_pairs() -> None:
    text = "<faq><question>A?</question><answer>a</answer><question>B?</question><answer>b</answer>"
    assert pairs(read(text + "</faq>", "faq.xml")) == [("A?", "a"), ("B?", "b")]


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "utf-16"])
def test_xml_is_read_in_its_encoding(encoding: str) -> None:
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?><f><q>Où ça, là ?</q><a>Là-bas, près.</a></f>'
    )
    assert pairs(read(text.encode(encoding), "faq.xml")) == [("Où ça, là ?", "Là-bas, près.")]


def test_xml_with_entities_of_its_own_is_refused() -> None:
    text = '<!DOCTYPE f [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><f><q>&b;</q><a>x</a></f>'
    with pytest.raises(ContentError, match="declares a document type or entities"):
        read(text, "faq.xml")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("[" * 100_000 + "]" * 100_000, "faq.json"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, "faq.json"),
        ("[" * 100_000 + "]" * 100_000, "faq.yml"),
        ("- " * 20_000 + "x", "faq.yml"),
        ("<a>" * 100_000 + "</a>" * 100_000, "faq.xml"),
        ("<f><q>Q?</q><a>" + "<b>" * 50_000 + "</b>" * 50_000 + "</a></f>", "faq.xml"),
        ("<f><q>Q?</q><a>x <i>" + "<b>" * 50_000 + "</b>" * 50_000 + "</i></a></f>", "faq.xml"),
        ('{"question": "Q?", "answer": ' + "[" * 900 + "]" * 900 + "}", "faq.json"),
        ('{"question": "Q?", "answer": "a", "n": ' + "9" * 5000 + "}", "faq.json"),
    ],
)
def test_what_is_nested_absurdly_deep_is_no_trouble(text: str, name: str) -> None:
    try:
        read(text, name)
    except ContentError as error:
        assert "\n" not in str(error)
    assert sys.getrecursionlimit() <= 1000


LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
)
NAMES = (
    "question answer q a en fr title text id tags qid url x_q x_a questions dialog prompts "
    "metadata type nlu responses utter_x status valid_until language rasa_nlu_data intent A? é"
)
KEYS = st.sampled_from(["", *NAMES.split()])
TREES = st.recursive(
    LEAVES,
    lambda part: st.lists(part, max_size=4) | st.dictionaries(KEYS, part, max_size=5),
    max_leaves=25,
)


@given(
    TREES, st.sampled_from(["", "en", "de"]), st.sampled_from(["", "qnabot", "qnamaker", "rasa"])
)
@settings(max_examples=300)
def test_any_tree_gives_a_reading_or_a_content_error(
    tree: object, language: str, told: str
) -> None:
    options = Options(language=language, format=told)
    for text, name in (
        (json.dumps(tree), "faq.json"),
        (yaml.safe_dump(tree, allow_unicode=True), "faq.yaml"),
    ):
        try:
            assert isinstance(read(text, name, options), Reading)
        except ContentError as error:
            assert "\n" not in str(error)


@given(
    st.text(max_size=200), st.sampled_from(["faq.json", "faq.jsonl", "faq.yaml", "faq.xml", "faq"])
)
@settings(max_examples=300)
def test_any_text_gives_a_reading_or_a_content_error(text: str, name: str) -> None:
    for written in (
        text,
        f'{{"question": {text}',
        f"- q: {text}\n  a: {text}",
        f"<f><q>{text}</q></f>",
    ):
        try:
            assert isinstance(read(written.encode(errors="ignore"), name), Reading)
        except ContentError as error:
            assert "\n" not in str(error)


@given(st.binary(max_size=200), st.sampled_from(["faq.json", "faq.yaml", "faq.xml", "faq"]))
def test_any_bytes_give_a_reading_or_a_content_error(data: bytes, name: str) -> None:
    try:
        assert isinstance(read(data, name), Reading)
    except ContentError as error:
        assert "\n" not in str(error)


def test_what_is_no_character_is_taken_out() -> None:
    reading = read('[{"question": "Why\\ud800?", "answer": "So\\u0000 it is."}]')
    assert pairs(reading) == [("Why?", "So it is.")]
