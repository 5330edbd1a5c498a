"""Many writers and a create-only write: exactly one wins, and nobody overwrites it."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import multistore
from multistore import AlreadyExistsError, PutMode

ADDRESS = "example/attachment/lock.txt"


def main(config: str) -> None:
    """Let eight writers race for one name."""
    with multistore.open(config) as vault:
        vault.delete(ADDRESS)

        def write(number: int) -> bool:
            try:
                vault.put(ADDRESS, f"writer {number}".encode(), mode=PutMode.CREATE)
            except AlreadyExistsError:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            won = [number for number, first in enumerate(pool.map(write, range(8))) if first]
        print(f"{len(won)} of 8 writers won; stored: {vault.read(ADDRESS).decode()}")


if __name__ == "__main__":
    main(sys.argv[1])
