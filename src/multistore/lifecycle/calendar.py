"""Business days in Japan, and calendar arithmetic. Pure: no clock is read here.

Days are counted in Asia/Tokyo, which has kept +09:00 without summer time since 1952, so no
time zone data is needed. National holidays come from the ``holidays`` package, which follows the
Act on National Holidays with its substitute and in-between holidays.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import TYPE_CHECKING, Self

from multistore.config import YEARS_END
from multistore.errors import ConfigurationError, InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterable

JST = timezone(timedelta(hours=9), "JST")

_SATURDAY = 5


@lru_cache(maxsize=64)
def _national_holidays(year: int) -> frozenset[date]:
    import holidays  # noqa: PLC0415 - 40 ms that only the lifecycle needs

    known = holidays.country_holidays("JP", years=year)
    if not known:  # the package knows the equinoxes up to a certain year
        raise InvalidArgumentError(f"Japan's holidays of the year {year} are not known")
    return frozenset(known)


@dataclass(frozen=True, slots=True)
class BusinessCalendar:
    """Which days count as business days.

    Attributes:
        closing: the operator's own closing days: ``MM-DD`` of every year, or ``YYYY-MM-DD``.
    """

    closing: frozenset[str] = frozenset(YEARS_END)

    @classmethod
    def of(cls, closing: Iterable[str]) -> Self:
        """Make one of configured closing days.

        Raises:
            ConfigurationError: an entry is no day.
        """
        entries = frozenset(closing)
        for entry in entries:
            if not _is_day(entry):
                raise ConfigurationError(
                    f"vault.closing_days: {entry!r} is no day", hint="Write MM-DD or YYYY-MM-DD."
                )
        return cls(entries)

    def is_business_day(self, day: date) -> bool:
        """Tell whether the operator works on this day."""
        return (
            day.weekday() < _SATURDAY
            and day not in _national_holidays(day.year)
            and day.isoformat() not in self.closing
            and f"{day:%m-%d}" not in self.closing
        )

    def after(self, day: date, count: int) -> date:
        """Return the ``count``-th business day after ``day``, which itself does not count.

        Raises:
            InvalidArgumentError: it would lie beyond 9999, or in a year of unknown holidays.
        """
        first = day
        while count:
            try:
                day += timedelta(days=1)
            except OverflowError:
                raise InvalidArgumentError(
                    f"the calendar ends before business day {count} after {first}"
                ) from None
            count -= self.is_business_day(day)
        return day


def _is_day(entry: str) -> bool:
    # 2024 is a leap year: 02-29 is a day.
    full = f"2024-{entry}" if len(entry) == len("MM-DD") else entry
    try:
        return date.fromisoformat(full).isoformat() == full
    except ValueError:
        return False


def end_of(day: date) -> datetime:
    """Return the moment at which a day in Japan is over, in UTC."""
    midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), JST)
    return midnight.astimezone(UTC)


def day_of(moment: datetime) -> date:
    """Return which day it is in Japan at a moment."""
    return moment.astimezone(JST).date()


_PERIOD = re.compile(r"([1-9][0-9]{0,3}) (days|months|years)")
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time as the calendar has it: months are calendar months, not 30 days.

    Attributes:
        months: how many; then ``days`` is 0.
        days: how many; then ``months`` is 0.
    """

    months: int = 0
    days: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``36 months``, ``60 days`` or ``5 years``.

        Raises:
            ConfigurationError: it is none of these.
        """
        found = _PERIOD.fullmatch(text)
        if found is None:
            raise ConfigurationError(f"{text!r} is no period", hint='Write "36 months".')
        count = int(found[1])
        if found[2] == "days":
            return cls(days=count)
        return cls(months=count * 12 if found[2] == "years" else count)

    def after(self, moment: datetime) -> datetime:
        """Return the moment at which the period that began at ``moment`` is over, in UTC.

        Counted on the calendar of Japan. Where the month has no such day it is over on the
        month's last: never later than was promised. Beyond the calendar it is never over.
        """
        local = moment.astimezone(JST)
        try:
            if self.days:
                return (local + timedelta(days=self.days)).astimezone(UTC)
            year, month = divmod(local.year * 12 + local.month - 1 + self.months, 12)
            day = min(local.day, calendar.monthrange(year, month + 1)[1])
            return local.replace(year=year, month=month + 1, day=day).astimezone(UTC)
        except (OverflowError, ValueError):  # past the year 9999
            return _NEVER

    def latest_begin(self, moment: datetime) -> datetime:
        """Return the latest moment that can have begun a period which is over at ``moment``.

        Whatever began later is not over yet. What began earlier mostly is, but in the days at
        a month's end not always: a bound to leave things out by, and never the verdict.
        """
        local = moment.astimezone(JST)
        if self.days:
            return (local - timedelta(days=self.days)).astimezone(UTC)
        year, month = divmod(local.year * 12 + local.month - 1 - self.months, 12)
        last_then = calendar.monthrange(year, month + 1)[1]
        last_now = calendar.monthrange(local.year, local.month)[1]
        if local.day == last_now:  # every longer day of that month ends here
            return local.replace(year=year, month=month + 1, day=last_then).astimezone(UTC)
        if local.day > last_then:  # that whole month is over
            return end_of(date(year, month + 1, last_then))
        return local.replace(year=year, month=month + 1).astimezone(UTC)
