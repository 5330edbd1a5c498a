"""Look through the collections in which something may have expired, and erase what has."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from sqlalchemy import or_, select, update

from multistore.erasure.subject import Subject
from multistore.erasure.verdict import Status
from multistore.errors import (
    IntegrityError,
    InvalidArgumentError,
    KeyDestroyedError,
    NotFoundError,
    TenantSuspendedError,
    VetoedError,
)
from multistore.hooks import ObjectExpired, ObjectExpiring
from multistore.keys.closing import destroy_survivor
from multistore.ledger.holds import Holds
from multistore.ledger.schema import TenantState, scopes, tenants
from multistore.lifecycle import retention
from multistore.lifecycle.calendar import Period
from multistore.lifecycle.leaving import RUN, Taken
from multistore.lifecycle.retention import CLOCKS, Copy
from multistore.sealing.framing import HEADER_BYTES
from multistore.sealing.header import Header
from multistore.stores.base import StoredObject
from multistore.values import Address, Span

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from multistore.lifecycle.estate import Estate
    from multistore.lifecycle.retention import Expired
    from multistore.sealing.sealed import SealedStore

_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Scope:
    """One tenant's collection in which something may have expired."""

    id: bytes
    tenant: str
    collection: str
    period: Period

    def __str__(self) -> str:
        """Give ``tenant/collection``."""
        return f"{self.tenant}/{self.collection}"


def due(estate: Estate, now: datetime) -> tuple[Scope, ...]:
    """Give the scopes to look through. Cost: two indexed queries per collection with retention."""
    found: list[Scope] = []
    for name, collection in sorted(estate.collections.items()):
        if collection.retention is None:
            continue
        period = Period.parse(collection.retention)
        until = retention.may_have_expired_since(period, now)
        gone = tenants.c.state.in_([TenantState.ERASING.value, TenantState.ERASED.value])
        query = (
            select(tenants.c.name, scopes.c.id)
            .join(tenants, tenants.c.id == scopes.c.tenant_id)
            .where(scopes.c.collection == name, or_(scopes.c.survives_tenant.is_(True), ~gone))
        )
        with estate.keyring.ledger.reading() as connection:
            # Two queries: SQLite would read the whole index for an OR of the two.
            old = connection.execute(query.where(scopes.c.sealed_since <= until)).all()
            unknown = connection.execute(query.where(scopes.c.sealed_since.is_(None))).all()
        found += [Scope(row.id, row.name, name, period) for row in sorted([*old, *unknown])]
    return tuple(found)


def look_through(estate: Estate, scope: Scope, now: datetime) -> Expired:
    """Read when every version of a scope was sealed.

    Cost: one listing, and one request for 160 bytes per version, several in flight; about 300
    bytes of memory per version.

    Raises:
        MultistoreError: something could not be listed or read: then nothing is known.
    """
    store = estate.store(estate.collections[scope.collection].store)
    versions = _versions(store, f"{scope.tenant}/{scope.collection}/")
    read: list[Copy] = []
    with ThreadPoolExecutor(store.limits.concurrency, "multistore-retention") as threads:
        while page := list(islice(versions, _PAGE)):
            dated = threads.map(partial(_dated, store), page)
            read += [copy for copy in dated if copy is not None]
    return retention.judged(read, scope.period, now)


def erase(estate: Estate, scope: Scope, expired: Expired, now: datetime) -> Taken:
    """Erase what has expired, and note how old what stays is.

    Raises:
        RetainedError: a hold covers the whole collection.
        VetoedError: a handler forbids the erasure, or each single one.
        MultistoreError: whatever the ledger or a store raises; the next run tries again.
    """
    names, vetoes = _allowed(estate, expired.names, now)
    said, complete, failed = "nothing has expired", True, False
    if names or expired.versions:
        subject = Subject.expired(
            scope.tenant, scope.collection, names, expired.versions, expired.copies
        )
        erasure = estate.erase(
            subject,
            reason=f"the retention of {scope.collection} has ended",
            performed_by=RUN,
            validated_by=None,
        )
        certificate = erasure.certificate
        failed = erasure.report.unverified
        remaining = {fate.item.name for fate in erasure.report.remaining}
        planned = {item.name for item in erasure.report.plan.items}
        for name in sorted((names & planned) - remaining):
            estate.hooks.after(ObjectExpired(at=now, address=Address.as_stored(name)))
        if certificate is not None:
            complete = certificate.status in {Status.COMPLETE, Status.LOGICAL_DELETE}
            said = f"certificate {certificate.id}: {certificate.status}"
        if remaining:
            shown = "; ".join(str(f) for f in erasure.report.remaining[:3])
            said += f"; {len(remaining)} objects remain: {shown}"
        if missed := {name for name, _, _ in subject.copies} - planned:
            complete = False
            said += f"; {len(missed)} changed or went while they were looked at, and were left"
    if vetoes:
        said += f"; {len(vetoes)} were vetoed: {vetoes[0]}"
    waits = bool(vetoes) or not complete
    ended = ""
    if not waits:
        ended = _end_of(estate, scope) if expired.oldest_left is None else ""
        _note(estate, scope, expired.oldest_left, now)
    return Taken(said + ended, waits=waits, moved=bool(ended), failed=failed)


def _end_of(estate: Estate, scope: Scope) -> str:
    """Destroy the keys of a collection that outlived its tenant, once nothing of it is left.

    Nobody writes to it any more. A hold on any of it keeps its keys, too.
    """
    ledger = estate.keyring.ledger
    tenant = ledger.tenants.get(scope.tenant)
    gone = tenant.state in (TenantState.ERASING, TenantState.ERASED)
    if not gone or Holds(ledger).blocking(scope.tenant, scope.collection):
        return ""
    destroyed = destroy_survivor(estate.keyring, scope.tenant, scope.collection)
    return f"; its {len(destroyed)} keys are destroyed" if destroyed else ""


def _allowed(
    estate: Estate, names: frozenset[str], now: datetime
) -> tuple[frozenset[str], list[str]]:
    """Ask the handlers about each object, where there are any."""
    if not estate.hooks.wants(ObjectExpiring):
        return names, []
    vetoes: list[str] = []
    allowed: set[str] = set()
    for name in sorted(names):
        try:
            estate.hooks.before(ObjectExpiring(at=now, address=Address.as_stored(name)))
        except VetoedError as veto:
            vetoes.append(str(veto))
        else:
            allowed.add(name)
    return frozenset(allowed), vetoes


def _note(estate: Estate, scope: Scope, oldest_left: datetime | None, now: datetime) -> None:
    since = retention.sealed_since(oldest_left, scope.period, now)
    with estate.keyring.ledger.writing() as connection:
        connection.execute(update(scopes).where(scopes.c.id == scope.id).values(sealed_since=since))


def _versions(store: SealedStore, root: str) -> Iterator[Copy]:
    """Give every version below a root; what a store lists besides is another tenant's."""
    return (seen for seen in _listed(store, root) if seen.name.startswith(root))


def _listed(store: SealedStore, root: str) -> Iterator[Copy]:
    if store.inner.versions is not None:
        for version in store.inner.versions.list_versions(root):
            if version.kind == "object":
                yield Copy(version.name, version.version, version.modified, None, version.etag)
        return
    for entry in store.inner.list(root):
        if isinstance(entry, StoredObject):
            yield Copy(entry.name, "", entry.modified, None, entry.etag)


def _dated(store: SealedStore, seen: Copy) -> Copy | None:
    """Read when a version was sealed; None where it is gone by now."""
    try:
        sealed_at = _sealed_at(store, seen)
    except NotFoundError:
        return None
    except (IntegrityError, InvalidArgumentError):
        sealed_at = None  # not sealed, or damaged: as old as the store says
    return replace(seen, sealed_at=sealed_at)


def _sealed_at(store: SealedStore, seen: Copy) -> datetime | None:
    version = seen.version or None
    try:
        return store.head(seen.name, version=version).created
    except (TenantSuspendedError, KeyDestroyedError):
        # Without the key the header's tag cannot be checked: it can make the object only older.
        raw = bytes(store.inner.get(seen.name, Span(0, HEADER_BYTES), version=version).data)
        created = Header.parse(raw).created()
        return created if created <= seen.modified + CLOCKS else None
