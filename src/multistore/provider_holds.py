"""The legal holds of the providers, beside those of the ledger.

A hold of the ledger binds every path through multistore. Where a store has legal holds of its own,
they are set as well, so that it binds whoever comes past multistore, too. A provider's hold is a
flag without a name: what was held before ours came is noted, and is not lifted with ours.

Covered is what is there when a hold is placed; what is written below it afterwards is held by the
ledger alone. Lifecycle rules of ours that would expire something held are taken back.
"""

from __future__ import annotations

import hmac
import json
import logging
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import select

from multistore.errors import MultistoreError
from multistore.ledger import chain
from multistore.ledger.schema import events
from multistore.stores.base import Ref
from multistore.stores.parallel import in_parallel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from multistore.ledger.holds import Hold
    from multistore.ledger.ledger import Ledger
    from multistore.stores.base import Store, Version
    from multistore.stores.facets import RetentionFacet

log = logging.getLogger("multistore.holds")

_EVENT = "hold-mirrored"
MOST = 10_000
"""Holds of others that are noted one by one; with more of them none is lifted later."""


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What became of a hold at the stores that have legal holds.

    Attributes:
        changed: how many versions were put under a hold, or released.
        foreign: how many stay under a hold that is not ours.
        failed: what could not be done, and why; each is logged as a warning as well.
    """

    changed: int = 0
    foreign: int = 0
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Note:
    """What was seen when a hold was placed.

    Attributes:
        foreign: marks of the versions that somebody else held; None where they were too many.
        newest: when the newest version was written that was there then.
    """

    foreign: frozenset[str] | None
    newest: datetime | None

    def is_ours(self, mark: str, version: Version) -> bool:
        """Whether the hold on a version is one that we have set."""
        if self.foreign is None or self.newest is None:
            return False
        return version.modified <= self.newest and mark not in self.foreign


class ProviderHolds:
    """Sets and lifts the legal holds of a vault's stores.

    Args:
        ledger: keeps what was held by others.
        places: gives the inner stores by name, their residency shown now.
    """

    def __init__(self, ledger: Ledger, places: Callable[[], Mapping[str, Store]]) -> None:
        self._ledger = ledger
        self._places = places

    def place(self, hold: Hold, others: Iterable[Hold]) -> Mirrored:
        """Hold at the providers what a new hold covers.

        Cost: per store with locks a listing, and three requests per version, several in flight;
        per store with rules one or three requests. No other store is asked anything.

        Args:
            hold: the hold, which is in the ledger already.
            others: the tenant's other active holds.
        """
        failed: list[str] = []
        notes = [(other, note) for other in others if (note := self._note(other)) is not None]
        free: list[tuple[str, Store, Version]] = []
        foreign: list[str] = []
        newest: list[datetime] = []
        for name, store in self._places().items():
            failed += self._without_rules(hold, name, store)
            for version, held in self._seen(hold, name, store, failed):
                mark = self._mark(name, version)
                newest.append(version.modified)
                ours = any(o.covers(version.name) and n.is_ours(mark, version) for o, n in notes)
                if not held:
                    free.append((name, store, version))
                elif not ours:
                    foreign.append(mark)
        if not newest:
            return Mirrored(failed=tuple(failed))
        # Before the first hold is set: a crash must not make ours look like somebody else's.
        self._write(hold, foreign, max(newest))
        changed = self._set(free, failed, on=True)
        return Mirrored(changed, len(foreign), tuple(failed))

    def lift(self, hold: Hold, others: Iterable[Hold]) -> Mirrored:
        """Lift at the providers what a released hold has set, and no other hold of ours covers."""
        note = self._note(hold)
        if note is None:
            return Mirrored()
        failed: list[str] = []
        others = tuple(others)
        ours: list[tuple[str, Store, Version]] = []
        foreign = 0
        for name, store in self._places().items():
            for version, held in self._seen(hold, name, store, failed):
                if not held or any(other.covers(version.name) for other in others):
                    continue
                if note.is_ours(self._mark(name, version), version):
                    ours.append((name, store, version))
                else:
                    foreign += 1
        return Mirrored(self._set(ours, failed, on=False), foreign, tuple(failed))

    def _seen(
        self, hold: Hold, name: str, store: Store, failed: list[str]
    ) -> list[tuple[Version, bool]]:
        """Give the versions that a hold covers in one store, and whether each is held there."""
        facet, listing = store.retention, store.versions
        if facet is None or listing is None:
            return []
        try:
            if not facet.usable():
                return []
            covered = [
                version
                for version in listing.list_versions(hold.subject)
                if version.kind == "object" and hold.covers(version.name)
            ]
            return in_parallel(partial(_asked, facet), covered, store.limits.concurrency)
        except MultistoreError as error:
            self._warn(failed, name, f"what is held there could not be read: {_why(error)}")
            return []

    def _set(
        self, versions: list[tuple[str, Store, Version]], failed: list[str], *, on: bool
    ) -> int:
        def change(one: tuple[str, Store, Version]) -> str | None:
            _, store, version = one
            try:
                assert store.retention is not None  # noqa: S101 - only such versions are here
                store.retention.set_hold(Ref(version.name, version.version), on=on)
            except MultistoreError as error:
                return _why(error)
            return None

        wrong = in_parallel(change, versions, 8)
        for (name, _, version), why in zip(versions, wrong, strict=True):
            if why is not None:
                verb = "held" if on else "released"
                self._warn(failed, name, f"{version.name} {version.version} was not {verb}: {why}")
        return wrong.count(None)

    def _without_rules(self, hold: Hold, name: str, store: Store) -> list[str]:
        """Take back the rules of ours that would expire what the hold keeps."""
        failed: list[str] = []
        if store.rules is None:
            return failed
        try:
            own = store.rules.read().own
            kept = [rule for rule in own if not hold.touches(rule.prefix)]
            if len(kept) < len(own):
                store.rules.replace(kept)
        except MultistoreError as error:
            self._warn(failed, name, f"its rules could not be read or changed: {_why(error)}")
        return failed

    def _mark(self, store: str, version: Version) -> str:
        """Give a keyed mark of a version: the chain is for ever, and names are customers'."""
        told = json.dumps([store, version.name, version.version]).encode()
        return hmac.new(self._ledger.id, b"multistore-held-v1\0" + told, sha256).hexdigest()[:32]

    def _write(self, hold: Hold, foreign: list[str], newest: datetime) -> None:
        with self._ledger.writing() as connection:
            chain.append(
                connection,
                events,
                self._ledger.id,
                _EVENT,
                hold=hold.id.hex(),
                foreign=",".join(sorted(foreign)) if len(foreign) <= MOST else None,
                newest=newest.isoformat(),
            )

    def _note(self, hold: Hold) -> _Note | None:
        mention = f'"hold":"{hold.id.hex()}"'
        with self._ledger.reading() as connection:
            bodies = connection.execute(
                select(events.c.body).where(events.c.body.contains(mention, autoescape=True))
            ).scalars()
            told = [content for body in bodies if (content := json.loads(body))["kind"] == _EVENT]
        if not told:
            return None
        foreign = told[0]["foreign"]
        return _Note(
            None if foreign is None else frozenset(foreign.split(",")),
            datetime.fromisoformat(told[0]["newest"]),
        )

    def _warn(self, failed: list[str], store: str, why: str) -> None:
        failed.append(f"{store}: {why}")
        log.warning("store %s: %s", store, why)


def _asked(facet: RetentionFacet, version: Version) -> tuple[Version, bool]:
    return version, facet.held(Ref(version.name, version.version))


def _why(error: MultistoreError) -> str:
    named = error.code or (str(error.status) if error.status else type(error).__name__)
    return f"{named}: {error.args[0] if error.args else ''}"
