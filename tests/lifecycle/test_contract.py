"""What is due when, as a table: the dates of the white paper, and what comes in their way."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from multistore.ledger.schema import KekState, TenantState
from multistore.ledger.tenants import Tenant
from multistore.lifecycle.calendar import JST, BusinessCalendar
from multistore.lifecycle.contract import (
    Situation,
    Step,
    erase_due,
    next_step,
    on_day,
    stop_by,
    timeline,
)

OFFICE = BusinessCalendar()
END = date(2026, 11, 30)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=JST).astimezone(UTC)


STOPPED = at("2026-12-03 10:00")


def situation(state, **facts):
    dates = {
        "contract_end": None if state is TenantState.ACTIVE else END,
        "stop_by": None if state is TenantState.ACTIVE else stop_by(OFFICE, END),
        "stopped_at": None if state in {TenantState.ACTIVE, TenantState.ENDING} else STOPPED,
    }
    for name in [name for name in facts if name in dates]:
        dates[name] = facts.pop(name)
    tenant = Tenant(
        id=bytes(16),
        name="acme",
        state=state,
        added_at=at("2020-01-01"),
        changed_at=at("2020-01-01"),
        erase_due=None,
        erased_at=None,
        **dates,
    )
    return Situation(tenant=tenant, **facts)


def closed(**facts):
    return situation(
        TenantState.SUSPENDED, **{"closed": True, "key": KekState.CURRENT, "rolled": True, **facts}
    )


SCHEDULED = {"key": KekState.SCHEDULED}


@pytest.mark.parametrize(
    ("given", "now", "step"),
    [
        (situation(TenantState.ACTIVE), "2030-01-01", None),
        (situation(TenantState.ENDING), "2026-11-30 23:59:59", None),
        (situation(TenantState.ENDING), "2026-12-01 00:00", Step.STOP),
        (situation(TenantState.ENDING), "2028-01-01", Step.STOP),
        (situation(TenantState.ENDING, holds=("suit",)), "2026-12-01", Step.STOP),
        (situation(TenantState.SUSPENDED), "2026-12-03 10:00", Step.CLOSE),
        (situation(TenantState.SUSPENDED, holds=("suit",)), "2028-01-01", Step.CLOSE),
        (closed(), "2027-01-23 23:59:59", None),
        (closed(), "2027-01-24 00:00", Step.SCHEDULE),  # the 52nd day
        (closed(**SCHEDULED), "2027-01-31 23:59:59", None),
        (closed(**SCHEDULED), "2027-02-01 00:00", Step.DESTROY),  # the 60th day
        (closed(key=KekState.DESTROYED), "2027-02-01 00:00", Step.DESTROY),
        (closed(), "2028-02-01", Step.SCHEDULE),  # off for a year: still in order
        (closed(holds=("suit",)), "2028-02-01", None),
        (closed(holds=("suit",), **SCHEDULED), "2027-01-25", Step.SPARE),
        (closed(holds=("suit",), key=KekState.DESTROYED), "2028-01-25", None),
        (closed(unapproved=True), "2028-02-01", None),
        (closed(unapproved=True, **SCHEDULED), "2028-02-01", None),
        (situation(TenantState.SUSPENDED, stopped_at=None), "2030-01-01", None),
        (situation(TenantState.ERASING), "2027-02-01", Step.ERASE),
        (situation(TenantState.ERASING, holds=("suit",)), "2027-02-01", None),
        (situation(TenantState.ERASED), "2030-01-01", None),
    ],
)
def test_what_is_due(given, now, step):
    assert next_step(at(now), given) is step


def test_days_after_the_stop_are_days_in_japan():
    # 23:30 in Tokyo is still the day of the stop; in UTC it is the same day's afternoon.
    assert erase_due(at("2026-12-03 23:30")) == at("2027-02-01 00:00")
    assert erase_due(at("2026-12-04 00:00")) == at("2027-02-02 00:00")
    assert on_day(STOPPED, 1) == at("2026-12-04 00:00")


def test_the_stop_is_promised_in_business_days():
    assert stop_by(OFFICE, END) == at("2026-12-08 00:00")
    assert stop_by(OFFICE, date(2026, 12, 28)) == at("2027-01-09 00:00")


def milestones(given):
    return {milestone.step: milestone for milestone in timeline(given)}


def test_the_timeline_before_the_stop_shows_the_latest_dates():
    dates = milestones(situation(TenantState.ENDING))
    assert list(dates) == [Step.STOP, Step.ROLL, Step.SCHEDULE, Step.ERASE]
    assert dates[Step.STOP].due == at("2026-12-01 00:00")
    assert dates[Step.STOP].by == at("2026-12-08 00:00")
    assert dates[Step.ERASE].due == at("2027-02-05 00:00")
    assert dates[Step.ERASE].by == at("2027-02-06 00:00")
    assert not any(milestone.done for milestone in dates.values())


def test_the_timeline_after_the_stop_counts_from_it():
    dates = milestones(closed(rolled=False))
    assert dates[Step.STOP].done
    assert dates[Step.ROLL].by == at("2027-01-04 00:00")
    assert not dates[Step.ROLL].done
    assert dates[Step.SCHEDULE].due == at("2027-01-24 00:00")
    assert dates[Step.ERASE].due == at("2027-02-01 00:00")
    assert milestones(closed())[Step.ROLL].done


def test_no_end_in_sight_has_no_timeline():
    assert timeline(situation(TenantState.ACTIVE)) == ()


@pytest.mark.parametrize(
    ("given", "step", "last"),
    [
        (situation(TenantState.ENDING), Step.STOP, "2026-12-08 00:00"),
        (closed(rolled=False), Step.ROLL, "2027-01-04 00:00"),
        (closed(), Step.SCHEDULE, "2027-02-02 00:00"),
        (closed(), Step.ERASE, "2027-02-02 00:00"),
        (closed(unapproved=True), Step.ERASE, "2027-02-02 00:00"),
        (situation(TenantState.ERASING), Step.ERASE, "2027-02-02 00:00"),
    ],
)
def test_overdue_is_what_was_promised_and_not_done(given, step, last):
    milestone = milestones(given)[step]
    assert not milestone.overdue(at(last))
    assert milestone.overdue(at(last) + timedelta(microseconds=1))


@pytest.mark.parametrize("given", [closed(holds=("suit",)), closed(holds=("a", "b"), **SCHEDULED)])
def test_a_hold_pauses_and_is_named(given):
    erasure = milestones(given)[Step.ERASE]
    assert not erasure.overdue(at("2036-01-01"))
    assert all(name in " ".join(erasure.waits_for) for name in given.holds)


def test_a_hold_that_has_ended_leaves_the_time_for_the_key_s_window():
    late = milestones(closed(held_until=at("2028-03-01 12:00")))[Step.ERASE]
    assert late.by == at("2028-03-10 00:00")
    assert milestones(closed(held_until=at("2027-01-05")))[Step.ERASE].by == at("2027-02-02 00:00")


def test_before_the_stop_only_the_stop_is_late():
    late = [m.step for m in timeline(situation(TenantState.ENDING)) if m.overdue(at("2030-01-01"))]
    assert late == [Step.STOP]


def test_a_hold_excuses_no_late_stop():
    stop = milestones(situation(TenantState.ENDING, holds=("suit",)))[Step.STOP]
    assert stop.overdue(at("2027-01-01"))
    assert not stop.waits_for


def test_a_missing_approval_is_named_and_no_excuse():
    erasure = milestones(closed(unapproved=True))[Step.ERASE]
    assert erasure.waits_for == ("the approval of a second person",)
    assert erasure.overdue(at("2028-01-01"))


def test_nothing_is_overdue_once_it_is_erased():
    given = situation(TenantState.ERASED, rolled=True)
    assert not any(milestone.overdue(at("2036-01-01")) for milestone in timeline(given))
