from index.entry import Entry, Page
from qa.json_ld import faq_page


def test_a_page_is_described_as_schema_org_defines_it() -> None:
    entries = (
        Entry(id="a", question="When?", answer="At **9**.", alternates=("At what time?",)),
        Entry(id="b", alternates=("opening days",), answer="Monday."),
        Entry(id="c", answer="An answer without a question."),
        Entry(id="d", question="A question without an answer?"),
    )
    assert faq_page(Page(name="visit", title="Your visit", entries=entries)) == {
        "@context": "https://schema.org",
        "@type": "FAQPage",
        "name": "Your visit",
        "mainEntity": [
            {
                "@type": "Question",
                "name": "When?",
                "acceptedAnswer": {"@type": "Answer", "text": "<p>At <strong>9</strong>.</p>"},
            },
            {
                "@type": "Question",
                "name": "opening days",
                "acceptedAnswer": {"@type": "Answer", "text": "<p>Monday.</p>"},
            },
        ],
    }
