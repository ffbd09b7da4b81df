"""Labels and results brought together: of each query, what the measures need to know."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from qa.evaluation.queries import LabelledQuery
from qa.evaluation.run import Result

Bools: TypeAlias = npt.NDArray[np.bool_]
Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Judged:
    """Of n queries in order, (n,) each.

    answerable: the FAQ has an answer. right: the top entry is one. shown: an answer was shown.
    confidence: that the top entry is right, in [0, 1]. In a run that was read nothing is shown, and
    confidence is 0.
    """

    answerable: Bools
    right: Bools
    shown: Bools
    confidence: Floats

    @property
    def wrong_shown(self) -> Bools:
        """An answer was shown that is not right; to an unanswerable query none is."""
        return self.shown & ~self.right


def judge(queries: Sequence[LabelledQuery], results: Sequence[Result]) -> Judged:
    """Judge results by the labels; they are in the same order."""
    pairs = list(zip(queries, results, strict=True))
    return Judged(
        answerable=np.array([bool(query.relevant) for query in queries], bool),
        right=np.array([result.top in query.relevant for query, result in pairs], bool),
        shown=np.array([bool(result.answered) for result in results], bool),
        confidence=np.array([result.confidence or 0.0 for result in results], float),
    )
