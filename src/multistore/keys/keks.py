"""KEKs: how one is made, resumably, and how one is had."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from multistore.errors import ConfigurationError, KeyDestroyedError, KeyUnavailableError
from multistore.keys.kms.base import KekLabel
from multistore.keys.secret import Secret, random
from multistore.keys.wrapping import kek_from_plaintext, kek_plaintext
from multistore.ledger import chain
from multistore.ledger.schema import KekKind, KekState, events, keks

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from multistore.keys.kms.base import Kms
    from multistore.ledger.ledger import Ledger


def unwrapped(ledger: Ledger, kms: Kms, number: int) -> Secret:
    """Have the key service unwrap a KEK. Cost: one query and one request.

    Raises:
        KeyDestroyedError: it was destroyed.
        KeyUnavailableError: the ledger does not know it, or the key service does not give it.
        TamperedError: the ledger's row is not what was wrapped for it.
        ConfigurationError: it is in another key service than the configuration names.
    """
    with ledger.reading() as connection:
        row = connection.execute(select(keks).where(keks.c.no == number)).first()
    if row is None:
        raise KeyUnavailableError(
            f"this ledger knows no KEK {number}", hint="Restore the newest key backup."
        )
    if row.state == KekState.DESTROYED.value:
        raise KeyDestroyedError(f"KEK {number} was destroyed on {row.destroyed_at:%Y-%m-%d}")
    if row.kms_key_id is None or row.ciphertext is None:
        raise KeyUnavailableError(
            f"the ledger holds no key material of KEK {number}",
            hint="multistore keys status tells what became of it.",
        )
    return opened(kms, KekLabel(ledger.id, number), row.kms, row.kms_key_id, row.ciphertext)


def opened(kms: Kms, label: KekLabel, kms_url: str, key_id: str, ciphertext: bytes) -> Secret:
    """Have the key service unwrap what a ledger or a backup says of a KEK; see unwrapped."""
    if scheme(kms_url) != scheme(kms.url):
        raise ConfigurationError(
            f"KEK {label.kek_no} is in a key service {scheme(kms_url)!r}, and the configuration "
            f"names {kms.url}",
            hint="Name the key service in which this ledger's keys are.",
        )
    plaintext = kms.unwrap(key_id, ciphertext, label)
    return kek_from_plaintext(plaintext, label.ledger_id, label.kek_no, key_id)


def scheme(kms_url: str) -> str:
    """The kind of key service that a URL names."""
    return kms_url.split(":", 1)[0]


def current(connection: Connection) -> int | None:
    """Return the number of the epoch KEK under which new scopes are wrapped."""
    query = select(keks.c.no).where(
        keks.c.kind == KekKind.EPOCH.value, keks.c.state == KekState.CURRENT.value
    )
    return connection.execute(query).scalar()


def made(
    ledger: Ledger,
    kms: Kms,
    kind: KekKind,
    tenant_id: bytes | None = None,
    *,
    first: bool = False,
) -> int:
    """Make a KEK under a master key of its own, ready to use but not current; its number.

    Three steps, each of which finds what an earlier attempt left: the number is taken in the
    ledger, the master key is created, the wrapped KEK is recorded. What is recorded has been
    unwrapped again by the key service first. Cost: three or four requests.

    Where another process has made one meanwhile, its number is returned: a tenant has one
    closing KEK, and with ``first`` a ledger one epoch KEK.

    Raises:
        KeyUnavailableError: the key service does not do it, or already has a master key for
            a number that this ledger does not know: the ledger is an old copy.
    """
    number = _number(ledger, kms, kind, tenant_id, first=first)
    with ledger.reading() as connection:
        row = connection.execute(select(keks).where(keks.c.no == number)).one()
    if row.ciphertext is not None:
        return number
    label = KekLabel(ledger.id, number)
    key_id = kms.create(label)
    plaintext = kek_plaintext(random(), ledger.id, number, key_id)
    ciphertext = kms.wrap(key_id, plaintext, label)
    again: Secret = kms.unwrap(key_id, ciphertext, label)
    if again != plaintext:
        raise KeyUnavailableError(
            f"the key service {kms.url} did not give back what it wrapped under {key_id}",
            hint="Do not use this key service.",
        )
    with ledger.writing() as connection:
        connection.execute(
            update(keks)
            .where(keks.c.no == number, keks.c.ciphertext.is_(None))  # another process was first
            .values(kms_key_id=key_id, ciphertext=ciphertext)
        )
    return number


def _number(
    ledger: Ledger, kms: Kms, kind: KekKind, tenant_id: bytes | None, *, first: bool
) -> int:
    while True:
        with ledger.reading() as connection:
            known = _begun(connection, kind, tenant_id) or _there(
                connection, tenant_id, first=first
            )
            newest = connection.execute(select(func.max(keks.c.no))).scalar() or 0
        if known is not None:
            return known
        number = int(newest) + 1
        if kms.find(KekLabel(ledger.id, number)) is not None:
            with ledger.reading() as connection:
                if connection.execute(select(keks.c.no).where(keks.c.no == number)).first():
                    continue  # another process has taken this number since
            raise older_than_its_keys(number)
        try:
            with ledger.writing() as connection:
                connection.execute(
                    insert(keks).values(
                        no=number,
                        kind=kind.value,
                        state=KekState.CREATING.value,
                        tenant_id=tenant_id,
                        kms=kms.url,
                        created_at=datetime.now(UTC),
                    )
                )
        except IntegrityError:  # whoever was first has this very number
            continue
        return number


def _begun(connection: Connection, kind: KekKind, tenant_id: bytes | None) -> int | None:
    query = select(keks.c.no).where(
        keks.c.kind == kind.value, keks.c.state == KekState.CREATING.value
    )
    if tenant_id is not None:
        query = query.where(keks.c.tenant_id == tenant_id)
    return connection.execute(query).scalar()


def _there(connection: Connection, tenant_id: bytes | None, *, first: bool) -> int | None:
    query = select(func.max(keks.c.no))
    if tenant_id is not None:
        current = keks.c.state == KekState.CURRENT.value
        return connection.execute(query.where(keks.c.tenant_id == tenant_id, current)).scalar()
    if first:
        return connection.execute(query.where(keks.c.kind == KekKind.EPOCH.value)).scalar()
    return None


def promoted(ledger: Ledger, number: int) -> None:
    """Make a completed KEK the current one of its kind; the epoch before it is then retiring."""
    with ledger.writing() as connection:
        row = connection.execute(
            select(keks.c.kind, keks.c.state).where(keks.c.no == number).with_for_update()
        ).one()
        if row.state != KekState.CREATING.value:
            return
        if row.kind == KekKind.EPOCH.value:
            connection.execute(
                update(keks)
                .where(keks.c.kind == KekKind.EPOCH.value, keks.c.state == KekState.CURRENT.value)
                .values(state=KekState.RETIRING.value)
            )
        connection.execute(
            update(keks).where(keks.c.no == number).values(state=KekState.CURRENT.value)
        )
        chain.append(connection, events, ledger.id, "kek-current", kek=number, of=row.kind)


def older_than_its_keys(number: int) -> KeyUnavailableError:
    """Return the error of an old copy of a ledger."""
    return KeyUnavailableError(
        f"the key service has a master key for KEK {number}, which this ledger does not know: "
        "the ledger is an old copy",
        hint="Restore the newest key backup: multistore keys restore FILE",
    )
