"""The deletions of an erasure: uploads first, then versions, five hundred at a time.

Uploads go first, so that none of them becomes an object behind the eraser's back. Before every
batch the holds are read anew: one that is placed while the erasure runs is obeyed at once.

A version goes by its id, which no other bytes ever have. What has no such id (a store that keeps
no versions) goes under the condition that its etag is the plan's, else it stays. Where a store has
no conditional deletion, it is looked at right before its own deletion request: a write that lands
between these two, one round trip, is still deleted.

What a service refuses is asked about: what keeps it, and until when.
"""

from __future__ import annotations

from functools import partial
from threading import Lock
from typing import TYPE_CHECKING

from multistore.erasure.fate import CHANGED, Fate, VersionFate, fate_of, kept_by, may_be_kept
from multistore.erasure.inventory import UPLOAD
from multistore.errors import IntegrityError, MultistoreError, NotFoundError
from multistore.stores.base import Capability, Ref, Upload
from multistore.stores.parallel import in_parallel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from multistore.erasure.inventory import Item
    from multistore.ledger.holds import Hold
    from multistore.stores.base import Store

    _Work = Callable[[Store, list[Item], Callable[[], tuple[Hold, ...]]], list[VersionFate]]

BATCH = 500
"""Versions in one call of a store's delete at most: half of what S3 takes in a bulk request.

*Measured on Ceph 16*: a gateway deletes those of one request one after the other. With eight
requests of 500 in flight they are gone in 0.85 of the time that four of 1,000 take, and the
service has no more of them in hand.
"""

FEW = 100
"""Versions that are not worth a second request."""

CHECKED = 25
"""Objects that cost a request or two each, between two looks at the holds."""

IN_FLIGHT = 8
"""Batches at a time and store."""


def delete(
    items: Sequence[Item],
    places: Mapping[str, Store],
    holds: Callable[[], tuple[Hold, ...]],
    *,
    progress: Callable[[int, int], object] | None = None,
) -> dict[Item, VersionFate]:
    """Delete what no hold keeps, and give each item's fate as the service told it.

    Cost: one request per 500 versions where the store has bulk deletion; two per object where
    it keeps no versions and has no conditional deletion; two per version that the service keeps.
    """
    count, lock = [0], Lock()

    def counted(work: _Work, store: Store, batch: list[Item]) -> list[VersionFate]:
        fates = work(store, batch, holds)
        with lock:
            count[0] += len(fates)
            if progress is not None:
                progress(count[0], len(items))
        return fates

    def of_store(name: str) -> list[VersionFate]:
        store = places[name]
        own = [item for item in items if item.store == name]
        uploads = [item for item in own if item.kind == UPLOAD]
        versions = [item for item in own if item.kind != UPLOAD and not item.mark]
        replaceable = [item for item in own if item.kind != UPLOAD and item.mark]
        conditional = Capability.CONDITIONAL_DELETE in store.capabilities
        fates: list[VersionFate] = []
        for group, work, size in (
            (uploads, _abort, IN_FLIGHT),
            (versions, _delete, _batch(len(versions))),
            (replaceable, _delete if conditional else _delete_unchanged, min(BATCH, CHECKED)),
        ):
            batches = [group[begin : begin + size] for begin in range(0, len(group), size)]
            for done in in_parallel(partial(counted, work, store), batches, IN_FLIGHT):
                fates += done
        return fates

    named = [name for name in places if any(item.store == name for item in items)]
    done = in_parallel(of_store, named, len(named))
    return {fate.item: fate for fates in done for fate in fates}


def _batch(count: int) -> int:
    """Give the size of a batch: as many are in flight as may be, before one of them is full."""
    return min(BATCH, max(FEW, -(-count // IN_FLIGHT)))


def _delete(
    store: Store, batch: list[Item], holds: Callable[[], tuple[Hold, ...]]
) -> list[VersionFate]:
    fates, free = _apart(batch, holds())
    if not free:
        return fates
    refs = [Ref(item.name, item.version or None, item.mark or None) for item in free]
    try:
        outcomes = store.delete(refs)
    except MultistoreError as error:
        return fates + [_failed(item, error) for item in free]
    told = [fate_of(item, outcome) for item, outcome in zip(free, outcomes, strict=True)]
    return fates + _explained(store, told)


def _explained(store: Store, fates: list[VersionFate]) -> list[VersionFate]:
    """Ask what keeps each version that was refused, where the store can say so."""
    facet = store.retention
    refused = [fate for fate in fates if facet is not None and may_be_kept(fate)]
    if facet is None or not refused:
        return fates

    def ask(fate: VersionFate) -> VersionFate:
        try:
            if not facet.usable():
                return fate
            return kept_by(fate, facet.kept(Ref(fate.item.name, fate.item.version or None)))
        except MultistoreError:
            return fate  # what is known of it stays what the deletion was answered

    told = iter(in_parallel(ask, refused, IN_FLIGHT))
    return [next(told) if fate in refused else fate for fate in fates]


def _delete_unchanged(
    store: Store, batch: list[Item], holds: Callable[[], tuple[Hold, ...]]
) -> list[VersionFate]:
    fates, free = _apart(batch, holds())
    for item in free:
        try:
            if _etag(store, item) != item.mark:
                fates.append(VersionFate(item, Fate.NOT_VERIFIED, why=CHANGED))
                continue
        except NotFoundError:
            fates.append(VersionFate(item, Fate.ERASED))
            continue
        except IntegrityError:
            pass  # damaged, as nothing is that was put whole: it is no new object
        except MultistoreError as error:
            fates.append(_failed(item, error))
            continue
        try:
            (outcome,) = store.delete([Ref(item.name, item.version or None)])
        except MultistoreError as error:
            fates.append(_failed(item, error))
        else:
            fates += _explained(store, [fate_of(item, outcome)])
    return fates


def _etag(store: Store, item: Item) -> str:
    """Give the etag of what is there now in the item's place."""
    try:
        # Without the version first: not every service knows "null" where it keeps no versions.
        current = store.head(item.name)
    except NotFoundError:
        if not item.version:
            raise
    else:
        if current.version is None or current.version == item.version:
            return current.etag
    return store.head(item.name, version=item.version).etag


def _abort(
    store: Store, batch: list[Item], holds: Callable[[], tuple[Hold, ...]]
) -> list[VersionFate]:
    fates, free = _apart(batch, holds())
    for item in free:
        try:
            if store.uploads is not None:
                store.uploads.abort(Upload(item.name, item.version, None))
        except MultistoreError as error:
            fates.append(_failed(item, error))
        else:
            fates.append(VersionFate(item, Fate.ERASED))
    return fates


def _apart(batch: list[Item], holds: tuple[Hold, ...]) -> tuple[list[VersionFate], list[Item]]:
    held: list[VersionFate] = []
    free: list[Item] = []
    for item in batch:
        hold = next((hold for hold in holds if hold.covers(item.name)), None)
        if hold is None:
            free.append(item)
        else:
            held.append(
                VersionFate(
                    item,
                    Fate.RETAINED,
                    by=f"the hold {hold.name!r}",
                    why=hold.reason,
                    code="Held",
                )
            )
    return held, free


def _failed(item: Item, error: MultistoreError) -> VersionFate:
    named = error.code or (str(error.status) if error.status else type(error).__name__)
    said = str(error.args[0]) if error.args else ""
    return VersionFate(
        item,
        Fate.NOT_VERIFIED,
        why=f"{named}: {said}",
        code=error.code,
        request_id=error.request_id,
    )
