"""How a master key ends: disabled, scheduled, destroyed, and each of it recorded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from multistore.errors import InvalidArgumentError, UnsupportedError
from multistore.hooks import KeyDestroyed
from multistore.keys.kms.base import MasterKeyState
from multistore.ledger import chain
from multistore.ledger.schema import KekKind, KekState, events, keks

if TYPE_CHECKING:
    from multistore.keys.keyring import Keyring


LONGEST_WAIT = timedelta(days=30)
"""From scheduling to destruction: what AWS KMS allows at most, and what every key service gets."""


def must_be_possible(keyring: Keyring, wait: timedelta | None) -> None:
    """Refuse before anything is done what the key service would refuse at the end.

    Raises:
        UnsupportedError: it cannot destroy a master key.
        InvalidArgumentError: it waits longer than that, or that is over 30 days.
    """
    kms = keyring.kms
    if not kms.destroyable:
        raise UnsupportedError(
            f"the key service {kms.url} cannot destroy a master key",
            hint="Use one that can: nothing can be erased with this one.",
        )
    if wait is not None and wait < timedelta(days=kms.min_wait_days):
        raise InvalidArgumentError(
            f"the key service {kms.url} destroys a key after {kms.min_wait_days} days at the "
            f"earliest, not after {wait.days}"
        )
    if wait is not None and wait > LONGEST_WAIT:
        raise InvalidArgumentError(
            f"a master key is destroyed after {LONGEST_WAIT.days} days at the latest, not after "
            f"{wait.days}"
        )


def disable(keyring: Keyring, number: int) -> None:
    """Disable a KEK's master key: what still needs it shows, and it can be enabled again."""
    keyring.kms.disable(_key_id(keyring, number))
    record(keyring, number, KekState.DISABLED, "kek-disabled", disabled_at=datetime.now(UTC))


def schedule(keyring: Keyring, number: int, wait: timedelta | None = None) -> datetime:
    """Schedule the destruction of a KEK's master key; by default after the shortest wait.

    One that is scheduled or destroyed already keeps its date.
    """
    with keyring.ledger.reading() as connection:
        known = connection.execute(select(keks).where(keks.c.no == number)).one()
    if known.state in (KekState.SCHEDULED.value, KekState.DESTROYED.value):
        date: datetime = known.destroyed_at or known.destroy_at
        return date
    shortest = timedelta(days=keyring.kms.min_wait_days)
    date = keyring.kms.schedule_destruction(_key_id(keyring, number), wait or shortest)
    record(keyring, number, KekState.SCHEDULED, "kek-scheduled", destroy_at=date)
    return date


def settle(keyring: Keyring, now: datetime | None = None) -> tuple[int, ...]:
    """Ask the key service about every destruction whose date has come, and record it.

    One that was called off past this ledger is no longer scheduled in it either, so that
    whoever waits for it schedules it again.

    Returns the numbers of the KEKs that it says are destroyed. Cost: one request per such KEK.
    """
    moment = now or datetime.now(UTC)
    with keyring.ledger.reading() as connection:
        due = connection.execute(
            select(keks.c.no, keks.c.kind, keks.c.kms_key_id, keks.c.destroy_at).where(
                keks.c.state == KekState.SCHEDULED.value,
                keks.c.destroy_at <= moment,
            )
        ).all()
    gone: list[int] = []
    for row in due:
        known = keyring.kms.describe(row.kms_key_id)
        if known.state in (MasterKeyState.ENABLED, MasterKeyState.DISABLED):
            before = KekState.CURRENT if row.kind == KekKind.CLOSING.value else KekState.DISABLED
            record(keyring, row.no, before, "kek-destruction-lost", destroy_at=None)
        if known.state not in (MasterKeyState.DESTROYED, MasterKeyState.ABSENT):
            continue
        record(
            keyring,
            row.no,
            KekState.DESTROYED,
            "kek-destroyed",
            ciphertext=None,
            destroyed_at=known.destroyed_at or row.destroy_at,
        )
        keyring.hooks.after(KeyDestroyed(at=moment, kek_no=row.no))
        gone.append(row.no)
    return tuple(gone)


def record(keyring: Keyring, number: int, state: KekState, event: str, **values: Any) -> None:
    """Move a KEK to a state, with the event, and let go of it in this process."""
    with keyring.ledger.writing() as connection:
        connection.execute(
            update(keks).where(keks.c.no == number).values(state=state.value, **values)
        )
        chain.append(connection, events, keyring.ledger.id, event, kek=number)
    keyring.forget_kek(number)


def _key_id(keyring: Keyring, number: int) -> str:
    with keyring.ledger.reading() as connection:
        key_id = connection.execute(select(keks.c.kms_key_id).where(keks.c.no == number))
        return str(key_id.scalar_one())
