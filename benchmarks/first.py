"""Put one small object, as the only thing that this process does."""

from __future__ import annotations

import sys

from benchmarks import peers
from benchmarks.peers.base import Place


def main() -> None:
    name, place = sys.argv[1:]
    peer = peers.load(name)(Place.of_argument(place))
    peer.put("discard", "first", bytes(4096))
    peer.close()


if __name__ == "__main__":
    main()
