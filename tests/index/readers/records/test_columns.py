import pytest

from index.errors import ContentError
from index.readers.records.columns import columns_of
from index.readers.records.naming import language_of, named, stem_of
from index.readers.source import Options


@pytest.mark.parametrize(
    ("name", "held"),
    [
        ("Question", "question"),
        ("  QUESTION TEXT ", "question"),
        ("questionText", "question"),
        ("q", "question"),
        ("q_en", "question"),
        ("Question (English)", "question"),
        ("FR Question", "question"),
        ("Frage", "question"),
        ("Fråga", "question"),
        ("pregunta_es", "question"),
        ("問題", "question"),
        ("question2", "question"),
        ("prompt", "question"),
        ("Answer_HTML", "answer"),
        ("réponse", "answer"),
        ("Response", "answer"),
        ("Antwort (de)", "answer"),
        ("body", "answer"),
        ("Also asked", "alternates"),
        ("alternate questions", "alternates"),
        ("Alternative Fragen", "alternates"),
        ("Weitere Fragen", "alternates"),
        ("Otras preguntas", "alternates"),
        ("Questions alternatives", "alternates"),
        ("Domande simili", "alternates"),
        ("Outras perguntas", "alternates"),
        ("Andere vragen", "alternates"),
        ("Alternativa frågor", "alternates"),
        ("Stichwörter", "tags"),
        ("Schlagwort", "tags"),
        ("Stichworte", "tags"),
        ("Palabras clave", "tags"),
        ("Mots-clés", "tags"),
        ("Parole chiave", "tags"),
        ("Palavras-chave", "tags"),
        ("Trefwoorden", "tags"),
        ("Nyckelord", "tags"),
        ("Rubrique", "category"),
        ("Argomento", "category"),
        ("Onderwerp", "category"),
        ("Ämne", "category"),
        ("qid", "id"),
        ("Topic", "category"),
        ("lang", "language"),
        ("Valid-Until", "valid_until"),
        ("isContextOnly", "context_only"),
    ],
)
def test_a_name_tells_what_is_held(name: str, held: str) -> None:
    one = named(name)
    assert one is not None
    assert one.held == held


@pytest.mark.parametrize(
    "name", ["question_id", "answer_id", "question type", "Scenario", "colour", "", "?", "x" * 500]
)
def test_other_names_tell_nothing_of_questions_and_answers(name: str) -> None:
    one = named(name)
    assert one is None or one.held not in ("question", "answer")


def test_languages_have_names_and_codes() -> None:
    names = ["fr", "French", "Français", "pt_BR", "zh-cn", "question", "hotel", ""]
    assert [language_of(name) for name in names] == ["fr", "fr", "fr", "pt-BR", "zh-CN", "", "", ""]


def test_a_key_with_a_stem_is_taken_apart() -> None:
    assert stem_of("opening_hours_q") == ("opening hours", "question")
    assert stem_of("a12") == ("12", "answer")
    assert stem_of("question_fr") == ("", "")
    assert stem_of("answer_html") == ("", "")
    assert stem_of("hours") == ("", "")


def groups(*names: str, **columns: str) -> dict[str, list[list[str]]]:
    found = columns_of(names, Options(columns=columns), "faq.csv").groups
    return {held: [[names[i] for i in group] for group in some] for held, some in found.items()}


def test_the_better_column_comes_first_and_weak_names_are_for_want_of_better() -> None:
    assert groups("title", "answer", "answer_html", "question", "text") == {
        "question": [["question"]],
        "answer": [["answer_html"], ["answer"]],
    }
    assert groups("title", "text") == {"question": [["title"]], "answer": [["text"]]}


def test_numbered_columns_are_one_group_in_their_order() -> None:
    assert groups("question2", "question1", "answer")["question"] == [["question1", "question2"]]


def test_a_mapped_column_holds_what_a_person_said_and_no_other_does() -> None:
    assert groups("Scenario", "question", "Response", question="scenario") == {
        "question": [["Scenario"]],
        "answer": [["Response"]],
    }
    assert "state" not in groups("question", "answer", "status", state="")


def test_a_mapped_column_that_is_missing_is_told() -> None:
    columns = columns_of(["question", "answer"], Options(columns={"tags": "Team"}), "faq.csv")
    assert columns.missing == ("Team",)
    with pytest.raises(
        ContentError, match=r"faq\.csv: an entry has no field “colour”\. Map one of"
    ):
        columns_of(["question"], Options(columns={"colour": "x"}), "faq.csv")


def test_of_several_languages_the_first_or_the_one_asked_for_is_read() -> None:
    names = ["id", "q_en", "q_fr", "a_en", "a_fr"]
    first = columns_of(names, Options(), "faq.csv")
    assert (first.language, first.languages, first.unused) == ("en", ("fr",), ())
    assert first.groups == {"id": ((0,),), "question": ((1,),), "answer": ((3,),)}
    french = columns_of(names, Options(language="fr-CA"), "faq.csv")
    assert french.groups == {"id": ((0,),), "question": ((2,),), "answer": ((4,),)}
    with pytest.raises(ContentError, match=r"no column is in “de”\. There are: en, fr\."):
        columns_of(names, Options(language="de"), "faq.csv")


def test_what_nothing_is_read_from_is_known() -> None:
    columns = columns_of(["question", "answer", "price", "", "title"], Options(), "faq.csv")
    assert columns.unused == ("price", "title")


@pytest.mark.parametrize(
    "name",
    [
        *("Nr.", "No.", "#", "lfd. Nr.", "Zuletzt geändert", "Last updated", "updated_at"),
        *("createdAt", "Última actualización", "Dernière mise à jour", "Autor", "Views"),
    ],
)
def test_what_only_editors_need_is_left_out_without_a_word(name: str) -> None:
    assert columns_of(["question", "answer", name], Options(), "faq.csv").unused == ()
    mapped = columns_of(["question", "answer", name], Options(columns={"tags": name}), "faq.csv")
    assert "tags" in mapped.groups
