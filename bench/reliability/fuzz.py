"""The whole interface as it describes itself, asked in every way that the description allows, and
in those that it does not.

    python -m bench.reliability.fuzz [--index DIR] [--examples N] [--seed N]

Schemathesis makes the requests from the OpenAPI document of a running service, and holds the
replies against it: no fault of the service's, no status, header, type or body that is not
described, nothing taken that should be refused or the other way round; and follows its links.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Final

from bench.speed import servers

EXAMPLES: Final = 300
"""For each operation and phase, at most."""

_CASES: Final = re.compile(r"(\d+) generated, (\d+) passed")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many requests were made, how many passed, and all that it said."""

    cases: int
    passed: int
    said: str

    @property
    def is_well(self) -> bool:
        """Whether every one passed."""
        return 0 < self.cases == self.passed


def fuzz(address: str, examples: int, seed: int) -> Outcome:
    """Fuzz the service at an address, such as `http://127.0.0.1:8000`."""
    command = [
        *(str(Path(sys.executable).parent / "schemathesis"), "run", f"{address}/openapi.json"),
        *("--checks", "all", "--max-examples", str(examples), "--seed", str(seed)),
        *("--generation-database", "none", "--no-color"),
    ]
    with tempfile.TemporaryDirectory() as folder:  # it leaves reports where it runs
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    said = done.stdout + done.stderr
    found = _CASES.search(said)
    cases, passed = (int(found[1]), int(found[2])) if found else (0, 0)
    return Outcome(cases, passed if done.returncode == 0 else 0, said)


def main() -> None:
    """Print what came of it; it fails where one request did not pass."""
    parser = argparse.ArgumentParser(description="Requests from the service's own description.")
    parser.add_argument("--index", type=Path, default=Path(".qa/index"))
    parser.add_argument("--examples", type=int, default=EXAMPLES)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    servers.stop_when_told()
    service = servers.own(given.index)
    with (
        tempfile.TemporaryDirectory() as folder,
        servers.running(service, "is it there", Path(folder) / "log") as running,
    ):
        began = perf_counter()
        outcome = fuzz(f"http://127.0.0.1:{running.port}", given.examples, given.seed)
        seconds = perf_counter() - began
        logged = (Path(folder) / "log").read_text(encoding="utf-8").splitlines()[1:]
    print(outcome.said)
    print(f"{outcome.passed} of {outcome.cases} requests passed in {seconds:.0f} s.")
    print(*(f"It logged: {line}" for line in logged), sep="\n")
    sys.exit(not outcome.is_well or bool(logged))


if __name__ == "__main__":
    main()
