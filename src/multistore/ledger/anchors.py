"""Heads of the chain of events, kept outside the ledger: a chain that was cut off shows.

Whoever can write to the ledger can compute its chains anew, or take their ends away. So the
number and the hash of the newest event are also an object in the store of the erasure log,
written once, by every run of the lifecycle that finds a new head.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from multistore.errors import AlreadyExistsError, IntegrityError
from multistore.ledger import chain
from multistore.ledger.schema import events
from multistore.stores.base import Body, Capability
from multistore.values import PutMode, Span

if TYPE_CHECKING:
    from multistore.ledger.erasure_log import LogStore
    from multistore.ledger.ledger import Ledger

_MAX_BYTES = 1024


class Head(NamedTuple):
    """An entry's number and its hash, hexadecimal; ``SEQ:HASH`` as text."""

    seq: int
    hash: str

    def __str__(self) -> str:
        """Give ``SEQ:HASH``."""
        return f"{self.seq}:{self.hash}"


def publish(own: Ledger, store: LogStore | None) -> Head | None:
    """Keep the head of the events in a store, where it is not kept yet; the head, if it is new.

    Cost: one query and one listing; where the head is new, one request more.
    """
    if store is None:
        return None
    with own.reading() as connection:
        entry = chain.head(connection, events)
    if entry is None:
        return None
    head = Head(entry.seq, entry.hash.hex())
    # Beginning right before it: anything that is listed was kept from here on.
    if _last(own.id, store, start_after=_name(own.id, head.seq - 1)) is not None:
        return None
    data = json.dumps({"hash": head.hash, "seq": head.seq}).encode()
    create = Capability.CONDITIONAL_CREATE in store.capabilities
    try:
        store.put(
            _name(own.id, head.seq),
            Body([data], len(data)),
            mode=PutMode.CREATE if create else PutMode.OVERWRITE,
            content_type="application/json",
        )
    except AlreadyExistsError:  # another run was first
        return None
    return head


def newest(own: Ledger, store: LogStore) -> Head | None:
    """Give the newest head in a store. Cost: one listing per 1,000 heads and one request.

    Raises:
        IntegrityError: it is no head.
    """
    name = _last(own.id, store, start_after=None)
    if name is None:
        return None
    data = store.get(name, Span(0, _MAX_BYTES)).data
    try:
        fields: dict[str, Any] = json.loads(bytes(data))
        return Head(int(fields["seq"]), bytes.fromhex(fields["hash"]).hex())
    except (ValueError, KeyError, TypeError):
        raise IntegrityError(f"{name} in the store {store.name!r} is no head of events") from None


def _last(ledger_id: bytes, store: LogStore, *, start_after: str | None) -> str | None:
    last: str | None = None
    for found in store.list(_prefix(ledger_id), start_after=start_after):
        last = getattr(found, "name", None) or last
    return last


def _prefix(ledger_id: bytes) -> str:
    # No tenant is called _multistore, so no tenant's prefix ever covers it.
    return f"_multistore/events/{ledger_id.hex()}/"


def _name(ledger_id: bytes, seq: int) -> str:
    return f"{_prefix(ledger_id)}{seq:012d}"
