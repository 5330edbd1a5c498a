"""Holds: open-ended prohibitions to destroy, placed and released by name, reason and person.

A hold never ends by itself. It covers a tenant, a collection, everything below a prefix that
ends in a slash, or one key.
"""

from __future__ import annotations

import unicodedata
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from multistore.arguments import wrong_kind
from multistore.errors import AlreadyExistsError, InvalidArgumentError, NotFoundError
from multistore.ledger import chain
from multistore.ledger.schema import events, holds, tenants
from multistore.ledger.tenants import unknown
from multistore.ledger.words import NAME_MOST, must_be_said
from multistore.values import Prefix, is_name, normalised_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine import Connection

    from multistore.ledger.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Hold:
    """One hold.

    Attributes:
        id: 16 random bytes.
        tenant: the tenant's name.
        collection: the collection, or None for the whole tenant.
        key: a key, or the beginning of keys that ends in a slash; None for the collection.
        name: what people call it; one active hold of a tenant has it.
        reason: why it was placed.
        placed_by: who placed it.
        placed_at: when, aware UTC.
        released_by: who released it, if anybody.
        released_at: when.
        release_reason: why.
    """

    id: bytes
    tenant: str
    collection: str | None
    key: str | None
    name: str
    reason: str
    placed_by: str
    placed_at: datetime
    released_by: str | None = None
    released_at: datetime | None = None
    release_reason: str | None = None

    @property
    def subject(self) -> str:
        """What it covers: ``tenant/``, ``tenant/collection/``, a prefix or an address."""
        if self.collection is None:
            return f"{self.tenant}/"
        return f"{self.tenant}/{self.collection}/{self.key or ''}"

    def covers(self, name: str) -> bool:
        """Whether a stored name is under it, however its characters are composed."""
        return _within(unicodedata.normalize("NFC", name), self.subject)

    def covers_all(self, root: str) -> bool:
        """Whether everything of a subject (``tenant/…/`` or an address) is under it."""
        return _within(root, self.subject)

    def touches(self, root: str) -> bool:
        """Whether it and a subject have a name in common."""
        return _within(root, self.subject) or _within(self.subject, root)


def _within(inner: str, outer: str) -> bool:
    return inner.startswith(outer) if outer.endswith("/") else inner == outer


class Holds:
    """The holds of one ledger. Cost of every method: one transaction."""

    def __init__(self, ledger: Ledger, clock: Callable[[], datetime] | None = None) -> None:
        self._ledger = ledger
        self._clock = clock or (lambda: datetime.now(UTC))

    def place(self, subject: str, name: str, *, reason: str, placed_by: str) -> Hold:
        """Place a hold.

        Other processes obey it in put, delete and rename within the time for which they keep
        keys (300 s), and in every erasure at once.

        Args:
            subject: ``tenant/``, ``tenant/collection/``, a prefix that ends in a slash, or an
                address.
            name: what people call it, such as a case number.
            reason: why; kept for ever.
            placed_by: who.

        Raises:
            InvalidArgumentError: the subject, the name, the reason or the person can never work.
            NotFoundError: there is no such tenant.
            AlreadyExistsError: an active hold of the tenant has that name.
        """
        tenant, collection, key = _parsed(subject)
        for what, text in (("name", name), ("reason", reason), ("person", placed_by)):
            most = None if what == "reason" else NAME_MOST
            must_be_said(f"{what} of a hold", text, most=most, key=subject)
        identity = uuid.uuid4().bytes
        with self._ledger.writing() as connection:
            owner = _tenant_id(connection, tenant)
            taken = select(holds.c.id).where(
                holds.c.tenant_id == owner, holds.c.name == name, holds.c.released_at.is_(None)
            )
            if connection.execute(taken).first():
                raise AlreadyExistsError(f"the tenant {tenant!r} has a hold {name!r} already")
            connection.execute(
                insert(holds).values(
                    id=identity,
                    tenant_id=owner,
                    collection=collection,
                    key_prefix=key,
                    name=name,
                    reason=reason,
                    placed_by=placed_by,
                    placed_at=self._clock(),
                )
            )
            chain.append(
                connection,
                events,
                self._ledger.id,
                "hold-placed",
                tenant=owner.hex(),
                hold=identity.hex(),
                collection=collection,
                name=name,
                reason=reason,
                by=placed_by,
            )
        self._ledger.changed(tenant)
        return next(hold for hold in self.list(tenant) if hold.id == identity)

    def release(self, tenant: str, name: str, *, reason: str, released_by: str) -> Hold:
        """Release a hold by its name.

        Raises:
            InvalidArgumentError: the name, the reason or the person can never work.
            NotFoundError: there is no such tenant, or no active hold of that name.
        """
        must_be_said("name of the hold", name)
        must_be_said("reason of the release", reason)
        must_be_said("person who releases the hold", released_by, most=NAME_MOST)
        with self._ledger.writing() as connection:
            owner = _tenant_id(connection, tenant)
            found = connection.execute(
                select(holds.c.id)
                .where(
                    holds.c.tenant_id == owner, holds.c.name == name, holds.c.released_at.is_(None)
                )
                .with_for_update()
            ).first()
            if found is None:
                raise NotFoundError(
                    f"the tenant {tenant!r} has no hold {name!r}",
                    hint=f"multistore tenant holds {tenant} lists them.",
                )
            connection.execute(
                update(holds)
                .where(holds.c.id == found.id)
                .values(released_by=released_by, released_at=self._clock(), release_reason=reason)
            )
            chain.append(
                connection,
                events,
                self._ledger.id,
                "hold-released",
                tenant=owner.hex(),
                hold=found.id.hex(),
                name=name,
                reason=reason,
                by=released_by,
            )
        self._ledger.changed(tenant)
        return next(hold for hold in self.list(tenant, released=True) if hold.id == found.id)

    def list(self, tenant: str | None = None, *, released: bool = False) -> tuple[Hold, ...]:
        """Give the active holds, of one tenant or of all; with ``released`` those that ended too.

        Raises:
            NotFoundError: there is no such tenant.
        """
        query = select(holds, tenants.c.name.label("tenant")).join(
            tenants, tenants.c.id == holds.c.tenant_id
        )
        if not released:
            query = query.where(holds.c.released_at.is_(None))
        with self._ledger.reading() as connection:
            if tenant is not None:
                query = query.where(holds.c.tenant_id == _tenant_id(connection, tenant))
            rows = connection.execute(query.order_by(holds.c.placed_at, holds.c.id)).all()
        return tuple(
            Hold(
                row.id,
                row.tenant,
                row.collection,
                row.key_prefix,
                row.name,
                row.reason,
                row.placed_by,
                row.placed_at,
                row.released_by,
                row.released_at,
                row.release_reason,
            )
            for row in rows
        )

    def blocking(
        self, tenant: str, collection: str | None = None, key: str | None = None
    ) -> tuple[Hold, ...]:
        """Give the active holds that have something in common with a subject.

        ``key`` is a key, or the beginning of keys that ends in a slash.
        """
        root = f"{tenant}/" if collection is None else f"{tenant}/{collection}/{key or ''}"
        return tuple(hold for hold in self.list(tenant) if hold.touches(root))


_WRITE = "Write tenant/, tenant/collection/, a prefix that ends in / or an address."


def _parsed(subject: object) -> tuple[str, str | None, str | None]:
    if not isinstance(subject, str):
        raise wrong_kind("the subject of a hold", subject, "text (a str)", hint=_WRITE)
    tenant, slash, rest = subject.partition("/")
    if not slash or not is_name(tenant):
        raise InvalidArgumentError(
            f"{subject[:80]!r} is not a subject of a hold",
            hint=_WRITE,
        )
    if not rest:
        return tenant, None, None
    prefix = Prefix.parse(subject)
    if not prefix.key and not subject.endswith("/"):
        raise InvalidArgumentError(
            f"{subject[:80]!r} is not a subject of a hold", hint=f"Write {subject}/."
        )
    if prefix.key and not prefix.key.endswith("/"):
        normalised_key(prefix.key)
    return tenant, prefix.collection, prefix.key or None


def _tenant_id(connection: Connection, name: str) -> bytes:
    if not is_name(name):  # not even a question: a driver fails on a lone surrogate
        raise unknown(name)
    found = connection.execute(select(tenants.c.id).where(tenants.c.name == name)).scalar()
    if found is None:
        raise unknown(name)
    identity: bytes = found
    return identity
