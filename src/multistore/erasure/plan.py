"""What exactly will go: an inventory with its digest. Pure.

The digest is SHA-256 over the subject and the identity of every item, in order: whoever
approves it approves these versions and no others.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from multistore.erasure.inventory import Inventory, Item

if TYPE_CHECKING:
    from multistore.erasure.inventory import Foreign, Unseen
    from multistore.erasure.subject import Subject
    from multistore.ledger.holds import Hold

_DOMAIN = b"multistore-erasure-plan-v1\0"


@dataclass(frozen=True, slots=True)
class Plan:
    """The items of a subject that will go, those that a hold keeps among them.

    Attributes:
        subject: what is to be erased.
        items: every item found, sorted.
        unseen: what could not be looked at; an erasure from such a plan is never complete.
        holds: the holds that touch the subject.
        foreign: what somebody else put among the objects; it stays, whatever the plan.
    """

    subject: Subject
    items: tuple[Item, ...]
    unseen: tuple[Unseen, ...] = ()
    holds: tuple[Hold, ...] = ()
    foreign: tuple[Foreign, ...] = ()

    @property
    def digest(self) -> str:
        """64 hexadecimal digits that name this plan and no other."""
        digest = hashlib.sha256(_DOMAIN)
        digest.update(_line([str(self.subject), sorted(self.subject.except_collections)]))
        for item in self.items:
            digest.update(_line(list(item.identity)))
        return digest.hexdigest()

    @property
    def bytes(self) -> int:
        """How many bytes at rest will go."""
        return sum(item.size for item in self.items)

    def held(self, item: Item) -> Hold | None:
        """Give the hold that keeps an item, if one does."""
        return next((hold for hold in self.holds if hold.covers(item.name)), None)

    def strangers(self, seen: Inventory) -> tuple[Item, ...]:
        """Give what is there and not in the plan: the store changed."""
        own = {item.identity for item in self.items}
        return tuple(item for item in seen.items if item.identity not in own)

    def merged(self, seen: Inventory) -> Plan:
        """Give the plan with what else is there now."""
        items = {item.identity: item for item in (*self.items, *seen.items)}
        return replace(
            self,
            items=tuple(items[key] for key in sorted(items)),
            unseen=seen.unseen,
            foreign=seen.foreign,
        )


def listing_digest(items: tuple[Item, ...]) -> str:
    """Give the digest of one store's items, for a certificate."""
    digest = hashlib.sha256(b"multistore-erasure-listing-v1\0")
    for item in items:
        digest.update(_line([*item.identity, item.size]))
    return digest.hexdigest()


def packed(items: tuple[Item, ...]) -> bytes:
    """Write items for the ledger, where they stay until the erasure has ended."""
    rows = [
        [*item.identity, item.size, item.until.isoformat() if item.until else None]
        for item in items
    ]
    return zlib.compress(json.dumps(rows, ensure_ascii=False).encode())


def unpacked(data: bytes) -> tuple[Item, ...]:
    """Read what packed wrote."""
    rows: list[list[Any]] = json.loads(zlib.decompress(data))
    return tuple(
        Item(
            store, name, kind, version, mark, size, datetime.fromisoformat(until) if until else None
        )
        for store, name, kind, version, mark, size, until in rows
    )


def _line(values: list[Any]) -> bytes:
    return json.dumps(values, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
