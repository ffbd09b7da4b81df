"""New snapshots, one after the other, into a server under load.

    python -m bench.reliability.swap [--times 1000] [--clients 4]

`qa serve` runs with the real encoder and is asked without pause while the content is changed and
built again and again; the moment a new snapshot is in force, all others are deleted. Every
question and answer ends with the number of its edition. No request may fail, each reply must be
of one edition, and none of an earlier one than any reply that was there when it was asked for. Over
the last half, neither the server's memory nor the number of its open files may grow by more than
5 %: the median of the last quarter beside that of the one before.
"""

import argparse
import json
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Event, Thread
from time import monotonic, sleep
from typing import Final

from bench.reliability.injected import Forks, Site
from bench.speed import servers
from index.shelf import name_in_force

QUESTIONS: Final = (
    "what is there to know about parking",
    "tell me of refunds",
    "opening hours, please",
    "how do I bake sourdough bread",
)
GROWTH: Final = 0.05
PATIENCE: Final = 60.0  # seconds until a snapshot must be served
_EDITION: Final = re.compile(r"Edition (\d+)\.")


@dataclass(slots=True)
class Asking:
    """Clients that ask without pause. newest: the latest edition that any reply was of."""

    address: tuple[str, int]
    newest: int = 1
    asked: int = 0
    wrong: list[str] = field(default_factory=list)
    is_over: Event = field(default_factory=Event)

    @contextmanager
    def without_pause(self, clients: int) -> Iterator[None]:
        """Have so many clients ask meanwhile."""
        threads = [Thread(target=self._ask, args=(number,)) for number in range(clients)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.is_over.set()
            for thread in threads:
                thread.join()

    def _ask(self, first: int) -> None:
        """Ask until it is over, over one connection."""
        connection = HTTPConnection(*self.address, timeout=PATIENCE)
        number = first
        while not self.is_over.is_set():
            least = self.newest
            try:
                said = self._reply(connection, number)
            except (OSError, HTTPException) as error:
                self.wrong.append(f"{type(error).__name__}: {error}")
                connection.close()
                continue
            finally:
                self.asked += 1
                number += 1
            self._judge(said, least)
        connection.close()

    def _reply(self, connection: HTTPConnection, number: int) -> str:
        if number % (len(QUESTIONS) + 1) == 0:
            connection.request("GET", "/v1/entries")
        else:
            body = json.dumps({"question": QUESTIONS[number % len(QUESTIONS)], "k": 5})
            headers = {"Content-Type": "application/json"}
            connection.request("POST", "/v1/ask", body, headers)
        reply = connection.getresponse()
        said = reply.read().decode()
        if reply.status != 200:
            raise HTTPException(f"status {reply.status}: {said[:200]}")
        return said

    def _judge(self, said: str, least: int) -> None:
        editions = {int(found) for found in _EDITION.findall(said)}
        if len(editions) > 1:
            self.wrong.append(f"of several editions: {sorted(editions)}")
        elif editions and min(editions) < least:
            self.wrong.append(f"edition {min(editions)} after edition {least}")
        self.newest = max(self.newest, *editions, 0)


@dataclass(frozen=True, slots=True)
class Look:
    """The server after a swap: megabytes resident, open files, seconds to build and be served."""

    resident: float
    files: int
    build: float
    served: float


def build(site: Site, forks: Forks, edition: int) -> str:
    """Have `qa index` publish an edition; returns the snapshot's name."""
    site.write(edition)
    ended = forks.run(*site.command("index"))
    if ended.code:
        sys.exit(f"edition {edition} was not built: {ended.said.strip()}")
    return name_in_force(site.index)


def swapped(site: Site, forks: Forks, process: int, asking: Asking, edition: int) -> Look:
    """Publish an edition, delete all others, and wait until it is served."""
    began = monotonic()
    name = build(site, forks, edition)
    for folder in (site.index / "snapshots").iterdir():
        if folder.name != name:
            shutil.rmtree(folder)
    built = monotonic()
    while _ready(asking.address) != name:
        if monotonic() - built > PATIENCE:
            sys.exit(f"edition {edition} was not served within {PATIENCE:.0f} s")
        sleep(0.02)
    files = sum(len(list(Path(f"/proc/{one}/fd").iterdir())) for one in servers.tree(process))
    return Look(servers.memory(process)[0], files, built - began, monotonic() - built)


def _ready(address: tuple[str, int]) -> str:
    connection = HTTPConnection(*address, timeout=PATIENCE)
    try:
        connection.request("GET", "/readyz")
        return str(json.loads(connection.getresponse().read()).get("snapshot"))
    finally:
        connection.close()


def growth(values: Sequence[float]) -> float:
    """By what share the last quarter is over the one before, in medians."""
    quarter = max(1, len(values) // 4)
    return median(values[-quarter:]) / median(values[-2 * quarter : -quarter] or values) - 1


def main() -> None:
    """Print the figures; exit code 1 if anything was wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=1_000)
    parser.add_argument("--clients", type=int, default=4)
    asked = parser.parse_args()
    servers.stop_when_told()
    with TemporaryDirectory() as folder, Forks(Path(folder), stand_in=False) as forks:
        site = Site(Path(folder))
        build(site, forks, 1)
        service, log = servers.own(site.index), site.folder / "log"
        with servers.running(service, QUESTIONS[0], log) as running:
            process, asking = running.process, Asking(("127.0.0.1", running.port))
            editions = range(2, 2 + asked.times)
            with asking.without_pause(asked.clients):
                looks = [swapped(site, forks, process, asking, edition) for edition in editions]
    _print(looks, asking)
    grown = [growth([look.resident for look in looks]), growth([look.files for look in looks])]
    sys.exit(bool(asking.wrong) or max(grown) > GROWTH)


def _print(looks: Sequence[Look], asking: Asking) -> None:
    residents, files = [look.resident for look in looks], [look.files for look in looks]
    print("| snapshots | requests | wrong | build, s | served after, s |")
    print("| --- | --- | --- | --- | --- |")
    build, served = median(look.build for look in looks), median(look.served for look in looks)
    counts = f"{len(looks):,} | {asking.asked:,} | {len(asking.wrong)}"
    print(f"| {counts} | {build:.2f} | {served:.2f} |\n")
    print("| | first | at half | last | most | last quarter over the one before |")
    print("| --- | --- | --- | --- | --- | --- |")
    for what, values in (("memory, MB", residents), ("open files", files)):
        cells = (values[0], values[len(values) // 2], values[-1], max(values))
        shown = " | ".join(f"{value:.0f}" for value in cells)
        print(f"| {what} | {shown} | {100 * growth(values):+.1f} % |")
    print("\n".join(asking.wrong[:20]))


if __name__ == "__main__":
    main()
