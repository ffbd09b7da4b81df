from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.entry import Entry, Page
from index.errors import ContentError
from index.readers.documents import markdown
from index.readers.source import Options, Source


def page(text: str, name: str = "faq.md") -> Page:
    data = dedent(text).encode()
    return markdown.read(Source(name=name, data=data), Options()).pages[0]


def pairs(text: str, name: str = "faq.md") -> list[tuple[str, str]]:
    return [(entry.question, entry.answer) for entry in page(text, name).entries]


def questions(text: str, name: str = "faq.md") -> list[str]:
    return [entry.question for entry in page(text, name).entries]


def test_headings_that_ask_are_questions_and_the_lines_between_answers() -> None:
    text = """
        # Our FAQ

        Some words before.

        ## General

        ### 1. What is `it`?

        A *thing*.

        ```sh
        # not a heading
        ```

        #### Detail

        More.

        ### <a id="why"></a>Why?
        Because.
        """
    assert pairs(text) == [
        ("What is `it`?", "A *thing*.\n\n```sh\n# not a heading\n```\n\n#### Detail\n\nMore."),
        ("Why?", "Because."),
    ]


def test_an_entry_knows_its_line_its_anchor_and_its_language() -> None:
    text = "---\ntitle: Hilfe\nlang: de\n---\n# FAQ\n\n## Was? {#was}\n\nDas.\n"
    source = Source(name="https://e.org/faq.md", data=text.encode())
    [made] = markdown.read(source, Options()).pages
    assert made == Page(
        name="faq",
        title="Hilfe",
        url="https://e.org/faq.md",
        entries=(
            Entry(
                id="faq.was",
                question="Was?",
                answer="Das.",
                page="faq",
                url="https://e.org/faq.md#was",
                language="de",
            ),
        ),
    )
    assert made.entries[0].source == "https://e.org/faq.md:7"


def test_problems_are_questions_in_a_faq_and_what_only_groups_is_not() -> None:
    text = """
        # Frequently asked questions

        ## Devices

        Read this first.

        ### Not found
        Plug it in.

        ### Not authorised
        Allow it.

        ## Crashes
        Update it.

        ## Translations
        See the wiki.
        """
    assert questions(text) == ["Not found", "Not authorised", "Crashes"]


def test_a_problem_between_questions_is_a_question() -> None:
    text = """
        # FAQ
        ## Introduction
        Hello.
        ## How?
        So.
        ## I cannot log in
        Reset it.
        ## It is slow
        Wait.
        ## Why?
        Because.
        ## Contact
        Mail us.
        """
    assert questions(text) == ["How?", "I cannot log in", "It is slow", "Why?"]


def test_of_a_readme_only_the_faq_counts() -> None:
    text = """
        # Tool
        ## Install
        Do it.
        ### Why is it slow?
        Never mind.
        ## FAQ
        <details><summary>Is it free?</summary><br/>

        Yes.

        </details>
        <details>
        <summary>Is it <b>good</b>?</summary>

        Very.

        </details>

        ## Who uses it?
        Everybody.
        """
    assert pairs(text, "README.md") == [("Is it free?", "Yes."), ("Is it good?", "Very.")]


def test_a_faq_that_is_elsewhere_gives_nothing() -> None:
    with pytest.raises(ContentError):
        page("# Tool\n## FAQ\nSee the [FAQ](x).\n## Backers\nThanks.\n", "README.md")


def test_in_a_faq_of_a_readme_problems_are_questions() -> None:
    text = (
        "# Tool\n## Usage\nx\n## FAQ\n### It hangs\nWait.\n### It fails\nTry again.\n## More\ny\n"
    )
    assert questions(text, "README.md") == ["It hangs", "It fails"]


@pytest.mark.parametrize("title", ["Tool", "FAQ bot"])
def test_a_readme_without_a_faq_has_no_problems(title: str) -> None:
    with pytest.raises(ContentError, match="no question with an answer was found"):
        page(f"# {title}\n## Install\nDo it.\n## Usage\nRun it.\n", "README.md")


@pytest.mark.parametrize(
    "text",
    [
        "# FAQ\n\n**Why?**\n\nBecause.\n\n**How?**\n\nSo.\n",
        "# FAQ\n\n**Why?**\nBecause.\n\n**How?** So.\n",
        "# FAQ\n\n**Why**?\n\nBecause.\n\n**How**?\n\nSo.\n",
        "# FAQ\n\n<b>Why?</b><br>Because.\n\n<strong>How?</strong>\n\nSo.\n",
        "# FAQ\n\nQ: Why?\n\nA: Because.\n\n---\n\nQ: How?\n\nA: So.\n",
        "# FAQ\n\nQ: Why?\nA: Because.\n---\nQ: How?\nA: So.\n---\n",
        "# FAQ\n\n**Q: Why?**\n\n**A:** Because.\n\n**Q2: How?**\nA: So.\n",
        "# FAQ\n\n**Q**: Why?\n\n**A**: Because.\n\n**Q**: How?\n\n**A**: So.\n",
        "# FAQ\n\n## Q1. Why?\nBecause.\n## Q2. How?\nSo.\n",
        "# FAQ\n\n1. **Why?**  \n   Because.\n2. **How?**  \n   So.\n",
        "# FAQ\n\n- Why?\n\n  Because.\n- How?\n\n  So.\n",
        "# FAQ\n\n* **Why?** Because.\n* **How?** So.\n",
        "# FAQ\n\n- Q: Why?\n  A: Because.\n- Q: How?\n  A: So.\n",
        "# FAQ\n\n- General\n  - Why?\n\n    Because.\n  - How?\n\n    So.\n",
        "# FAQ\n\nWhy?\n: Because.\n\nHow?\n\n:   So.\n",
        '# FAQ\n\n??? question "Why?"\n    Because.\n\n???+ faq "How?"\n\n    So.\n',
        "# FAQ\n\n:::details Why?\nBecause.\n:::\n\n::: details How?\nSo.\n:::\n",
        '# FAQ\n\n<Faqs>\n<Accordion title="Why?">\n  Because.\n</Accordion>\n\n'
        '<Accordion title="How?" icon="x">So.</Accordion>\n</Faqs>\n',
        "# FAQ\n\n## ❓ Why?\nBecause.\n\n## **2) How?**\nSo.\n",
        "# 常见问题\n## 1、Why?\nBecause.\n## 2、How?\nSo.\n",
        "FAQ\n===\n\nWhy?\n----\nBecause.\n\nHow?\n----\nSo.\n",
        "## FAQ\n\n## Why?\nBecause.\n\n## How?\nSo.\n",
        "# FAQ\n\nWhy?\n\nBecause.\n\nHow?\n\nSo.\n",
        "# FAQ\n- [Why?](#w)\n- [How?](#h)\n\n## Why?\nBecause.\n\n[Top](#faq)\n\n## How?\nSo.\n",
        "# FAQ\n\n<h3 id='x'>Why?</h3>\n\nBecause.\n\n<h3>How?</h3>\n\nSo.\n",
        "+++\ntitle = 'FAQ'\n+++\n## Why?\nBecause.\n## How?\nSo.\n",
    ],
)
def test_the_forms_of_the_wild(text: str) -> None:
    assert pairs(text) == [("Why?", "Because."), ("How?", "So.")]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Frage: Warum?", "Antwort: Darum."),
        ("问：为什么？", "答：因为。"),
        ("P: ¿Por qué?", "R: Porque sí."),
        ("Вопрос: Почему?", "Ответ: Потому."),
    ],
)
def test_labels_of_other_languages(question: str, answer: str) -> None:
    [pair] = pairs(f"{question}\n\n{answer}\n")
    assert pair == (
        question.replace("：", ":").partition(":")[2].strip(),
        answer.replace("：", ":").partition(":")[2].strip(),
    )


@pytest.mark.parametrize("mark", ["?", " ?", "？", "؟", "?!", "??"])
def test_question_marks_of_all_scripts(mark: str) -> None:
    assert questions(f"## Das{mark}\nJa.\n") == [f"Das{mark}"]


def test_the_greek_question_mark_is_a_semicolon() -> None:
    assert questions("## Τι είναι;\nΑυτό.\n## Γιατί;\nΈτσι.\n") == ["Τι είναι;", "Γιατί;"]


def test_a_file_may_be_one_question() -> None:
    assert pairs("---\nquestion: 'When: now?'\n---\n\nYes.\n\n## Note\nno\n") == [
        ("When: now?", "Yes.\n\n## Note\nno")
    ]
    assert pairs("---\ntitle: Why?\n---\nBecause.\n") == [("Why?", "Because.")]


def test_a_question_inside_an_answer_is_a_phrase_of_it() -> None:
    text = "# FAQ\n## Why?\nBecause.\n\n**Really?** Yes.\n\nStill not?\n\nAsk.\n## How?\nSo.\n"
    assert questions(text) == ["Why?", "How?"]


def test_a_bold_line_above_questions_groups_and_above_text_stresses() -> None:
    text = "# FAQ\n**Why?**\n\nBecause.\n\n**Note**\n\nx\n\n**More**\n\n**How?**\n\nSo.\n"
    assert pairs(text) == [("Why?", "Because.\n\n**Note**\n\nx"), ("How?", "So.")]


def test_a_fold_inside_an_answer_stays_whole() -> None:
    text = "# FAQ\n## Why?\n<details>\n<summary>More</summary>\n\nBecause.\n\n</details>\n"
    answer = "<details>\n<summary>More</summary>\n\nBecause.\n\n</details>"
    assert pairs(text) == [("Why?", answer)]


def test_a_question_above_questions_only_groups() -> None:
    assert questions("# FAQ\n## What is it?\n### Is it good?\nYes.\n") == ["Is it good?"]


def test_a_question_that_is_asked_for_others_is_none() -> None:
    assert questions("# FAQ\n## Why?\nSo.\n## Still have questions?\nMail us.\n") == ["Why?"]


def test_a_question_without_answer_is_told() -> None:
    text = "# FAQ\n\n## Why?\n\n## How?\nSo.\n"
    reading = markdown.read(Source(name="faq.md", data=text.encode()), Options())
    [finding] = reading.findings
    assert str(finding) == "faq.md:3: the question “Why?” has no answer."
    assert finding.severity == "skipped"


def told(text: str, name: str = "faq.md") -> list[str]:
    data = dedent(text).encode()
    findings = markdown.read(Source(name=name, data=data), Options()).findings
    assert {finding.severity for finding in findings} <= {"skipped"}
    return [f"{finding.where} {finding.what}" for finding in findings]


def test_a_title_that_does_not_ask_is_a_question_wherever_it_stands_among_some() -> None:
    text = """
        # FAQ
        ## General
        ### Supported versions
        3.9
        ### Why?
        Because.
        ## Install
        ### Where?
        Here.
        ### Error on Mac
        Ask.
        ## License
        MIT
        """
    assert questions(text) == ["Supported versions", "Why?", "Where?", "Error on Mac"]
    assert told(text) == []


def test_titles_of_which_few_like_them_ask_are_told() -> None:
    text = "# FAQ\n## One\nx\n## Two\nx\n## Why?\nSo.\n## Three\nx\n## Contact\nx\n"
    assert questions(text) == ["Why?"]
    assert told(text) == [
        "faq.md:2 “One” is left out: it does not ask.",
        "faq.md:4 “Two” is left out: it does not ask.",
        "faq.md:8 “Three” is left out: it does not ask.",
        "faq.md:10 “Contact” is left out: it names a part that many pages have.",
    ]


def test_what_follows_the_faq_with_headings_as_large_is_none_of_it() -> None:
    text = "# Tool\n## FAQ\n## Why?\nSo.\n## How?\nSo.\n## Backup\nx\n"
    assert questions(text, "README.md") == ["Why?", "How?"]
    assert told(text, "README.md") == ["README.md:7 “Backup” is left out: it does not ask."]


def test_what_is_left_out_of_a_readme_is_told_in_short() -> None:
    text = "# Tool\nx\n## Install\nx\n### Why?\nx\n## Use\nx\n## FAQ\n### How?\nSo.\n## More\nx\n"
    rest, why = told(text, "README.md")
    assert rest.startswith("README.md:3 “Install” and 2 more of the headings are left out: they")
    assert why == "README.md:5 “Why?” is left out: it stands outside the FAQ."


def test_a_page_of_questions_that_is_not_called_faq_may_have_one_that_does_not_ask() -> None:
    text = "# Rules\n## When?\nx\n## Who?\nx\n## Where?\nx\n## Sick leave\nCall.\n"
    assert questions(text, "rules.md") == ["When?", "Who?", "Where?", "Sick leave"]
    assert questions(text, "README.md") == ["When?", "Who?", "Where?"]


def test_a_bold_line_that_stands_like_bold_questions_is_one() -> None:
    text = """
        # FAQ

        **Why?**

        Because.

        **Parking**

        In the yard.

        **How?**

        On one:

        **On Linux**

        x

        **On Windows**

        y

        **Who?**

        **You**

        All of you.

        **Fees**

        None.
        """
    assert pairs(text) == [
        ("Why?", "Because."),
        ("Parking", "In the yard."),
        ("How?", "On one:\n\n**On Linux**\n\nx\n\n**On Windows**\n\ny"),
        ("Who?", "**You**\n\nAll of you.\n\n**Fees**\n\nNone."),
    ]


def test_a_bold_line_that_names_a_part_ends_the_answer() -> None:
    lines = ("**Why?**", "So.", "**Parking**", "Yard.", "**Who?**", "All.", "**Contact**", "Mail.")
    text = "\n\n".join(("# Help", *lines))
    assert pairs(text) == [("Why?", "So."), ("Parking", "Yard."), ("Who?", "All.")]
    part = "faq.md:15 “Contact” is left out: it names a part that many pages have."
    assert told(text) == [part]


def test_bold_lines_that_recur_are_parts_of_answers() -> None:
    one = "**%s?**\n\nSo.\n\n**Remedy**\n\nWait.\n\n"
    text = "# FAQ\n\n" + "".join(one % question for question in ("Why", "How", "Who", "What"))
    assert [answer for _, answer in pairs(text)] == ["So.\n\n**Remedy**\n\nWait."] * 4


def test_a_bold_note_stays_in_the_answer_even_above_a_question() -> None:
    text = "# FAQ\n**Why?**\n\nSo.\n\n**Important: bring it.**\n\n**How?**\n\nSo.\n"
    assert pairs(text) == [("Why?", "So.\n\n**Important: bring it.**"), ("How?", "So.")]


def test_a_bold_question_without_answer_is_told() -> None:
    text = "# FAQ\n\n**Why?**\n\n**How?**\n\nSo.\n"
    assert told(text) == ["faq.md:3 the question “Why?” has no answer."]


@pytest.mark.parametrize(
    "anchor",
    ['<a name="why"></a>\n', "<a id='why'/>", '<a name="y"></a>\n<span id="why"></span>\n'],
)
@pytest.mark.parametrize("form", ["**%s**", "Q: %s", "%s"])
def test_a_target_of_links_before_a_question_does_not_hide_it(anchor: str, form: str) -> None:
    why, how = form % "Why?", form % "How?"
    text = f"# FAQ\n\n{anchor}{why}\n\nBecause.\n\n{how}\n\nSo.\n"
    assert pairs(text) == [("Why?", "Because."), ("How?", "So.")]


def test_a_target_above_a_question_is_its_address() -> None:
    text = "# FAQ\n\n<a name='why'></a>\n**Why?**\n\nBecause.\n"
    [made] = markdown.read(Source(name="https://e.org/x", data=text.encode()), Options()).pages
    [entry] = made.entries
    assert (entry.url, entry.source) == ("https://e.org/x#why", "https://e.org/x:4")


@pytest.mark.parametrize(
    "link",
    [
        *("**[⬆ back to top](#faq)**", "[Back to top](https://e.org/faq.md#top)", "⬆ Back to top"),
        *('<p align="right">(<a href="#top">back to top</a>)</p>', "[Nach oben](x)", "[↑](#faq)"),
        *("[回到顶部](x)", "---\n\n[Return to the table of contents](x)\n\n---"),
    ],
)
def test_a_link_to_the_top_is_no_part_of_an_answer(link: str) -> None:
    for between in ("\n\n", "\n"):
        text = f"# FAQ\n## Why?\nBecause.{between}{link}\n\n## How?\nSo.\n\n{link}\n"
        if between == "\n\n" or not link.startswith(("---", "<p", "[↑")):
            assert pairs(text) == [("Why?", "Because."), ("How?", "So.")]


def test_words_about_the_top_stay() -> None:
    text = "# FAQ\n## Why?\nSee the [top](x) of the page.\n## How?\nScroll.\n\nTop\n"
    assert pairs(text) == [("Why?", "See the [top](x) of the page."), ("How?", "Scroll.\n\nTop")]


def test_sections_are_tags_where_there_are_several() -> None:
    text = """
        # FAQ
        ## Orders, and shipping:
        ### Abroad
        #### Why?
        x
        ### How?
        x
        ## Tea?
        ### Who?
        x
        """
    assert [entry.tags for entry in page(text).entries] == [
        ("Orders; and shipping", "Abroad"),
        ("Orders; and shipping",),
        ("Tea",),
    ]
    assert [entry.tags for entry in page("# FAQ\n## A\n### Why?\nx\n## How?\nx\n").entries] == [
        (),
        (),
    ]


@pytest.mark.parametrize("text", ["", "\n \n", "<!-- nothing -->\n"])
def test_an_empty_file_is_told(text: str) -> None:
    with pytest.raises(ContentError, match=r"^faq\.md: the file is empty\.$"):
        page(text)


def test_an_answer_gets_the_targets_of_its_links() -> None:
    text = "# FAQ\n## Why?\nSee [it][x].\n## How?\nSo.\n\n[x]: https://e.org\n[y]: https://f.org\n"
    assert pairs(text) == [("Why?", "See [it][x].\n\n[x]: https://e.org"), ("How?", "So.")]


def test_a_template_that_is_not_filled_in_says_so() -> None:
    with pytest.raises(ContentError, match="a template that is not filled in"):
        page("# FAQ\n{% for q in faq %}\n## {{ q.question }}\n{{ q.answer }}\n{% endfor %}\n")


def test_the_projects_own_form_is_read_as_that() -> None:
    block = "<details>\n<summary>Also asked</summary>\n\n- gone\n\n</details>\n"
    text = f"# T\n\n## Lost it\n\nFind it.\n\n{block}"
    [entry] = page(text).entries
    assert (entry.question, entry.answer, entry.alternates) == ("Lost it", "Find it.", ("gone",))


def test_lists_of_intents_are_no_faq() -> None:
    with pytest.raises(ContentError):
        page("## intent:greet\n- hello\n- how are you?\n\n## synonym:x\n- y\n", "nlu.md")


NASTY = [
    *(
        "# FAQ\n",
        "## Why?\n",
        "**Why?**",
        "Q: why?\n",
        "A: so\n",
        "- Why?\n  so\n",
        "---\n",
        "===\n",
    ),
    *(
        "<details>",
        "<summary>Why?</summary>",
        "</details>",
        "\n",
        "\n\n",
        "> ",
        "    ",
        "\t",
        "```\n",
    ),
    *(
        '??? faq "Why?"\n',
        ":::details Why?\n",
        ":::\n",
        ": so\n",
        "[x](#y)",
        "[x]: y\n",
        "1. ",
        "| a |\n",
    ),
    *(
        "<!--",
        "-->",
        "{{ x }}",
        "{% x %}",
        "<h2>Why?</h2>",
        "\\",
        "\u2028",
        "\x0b",
        "？",
        "*",
        "_",
        "+++\n",
    ),
    *("a: [b\n", "title: Why?\n", "<script>", "</script>", "&amp;", "<b>Why?</b>", "\ud800", "x"),
]


@given(st.lists(st.sampled_from(NASTY) | st.text(max_size=5), max_size=25))
def test_any_text_gives_pages_or_an_error_that_says_so(pieces: list[str]) -> None:
    data = "".join(pieces).encode(errors="replace")
    try:
        reading = markdown.read(Source(name="faq.md", data=data), Options())
    except ContentError as error:
        assert str(error).startswith("faq.md")
    else:
        assert all(entry.question for made in reading.pages for entry in made.entries)


@given(st.integers(1, 400), st.sampled_from(["> ", "- ", "<details>\n<summary>Why?</summary>\n\n"]))
def test_depth_does_no_harm(depth: int, piece: str) -> None:
    try:
        markdown.read(Source(name="faq.md", data=f"{piece * depth}a".encode()), Options())
    except ContentError as error:
        assert "no question" in error.what
