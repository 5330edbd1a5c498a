"""What became of a tenant's keys: the ledger's rows, and what the key service says just now.

A wrapped key in an old backup of the ledger opens as long as the KEK lives that it is wrapped
under. So every KEK counts that was in use while the tenant's keys were, not only the last one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from multistore.erasure.residual import Residual
from multistore.errors import MultistoreError
from multistore.keys.kms.base import MasterKeyState
from multistore.ledger.schema import KekKind, keks, scope_keys, scopes, tenants, wrapped_keys

if TYPE_CHECKING:
    from datetime import datetime

    from multistore.erasure.subject import Subject
    from multistore.keys.kms.base import Kms
    from multistore.ledger.ledger import Ledger

_GONE = (MasterKeyState.DESTROYED, MasterKeyState.ABSENT)


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One version of a scope key.

    Attributes:
        fingerprint: as in docs/spec/certificate.md, hexadecimal.
        collection: the collection that it sealed.
        version: its number.
        wrapped_under: the KEKs that it is still wrapped under in the ledger; empty is gone.
        destroyed_at: when it was destroyed.
    """

    fingerprint: str
    collection: str
    version: int
    wrapped_under: tuple[int, ...]
    destroyed_at: datetime | None


@dataclass(frozen=True, slots=True)
class KekLine:
    """One KEK under which a copy of the ledger may hold the tenant's keys.

    Attributes:
        number: its number in the ledger.
        kind: ``epoch`` or ``closing``.
        key_id: the key service's name of the master key.
        scheduled_for: when its destruction is due.
        destroyed_at: when the key service destroyed it, as recorded.
        probe: what the key service said just now, or ``not looked: …``.
    """

    number: int
    kind: str
    key_id: str
    scheduled_for: datetime | None
    destroyed_at: datetime | None
    probe: str

    @property
    def gone(self) -> bool:
        """Whether the key service itself says so."""
        return self.probe in _GONE


@dataclass(frozen=True, slots=True)
class KeyEvidence:
    """What is known of the keys; empty where the erasure concerned none.

    Attributes:
        scope_ids: of the scopes that the subject covers, hexadecimal.
        keys: their keys.
        keks: the KEKs that matter.
        left: what still lives, and until when.
        attestable: whether somebody other than the operator bears witness.
        service: how the configuration names the key service.
        location: where its master keys are.
    """

    scope_ids: tuple[str, ...] = ()
    keys: tuple[KeyLine, ...] = ()
    keks: tuple[KekLine, ...] = ()
    left: tuple[Residual, ...] = ()
    attestable: bool = True
    service: str | None = None
    location: str | None = None


def scope_ids(ledger: Ledger, subject: Subject) -> tuple[str, ...]:
    """Give the ids of the scopes that a subject covers. Cost: one query."""
    query = (
        select(scopes.c.id, scopes.c.collection)
        .join(tenants, tenants.c.id == scopes.c.tenant_id)
        .where(tenants.c.name == subject.tenant)
    )
    with ledger.reading() as connection:
        rows = connection.execute(query).all()
    covered = subject.collections({row.collection for row in rows})
    return tuple(sorted(row.id.hex() for row in rows if row.collection in covered))


def gathered(ledger: Ledger, kms: Kms, subject: Subject) -> KeyEvidence:
    """Gather the evidence for a whole tenant. Cost: a few queries, one request per KEK."""
    with ledger.reading() as connection:
        tenant = connection.execute(select(tenants).where(tenants.c.name == subject.tenant)).one()
        own = connection.execute(
            select(scopes).where(
                scopes.c.tenant_id == tenant.id,
                scopes.c.collection.not_in(subject.except_collections),
            )
        ).all()
        ids = [row.id for row in own]
        collection_of = {row.id: row.collection for row in own}
        key_rows = connection.execute(
            select(scope_keys).where(scope_keys.c.scope_id.in_(ids))
        ).all()
        wrapped = connection.execute(
            select(wrapped_keys.c.scope_id, wrapped_keys.c.version, wrapped_keys.c.kek_no).where(
                wrapped_keys.c.scope_id.in_(ids)
            )
        ).all()
        all_keks = connection.execute(select(keks).where(keks.c.kms_key_id.is_not(None))).all()
    keys = tuple(
        KeyLine(
            row.fingerprint.hex(),
            collection_of[row.scope_id],
            row.version,
            tuple(
                sorted(
                    w.kek_no
                    for w in wrapped
                    if (w.scope_id, w.version) == (row.scope_id, row.version)
                )
            ),
            row.destroyed_at,
        )
        for row in sorted(key_rows, key=lambda row: (collection_of[row.scope_id], row.version))
    )
    first = min((row.created_at for row in key_rows), default=None)
    # An epoch KEK that is younger than the last closing KEK never wrapped them.
    closing = max((row.no for row in all_keks if row.tenant_id == tenant.id), default=None)
    lines = tuple(
        _line(kms, row)
        for row in sorted(all_keks, key=lambda row: int(row.no))
        if first is not None and _may_have_wrapped(row, tenant.id, first, closing)
    )
    left = [
        Residual(f"key {key.fingerprint}", f"it is not destroyed: the tenant is {tenant.state}")
        for key in keys
        if key.destroyed_at is None or key.wrapped_under
    ]
    left += [
        Residual(
            f"KEK {line.number} ({line.key_id})",
            f"the key service says: {line.probe}; a backup of the ledger may hold a key "
            "wrapped under it",
            line.scheduled_for,
        )
        for line in lines
        if not line.gone
    ]
    return KeyEvidence(
        scope_ids=tuple(sorted(identity.hex() for identity in ids)),
        keys=keys,
        keks=lines,
        left=tuple(left),
        attestable=kms.attestable or not lines,
        service=kms.url,
        location=kms.location,
    )


def _may_have_wrapped(row: Any, tenant_id: bytes, first: datetime, closing: int | None) -> bool:
    if row.kind == KekKind.CLOSING.value:
        return bool(row.tenant_id == tenant_id)
    # A key service's clock is not ours, and may count whole seconds.
    if row.destroyed_at is not None and row.destroyed_at < first - timedelta(days=1):
        return False
    return closing is None or row.no < closing


def _line(kms: Kms, row: Any) -> KekLine:
    try:
        probe = str(kms.describe(row.kms_key_id).state)
    except MultistoreError as error:
        probe = f"not looked: {error.code or type(error).__name__}"
    return KekLine(row.no, row.kind, row.kms_key_id, row.destroy_at, row.destroyed_at, probe)
