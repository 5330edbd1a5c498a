"""A hash chain in a table: events, and the erasure log.

``hash = SHA-256("multistore-chain-v1" 00 | table 00 | ledger_id 16 | seq u64 | previous hash 32 |
UTF-8 of body)``. It shows an edit, a gap and a change of order; that its end was cut off shows
only against a head that is kept elsewhere.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from multistore.ledger.schema import ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sqlalchemy import Table
    from sqlalchemy.engine import Connection

GENESIS = bytes(32)

_CUT_OUT = 1000
"""So many entries may be cut out at one place and their loss still be told from an edit."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a chain; ``body`` is the JSON text that was hashed."""

    seq: int
    body: str
    hash: bytes

    @property
    def content(self) -> dict[str, Any]:
        """The body, read."""
        content: dict[str, Any] = json.loads(self.body)
        return content


@dataclass(frozen=True, slots=True)
class Break:
    """Where a chain does not hold: the number at which, and how.

    ``missing``: one or more entries are gone, whether or not those behind were numbered anew;
    ``reordered``: the entry that belongs there stands under another number; ``edited``: what
    stands there is not what was written.
    """

    seq: int
    fault: str


def link(chain: str, ledger_id: bytes, seq: int, previous: bytes, body: str) -> bytes:
    """Compute an entry's hash."""
    domain = b"multistore-chain-v1\0" + chain.encode() + b"\0"
    return hashlib.sha256(domain + ledger_id + seq.to_bytes(8) + previous + body.encode()).digest()


def append(
    connection: Connection, table: Table, ledger_id: bytes, kind: str, **fields: Any
) -> Entry:
    """Add an entry, in the caller's transaction. Writers of a chain wait for one another.

    Values are strings, numbers, booleans or None: bytes go in as hexadecimal.
    """
    wait_for_turn(connection)
    last = head(connection, table)
    seq, previous = (last.seq + 1, last.hash) if last else (1, GENESIS)
    content = {"kind": kind, "at": datetime.now(UTC).isoformat(timespec="microseconds"), **fields}
    body = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    entry = Entry(seq, body, link(table.name, ledger_id, seq, previous, body))
    connection.execute(insert(table).values(seq=seq, body=body, hash=entry.hash))
    return entry


def wait_for_turn(connection: Connection) -> None:
    """Be the only writer of chains and of wrapped keys until this transaction ends.

    On SQLite every writer is.
    """
    connection.execute(select(ledger.c.singleton).with_for_update())


def head(connection: Connection, table: Table) -> Entry | None:
    """Return the newest entry, or None of an empty chain."""
    row = connection.execute(select(table).order_by(table.c.seq.desc()).limit(1)).first()
    return Entry(row.seq, row.body, row.hash) if row else None


def entries(connection: Connection, table: Table, after: int = 0) -> Iterator[Entry]:
    """Give the entries behind a number, in order, in pages."""
    while True:
        query = select(table).where(table.c.seq > after).order_by(table.c.seq).limit(1000)
        page = connection.execute(query).all()
        for row in page:
            yield Entry(row.seq, row.body, row.hash)
        if not page:
            return
        after = page[-1].seq


def verify(chain: str, ledger_id: bytes, chain_entries: Iterable[Entry]) -> Break | None:
    """Check a whole chain from its first entry; None where it holds. Memory: one entry."""
    linked = partial(link, chain, ledger_id)
    previous = GENESIS
    rest = iter(chain_entries)
    for seq, entry in enumerate(rest, 1):
        if entry.seq != seq or entry.hash != linked(seq, previous, entry.body):
            return Break(seq, _fault(linked, seq, previous, entry, rest))
        previous = entry.hash
    return None


def _fault(
    linked: Callable[[int, bytes, str], bytes],
    seq: int,
    previous: bytes,
    entry: Entry,
    rest: Iterator[Entry],
) -> str:
    """Say what became of entry ``seq``, in the place of which ``entry`` was found."""
    after = next(rest, None)
    for one in itertools.chain((entry,), (after,) if after else (), rest):
        if one.seq != seq and one.hash == linked(seq, previous, one.body):
            return "reordered"
    if entry.seq != seq:
        return "missing"
    # Where entries were cut out and those behind numbered anew, what stands here still links
    # with what stands behind it, under the numbers that both had.
    renumbered = after is not None and any(
        after.hash == linked(after.seq + gone, entry.hash, after.body)
        for gone in range(1, _CUT_OUT)
    )
    return "missing" if renumbered else "edited"
