"""Figures in words and digits, the same in the terminal and in the report."""

from qa.evaluation.comparison import Comparison
from qa.evaluation.evaluation import Evaluation
from qa.evaluation.failures import Kind, Named
from qa.evaluation.significance import Difference, Interval

NONE = "–"
"""What stands for a figure that could not be measured."""

KINDS = {
    Kind.WRONG: "Another entry is right",
    Kind.NO_ANSWER: "The FAQ has no answer",
    Kind.DECLINED: "Right, but not shown",
}
"""How a query went wrong, in words."""


def headline(evaluation: Evaluation) -> str:
    """The outcome in one sentence that needs no statistics."""
    abstention = evaluation.abstention
    if abstention is None:
        right = round(evaluation.ranking["P@1"] * evaluation.answerable)
        return _sentence(
            "question", " with an answer", right, evaluation.answerable, "are", "answered rightly"
        )
    if not abstention.shown:
        return "No answer was shown."
    return _sentence("answer", " shown", abstention.right, abstention.shown, "are", "right")


def details(evaluation: Evaluation) -> list[str]:
    """What else to know, a sentence each."""
    abstention, answerable = evaluation.abstention, evaluation.answerable
    if abstention is None:
        return []
    coverage = _sentence(
        "question", " that the FAQ answers", abstention.right, answerable, "get", "the right answer"
    )
    unanswerable = evaluation.queries - answerable
    if not unanswerable:
        return [coverage]
    declined = unanswerable - abstention.wrong_unanswerable
    return [
        coverage,
        _sentence("question", " without an answer", declined, unanswerable, "are", "declined"),
    ]


def _sentence(noun: str, which: str, part: int, total: int, verb: str, outcome: str) -> str:
    """Tell a part of a total out of a hundred, as in “Of 100 answers shown, 93 are right”."""
    of = _of(total)
    told = _in(of, part, total)
    plural = "" if of == 1 else "s"
    verb = {"are": "is", "get": "gets"}[verb] if told == 1 else verb
    return f"Of {of} {noun}{plural}{which}, {told} {verb} {outcome}."


def _of(total: int) -> int:
    """Out of how many a share is told: a hundred, or all when there are fewer."""
    return min(total, 100)


def _in(of: int, part: int, total: int) -> int:
    """The part of the total, told out of `of`; all or none only where it is all or none."""
    if part in (0, total):
        return of if part else 0
    return min(max(round(of * part / total), 1), max(of - 1, 1))


def number(value: float | None, digits: int = 3) -> str:
    """A figure in fixed digits."""
    return NONE if value is None else f"{value:.{digits}f}"


def percent(value: float | None) -> str:
    """A share in per cent, with one decimal."""
    return NONE if value is None else f"{value:.1%}"


def interval(value: Interval | None) -> str:
    """The ends of an interval."""
    return "" if value is None else f"{value.low:.3f} to {value.high:.3f}"


def difference(value: Difference | None) -> list[str]:
    """Earlier, now, the difference, its interval and p."""
    if value is None:
        return [NONE] * 5
    return [
        number(value.earlier),
        number(value.now),
        f"{value.difference:+.3f}",
        f"{value.interval.low:+.3f} to {value.interval.high:+.3f}",
        "< 0.001" if value.p < 0.001 else number(value.p),
    ]


def named(entry: Named | None) -> str:
    """An entry by its id and its title."""
    if entry is None:
        return "nothing"
    return f"{entry.id}: {entry.title}" if entry.title else entry.id


def verdict(value: Difference) -> str:
    """Whether a difference is more than luck, in a word or two."""
    if value.p >= 0.05:
        return "within chance"
    return "better" if value.difference > 0 else "worse"


def expected(entry: Named | None) -> str:
    """An entry that was expected; None where the FAQ has no answer."""
    return "no answer: the FAQ has none" if entry is None else named(entry)


def compared(comparison: Comparison) -> str:
    """How many queries were compared, and which were not."""
    left_out = {
        "only in this file": comparison.only_now,
        "only in the earlier one": comparison.only_earlier,
        "with other text or labels": comparison.relabelled,
    }
    rest = ", ".join(f"{n:,} {what}" for what, n in left_out.items() if n)
    return f"{comparison.common:,} queries compared" + (f"; left out: {rest}." if rest else ".")


def asked(evaluation: Evaluation) -> str:
    """How many queries there were, and of what they were asked."""
    unanswerable = evaluation.queries - evaluation.answerable
    queries = f"{evaluation.queries:,} queries, {unanswerable:,} of them without an answer"
    origin = evaluation.origin
    of = origin.run or f"{origin.snapshot} ({origin.model})"
    return f"{queries}; {of}."
