"""What some stores can do besides: keep things by locks, expire them by rules, hold strays.

Each facet is small, and None where a store has no such thing. A facet never guesses: what the
service does not say in so many words is an error, not a no.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from multistore.stores.base import Ref


@dataclass(frozen=True, slots=True)
class Kept:
    """What the service itself keeps one version by.

    Attributes:
        lock: the mode of a dated lock, as the service calls it (``COMPLIANCE``,
            ``GOVERNANCE``, ``Locked``, ``Unlocked``); None where there is none.
        until: when that lock ends, aware UTC; None where it is not told.
        hold: a legal hold, which has no end by itself, is on it.
    """

    lock: str | None = None
    until: datetime | None = None
    hold: bool = False


class RetentionFacet(Protocol):
    """The locks and legal holds of the service, version by version."""

    def usable(self) -> bool:
        """Whether this bucket can lock and hold at all. Cost: one request, the first time."""
        ...

    def kept(self, ref: Ref) -> Kept:
        """Say what keeps one version. Cost: one or two requests.

        Raises:
            NotFoundError: there is no such version.
            UnsupportedError: it is a delete marker, or the service gave no clear answer.
        """
        ...

    def held(self, ref: Ref) -> bool:
        """Say whether a legal hold is on one version. Cost: one request. Raises as kept does."""
        ...

    def set_hold(self, ref: Ref, *, on: bool) -> None:
        """Put a legal hold on one version, or take it off. Cost: one request. Idempotent."""
        ...


@dataclass(frozen=True, slots=True)
class Rule:
    """One lifecycle rule of ours; its numbers are whole days.

    Attributes:
        id: begins with OWN.
        prefix: of the names that it is for; ends in a slash.
        days: from when an object was stored until it goes, or is hidden where versions are kept.
        noncurrent_days: from when a version was replaced until it goes.
        newer_versions: how many newer former versions a version outlives nevertheless.
        upload_days: from when an upload began until it is aborted.
    """

    id: str
    prefix: str
    days: int | None = None
    noncurrent_days: int | None = None
    newer_versions: int | None = None
    upload_days: int | None = None


OWN = "multistore:"
"""How the id of every rule of ours begins. Whatever begins otherwise is not touched."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The lifecycle rules of a bucket.

    Attributes:
        own: those of ours, as the service gives them back.
        foreign: the ids of all others.
        dropped: what the service did not keep of what was written, as ``id: field``; after a
            read alone it is empty.
    """

    own: tuple[Rule, ...]
    foreign: tuple[str, ...]
    dropped: tuple[str, ...] = ()


class RulesFacet(Protocol):
    """The provider's own lifecycle rules, which go on where no run of ours does."""

    def read(self) -> Rules:
        """Read them. Cost: one request.

        Raises:
            UnsupportedError: the service does not know lifecycle rules, or does not say so.
        """
        ...

    def replace(self, own: Sequence[Rule]) -> Rules:
        """Make ``own`` the rules of ours, and read all rules back. Cost: two or three requests.

        Foreign rules are written back as they were read, element by element, those included that
        this version does not know. Nothing is written where nothing would change.

        Raises:
            UnsupportedError: as read says.
            ConflictError: a foreign rule is no longer what it was, or was changed meanwhile.
            InvalidArgumentError: an id is not ours, or there would be more rules than allowed.
        """
        ...


@dataclass(frozen=True, slots=True)
class Stray:
    r"""Something in a store's place that is no object of it, and that somebody else put there.

    Attributes:
        path: where it is, like a name; what is not UTF-8 in it is shown as ``\\xNN``.
        what: ``file``, ``link``, ``directory`` or ``other``.
        size: its bytes, as far as that can be said.
    """

    path: str
    what: str
    size: int


class StraysFacet(Protocol):
    """What others have put among the objects; it is never read, and never deleted."""

    def list_strays(self, prefix: str) -> Iterator[Stray]:
        """Every one below the prefix, lazily."""
        ...
