"""How the newest entries of the ledger's two chains are dated, as they are written there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from multistore.compliance.collect import Collector
from multistore.compliance.collect.own_ledger import answered
from multistore.ledger.schema import erasure_log, events

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Table
    from sqlalchemy.engine import Connection

    from multistore.compliance.collect.reader import Reader
    from multistore.compliance.model import Answer, Resource
    from multistore.ledger.ledger import Ledger

CALL = "ledger (dates of its newest entries)"
NEWEST = 20
"""Entries of each chain whose dates are read."""


def dates(_resource: Resource, reader: Reader) -> Iterator[Answer]:
    """Read the newest entries' dates, as text. Cost: one transaction; 40 rows at most."""
    yield answered(reader.settings, CALL, _newest)


def _newest(ledger: Ledger) -> dict[str, Any]:
    with ledger.reading() as connection:
        return {table.name: _of(connection, table) for table in (events, erasure_log)}


def _of(connection: Connection, table: Table) -> list[dict[str, Any]]:
    """Give number and date of the newest entries; the date None where an entry has none."""
    query = select(table.c.seq, table.c.body).order_by(table.c.seq.desc()).limit(NEWEST)
    return [{"seq": row.seq, "at": _date(row.body)} for row in connection.execute(query)]


def _date(body: str) -> str | None:
    try:
        content: Any = json.loads(body)
        at = content.get("at")
    except (ValueError, AttributeError):
        return None
    return at if isinstance(at, str) else None


COLLECTORS = (Collector(("configuration",), dates),)
