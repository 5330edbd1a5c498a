"""The erasure log outside the ledger: a restored ledger cannot forget what was destroyed.

Every entry of the chain ``erasure_log`` (keys destroyed, key backups taken) is also an object in
a store, written once, best in a bucket whose default retention locks it. Its newest entry is the
authority: a ledger that has not seen it is an old copy and does not serve.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import select, update

from multistore.errors import (
    AlreadyExistsError,
    ConfigurationError,
    IntegrityError,
    KeyUnavailableError,
    TamperedError,
)
from multistore.ledger import chain
from multistore.ledger.schema import erasure_log, ledger
from multistore.stores.base import Body, Capability
from multistore.values import EMPTY, PutMode, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from multistore.ledger.ledger import Ledger
    from multistore.stores.base import Fetched, StoredObject
    from multistore.values import CommonPrefix, Last, WriteMode

ENTRY_MAX_BYTES = 65_536


class LogStore(Protocol):
    """What the log needs of a store; every Store has it."""

    @property
    def name(self) -> str:
        """The store's name in the configuration."""
        ...

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the store can do."""
        ...

    def put(
        self,
        name: str,
        body: Body,
        *,
        mode: WriteMode,
        content_type: str | None = None,
        metadata: Mapping[str, str] = EMPTY,
    ) -> StoredObject:
        """Write one object."""
        ...

    def get(
        self,
        name: str,
        span: Span | Last,
        *,
        if_match: str | None = None,
        version: str | None = None,
    ) -> Fetched:
        """Read one range."""
        ...

    def list(
        self, prefix: str, *, delimiter: str | None = None, start_after: str | None = None
    ) -> Iterator[StoredObject | CommonPrefix]:
        """List the names below a prefix in order."""
        ...


def must_know_head(own: Ledger, store: LogStore | None) -> None:
    """Refuse a ledger that has not seen the newest entry of its log. Cost: two requests.

    Raises:
        KeyUnavailableError: the ledger is an old copy.
        TamperedError: the two logs differ.
        ConfigurationError: the ledger's log is kept in a store, and none is given.
    """
    with own.reading() as connection:
        kept_in = connection.execute(select(ledger.c.log_store)).scalar()
        head = chain.head(connection, erasure_log)
    if store is None and kept_in is None:
        return

    def entry_at(seq: int) -> chain.Entry:
        with own.reading() as connection:
            return next(chain.entries(connection, erasure_log, seq - 1))

    must_reach_head(own.id, head.seq if head else 0, entry_at, kept_in, store)


def must_reach_head(
    ledger_id: bytes,
    seen: int,
    entry_at: Callable[[int], chain.Entry],
    kept_in: str | None,
    store: LogStore | None,
) -> None:
    """Hold a log that ends at ``seen`` against the one in the store; see must_know_head."""
    if store is None:
        if kept_in:
            raise ConfigurationError(
                f"this ledger's erasure log is kept in the store {kept_in!r}, which the "
                "configuration does not name as its log",
                hint="Name it: without it an old copy of the ledger could not be told.",
            )
        return
    newest = _newest(ledger_id, store, seen)
    if newest is None:
        return
    if newest > seen:
        raise KeyUnavailableError(
            f"the ledger is an old copy: its erasure log goes on to entry {newest} in the store "
            f"{store.name!r}, and here it ends at {seen}",
            hint="Restore the newest key backup: multistore keys restore FILE",
        )
    if _read(ledger_id, store, newest) != entry_at(newest):
        raise TamperedError(
            f"entry {newest} of the erasure log is another one in the store {store.name!r} than "
            "in the ledger",
            hint="Two copies of the ledger were in use: restore the newest key backup.",
        )


def publish(own: Ledger, store: LogStore | None) -> None:
    """Write the entries that the store does not have yet. Cost: two requests, one per entry.

    Raises:
        TamperedError: the store already has another entry of that number.
    """
    if store is None:
        return
    must_know_head(own, store)
    with own.reading() as connection:
        head = chain.head(connection, erasure_log)
    newest = _newest(own.id, store, head.seq if head else 0) or 0
    with own.reading() as connection:
        missing = list(chain.entries(connection, erasure_log, newest))
    for entry in missing:
        _write(own.id, store, entry)
    with own.writing() as connection:
        connection.execute(
            update(ledger).where(ledger.c.log_store.is_(None)).values(log_store=store.name)
        )


def _write(ledger_id: bytes, store: LogStore, entry: chain.Entry) -> None:
    text = json.dumps({"body": entry.body, "hash": entry.hash.hex(), "seq": entry.seq})
    data = text.encode()
    create = Capability.CONDITIONAL_CREATE in store.capabilities
    try:
        store.put(
            _name(ledger_id, entry.seq),
            Body([data], len(data)),
            mode=PutMode.CREATE if create else PutMode.OVERWRITE,
            content_type="application/json",
        )
    except AlreadyExistsError:
        if _read(ledger_id, store, entry.seq) != entry:
            raise TamperedError(
                f"the store {store.name!r} has another entry {entry.seq} of the erasure log",
                hint="Two copies of the ledger were in use: restore the newest key backup.",
            ) from None


def _newest(ledger_id: bytes, store: LogStore, known: int) -> int | None:
    """The number of the newest entry in the store; beginning at what the ledger knows."""
    prefix = _prefix(ledger_id)
    for start_after in (_name(ledger_id, known - 1) if known > 1 else None, None):
        newest = None
        for found in store.list(prefix, start_after=start_after):
            newest = getattr(found, "name", None) or newest
        if newest is not None:
            try:
                return int(newest.removeprefix(prefix))
            except ValueError:
                raise TamperedError(f"{newest!r} is not an entry of the erasure log") from None
        if start_after is None:
            break
    return None


def _read(ledger_id: bytes, store: LogStore, seq: int) -> chain.Entry:
    name = _name(ledger_id, seq)
    data = store.get(name, Span(0, ENTRY_MAX_BYTES)).data
    try:
        fields: dict[str, Any] = json.loads(bytes(data))
        return chain.Entry(int(fields["seq"]), str(fields["body"]), bytes.fromhex(fields["hash"]))
    except (ValueError, KeyError, TypeError):
        raise IntegrityError(f"{name} in the store {store.name!r} is not a log entry") from None


def _prefix(ledger_id: bytes) -> str:
    # No tenant is called _multistore, so no tenant's prefix ever covers it.
    return f"_multistore/erasure-log/{ledger_id.hex()}/"


def _name(ledger_id: bytes, seq: int) -> str:
    return f"{_prefix(ledger_id)}{seq:012d}"
