"""The questions and answers of a Dialogflow knowledge base: two columns without names."""

from collections.abc import Sequence
from typing import Final

NAMES: Final = ("question", "answer")
"""What the two columns hold, in their order."""

_MARKS: Final = ("?", "？", "؟", ";")  # the last is Greek


def recognises(rows: Sequence[Sequence[str]], told: str = "") -> bool:
    """Whether rows are such a table: two cells each, of which the first end as questions do, in
    the first row, which may hold names that nobody knows, and in half of all rows.

    told: the format that a person named; for `dialogflow`, two cells are enough.
    """
    if not rows or any(len(cells) != len(NAMES) for cells in rows):
        return False
    if told == "dialogflow":
        return True
    asked = [cells[0].rstrip().rstrip("\"'”").endswith(_MARKS) for cells in rows]
    return asked[0] and 2 * sum(asked) >= len(rows)
