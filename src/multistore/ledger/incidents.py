"""Incidents: what a customer must hear of in time, from its detection until he was told.

A row outlives the process that found it. Detection and telling are events of the chain, in the
same transaction as the row; the chain names no object and no person outside the operator's house.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from multistore.errors import ConflictError, NotFoundError
from multistore.ledger import chain
from multistore.ledger.schema import events, incidents, tenants
from multistore.ledger.words import NAME_MOST, must_be_said

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.engine import Row

    from multistore.ledger.ledger import Ledger

SAME = timedelta(hours=24)
"""What is found again so soon after the customer was told of it is no new incident."""


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """One incident.

    Attributes:
        id: 16 random bytes, hexadecimal.
        kind: ``integrity`` or ``residency``.
        store: the store's name.
        tenant: whose data it concerns; None where it concerns everything in the store.
        address: the object; empty where it concerns everything in the store.
        detail: the name of the error.
        detected_at: when it was found first, aware UTC.
        notify_by: until when the customer must have been told.
        notified_at: when he was; None while he was not.
        notified_by: who says so.
    """

    id: str
    kind: str
    store: str
    tenant: str | None
    address: str
    detail: str
    detected_at: datetime
    notify_by: datetime
    notified_at: datetime | None = None
    notified_by: str | None = None

    @property
    def subject(self) -> str:
        """What it is about: the object's address, or the store."""
        return self.address or f"the store {self.store}"

    def overdue(self, now: datetime) -> bool:
        """Whether the customer was not told in time."""
        return self.notified_at is None and now > self.notify_by


class Incidents:
    """The incidents of one ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def note(
        self,
        kind: str,
        *,
        store: str,
        tenant: str | None = None,
        address: str = "",
        detail: str,
        at: datetime,
        notify_by: datetime,
    ) -> bool:
        """Write an incident down; whether it is a new one.

        Cost: one query where it is known already, else one transaction as well.
        """
        same = (
            (incidents.c.kind == kind)
            & (incidents.c.store == store)
            & (incidents.c.address == address)
            & (incidents.c.notified_at.is_(None) | (incidents.c.notified_at > at - SAME))
        )
        with self._ledger.reading() as connection:
            if connection.execute(select(incidents.c.id).where(same).limit(1)).first():
                return False
        identity = uuid.uuid4().bytes
        try:
            with self._ledger.writing() as connection:
                owner = connection.execute(
                    select(tenants.c.id).where(tenants.c.name == tenant)
                ).scalar()
                connection.execute(
                    insert(incidents).values(
                        id=identity,
                        kind=kind,
                        store=store,
                        tenant_id=owner,
                        address=address,
                        detail=detail,
                        detected_at=at,
                        notify_by=notify_by,
                    )
                )
                chain.append(
                    connection,
                    events,
                    self._ledger.id,
                    "incident-detected",
                    incident=identity.hex(),
                    of=kind,
                    store=store,
                    tenant=owner.hex() if owner else None,
                    detail=detail,
                    notify_by=notify_by.isoformat(timespec="microseconds"),
                )
        except IntegrityError:  # another thread or process has found it in this very moment
            return False
        return True

    def notified(self, incident_id: str, *, by: str, now: datetime) -> IncidentRow:
        """Note that the customer was told. Cost: two queries and one transaction.

        Raises:
            InvalidArgumentError: nobody says so.
            NotFoundError: there is no such incident.
            ConflictError: it is noted already.
        """
        must_be_said("person who has told the customer", by, most=NAME_MOST)
        found = self.get(incident_id)
        with self._ledger.writing() as connection:
            done = connection.execute(
                update(incidents)
                .where(incidents.c.id == bytes.fromhex(found.id), incidents.c.notified_at.is_(None))
                .values(notified_at=now, notified_by=by)
            )
            if not done.rowcount:
                raise ConflictError(f"that the customer was told of {found.id[:12]} is noted")
            chain.append(
                connection,
                events,
                self._ledger.id,
                "incident-notified",
                incident=found.id,
                by=by,
            )
        return self.get(found.id)

    def get(self, incident_id: str) -> IncidentRow:
        """Give one by its id, or by the beginning of it that no other has.

        Raises:
            NotFoundError: there is none, or more than one begins so.
        """
        text = incident_id.replace("-", "").lower()
        found = [row for row in self.list(notified=True) if row.id.startswith(text)]
        if len(found) != 1 or not text:
            raise NotFoundError(
                f"{len(found)} incidents have an id that begins with {incident_id[:40]!r}",
                hint="multistore events incidents --all shows them.",
            )
        return found[0]

    def list(self, *, notified: bool = False) -> tuple[IncidentRow, ...]:
        """Give those of which the customer was not told, or with ``notified`` all; oldest first.

        Cost: one indexed query.
        """
        return self._rows(None if notified else incidents.c.notified_at.is_(None))

    def of(self, tenant: str) -> tuple[IncidentRow, ...]:
        """Give those of which a tenant was not told, of its stores' too. Cost: one query."""
        return tuple(row for row in self.list() if row.tenant in (None, tenant))

    def _rows(self, condition: ColumnElement[bool] | None) -> tuple[IncidentRow, ...]:
        query: Select[Any] = select(incidents, tenants.c.name.label("tenant")).outerjoin(
            tenants, tenants.c.id == incidents.c.tenant_id
        )
        if condition is not None:
            query = query.where(condition)
        with self._ledger.reading() as connection:
            rows = connection.execute(query.order_by(incidents.c.detected_at)).all()
        return tuple(_row(row) for row in rows)


def _row(row: Row[Any]) -> IncidentRow:
    return IncidentRow(
        id=row.id.hex(),
        kind=row.kind,
        store=row.store,
        tenant=row.tenant,
        address=row.address,
        detail=row.detail,
        detected_at=row.detected_at,
        notify_by=row.notify_by,
        notified_at=row.notified_at,
        notified_by=row.notified_by,
    )
