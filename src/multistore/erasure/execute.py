"""erase(): plan, execute exactly that plan, look again, certify. Idempotent and resumable.

The plan is in the ledger before anything is deleted. A process that was killed at any point
leaves it there, and the next erasure of the same subject goes on with it; only of what has
expired the next run plans anew.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from multistore.erasure import deleting, inventory
from multistore.erasure.attesting import attested
from multistore.erasure.certificate import Certificate
from multistore.erasure.fate import CHANGED, Fate, VersionFate
from multistore.erasure.plan import Plan, packed, unpacked
from multistore.erasure.subject import Subject, SubjectKind
from multistore.erasure.verdict import Status, Verdict, settled, soft_copies
from multistore.errors import ConflictError, InvalidArgumentError, RetainedError
from multistore.hooks import ObjectErased, ObjectErasing, TenantErased, TenantErasing
from multistore.ledger.erasures import Erasures
from multistore.ledger.holds import Holds
from multistore.ledger.words import must_be_said

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from multistore.erasure.inventory import Inventory, Item, Unseen
    from multistore.erasure.means import Means
    from multistore.hooks import Hooks
    from multistore.ledger.erasures import ErasureRow
    from multistore.ledger.ledger import Ledger
    from multistore.stores.base import Store

ROUNDS = 3
"""How often what is still listed is tried again before it is left, and said so."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was planned, and what became of it.

    Attributes:
        plan: the plan that was executed, or would be.
        fates: one per version; empty of a dry run.
        verdict: what may be said; None of a dry run.
        unseen: what the last look could not see.
    """

    plan: Plan
    fates: tuple[VersionFate, ...] = ()
    verdict: Verdict | None = None
    unseen: tuple[Unseen, ...] = ()

    @property
    def remaining(self) -> tuple[VersionFate, ...]:
        """What is not erased, or may not be."""
        return tuple(fate for fate in self.fates if fate.fate is not Fate.ERASED)

    @property
    def unverified(self) -> bool:
        """Whether something was not looked at, or nobody can say what became of it.

        What was left, because it was written anew, is known.
        """
        return bool(self.unseen) or any(
            fate.fate is Fate.NOT_VERIFIED and fate.why != CHANGED for fate in self.fates
        )


@dataclass(frozen=True, slots=True)
class Erasure:
    """One erasure: its report, and its certificate; None of a dry run."""

    report: Report
    certificate: Certificate | None = None


def now() -> datetime:
    """Give the time."""
    return datetime.now(UTC)


def erase(
    subject: Subject,
    places: Mapping[str, Store],
    ledger: Ledger,
    hooks: Hooks,
    *,
    means: Means,
    reason: str,
    performed_by: str,
    validated_by: str | None = None,
    clock: Callable[[], datetime] = now,
    plan_digest: str | None = None,
    dry_run: bool = False,
    progress: Callable[[int, int], object] | None = None,
) -> Erasure:
    """Erase every version, marker, copy and unfinished upload of a subject, and certify it.

    For a whole tenant it raises TenantErasing and TenantErased, else ObjectErasing and
    ObjectErased; the caller raises none of them. It destroys no key: ``keys.closing`` does, and
    the certificate says what became of them.

    Cost: the listings, before and after, one request per 1,000 versions each; one deletion
    request per 500 versions where the store has bulk deletion, several in flight, and two per
    object where it keeps no versions; a few transactions. Memory: about 1 kB per version.

    An object that was written anew since the plan is left, and its erasure is not verified.

    Args:
        subject: what is to go.
        places: every store that ever held it, by name; the inner stores, not the sealing ones.
        ledger: keeps the plan, the holds and the certificate.
        hooks: are asked before anything moves, and told afterwards.
        means: signer, key service, the stores' descriptions.
        reason: why; it stands in the certificate.
        performed_by: who.
        validated_by: who agreed, where two people are asked for.
        clock: gives the time, aware UTC.
        plan_digest: execute exactly the plan of this digest, or stop.
        dry_run: change nothing, and return the plan.
        progress: called with how many of how many versions are done.

    Raises:
        RetainedError: a hold covers the whole subject; nothing was touched.
        VetoedError: a handler forbade it; nothing was touched.
        ConflictError: the stores hold something else than the plan of ``plan_digest``; nothing
            was touched, or an earlier run's work was left as it was.
        NotFoundError: there is no such tenant.
        InvalidArgumentError: no reason or nobody was given, or both people are one.
    """
    ledger.tenants.get(subject.tenant)
    plan = Plan(subject, (), holds=_holds(ledger, subject))
    if dry_run:
        return Erasure(Report(plan.merged(inventory.take(subject, places))))
    _must_be_said(reason, performed_by, validated_by)
    erasures = Erasures(ledger)
    if plan_digest is not None and (past := erasures.by_digest(plan_digest)) and past.certificate:
        return Erasure(Report(plan), Certificate.from_json(past.certificate))
    _must_be_free(plan)
    _ask(hooks, subject, reason)
    seen = inventory.take(subject, places)
    row = erasures.running(text_of(subject))
    if plan_digest is not None and (row is None or row.digest != plan_digest):
        _must_be(plan.merged(seen), plan_digest)
    if row is None:
        plan = plan.merged(seen)
        row = erasures.begin(
            subject=text_of(subject),
            digest=plan.digest,
            plan=packed(plan.items),
            reason=reason,
            performed_by=performed_by,
            validated_by=validated_by,
            now=clock(),
        )
    plan = _continued(erasures, row, plan, seen, strict=plan_digest is not None)
    erasure = _executed(plan, places, ledger, means, row=row, clock=clock, progress=progress)
    certificate = erasure.certificate
    if certificate is not None:
        _tell(hooks, subject, certificate)
    return erasure


def _executed(
    plan: Plan,
    places: Mapping[str, Store],
    ledger: Ledger,
    means: Means,
    *,
    row: ErasureRow,
    clock: Callable[[], datetime],
    progress: Callable[[int, int], object] | None,
) -> Erasure:
    done: dict[Item, VersionFate] = {}
    present = plan.items
    fates: tuple[VersionFate, ...] = ()
    after: Inventory = inventory.Inventory(())
    rounds = 0
    while rounds < ROUNDS:
        rounds += 1
        done.update(
            deleting.delete(
                present,
                places,
                lambda: _holds(ledger, plan.subject),
                progress=progress if rounds == 1 else None,
            )
        )
        after = inventory.take(plan.subject, places)
        fates = settled(plan, done, after)
        # What soft delete still keeps is tried once more: some accounts let it go for good.
        softly = [item for item in soft_copies(plan, after) if item not in done]
        present = (*_again(fates, after), *softly)
        if not present:
            break
    plan = replace(plan, holds=_holds(ledger, plan.subject))
    verdict, certificate = attested(
        plan, fates, after, ledger=ledger, means=means, row=row, issued_at=clock(), rounds=rounds
    )
    kept = Erasures(ledger).finish(
        row.id, status=str(verdict.status), certificate=certificate.to_json(), now=clock()
    )
    if kept.certificate is not None:  # of two erasers the first to finish issued it
        certificate = Certificate.from_json(kept.certificate)
    return Erasure(Report(plan, fates, verdict, after.unseen), certificate)


def _again(fates: tuple[VersionFate, ...], after: Inventory) -> tuple[Item, ...]:
    listed = after.identities
    return tuple(
        fate.item
        for fate in fates
        if fate.fate is Fate.NOT_VERIFIED and fate.attempted and fate.item.identity in listed
    )


def _continued(
    erasures: Erasures, row: ErasureRow, plan: Plan, seen: Inventory, *, strict: bool
) -> Plan:
    """Go on with the plan that the ledger has; it grows by what is new unless it is strict.

    Of what has expired the plan is made anew: an old one may have items that a new object, a
    longer retention or a veto has meanwhile taken out.
    """
    if plan.subject.kind is SubjectKind.EXPIRED:
        anew = replace(plan, items=()).merged(seen)
        if anew.digest != row.digest:
            erasures.extend(row.id, digest=anew.digest, plan=packed(anew.items))
        return anew
    items = unpacked(row.plan or packed(()))
    known = replace(plan, items=items, unseen=seen.unseen, foreign=seen.foreign)
    new = known.strangers(seen)
    if not new:
        return known
    if strict:
        raise _changed(new)
    grown = known.merged(seen)
    erasures.extend(row.id, digest=grown.digest, plan=packed(grown.items))
    return grown


def _holds(ledger: Ledger, subject: Subject) -> tuple[Any, ...]:
    return Holds(ledger).blocking(subject.tenant, subject.collection, subject.key)


def _must_be_said(reason: str, performed_by: str, validated_by: str | None) -> None:
    must_be_said("reason of an erasure", reason)
    must_be_said("person who performs an erasure", performed_by)
    if validated_by is not None:
        must_be_said("person who validates an erasure", validated_by)
    if validated_by is not None and validated_by.strip() == performed_by.strip():
        raise InvalidArgumentError(
            f"{performed_by} cannot both perform and validate an erasure",
            hint="Another person must agree.",
        )


def _must_be_free(plan: Plan) -> None:
    for hold in plan.holds:
        if hold.covers_all(plan.subject.root):
            raise RetainedError(
                f"the hold {hold.name!r} of {hold.placed_by} keeps {hold.subject}: {hold.reason}",
                operation="erase",
                key=str(plan.subject),
                code="Held",
                hint=f"When it ends: multistore tenant release {hold.tenant} --name {hold.name}",
            )


def _must_be(plan: Plan, digest: str) -> None:
    if plan.digest != digest:
        raise ConflictError(
            f"what the stores hold is not the plan {digest[:16]}… that was approved: it is "
            f"{plan.digest[:16]}…, {len(plan.items)} versions; nothing was erased",
            operation="erase",
            key=str(plan.subject),
            code="PlanChanged",
            hint="Make a new plan with --dry-run and have it approved.",
        )


def _changed(new: tuple[Item, ...]) -> ConflictError:
    names = ", ".join(sorted({item.name for item in new})[:5])
    return ConflictError(
        f"the store changed since the plan was approved: {len(new)} versions are new ({names})",
        operation="erase",
        code="PlanChanged",
        hint="Make a new plan with --dry-run and have it approved.",
    )


def text_of(subject: Subject) -> str:
    """Give what the ledger calls an erasure's subject."""
    return json.dumps([str(subject.kind), str(subject), sorted(subject.except_collections)])


def _ask(hooks: Hooks, subject: Subject, reason: str) -> None:
    if subject.kind is SubjectKind.TENANT:
        hooks.before(TenantErasing(tenant=subject.tenant))
    else:
        hooks.before(ObjectErasing(subject=str(subject), reason=reason))


def _tell(hooks: Hooks, subject: Subject, certificate: Certificate) -> None:
    if subject.kind is not SubjectKind.TENANT:
        hooks.after(
            ObjectErased(
                subject=str(subject), certificate=certificate.id, status=certificate.status
            )
        )
    elif certificate.status in {Status.COMPLETE, Status.LOGICAL_DELETE}:
        hooks.after(TenantErased(tenant=subject.tenant, certificate=certificate.id))
