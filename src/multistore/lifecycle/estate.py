"""What the lifecycle works on: one vault's parts, and how things stand with a tenant in it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import select

from multistore.erasure.subject import SubjectKind
from multistore.ledger.holds import Holds
from multistore.ledger.schema import TenantState, erasures, scopes, tenants
from multistore.lifecycle.calendar import day_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from multistore.config import CollectionSettings
    from multistore.erasure.execute import Erasure
    from multistore.erasure.subject import Subject
    from multistore.hooks import Hooks
    from multistore.keys.keyring import Keyring
    from multistore.ledger.tenants import Tenant
    from multistore.lifecycle.calendar import BusinessCalendar
    from multistore.lifecycle.contract import Situation
    from multistore.sealing.sealed import SealedStore

_LEAVING = (TenantState.ENDING, TenantState.SUSPENDED, TenantState.ERASING)


class Eraser(Protocol):
    """erasure.execute.erase, bound to the stores, the ledger and the hooks of a vault."""

    def __call__(
        self, subject: Subject, *, reason: str, performed_by: str, validated_by: str | None
    ) -> Erasure:
        """Erase a subject; raises as erasure.execute.erase does."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """The parts of one vault that time works on.

    Attributes:
        keyring: the keys, and through them the ledger.
        hooks: who is asked before and told after.
        store: gives one by name, its residency shown now.
        collections: by name.
        erase: erases in every store of the configuration.
        calendar: the operator's business days.
        two_people: whether a tenant's erasure needs a second person's approval.
        clock: gives the time, aware.
    """

    keyring: Keyring
    hooks: Hooks
    store: Callable[[str], SealedStore]
    collections: Mapping[str, CollectionSettings]
    erase: Eraser
    calendar: BusinessCalendar
    two_people: bool
    clock: Callable[[], datetime]

    def leaving(self, now: datetime) -> tuple[str, ...]:
        """Give the tenants with which something may be due, by name. Cost: one indexed query."""
        names = select(tenants.c.name).where(
            tenants.c.state.in_([state.value for state in _LEAVING]),
            (tenants.c.state != TenantState.ENDING.value) | (tenants.c.contract_end < day_of(now)),
        )
        with self.keyring.ledger.reading() as connection:
            return tuple(sorted(connection.execute(names).scalars()))

    def situation(self, tenant: Tenant) -> Situation:
        """Say how things stand with one tenant. Cost: at most eight queries."""
        # A process that only adds a tenant, and puts, does not load these.
        from multistore.keys.closing import closing_of  # noqa: PLC0415
        from multistore.lifecycle.contract import Situation  # noqa: PLC0415

        leaving = tenant.state in _LEAVING
        closing = closing_of(self.keyring, tenant.id) if leaving else None
        held = Holds(self.keyring.ledger).list(tenant.name, released=True) if leaving else ()
        ended = [hold.released_at for hold in held if hold.released_at is not None]
        erased = tenant.state is TenantState.ERASED
        return Situation(
            tenant=tenant,
            closed=closing is not None and closing.complete,
            key=closing.state if closing else None,
            rolled=erased or (closing is not None and closing.alone),
            holds=tuple(hold.name for hold in held if hold.released_at is None),
            held_until=max(ended, default=None),
            unapproved=self.two_people and tenant.approved_by is None,
            certified=self._certified(tenant) if tenant.state is TenantState.ERASING else None,
        )

    def surviving(self, tenant: Tenant | None = None) -> frozenset[str]:
        """Give the collections that outlive their tenant; of a stopped one, as it was then."""
        if tenant is None:
            return frozenset(
                name for name, collection in self.collections.items() if collection.survives_tenant
            )
        kept = select(scopes.c.collection).where(
            scopes.c.tenant_id == tenant.id, scopes.c.survives_tenant.is_(True)
        )
        with self.keyring.ledger.reading() as connection:
            return frozenset(connection.execute(kept).scalars())

    def _certified(self, tenant: Tenant) -> datetime | None:
        """Say when the newest certificate of a tenant's erasure was issued, if there is one."""
        beginning = json.dumps([str(SubjectKind.TENANT), f"{tenant.name}/"]).removesuffix("]")
        newest = (
            select(erasures.c.finished_at)
            .where(
                erasures.c.subject.startswith(beginning, autoescape=True),
                erasures.c.finished_at.is_not(None),
            )
            .order_by(erasures.c.finished_at.desc())
            .limit(1)
        )
        with self.keyring.ledger.reading() as connection:
            found: datetime | None = connection.execute(newest).scalar()
        return found
