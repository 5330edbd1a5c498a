"""The tenants of a vault, for its operator: contracts that begin, end, and are called back.

What only the end of a contract needs is imported where it is: most processes never see one.
"""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from multistore.arguments import optional_text, wrong_kind
from multistore.errors import ConflictError
from multistore.hooks import TenantEnded, TenantEnding, TenantResumed, TenantResuming
from multistore.ledger.schema import TenantState
from multistore.ledger.tenants import NO_END
from multistore.ledger.words import NAME_MOST, must_be_said

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from multistore.ledger.holds import Hold
    from multistore.ledger.incidents import IncidentRow
    from multistore.ledger.tenants import Tenant
    from multistore.lifecycle.contract import Milestone
    from multistore.lifecycle.estate import Estate


@dataclass(frozen=True, slots=True)
class TenantStatus:
    """How a tenant stands on the way to its end.

    Attributes:
        tenant: its row.
        milestones: what is due when, in order, and what blocks it; empty where no end is in sight.
        holds: the holds on anything of it.
        key_gone_at: when its master key is destroyed, or was; None where nobody has decided it.
        looked_at: when this was so.
        incidents: those of its data, or of its stores, of which it was not told yet.
    """

    tenant: Tenant
    milestones: tuple[Milestone, ...]
    holds: tuple[Hold, ...]
    key_gone_at: datetime | None
    looked_at: datetime
    incidents: tuple[IncidentRow, ...] = ()

    @property
    def overdue(self) -> bool:
        """Whether a promise is broken."""
        late = any(milestone.overdue(self.looked_at) for milestone in self.milestones)
        return late or any(incident.overdue(self.looked_at) for incident in self.incidents)


class Tenants:
    """The tenants of one vault; reached as ``vault.tenants``.

    Every change is a row of the ledger's chain of events, with who made it. Other processes see
    it within the time for which they keep keys (300 s), this one at once.
    """

    def __init__(self, estate: Estate) -> None:
        self._estate = estate
        self._ledger = estate.keyring.ledger

    def add(self, name: str) -> Tenant:
        """Add a tenant, before its first put. Cost: one transaction.

        Raises:
            InvalidArgumentError: it is not a tenant's name.
            AlreadyExistsError: the name is taken; also by a tenant that was erased.
        """
        return self._ledger.tenants.add(name)

    def get(self, name: str) -> Tenant:
        """Look one up. Cost: one query.

        Raises:
            NotFoundError: there is no such tenant.
        """
        return self._ledger.tenants.get(name)

    def list(self, *states: TenantState) -> Iterator[Tenant]:
        """Give all tenants, or those in the states named, by name, in pages of 1,000."""
        return self._ledger.tenants.list(*states)

    def end_contract(self, name: str, on: date, *, by: str | None = None) -> Tenant:
        """Note the last day of a contract, in Japan; a day that is noted already is replaced.

        The tenant is served until that day is over. Then ``lifecycle run`` stops it, at the
        latest on the 5th business day, and erases it on the 60th day after the stop. Until its
        keys are destroyed ``cancel_end`` takes all of it back. An approval is void.

        Args:
            name: the tenant.
            on: the last day of the contract.
            by: who notes it; by default the user of the operating system.

        Raises:
            NotFoundError: there is no such tenant.
            ConflictError: it is stopped already, or erased.
            InvalidArgumentError: the day lies beyond the calendar, or nobody notes it.
            VetoedError: a handler of TenantEnding forbids it.
        """
        from multistore.lifecycle.contract import stop_by  # noqa: PLC0415 - as the module says

        if not isinstance(on, date):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise wrong_kind("the day", on, "a datetime.date", hint="Write date(2027, 3, 31).")
        tenant, person = self.get(name), _person(by)
        if tenant.state not in (TenantState.ACTIVE, TenantState.ENDING):
            raise ConflictError(
                f"the tenant {name!r} is {tenant.state}: its contract has ended on "
                f"{tenant.contract_end}"
            )
        if tenant.contract_end == on:
            return tenant
        deadline = stop_by(self._estate.calendar, on)
        now = self._estate.clock()
        self._estate.hooks.before(TenantEnding(at=now, tenant=name, contract_end=on))
        ended = self._ledger.tenants.move(
            name,
            TenantState.ENDING,
            reason=f"the contract ends on {on}, as noted by {person}",
            changed_at=now,
            contract_end=on,
            stop_by=deadline,
            ended_by=person,
            approved_by=None,
            approved_at=None,
        )
        self._estate.hooks.after(TenantEnded(at=now, tenant=name, contract_end=on))
        return ended

    def cancel_end(self, name: str, *, reason: str, by: str | None = None) -> Tenant:
        """Call the end of a contract off: the tenant is served as before.

        Works until its keys are destroyed: while it is stopped its keys are moved back, and a
        destruction that is scheduled is called off. Resumable: call again. Cost while it is
        served: one transaction; else a few, and some requests to the key service.

        Raises:
            NotFoundError: there is no such tenant.
            ConflictError: no end is noted, or its erasure has begun.
            KeyDestroyedError: it is too late.
            InvalidArgumentError: no reason was given, or nobody gives it.
            VetoedError: a handler of TenantResuming forbids it, or while it is stopped one of
                KeyDestroying, since the key that was its own then ends.
        """
        tenant, person = self.get(name), _person(by)
        must_be_said("reason of calling the end off", reason)
        if tenant.state not in (TenantState.ENDING, TenantState.SUSPENDED):
            raise ConflictError(
                f"the tenant {name!r} is {tenant.state}: there is no end to call off"
                if tenant.state is TenantState.ACTIVE
                else f"the tenant {name!r} is {tenant.state}: its keys are destroyed"
            )
        now = self._estate.clock()
        why = f"{reason}, as said by {person}"
        self._estate.hooks.before(TenantResuming(at=now, tenant=name))
        if tenant.state is TenantState.SUSPENDED:
            from multistore.keys.closing import reopen_tenant  # noqa: PLC0415 - as the module says

            reopen_tenant(self._estate.keyring, name, reason=why)
        else:
            self._ledger.tenants.move(
                name, TenantState.ACTIVE, reason=why, changed_at=now, **NO_END
            )
        self._estate.hooks.after(TenantResumed(at=now, tenant=name))
        return self.get(name)

    def approve(self, name: str, *, by: str | None = None) -> Tenant:
        """Approve the erasure of a tenant, as the second of two people.

        Where the configuration asks for it (``two_people``), nothing is destroyed before. It
        stands in the certificate as ``validated_by``. Cost: one transaction.

        Raises:
            NotFoundError: there is no such tenant.
            ConflictError: no end of its contract is noted, or its erasure has begun.
            InvalidArgumentError: it is the person who noted the end, or nobody.
        """
        return self._ledger.tenants.approve(name, _person(by), now=self._estate.clock())

    def status(self, name: str) -> TenantStatus:
        """Say what is due when for a tenant, and what blocks it. Cost: at most eleven queries.

        Raises:
            NotFoundError: there is no such tenant.
        """
        from multistore.keys.closing import closing_of  # noqa: PLC0415 - as the module says
        from multistore.ledger.holds import Holds  # noqa: PLC0415
        from multistore.ledger.incidents import Incidents  # noqa: PLC0415
        from multistore.lifecycle.contract import timeline  # noqa: PLC0415

        tenant = self.get(name)
        closing = closing_of(self._estate.keyring, tenant.id)
        return TenantStatus(
            tenant=tenant,
            milestones=timeline(self._estate.situation(tenant)),
            holds=Holds(self._ledger).list(name),
            key_gone_at=closing.destroy_at if closing else None,
            looked_at=self._estate.clock(),
            incidents=Incidents(self._ledger).of(name),
        )


def _person(by: str | None) -> str:
    optional_text("by", by)
    try:
        person = getpass.getuser() if by is None else by.strip()
    except (OSError, KeyError):  # no such user, as in some containers
        person = ""
    must_be_said("name of the person", person, most=NAME_MOST, hint="Say by whom: by=…")
    return person
