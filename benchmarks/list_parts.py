"""Where the CPU of a listing goes: the answer itself, reading it, and all that a vault does."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

from benchmarks import peers
from benchmarks.servers import Loopback

from multistore.stores.s3.pages import walk

if TYPE_CHECKING:
    from collections.abc import Callable

ENTRIES = 10_000
PAGE = 1000
ROUNDS = 15


def cpu(call: Callable[[], object], entries: int) -> float:
    """Microseconds of this process's CPU for one entry."""
    begun = time.process_time()
    call()
    return (time.process_time() - begun) / entries * 1e6


def measure(server: Loopback, home: Path) -> None:
    """Measure, interleaved, and say it."""
    made: dict[str, Any] = {}
    for name in ("multistore", "obstore"):
        own = home / name
        own.mkdir()
        made[name] = peers.load(name)(server.place(own))
    asked = f"{server.url}/discard?list-type=2&max-keys={PAGE}&prefix=listed/"

    def fetched() -> bytes:
        with urlopen(asked) as answer:
            body: bytes = answer.read()
        return body

    answer = fetched()
    if len(walk(answer).of("Contents")) != PAGE:
        raise SystemExit(f"the answer has not the {PAGE} entries that it is measured by")
    calls: dict[str, tuple[Callable[[], object], int]] = {
        "an answer, fetched and not read": (fetched, PAGE),
        "an answer, read as a document": (lambda: walk(answer), PAGE),
        "multistore": (lambda: made["multistore"].list("discard", "listed/"), ENTRIES),
        "obstore": (lambda: made["obstore"].list("discard", "listed/"), ENTRIES),
    }
    found: dict[str, list[float]] = {what: [] for what in calls}
    for _ in range(ROUNDS):
        for what, (call, entries) in calls.items():
            found[what].append(cpu(call, entries))
    for what, figures in found.items():
        print(f"{what} = {median(figures):.2f} us per entry")
    for peer in made.values():
        peer.close()


def main() -> None:
    with Loopback(ENTRIES) as server, tempfile.TemporaryDirectory() as home:
        measure(server, Path(home))


if __name__ == "__main__":
    main()
