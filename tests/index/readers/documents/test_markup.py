import html as html_

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.readers.documents.markup import has_markup, to_markdown
from index.text import plain


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("a <b>bold</b> and <i>slanted</i> word", "a **bold** and *slanted* word"),
        ("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "- a\n  - b\n- c"),
        ('<ol start="3"><li>x</li><li>y</li></ol>', "3. x\n4. y"),
        ("<code>a</code><pre><code class='language-py'>x = 1\n\n\ny</code></pre>", None),
        ("<h1>Steps</h1>text", "### Steps\n\ntext"),
        ("one<br>two", "one  \ntwo"),
        ("<dl><dt>term</dt><dd>what it is</dd></dl>", "**term**\n\nwhat it is"),
        ("<br><br><br>end", "end"),
        ("", ""),
        ("plain", "plain"),
    ],
)
def test_html_becomes_markdown(html: str, markdown: str | None) -> None:
    expected = "`a`\n\n```py\nx = 1\n\n\ny\n```" if markdown is None else markdown
    assert to_markdown(html) == expected


def test_a_table_gets_a_heading_and_keeps_its_bars() -> None:
    table = "<table><tr><td>a</td><td>b</td></tr><tr><td>1|2</td><td>3</td></tr></table>"
    assert to_markdown(table) == "| a | b |\n| --- | --- |\n| 1\\|2 | 3 |"


def test_links_and_pictures_are_resolved_against_the_address() -> None:
    html = '<a href="/b?c=d">x</a> <img src="p.png" alt="y"> <a href="#z">z</a>'
    expected = "[x](https://e.org/b?c=d) ![y](https://e.org/a/p.png) [z](https://e.org/a/page#z)"
    assert to_markdown(html, "https://e.org/a/page") == expected


@pytest.mark.parametrize("target", ["javascript:alert(1)", "JaVa\tScript:x", "data:text/html,x"])
def test_a_link_that_would_run_something_leaves_its_text(target: str) -> None:
    assert to_markdown(f'<a href="{html_.escape(target)}">here</a>') == "here"


def test_what_is_no_text_goes() -> None:
    html = (
        "a<script>x</script><style>x</style><noscript>x</noscript><template>x</template>"
        "<svg><text>x</text></svg><button>x</button><select><option>x</select><!-- x --><?php x ?>b"
    )
    assert to_markdown(html) == "ab"


def test_a_fence_is_longer_than_those_in_the_code() -> None:
    assert to_markdown("<pre>```\nx\n```</pre>") == "````\n```\nx\n```\n````"


@pytest.mark.parametrize("text", ["snake_case_name", "2 * 3 * 4", "a - b", "C#", "1.5", "a & b"])
def test_text_that_is_no_mark_is_not_escaped(text: str) -> None:
    assert to_markdown(html_.escape(text)) == text


@pytest.mark.parametrize(
    "text",
    ["*x*", "__init__", "# x", "- x", "1. x", "> x", "`x`", "[x](y)", "[x]: y", "<b>", "&amp;"],
)
def test_text_that_looks_like_a_mark_stays_text(text: str) -> None:
    assert plain(to_markdown(f"<p>{html_.escape(text)}</p>")) == text


@given(st.text(alphabet="ab *_`[]()<>&#-+=.1!~|\\:\n", max_size=30))
def test_whatever_the_text_its_words_stay(text: str) -> None:
    words = "".join(char for char in text if char in "ab1")
    shown = plain(to_markdown(f"<p>{html_.escape(text)}</p>"))
    assert "".join(char for char in shown if char in "ab1") == words


@pytest.mark.parametrize("depth", [97, 98, 99, 100, 101, 1500])
def test_tags_nested_absurdly_deep_leave_their_text_and_no_script(depth: int) -> None:
    deepest = "<script>var a = 1</script><style>b {}</style>needle<p>of <b>steel</b>"
    marked = to_markdown("<div>" * depth + deepest + "</div>" * depth + "<p>after</p>")
    assert "needle" in marked
    assert "steel" in marked
    assert marked.endswith("\n\nafter"), "what follows is where it was"
    assert "var" not in marked
    assert "{}" not in marked


def test_more_tags_in_each_other_than_anybody_writes_end_a_page() -> None:
    assert to_markdown("<p>So.</p>" + "<div>" * 20_000 + "needle") == "So."


@pytest.mark.parametrize(
    "text",
    ["<p>x</p>", "x<br>y", "AT&amp;T", "<a href='x'>y</a>", "a &#8211; b", "<UL><LI>x</UL>"],
)
def test_html_is_seen(text: str) -> None:
    assert has_markup(text)


@pytest.mark.parametrize(
    "text",
    [
        *("a < b", "<https://x.org>", "a & b;", "use `<div>` here", "List<String> x", "plain"),
        *("- a <br> b\n- c", "**a** <b>c</b>", "one\n\ntwo <i>x</i>", "[a](b) &amp; c", ""),
    ],
)
def test_plain_text_and_markdown_are_not_html(text: str) -> None:
    assert not has_markup(text)
