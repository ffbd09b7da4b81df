"""Answers are other people's text: what becomes of them is judged by a parser of HTML."""

import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from index.text import parsed
from qa.rendering import below_root, to_html, to_passages, within

HARMLESS_TAGS = {
    *("p", "strong", "em", "b", "i", "s", "del", "br", "hr", "span", "div", "blockquote"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "details", "summary"),
    *("pre", "code", "a", "img", "table", "thead", "tbody", "tr", "th", "td"),
}
HARMLESS_ATTRIBUTES = {"href", "rel", "src", "alt", "title", "align", "start", "lang"}


class Seen(HTMLParser):
    """Notes the tags and attributes that a browser would see."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def scheme(address: str) -> str:
    """The scheme as browsers read it: they pass over control characters and tabs (WHATWG URL)."""
    seen = re.sub("[\t\n\r]", "", address.lstrip("".join(map(chr, range(33)))))
    found = re.match("([A-Za-z][A-Za-z0-9+.-]*):", seen)
    return found[1].lower() if found else ""


@pytest.mark.parametrize(
    ("address", "found"),
    [("JAVAscript:x", "javascript"), ("\x0e java\tscript:x", "javascript"), ("a%0Ab:c", "")],
)
def test_this_parser_sees_the_schemes_that_browsers_see(address: str, found: str) -> None:
    assert scheme(address) == found


@pytest.mark.parametrize(
    "markdown",
    [
        "<script>alert(1)</script>",
        "a <ScRiPt src=//evil.example></ScRiPt> b",
        "<scr<script>ipt>alert(1)</script>",
        '<img src="x" onerror="alert(1)">',
        "<img src=x onerror=alert(1)//",
        '<p onclick="alert(1)" onmouseover=alert(1)>text</p>',
        "[click](javascript:alert(1))",
        "[click](JaVaScRiPt:alert(1))",
        "[click](java&#10;script:alert(1))",
        "[click](&#106;avascript:alert(1))",
        "[click](<java\tscript:alert(1)>)",
        "[click](vbscript:msgbox(1))",
        "[click](data:text/html;base64,PHNjcmlwdD4=)",
        "<javascript:alert(1)>",
        "[ref]\n\n[ref]: javascript:alert(1)",
        '<a href="javascript:alert(1)">click</a>',
        '<a href=" &#14; javascript:alert(1)">click</a>',
        '<a href="data:text/html,<script>alert(1)</script>">click</a>',
        "![picture](javascript:alert(1))",
        "![picture](data:image/svg+xml;base64,PHN2Zz4=)",
        '![x](https://e.example/" onerror="alert\\(1\\))',
        '[x](https://e.example "title\\" onclick=alert(1) ")',
        "<svg onload=alert(1)><script>alert(1)</script></svg>",
        '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
        '<math href="javascript:alert(1)">x</math>',
        "<style>body{display:none}</style>",
        '<p style="position:fixed;inset:0">cover</p>',
        '<div class="outcome" id="ask-form">clobber</div>',
        '<iframe src="https://evil.example"></iframe>',
        '<object data="x"></object><embed src="x">',
        '<form action="https://evil.example"><input name=q><button>Go</button></form>',
        '<base href="https://evil.example/">',
        '<meta http-equiv="refresh" content="0;url=https://evil.example">',
        '<link rel="stylesheet" href="https://evil.example/x.css">',
        '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
        "<!--><img src=x onerror=alert(1)>-->",
        "<![CDATA[><img src=x onerror=alert(1)>]]>",
        "<details ontoggle=alert(1) open>x</details>",
        "<template><script>alert(1)</script></template>",
        "<video><source onerror=alert(1)></video>",
        "```html\n</code></pre><script>alert(1)</script>\n```",
        '``` "><script>alert(1)</script>\nx\n```',
        "`<script>alert(1)</script>`",
        "| a |\n| - |\n| <script>alert(1)</script> |",
        "*<img src=x onerror=alert(1)>*",
        "# <svg/onload=alert(1)>",
        "[<img src=x onerror=alert(1)>](https://e.example)",
    ],
)
def test_nothing_in_an_answer_can_run_or_dress_up_the_page(markdown: str) -> None:
    seen = Seen(to_html(markdown))
    assert set(seen.tags) <= HARMLESS_TAGS
    assert {name for name, _ in seen.attributes} <= HARMLESS_ATTRIBUTES
    addresses = [value for name, value in seen.attributes if name in {"href", "src"}]
    assert {scheme(address) for address in addresses} <= {"https", ""}


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("**9** to *17*", "<p><strong>9</strong> to <em>17</em></p>"),
        ("one\n\ntwo", "<p>one</p>\n<p>two</p>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("3. a\n4. b", '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>'),
        ("- a\n  - b", "<ul>\n<li>a\n<ul>\n<li>b</li>\n</ul>\n</li>\n</ul>"),
        ("Open `Settings`", "<p>Open <code>Settings</code></p>"),
        ("```\na < b\n```", "<pre><code>a &lt; b\n</code></pre>"),
        ("> said", "<blockquote>\n<p>said</p>\n</blockquote>"),
        ("### More", "<h3>More</h3>"),
        ("~~old~~", "<p><s>old</s></p>"),
        ("a  \nb", "<p>a<br>\nb</p>"),
        ("---", "<hr>"),
        ("1 < 2 & 3 > 2", "<p>1 &lt; 2 &amp; 3 &gt; 2</p>"),
        ("&lt;script&gt;", "<p>&lt;script&gt;</p>"),
        ("<b>bold</b>", "<p><b>bold</b></p>"),
        ("", ""),
        (
            "![Map](https://e.example/map.png)",
            '<p><img src="https://e.example/map.png" alt="Map"></p>',
        ),
    ],
    ids=lambda value: value if value and "\n" not in value else None,
)
def test_what_an_author_writes_is_shown(markdown: str, html: str) -> None:
    assert to_html(markdown) == html


def test_a_table_is_shown() -> None:
    html = to_html("| Day | Open |\n| --- | ---: |\n| Monday | 9 |")
    assert Seen(html).tags == ["table", "thead", "tr", "th", "th", "tbody", "tr", "td", "td"]
    assert ">Monday</td>" in html


@pytest.mark.parametrize(
    "address",
    [
        "https://e.example/a?b=1#c",
        "http://e.example/",
        "mailto:a@e.example",
        "tel:+4930123",
        "/visit",
        "other.html",
    ],
)
@pytest.mark.parametrize("form", ["[text]({})", '<a href="{}" rel="opener" target="_top">text</a>'])
def test_a_link_is_kept_and_gives_nothing_of_the_visitor_away(form: str, address: str) -> None:
    assert to_html(form.format(address)) == (
        f'<p><a href="{address}" rel="noopener noreferrer nofollow">text</a></p>'
    )


@pytest.mark.parametrize(
    ("target", "below", "on_the_page", "in_the_file"),
    [
        ("other.md", "faq/other", "other", "#other"),
        ("./Other%20Page.md#a.b", "faq/other-page#a.b", "other-page#a.b", "#a.b"),
        ("/faq/other#a.b", "faq/other#a.b", "other#a.b", "#a.b"),
        ("#a.b", "faq/own#a.b", "#a.b", "#a.b"),
    ],
)
def test_links_to_the_faqs_own_pages_lead_there_from_wherever_they_are_shown(
    target: str, below: str, on_the_page: str, in_the_file: str
) -> None:
    def address(html: str) -> str:
        return dict(Seen(html).attributes)["href"]

    for markdown in (f"[x]({target})", f'<a href="{target}">x</a>'):
        assert address(to_html(markdown, below_root, "own")) == below
        assert address(to_html(markdown)) == on_the_page
        assert address(to_html(markdown, within)) == in_the_file


@pytest.mark.parametrize(
    "target", ["https://x.example/a.md", "a/b.md", "img.png", "/faq", "?q=#a", "mailto:a@b.md"]
)
def test_other_links_stay_as_they_are(target: str) -> None:
    assert dict(Seen(to_html(f"[x]({target})", below_root, "own")).attributes)["href"] == target


def test_html_that_is_nested_without_end_is_shown_as_it_is_written() -> None:
    html = to_html("<div>" * 100_000)
    assert Seen(html).tags == ["p"]
    assert "&lt;div&gt;" in html


def test_html_that_is_nested_as_people_do_is_rendered() -> None:
    assert Seen(to_html("<div>\n" * 50 + "x" + "\n</div>" * 50)).tags == ["div"] * 50
    assert set(Seen(to_html("a<br>" * 1000 + "<ul>" + "<li>b" * 1000 + "</ul>")).tags) > {"li"}


def test_an_answer_is_parsed_once_for_its_html_and_its_passages() -> None:
    parsed.cache_clear()
    assert to_html("Parsed *once*.") == "<p>Parsed <em>once</em>.</p>"
    assert to_passages("Parsed *once*.") == ("Parsed once.",)
    assert parsed.cache_info().misses == 1


def test_what_was_parsed_is_the_same_after_it_was_rendered() -> None:
    markdown = "*Look*: ![a *picture* of `it`][p] & <b>more</b>\n\n[p]: /p.png 'title'"
    first = to_html.__wrapped__(markdown)
    assert 'alt="a picture of it"' in first
    assert to_html.__wrapped__(markdown) == first
    parsed.cache_clear()
    assert to_html.__wrapped__(markdown) == first


def test_all_that_it_takes_can_be_brought_in_beforehand() -> None:
    code = (
        "import sys; from qa import rendering; rendering.bring_in(); before = set(sys.modules)\n"
        "rendering.to_html('some *words*'); rendering.to_passages('and more')\n"
        "print(sorted(set(sys.modules) - before))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
