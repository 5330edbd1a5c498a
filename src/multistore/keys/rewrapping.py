"""Move scope keys from under one KEK to under another, and check that nothing was lost.

The old row stays until the new one has been opened with a KEK that came fresh from the key
service: at no moment is a key wrapped only under something untried.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, exists, func, insert, select, tuple_

from multistore.errors import TamperedError
from multistore.keys.wrapping import Slot, fingerprint, owner_tag
from multistore.ledger.chain import wait_for_turn
from multistore.ledger.schema import scope_keys, scopes, tenants, wrapped_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Connection

    from multistore.keys.keyring import Keyring
    from multistore.keys.wrapping import WrappingKey

BATCH = 2000
"""Rows per transaction: another writer waits a fraction of a second at most."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which wrapped keys are to move: those under these KEKs, of every tenant or of one."""

    keks: tuple[int, ...]
    tenant_id: bytes | None = None
    surviving: bool = True

    def where(self) -> ColumnElement[bool]:
        """The condition on ``wrapped_keys``."""
        condition = wrapped_keys.c.kek_no.in_(self.keks)
        if self.tenant_id is None:
            return condition
        own = select(scopes.c.id).where(scopes.c.tenant_id == self.tenant_id)
        if not self.surviving:
            own = own.where(scopes.c.survives_tenant.is_(False))
        return and_(condition, wrapped_keys.c.scope_id.in_(own))


def left(connection: Connection, selection: Selection, target: int) -> int:
    """Count the keys of a selection that are not yet wrapped under the target too."""
    query = (
        select(func.count())
        .select_from(wrapped_keys)
        .where(selection.where(), ~_wrapped_under(target))
    )
    return int(connection.execute(query).scalar_one())


def rewrap(
    keyring: Keyring, selection: Selection, target: int, seen: Callable[[int], object]
) -> None:
    """Wrap every key of the selection under the target as well, in batches.

    A run that was cut short is taken up where it ended. ``seen`` is called with the number of
    keys of each batch.

    Raises:
        TamperedError: a row is not what was written; nothing of its batch was changed.
    """
    into = keyring.wrapping_key(target)
    after: tuple[bytes, int] = (b"", 0)
    while True:
        with keyring.ledger.writing() as connection:
            wait_for_turn(connection)
            page = connection.execute(
                select(wrapped_keys)
                .where(
                    selection.where(),
                    ~_wrapped_under(target),
                    ~_newer_within(selection),
                    tuple_(wrapped_keys.c.scope_id, wrapped_keys.c.version) > after,
                )
                .order_by(wrapped_keys.c.scope_id, wrapped_keys.c.version)
                .limit(BATCH)
            ).all()
            if not page:
                return
            moved: list[dict[str, Any]] = []
            for row in page:
                slot = Slot(keyring.ledger.id, row.scope_id, row.version)
                key = keyring.wrapping_key(row.kek_no).unwrap(row.wrapped, slot)
                moved.append(
                    {
                        "scope_id": row.scope_id,
                        "version": row.version,
                        "kek_no": target,
                        "wrapped": into.wrap(key, slot),
                    }
                )
            connection.execute(insert(wrapped_keys), moved)
        after = (page[-1].scope_id, page[-1].version)
        seen(len(page))


def verify(
    keyring: Keyring,
    number: int,
    under: WrappingKey,
    seen: Callable[[int], object],
    tenant_id: bytes | None = None,
) -> int:
    """Open every key under a KEK with that KEK alone, and hold it against what is known of it.

    With ``tenant_id`` only that tenant's.

    Returns the number of keys. Memory: one page.

    Raises:
        TamperedError: a key does not open, or is another one; the message names its scope.
    """
    count = 0
    for page in _pages(keyring, number, tenant_id):
        for scope_id, version, wrapped, mark, tag, tenant, collection in page:
            slot = Slot(keyring.ledger.id, scope_id, version)
            key = under.unwrap(wrapped, slot)
            if not (
                hmac.compare_digest(fingerprint(key), mark)
                and hmac.compare_digest(owner_tag(key, slot, tenant, collection), tag)
            ):
                raise TamperedError(
                    f"the key of {tenant}/{collection}, version {version}, is not the one that "
                    "was founded",
                    hint="The ledger was altered: restore the newest key backup.",
                )
        count += len(page)
        seen(len(page))
    return count


def discard(connection: Connection, selection: Selection, target: int) -> int:
    """Delete the selection's old rows, in the caller's transaction; how many.

    Raises:
        TamperedError: one of them is not wrapped under the target too; nothing is deleted.
    """
    wait_for_turn(connection)
    if missing := left(connection, selection, target):
        raise TamperedError(
            f"{missing} keys are not wrapped under KEK {target}; nothing was deleted",
            hint="Run the same command again.",
        )
    return connection.execute(delete(wrapped_keys).where(selection.where())).rowcount


def _wrapped_under(target: int) -> ColumnElement[bool]:
    other = wrapped_keys.alias("other")
    return exists().where(
        other.c.scope_id == wrapped_keys.c.scope_id,
        other.c.version == wrapped_keys.c.version,
        other.c.kek_no == target,
    )


def _newer_within(selection: Selection) -> ColumnElement[bool]:
    """Whether the same key is in the selection a second time, under a newer KEK."""
    other = wrapped_keys.alias("newer")
    return exists().where(
        other.c.scope_id == wrapped_keys.c.scope_id,
        other.c.version == wrapped_keys.c.version,
        other.c.kek_no.in_(selection.keks),
        other.c.kek_no > wrapped_keys.c.kek_no,
    )


def _pages(
    keyring: Keyring, number: int, tenant_id: bytes | None
) -> Iterator[Sequence[tuple[bytes, int, bytes, bytes, bytes, str, str]]]:
    after: tuple[bytes, int] = (b"", 0)
    while True:
        query = (
            select(
                wrapped_keys.c.scope_id,
                wrapped_keys.c.version,
                wrapped_keys.c.wrapped,
                scope_keys.c.fingerprint,
                scope_keys.c.owner_tag,
                tenants.c.name,
                scopes.c.collection,
            )
            .join(
                scope_keys,
                and_(
                    scope_keys.c.scope_id == wrapped_keys.c.scope_id,
                    scope_keys.c.version == wrapped_keys.c.version,
                ),
            )
            .join(scopes, scopes.c.id == wrapped_keys.c.scope_id)
            .join(tenants, tenants.c.id == scopes.c.tenant_id)
            .where(
                wrapped_keys.c.kek_no == number,
                tuple_(wrapped_keys.c.scope_id, wrapped_keys.c.version) > after,
            )
            .order_by(wrapped_keys.c.scope_id, wrapped_keys.c.version)
            .limit(BATCH)
        )
        if tenant_id is not None:
            query = query.where(scopes.c.tenant_id == tenant_id)
        with keyring.ledger.reading() as connection:
            page = [tuple(row) for row in connection.execute(query)]
        if not page:
            return
        yield page
        after = (page[-1][0], page[-1][1])
