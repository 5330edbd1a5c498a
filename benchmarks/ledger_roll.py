"""How long a roll of many scopes takes, on SQLite and on PostgreSQL.

python -m benchmarks.ledger_roll [SCOPES]        100,000 by default
"""

from __future__ import annotations

import sys
import tempfile
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert
from tests.servers.postgres import postgres

from multistore.keys.keyring import Keyring
from multistore.keys.keyring import open as open_keyring
from multistore.keys.rolling import Progress, roll
from multistore.keys.secret import random
from multistore.keys.wrapping import Slot, fingerprint, owner_tag
from multistore.ledger.schema import scope_keys, scopes, tenants, wrapped_keys

PER_TENANT = 5
BATCH = 5000


def fill(ring: Keyring, count: int) -> None:
    """Write scopes as found_scope does, but many in one transaction."""
    ring.ledger.tenants.add("first")
    ring.for_sealing("first", "video")
    wrapping_key = ring.wrapping_key(1)
    now = datetime.now(UTC)
    owner, owner_id = "", b""
    for begin in range(0, count, BATCH):
        rows: dict[str, list[dict[str, object]]] = {"t": [], "s": [], "k": [], "w": []}
        for number in range(begin, min(begin + BATCH, count)):
            if number % PER_TENANT == 0:
                owner, owner_id = f"tenant-{number}", uuid.uuid4().bytes
                rows["t"].append(
                    {
                        "id": owner_id,
                        "name": owner,
                        "state": "active",
                        "added_at": now,
                        "changed_at": now,
                    }
                )
            slot = Slot(ring.ledger.id, uuid.uuid4().bytes, 1)
            collection = f"collection-{number % PER_TENANT}"
            key = random()
            rows["s"].append(
                {
                    "id": slot.scope_id,
                    "tenant_id": owner_id,
                    "collection": collection,
                    "created_at": now,
                }
            )
            rows["k"].append(
                {
                    "scope_id": slot.scope_id,
                    "version": 1,
                    "fingerprint": fingerprint(key),
                    "owner_tag": owner_tag(key, slot, owner, collection),
                    "created_at": now,
                }
            )
            rows["w"].append(
                {
                    "scope_id": slot.scope_id,
                    "version": 1,
                    "kek_no": 1,
                    "wrapped": wrapping_key.wrap(key, slot),
                }
            )
        with ring.ledger.writing() as connection:
            for table, name in [
                (tenants, "t"),
                (scopes, "s"),
                (scope_keys, "k"),
                (wrapped_keys, "w"),
            ]:
                connection.execute(insert(table), rows[name])


def measure(name: str, url: str, count: int) -> None:
    with (
        tempfile.TemporaryDirectory() as directory,
        open_keyring(url, "local:keys/", base=Path(directory)) as ring,
    ):
        fill(ring, count)
        marks: dict[str, list[float]] = {}

        def seen(progress: Progress) -> None:
            marks.setdefault(str(progress.step), []).append(time.perf_counter())

        begin, cpu = time.perf_counter(), time.process_time()
        done = roll(ring, backup=Path(directory) / "b", soak=timedelta(0), progress=seen)
        total, cpu = time.perf_counter() - begin, time.process_time() - cpu
        print(f"{name}: keys rolled = {done.verified} keys")
        print(f"{name}: all of it = {total:.1f} s")
        print(f"{name}: CPU of this process = {cpu:.1f} s")
        for step, times in marks.items():
            print(f"{name}: {step} = {times[-1] - times[0]:.2f} s")
        print(f"{name}: size of the backup = {(Path(directory) / 'b').stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    measure("SQLite", "sqlite:///ledger.db", wanted)
    with postgres() as server, server.database() as database:
        measure("PostgreSQL", database, wanted)
