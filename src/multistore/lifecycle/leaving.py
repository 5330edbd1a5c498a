"""The steps of a tenant's end, each of which can be taken up where a crash has cut it short."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from multistore.erasure.subject import Subject
from multistore.erasure.verdict import Status
from multistore.errors import ConflictError
from multistore.hooks import TenantErasing, TenantStopped, TenantStopping
from multistore.keys.closing import (
    close_tenant,
    destroy_tenant,
    schedule_tenant,
    spare_tenant,
)
from multistore.ledger.schema import TenantState
from multistore.lifecycle.contract import WINDOW, Step, erase_due

if TYPE_CHECKING:
    from datetime import datetime

    from multistore.ledger.tenants import Tenant
    from multistore.lifecycle.estate import Estate

RUN = "multistore lifecycle run"
"""Who performs what nobody in person has asked for."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a step did.

    Attributes:
        detail: one sentence.
        waits: whether something is still waited for; then it is not done.
        moved: of a look, whether it changed anything beyond what was due.
        failed: of an erasure that waits, whether it could not be verified: nobody else has to
            do anything first, and the next run tries again.
    """

    detail: str
    waits: bool = False
    moved: bool = False
    failed: bool = False


def take(estate: Estate, step: Step, tenant: Tenant, now: datetime) -> Taken:
    """Take one step.

    Raises:
        VetoedError: a handler forbids it; nothing has moved.
        MultistoreError: whatever the ledger, the key service or a store raises; take it again.
    """
    return {
        Step.STOP: _stop,
        Step.CLOSE: _close,
        Step.SPARE: _spare,
        Step.SCHEDULE: _schedule,
        Step.DESTROY: _destroy,
        Step.ERASE: _erase,
    }[step](estate, tenant, now)


def _stop(estate: Estate, tenant: Tenant, now: datetime) -> Taken:
    estate.hooks.before(TenantStopping(at=now, tenant=tenant.name))
    due = erase_due(now)
    estate.keyring.ledger.tenants.move(
        tenant.name,
        TenantState.SUSPENDED,
        reason=_contract(tenant),
        changed_at=now,
        stopped_at=now,
        erase_due=due,
    )
    estate.hooks.after(TenantStopped(at=now, tenant=tenant.name))
    return Taken("reads and writes are refused")


def _close(estate: Estate, tenant: Tenant, _now: datetime) -> Taken:
    number = close_tenant(
        estate.keyring, tenant.name, reason=_contract(tenant), surviving=estate.surviving()
    )
    return Taken(f"its keys are under KEK {number} alone; take a key backup")


def _spare(estate: Estate, tenant: Tenant, _now: datetime) -> Taken:
    spare_tenant(estate.keyring, tenant.name)
    return Taken("the destruction of its master key is called off: a hold was placed")


def _schedule(estate: Estate, tenant: Tenant, now: datetime) -> Taken:
    # From here on the keys go by themselves: whoever would object to the erasure is asked now.
    estate.hooks.before(TenantErasing(at=now, tenant=tenant.name))
    least = estate.keyring.kms.min_wait_days
    date = schedule_tenant(estate.keyring, tenant.name, max(WINDOW, timedelta(days=least)))
    return Taken(f"its master key is destroyed on {date:%Y-%m-%dT%H:%M:%SZ}")


def _destroy(estate: Estate, tenant: Tenant, now: datetime) -> Taken:
    estate.hooks.before(TenantErasing(at=now, tenant=tenant.name))
    date = destroy_tenant(estate.keyring, tenant.name, reason=_contract(tenant))
    return Taken(f"its keys left the ledger; its master key ends on {date:%Y-%m-%dT%H:%M:%SZ}")


def _erase(estate: Estate, tenant: Tenant, now: datetime) -> Taken:
    destroy_tenant(estate.keyring, tenant.name, reason=_contract(tenant))  # what a crash left
    erasure = estate.erase(
        Subject.whole_tenant(tenant.name, except_collections=estate.surviving(tenant)),
        reason=_contract(tenant),
        performed_by=tenant.ended_by or RUN,
        validated_by=tenant.approved_by,
    )
    certificate, verdict = erasure.certificate, erasure.report.verdict
    if certificate is None:
        raise ConflictError("the erasure issued no certificate")
    said = f"certificate {certificate.id}: {certificate.status}"
    if certificate.status in {Status.COMPLETE, Status.LOGICAL_DELETE}:
        estate.keyring.ledger.tenants.move(
            tenant.name,
            TenantState.ERASED,
            reason=f"{_contract(tenant)}; {said}",
            changed_at=now,
            erased_at=now,
        )
        return Taken(said)
    left = verdict.residual if verdict else ()
    shown = "; ".join(f"{one.what}: {one.why}" for one in left[:3])
    more = f"; and {len(left) - 3} more" if len(left) > 3 else ""
    return Taken(f"{said}; {shown}{more}", waits=True, failed=erasure.report.unverified)


def _contract(tenant: Tenant) -> str:
    return f"the contract ended on {tenant.contract_end}"
