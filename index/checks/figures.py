"""The figures in a text, each with what it counts: amounts, shares, spans, dates, times, numbers.

A figure is an interval, for "2 to 4 days" agrees with "3 days". Spans of time are held in minutes
under the unit that they are written in, so that "14 days" can be seen to be "2 weeks" or "a
fortnight".
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Figure:
    """From `low` to `high` of a unit; `text` is how it is written."""

    unit: str
    low: float
    high: float
    text: str

    @property
    def value(self) -> tuple[str, float, float]:
        """What it comes to, the same for “14 days” and “2 weeks”."""
        kind = "span" if self.unit in _MINUTES else self.unit
        return kind, self.low, self.high

    def agrees(self, other: "Figure") -> bool:
        """Whether both can be true of one thing; figures of two units always can."""
        if self.unit != other.unit and not {self.unit, other.unit} <= _MINUTES.keys():
            return True
        # A month is 30 days to one and four weeks to another.
        is_rough = self.unit != other.unit and _ROUGH & {self.unit, other.unit}
        room = 1 + (_ROUNDING if is_rough else 0)
        return self.low <= other.high * room and other.low <= self.high * room


_NAMES: Final = "zero one two three four five six seven eight nine ten eleven twelve"
_WORDS: Final = {name: float(number) for number, name in enumerate(_NAMES.split())} | {
    "fifteen": 15.0, "twenty": 20.0, "thirty": 30.0, "forty": 40.0, "sixty": 60.0, "ninety": 90.0
}  # fmt: skip
_DIGITS: Final = (
    r"(?<![\w.,–-])\d{1,3}(?:[,.' ]\d{3})+(?:\.\d\d)?(?!\d)|(?<![\w.,–-])\d{1,9}(?:[.,]\d{1,4})?"
)
_NUMBER: Final = rf"(?:{_DIGITS}|\b(?:{'|'.join(_WORDS)})\b)"
_HIGH: Final = _NUMBER.replace(r"(?<![\w.,–-])", "")  # it may follow a dash
_RANGE: Final = rf"(?P<low>{_NUMBER})(?:\s?(?:-|–|to|or|bis)\s?(?P<high>{_HIGH}))?"

_MONTHS: Final = ("jan feb mar apr may jun jul aug sep oct nov dec").split()  # noqa: SIM905 - a line
_MONTH: Final = rf"(?P<month>{'|'.join(_MONTHS)})[a-z]{{0,6}}\b\.?"
_DAY: Final = r"\b(?P<day>[0-3]?\d)(?:st|nd|rd|th)?"
_YEAR: Final = r"(?P<year>(?:19|20)\d\d)\b"

_HOUR: Final = r"\b(?P<hour>[0-2]?\d)"

_CURRENCIES: Final = {
    "€": "EUR", "$": "USD", "£": "GBP", "euros": "EUR", "euro": "EUR", "eur": "EUR",
    "dollars": "USD", "dollar": "USD", "usd": "USD", "pounds": "GBP", "pound": "GBP", "gbp": "GBP",
    "chf": "CHF",
}  # fmt: skip
AMOUNTS: Final = frozenset({*_CURRENCIES.values(), "percent"})
"""The units of prices and shares, which are put alike whatever they are of."""
_CURRENCY: Final = "|".join(map(re.escape, _CURRENCIES))

_MINUTES: Final = {
    "second": 1 / 60, "minute": 1.0, "hour": 60.0, "day": 1_440.0, "week": 10_080.0,
    "fortnight": 20_160.0, "month": 43_800.0, "year": 525_600.0,
}  # fmt: skip
_ROUGH: Final = frozenset({"month", "year"})
_ROUNDING: Final = 0.1
SPANS: Final = frozenset(_MINUTES)
"""The units of spans of time, which are compared whatever they are written in."""

# "£2 a day" is no span: one without a number is one after such words only, or as "a day's notice".
_SPAN: Final = rf"(?P<unit>{'|'.join(_MINUTES)})"
_LASTING: Final = "about|after|for|lasts?|least|nearly|takes?|than|to|within"

_SPELT: Final = {"sec": "second", "min": "minute", "hr": "hour", "h": "hour", "people": "person"}
# Between a number and what it counts.
_KIND: Final = r"(?:(?:working|business|calendar|consecutive|full|more|additional|free|extra)\s)?"
_NO_UNITS: Final = (
    "about after all and another are because before but can case day's each either etc every for "
    "from has have instead kind like make may more most must not off other our out over part per "
    "point question reason should side step such than that the their them then there these they "
    "thing this time type until was way were what when where which while who why will with would "
    "you your"
)
_LEAST_UNIT: Final = 3  # letters
_SYMBOLS: Final = frozenset({"kb", "mb", "gb", "tb", "kg", "km", "cm", "mm", "ml"})
_NO_UNIT: Final = frozenset(_NO_UNITS.split())


def figures(text: str) -> list[Figure]:
    """The figures in a plain text, kind by kind; what is part of one is in no other."""
    found: list[Figure] = []
    for pattern, read in _KINDS:

        def take(match: re.Match[str], read: "_Read" = read) -> str:
            made = list(read(match))
            found.extend(made)
            return " · " if made or read is _nothing else match[0]

        text = pattern.sub(take, text)
    return found


_Read = Callable[[re.Match[str]], Iterator[Figure]]


def _nothing(_match: re.Match[str]) -> Iterator[Figure]:
    """What has digits in it and is no figure."""
    return iter(())


def _date(match: re.Match[str]) -> Iterator[Figure]:
    parts = match.groupdict()
    month = parts["month"].lower()[:3]
    number = _MONTHS.index(month) + 1 if month in _MONTHS else int(month)
    if not 1 <= number <= 12 or not 1 <= int(parts["day"]) <= 31:
        return
    moment = float(number * 100 + int(parts["day"]))
    yield Figure("date", moment, moment, match[0].strip())
    if parts.get("year"):
        year = float(parts["year"])
        yield Figure("year of date", year, year, match[0].strip())


def _year(match: re.Match[str]) -> Iterator[Figure]:
    years = sorted(map(float, re.findall(r"\d{4}", match[0])))
    yield Figure("year of date", years[0], years[-1], match[0].partition(" ")[2])


def _phone(match: re.Match[str]) -> Iterator[Figure]:
    digits = re.sub(r"\D", "", match[0])
    if 7 <= len(digits) <= 15:
        last = float(digits[-7:])  # with or without the code of a country or a city
        yield Figure("telephone", last, last, match[0].strip())


def _time(match: re.Match[str]) -> Iterator[Figure]:
    half = (match["half"] or "").lower().replace(".", "")
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    if hour > 24 or minute > 59 or (half and hour > 12):
        return
    at = float((hour % 12 + 12 * (half == "pm") if half else hour) * 60 + minute)
    yield Figure("time of day", at, at, match[0].strip())


def _money(match: re.Match[str]) -> Iterator[Figure]:
    low, high = _ends(match)
    yield Figure(_CURRENCIES[match["currency"].lower()], low, high, match[0].strip())


def _share(match: re.Match[str]) -> Iterator[Figure]:
    yield Figure("percent", *_ends(match), match[0].strip())


def _count(match: re.Match[str]) -> Iterator[Figure]:
    unit = _singular(match["unit"].lower())
    if unit in _NO_UNIT or (len(unit) < _LEAST_UNIT and unit not in _SYMBOLS):
        return
    low, high = _ends(match)
    each = _MINUTES.get(unit, 1.0)
    yield Figure(unit, low * each, high * each, match[0].strip())


def _half(match: re.Match[str]) -> Iterator[Figure]:
    each = _MINUTES[match["unit"].lower()] / 2
    yield Figure(match["unit"].lower(), each, each, match[0])


def _one(match: re.Match[str]) -> Iterator[Figure]:
    unit = match["unit"].lower()
    yield Figure(unit, _MINUTES[unit], _MINUTES[unit], match["text"])


def _singular(word: str) -> str:
    word = _SPELT.get(word, word)
    if word.endswith("ies") and len(word) > 4:
        word = f"{word[:-3]}y"
    elif word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    return _SPELT.get(word, word)


def _ends(match: re.Match[str]) -> tuple[float, float]:
    low = _value(match["low"])
    high = _value(match["high"]) if match["high"] else low
    return min(low, high), max(low, high)


def _value(written: str) -> float:
    if written.lower() in _WORDS:
        return _WORDS[written.lower()]
    if grouped := re.fullmatch(r"(\d{1,3}(?:[,.' ]\d{3})+)(\.\d\d)?", written):
        return float(re.sub(r"\D", "", grouped[1]) + (grouped[2] or ""))
    return float(written.replace(",", "."))


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


_KINDS: Final[tuple[tuple[re.Pattern[str], _Read], ...]] = (
    (_pattern(r"https?://\S+|www\.\S+|[^\s@]{1,64}@\S+"), _nothing),
    (_pattern(r"\b(?P<year>(?:19|20)\d\d)-(?P<month>[01]\d)-(?P<day>[0-3]\d)\b"), _date),
    (_pattern(r"\b(?P<day>[0-3]?\d)\.\s?(?P<month>[01]?\d)\.\s?(?P<year>(?:19|20)\d\d)\b"), _date),
    (_pattern(rf"{_DAY}\.?\s(?:of\s)?{_MONTH}(?:,?\s{_YEAR})?"), _date),
    (_pattern(rf"\b{_MONTH}\s{_DAY}\b(?:,?\s{_YEAR})?"), _date),
    (_pattern(rf"\b(?:in|since|from|until|by)\s{_YEAR}(?:[/–-](?:19|20)\d\d\b)?"), _year),
    (_pattern(r"(?<!\w)\+?\(?\d[\d\s()/-]{5,17}\d(?!\w)"), _phone),
    (_pattern(rf"{_HOUR}(?:[:.](?P<minute>[0-5]\d))?\s?(?P<half>[ap]\.?m\b\.?)"), _time),
    (_pattern(rf"{_HOUR}:(?P<minute>[0-5]\d)\b(?P<half>)"), _time),
    (_pattern(rf"(?P<currency>{_CURRENCY})\s?{_RANGE}"), _money),
    (_pattern(rf"{_RANGE}\s?(?P<currency>{_CURRENCY})(?!\w)"), _money),
    (_pattern(rf"{_RANGE}\s?(?:%|per\s?cent\b)"), _share),
    (_pattern(rf"\bhalf\san?\s{_SPAN}\b"), _half),
    (_pattern(rf"\b(?:{_LASTING})\s(?P<text>an?\s{_SPAN})\b"), _one),
    (_pattern(rf"\b(?P<text>an?\s{_SPAN})(?=['’]s\b)"), _one),
    (_pattern(r"\b(?P<text>a\s(?P<unit>fortnight))\b"), _one),
    (_pattern(rf"{_RANGE}[\s-]{_KIND}(?P<unit>[^\W\d_]+)"), _count),
)
