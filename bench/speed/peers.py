"""What this service is compared with: each in an environment of its own, made once.

A peer is a module in bench/peers that indexes the entries when it is run; what it needs is in the
file of that name that ends in .txt.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.sets import INDEXES
from bench.speed.client import Route
from bench.speed.servers import Service, UnusableError
from index.model import DEFAULT_MODEL, find_model

FILES: Final = Path("bench/peers")
ENVIRONMENTS: Final = INDEXES / "peers"
CONSTRAINTS: Final = FILES / "constraints.txt"

_POST: Final = Route("POST", "/ask", "question")


@dataclass(frozen=True, slots=True)
class Peer:
    """What people use otherwise. module: in bench/peers; application: what uvicorn serves."""

    label: str
    module: str
    application: str
    route: Route = _POST


PEERS: Final = {
    "habit": Peer("sentence-transformers in a FastAPI route, FAISS", "habit", "habit:app"),
    "txtai": Peer(
        "txtai’s API",
        "txtai_api",
        "txtai.api:app",
        Route("GET", "/search", "query", more="&limit=3"),
    ),
    "haystack": Peer(
        "a Haystack pipeline in a FastAPI route", "haystack_route", "haystack_route:app"
    ),
    "infinity": Peer(
        "infinity-emb in a FastAPI route, FAISS", "infinity_engine", "infinity_engine:app"
    ),
}

NOT_COMPARED: Final = {
    "fastembed": "it needs the model as an ONNX graph, makes none, and may download none here",
}
"""Named in every report, since somebody will ask for them."""


def environment(name: str) -> Path:
    """Python in a peer's environment, installed if it is not.

    Raises:
        UnusableError: pip says no.
    """
    home = (ENVIRONMENTS / name).absolute()
    python, needed = home / "bin" / "python", FILES / f"{PEERS[name].module}.txt"

    def install() -> None:
        _run([sys.executable, "-m", "venv", str(home)])
        pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        _run([*pip, "--constraint", str(CONSTRAINTS), "--requirement", str(needed)])

    _once(home / "installed", needed.read_text(encoding="utf-8"), install)
    return python


def prepare(name: str, entries: Path) -> Service:
    """A peer that has its environment and has indexed the entries.

    Raises:
        UnusableError: it cannot be installed, or cannot index.
    """
    peer, python = PEERS[name], str(environment(name))
    home = (ENVIRONMENTS / name).absolute()
    variables = {
        "PEER_MODEL": str(find_model(DEFAULT_MODEL).folder),
        "PEER_ENTRIES": str(entries.absolute()),
        "PEER_HOME": str(home),
        "CONFIG": str(home / "txtai.yml"),  # where txtai looks for its own
        "HF_HUB_OFFLINE": "1",
        "HAYSTACK_TELEMETRY_ENABLED": "False",
    }
    module = FILES / f"{peer.module}.py"
    made_of = f"{variables}\n{entries.stat().st_size}\n{module.read_text(encoding='utf-8')}"
    _once(home / "indexed", made_of, lambda: _run([python, str(module)], variables))
    command = (
        *(python, "-m", "uvicorn", peer.application, "--app-dir", str(FILES)),
        *("--port", "{port}", "--log-level", "warning"),
    )
    return Service(name, peer.label, command, peer.route, variables)


def _once(marker: Path, made_of: str, step: Callable[[], None]) -> None:
    """Do a step unless it was done for the same before."""
    if not marker.exists() or marker.read_text(encoding="utf-8") != made_of:
        step()
        marker.write_text(made_of, encoding="utf-8")


def _run(command: Sequence[str], variables: Mapping[str, str] | None = None) -> None:
    """Run a step of the preparation.

    Raises:
        UnusableError: it failed.
    """
    done = subprocess.run(
        command,
        env={**os.environ, **(variables or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise UnusableError(said[-1])
