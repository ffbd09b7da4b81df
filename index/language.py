"""Which language a text is in, where that is beyond doubt."""

from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier  # type: ignore[import-untyped]

# Those that much of the web is written in. With all that are known, every second short text in
# English is taken for a creole, and every third in Spanish or German for a neighbour of theirs.
_LANGUAGES: Final = (
    "af ar bg bn ca cs da de el en es et fa fi fr gu he hi hr hu hy id it ja ka kn ko lt lv mk ml "
    "mr ms ne nl no pa pl pt ro ru sk sl sq sr sv sw ta te th tl tr uk ur vi zh"
)
_LEAST_PROBABILITY: Final = 0.95
_LEAST_LETTERS: Final = 20
_LOOKED_AT: Final = 240  # characters; more make nothing surer
_DENSE: Final = 0x0370  # from Greek on, scripts are few languages', or say more in a letter


@cache
def _identifier() -> "LanguageIdentifier":
    # Here and not above: it takes most of a second, and serving must not wait for it.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(_LANGUAGES.split())
    return identifier


def guess(text: str) -> str:
    """The language of a plain text as an ISO 639-1 code; empty where one cannot be sure.

    The same for the same text. Short texts, names and code are in no language. Raises ImportError
    where py3langid is not installed.
    """
    text = text[:_LOOKED_AT]
    letters = sum(2 if ord(char) >= _DENSE else 1 for char in text if char.isalpha())
    if letters < _LEAST_LETTERS:
        return ""
    language, probability = _identifier().classify(text)
    return str(language) if probability >= _LEAST_PROBABILITY else ""


def same(one: str, other: str) -> bool:
    """Whether two tags (BCP 47) are of languages that a short text could be in alike."""
    return _family(one) == _family(other)


# Close enough that a text of a few lines may be taken for either.
_FAMILIES: Final = {"nb": "da", "nn": "da", "no": "da", "hr": "sr", "bs": "sr", "sh": "sr"} | {
    "id": "ms", "fil": "tl", "sk": "cs", "gl": "pt", "mk": "bg", "lb": "de", "yue": "zh"
}  # fmt: skip


def _family(tag: str) -> str:
    primary = tag.replace("_", "-").partition("-")[0].lower()
    return _FAMILIES.get(primary, primary)


_NAMES: Final = {
    "ar": "Arabic", "bg": "Bulgarian", "ca": "Catalan", "cs": "Czech", "da": "Danish",
    "de": "German", "el": "Greek", "en": "English", "es": "Spanish", "et": "Estonian",
    "fa": "Persian", "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi",
    "hr": "Croatian", "hu": "Hungarian", "id": "Indonesian", "it": "Italian", "ja": "Japanese",
    "ko": "Korean", "lt": "Lithuanian", "lv": "Latvian", "nl": "Dutch", "no": "Norwegian",
    "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak",
    "sl": "Slovenian", "sr": "Serbian", "sv": "Swedish", "th": "Thai", "tr": "Turkish",
    "uk": "Ukrainian", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip


def name_of(tag: str) -> str:
    """A language's name in English, for messages; the tag itself of one that is rarely met."""
    return _NAMES.get(tag.partition("-")[0].lower(), f"“{tag}”")
