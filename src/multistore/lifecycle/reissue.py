"""Certificates that are pending, issued anew once what remained is gone.

Only what a certificate said remains is looked at and erased: what has been written under the same
name since is nobody's to erase.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from multistore.erasure.certificate import Certificate
from multistore.erasure.subject import Subject, SubjectKind
from multistore.erasure.verdict import Status
from multistore.ledger.erasures import Erasures
from multistore.lifecycle.calendar import day_of
from multistore.lifecycle.leaving import RUN, Taken

if TYPE_CHECKING:
    from multistore.ledger.erasures import ErasureRow
    from multistore.lifecycle.estate import Estate

REASON = "what remained when a certificate was issued is looked at again"
"""Why an erasure of the lifecycle was made; such a one takes the place of all before it."""


@dataclass(frozen=True, slots=True)
class Pending:
    """Certificates of one subject that are pending.

    Attributes:
        subject: what remained of it, and nothing else.
        certificates: their ids.
        due: when they are to be issued anew; None where no date was told.
        named: whether every thing that remained is known by its version.
        looked_at: when it was looked at last.
    """

    subject: Subject
    certificates: tuple[str, ...]
    due: datetime | None
    named: bool
    looked_at: datetime

    def __str__(self) -> str:
        """Give the subject."""
        return str(self.subject)

    def is_due(self, now: datetime) -> bool:
        """Whether to look again: once the date has come; then, and without one, once a day."""
        if self.due is not None and now < self.due:
            return False
        return day_of(self.looked_at) < day_of(now) or (
            self.due is not None and self.looked_at < self.due
        )


def pending(estate: Estate, now: datetime) -> tuple[Pending, ...]:
    """Give what is due. Cost: one indexed query, and one per subject that has such certificates."""
    rows = Erasures(estate.keyring.ledger).of_subjects_with(Status.PENDING, Status.PARTIAL)
    found = (_pending(json.loads(text), own) for text, own in rows.items())
    return tuple(one for one in found if one is not None and one.is_due(now))


def issue(estate: Estate, one: Pending) -> Taken:
    """Erase what remained, where it still does, and certify what is so now.

    Raises:
        RetainedError: a hold covers all of the subject.
        VetoedError: a handler forbids it.
        MultistoreError: whatever the ledger or a store raises; the next run tries again.
    """
    named = ", ".join(identity[:12] for identity in one.certificates)
    if not one.named:
        return Taken(
            f"certificate {named} does not name every version that remained: erase it again",
            waits=True,
        )
    erasure = estate.erase(one.subject, reason=REASON, performed_by=RUN, validated_by=None)
    certificate = erasure.certificate
    if certificate is None:
        return Taken(f"certificate {named}: nothing was issued", waits=True)
    done = certificate.status in {Status.COMPLETE, Status.LOGICAL_DELETE}
    said = f"certificate {certificate.id}: {certificate.status}, in the place of {named}"
    remaining = "; ".join(str(fate) for fate in erasure.report.remaining[:3])
    return Taken(
        said if done else f"{said}; {remaining}",
        waits=not done,
        failed=erasure.report.unverified,
    )


def _pending(text: list[Any], rows: tuple[ErasureRow, ...]) -> Pending | None:
    """Say what of one subject's certificates is still pending.

    A later look at the same subject has seen all that remained of it; of what has expired, where
    each certificate is about other objects, only a look of this module has. One that could not
    see everything settles nothing.
    """
    kind, root = SubjectKind(text[0]), str(text[1])
    if kind is SubjectKind.TENANT:  # the end of its contract certifies it
        return None
    expired = kind is SubjectKind.EXPIRED
    settling = [number for number, row in enumerate(rows) if _settles(row, expired=expired)]
    rows = tuple(
        row
        for row in rows[max(settling, default=0) :]
        if row.status == Status.PENDING or (row.status == Status.PARTIAL and _is_ours(row))
    )
    if not rows:
        return None
    said = [Certificate.from_json(row.certificate or "").payload for row in rows]
    left = [one for payload in said for one in payload["residual"] if one["until"] or "item" in one]
    items = frozenset(
        (one["item"]["name"], one["item"]["version"], one["item"]["mark"])
        for one in left
        if "item" in one
    )
    dates = [datetime.fromisoformat(p["reissue_at"]) for p in said if p["reissue_at"]]
    return Pending(
        subject=replace(_subject(kind, root), only=items),
        certificates=tuple(row.id.hex() for row in rows),
        due=min(dates) if len(dates) == len(said) else None,
        named=all("item" in one for one in left) and bool(items),
        looked_at=max(row.finished_at for row in rows if row.finished_at is not None),
    )


def _settles(row: ErasureRow, *, expired: bool) -> bool:
    if _is_ours(row):
        return row.status != Status.PARTIAL
    return not expired


def _is_ours(row: ErasureRow) -> bool:
    return row.reason == REASON and row.performed_by == RUN


def _subject(kind: SubjectKind, root: str) -> Subject:
    if kind is SubjectKind.EXPIRED:
        tenant, collection = root.split("/")[:2]
        nothing: frozenset[Any] = frozenset()
        return Subject.expired(tenant, collection, nothing, nothing, nothing)
    return Subject.parse(root)
