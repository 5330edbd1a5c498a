"""Put one small object, as the only thing that this process does."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks import peers
from benchmarks.peers.base import Place


def main() -> None:
    name, url, port, home = sys.argv[1:]
    peer = peers.load(name)(Place(url, int(port), Path(home)))
    peer.put("discard", "first", bytes(4096))
    peer.close()


if __name__ == "__main__":
    main()
