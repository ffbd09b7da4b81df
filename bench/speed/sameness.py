"""Whether an answer given under load is the one that is given alone."""

import json
from collections.abc import Mapping
from typing import Any

from bench.speed.figures import Sameness


def compare(loaded: Mapping[str, str], alone: Mapping[str, str]) -> Sameness:
    """Replies of this service, as JSON by question; what was asked both ways is compared.

    The id of an asking, which is sealed anew every time, is not part of the answer.
    """
    both = [(_answer(loaded[q]), _answer(alone[q])) for q in loaded if q in alone]
    return Sameness(
        asked=len(both),
        same=sum(one == other for one, other in both),
        same_entry=sum(_entry(one) == _entry(other) for one, other in both),
        confidence=max((abs(a["confidence"] - b["confidence"]) for a, b in both), default=0.0),
    )


def _answer(reply: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(reply)
    del answer["id"]
    return answer


def _entry(answer: Mapping[str, Any]) -> object:
    return answer["answer"] and answer["answer"]["id"]
