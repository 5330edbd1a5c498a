"""The deletions of an erasure: uploads first, then versions, a thousand at a time.

Uploads go first, so that none of them becomes an object behind the eraser's back. Before every
batch the holds are read anew: one that is placed while the erasure runs is obeyed at once.
"""

from __future__ import annotations

from functools import partial
from threading import Lock
from typing import TYPE_CHECKING

from multistore.erasure.fate import Fate, VersionFate, fate_of
from multistore.erasure.inventory import UPLOAD
from multistore.errors import MultistoreError
from multistore.stores.base import Ref, Upload
from multistore.stores.parallel import in_parallel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from multistore.erasure.inventory import Item
    from multistore.ledger.holds import Hold
    from multistore.stores.base import Store

    _Work = Callable[[Store, list[Item], Callable[[], tuple[Hold, ...]]], list[VersionFate]]

BATCH = 1000
"""Versions in one call of a store's delete: S3's own limit of one bulk request."""

IN_FLIGHT = 4
"""Batches at a time and store."""


def delete(
    items: Sequence[Item],
    places: Mapping[str, Store],
    holds: Callable[[], tuple[Hold, ...]],
    *,
    progress: Callable[[int, int], object] | None = None,
) -> dict[Item, VersionFate]:
    """Delete what no hold keeps, and give each item's fate as the service told it."""
    count, lock = [0], Lock()

    def counted(work: _Work, store: Store, batch: list[Item]) -> list[VersionFate]:
        fates = work(store, batch, holds)
        with lock:
            count[0] += len(fates)
            if progress is not None:
                progress(count[0], len(items))
        return fates

    done: dict[Item, VersionFate] = {}
    for name, store in places.items():
        own = [item for item in items if item.store == name]
        uploads = [item for item in own if item.kind == UPLOAD]
        versions = [item for item in own if item.kind != UPLOAD]
        for group, work, size in ((uploads, _abort, IN_FLIGHT), (versions, _delete, BATCH)):
            batches = [group[begin : begin + size] for begin in range(0, len(group), size)]
            for fates in in_parallel(partial(counted, work, store), batches, IN_FLIGHT):
                done.update((fate.item, fate) for fate in fates)
    return done


def _delete(
    store: Store, batch: list[Item], holds: Callable[[], tuple[Hold, ...]]
) -> list[VersionFate]:
    fates, free = _apart(batch, holds())
    if not free:
        return fates
    refs = [Ref(item.name, item.version or None) for item in free]
    try:
        outcomes = store.delete(refs)
    except MultistoreError as error:
        return fates + [_failed(item, error) for item in free]
    return fates + [fate_of(item, outcome) for item, outcome in zip(free, outcomes, strict=True)]


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
