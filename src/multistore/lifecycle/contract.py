"""The end of a contract as dates and steps. Pure: what is so comes in, what is due goes out.

The promise, from the security white paper §3: *within 5 business days after the contract's end
the environment is stopped, and on the 60th day after the stop the data is deleted*. Days are days
in Japan. Nothing here is done early that cannot be undone, and nothing waits for the last moment
that can be: a tenant is stopped as soon as its contract is over, its data erased on the 60th day.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from multistore.ledger.schema import KekState, TenantState
from multistore.lifecycle.calendar import day_of, end_of

if TYPE_CHECKING:
    from datetime import date, datetime

    from multistore.ledger.tenants import Tenant
    from multistore.lifecycle.calendar import BusinessCalendar

STOP_WITHIN = 5
"""Business days between the contract's last day and the stop, at most."""

ERASE_ON = 60
"""The day after the stop on which the data is erased."""

SCHEDULE_ON = 52
"""The day after the stop on which the destruction of the tenant's master key is scheduled."""

WINDOW = timedelta(days=7)
"""How long that destruction can be called off: the last chance to come back."""

ROLL_WITHIN = 31
"""The day after the stop by which the epoch key that knew the tenant's is to be on its way out.

It serves every other tenant too, so no run ends it: ``multistore keys roll`` does, each month.
"""


class Step(StrEnum):
    """What a run does to one tenant, in the order of a contract's end."""

    STOP = "stop"
    """Refuse reads and writes: ENDING becomes SUSPENDED."""
    CLOSE = "close-keys"
    """Move its keys under a KEK of its own."""
    ROLL = "roll-keys"
    """Never done by a run: see ROLL_WITHIN."""
    SPARE = "spare-key"
    """Call the destruction of its master key off: a hold was placed."""
    SCHEDULE = "schedule-key"
    """Schedule the destruction of its master key."""
    DESTROY = "destroy-keys"
    """Take its wrapped keys out of the ledger: SUSPENDED becomes ERASING, for good."""
    ERASE = "erase"
    """Erase its bytes and look until nothing is left: ERASING becomes ERASED."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """How things stand with one tenant that leaves.

    Attributes:
        tenant: its row.
        closed: whether its keys are under a KEK of its own, and under no other.
        key: the state of that KEK, or None where there is none.
        rolled: whether every epoch KEK from before the stop is on its way out.
        holds: the names of the holds on anything of it.
        held_until: when the last hold was released, if one ever was.
        unapproved: whether a second person must still approve.
        certified: when its erasure was looked at last and a certificate issued, if ever.
    """

    tenant: Tenant
    closed: bool = False
    key: KekState | None = None
    rolled: bool = False
    holds: tuple[str, ...] = ()
    held_until: datetime | None = None
    unapproved: bool = False
    certified: datetime | None = None


@dataclass(frozen=True, slots=True)
class Milestone:
    """One date on the way.

    Attributes:
        step: what is due.
        due: from when a run does it.
        by: until when it is promised.
        done: whether it is done.
        waits_for: what blocks it now, in words; empty where nothing does.
        paused: whether a hold blocks it, which is nobody's delay.
        tentative: whether the dates are the latest possible, as the tenant is not stopped yet:
            what is late until then is the stop alone.
    """

    step: Step
    due: datetime
    by: datetime
    done: bool
    waits_for: tuple[str, ...] = ()
    paused: bool = False
    tentative: bool = False

    def overdue(self, now: datetime) -> bool:
        """Whether a promise is broken."""
        return not (self.done or self.paused or self.tentative) and now > self.by

    def waiting(self, now: datetime) -> bool:
        """Whether it is due and something blocks it."""
        return not (self.done or self.tentative) and now >= self.due and bool(self.waits_for)


def stop_by(calendar: BusinessCalendar, contract_end: date) -> datetime:
    """Return until when a tenant must be stopped whose contract's last day this is."""
    return end_of(calendar.after(contract_end, STOP_WITHIN))


def on_day(stopped_at: datetime, count: int) -> datetime:
    """Return the beginning of the ``count``-th day after a stop, the day of the stop not counted.

    So the Civil Code counts (articles 140 and 141).
    """
    return end_of(day_of(stopped_at) + timedelta(days=count - 1))


def next_step(now: datetime, situation: Situation) -> Step | None:
    """Return what a run has to do next for a tenant, or None where nothing is due or possible."""
    tenant = situation.tenant
    if tenant.state is TenantState.ENDING and tenant.contract_end:
        return Step.STOP if now >= end_of(tenant.contract_end) else None
    if tenant.state is TenantState.ERASING:
        # What remains ends by itself or not at all: one fresh look on each day is enough.
        looked = situation.certified and day_of(situation.certified) >= day_of(now)
        return None if situation.holds or looked else Step.ERASE
    if tenant.state is not TenantState.SUSPENDED or tenant.stopped_at is None:
        return None
    if not situation.closed:
        return Step.CLOSE
    if situation.holds:
        return Step.SPARE if situation.key is KekState.SCHEDULED else None
    if situation.unapproved:
        return None
    if situation.key is KekState.CURRENT and now >= on_day(tenant.stopped_at, SCHEDULE_ON):
        return Step.SCHEDULE
    return Step.DESTROY if now >= erase_due(tenant.stopped_at) else None


def expected(now: datetime, situation: Situation, step: Step) -> Situation:
    """Return how things will stand when a step has been done, for a run that does nothing."""
    changes: dict[Step, dict[str, Any]] = {
        Step.CLOSE: {"closed": True, "key": KekState.CURRENT},
        Step.SPARE: {"key": KekState.CURRENT},
        Step.SCHEDULE: {"key": KekState.SCHEDULED},
        Step.ERASE: {"certified": now},
    }
    states: dict[Step, dict[str, Any]] = {
        Step.STOP: {"state": TenantState.SUSPENDED, "stopped_at": now},
        Step.DESTROY: {"state": TenantState.ERASING},
    }
    tenant = replace(situation.tenant, **states.get(step, {}))
    return replace(situation, tenant=tenant, **changes.get(step, {}))


def erase_due(stopped_at: datetime) -> datetime:
    """Return from when the bytes of a tenant that was stopped then are erased."""
    return on_day(stopped_at, ERASE_ON)


def timeline(situation: Situation) -> tuple[Milestone, ...]:
    """Return the dates of a tenant's end, in order; none where no end is in sight.

    Before the stop the later dates are the latest that they can be.
    """
    tenant = situation.tenant
    if tenant.contract_end is None or tenant.stop_by is None:
        return ()
    stopped = tenant.stopped_at
    stop = stopped or tenant.stop_by - timedelta(microseconds=1)
    erased = tenant.state is TenantState.ERASED
    keys_gone = tenant.state in (TenantState.ERASING, TenantState.ERASED)
    leaving = situation.key in (KekState.SCHEDULED, KekState.DESTROYED)
    held = tuple(f"the hold {name!r}" for name in situation.holds)
    approval = ("the approval of a second person",) if situation.unapproved else ()

    def milestone(step: Step, *, due: datetime, by: datetime, done: bool) -> Milestone:
        final = step in (Step.SCHEDULE, Step.ERASE)
        blocks: tuple[str, ...] = ()
        if not done and final:
            blocks = (*held, *(() if keys_gone else approval))
        elif not done and step is Step.ROLL:
            blocks = ("multistore keys roll",)
        return Milestone(
            step,
            due,
            by,
            done,
            blocks,
            paused=bool(held and final),
            tentative=stopped is None and step is not Step.STOP,
        )

    def within(first: int, last: int) -> dict[str, datetime]:
        return {"due": on_day(stop, first), "by": on_day(stop, last + 1)}

    def unless_held(first: int) -> dict[str, datetime]:
        dates = within(first, ERASE_ON)
        if situation.held_until:  # the key's window begins only now
            dates["by"] = max(dates["by"], on_day(situation.held_until, WINDOW.days + 2))
        return dates

    return (
        milestone(
            Step.STOP,
            due=end_of(tenant.contract_end),
            by=tenant.stop_by,
            done=stopped is not None,
        ),
        milestone(
            Step.ROLL,
            **within(1, ROLL_WITHIN),
            done=stopped is not None and situation.rolled,
        ),
        milestone(
            Step.SCHEDULE,
            **unless_held(SCHEDULE_ON),
            done=keys_gone or (stopped is not None and leaving),
        ),
        milestone(Step.ERASE, **unless_held(ERASE_ON), done=erased),
    )
