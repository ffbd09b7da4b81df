import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.entry import Entry, Page, State, slug
from index.errors import ContentError
from index.formats import markdown, markdown_writer
from index.formats.by_suffix import read_page_file
from index.formats.reading import Reading

FOUNDING_PAGE = Path(__file__).parents[2] / "content" / "drug-cooperation.md"
PATH = Path("content/shop.md")

PAGE = """# The shop

Welcome.

<details>
<summary>About this page</summary>

Source: https://shop.example/faq

</details>

## How do I pay?

By card:

```bash
# this is no heading
## nor this
```

### On Sundays

In *cash*.

<details>
<summary>More</summary>

Small print.

</details>

<details>
<summary>Also asked</summary>

- Can I pay by card?
* Is `cash` *fine*,
  or not?

id: shop.pay
TAGS: money, card
Source: https://shop.example/faq#pay

State: Draft

From: 2025-01-01

Until: 2025-12-31

</details>

## When do you open? ##
At nine.
"""


def parse(text: str, path: Path = PATH) -> Reading:
    return markdown.parse(text, path)


def entries(text: str) -> tuple[Entry, ...]:
    reading = parse(text)
    assert reading.findings == ()
    return reading.pages[0].entries


def faults(text: str) -> list[str]:
    return [str(finding) for finding in parse(text).findings]


def test_a_page_is_read_whole() -> None:
    reading = parse(PAGE)
    (page,) = reading.pages
    pay, opening = page.entries
    assert reading.findings == ()
    assert (page.name, page.title, page.introduction) == ("shop", "The shop", "Welcome.")
    assert (page.url, page.source) == ("https://shop.example/faq", "content/shop.md")
    assert pay == Entry(
        id="shop.pay",
        question="How do I pay?",
        answer=PAGE[PAGE.index("By card:") : PAGE.index("\n\n<details>\n<summary>Also asked")],
        alternates=("Can I pay by card?", "Is `cash` *fine*, or not?"),
        page="shop",
        url="https://shop.example/faq#pay",
        tags=("money", "card"),
        state=State.DRAFT,
        valid_from=datetime(2025, 1, 1, tzinfo=UTC),
        valid_until=datetime(2026, 1, 1, tzinfo=UTC),
    )
    assert pay.source == "content/shop.md:12"
    assert opening == Entry(
        id="shop.when-do-you-open", question="When do you open?", answer="At nine.", page="shop"
    )


def test_the_founding_page_reads_as_six_entries() -> None:
    reading = read_page_file(FOUNDING_PAGE)
    (page,) = reading.pages
    assert reading.findings == ()
    assert [entry.id.partition(".")[2] for entry in page.entries] == [
        "why-now",
        "recent-changes",
        "regional-security",
        "cartels",
        "militarization",
        "us-policy",
    ]
    assert {entry.id.partition(".")[0] for entry in page.entries} == {"drug-cooperation"}
    assert [len(entry.alternates) for entry in page.entries] == [5] * 6
    assert page.entries[-1].tags == ("policy", "united states")
    assert markdown_writer.write(page) == FOUNDING_PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("heading", "question"),
    [
        ("## What is C#?", "What is C#?"),
        ("## What is C #  ", "What is C"),
        ("## What is C # #", "What is C #"),
        ("  ## Is `a_b` *one* <b>?", "Is `a_b` *one* <b>?"),
        ("Underlined\nquestion?\n---", "Underlined question?"),
    ],
)
def test_a_question_is_its_source_text(heading: str, question: str) -> None:
    assert [entry.question for entry in entries(f"{heading}\n\nA.\n")] == [question]


def test_headings_in_lists_quotations_and_deeper_ones_belong_to_the_answer() -> None:
    answer = "> ## quoted\n\n- # listed\n\n### Deeper\n\n    ## indented"
    assert [entry.answer for entry in entries(f"## Q?\n\n\n{answer}\n\n\n")] == [answer]


def test_an_answer_needs_no_question() -> None:
    (entry,) = entries("##\n\nWe are closed today.\n")
    assert (entry.id, entry.question) == ("shop.we-are-closed-today", "")


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("## Q?\n\nA.", "Shop"),
        ('---\ntitle: "The shop"\ntags: x\n---\n## Q?\n\nA.', "The shop"),
        ("---\ntitle: Other\n---\n# The shop\n## Q?\n\nA.", "The shop"),
    ],
)
def test_titles(text: str, title: str) -> None:
    (page,) = parse(text).pages
    assert (page.title, page.introduction) == (title, "")


def test_front_matter_leaves_line_numbers_as_they_are() -> None:
    assert entries("---\ntitle: x\n---\n## Q?\n\nA.")[0].source == "content/shop.md:4"


def test_a_page_may_name_itself() -> None:
    about = "<details><summary>About this page</summary>\nName: kiosk\n</details>\n"
    (page,) = parse(f"Hello.\n\n{about}\n## Q?\n\nA.").pages
    assert (page.name, page.introduction) == ("kiosk", "Hello.")
    assert [(entry.id, entry.page) for entry in page.entries] == [("kiosk.q", "kiosk")]


def test_a_section_heading_ends_the_entry_before_it() -> None:
    reading = parse("# T\n\n## One?\n\n1\n\n# Section\n\n## Two?\n\n2\n\n# Lost\n\ntext\n")
    assert [entry.answer for entry in reading.pages[0].entries] == ["1", "2"]
    assert [str(finding) for finding in reading.findings] == [
        "content/shop.md:13: the text under the section heading “Lost” is left out."
        " Move it under a question."
    ]
    assert reading.findings[0].severity == "warning"


@pytest.mark.parametrize(
    "block",
    [
        "<details>\n<summary>Also asked</summary>\n- One?\n- Two?\nId: x\n</details>",
        "<details open><summary> also ASKED </summary>\n\n* One?\n\n* Two?\n\nID : x\n</details>\n",
        "More.\n<details>\n\n<summary>Also asked</summary>\n+ One?\n+ Two?\n\nId: x\n\n</details>",
    ],
)
def test_the_block_may_be_written_in_several_ways(block: str) -> None:
    (entry,) = entries(f"## Q?\n\nA.\n\n{block}\n")
    assert (entry.id, entry.alternates) == ("x", ("One?", "Two?"))


def test_a_block_in_code_or_in_a_comment_is_part_of_the_answer() -> None:
    block = "<details>\n<summary>Also asked</summary>\n- x\n</details>"
    for answer in (f"```\n{block}\n```", f"<!--\n{block}\n-->"):
        (entry,) = entries(f"## Q?\n\n{answer}\n")
        assert (entry.answer, entry.alternates) == (answer, ())


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "Colour: red",
            "there is no key “Colour”. The keys are Id, Tags, Source, Language,",
        ),
        ("State: gone", "State must be published, draft or withdrawn, not “gone”."),
        ("From: soon", "From must be a date such as 2025-12-31"),
        ("just words", "“just words” is not understood here. Write “- another phrasing”, or"),
        ("Id: a\nId: b", "Id is given twice."),
        ("Not: that", "Not is a list. Write each on a line of its own below"),
        ("Context: yes", "Context must be “only” (or be left out), not “yes”."),
    ],
)
def test_a_fault_in_a_block_is_named_with_its_line(line: str, message: str) -> None:
    found = faults(
        f"## Q?\n\nA.\n\n<details>\n<summary>Also asked</summary>\n\n{line}\n\n</details>"
    )
    assert len(found) == 1
    number = 9 if "\n" in line else 8
    assert found[0].startswith(f"content/shop.md:{number}: {message}")


def test_an_empty_value_is_as_good_as_none() -> None:
    block = "<details>\n<summary>Also asked</summary>\n\n-\n\nTags:\nState:\n\n</details>"
    (entry,) = entries(f"## Q?\n\nA.\n\n{block}\n")
    assert (entry.tags, entry.state, entry.alternates) == ((), State.PUBLISHED, ())


def test_a_block_must_be_closed_and_come_last() -> None:
    opening = "<details>\n<summary>Also asked</summary>\n\n- x\n"
    assert faults(f"## Q?\n\nA.\n\n{opening}\n## R?\n\nA.\n") == [
        "content/shop.md:5: the block “Also asked” is not closed. End it with a line “</details>”."
    ]
    assert faults(f"## Q?\n\nA.\n\n{opening}</details>\n\nmore\n") == [
        "content/shop.md:5: the block “Also asked” must be the last thing of its part."
        " Move what follows above it; leave a blank line between “</details>” and a heading."
    ]


def test_a_heading_right_after_a_block_is_not_lost_silently() -> None:
    """To Markdown it is part of the HTML."""
    block = "<details>\n<summary>Also asked</summary>\n\n- x\n\n</details>"
    (fault,) = faults(f"## Q?\n\nA.\n\n{block}\n## R?\n\nA.\n")
    assert "leave a blank line between “</details>” and a heading" in fault


def test_phrasings_of_a_page_are_an_error() -> None:
    (fault,) = faults("<details><summary>About this page</summary>\n- x\n</details>\n\n## Q?\n\nA.")
    assert fault.startswith("content/shop.md:2: “About this page” holds no phrasings.")


def test_what_an_entry_leads_to_and_what_it_is_not() -> None:
    (entry,) = (
        parse(
            "## Q?\n\nA.\n\n<details>\n<summary>Also asked</summary>\n\n- q\n\nPrompts: a.b, c\n\n"
            "Context: Only\n\nLanguage: de\n\nNot:\n\n- another\n  thing\n- one more\n\n</details>"
        )
        .pages[0]
        .entries
    )
    assert entry.alternates == ("q",)
    assert (entry.prompts, entry.context_only, entry.language) == (("a.b", "c"), True, "de")
    assert entry.negatives == ("another thing", "one more")


@pytest.mark.parametrize(
    "top",
    [
        "---\nlang: de\n---\n",
        "---\nlanguage: 'de'\n---\n",
        "<details>\n<summary>About this page</summary>\n\nLanguage: de\n\n</details>\n\n",
    ],
)
def test_a_page_says_its_language_for_all_its_entries(top: str) -> None:
    own = "<details>\n<summary>Also asked</summary>\n\nLanguage: fr\n\n</details>"
    (page,) = parse(f"{top}## Eins?\n\nA.\n\n## Deux?\n\nB.\n\n{own}").pages
    assert [entry.language for entry in page.entries] == ["de", "fr"]


def test_all_faults_of_a_file_are_found_in_order() -> None:
    found = faults(
        "## One?\n\n## Two?\n\n<details>\n<summary>Also asked</summary>\nX: y\n</details>"
    )
    assert [fault.partition(": ")[0].rpartition(":")[2] for fault in found] == ["1", "3", "7"]


def test_a_rule_right_under_a_text_gets_a_mend_of_its_own() -> None:
    (fault,) = faults("## Q?\n\nThe answer.\n---\n\n## R?\n\nA.")[1:]
    assert "put a blank line between" in fault


@pytest.mark.parametrize("text", ["", "# Title\n\nText.", "### Deep\n\nText."])
def test_a_file_without_question_says_how_to_write_one(text: str) -> None:
    assert faults(text) == [
        "content/shop.md:1: this file has no question."
        " Make each question a heading, as in “## What does it cost?”."
    ]


def test_what_is_nested_too_deep_to_be_read_is_an_error() -> None:
    found = faults("## Q?\n\n" + "- " * 60 + "x\n\n## R?\n\nA.")
    assert len(found) == 1
    assert "nested too deep" in found[0]


@pytest.mark.parametrize(
    ("answer", "written"),
    [
        ("# one\n\ntext", "\\# one\n\ntext"),
        ("text\n---\nmore", "text\n\\---\nmore"),
        ("# a\n---", "\\# a\n\\---"),
        ("```\n## code", "```\n## code\n```"),
        ("~~~~\n```", "~~~~\n```\n~~~~"),
        ("<!-- never closed", "\\<!-- never closed"),
        ("\n \n    code\n\n", "    code"),
        ("a\r\nb", "a\nb"),
        ("> " * 120 + "x", "> " * 120 + "x"),
        ("- " * 60 + "x", "\\" + "- " * 60 + "x"),
        (
            "A.\n\n<details>\n<summary>Also asked</summary>\n</details>",
            "A.\n\n\\<details>\n<summary>Also asked</summary>\n</details>",
        ),
    ],
)
def test_what_would_end_an_answer_is_escaped(answer: str, written: str) -> None:
    page = Page(name="shop", title="T", entries=(Entry(id="x", question="Q?", answer=answer),))
    assert [entry.answer for entry in entries(markdown_writer.write(page))] == [written]


def test_an_id_is_written_only_when_it_would_not_be_made() -> None:
    made = Entry(id="shop.how", question="How?", answer="So.", page="shop")
    page = Page(name="shop", title="T", entries=(made, replace(made, id="other")))
    assert markdown_writer.write(page) == (
        "# T\n\n## How?\n\nSo.\n\n## How?\n\nSo.\n\n"
        "<details>\n<summary>Also asked</summary>\n\nId: other\n\n</details>\n"
    )


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (Entry(id="x", question="Q?", source="a.jsonl:1"), "a.jsonl:1: the entry “Q?” has no answ"),
        (Entry(id="x", answer="A.", tags=("a, b",)), "x: the tag “a, b” has a comma"),
        (Entry(id="x", answer="A.", prompts=("a,b",)), "x: the id “a,b” has a comma"),
    ],
)
def test_what_a_page_cannot_hold_is_refused(entry: Entry, message: str) -> None:
    with pytest.raises(ContentError, match=re.escape(message)):
        markdown_writer.write(Page(name="shop", title="T", entries=(entry,)))


def is_one_line(text: str) -> bool:
    return text == text.strip() and len(text.splitlines()) == 1


chars = st.characters(exclude_categories=["Cs"], exclude_characters="\0\r")
nasty = st.sampled_from(
    "# a|## b|## |===|---|- - -|```|~~~|<!--|-->|<pre>|</pre>|<details>|</details>|<div>|- x|  - y"
    "|> q|> # q|text||    code|a \\| b|---\\|---|\\# x|[a]: b|Id: x|1. z|Tags: a|<?|* * *|- ```"
    "|<summary>Also asked</summary>|<summary>About this page</summary>|<details open><summary>also"
    " asked</summary>".replace("\\|", "\1").split("|")
).map(lambda line: line.replace("\1", "|"))
lines = (st.text(chars, min_size=1, max_size=12) | nasty).filter(is_one_line)
tags = lines.filter(lambda line: "," not in line)
moments = st.none() | st.datetimes(timezones=st.just(UTC))
bodies = st.lists(nasty | lines, min_size=1, max_size=8).map("\n".join)


@st.composite
def pages(draw: st.DrawFn, answers: st.SearchStrategy[str]) -> Page:
    name = draw(lines)
    entry = st.builds(
        Entry,
        id=lines,
        question=st.just("") | lines,
        answer=answers,
        alternates=st.lists(lines, max_size=3).map(tuple),
        page=st.just(name),
        url=st.just("") | lines,
        tags=st.lists(tags, max_size=3).map(tuple),
        language=st.sampled_from(["", "de", "pt-BR"]),
        negatives=st.lists(lines, max_size=2).map(tuple),
        prompts=st.lists(tags, max_size=2).map(tuple),
        context_only=st.booleans(),
        state=st.sampled_from(State),
        valid_from=moments,
        valid_until=moments,
    )
    return Page(
        name=name,
        title=draw(lines),
        introduction=draw(st.just("") | answers),
        url=draw(st.just("") | lines),
        entries=tuple(draw(st.lists(entry, min_size=1, max_size=3))),
    )


def written_and_read(page: Page) -> Page:
    reading = parse(markdown_writer.write(page), Path(f"{slug(page.name)}.md"))
    assert [finding for finding in reading.findings if finding.severity == "error"] == []
    return reading.pages[0]


plain = st.lists(lines.filter(lambda line: line[0].isalnum()), min_size=1, max_size=3)


@given(pages(plain.map("\n\n".join)))
def test_what_is_written_reads_the_same(page: Page) -> None:
    assert written_and_read(page) == page


@settings(max_examples=50)
@given(pages(bodies.filter(str.strip)))
def test_no_answer_breaks_the_page_it_is_written_to(page: Page) -> None:
    """Everything but answers that would is as before; written again, those too."""
    once = written_and_read(page)
    assert written_and_read(once) == once
    kept = [replace(entry, answer="") for entry in once.entries]
    assert kept == [replace(entry, answer="") for entry in page.entries]


@given(bodies | st.text() | st.lists(nasty).map("\n".join))
def test_any_text_gives_a_page_and_findings(text: str) -> None:
    reading = parse(text)
    assert reading.pages[0].entries or reading.findings
