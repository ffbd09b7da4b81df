import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.language import guess, name_of, same


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Where can I park my car when I visit you?", "en"),
        ("Wie lange dauert die Lieferung in die Schweiz?", "de"),
        ("Comment puis-je payer ma commande ?", "fr"),
        ("¿Cómo puedo pagar mi pedido con tarjeta?", "es"),
        ("Como posso pagar a minha encomenda?", "pt"),
        ("Как часто нужно обновлять сертификаты, и можно ли делать это автоматически?", "ru"),
        ("営業時間を教えてください。", "ja"),
    ],
)
def test_a_sentence_is_recognised(text: str, language: str) -> None:
    assert guess(text) == language


@pytest.mark.parametrize(
    "text", ["", "Wi-Fi", "Rasa X", "pip install numpy", "12345 67890 ?!", "Ja"]
)
def test_of_names_and_short_texts_nothing_is_said(text: str) -> None:
    assert guess(text) == ""


def test_the_same_text_gets_the_same_answer() -> None:
    text = "Where can I park my car when I visit you?"
    assert {guess(text) for _ in range(3)} == {"en"}


@given(st.text())
def test_any_text_can_be_asked_about(text: str) -> None:
    assert guess(text) == "" or len(guess(text)) == 2


def test_tags_of_one_language_are_the_same_and_neighbours_too() -> None:
    assert same("pt-BR", "pt")
    assert same("EN_us", "en")
    assert same("nb", "da")
    assert not same("de", "en")


def test_a_language_is_named_in_english() -> None:
    assert name_of("de-AT") == "German"
    assert name_of("eo") == "“eo”"
