"""What was fitted on public sets and serves every site (bench/fit.py says how it was fitted)."""

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Self

from qa.confidence import Calibration
from qa.learned import Learned
from qa.ranking import Weights


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """Weights for sites with a classifier (taught) and for those without (plain), and a calibration
    for both.
    """

    taught: Weights
    plain: Weights
    calibration: Calibration

    def weights(self, learned: Learned) -> Weights:
        """Those for what could be learned from a site."""
        return self.taught if learned.has_classifier else self.plain

    @classmethod
    def of(cls, document: dict[str, Any]) -> Self:
        """Read them from their document."""
        return cls(
            taught=Weights.of(document["ranking"]["taught"]),
            plain=Weights.of(document["ranking"]["plain"]),
            calibration=Calibration.of(document["confidence"]),
        )


@lru_cache(maxsize=1)
def shipped() -> Defaults:
    """The defaults that come with the package."""
    return Defaults.of(json.loads((files("qa") / "defaults.json").read_text(encoding="utf-8")))
