import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.entry import Entry
from index.errors import ContentError
from index.formats.reading import Reading
from index.readers.documents import html
from index.readers.source import Options, Source

ADDRESS = "https://e.org/help/page.html"


def read(text: str, name: str = ADDRESS, charset: str = "utf-8") -> Reading:
    return html.read(Source(name=name, data=text.encode(charset)), Options())


def entries(text: str) -> tuple[Entry, ...]:
    return read(text).pages[0].entries


def pairs(text: str) -> list[tuple[str, str]]:
    return [(entry.question, entry.answer) for entry in entries(text)]


TWO = [("Why?", "Because."), ("How?", "So.")]


def item(form: str) -> str:
    """Both pairs in a form; @ is the number of each."""
    return "".join(
        form.replace("@", str(number)).replace("QUESTION", question).replace("ANSWER", answer)
        for number, (question, answer) in enumerate(TWO)
    )


@pytest.mark.parametrize(
    "body",
    [
        "<h1>FAQ</h1>" + item("<h3>QUESTION</h3><p>ANSWER"),
        "<h2>FAQ</h2>" + item("<h2>QUESTION</h2><p>ANSWER</p>"),
        "<h1>FAQ</h1>" + item("<div><h3 id=q@><a href='#q@'>QUESTION</a></h3></div><p>ANSWER</p>"),
        "<h1>FAQ</h1>" + item("<details><summary>QUESTION</summary>ANSWER</details>"),
        "<h1>FAQ</h1><dl>" + item("<dt>QUESTION<dd>ANSWER") + "</dl>",
        "<h1>FAQ</h1><dl>" + item("<div><dt>QUESTION</dt><dd>ANSWER</dd></div>") + "</dl>",
        "<h1>FAQ</h1>" + item("<p><strong>Q: QUESTION</strong><br>A: ANSWER</p>"),
        "<h1>FAQ</h1>" + item("<p><b>QUESTION</b></p><p>ANSWER</p>"),
        "<h1>FAQ</h1>" + item("<p>QUESTION</p><p>ANSWER</p>"),
        "<h1>FAQ</h1><ul>" + item("<li><b>QUESTION</b><br>ANSWER</li>") + "</ul>",
        "<h1>FAQ</h1><ul>" + item("<li><h4>QUESTION</h4><p>ANSWER</p></li>") + "</ul>",
        "<h1>FAQ</h1>" + item("<div class=q>QUESTION</div><div class=a>ANSWER</div>"),
        "<h1>FAQ</h1>" + item("<button class=accordion>QUESTION</button><div>ANSWER</div>"),
        "<h1>FAQ</h1><table>" + item("<tr><td>@<td>QUESTION<td>ANSWER</tr>") + "</table>",
        "<h1>FAQ</h1>"
        + item(
            "<div class=item><div class=faq-question><span>QUESTION</span><i class=icon>add</i>"
            "<span>+</span></div><div class=faq-answer><p>ANSWER</p></div></div>"
        ),
        # Bootstrap
        "<h2>FAQ</h2><div class=accordion>"
        + item(
            '<div class="accordion-item"><h2 class="accordion-header"><button'
            ' class="accordion-button" data-bs-toggle="collapse" data-bs-target="#c@">QUESTION'
            '</button></h2><div id="c@" class="collapse"><div class="accordion-body">ANSWER</div>'
            "</div></div>"
        )
        + "</div><h2>Prices</h2><p>Low.</p>",
        # Tabs: all questions first, then all answers
        "<h1>FAQ</h1>"
        + item("<a role=tab aria-controls=p@>QUESTION</a>")
        + item("<div id=p@ role=tabpanel>ANSWER</div>"),
        # A block of WordPress
        item(
            '<div class="schema-faq-section"><strong class="schema-faq-question">QUESTION</strong>'
            '<p class="schema-faq-answer">ANSWER</p></div>'
        ),
    ],
)
def test_what_a_visitor_sees(body: str) -> None:
    assert pairs(f"<body><nav><h3>Where?</h3>x</nav><main>{body}</main>") == TWO


def test_questions_keep_their_anchors_and_links_become_whole() -> None:
    body = (
        '<h1>FAQ</h1><h3 id="q1">Why?<a class="self-link" href="#q1">¶</a></h3><a href="/x">x</a>'
    )
    [entry] = entries(f'<html lang="de-AT"><title>T</title>{body}')
    assert entry.question == "Why?"
    assert entry.answer == "[x](https://e.org/x)"
    assert entry.url == f"{ADDRESS}#q1"
    assert entry.language == "de-AT"


def test_an_address_that_is_not_known_is_not_made_up() -> None:
    [page] = read("<h1>FAQ</h1><h3 id=q>Why?</h3><p>So.", "faq.html").pages
    assert (page.url, page.entries[0].url, page.title) == ("", "", "FAQ")


def test_a_file_may_say_its_address() -> None:
    text = '<link rel=canonical href="https://e.org/f"><h1>FAQ</h1><h3 id=q>Why?</h3><p>So.'
    [page] = read(text, "faq.html").pages
    assert (page.url, page.entries[0].url) == ("https://e.org/f", "https://e.org/f#q")


def test_the_encoding_that_a_page_declares_is_used() -> None:
    text = '<meta charset="iso-8859-2"><h1>FAQ</h1><h3>Dlaczego?</h3><p>Bo żółw.'
    [entry] = read(text, charset="iso-8859-2").pages[0].entries
    assert entry.answer == "Bo żółw."


def test_a_glossary_and_an_article_are_no_faq() -> None:
    for body in ("<dl><dt>api<dd>x<dt>sdk<dd>y</dl>", "<h2>Food</h2>x<h2>Trips</h2>x<h2>Who</h2>x"):
        with pytest.raises(ContentError, match="no question with an answer"):
            read(f"<h1>Words</h1>{body}")


def test_only_the_part_called_faq_counts() -> None:
    text = (
        "<h1>Tool</h1><h2>Parts</h2><h3>Fast</h3><p>x</p><section><h2>FAQ</h2><p>Ask.</p>"
        "<div><h3>Why?</h3><p>Because.</p></div><div><h3>How?</h3><p>So.</p></div></section>"
        "<section><h2>Prices</h2><h3>Free</h3><p>0</p></section>"
    )
    assert pairs(text) == TWO


def test_the_last_answer_ends_with_its_box() -> None:
    text = "<h1>FAQ</h1>" + item("<div><h3>QUESTION</h3><p>ANSWER</p></div>") + "<p>Mail us.</p>"
    assert pairs(text) == TWO


def test_what_surrounds_the_content_and_lists_of_contents_are_none_of_it() -> None:
    text = (
        '<ul><li><a href="#a">Why?</a></li><li><a href="#b">How?</a></li></ul><h1>FAQ</h1>'
        '<h3>Why?</h3><p>Because.</p><p><a href="#top">Top</a></p><h3>How?</h3><p>So.</p>'
        "<footer><h3>Where?</h3><p>Here.</p></footer><div class='cookie-note'>Yes?</div>"
    )
    assert pairs(text) == TWO


def test_sections_are_tags_and_what_is_left_out_is_told() -> None:
    why, b, c = (f"<button aria-expanded=true>{it}</button><p>x</p>" for it in ("Why?", "B", "C"))
    after = "<h2>Still have questions?</h2><p>Mail us.</p>"
    text = f"<h1>FAQ</h1><h2>Orders</h2>{why}{b}<h2>Tea</h2>{c}{after}"
    reading = read(text, "faq.html")
    made = [(entry.question, entry.tags) for entry in reading.pages[0].entries]
    assert made == [("Why?", ("Orders",)), ("B", ("Orders",)), ("C", ("Tea",))]
    [finding] = reading.findings
    assert str(finding) == (
        "faq.html: “Still have questions?” is left out: it names a part that many pages have."
    )


def test_a_table_of_paragraphs_is_a_table_and_one_that_lays_out_is_none() -> None:
    row = "<tr><td><p>Years</p><td><p>Days</p></tr>"
    text = f"<h1>FAQ</h1><h3>Why?</h3><table>{row}{row}</table>"
    table = "| Years | Days |\n| --- | --- |\n| Years | Days |"
    assert pairs(text) == [("Why?", table)]
    rows = item("<tr><td><p>@</p></td><td><p><b>QUESTION</b></p><p>ANSWER</p></td></tr>")
    assert pairs(f"<h1>FAQ</h1><table>{rows}</table>") == TWO


def test_bold_paragraphs_that_do_not_ask_are_questions_among_some_that_do() -> None:
    texts = ("When?", "Sick leave", "Who?")
    text = "<h1>FAQ</h1>" + "".join(f"<p><b>{text}</b></p><p>x</p>" for text in texts)
    assert pairs(text) == [(text, "x") for text in texts]


@pytest.mark.parametrize("text", ["", "<html><body> <!-- x --></body></html>"])
def test_an_empty_file_is_told(text: str) -> None:
    with pytest.raises(ContentError, match="the file is empty"):
        read(text)


def test_a_link_to_the_top_is_no_part_of_an_answer() -> None:
    top = "<br><a href='#top'>Back to top</a>"
    assert pairs("<h1>FAQ</h1>" + item(f"<h3>QUESTION</h3><div>ANSWER{top}</div>")) == TWO


def test_folds_that_only_group_are_no_questions() -> None:
    inner = item("<details><summary>QUESTION</summary>ANSWER</details>")
    assert pairs(f"<h1>FAQ</h1><details><summary>General</summary>{inner}</details>") == TWO


JSON_LD = (
    '{"@context":"https://schema.org","@graph":[{"@type":"Thing","name":"Not?"},{"@type":["FAQPage"],'
    '"mainEntity":[{"@type":"Question","name":"A &amp; B?","acceptedAnswer":{"@type":"Answer",'
    '"text":"<p>One</p><ul><li>two</li></ul>"}},{"@type":"Question","name":"C","acceptedAnswer":'
    '[{"@type":"Answer","text":"plain\\ntext"}]}]}]}'
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("// note\n", ""),
        ("/* note */", ""),
        ("//<![CDATA[\n", "\n//]]>"),
        ("<!--", "-->"),
    ],
)
def test_json_ld_wins_over_what_is_shown(before: str, after: str) -> None:
    script = f'<script type="application/ld+json">{before}{JSON_LD}{after}</script>'
    reading = read(f"{script}<h2 id=x>A &amp; B?</h2><p>shown</p><h2>Another?</h2><p>shown</p>")
    made = [(entry.question, entry.answer) for entry in reading.pages[0].entries]
    assert made == [("A & B?", "One\n\n- two"), ("C", "plain\ntext")]
    assert reading.pages[0].entries[0].url == f"{ADDRESS}#x"
    assert [finding.severity for finding in reading.findings] == ["skipped"]
    assert "1 question is shown" in reading.findings[0].what


def test_json_ld_with_commas_too_many_and_broken_scripts_beside_it() -> None:
    good = JSON_LD.replace("}]}]}]}", "},],},],},],}")
    text = (
        f'<script type="application/ld+json">{{</script><script type="application/ld+json">{good}'
    )
    assert [question for question, _ in pairs(f"{text}</script>")] == ["A & B?", "C"]


def test_of_several_answers_the_accepted_one_counts_else_the_one_with_most_votes() -> None:
    several = '{"text":"a","upvoteCount":1},{"text":"b","upvoteCount":2}'
    question = '{"@type":"QAPage","mainEntity":{"@type":"Question","name":"Why?",%s}}'
    script = '<script type="application/ld+json">%s</script>'
    assert pairs(script % (question % f'"suggestedAnswer":[{several}]')) == [("Why?", "b")]
    accepted = f'"suggestedAnswer":[{several}],"acceptedAnswer":{{"@type":"Answer","text":"c"}}'
    assert pairs(script % (question % accepted)) == [("Why?", "c")]


@pytest.mark.parametrize(
    ("of_type", "role"),
    [
        ("itemscope itemtype='https://schema.org/Question'", "itemprop"),
        ("typeof=Question", "property"),
    ],
)
def test_microdata_and_rdfa(of_type: str, role: str) -> None:
    text = (
        f"<div {of_type}><h3 {role}=name>Why?</h3><div {role}=acceptedAnswer>"
        f"<div {role}=text>Be<b>cause</b>. <a href='/x'>x</a></div></div></div>"
    )
    assert pairs(text) == [("Why?", "Be**cause**. [x](https://e.org/x)")]


def test_a_template_that_is_not_filled_in_says_so() -> None:
    text = (
        "---\ntitle: FAQ\n---\n{% for q in faq %}<h3>{{ q.name }}</h3><p>{{ q.text }}{% endfor %}"
    )
    with pytest.raises(ContentError, match="a template that is not filled in"):
        read(text)


@pytest.mark.parametrize(
    "tag", ["div", "b", "dl><dt>Why?<dd", "details><summary>Why?</summary><p", "ul><li"]
)
def test_tags_nested_absurdly_deep_do_no_harm(tag: str) -> None:
    try:
        read(f"<{tag}>" * 20_000 + "x")
    except ContentError as error:
        assert "no question" in error.what


NASTY = [
    *(
        "<h1>FAQ</h1>",
        "<h2>",
        "</h2>",
        "<h3>Why?</h3>",
        "<p>",
        "so",
        "<dl>",
        "<dt>Why?",
        "<dd>",
        "</dl>",
    ),
    *(
        "<details>",
        "<summary>Why?</summary>",
        "</details>",
        "<button aria-expanded=true aria-controls=a>How?",
    ),
    *(
        "</button>",
        "<div id=a>",
        "</div>",
        "<div class=card-header>",
        "<table>",
        "<tr>",
        "<td>Why?",
        "</table>",
    ),
    *(
        "<ul>",
        "<li>",
        "<a href='#a'>",
        "<a href='http://[x'>x</a>",
        "<img src=x>",
        "<script>",
        "</script>",
    ),
    *(
        '<script type="application/ld+json">',
        JSON_LD,
        "{",
        '"@type":"Question"',
        "<?php",
        "?>",
        "<!--",
        "-->",
    ),
    *(
        "<div itemscope itemtype=https://schema.org/Question>",
        "<b itemprop=name>Why?",
        "<i itemprop=acceptedAnswer>",
    ),
    *(
        "&amp;",
        "&#0;",
        "\u2028",
        "<svg>",
        "<template>",
        "<html>",
        "<body>",
        "<frameset>",
        "{{ x }}",
        "---\n",
    ),
    *(
        "<pre>```",
        "<colgroup>",
        "<td colspan=99999999999>",
        "<ol start=99999999999999>",
        "<base href='http://['>",
    ),
]


@given(st.lists(st.sampled_from(NASTY) | st.text(max_size=5), max_size=25))
def test_any_text_gives_pages_or_an_error_that_says_so(pieces: list[str]) -> None:
    data = "".join(pieces).encode(errors="replace")
    try:
        reading = html.read(Source(name="faq.html", data=data), Options())
    except ContentError as error:
        assert str(error).startswith("faq.html")
    else:
        assert all(entry.question for made in reading.pages for entry in made.entries)
