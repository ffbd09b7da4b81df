import pytest

from index.readers.documents.wording import (
    cleaned,
    heads_faq,
    is_apparatus,
    is_asking,
    is_note,
    is_question,
    is_template,
    leads_up,
    without_answer_label,
    without_label,
)


@pytest.mark.parametrize(
    "text",
    [
        *("Why?", "Why ?", "**Why?**", "なぜ？", "لماذا؟", "Γιατί;", "Why?!", "“Why?”", "Why? 🤔"),
        *("Why? (on Windows)", "Is it `x`?"),
    ],
)
def test_questions_end_as_questions_do(text: str) -> None:
    assert is_question(text)


@pytest.mark.parametrize(
    "text", ["Why", "?", "???", "x = 1;", "Why? Because.", "a" * 300 + "?", ""]
)
def test_other_lines_do_not(text: str) -> None:
    assert not is_question(text)


@pytest.mark.parametrize(
    ("line", "question"),
    [
        ("1. Why?", "Why?"),
        ("**2) Why?**", "Why?"),
        ("3.1.2 Why?", "Why?"),
        ("Q: Why?", "Why?"),
        ("**Q3:** Why?", "Why?"),
        ("❓ Why?", "Why?"),
        ("[Why?](#why)", "Why?"),
        ('<a id="x"></a>Why?', "Why?"),
        ("Why? {#why}", "Why?"),
        ("Why? ¶", "Why?"),
        ("Why `x` &amp; *y*?", "Why `x` & *y*?"),
        ("3 ways to pay", "3 ways to pay"),
        ("2.10 or 3.0 is better?", "or 3.0 is better?"),
        ("Why\n  two lines?", "Why two lines?"),
    ],
)
def test_a_question_loses_its_number_label_and_marks(line: str, question: str) -> None:
    assert cleaned(line) == question


def test_labels_need_their_colon() -> None:
    assert without_label("Q: x") == "x"
    assert without_label("Question 4.41 says so") is None
    assert without_label("Product: x") is None
    assert without_answer_label("**A:** x") == "x"
    assert without_answer_label("**A: x**") == "**x**"
    assert without_answer_label("A. x") == "x"
    assert without_answer_label("A.B.C") == "A.B.C"


@pytest.mark.parametrize(
    "title",
    [
        *("FAQ", "Our FAQs", "DSTC9 - Frequently Asked Questions", "Foire aux questions", "my_faq"),
        *(
            "Häufig gestellte Fragen",
            "Preguntas frecuentes",
            "よくある質問",
            "常见问题",
            "ЧЗВ",
            "Q&A",
        ),
    ],
)
def test_titles_of_faqs_are_known(title: str) -> None:
    assert heads_faq(title)


def test_other_titles_are_not() -> None:
    assert not any(map(heads_faq, ("Install", "Questions", "Facts", "Quality and assurance", "")))


def test_parts_that_answer_nothing_are_known() -> None:
    parts = ("Contents", "See also", "Still have questions?", "Contact us:", "Licenses", "Roadmap")
    assert all(map(is_apparatus, (*parts, "Was this page helpful?", "How to contribute")))
    assert not any(map(is_apparatus, ("Contact lenses", "Why?", "Licence keys", "Getting lost")))


@pytest.mark.parametrize(
    "line",
    [
        *("[Back to top](#x)", "**[⬆ back to top](#x)**", "⬆ Top", "([return to top](x))"),
        *("<a href='#top'>Top of page ↑</a>", "[Zurück nach oben](x)", "[Haut de page](x)"),
        *("[返回目录](x)", "Back to the top", "[Back to the table of contents](x)"),
    ],
)
def test_lines_that_lead_to_the_top_are_known(line: str) -> None:
    assert leads_up(line)


@pytest.mark.parametrize(
    "line",
    ["", "Top", "[FAQ](x)", "See [the top](x) shelf", "[Contents](x)", "Back to top it up"],
)
def test_other_links_and_lines_are_not(line: str) -> None:
    assert not leads_up(line)


def test_notes_are_no_titles() -> None:
    assert all(map(is_note, ("Note", "Important: bring it!", "Example 1:", "It is late.")))
    assert not any(map(is_note, ("Notebooks", "Parking", "Tips for parents", "Update the app")))


def test_what_begins_as_a_question_may_lack_its_mark() -> None:
    assert is_asking("How to pay")
    assert not is_asking("However it is")


def test_code_with_braces_is_no_template() -> None:
    assert is_template("# {{ title }}")
    assert is_template("{% for x in y %}")
    assert not is_template("<p style={{ height: 1 }}>")
