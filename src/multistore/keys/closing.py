"""The keys of a tenant that leaves: under a KEK of its own, and then under none.

While a tenant is under contract its keys are wrapped under the epoch KEK, whose master key
cannot be destroyed without the other tenants. So at the stop they move under a closing KEK, with
a master key for this tenant alone. When the epoch KEK before has ended too, with the next roll,
the closing master key is the only way to the tenant's keys, from every copy of the ledger.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, select, update

from multistore.errors import ConflictError
from multistore.hooks import KeyDestroying
from multistore.keys import ending
from multistore.keys import keks as making
from multistore.keys.founding import first_kek
from multistore.keys.rewrapping import Selection, discard, rewrap, verify
from multistore.ledger import chain, erasure_log
from multistore.ledger.schema import (
    KekKind,
    KekState,
    TenantState,
    events,
    keks,
    scope_keys,
    scopes,
    wrapped_keys,
)
from multistore.ledger.schema import erasure_log as log_table
from multistore.ledger.tenants import NO_END, SERVED, moved

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import timedelta

    from multistore.keys.keyring import Keyring

_CLOSING = (KekState.CURRENT.value, KekState.SCHEDULED.value, KekState.DESTROYED.value)
_ENDING = (KekState.SCHEDULED.value, KekState.DESTROYED.value)


@dataclass(frozen=True, slots=True)
class Closing:
    """The KEK of a tenant that leaves.

    Attributes:
        number: its number.
        state: CURRENT, SCHEDULED or DESTROYED.
        destroy_at: when its master key is destroyed, or was; None where nobody has decided it.
        complete: whether the tenant's keys are under it and under no other.
        alone: whether the epoch KEKs from before it are destroyed or will be on a known date:
            no old copy of the ledger opens the tenant's keys after that.
    """

    number: int
    state: KekState
    destroy_at: datetime | None
    complete: bool
    alone: bool


def closing_of(keyring: Keyring, tenant_id: bytes) -> Closing | None:
    """Say how far the keys of a tenant have come; None before its stop. Cost: four queries."""
    number = _closing_kek(keyring, tenant_id)
    if number is None:
        return None
    elsewhere = (
        select(wrapped_keys.c.kek_no)
        .join(scopes, scopes.c.id == wrapped_keys.c.scope_id)
        .where(
            scopes.c.tenant_id == tenant_id,
            scopes.c.survives_tenant.is_(False),
            wrapped_keys.c.kek_no != number,
        )
    )
    older = select(keks.c.no).where(
        keks.c.kind == KekKind.EPOCH.value, keks.c.no < number, keks.c.state.not_in(_ENDING)
    )
    with keyring.ledger.reading() as connection:
        row = connection.execute(select(keks).where(keks.c.no == number)).one()
        complete = not connection.execute(select(exists(elsewhere))).scalar()
        alone = not connection.execute(select(exists(older))).scalar()
    return Closing(number, KekState(row.state), row.destroyed_at or row.destroy_at, complete, alone)


def close_tenant(keyring: Keyring, name: str, *, reason: str, surviving: Iterable[str] = ()) -> int:
    """Stop a tenant, and move its keys under a closing KEK; the KEK's number.

    From here on nothing of the tenant is read or written, in other processes after the time for
    which they keep keys. ``surviving`` names the collections that outlive the tenant (access
    logs): their keys stay where they are. Take a key backup afterwards. Resumable: call again.

    Raises:
        NotFoundError: there is no such tenant.
        ConflictError: its keys are destroyed already.
        TamperedError: a row is not what was written; no old row was deleted.
    """
    ending.must_be_possible(keyring, None)
    ledger = keyring.ledger
    tenant = ledger.tenants.get(name)
    if tenant.state in SERVED:
        with suppress(ConflictError):  # somebody else stopped it meanwhile
            ledger.tenants.move(name, TenantState.SUSPENDED, reason=reason, stopped_at=_now())
        tenant = ledger.tenants.get(name)
    if tenant.state is not TenantState.SUSPENDED:
        raise ConflictError(f"the tenant {name!r} is {tenant.state}: its keys are destroyed")
    with ledger.writing() as connection:
        connection.execute(
            update(scopes)
            .where(scopes.c.tenant_id == tenant.id)
            .values(survives_tenant=scopes.c.collection.in_(list(surviving)))
        )
    number = _closing_kek(keyring, tenant.id)
    if number is None:
        number = making.made(ledger, keyring.kms, KekKind.CLOSING, tenant.id)
        making.promoted(ledger, number)
    _move(keyring, tenant.id, number)
    return number


def schedule_tenant(keyring: Keyring, name: str, wait: timedelta | None = None) -> datetime:
    """Schedule the destruction of a closed tenant's master key; the date.

    It can be called off with reopen_tenant until then.

    Raises:
        ConflictError: the tenant is not closed.
        VetoedError: a handler of KeyDestroying forbids it.
    """
    number = _must_be_closed(keyring, name)
    _ask(keyring, number)
    return ending.schedule(keyring, number, wait)


def spare_tenant(keyring: Keyring, name: str) -> None:
    """Call the destruction of a closed tenant's master key off; the tenant stays closed.

    Raises:
        KeyDestroyedError: it is destroyed.
        ConflictError: the tenant is not closed.
    """
    _spare(keyring, _must_be_closed(keyring, name))


def reopen_tenant(keyring: Keyring, name: str, *, reason: str) -> None:
    """Take a closed tenant back: its keys under the epoch KEK, its state ACTIVE.

    Resumable: call again.

    Raises:
        KeyDestroyedError: the closing master key is destroyed.
        ConflictError: the tenant is not stopped.
        VetoedError: a handler of KeyDestroying forbids the end of its closing key; nothing moved.
    """
    ledger = keyring.ledger
    tenant = ledger.tenants.get(name)
    if tenant.state is not TenantState.SUSPENDED:
        raise ConflictError(f"the tenant {name!r} is {tenant.state}, not suspended")
    closing = _closing_kek(keyring, tenant.id)
    if closing is not None:
        _ask(keyring, closing)
        _spare(keyring, closing)
        _move(keyring, tenant.id, first_kek(ledger, keyring.kms), surviving=True)
        ending.record(keyring, closing, KekState.RETIRED, "kek-retired")
    ledger.tenants.move(name, TenantState.ACTIVE, reason=reason, **NO_END)
    for number in _retired(keyring, tenant.id):
        ending.disable(keyring, number)
        ending.schedule(keyring, number)


def destroy_tenant(keyring: Keyring, name: str, *, reason: str) -> datetime:
    """Destroy a closed tenant's keys; the date on which the closing master key is destroyed.

    In this order: the wrapped keys leave the ledger, and the erasure log says so, in one
    transaction; the entry is written to the log's store; the master key's destruction is
    scheduled where it is not yet. Resumable: call again. Only ``ending.settle`` says that the
    key service has destroyed it.

    Raises:
        ConflictError: the tenant is not closed.
        VetoedError: a handler of KeyDestroying forbids it; nothing has moved.
    """
    ledger = keyring.ledger
    tenant = ledger.tenants.get(name)
    number = _must_be_closed(keyring, name)
    if tenant.state is TenantState.SUSPENDED:
        _ask(keyring, number)
        own = select(scopes.c.id).where(
            scopes.c.tenant_id == tenant.id, scopes.c.survives_tenant.is_(False)
        )
        with ledger.writing() as connection:
            marks = connection.execute(
                select(scope_keys.c.fingerprint).where(scope_keys.c.scope_id.in_(own))
            ).scalars()
            fingerprints = sorted(mark.hex() for mark in marks)
            connection.execute(delete(wrapped_keys).where(wrapped_keys.c.scope_id.in_(own)))
            connection.execute(
                update(scope_keys).where(scope_keys.c.scope_id.in_(own)).values(destroyed_at=_now())
            )
            connection.execute(update(keks).where(keks.c.no == number).values(ciphertext=None))
            moved(connection, ledger.id, name, TenantState.ERASING, reason=reason)
            chain.append(
                connection,
                log_table,
                ledger.id,
                "keys-destroyed",
                tenant=tenant.id.hex(),
                kek=number,
                keys=fingerprints,
            )
        ledger.changed(name)
        keyring.forget_kek(number)
    erasure_log.publish(ledger, keyring.log)
    return ending.schedule(keyring, number)


def destroy_survivor(keyring: Keyring, name: str, collection: str) -> tuple[str, ...]:
    """Destroy the keys of a collection that outlived its tenant; their fingerprints.

    They were wrapped under the epoch KEK, as those of living tenants are: with its next roll they
    are gone from every copy of the ledger. Resumable: call again; then nothing is left to do but
    to enter it in the log's store.

    Raises:
        ConflictError: the tenant's own keys are not destroyed yet, or the collection does not
            outlive it.
    """
    ledger = keyring.ledger
    tenant = ledger.tenants.get(name)
    survivor = (
        (scopes.c.tenant_id == tenant.id)
        & (scopes.c.collection == collection)
        & scopes.c.survives_tenant.is_(True)
    )
    own = select(scopes.c.id).where(survivor)
    with ledger.writing() as connection:
        found = connection.execute(own).first()
        if found is None or tenant.state not in (TenantState.ERASING, TenantState.ERASED):
            raise ConflictError(
                f"{name}/{collection} does not outlive its tenant, which is {tenant.state}"
            )
        living = (scope_keys.c.scope_id == found.id) & scope_keys.c.destroyed_at.is_(None)
        marks = connection.execute(select(scope_keys.c.fingerprint).where(living)).scalars()
        fingerprints = sorted(mark.hex() for mark in marks)
        if fingerprints:
            connection.execute(delete(wrapped_keys).where(wrapped_keys.c.scope_id == found.id))
            connection.execute(update(scope_keys).where(living).values(destroyed_at=_now()))
            said = {
                "tenant": tenant.id.hex(),
                "collection": collection,
                "keys": fingerprints,
            }
            chain.append(connection, events, ledger.id, "scope-key-destroyed", **said)
            chain.append(connection, log_table, ledger.id, "keys-destroyed", **said)
    ledger.changed(name)
    erasure_log.publish(ledger, keyring.log)
    return tuple(fingerprints)


def _now() -> datetime:
    return datetime.now(UTC)


def _ask(keyring: Keyring, number: int) -> None:
    """Ask whoever would object to the end of a master key, where it is not decided yet."""
    with keyring.ledger.reading() as connection:
        state = connection.execute(select(keks.c.state).where(keks.c.no == number)).scalar_one()
    if state not in _ENDING:
        keyring.hooks.before(KeyDestroying(kek_no=number))


def _spare(keyring: Keyring, number: int) -> None:
    with keyring.ledger.reading() as connection:
        row = connection.execute(select(keks).where(keks.c.no == number)).one()
    if row.state == KekState.SCHEDULED.value:
        keyring.kms.enable(row.kms_key_id)
        ending.record(
            keyring, number, KekState.CURRENT, "kek-destruction-cancelled", destroy_at=None
        )


def _move(keyring: Keyring, tenant_id: bytes, target: int, *, surviving: bool = False) -> None:
    with keyring.ledger.reading() as connection:
        under = connection.execute(
            select(wrapped_keys.c.kek_no)
            .join(scopes, scopes.c.id == wrapped_keys.c.scope_id)
            .where(scopes.c.tenant_id == tenant_id, wrapped_keys.c.kek_no != target)
            .distinct()
        ).scalars()
        selection = Selection(tuple(under), tenant_id, surviving=surviving)
    rewrap(keyring, selection, target, lambda _: None)
    verify(keyring, target, keyring.fresh_wrapping_key(target), lambda _: None, tenant_id)
    with keyring.ledger.writing() as connection:
        discard(connection, selection, target)


def _closing_kek(keyring: Keyring, tenant_id: bytes) -> int | None:
    query = select(keks.c.no).where(
        keks.c.tenant_id == tenant_id,
        keks.c.state.in_(_CLOSING),
        # One that an earlier stop left behind was disabled when the tenant came back.
        keks.c.disabled_at.is_(None),
    )
    with keyring.ledger.reading() as connection:
        return connection.execute(query).scalar()


def _retired(keyring: Keyring, tenant_id: bytes) -> list[int]:
    query = select(keks.c.no).where(
        keks.c.tenant_id == tenant_id,
        keks.c.state.in_((KekState.RETIRED.value, KekState.DISABLED.value)),
    )
    with keyring.ledger.reading() as connection:
        return list(connection.execute(query).scalars())


def _must_be_closed(keyring: Keyring, name: str) -> int:
    tenant = keyring.ledger.tenants.get(name)
    number = _closing_kek(keyring, tenant.id)
    if number is None or tenant.state in SERVED:
        raise ConflictError(
            f"the tenant {name!r} is {tenant.state}, and its keys are not under a KEK of its own",
            hint="Stop it first: multistore tenant end",
        )
    return number
