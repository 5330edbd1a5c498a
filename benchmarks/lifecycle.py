"""How long a run takes with many tenants of whom nothing is due, on SQLite and on PostgreSQL.

python benchmarks/lifecycle.py [TENANTS]        1,000,000 by default
"""

from __future__ import annotations

import sys
import tempfile
import time
import uuid
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.servers.postgres import postgres

from multistore.config import CollectionSettings
from multistore.hooks import Hooks
from multistore.keys.keyring import Keyring
from multistore.keys.keyring import open as open_keyring
from multistore.ledger.schema import scopes, tenants
from multistore.lifecycle.calendar import BusinessCalendar
from multistore.lifecycle.estate import Estate
from multistore.lifecycle.run import Lifecycle

BATCH = 5000
COLLECTIONS = {
    "access-log": CollectionSettings(store="main", retention="36 months", survives_tenant=True),
    "attachment": CollectionSettings(store="main", retention="60 days"),
}


def fill(ring: Keyring, count: int) -> None:
    """Write tenants with a scope each; one in a hundred has a contract that ends next year."""
    now = datetime.now(UTC)
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


def nothing_due(subject: object, **_: object) -> Any:
    """Stand where the eraser stands: nothing may come here."""
    raise AssertionError(subject)


def measure(ring: Keyring, label: str, count: int) -> None:
    """Fill the ledger, and run three times."""
    fill(ring, count)
    estate = Estate(
        keyring=ring,
        hooks=Hooks(),
        store=nothing_due,
        collections=COLLECTIONS,
        erase=nothing_due,
        calendar=BusinessCalendar(),
        two_people=False,
        clock=lambda: datetime.now(UTC),
    )
    for _ in range(3):
        begun = time.perf_counter()
        report = Lifecycle(estate).run()
        took = time.perf_counter() - begun
        if report.actions:
            raise AssertionError(report.actions[:3])
        print(f"{label:<11} {count:>9,} tenants, nothing due: {took * 1000:8.1f} ms")


def main() -> None:
    """Measure both databases."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        with open_keyring("sqlite:///ledger.db", "local:keys/", base=home) as ring:
            measure(ring, "SQLite", count)
        database = stack.enter_context(stack.enter_context(postgres()).database())
        with open_keyring(database, "local:keys2/", base=home) as ring:
            measure(ring, "PostgreSQL", count)


if __name__ == "__main__":
    main()
