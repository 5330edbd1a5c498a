"""The chain of events, read behind a cursor and verified."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from multistore.errors import ConflictError, InvalidArgumentError, TamperedError
from multistore.ledger import chain
from multistore.ledger.anchors import Head
from multistore.ledger.schema import events, tenants

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy.engine import Connection

    from multistore.ledger.ledger import Ledger

PAGE = 1000
"""So many rows are read in one transaction."""

_HINT = "multistore events verify tells what happened to the chain."


@dataclass(frozen=True, slots=True)
class EventRow:
    """One durable event.

    Attributes:
        seq: its number, from 1 without a gap: the cursor behind it.
        kind: what happened, such as ``tenant-suspended``; docs/reference/events.md has them all.
        at: when, aware UTC.
        tenant: the tenant's name; None where the event is of no tenant.
        fields: the rest, as it was hashed; a tenant in it is an id.
        hash: of this event and all before it, hexadecimal.
    """

    seq: int
    kind: str
    at: datetime
    tenant: str | None
    fields: dict[str, Any] = field(hash=False)
    hash: str

    @property
    def head(self) -> str:
        """``SEQ:HASH``: whoever keeps it can tell later that nothing up to here was changed."""
        return str(Head(self.seq, self.hash))


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verification found.

    Attributes:
        entries: how many events there are.
        head: the newest one's ``SEQ:HASH``, or None of an empty chain.
        anchored: up to which event a head that was kept elsewhere agrees; 0 where there is none.
        fault: None where the chain holds; else ``edited``, ``missing``, ``reordered``, or
            against a head from elsewhere ``cut`` (its end is gone) or ``rewritten``.
        at: the number at which the fault is.
    """

    entries: int
    head: str | None
    anchored: int
    fault: str | None = None
    at: int | None = None


def after(ledger: Ledger, cursor: int) -> Iterator[EventRow]:
    """Give the events behind a cursor, each held against the one before it.

    Raises:
        InvalidArgumentError: the cursor is negative.
        ConflictError: the chain ends before the cursor.
        TamperedError: an event is not what was written; it and those behind it are not given.
    """
    if cursor < 0:
        raise InvalidArgumentError(f"{cursor} is no cursor", hint="The first event is behind 0.")
    with ledger.reading() as connection:
        previous = _at(connection, cursor) if cursor else None
        newest = chain.head(connection, events)
    if cursor and previous is None:
        raise ConflictError(
            f"there is no event {cursor}: the chain ends at {newest.seq if newest else 0}",
            hint=f"Was the ledger restored? {_HINT}",
        )
    return _given(ledger, cursor, previous.hash if previous else chain.GENESIS)


def _given(ledger: Ledger, cursor: int, previous: bytes) -> Iterator[EventRow]:
    while True:
        with ledger.reading() as connection:
            query = select(events).where(events.c.seq > cursor).order_by(events.c.seq).limit(PAGE)
            rows = connection.execute(query).all()
            page = [chain.Entry(row.seq, row.body, row.hash) for row in rows]
            names = _names(connection, page)
        for entry in page:
            expected = chain.link(events.name, ledger.id, cursor + 1, previous, entry.body)
            if (entry.seq, entry.hash) != (cursor + 1, expected):
                raise TamperedError(f"event {cursor + 1} is not what was written", hint=_HINT)
            yield _row(entry, names)
            cursor, previous = entry.seq, entry.hash
        if len(page) < PAGE:
            return


def verified(ledger: Ledger, heads: Iterable[Head] = ()) -> Verified:
    """Verify the whole chain, and hold it against heads that were kept elsewhere.

    Cost: one pass over the events; memory: one page.
    """
    with ledger.snapshot() as connection:
        newest = chain.head(connection, events)
        broken = chain.verify(events.name, ledger.id, chain.entries(connection, events))
        found = {head: _at(connection, head.seq) for head in heads}
    entries = newest.seq if newest else 0
    said = str(Head(newest.seq, newest.hash.hex())) if newest else None
    agreeing = [head.seq for head, entry in found.items() if _agrees(head, entry)]
    anchored = max(agreeing, default=0)
    if broken is not None:
        return Verified(entries, said, min(anchored, broken.seq - 1), broken.fault, broken.seq)
    for head, entry in sorted(found.items()):
        if entry is None:
            return Verified(entries, said, anchored, "cut", entries + 1)
        if not _agrees(head, entry):
            return Verified(entries, said, anchored, "rewritten", head.seq)
    return Verified(entries, said, anchored)


def _agrees(head: Head, entry: chain.Entry | None) -> bool:
    return entry is not None and entry.hash.hex() == head.hash


def _at(connection: Connection, seq: int) -> chain.Entry | None:
    row = connection.execute(select(events).where(events.c.seq == seq)).first()
    return chain.Entry(row.seq, row.body, row.hash) if row else None


def _names(connection: Connection, page: list[chain.Entry]) -> dict[str, str]:
    ids = {entry.content.get("tenant") for entry in page} - {None}
    query = select(tenants.c.id, tenants.c.name).where(
        tenants.c.id.in_([bytes.fromhex(identity) for identity in ids if identity])
    )
    return {row.id.hex(): row.name for row in connection.execute(query)}


def _row(entry: chain.Entry, names: dict[str, str]) -> EventRow:
    content = entry.content
    return EventRow(
        seq=entry.seq,
        kind=content.pop("kind"),
        at=datetime.fromisoformat(content.pop("at")),
        tenant=names.get(content.get("tenant") or ""),
        fields=content,
        hash=entry.hash.hex(),
    )
