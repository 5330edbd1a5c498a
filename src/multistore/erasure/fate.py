"""What became of one version that was to be erased; never a guess. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from multistore.values import Outcome, OutcomeStatus

if TYPE_CHECKING:
    from datetime import datetime

    from multistore.erasure.inventory import Item
    from multistore.stores.facets import Kept


NOT_PLANNED = "it was written after the plan was made"
HIDDEN = "the service keeps its versions, and hid it under a delete marker"
CHANGED = "it was written anew after the plan was made, and what is there now was left"


class Fate(StrEnum):
    """The four things that can be said of a version."""

    ERASED = "erased"
    """The service said so, and a fresh listing no longer shows it."""
    SOFT_DELETED = "soft-deleted"
    """Deleted, and kept by the service for a time that cannot be cut short here."""
    RETAINED = "retained"
    """A hold or a lock forbids it."""
    NOT_VERIFIED = "not-verified"
    """Nobody can say: refused, timed out, still listed, or not looked at."""


@dataclass(frozen=True, slots=True)
class VersionFate:
    """One version's fate.

    Attributes:
        item: the version, marker, snapshot or upload.
        fate: what became of it.
        until: when it ends, where that is known (soft-deleted, retained).
        by: the hold or lock that retains it.
        why: one sentence, where it is not erased.
        code: the service's own code, where it refused.
        request_id: the service's request id.
    """

    item: Item
    fate: Fate
    until: datetime | None = None
    by: str | None = None
    why: str | None = None
    code: str | None = None
    request_id: str | None = None

    @property
    def attempted(self) -> bool:
        """Whether a deletion was asked for: what is not of the plan never is."""
        return self.why not in {NOT_PLANNED, CHANGED}

    def __str__(self) -> str:
        """Say it in words: ``soft-deleted until <UTC>``, ``not verified because <403>`` …."""
        until = f"{self.until:%Y-%m-%dT%H:%M:%SZ}" if self.until else "a date not told"
        if self.fate is Fate.SOFT_DELETED:
            return f"soft-deleted until {until}"
        if self.fate is Fate.RETAINED:
            if self.until is None and self.by is not None:
                until = "its release"
            return f"retained until {until} by {self.by or 'a lock of the store'}"
        if self.fate is Fate.NOT_VERIFIED:
            return f"not verified because {self.why or self.code or 'nothing was answered'}"
        return str(self.fate)


def fate_of(item: Item, outcome: Outcome) -> VersionFate:
    """Read a store's outcome of one deletion; the fresh listing has the last word."""
    why = outcome.detail or str(outcome.status)
    if outcome.code:
        why = f"{outcome.code}: {why}"
    if outcome.hidden:
        fate, why_not = Fate.NOT_VERIFIED, HIDDEN
    elif outcome.gone:
        fate, why_not = Fate.ERASED, None
    elif outcome.status is OutcomeStatus.CHANGED:
        fate, why_not = Fate.NOT_VERIFIED, CHANGED
    elif outcome.status is OutcomeStatus.RETAINED and item.kind == "soft-deleted":
        fate, why_not = Fate.SOFT_DELETED, why
    elif outcome.status is OutcomeStatus.RETAINED:
        fate, why_not = Fate.RETAINED, why
    else:
        fate, why_not = Fate.NOT_VERIFIED, why
    return VersionFate(
        item,
        fate,
        until=item.until if fate is Fate.SOFT_DELETED else None,
        why=why_not,
        code=outcome.code,
        request_id=outcome.request_id,
    )


def may_be_kept(fate: VersionFate) -> bool:
    """Whether a service refused in a way that a lock or a hold explains."""
    refused = fate.code is not None and fate.attempted and fate.item.kind != "soft-deleted"
    return refused and (fate.fate is Fate.RETAINED or fate.fate is Fate.NOT_VERIFIED)


def kept_by(fate: VersionFate, kept: Kept) -> VersionFate:
    """Say what keeps a version that was refused; where nothing does, the refusal stays as it is.

    A hold of the ledger's own is never tried at the service: what holds there is somebody else's,
    or was left behind by a release that failed.
    """
    by: list[str] = []
    if kept.hold:
        by.append("a legal hold of the service, which no hold of this ledger explains")
    if kept.lock is not None:
        by.append(f"the service's lock ({kept.lock})")
    if not by:
        return fate
    until = None if kept.hold else kept.until
    return replace(fate, fate=Fate.RETAINED, until=until, by=" and ".join(by))
