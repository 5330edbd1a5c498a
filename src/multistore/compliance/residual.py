"""How long data may remain after it was deleted, at worst: the sum for every way it remains. Pure.

Each copy of the data is one way, and each way a sum: what keeps it, in days, one after another. The
longest counts. A way without an end, or one that could not be read, is no number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from multistore.compliance.answers import MalformedError, entries, number, section, text
from multistore.compliance.backup_selections import Taken, takes
from multistore.compliance.lifecycle_rules import lifecycle
from multistore.compliance.model import Text
from multistore.compliance.reading import listed, part
from multistore.compliance.replication import hops

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from multistore.compliance.view import View

ERASED_WITHIN_DAYS = 60
"""The white paper, section 3: data is erased 60 days after the service is stopped."""

SCHEDULER_DAYS = 2
"""S3 rounds a rule's moment up to the next midnight UTC and works it off within about a day."""

_DAYS_OF_A_YEAR = 366


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that keeps data; days is None where it has no end."""

    label: Text
    days: int | None


@dataclass(frozen=True, slots=True)
class Way:
    """One copy of the data, and what keeps it, one after another."""

    where: str
    terms: tuple[Term, ...]

    @property
    def days(self) -> int | None:
        """The sum; None where a part has no end."""
        days = [term.days for term in self.terms]
        return None if None in days else sum(day for day in days if day is not None)

    def say(self) -> Text:
        """Write the sum down."""
        en = " + ".join(f"{_days(t.days)} {t.label.en}" for t in self.terms) or "0"
        ja = " + ".join(f"{t.label.ja} {_days_ja(t.days)}" for t in self.terms) or "0"
        return Text(
            f"{self.where}: {en} = {_days(self.days)} days",
            f"{self.where}：{ja} = {_days_ja(self.days)}",
        )


def _days(days: int | None) -> str:
    return "∞" if days is None else str(days)


def _days_ja(days: int | None) -> str:
    return "無期限" if days is None else f"{days} 日"


_NONCURRENT = Text("noncurrent", "旧バージョン")
_GENERATIONS = Text("generations kept", "世代保持")
_LOCK = Text("lock", "ロック")
_SCHEDULER = Text("scheduler", "実行遅延")
_EXPIRY = Text("expiry of the replica", "複製先の有効期限")
_BACKUP = Text("backup", "バックアップ")


def ways(view: View) -> list[Way]:
    """Return every way in which a bucket's data may outlive its deletion.

    Raises:
        UnreadableError: one of them could not be read.
    """
    own = Way(view.resource.name, tuple(_kept(view)))
    replicas = [_replica(hop.way[-1], hop.looked_into()) for hop in hops(view)]
    return [own, *replicas, *_backups(view)]


def lock_days(view: View) -> int | None:
    """Return for how long a bucket locks what is written, by default; None: not at all.

    Raises:
        UnreadableError: it could not be read.
        MalformedError: a lock is put by default, and the answer does not say for how long.
    """
    value = view.answer("GetObjectLockConfiguration")
    if value is None:
        return None
    found = section(part(view, "GetObjectLockConfiguration", "ObjectLockConfiguration"))
    if found.get("Rule") is None:
        return None
    retention = section(found, "Rule", "DefaultRetention")
    # S3 gives one of the two; moto gives both, with zero for the other.
    years, days = number(retention, "Years") or 0, number(retention, "Days") or 0
    total = years * _DAYS_OF_A_YEAR + days
    if min(years, days) < 0 or total < 1:
        raise MalformedError("DefaultRetention has no period")
    return total


def versioned(view: View) -> bool:
    """Whether a bucket keeps, or may still have, versions that were deleted.

    Raises:
        UnreadableError: it could not be read.
        MalformedError: the answer has another word than the API.
    """
    status = text(view.read("GetBucketVersioning"), "Status")
    if status not in {"Enabled", "Suspended", ""}:
        raise MalformedError("Status is none of Enabled and Suspended")
    return status != ""


def _kept(view: View) -> Iterator[Term]:
    """What keeps a version after its deletion in its own bucket."""
    if versioned(view):
        rules = lifecycle(view)
        yield Term(_NONCURRENT, rules.noncurrent)
        if rules.generations and rules.noncurrent is None:
            yield Term(_GENERATIONS, None)
        yield Term(_SCHEDULER, SCHEDULER_DAYS)
    locked = lock_days(view)
    if locked is not None:
        yield Term(_LOCK, locked)


def _replica(name: str, target: View) -> Way:
    """What keeps a replica: deletions of versions never reach it, its own expiry does.

    Source: S3 replicates neither the deletion of a version nor what lifecycle rules delete
    (Amazon S3 User Guide, "What does Amazon S3 replicate?").
    """
    expiry = Term(_EXPIRY, lifecycle(target).expiration)
    return Way(name, (expiry, *_kept(target)))


def _backups(view: View) -> Iterator[Way]:
    """What keeps backups: plans of AWS Backup that take this bucket, or may."""
    if view.resource.kind != "s3-bucket":
        return
    regions = [region for region in view.every("aws-region") if _same_account(region, view)]
    for region in regions:
        listed(region, "backup:ListBackupPlans", "BackupPlansList")
    if not regions:
        view.read("backup:ListBackupPlans")  # which nobody asked: unknown
    for plan in view.every("backup-plan"):
        if _same_account(plan, view) and takes(plan, view.resource.name) is not Taken.NO:
            yield from _plan(plan)


def _same_account(other: View, view: View) -> bool:
    """Whether two things are looked at by the same credentials."""
    stores = view.settings.stores
    mine = stores.get(view.resource.via or view.resource.store or "")
    its = stores.get(other.resource.via or other.resource.store or "")
    return mine is not None and its is not None and mine.credentials == its.credentials


def _plan(plan: View) -> Iterator[Way]:
    found = part(plan, "backup:GetBackupPlan", "BackupPlan")
    name = text(found, "BackupPlanName")
    for rule in entries(found, "Rules"):
        for kept in (rule, *entries(rule, "CopyActions")):
            yield Way(f"{name}/{text(rule, 'RuleName')}", (Term(_BACKUP, _backup_days(kept)),))


def _backup_days(rule: Mapping[str, Any]) -> int | None:
    days = number(rule, "Lifecycle", "DeleteAfterDays")
    return None if days is None or days < 0 else days
