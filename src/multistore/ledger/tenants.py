"""Tenants: who is under contract, and where each stands on the way to its end."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from multistore.errors import (
    AlreadyExistsError,
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
)
from multistore.ledger import chain
from multistore.ledger.schema import TenantState, events, tenants
from multistore.values import is_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection, Row

    from multistore.ledger.ledger import Ledger

SERVED = frozenset({TenantState.ACTIVE, TenantState.ENDING})
"""The states in which a tenant's objects are read and written."""

NO_END: dict[str, None] = {
    "contract_end": None,
    "stop_by": None,
    "stopped_at": None,
    "erase_due": None,
    "ended_by": None,
    "approved_by": None,
    "approved_at": None,
}
"""The dates of a tenant whose end was called off, for Tenants.move."""

TRANSITIONS: dict[TenantState, frozenset[TenantState]] = {
    TenantState.ACTIVE: frozenset({TenantState.ENDING, TenantState.SUSPENDED}),
    TenantState.ENDING: frozenset(
        {TenantState.ACTIVE, TenantState.ENDING, TenantState.SUSPENDED}  # itself: another date
    ),
    TenantState.SUSPENDED: frozenset({TenantState.ACTIVE, TenantState.ENDING, TenantState.ERASING}),
    TenantState.ERASING: frozenset({TenantState.ERASED}),
    TenantState.ERASED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Tenant:
    """One tenant.

    Attributes:
        id: 16 random bytes; logs and certificates name the tenant by it.
        name: the first part of its objects' addresses. Never given out again.
        state: where it stands.
        added_at: when it was added.
        changed_at: when the state changed last.
        contract_end: the last day of the contract, a date in Asia/Tokyo.
        stop_by: when it must be stopped at the latest.
        stopped_at: when it was stopped: T0.
        erase_due: when it must be erased.
        erased_at: when it was.
        ended_by: who noted the end of its contract.
        approved_by: who else approved its erasure, where that is asked for.
        approved_at: when.
    """

    id: bytes
    name: str
    state: TenantState
    added_at: datetime
    changed_at: datetime
    contract_end: date | None
    stop_by: datetime | None
    stopped_at: datetime | None
    erase_due: datetime | None
    erased_at: datetime | None
    ended_by: str | None = None
    approved_by: str | None = None
    approved_at: datetime | None = None


class Tenants:
    """The tenants of one ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def add(self, name: str) -> Tenant:
        """Add a tenant. Cost: one transaction.

        Raises:
            InvalidArgumentError: it is not a tenant's name.
            AlreadyExistsError: the name is taken; also by a tenant that was erased.
        """
        if not is_name(name):
            raise InvalidArgumentError(
                f"{name!r} is not a tenant name",
                hint="Use 1 to 63 of a-z, 0-9 and -, and do not begin with -.",
            )
        now = datetime.now(UTC)
        tenant_id = uuid.uuid4().bytes
        try:
            with self._ledger.writing() as connection:
                connection.execute(
                    insert(tenants).values(
                        id=tenant_id,
                        name=name,
                        state=TenantState.ACTIVE.value,
                        added_at=now,
                        changed_at=now,
                    )
                )
                chain.append(
                    connection, events, self._ledger.id, "tenant-added", tenant=tenant_id.hex()
                )
        except IntegrityError:
            raise AlreadyExistsError(
                f"there is a tenant {name!r} already, or was one: its name is not given out again"
            ) from None
        return self.get(name)

    def get(self, name: str) -> Tenant:
        """Look one up. Cost: one query.

        Raises:
            NotFoundError: there is no such tenant.
        """
        if not is_name(name):  # not even a question: a driver fails on a lone surrogate
            raise unknown(name)
        with self._ledger.reading() as connection:
            row = connection.execute(select(tenants).where(tenants.c.name == name)).first()
        if row is None:
            raise unknown(name)
        return _tenant(row)

    def list(self, *states: TenantState) -> Iterator[Tenant]:
        """Give all tenants, or those in the states named, by name, in pages of 1,000."""
        after = ""
        while True:
            query = select(tenants).where(tenants.c.name > after)
            if states:
                query = query.where(tenants.c.state.in_([state.value for state in states]))
            with self._ledger.reading() as connection:
                page = connection.execute(query.order_by(tenants.c.name).limit(1000)).all()
            if not page:
                return
            for row in page:
                yield _tenant(row)
            after = page[-1].name

    def move(self, name: str, state: TenantState, *, reason: str, **dates: Any) -> Tenant:
        """Move a tenant to another state, with the event, in one transaction.

        Other processes see it within the time for which they keep keys; this one at once.
        ``dates`` sets the columns of the end (``contract_end``, ``stopped_at`` …).

        Raises:
            NotFoundError: there is no such tenant.
            ConflictError: the state it is in does not lead there.
        """
        with self._ledger.writing() as connection:
            moved(connection, self._ledger.id, name, state, reason=reason, **dates)
        self._ledger.changed(name)
        return self.get(name)

    def approve(self, name: str, person: str, *, now: datetime) -> Tenant:
        """Note that a second person approves a tenant's erasure, with the event.

        Raises:
            NotFoundError: there is no such tenant.
            ConflictError: no end of its contract is noted, or its erasure has begun.
            InvalidArgumentError: it is the person who noted the end.
        """
        self.get(name)
        with self._ledger.writing() as connection:
            found = connection.execute(
                select(tenants).where(tenants.c.name == name).with_for_update()
            ).first()
            if found is None:
                raise unknown(name)
            if found.state not in (TenantState.ENDING.value, TenantState.SUSPENDED.value):
                raise ConflictError(f"the tenant {name!r} is {found.state}: nothing to approve")
            if person == found.ended_by:
                raise InvalidArgumentError(
                    f"{person} has noted the end of {name!r} and cannot approve its erasure too",
                    hint="Another person must.",
                )
            connection.execute(
                update(tenants)
                .where(tenants.c.id == found.id)
                .values(approved_by=person, approved_at=now)
            )
            chain.append(
                connection,
                events,
                self._ledger.id,
                "tenant-erasure-approved",
                tenant=found.id.hex(),
                by=person,
            )
        return self.get(name)


def moved(
    connection: Connection,
    ledger_id: bytes,
    name: str,
    state: TenantState,
    *,
    reason: str,
    **dates: Any,
) -> None:
    """Do what Tenants.move does inside the caller's transaction."""
    found = connection.execute(
        select(tenants.c.id, tenants.c.state).where(tenants.c.name == name).with_for_update()
    ).first()
    if found is None:
        raise unknown(name)
    before = TenantState(found.state)
    if state not in TRANSITIONS[before]:
        raise ConflictError(f"the tenant {name!r} is {before}, from where it cannot become {state}")
    connection.execute(
        update(tenants)
        .where(tenants.c.id == found.id)
        .values(**{"state": state.value, "changed_at": datetime.now(UTC), **dates})
    )
    chain.append(
        connection,
        events,
        ledger_id,
        f"tenant-{state}",
        tenant=found.id.hex(),
        before=before.value,
        reason=reason,
    )


def unknown(name: str) -> NotFoundError:
    """Return the error for a tenant that nobody added."""
    return NotFoundError(
        f"there is no tenant {name!r}", hint=f"Add it once: multistore tenant add {name}"
    )


def _tenant(row: Row[Any]) -> Tenant:
    return Tenant(
        id=row.id,
        name=row.name,
        state=TenantState(row.state),
        added_at=row.added_at,
        changed_at=row.changed_at,
        contract_end=row.contract_end,
        stop_by=row.stop_by,
        stopped_at=row.stopped_at,
        erase_due=row.erase_due,
        erased_at=row.erased_at,
        ended_by=row.ended_by,
        approved_by=row.approved_by,
        approved_at=row.approved_at,
    )
