"""What a key costs in a ledger of ten tenants, and in one of a million.

python benchmarks/ledger_size.py [TENANTS]       1,000,000 by default
"""

from __future__ import annotations

import sys
import tempfile
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from sqlalchemy import insert

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.servers.postgres import postgres

from multistore.keys.keyring import Keyring
from multistore.keys.keyring import open as open_keyring
from multistore.ledger.schema import tenants

if TYPE_CHECKING:
    from collections.abc import Callable

BATCH = 10_000


def fill(ring: Keyring, count: int) -> None:
    now = datetime.now(UTC)
    for begin in range(0, count, BATCH):
        rows = [
            {
                "id": uuid.uuid4().bytes,
                "name": f"tenant-{number}",
                "state": "active",
                "added_at": now,
                "changed_at": now,
            }
            for number in range(begin, min(begin + BATCH, count))
        ]
        with ring.ledger.writing() as connection:
            connection.execute(insert(tenants), rows)


def timed(count: int, do: Callable[[], object], clock: Callable[[], float]) -> float:
    """Microseconds per call: the median of five rounds."""
    rounds = []
    for _ in range(5):
        begin = clock()
        for _ in range(count):
            do()
        rounds.append((clock() - begin) / count * 1e6)
    return median(rounds)


def measure(name: str, url: str, count: int) -> None:
    with (
        tempfile.TemporaryDirectory() as directory,
        open_keyring(url, "local:keys/", base=Path(directory)) as ring,
    ):
        fill(ring, count)
        middle = f"tenant-{count // 2}"
        ring.for_sealing(middle, "video")

        def fetched() -> None:
            ring.drop(middle)
            ring.for_opening(middle, "video", 1)

        # A cached key costs this process's own time only, whatever else the machine does.
        own, wall = time.process_time, time.perf_counter
        cached = timed(20_000, lambda: ring.for_sealing(middle, "video"), own)
        opened = timed(20_000, lambda: ring.for_opening(middle, "video", 1), own)
        afresh = timed(200, fetched, wall)
        print(
            f"{name}, {count:>9,} tenants: for_sealing cached {cached:.2f} us, "
            f"for_opening cached {opened:.2f} us, fetched from the ledger {afresh:.0f} us"
        )


if __name__ == "__main__":
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    for tenants_in_it in (10, many):
        measure("SQLite", "sqlite:///ledger.db", tenants_in_it)
    with postgres() as server:
        for tenants_in_it in (10, many):
            with server.database() as database:
                measure("PostgreSQL", database, tenants_in_it)
