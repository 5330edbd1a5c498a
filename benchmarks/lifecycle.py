"""How long a run takes with many tenants: with nothing due, and with some contracts that end.

python -m benchmarks.lifecycle [TENANTS [DUE]]       1,000,000 and 1,000 by default

On SQLite and on PostgreSQL; the tenants that end have one sealed object each in a directory.
"""

from __future__ import annotations

import sys
import tempfile
import time
import uuid
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert
from tests.lifecycle.house import Clock, House, opened
from tests.servers.postgres import postgres

from multistore.ledger.schema import TenantState, scopes, tenants
from multistore.lifecycle.calendar import JST

if TYPE_CHECKING:
    from multistore.keys.keyring import Keyring
    from multistore.lifecycle.run import Report

BATCH = 5000
ENDS = "leaving-"


def fill(ring: Keyring, count: int, now: datetime) -> None:
    """Write tenants with a scope each; one in a hundred has a contract that ends next year."""
    for begin in range(0, count, BATCH):
        rows: list[dict[str, Any]] = []
        owned: list[dict[str, Any]] = []
        for number in range(begin, min(begin + BATCH, count)):
            ending = number % 100 == 0
            owner = uuid.uuid4().bytes
            rows.append(
                {
                    "id": owner,
                    "name": f"tenant-{number}",
                    "state": "ending" if ending else "active",
                    "added_at": now,
                    "changed_at": now,
                    "contract_end": date(now.year + 1, 3, 31) if ending else None,
                    "stop_by": now + timedelta(days=500) if ending else None,
                }
            )
            owned.append(
                {
                    "id": uuid.uuid4().bytes,
                    "tenant_id": owner,
                    "collection": "access-log",
                    "created_at": now,
                    "sealed_since": now - timedelta(days=number % 900),
                }
            )
        with ring.ledger.writing() as connection:
            connection.execute(insert(tenants), rows)
            connection.execute(insert(scopes), owned)


def leave(house: House, due: int, last_day: date) -> None:
    """Add tenants with an object each, whose contracts have this last day."""
    names = [f"{ENDS}{number}" for number in range(due)]
    now = house.clock()
    rows = [
        {
            "id": uuid.uuid4().bytes,
            "name": name,
            "state": "ending",
            "added_at": now,
            "changed_at": now,
            "contract_end": last_day,
            "stop_by": now + timedelta(days=30),
        }
        for name in names
    ]
    with house.keyring.ledger.writing() as connection:
        connection.execute(insert(tenants), rows)
    for name in names:
        house.put(f"{name}/video/lesson.mp4")


def run(house: House) -> tuple[float, Report]:
    begun = time.perf_counter()
    report = house.run()
    return time.perf_counter() - begun, report


def states(house: House, due: int) -> set[TenantState]:
    found = (house.keyring.ledger.tenants.get(f"{ENDS}{number}") for number in range(due))
    return {tenant.state for tenant in found}


def measure(house: House, label: str, count: int, due: int) -> None:
    """Fill the ledger; run with nothing due, and on the day of the stop."""
    today = house.clock.now.astimezone(JST).date()
    fill(house.keyring, count, house.clock())
    leave(house, due, today)
    idle = []
    for _ in range(3):
        seconds, report = run(house)
        if report.actions:
            raise AssertionError(report.actions[:3])
        idle.append(seconds)
    print(f"{label}: nothing due = {median(idle):.4f} s")
    house.clock.on(today + timedelta(days=1))
    seconds, report = run(house)
    if states(house, due) != {TenantState.SUSPENDED} or report.failed:
        raise AssertionError(report.actions[-3:])
    print(f"{label}: {due:,} contracts end, stopped and keys closed = {seconds:.2f} s")


def main() -> None:
    """Measure both databases."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    due = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    with ExitStack() as stack:
        running = stack.enter_context(postgres())
        database = stack.enter_context(running.database())
        for label, ledger in (("SQLite", "sqlite:///ledger.db"), ("PostgreSQL", database)):
            home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            house = opened(home, Clock(datetime.now(UTC)), ledger)
            stack.callback(house.close)
            measure(house, label, count, due)


if __name__ == "__main__":
    main()
