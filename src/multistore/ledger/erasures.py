"""The erasures that the ledger remembers: one row each, with its plan while it runs.

A process that was killed leaves the row behind; whoever erases the same subject next goes on
with it. Beginning and end are events of the chain, in the same transaction as the row.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from multistore.errors import NotFoundError
from multistore.ledger import chain
from multistore.ledger.schema import erasures, events

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Row

    from multistore.ledger.ledger import Ledger


@dataclass(frozen=True, slots=True)
class ErasureRow:
    """One erasure.

    Attributes:
        id: 16 random bytes, which the certificate bears too.
        subject: what is or was erased, with its exceptions, as JSON.
        digest: of the plan.
        reason: as the caller gave it.
        performed_by: who erases.
        validated_by: who agreed, where two people are asked for.
        begun_at: when the plan was written down.
        plan: the items, packed; None once the erasure has ended.
        finished_at: when it ended.
        status: what its certificate says.
        certificate: the certificate's JSON.
    """

    id: bytes
    subject: str
    digest: str
    reason: str
    performed_by: str
    validated_by: str | None
    begun_at: datetime
    plan: bytes | None
    finished_at: datetime | None = None
    status: str | None = None
    certificate: str | None = None


class Erasures:
    """The erasures of one ledger. Cost of every method: one transaction."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def running(self, subject: str) -> ErasureRow | None:
        """Give the erasure of a subject that has not ended, if there is one."""
        return self._one((erasures.c.subject == subject) & erasures.c.finished_at.is_(None))

    def by_digest(self, digest: str) -> ErasureRow | None:
        """Give the newest erasure of a plan, if there is one."""
        return self._one(erasures.c.digest == digest)

    def get(self, erasure_id: str) -> ErasureRow:
        """Give one by its id in hexadecimal, or the beginning of it that no other has.

        Raises:
            NotFoundError: there is none, or more than one begins so.
        """
        text = erasure_id.replace("-", "").lower()
        found = [row for row in self.finished() if row.id.hex().startswith(text)]
        if len(found) != 1 or not text:
            raise NotFoundError(
                f"{len(found)} certificates have an id that begins with {erasure_id[:40]!r}",
                hint="multistore certificate list shows them.",
            )
        return found[0]

    def finished(self) -> tuple[ErasureRow, ...]:
        """Give all that have ended, the oldest first."""
        query = select(erasures).where(erasures.c.finished_at.is_not(None))
        with self._ledger.reading() as connection:
            rows = connection.execute(query.order_by(erasures.c.finished_at)).all()
        return tuple(_row(row) for row in rows)

    def of_subjects_with(self, *statuses: str) -> dict[str, tuple[ErasureRow, ...]]:
        """Give all that have ended of the subjects that have one of these statuses, oldest first.

        Cost: one indexed query, and one per such subject.
        """
        some = select(erasures.c.subject).where(erasures.c.status.in_(statuses)).distinct()
        found: dict[str, tuple[ErasureRow, ...]] = {}
        with self._ledger.reading() as connection:
            for subject in sorted(connection.execute(some).scalars()):
                rows = connection.execute(
                    select(erasures)
                    .where(erasures.c.subject == subject, erasures.c.finished_at.is_not(None))
                    .order_by(erasures.c.finished_at, erasures.c.begun_at)
                )
                found[subject] = tuple(_row(row) for row in rows)
        return found

    def begin(
        self,
        *,
        subject: str,
        digest: str,
        plan: bytes,
        reason: str,
        performed_by: str,
        validated_by: str | None,
        now: datetime,
    ) -> ErasureRow:
        """Write a plan down, or return the one that somebody else has begun for the subject."""
        identity = uuid.uuid4().bytes
        try:
            with self._ledger.writing() as connection:
                connection.execute(
                    insert(erasures).values(
                        id=identity,
                        subject=subject,
                        digest=digest,
                        reason=reason,
                        performed_by=performed_by,
                        validated_by=validated_by,
                        begun_at=now,
                        plan=plan,
                    )
                )
                chain.append(
                    connection,
                    events,
                    self._ledger.id,
                    "erasure-begun",
                    erasure=identity.hex(),
                    plan=digest,
                    reason=reason,
                    by=performed_by,
                )
        except IntegrityError:
            running = self.running(subject)
            if running is None:  # it ended in this very moment: begin again
                return self.begin(
                    subject=subject,
                    digest=digest,
                    plan=plan,
                    reason=reason,
                    performed_by=performed_by,
                    validated_by=validated_by,
                    now=now,
                )
            return running
        found = self._one(erasures.c.id == identity)
        assert found is not None  # noqa: S101 - it was written just now
        return found

    def extend(self, erasure_id: bytes, *, digest: str, plan: bytes) -> None:
        """Give a running erasure a larger plan: what was written since it began."""
        with self._ledger.writing() as connection:
            connection.execute(
                update(erasures)
                .where(erasures.c.id == erasure_id, erasures.c.finished_at.is_(None))
                .values(digest=digest, plan=plan)
            )
            chain.append(
                connection,
                events,
                self._ledger.id,
                "erasure-extended",
                erasure=erasure_id.hex(),
                plan=digest,
            )

    def finish(
        self, erasure_id: bytes, *, status: str, certificate: str, now: datetime
    ) -> ErasureRow:
        """Keep the certificate and let the plan go; of several finishers the first is kept."""
        with self._ledger.writing() as connection:
            done = connection.execute(
                update(erasures)
                .where(erasures.c.id == erasure_id, erasures.c.finished_at.is_(None))
                .values(status=status, certificate=certificate, finished_at=now, plan=None)
            )
            if done.rowcount:
                chain.append(
                    connection,
                    events,
                    self._ledger.id,
                    "erasure-finished",
                    erasure=erasure_id.hex(),
                    status=status,
                )
        found = self._one(erasures.c.id == erasure_id)
        assert found is not None  # noqa: S101 - rows are never deleted
        return found

    def _one(self, condition: ColumnElement[bool]) -> ErasureRow | None:
        query = select(erasures).where(condition).order_by(erasures.c.begun_at.desc()).limit(1)
        with self._ledger.reading() as connection:
            row = connection.execute(query).first()
        return None if row is None else _row(row)


def _row(row: Row[Any]) -> ErasureRow:
    return ErasureRow(
        id=row.id,
        subject=row.subject,
        digest=row.digest,
        reason=row.reason,
        performed_by=row.performed_by,
        validated_by=row.validated_by,
        begun_at=row.begun_at,
        plan=row.plan,
        finished_at=row.finished_at,
        status=row.status,
        certificate=row.certificate,
    )
