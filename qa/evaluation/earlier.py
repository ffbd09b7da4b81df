"""Each query's result as an evaluation keeps it, and reading it again from an earlier one."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pydantic import FiniteFloat, TypeAdapter, ValidationError

from index.errors import InputError
from qa.evaluation.queries import LabelledQuery
from qa.evaluation.run import Result

KEPT: Final = 10
"""As many ranked entries are kept of each query: as deep as any measure with a cut looks."""


@dataclass(frozen=True, slots=True)
class PerQuery:
    """What came of a query, and how it counts.

    ranking: ids and scores of the best `KEPT` entries. reciprocal_rank is of the whole ranking.
    answered and confidence are None in a run that was read.
    """

    id: str
    text: str
    relevant: tuple[str, ...]
    answered: bool | None
    confidence: FiniteFloat | None
    right: bool
    reciprocal_rank: FiniteFloat
    ranking: tuple[tuple[str, float], ...]

    @property
    def top(self) -> str | None:
        """The id of the best entry; None when there is none."""
        return self.ranking[0][0] if self.ranking else None


@dataclass(frozen=True, slots=True)
class Earlier:
    """What is read of an earlier evaluation; its file's name is for messages and reports."""

    format: Literal["qa-eval"]
    version: Literal[1]
    created: str
    results: tuple[PerQuery, ...]


_READER: Final = TypeAdapter(Earlier)


def read_earlier(path: Path) -> Earlier:
    """Read the document that an earlier evaluation has written.

    Raises InputError if it cannot be read or is something else.
    """
    mend = "Name a file that qa eval --json has written."
    try:
        return _READER.validate_json(path.read_bytes())
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        at = f" (at {place})" if place else ""
        what = f"this is not an evaluation that can be compared with{at}."
        raise InputError(what, where=str(path), mend=mend) from None
    except OSError as error:
        what = f"this evaluation cannot be read: {error.strerror}."
        raise InputError(what, where=str(path), mend=mend) from None


def per_query(
    queries: Sequence[LabelledQuery], results: Sequence[Result], reciprocal_ranks: Sequence[float]
) -> tuple[PerQuery, ...]:
    """Bring queries, results and reciprocal ranks together; all are in the same order."""
    return tuple(
        PerQuery(
            id=query.id,
            text=query.text,
            relevant=query.relevant,
            answered=result.answered,
            confidence=result.confidence,
            right=result.top in query.relevant,
            reciprocal_rank=float(reciprocal),
            ranking=result.ranking[:KEPT],
        )
        for query, result, reciprocal in zip(queries, results, reciprocal_ranks, strict=True)
    )
