"""From a finished erasure to its certificate: gathers what only the ledger and the keys know."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from multistore.erasure import key_evidence
from multistore.erasure.certificate import issued
from multistore.erasure.payload import (
    Contract,
    Medium,
    Told,
    concerns_keys,
    payload,
    tenant_reference,
)
from multistore.erasure.verdict import judged
from multistore.ledger import chain
from multistore.ledger.erasures import Erasures
from multistore.ledger.schema import erasure_log

if TYPE_CHECKING:
    from datetime import datetime

    from multistore.erasure.certificate import Certificate
    from multistore.erasure.fate import VersionFate
    from multistore.erasure.inventory import Inventory
    from multistore.erasure.means import Means
    from multistore.erasure.plan import Plan
    from multistore.erasure.verdict import Verdict
    from multistore.ledger.erasures import ErasureRow
    from multistore.ledger.ledger import Ledger

_OWN_MACHINE = ("local", "memory")


def attested(
    plan: Plan,
    fates: tuple[VersionFate, ...],
    after: Inventory,
    *,
    ledger: Ledger,
    means: Means,
    row: ErasureRow,
    issued_at: datetime,
    rounds: int,
) -> tuple[Verdict, Certificate]:
    """Judge the fates and the keys, and sign what may be said."""
    subject = plan.subject
    if concerns_keys(subject.kind) and means.kms is not None:
        keys = key_evidence.gathered(ledger, means.kms, subject)
    else:
        keys = key_evidence.KeyEvidence(key_evidence.scope_ids(ledger, subject))
    media = dict(means.media)
    verdict = judged(
        fates,
        after.unseen,
        keys,
        {name: medium.provider not in _OWN_MACHINE for name, medium in media.items()},
        surviving={
            name: means.surviving.get(name, "its own retention")
            for name in subject.except_collections
        },
        foreign=after.foreign,
    )
    tenant = ledger.tenants.get(subject.tenant)
    with ledger.reading() as connection:
        head = chain.head(connection, erasure_log)
    told = Told(
        id=row.id.hex(),
        reason=row.reason,
        performed_by=row.performed_by,
        validated_by=row.validated_by,
        begun_at=row.begun_at,
        issued_at=issued_at,
        rounds=rounds,
        previous=tuple(
            past.id.hex() for past in Erasures(ledger).finished() if past.subject == row.subject
        ),
        tool=f"multistore {version('multistore')}",
        module=f"OpenSSL by cryptography {version('cryptography')}",
        log_head=(head.seq, head.hash.hex()) if head else None,
    )
    said = payload(
        told=told,
        plan=plan,
        after=after,
        fates=fates,
        verdict=verdict,
        media=media,
        keys=keys,
        contract=Contract(
            tenant.id.hex(), tenant.contract_end, tenant.stopped_at, tenant.erase_due
        ),
        reference=tenant_reference(ledger.id, subject.tenant),
    )
    return verdict, issued(said, means.signer())


def medium_of(provider: str, bucket: str, *, versions: bool) -> Medium:
    """Describe a store of which nothing more is known."""
    without = "not kept" if provider in _OWN_MACHINE else "unknown"
    return Medium(provider, bucket, versions="kept" if versions else without)
