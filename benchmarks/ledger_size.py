"""What a put and a key cost with a ledger of ten tenants, and with one of a million.

python -m benchmarks.ledger_size [TENANTS]       1,000,000 by default

Both vaults are open at once and put in turns, 4 KiB each, before the loopback server.
"""

from __future__ import annotations

import sys
import tempfile
import time
import uuid
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.peers.ours import configured
from benchmarks.servers import Loopback
from sqlalchemy import insert
from tests.servers.postgres import postgres

import multistore
from multistore.keys.keyring import Keyring
from multistore.keys.keyring import open as open_keyring
from multistore.ledger.schema import tenants

if TYPE_CHECKING:
    from collections.abc import Callable

    from multistore.vault import Vault

BATCH = 10_000
ROUNDS, PUTS, FETCHED, FIRST = 41, 200, 200, 7
BODY = bytes(4096)


@dataclass(frozen=True)
class Filled:
    """A vault and a keyring over one ledger."""

    size: str
    vault: Vault
    ring: Keyring
    tenant: str


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


def timed(count: int, do: Callable[[int], object]) -> float:
    """Seconds per call."""
    begun = time.perf_counter()
    for number in range(count):
        do(number)
    return (time.perf_counter() - begun) / count


def opened(stack: ExitStack, server: Loopback, ledger: str, size: str, count: int) -> Filled:
    home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    ring = stack.enter_context(open_keyring(ledger, "local:keys/", base=home))
    fill(ring, count)
    vault = stack.enter_context(multistore.open(configured(server.place(home), ledger=ledger)))
    return Filled(size, vault, ring, f"tenant-{count // 2}")


def put(one: Filled) -> float:
    return timed(PUTS, lambda n: one.vault.put(f"{one.tenant}/discard/small-{n}", BODY))


def first(one: Filled) -> float:
    """Seconds of the first put of a tenant, whose key is made."""
    return timed(FIRST, lambda n: one.vault.put(f"tenant-{n % 9}/kept/{n}", BODY))


def fetched(one: Filled) -> float:
    """Seconds of getting a key that is not cached."""

    def fetch(_number: int) -> None:
        one.ring.drop(one.tenant)
        one.ring.for_opening(one.tenant, "discard", 1)

    return timed(FETCHED, fetch)


def measure(stack: ExitStack, server: Loopback, name: str, ledgers: dict[str, str]) -> None:
    sizes = {"ten": 10, "many": int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000}
    vaults = [opened(stack, server, ledgers[size], size, sizes[size]) for size in sizes]
    for what, work, rounds in [
        ("first put of a tenant", first, 1),
        ("put", put, ROUNDS),
        ("a key fetched from the ledger", fetched, 5),
    ]:
        for one in vaults if rounds > 1 else ():
            work(one)
        found: dict[str, list[float]] = {size: [] for size in sizes}
        for _ in range(rounds):
            for one in vaults:
                found[one.size].append(work(one))
        for size in sizes:
            print(f"{name}, {size} tenants: {what} = {median(found[size]) * 1e6:.1f} us")


def main() -> None:
    with ExitStack() as stack:
        server = stack.enter_context(Loopback())
        ledger = "sqlite:///multistore.db"
        measure(stack, server, "SQLite", {"ten": ledger, "many": ledger})
        running = stack.enter_context(postgres())
        databases = {size: stack.enter_context(running.database()) for size in ("ten", "many")}
        measure(stack, server, "PostgreSQL", databases)


if __name__ == "__main__":
    main()
