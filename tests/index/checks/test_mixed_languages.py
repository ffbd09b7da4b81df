"""What is in another language than its page."""

import json
from pathlib import Path

from index.build import build
from index.checks.languages import mixed, unknown_to
from index.entry import Entry
from index.model import DEFAULT_MODEL, Model
from tests.conftest import provide_hashed

ENGLISH = (
    ("When are you open?", "We are open from nine to five, from Monday to Friday."),
    ("Where can I park my car?", "Behind the house; please enter by the north gate."),
    ("How long does the delivery take?", "It takes two to four working days."),
    ("How do I get my money back?", "Write to us within a month and we send it back to you."),
)
GERMAN = (
    ("Wann haben Sie geöffnet?", "Wir haben von neun bis fünf geöffnet, von Montag bis Freitag."),
    ("Wo kann ich mein Auto parken?", "Hinter dem Haus; bitte fahren Sie durch das Nordtor."),
    ("Wie lange dauert die Lieferung?", "Das dauert zwei bis vier Arbeitstage."),
    ("Wie bekomme ich mein Geld zurück?", "Schreiben Sie uns, wir schicken es Ihnen zurück."),
)


def entries(pairs: tuple[tuple[str, str], ...], language: str = "", page: str = "p") -> list[Entry]:
    return [
        Entry(id=question, question=question, answer=answer, language=language, page=page)
        for question, answer in pairs
    ]


def test_a_page_in_one_language_has_no_finding() -> None:
    assert list(mixed(entries(ENGLISH))) == []
    assert list(mixed(entries(GERMAN, "de-AT"))) == []
    assert list(mixed([*entries(ENGLISH), *entries(GERMAN, page="q")])) == []


def test_an_entry_in_another_language_than_the_rest_of_its_page_is_a_warning() -> None:
    (finding,) = mixed([*entries(ENGLISH), *entries(GERMAN[:1])])
    assert (finding.where, finding.check) == ("Wann haben Sie geöffnet?", "mixed-language")
    assert finding.what == "this entry is in German, but the rest of its page is in English."


def test_a_language_that_is_plainly_wrong_is_a_warning() -> None:
    (finding,) = mixed(entries(ENGLISH[:1], "de"))
    assert finding.what == "this entry is in English, but its language says “de”."


def test_where_a_whole_page_says_another_language_it_is_said_once() -> None:
    (finding,) = mixed(entries(ENGLISH, "de"))
    assert finding.what.startswith("this entry and 3 others of its page are in English, but")


def test_a_page_in_two_languages_is_said_once() -> None:
    (finding,) = mixed([*entries(ENGLISH), *entries(GERMAN[:3])])
    assert finding.what == "the page “p” mixes English (4) and German (3)."


def test_a_bilingual_page_that_says_so_is_meant() -> None:
    assert list(mixed([*entries(ENGLISH, "en"), *entries(GERMAN, "de")])) == []


def test_a_wording_in_another_language_than_its_entry_is_a_warning() -> None:
    question, answer = ENGLISH[1]
    asked = ("car park", "Wo kann ich hier mein Auto parken?")
    entry = Entry(id="a", question=question, answer=answer, alternates=asked)
    (finding,) = mixed([entry])
    assert finding.what == (
        "the wording “Wo kann ich hier mein Auto parken?” is in German, its entry in English."
    )


def test_the_default_model_knows_english_alone() -> None:
    assert list(unknown_to(DEFAULT_MODEL, entries(ENGLISH))) == []
    (finding,) = unknown_to(DEFAULT_MODEL, [*entries(ENGLISH), *entries(GERMAN)])
    assert finding.check == "unknown-language"
    assert finding.what == (
        "4 of 8 entries are in German, which the model all-MiniLM-L6-v2 does not know."
    )


def test_what_is_said_of_a_language_counts_where_it_cannot_be_seen() -> None:
    (finding,) = unknown_to(DEFAULT_MODEL, [Entry(id="a", question="Ja", language="nl")])
    assert "1 of 1 entries is in Dutch" in finding.what


def test_nothing_is_claimed_of_other_models() -> None:
    assert list(unknown_to("other-model", entries(GERMAN))) == []


def test_building_an_index_says_so_too(tmp_path: Path) -> None:
    source = tmp_path / "faq.jsonl"
    lines = (json.dumps({"question": question, "answer": answer}) for question, answer in GERMAN)
    source.write_text("\n".join(lines))
    model = Model(DEFAULT_MODEL, Path("nowhere"), "0" * 64)
    report = build([source], tmp_path / "index", model=model, provide=provide_hashed)
    (warning,) = report.warnings
    assert "4 of 4 entries are in German, which the model all-MiniLM-L6-v2 does not" in warning
