"""Taking out of a text what could name a person: addresses, telephone and card numbers, accounts.

What is masked too much is a word less to evaluate by; what is masked too little is a person's. So
any seven digits with nothing but separators between them are taken out, a date in full among them;
years, times, prices and short numbers stay. Names are not known here, and stay.

Every expression below advances without going back, so the time is linear in the text.
"""

import re
import unicodedata
from typing import Final

EMAIL: Final = "[e-mail]"
PHONE: Final = "[phone]"
CARD: Final = "[card]"
ACCOUNT: Final = "[account]"
NUMBER: Final = "[number]"

# Chinese and Japanese numerals are read out as digits too.
_DIGIT: Final = r"[\d〇零一二三四五六七八九]"
# What people put between digits: spaces, dashes, dots, slashes, brackets and the like, what is not
# seen at all, and keycaps. A comma only between two digits, so that years in a row stay years.
_BETWEEN: Final = (
    r"(?:[\s.·•‧∙\-‐‒–—―−/\\()\[\]{}<>_+*|~#'’`"
    "\u00ad\u0300-\u036f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff\u20e3"
    rf"]|,(?={_DIGIT}))"
)
_DIGITS: Final = re.compile(rf"[+(]{{0,3}}+{_DIGIT}(?:{_BETWEEN}*+{_DIGIT}){{6,}}+[\ufe0f\u20e3]*+")

# A word of letters and digits with seven digits or more: an order, a passport, a licence key.
_CODE: Final = re.compile(r"(?<![A-Za-z0-9_-])(?:[A-Za-z_-]*+[0-9]){7,}+[A-Za-z0-9_-]*+")

_IBAN: Final = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}(?:[ -]?[A-Za-z0-9]){11,30}")
_IBAN_DIGITS: Final = 9  # the fewest that any country's has

_PART: Final = r"[^\s<>()\[\]{},;:\"@]"
_ADDRESS: Final = re.compile(rf"(?<!{_PART}){_PART}++(?:@++{_PART}++)+")
_AFTER_IT: Final = ".!?'’…"  # what ends a sentence, not an address

# Addresses as they are written to be hidden: `name (at) example (dot) org`, `name at example dot
# org`, `name @ example.org`. But "at example.org" is where something is, and "two @ 3.50" a price.
_LABEL: Final = r"[\w-]{1,63}"
_AT_WORD: Final = r"(?:at|ät|arroba|arobase|chiocciola)"
_DOT_WORD: Final = r"(?:dot|punkt|point|punto|ponto)"
_OPEN: Final = r"\s{0,3}[(\[{<]\s{0,2}"
_CLOSE: Final = r"\s{0,2}[)\]}>]\s{0,3}"
_DOT: Final = rf"(?:\.|{_OPEN}(?:{_DOT_WORD}|\.){_CLOSE}|\s{{1,3}}{_DOT_WORD}\s{{1,3}})"
_AT: Final = re.compile(
    rf"{_OPEN}(?:{_AT_WORD}|@){_CLOSE}"
    rf"|(?<=\w)\s{{1,3}}{_AT_WORD}\s{{1,3}}(?={_LABEL}\s{{1,3}}{_DOT_WORD}\s{{1,3}}\w)"
    rf"|(?<=\w)(?:\s{{1,3}}@\s{{0,3}}|@\s{{1,3}})(?={_LABEL}{_DOT}[\w.-]{{0,190}}[^\W\d_])",
    re.IGNORECASE,
)
_DOTTED: Final = re.compile(
    rf"@{_LABEL}(?:{_DOT}{_LABEL}){{1,8}}"
    rf"|(?<![\w-]){_LABEL}(?:{_DOT}{_LABEL}){{1,8}}(?=@)",
    re.IGNORECASE,
)
_ONE_DOT: Final = re.compile(_DOT, re.IGNORECASE)

_LUHN: Final = (
    0,
    2,
    4,
    6,
    8,
    1,
    3,
    5,
    7,
    9,
)  # every second digit counts as the digits of its double


def masked(text: str) -> str:
    """The text with a word in brackets in the place of each address and long number.

    It is in Unicode's form NFKC, in which digits of full width are digits. Masked again it stays
    what it is.
    """
    text = _AT.sub("@", unicodedata.normalize("NFKC", text))
    if "@" in text:
        text = _DOTTED.sub(lambda found: _ONE_DOT.sub(".", found[0]), text)
        text = _ADDRESS.sub(_address, text)
    text = _IBAN.sub(_account, text)
    text = _DIGITS.sub(_number, text)
    return _CODE.sub(NUMBER, text)


def _address(found: re.Match[str]) -> str:
    address = found[0].rstrip(_AFTER_IT)
    name, _, host = address.partition("@")
    if not (any(map(str.isalnum, name)) and any(map(str.isalnum, host))):
        return found[0]
    return EMAIL + found[0][len(address) :]


def _account(found: re.Match[str]) -> str:
    """An account number among what looks like one: words that follow it do not belong to it."""
    text = found[0]
    following = found.string[found.end() : found.end() + 1]
    for end in range(len(text), 0, -1):
        if not f"{text}{following or ' '}"[end].isalnum() and _is_account(text[:end]):
            return ACCOUNT + text[end:]
    return text


def _is_account(text: str) -> bool:
    """Whether the check of ISO 13616 holds."""
    plain = [character for character in text if character.isalnum()]
    if sum(character.isdigit() for character in plain) < _IBAN_DIGITS:
        return False
    return int("".join(str(int(one, 36)) for one in plain[4:] + plain[:4])) % 97 == 1


def _number(found: re.Match[str]) -> str:
    """The word for a long number: what it is, as far as one can tell."""
    text = found[0]
    if text.startswith("(") and text.count("(") > text.count(")"):  # around it, not of it
        return f"({_kind(text[1:])}"
    return _kind(text)


def _kind(text: str) -> str:
    digits = [unicodedata.decimal(one) for one in text if one.isdecimal()]
    if 13 <= len(digits) <= 19 and _passes_luhn(digits):
        return CARD
    is_grouped = len(digits) in {10, 11} and len(text) > len(digits)
    is_dialled = text[0] in "+(" or digits[:1] == [0]
    return PHONE if is_grouped or (is_dialled and len(digits) <= 15) else NUMBER


def _passes_luhn(digits: list[int]) -> bool:
    return (sum(digits[-1::-2]) + sum(_LUHN[one] for one in digits[-2::-2])) % 10 == 0
