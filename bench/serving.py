"""From `qa serve` to the first answer, the memory of the process, and the time of one question.

    python -m bench.serving [INDEX]

Three starts; the index is that of `content/` (`.qa/index`) unless another is named.
"""

import http.client
import json
import re
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

QA = str(Path(sys.executable).parent / "qa")
STARTS, QUESTIONS = 3, 300
ASKED = ["why did bolivia let the DEA back in", "how do I install it", "what about the army?"]


@dataclass(frozen=True, slots=True)
class Start:
    """One start. seconds to the first answer; megabytes resident; milliseconds a question (p50)."""

    seconds: float
    megabytes: float
    milliseconds: float


def ask(port: int, question: str) -> None:
    """Ask over HTTP; anything but 200 is an error."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    body = json.dumps({"question": question})
    connection.request("POST", "/v1/ask", body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    response.read()
    connection.close()
    if response.status != 200:
        raise RuntimeError(f"{question!r}: {response.status}")


def timed(port: int, question: str) -> float:
    """Milliseconds for one question."""
    began = time.perf_counter()
    ask(port, question)
    return (time.perf_counter() - began) * 1000


def resident(process: int) -> float:
    """Resident megabytes of a process."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmRSS")


def start(index: str) -> Start:
    """Start the service, measure, stop it."""
    began = time.perf_counter()
    command = [QA, "serve", "--port", "0", "--index", index]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        port = listening_port(server)
        ask(port, ASKED[0])
        seconds = time.perf_counter() - began
        times = [timed(port, ASKED[i % len(ASKED)]) for i in range(QUESTIONS)]
        return Start(seconds, resident(server.pid), statistics.median(times))
    finally:
        server.terminate()
        server.wait(20)


def listening_port(server: "subprocess.Popen[str]") -> int:
    """The port that the service says it listens on."""
    said = server.stderr.readline() if server.stderr else ""
    found = re.search(r":(\d+) ", said)
    if not found:
        sys.exit(f"qa serve: {said}")
    return int(found.group(1))


def main() -> None:
    """Print the medians."""
    index = sys.argv[1] if len(sys.argv) > 1 else ".qa/index"
    if not Path(index).is_dir():
        sys.exit(f"{index}: no index here; run qa index, or make run, first.")
    starts = [start(index) for _ in range(STARTS)]
    print(f"start to first answer  {statistics.median(s.seconds for s in starts):.2f} s")
    print(f"resident memory        {statistics.median(s.megabytes for s in starts):.0f} MB")
    print(f"one question, p50      {statistics.median(s.milliseconds for s in starts):.1f} ms")


if __name__ == "__main__":
    main()
