"""Move scope keys from under one KEK to under another, and check that nothing was lost.

The old row stays until the new one has been opened with a KEK that came fresh from the key
service: at no moment is a key wrapped only under something untried.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, except_, func, insert, select, text, tuple_

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

_KEY = (wrapped_keys.c.scope_id, wrapped_keys.c.version)
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
    missing = except_(
        select(*_KEY).where(selection.where()),
        select(*_KEY).where(wrapped_keys.c.kek_no == target),
    ).subquery()
    return int(connection.execute(select(func.count()).select_from(missing)).scalar_one())


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
    for number in sorted(selection.keks, reverse=True):  # of two wrappings the newer one counts
        under = keyring.wrapping_key(number)
        after: tuple[bytes, int] | None = (b"", 0)
        while after is not None:
            with keyring.ledger.writing() as connection:
                wait_for_turn(connection)
                page = connection.execute(
                    select(wrapped_keys)
                    .where(
                        selection.where(),
                        wrapped_keys.c.kek_no == number,
                        tuple_(*_KEY) > after,
                    )
                    .order_by(*_KEY)
                    .limit(BATCH)
                ).all()
                there = _wrapped_already(connection, target, page) if page else set[Any]()
                moved: list[dict[str, Any]] = []
                for row in page:
                    if (row.scope_id, row.version) in there:
                        continue
                    slot = Slot(keyring.ledger.id, row.scope_id, row.version)
                    moved.append(
                        {
                            "scope_id": row.scope_id,
                            "version": row.version,
                            "kek_no": target,
                            "wrapped": into.wrap(under.unwrap(row.wrapped, slot), slot),
                        }
                    )
                if moved:
                    connection.execute(insert(wrapped_keys), moved)
            after = (page[-1].scope_id, page[-1].version) if page else None
            if moved:
                seen(len(moved))


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
    if tenant_id is None:  # one tenant's rows change no plan, and counting costs 0.1 s and more
        _tell_the_planner(keyring)
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


def _wrapped_already(
    connection: Connection, target: int, page: Sequence[Any]
) -> set[tuple[bytes, int]]:
    first, last = ((row.scope_id, row.version) for row in (page[0], page[-1]))
    query = select(*_KEY).where(
        wrapped_keys.c.kek_no == target, tuple_(*_KEY) >= first, tuple_(*_KEY) <= last
    )
    return {(row[0], row[1]) for row in connection.execute(query)}


def _pages(
    keyring: Keyring, number: int, tenant_id: bytes | None
) -> Iterator[Sequence[tuple[bytes, int, bytes, bytes, bytes, str, str]]]:
    condition = wrapped_keys.c.kek_no == number
    if tenant_id is not None:
        own = select(scopes.c.id).where(scopes.c.tenant_id == tenant_id)
        condition = and_(condition, wrapped_keys.c.scope_id.in_(own))
    after: tuple[bytes, int] = (b"", 0)
    while True:
        # The page is cut before it is joined: a planner that knows little would join everything.
        page_of_rows = (
            select(wrapped_keys)
            .where(condition, tuple_(*_KEY) > after)
            .order_by(*_KEY)
            .limit(BATCH)
            .subquery()
        )
        of_page = page_of_rows.c
        query = (
            select(
                of_page.scope_id,
                of_page.version,
                of_page.wrapped,
                scope_keys.c.fingerprint,
                scope_keys.c.owner_tag,
                tenants.c.name,
                scopes.c.collection,
            )
            .join(
                scope_keys,
                and_(
                    scope_keys.c.scope_id == of_page.scope_id,
                    scope_keys.c.version == of_page.version,
                ),
            )
            .join(scopes, scopes.c.id == of_page.scope_id)
            .join(tenants, tenants.c.id == scopes.c.tenant_id)
            .order_by(of_page.scope_id, of_page.version)
        )
        with keyring.ledger.reading() as connection:
            page = [tuple(row) for row in connection.execute(query)]
        if not page:
            return
        yield page
        after = (page[-1][0], page[-1][1])


def _tell_the_planner(keyring: Keyring) -> None:
    """Let PostgreSQL count the rows that a roll has just moved; else it plans for the old counts.

    Where the role may not, the server warns and goes on.
    """
    if keyring.ledger.address.file is None:
        with keyring.ledger.writing() as connection:
            connection.execute(text("ANALYZE wrapped_keys, scope_keys, scopes, tenants"))
