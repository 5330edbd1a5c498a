"""What has outlived its retention. Pure.

Retention is counted from the moment at which an object was sealed, which its own header tells: a
copy is as old as what it was copied from. Listings tell only when a store took the bytes, which
is never earlier, so a listing alone can neither find all that has expired nor clear anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from multistore.lifecycle.calendar import Period

CLOCKS = timedelta(days=1)
"""By how much the clocks of the machines that seal, store and look may differ."""

LOOK_AGAIN = timedelta(days=31)
"""A collection with expiring objects is looked through at least this often."""


@dataclass(frozen=True, slots=True)
class Copy:
    """One version of one name, as a look-through found it.

    Attributes:
        name: the object's name in the store.
        version: the version, or empty.
        modified: when the store took it.
        sealed_at: when it was sealed; None where no header tells.
        etag: of what the next write replaces; empty where the version alone names its bytes.
    """

    name: str
    version: str
    modified: datetime
    sealed_at: datetime | None
    etag: str = ""

    @property
    def since(self) -> datetime:
        """From when its retention counts: at the latest from when the store took it."""
        return self.modified if self.sealed_at is None else self.sealed_at


@dataclass(frozen=True, slots=True)
class Expired:
    """What has to go, and from when on what stays was sealed.

    Attributes:
        names: of which every version has expired: they go with all that is left of them.
        versions: single versions of names that stay.
        copies: all of these objects as they were found: name, version, etag.
        oldest_left: the earliest sealed time of what stays; None where nothing does.
        overdue_since: the earliest end of a retention; None where none has ended.
    """

    names: frozenset[str]
    versions: frozenset[tuple[str, str]]
    copies: frozenset[tuple[str, str, str]]
    oldest_left: datetime | None
    overdue_since: datetime | None

    @property
    def count(self) -> int:
        """How many names and single versions have to go."""
        return len(self.names) + len(self.versions)


def judged(copies: Iterable[Copy], period: Period, now: datetime) -> Expired:
    """Say what has expired."""
    living: dict[str, bool] = {}
    gone: list[Copy] = []
    left: list[datetime] = []
    ends: list[datetime] = []
    for copy in copies:
        end = period.after(copy.since)
        over = end <= now
        living[copy.name] = living.get(copy.name, False) or not over
        if over:
            gone.append(copy)
            ends.append(end)
        else:
            left.append(copy.since)
    return Expired(
        names=frozenset(name for name, lives in living.items() if not lives),
        versions=frozenset((c.name, c.version) for c in gone if living[c.name] and c.version),
        copies=frozenset((c.name, c.version, c.etag) for c in gone),
        oldest_left=min(left, default=None),
        overdue_since=min(ends, default=None),
    )


def may_have_expired_since(period: Period, now: datetime) -> datetime:
    """Return the latest sealed time that can have expired, clocks that differ allowed for."""
    return period.latest_begin(now + CLOCKS)


def sealed_since(oldest_left: datetime | None, period: Period, now: datetime) -> datetime:
    """Return what may be noted as the earliest sealed time of a collection that was looked through.

    An upload or a copy that was under way during the look may bring in an older object, hence
    never so late that the next look would come after more than LOOK_AGAIN.
    """
    latest = period.latest_begin(now + LOOK_AGAIN)
    return latest if oldest_left is None else min(oldest_left, latest)
