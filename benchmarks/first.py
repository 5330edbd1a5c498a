"""Put one small object, as the only thing that this process does, and say when each step ended."""

from __future__ import annotations

import sys
import time

from benchmarks import peers
from benchmarks.peers.base import Place

STEP = "step:"


def ended(step: str) -> None:
    """Say by two clocks: the machine's, and this process's CPU."""
    print(STEP, step, time.perf_counter(), time.process_time(), flush=True)


def main() -> None:
    name, place = sys.argv[1:]
    ended("start")
    kind = peers.load(name)
    ended("import")
    peer = kind(Place.of_argument(place))
    ended("opening")
    peer.put("discard", "first", bytes(4096))
    ended("put")
    peer.close()
    ended("close")


if __name__ == "__main__":
    main()
