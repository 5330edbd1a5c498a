"""From what was done and what a fresh look shows to what may be said. Pure.

The fresh listing has the last word: a deletion that a service confirmed and still lists is not
verified, and one that timed out and is listed no longer is done.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from multistore.erasure.fate import CHANGED, HIDDEN, NOT_PLANNED, Fate, VersionFate
from multistore.erasure.inventory import STRAYS, UPLOAD
from multistore.erasure.residual import Residual

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from multistore.erasure.inventory import Foreign, Inventory, Item, Unseen
    from multistore.erasure.key_evidence import KeyEvidence
    from multistore.erasure.plan import Plan


NOT_OURS = "not put there by multistore, which neither reads nor deletes it; see to it yourself"


class Status(StrEnum):
    """What a certificate says as a whole."""

    COMPLETE = "COMPLETE"
    """Every count after is zero, everything was looked at, every key probe says destroyed."""
    LOGICAL_DELETE = "LOGICAL_DELETE"
    """The same, but nobody other than the operator bears witness to the medium or the key."""
    PENDING = "PENDING"
    """What remains ends by itself: a soft delete, a lock with a date, a scheduled key."""
    PARTIAL = "PARTIAL"
    """Something remains, or could not be looked at."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The status, the date of a new look, and what remains."""

    status: Status
    reissue_at: datetime | None
    residual: tuple[Residual, ...]


def settled(
    plan: Plan, done: Mapping[Item, VersionFate], after: Inventory
) -> tuple[VersionFate, ...]:
    """Give one fate per item of the plan, and one per item that is there beyond the plan.

    Of an item that the service has deleted softly the fate is that of the copy which it keeps.
    """
    listed = after.identities
    softly = {
        (item.store, item.name, item.version): item
        for item in plan.strangers(after)
        if item.kind == "soft-deleted"
    }
    used: set[Item] = set()
    fates: list[VersionFate] = []
    for item in plan.items:
        fate = done.get(item) or VersionFate(item, Fate.ERASED, why="it was gone already")
        if fate.why in {CHANGED, HIDDEN}:
            fates.append(fate)
            continue
        copy = _soft_copy(item, softly)
        if item.identity in listed:
            fates.append(_still_there(fate, after))
        elif copy is not None and copy not in used:
            used.add(copy)
            fates.append(replace(fate, item=copy, fate=Fate.SOFT_DELETED, until=copy.until))
        elif unseen := _unseen(item, after.unseen):
            why = f"{unseen.what} could not be listed: {unseen.why}"
            fates.append(replace(fate, fate=Fate.NOT_VERIFIED, why=why))
        else:
            fates.append(VersionFate(item, Fate.ERASED, request_id=fate.request_id))
    changed = {(f.item.store, f.item.name, f.item.version) for f in fates if f.why == CHANGED}
    for item in plan.strangers(after):
        if item in used or (item.store, item.name, item.version) in changed:
            continue
        if item.kind == "soft-deleted":
            fates.append(VersionFate(item, Fate.SOFT_DELETED, until=item.until))
        else:
            fates.append(VersionFate(item, Fate.NOT_VERIFIED, why=NOT_PLANNED))
    return tuple(fates)


def soft_copies(plan: Plan, after: Inventory) -> tuple[Item, ...]:
    """Give what soft delete keeps of the very versions of the plan."""
    planned = {(item.store, item.name, item.version) for item in plan.items}
    return tuple(
        item
        for item in after.items
        if item.kind == "soft-deleted" and (item.store, item.name, item.version) in planned
    )


def _still_there(fate: VersionFate, after: Inventory) -> VersionFate:
    if fate.item.kind == "soft-deleted":
        now = next(item for item in after.items if item.identity == fate.item.identity)
        if fate.fate in {Fate.ERASED, Fate.SOFT_DELETED}:
            return replace(fate, fate=Fate.SOFT_DELETED, until=now.until)
    if fate.fate is Fate.ERASED:
        why = "the service confirmed its deletion, and a fresh listing still shows it"
        return replace(fate, fate=Fate.NOT_VERIFIED, why=why)
    return fate


def _soft_copy(item: Item, softly: Mapping[tuple[str, str, str], Item]) -> Item | None:
    same = softly.get((item.store, item.name, item.version))
    if same is not None or item.kind != "object":
        return same
    # A blob without a version id is known, once it is deleted, by when it was deleted.
    return next(
        (
            copy
            for (store, name, version), copy in softly.items()
            if (store, name) == (item.store, item.name) and version.startswith("deleted:")
        ),
        None,
    )


def _unseen(item: Item, unseen: Iterable[Unseen]) -> Unseen | None:
    for one in unseen:
        if one.what == STRAYS:
            continue
        if one.store == item.store and (one.what == "uploads") == (item.kind == UPLOAD):
            return one
    return None


def judged(
    fates: Sequence[VersionFate],
    unseen: Sequence[Unseen],
    keys: KeyEvidence,
    witnessed: Mapping[str, bool],
    *,
    surviving: Mapping[str, str] | None = None,
    foreign: Sequence[Foreign] = (),
) -> Verdict:
    """Decide what the certificate may say.

    Args:
        fates: one per version.
        unseen: what the last look could not see.
        keys: what became of the keys; empty where no key was to go.
        witnessed: by store, whether somebody other than the operator runs the medium.
        surviving: the collections that stay, and until when in words.
        foreign: what somebody else put among the objects.
    """
    residual: list[Residual] = []
    partial = bool(unseen or foreign)
    pending = False
    dates: list[datetime | None] = []
    residual += [
        Residual(f"{one.store}: {one.what}", f"not looked at: {one.why}") for one in unseen
    ]
    residual += [Residual(f"{one.store}: {one.what} {one.path}", NOT_OURS) for one in foreign]
    for fate in fates:
        if fate.fate is Fate.ERASED:
            continue
        item = fate.item
        what = f"{item.store}: {item.kind} {item.name} {item.version}".rstrip()
        residual.append(Residual(what, str(fate), fate.until, item))
        if fate.fate is Fate.SOFT_DELETED or (fate.fate is Fate.RETAINED and fate.until):
            pending = True
            dates.append(fate.until)
        else:
            partial = True
    for left in keys.left:
        residual.append(left)
        pending = True
        dates.append(left.until)
    residual += [
        Residual(f"collection {name}", f"it survives the tenant: {until}")
        for name, until in sorted((surviving or {}).items())
    ]
    unwitnessed = sorted(name for name, seen in witnessed.items() if not seen)
    residual += [
        Residual(
            f"{name}: blocks of the medium",
            "the operator's own disk or memory: that its blocks are overwritten is not attestable",
        )
        for name in unwitnessed
    ]
    if not keys.attestable:
        residual.append(
            Residual(
                "copies of the key files",
                "local key files: nobody but the operator can know of every copy; not attestable",
            )
        )
    known = [date for date in dates if date is not None]
    when = max(known) if known and len(known) == len(dates) else None
    if partial:
        status = Status.PARTIAL
    elif pending:
        status = Status.PENDING
    elif unwitnessed or not keys.attestable:
        status = Status.LOGICAL_DELETE
    else:
        status = Status.COMPLETE
    return Verdict(status, when if status is Status.PENDING else None, tuple(residual))
