"""``vault.events``: what happened, as rows that outlive the process, and the open incidents."""

from __future__ import annotations

import getpass
import logging
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from multistore.errors import ConfigurationError, InvalidArgumentError, MultistoreError
from multistore.hooks import IntegrityFailed
from multistore.ledger import anchors
from multistore.ledger import events as rows
from multistore.ledger.anchors import Head
from multistore.ledger.incidents import Incidents
from multistore.ledger.ledger import open_ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    from multistore.hooks import Incident
    from multistore.ledger.erasure_log import LogStore
    from multistore.ledger.events import EventRow, Verified
    from multistore.ledger.incidents import IncidentRow
    from multistore.ledger.ledger import Ledger

_log = logging.getLogger(__name__)


def now() -> datetime:
    """Give the time."""
    return datetime.now(UTC)


class Events:
    """The durable events of one vault; reached as ``vault.events``, which is called to read them.

    Every change of a tenant, a hold, a key or an erasure, and every incident, is a row of a hash
    chain in the ledger, written in the same transaction as what it tells of.
    """

    def __init__(
        self, ledger: Ledger, log: LogStore | None = None, *, clock: Callable[[], datetime] = now
    ) -> None:
        self._ledger = ledger
        self._log = log
        self._clock = clock

    def __call__(self, after: int = 0) -> Iterator[EventRow]:
        """Give the events behind a cursor, in order; ends at the newest.

        Keep the ``seq`` of the last event that was dealt with, and come back with it: so every
        event is had at least once, by any number of readers, on any machine. Each is held
        against the one before it. Cost: one query per 1,000 events, and one or two more.

        Raises:
            InvalidArgumentError: the cursor is negative.
            ConflictError: the chain ends before the cursor: it was cut, or the ledger restored.
            TamperedError: an event is not what was written; it is not given.
        """
        return rows.after(self._ledger, after)

    def verify(self, head: str | None = None) -> Verified:
        """Verify the whole chain, and hold it against every head that is kept elsewhere.

        That its end was cut off, or all of it computed anew, shows only so: against ``head``,
        and against the newest head in the store of the erasure log, where ``lifecycle.run``
        keeps one. Cost: one pass over the events, and two requests to that store.

        Args:
            head: ``SEQ:HASH`` of any event, as EventRow.head gave it.

        Raises:
            InvalidArgumentError: it is no head.
            IntegrityError: what the store has is no head.
        """
        heads = [] if head is None else [_parsed(head)]
        kept = anchors.newest(self._ledger, self._log) if self._log else None
        return rows.verified(self._ledger, [*heads, *([kept] if kept else [])])

    def incidents(self, *, notified: bool = False) -> tuple[IncidentRow, ...]:
        """Give the incidents of which the customer was not told yet, the oldest first.

        Cost: one query.

        Args:
            notified: those too of which he was.
        """
        return Incidents(self._ledger).list(notified=notified)

    def notified(self, incident_id: str, *, by: str | None = None) -> IncidentRow:
        """Note that the customer was told of an incident: its deadline is kept.

        Args:
            incident_id: its id, or the beginning of it.
            by: who says so; by default the user of the operating system.

        Raises:
            NotFoundError: there is no such incident.
            ConflictError: it is noted already.
            InvalidArgumentError: nobody says so.
        """
        return Incidents(self._ledger).notified(
            incident_id, by=getpass.getuser() if by is None else by, now=self._clock()
        )

    def note(self, incident: Incident) -> bool:
        """Write an incident down; whether somebody must be told of it.

        It is not where it was told before, by this or any other process. Where the ledger does
        not answer it is logged, and told.
        """
        address = incident.address if isinstance(incident, IntegrityFailed) else None
        try:
            return Incidents(self._ledger).note(
                "residency" if address is None else "integrity",
                store=incident.store,
                tenant=address.tenant if address else None,
                address=str(address) if address else "",
                detail=incident.detail,
                at=incident.at,
                notify_by=incident.notify_by,
            )
        except MultistoreError:
            _log.exception("an incident could not be written down: %s", incident)
            return True


@contextmanager
def open_events(
    ledger_url: str, *, base: Path, log: LogStore | None = None
) -> Generator[Events, None, None]:
    """Open the events of a ledger, and no store and no key.

    Raises:
        ConfigurationError: there is no ledger at that URL, or it is of another version.
        UnavailableError: the database does not answer.
    """
    ledger = open_ledger(ledger_url, base=base, found=_absent)
    try:
        yield Events(ledger, log)
    finally:
        ledger.close()


def _absent(ledger: Ledger) -> None:
    raise ConfigurationError(
        f"there is no ledger {ledger.address} yet", hint="multistore tenant add NAME founds it."
    )


def _parsed(head: str) -> Head:
    number, colon, text = head.partition(":")
    try:
        seq, digest = int(number), bytes.fromhex(text)
    except ValueError:
        seq, digest = 0, b""
    if not colon or seq < 1 or len(digest) != len(bytes(32)):
        raise InvalidArgumentError(
            f"{head[:80]!r} is no head of events", hint="Write SEQ:HASH, as events verify shows it."
        )
    return Head(seq, digest.hex())
