"""Business days as the Cabinet Office's calendar has them, and months as people count them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from multistore.errors import ConfigurationError, InvalidArgumentError
from multistore.lifecycle.calendar import JST, BusinessCalendar, Period, day_of, end_of

OFFICE = BusinessCalendar()


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("2026-11-28", "a Saturday"),
        ("2026-11-29", "a Sunday"),
        ("2026-11-23", "Labour Thanksgiving Day"),
        ("2026-05-06", "the substitute for a holiday on a Sunday"),
        ("2026-09-22", "a day between two holidays"),
        ("2027-03-21", "the vernal equinox"),
        ("2027-03-22", "its substitute"),
        ("2026-12-29", "the year's end"),
        ("2026-12-31", "the year's end"),
        ("2027-01-03", "the year's beginning"),
    ],
)
def test_nobody_works_on(day, why):
    assert not OFFICE.is_business_day(date.fromisoformat(day)), why


@pytest.mark.parametrize("day", ["2026-11-24", "2026-12-28", "2027-01-04", "2027-03-23"])
def test_people_work_on(day):
    assert OFFICE.is_business_day(date.fromisoformat(day))


@pytest.mark.parametrize(
    ("end", "count", "expected"),
    [
        ("2026-11-30", 5, "2026-12-07"),
        ("2026-11-20", 5, "2026-11-30"),  # a long weekend in between
        ("2026-12-25", 5, "2027-01-07"),  # the turn of the year
        ("2026-12-31", 1, "2027-01-04"),
        ("2027-04-28", 5, "2027-05-11"),  # the golden week
        ("2026-11-28", 1, "2026-11-30"),  # from a Saturday
        ("2026-11-30", 0, "2026-11-30"),
    ],
)
def test_business_days_are_counted_from_the_day_after(end, count, expected):
    assert OFFICE.after(date.fromisoformat(end), count) == date.fromisoformat(expected)


def test_the_operator_s_own_days_take_the_place_of_the_year_s_end():
    own = BusinessCalendar.of(["08-13", "2026-12-28"])
    assert not own.is_business_day(date(2026, 8, 13))
    assert not own.is_business_day(date(2027, 8, 13))
    assert not own.is_business_day(date(2026, 12, 28))
    assert own.is_business_day(date(2027, 12, 28))
    assert own.is_business_day(date(2026, 12, 29))
    assert BusinessCalendar.of(["02-29"]).closing == {"02-29"}


@pytest.mark.parametrize(
    "entry", ["", "13-01", "2-9", "2026-02-29", "20261229", "2026-W53-1", "12/29", "０1-01"]
)
def test_a_day_that_is_none_is_refused(entry):
    with pytest.raises(ConfigurationError, match="closing_days"):
        BusinessCalendar.of([entry])


def test_a_year_whose_holidays_nobody_knows_is_not_guessed():
    with pytest.raises(InvalidArgumentError, match="2150"):
        OFFICE.after(date(2150, 1, 10), 1)


def test_a_calendar_that_never_opens_is_no_endless_loop():
    every = {f"{date(2024, 1, 1) + timedelta(days=n):%m-%d}" for n in range(366)}
    with pytest.raises(InvalidArgumentError):
        BusinessCalendar.of(every).after(date(2026, 1, 1), 1)


def test_a_day_in_japan_ends_at_15_utc():
    assert end_of(date(2026, 11, 30)) == datetime(2026, 11, 30, 15, tzinfo=UTC)
    assert day_of(datetime(2026, 11, 30, 14, 59, 59, tzinfo=UTC)) == date(2026, 11, 30)
    assert day_of(datetime(2026, 11, 30, 15, tzinfo=UTC)) == date(2026, 12, 1)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=JST)


@pytest.mark.parametrize(
    ("period", "begun", "over"),
    [
        ("36 months", "2026-11-24 10:00", "2029-11-24 10:00"),
        ("1 months", "2027-01-31 10:00", "2027-02-28 10:00"),
        ("1 months", "2028-01-31 10:00", "2028-02-29 10:00"),
        ("12 months", "2028-02-29 00:00", "2029-02-28 00:00"),
        ("4 years", "2028-02-29 00:00", "2032-02-29 00:00"),
        ("60 days", "2026-11-24 10:00", "2027-01-23 10:00"),
        ("1 months", "2026-12-01 00:00", "2027-01-01 00:00"),  # in UTC that is November
    ],
)
def test_a_period_ends_on_the_calendar_of_japan(period, begun, over):
    assert Period.parse(period).after(at(begun)) == at(over)
    assert Period.parse(period).after(at(begun).astimezone(UTC)).tzinfo is UTC


@pytest.mark.parametrize("text", ["", "36", "0 days", "36 month", "-1 days", "3 weeks", "１ days"])
def test_what_is_no_period_is_refused(text):
    with pytest.raises(ConfigurationError):
        Period.parse(text)


def test_beyond_the_calendar_it_is_never_over():
    assert Period.parse("9999 years").after(at("2026-01-01")).year == 9999


PERIODS = st.one_of(
    st.integers(1, 60).map(lambda n: Period(months=n)),
    st.integers(1, 400).map(lambda n: Period(days=n)),
)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)).map(  # noqa: DTZ001
    lambda t: t.replace(tzinfo=JST)
)


@given(PERIODS, MOMENTS, st.integers(-70, 70), st.integers(0, 86_399))
def test_nothing_that_is_over_began_after_the_bound(period, now, days, seconds):
    begun = period.latest_begin(now) + timedelta(days=days, seconds=seconds)
    assume(period.after(begun) <= now)
    assert begun <= period.latest_begin(now)


@given(PERIODS, MOMENTS)
def test_the_bound_is_within_four_days_of_the_truth(period, now):
    assert period.after(period.latest_begin(now) - timedelta(days=4)) <= now
