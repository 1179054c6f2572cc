"""Counting days over a frozen calendar: no database, no clock, no library that could change under our feet.

How days are counted (Bộ luật Dân sự 2015, Điều 147-148, recalled and not checked word by word):

* the day of the event does not count, counting begins with the day after it;
* a limit ends at the end of its last day. The law says 24:00; we write 23:59:59 in Vietnam, the last second of that
  day, so that the moment still bears the date people read in the law;
* where the last day of a limit in plain days is a rest day, the limit ends with the next working day. A limit in
  working days can never end on a rest day.

Limits in hours run on through nights, weekends and holidays and need no calendar at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice

from engine.clock import ZONE
from engine.errors import IncidentError

ONE_DAY = timedelta(days=1)
SATURDAY = 5


class YearUnknown(IncidentError):
    """The calendar has no entries for a year: nobody may guess its rest days."""

    code = "calendar.year_unknown"


@dataclass(frozen=True)
class Calendar:
    """The rest days and the worked weekend days of the years that the table knows.

    Args:
        off: days without work apart from the weekends: holidays and days off in lieu.
        worked: days that are worked although they would be rest days: make-up Saturdays.
        years: the years for which the entries are complete.
        version: digest of all this; it is kept with every deadline that was counted.
    """

    off: frozenset[date]
    worked: frozenset[date]
    years: frozenset[int]
    version: str

    def is_working(self, day: date) -> bool:
        """Whether the state sector works on `day` (Monday to Friday, but for the entries). Raises `YearUnknown`."""
        if day.year not in self.years:
            raise YearUnknown(year=day.year)
        return day in self.worked or (day.weekday() < SATURDAY and day not in self.off)

    def working_days_after(self, day: date) -> Iterator[date]:
        """The working days after `day`, in order, until a year is unknown (`YearUnknown`)."""
        while True:
            day += ONE_DAY
            if self.is_working(day):
                yield day

    def count_working_days(self, after: date, until: date) -> int:
        """How many working days lie in (`after`, `until`]. Raises `YearUnknown`."""
        span = (until - after).days
        return sum(self.is_working(after + timedelta(days=n)) for n in range(1, span + 1))


def counted_working_days(calendar: Calendar, event: date, amount: int) -> tuple[date, ...]:
    """The `amount` (at least 1) working days that follow the day of the event. Raises `YearUnknown`."""
    _require_positive(amount)
    return tuple(islice(calendar.working_days_after(event), amount))


def add_working_days(calendar: Calendar, event: date, amount: int) -> date:
    """The last day of a limit of `amount` (at least 1) working days from the event. Raises `YearUnknown`."""
    return counted_working_days(calendar, event, amount)[-1]


def counted_days(calendar: Calendar, event: date, amount: int) -> tuple[date, ...]:
    """The days of a limit of `amount` (at least 1) plain days, with the rest days by which its end is put off."""
    _require_positive(amount)
    days = [event + timedelta(days=n) for n in range(1, amount + 1)]
    while not calendar.is_working(days[-1]):
        days.append(days[-1] + ONE_DAY)
    return tuple(days)


def add_days(calendar: Calendar, event: date, amount: int) -> date:
    """The last day of a limit of `amount` (at least 1) plain days; never a rest day. Raises `YearUnknown`."""
    return counted_days(calendar, event, amount)[-1]


def end_of_day(day: date) -> datetime:
    """The last second of `day` in Vietnam, as a moment in UTC."""
    return datetime.combine(day, time(23, 59, 59), ZONE).astimezone(UTC)


def _require_positive(amount: int) -> None:
    if amount < 1:
        raise ValueError(f"a limit of {amount} days")
