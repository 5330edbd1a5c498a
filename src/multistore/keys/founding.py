"""How a ledger's first KEK and every scope come into being."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select

from multistore.errors import ConfigurationError, KeyUnavailableError
from multistore.keys import keks
from multistore.keys.secret import random
from multistore.keys.wrapping import Slot, fingerprint, owner_tag
from multistore.ledger import schema
from multistore.ledger.ledger import absent, found
from multistore.ledger.schema import KekKind, scope_keys, scopes, tenants, wrapped_keys
from multistore.ledger.tenants import SERVED, unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from multistore.keys.kms.base import Kms
    from multistore.keys.wrapping import WrappingKey
    from multistore.ledger.ledger import Ledger

_ATTEMPTS = 5


def found_ledger(ledger: Ledger, kms: Kms) -> None:
    """Found a ledger, but not where another one's keys are: that would cover up its loss.

    Raises:
        ConfigurationError: keys are there; nothing is written.
    """
    occupant = kms.occupant()
    if occupant and absent(ledger):  # else another process has founded it meanwhile
        raise ConfigurationError(
            f"there is no ledger at {ledger.address}, but {kms.url} holds the keys of ledger "
            f"{occupant.ledger_id.hex()}, up to KEK {occupant.newest_kek}",
            hint="Put that ledger back, or restore it: multistore keys restore FILE",
        )
    found(ledger)


def must_belong_to(kms: Kms, ledger: Ledger) -> None:
    """Refuse a key directory of another ledger, and a ledger that is older than its keys.

    Raises:
        ConfigurationError: the keys are another ledger's.
        KeyUnavailableError: the ledger is an old copy.
    """
    occupant = kms.occupant()
    if occupant is None:
        return
    if occupant.ledger_id != ledger.id:
        raise ConfigurationError(
            f"{kms.url} holds the keys of ledger {occupant.ledger_id.hex()}, and "
            f"{ledger.address} is ledger {ledger.id.hex()}",
            hint="Give each ledger its own key directory.",
        )
    # The number is taken in the ledger before the key is made, so this order cannot mislead.
    with ledger.reading() as connection:
        newest = connection.execute(select(func.max(schema.keks.c.no))).scalar() or 0
    if occupant.newest_kek > newest:
        raise keks.older_than_its_keys(occupant.newest_kek)


def first_kek(ledger: Ledger, kms: Kms) -> int:
    """Return the current epoch KEK; where there is none yet, make it."""
    with ledger.reading() as connection:
        number = keks.current(connection)
    if number is None:
        made = keks.made(ledger, kms, KekKind.EPOCH, first=True)
        keks.promoted(ledger, made)
        with ledger.reading() as connection:
            number = keks.current(connection) or made
    return number


def found_scope(
    ledger: Ledger,
    kms: Kms,
    tenant: str,
    collection: str,
    *,
    unwrapped: Callable[[int], WrappingKey],
) -> None:
    """Found the scope of a pair with version 1 of its key; one that is there is left as it is.

    Safe between threads and processes, and against a roll and a suspension at the same time:
    the tenant's row is locked, and the KEK must still be current when the scope is written.

    Args:
        ledger: where the scope is founded.
        kms: makes the first KEK of a ledger that has none.
        tenant: the tenant's name.
        collection: the collection's name.
        unwrapped: gives what a KEK wraps with, by its number.
    """
    for _ in range(_ATTEMPTS):
        number = first_kek(ledger, kms)
        wrapping_key = unwrapped(number)
        with ledger.writing() as connection:
            owner = connection.execute(
                select(tenants.c.id, tenants.c.state)
                .where(tenants.c.name == tenant)
                .with_for_update()
            ).first()
            if owner is None:
                raise unknown(tenant)
            taken = select(scopes.c.id).where(
                scopes.c.tenant_id == owner.id, scopes.c.collection == collection
            )
            if owner.state not in SERVED or connection.execute(taken).first():
                return
            still = connection.execute(
                select(schema.keks.c.state)
                .where(schema.keks.c.no == number)
                .with_for_update(read=True)
            ).scalar()
            if still != schema.KekState.CURRENT.value:
                continue
            now = datetime.now(UTC)
            slot = Slot(ledger.id, uuid.uuid4().bytes, 1)
            key = random()
            connection.execute(
                insert(scopes).values(
                    id=slot.scope_id,
                    tenant_id=owner.id,
                    collection=collection,
                    created_at=now,
                    sealed_since=now,
                )
            )
            connection.execute(
                insert(scope_keys).values(
                    scope_id=slot.scope_id,
                    version=1,
                    fingerprint=fingerprint(key),
                    owner_tag=owner_tag(key, slot, tenant, collection),
                    created_at=now,
                )
            )
            connection.execute(
                insert(wrapped_keys).values(
                    scope_id=slot.scope_id,
                    version=1,
                    kek_no=number,
                    wrapped=wrapping_key.wrap(key, slot),
                )
            )
            return
    raise KeyUnavailableError("the KEK changed under every attempt", retryable=True)
