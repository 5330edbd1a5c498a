"""``lifecycle run``: do what is due, in order, and say what is not done. Idempotent, resumable.

Meant to be run every day. What a run that was off for a year finds due, it does in order; a
second run on the same day changes nothing. One tenant's failure holds no other tenant up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from multistore.errors import ClosedError, MultistoreError, RetainedError, VetoedError
from multistore.keys import ending
from multistore.ledger import anchors
from multistore.ledger.incidents import Incidents
from multistore.lifecycle import expiry, leaving, mirroring, reissue
from multistore.lifecycle.contract import Step, expected, next_step, timeline

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from multistore.ledger.tenants import Tenant
    from multistore.lifecycle.contract import Situation
    from multistore.lifecycle.estate import Estate
    from multistore.lifecycle.expiry import Scope
    from multistore.lifecycle.leaving import Taken

EXPIRE = "expire"
"""The step of a collection's retention."""

REISSUE = "reissue"
"""The step of a certificate that is pending."""

NOTIFY = "notify"
"""The step of an incident: the customer is to be told. No run does it."""

ANCHOR = "anchor-events"
"""The step by which the head of the events is kept outside the ledger."""

GRACE = timedelta(days=1)
"""What has expired is gone within a day, where a run is made on every day."""


class Result(StrEnum):
    """What became of one action."""

    DONE = "done"
    WOULD = "would"
    """A dry run: it would be done."""
    WAITS = "waits"
    """It is due, and something stands in its way that is named."""
    FAILED = "failed"
    """It was tried; the next run tries again."""


@dataclass(frozen=True, slots=True)
class Action:
    """One line of a run.

    Attributes:
        subject: the tenant, ``tenant/collection``, a KEK, or what an incident is about.
        step: what.
        result: what became of it.
        detail: one sentence.
        by: until when it was promised, where it was.
        overdue: whether that is past.
    """

    subject: str
    step: str
    result: Result
    detail: str
    by: datetime | None = None
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """All that a run did, in order."""

    actions: tuple[Action, ...]

    @property
    def overdue(self) -> bool:
        """Whether a promise is broken."""
        return any(action.overdue for action in self.actions)

    @property
    def failed(self) -> bool:
        """Whether something was tried and did not succeed."""
        return any(action.result is Result.FAILED for action in self.actions)


class _Run:
    """One run over one estate."""

    def __init__(self, estate: Estate, *, dry: bool, seen: Callable[[Action], object]) -> None:
        self._estate = estate
        self._dry = dry
        self._seen = seen
        self._now = estate.clock()
        self._actions: list[Action] = []

    def report(self) -> Report:
        """Do everything that is due.

        Cost where nothing is: a few indexed queries, whatever the number of tenants.
        """
        if not self._dry:
            self._settle()
        for name in self._estate.leaving(self._now):
            self._leave(name)
        self._reissue()
        for scope in expiry.due(self._estate, self._now):
            self._expire(scope)
        for told in mirroring.mirror(self._estate, dry=self._dry):
            self._add(told.store, mirroring.MIRROR, self._mirrored(told.done), told.detail)
        self._remind_of_incidents()
        if not self._dry:
            self._anchor()
        return Report(tuple(self._actions))

    def _mirrored(self, done: bool) -> Result:  # noqa: FBT001 - what became of it
        if not done:
            return Result.WAITS
        return Result.WOULD if self._dry else Result.DONE

    def _settle(self) -> None:
        try:
            for number in ending.settle(self._estate.keyring, self._now):
                self._add(f"KEK {number}", "settle-key", Result.DONE, "its master key is destroyed")
        except MultistoreError as error:
            self._failed("keys", "settle-key", error)

    def _leave(self, name: str) -> None:
        try:
            tenant = self._estate.keyring.ledger.tenants.get(name)
            found = situation = self._estate.situation(tenant)
            blocked: str | None = None
            while blocked is None and (step := next_step(self._now, situation)):
                blocked, situation = self._take(step, situation)
        except MultistoreError as error:
            self._failed(name, "look", error)
            return
        self._remind(found if self._dry else situation, blocked)

    def _reissue(self) -> None:
        for one in reissue.pending(self._estate, self._now):
            late = one.due is not None and self._now > one.due + GRACE
            named = ", ".join(identity[:12] for identity in one.certificates)
            if self._dry:
                what = f"certificate {named} would be issued anew"
                self._add(str(one), REISSUE, Result.WOULD, what, by=one.due, overdue=late)
                continue
            try:
                taken = reissue.issue(self._estate, one)
            except (RetainedError, VetoedError) as error:
                held = isinstance(error, RetainedError)
                self._add(str(one), REISSUE, Result.WAITS, str(error), overdue=late and not held)
            except MultistoreError as error:
                self._failed(str(one), REISSUE, error, overdue=late)
            else:
                overdue = late and taken.waits
                self._add(str(one), REISSUE, _became(taken), taken.detail, overdue=overdue)

    def _expire(self, scope: Scope) -> None:
        late = False
        try:
            expired = expiry.look_through(self._estate, scope, self._now)
            ended = expired.overdue_since
            late = ended is not None and self._now > ended + GRACE
            if self._dry:
                if expired.count:
                    what = f"{expired.count} objects would be erased"
                    self._add(str(scope), EXPIRE, Result.WOULD, what, by=ended, overdue=late)
                return
            taken = expiry.erase(self._estate, scope, expired, self._now)
        except (RetainedError, VetoedError) as error:
            held = isinstance(error, RetainedError)
            self._add(str(scope), EXPIRE, Result.WAITS, str(error), overdue=late and not held)
        except MultistoreError as error:
            self._failed(str(scope), EXPIRE, error, overdue=late)
        else:
            if taken.waits:
                self._add(str(scope), EXPIRE, _became(taken), taken.detail)
            elif expired.count or taken.moved:
                self._add(str(scope), EXPIRE, Result.DONE, taken.detail)

    def _take(self, step: Step, situation: Situation) -> tuple[str | None, Situation]:
        """Take a step; what stopped it, and how things stand now."""
        tenant = situation.tenant
        if self._dry:
            self._add(tenant.name, step, Result.WOULD, _MEANING[step])
            return None, expected(self._now, situation, step)
        try:
            taken = leaving.take(self._estate, step, tenant, self._now)
        except VetoedError as veto:
            self._add(tenant.name, step, Result.WAITS, str(veto))
            return str(veto), self._now_with(tenant)
        except MultistoreError as error:
            self._failed(tenant.name, step, error)
            return str(error), self._now_with(tenant)
        self._add(tenant.name, step, _became(taken), taken.detail)
        after = self._now_with(tenant)
        if not taken.waits and next_step(self._now, after) is step:
            return "it was done and is still due", after
        return (taken.detail if taken.waits else None), after

    def _now_with(self, tenant: Tenant) -> Situation:
        return self._estate.situation(self._estate.keyring.ledger.tenants.get(tenant.name))

    def _remind(self, situation: Situation, blocked: str | None) -> None:
        """Name every date that has passed, and what is due and waits for somebody."""
        for milestone in timeline(situation):
            late = milestone.overdue(self._now)
            if late or milestone.waiting(self._now):
                reasons = milestone.waits_for or ((blocked,) if blocked else ("the next run",))
                self._add(
                    situation.tenant.name,
                    milestone.step,
                    Result.WAITS,
                    f"waits for {', '.join(reasons)}" if milestone.waits_for else reasons[0],
                    by=milestone.by,
                    overdue=late,
                )

    def _remind_of_incidents(self) -> None:
        """Name every incident of which the customer was not told yet."""
        for incident in Incidents(self._estate.keyring.ledger).list():
            self._add(
                incident.subject,
                NOTIFY,
                Result.WAITS,
                f"incident {incident.id[:12]}: {incident.detail}; "
                "waits for multistore events notified",
                by=incident.notify_by,
                overdue=incident.overdue(self._now),
            )

    def _anchor(self) -> None:
        """Keep the head of the events outside the ledger, where the configuration has a place."""
        keyring = self._estate.keyring
        try:
            head = anchors.publish(keyring.ledger, keyring.log)
        except MultistoreError as error:
            self._failed("events", ANCHOR, error)
            return
        if head is not None:
            self._add("events", ANCHOR, Result.DONE, f"event {head.seq} is the newest")

    def _failed(
        self, subject: str, step: str, error: MultistoreError, *, overdue: bool = False
    ) -> None:
        if isinstance(error, ClosedError):
            raise error
        self._add(subject, step, Result.FAILED, str(error), overdue=overdue)

    def _add(
        self,
        subject: str,
        step: str,
        result: Result,
        detail: str,
        *,
        by: datetime | None = None,
        overdue: bool = False,
    ) -> None:
        action = Action(subject, str(step), result, detail, by, overdue)
        self._actions.append(action)
        self._seen(action)


def _became(taken: Taken) -> Result:
    if not taken.waits:
        return Result.DONE
    return Result.FAILED if taken.failed else Result.WAITS


_MEANING = {
    Step.STOP: "reads and writes would be refused",
    Step.CLOSE: "its keys would move under a KEK of their own",
    Step.SPARE: "the destruction of its master key would be called off",
    Step.SCHEDULE: "the destruction of its master key would be scheduled",
    Step.DESTROY: "its keys would leave the ledger, for good",
    Step.ERASE: "every byte of it would be erased, and certified",
}


class Lifecycle:
    """What time does to the objects of one vault; reached as ``vault.lifecycle``."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate

    def run(
        self, *, dry_run: bool = False, seen: Callable[[Action], object] = lambda _: None
    ) -> Report:
        """Do everything that is due now, in order; meant to be called every day.

        Idempotent, and taken up by the next run where it was cut short. What fails for one
        tenant is reported and holds no other up. Cost where nothing is due: a few indexed
        queries, whatever the number of tenants.

        Args:
            dry_run: change nothing, and say what would be done.
            seen: called with every action as it ends.

        Raises:
            ClosedError: the vault was closed.
            UnavailableError: the ledger does not answer.
        """
        return _Run(self._estate, dry=dry_run, seen=seen).report()
