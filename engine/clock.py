"""Time comes from one injected clock; it is stored in UTC, and days and years are counted in Vietnam."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


class Clock(Protocol):
    """Tells the time; tests and scenarios bring their own."""

    def now(self) -> datetime:
        """The current moment, aware and in UTC."""


class SystemClock:
    """The machine's clock, to the microsecond."""

    def now(self) -> datetime:
        """The current moment, aware and in UTC."""
        return datetime.now(UTC)


class ManualClock:
    """A clock that stands still until it is moved: for scenarios, simulations and tests."""

    def __init__(self, start: datetime) -> None:
        self.set(start)

    def now(self) -> datetime:
        """The moment to which the clock was last moved."""
        return self._now

    def set(self, moment: datetime) -> None:
        """Move to `moment` (aware)."""
        self._now = moment.astimezone(UTC)

    def advance(self, by: timedelta) -> None:
        """Move on by a span of time."""
        self.set(self._now + by)


def local_date(moment: datetime) -> date:
    """The calendar day in Vietnam at `moment`."""
    return moment.astimezone(ZONE).date()


def local_year(moment: datetime) -> int:
    """The calendar year in Vietnam at `moment`: registers restart with it."""
    return local_date(moment).year


def day_begins(day: date) -> datetime:
    """The moment (UTC) at which that day begins in Vietnam."""
    return datetime.combine(day, time.min, ZONE).astimezone(UTC)


def to_text(moment: datetime) -> str:
    """ISO 8601 in UTC as it is stored in events and variables, for example `2026-09-01T01:00:00Z`."""
    utc = moment.astimezone(UTC)
    return utc.isoformat(timespec="microseconds" if utc.microsecond else "seconds").replace("+00:00", "Z")


def from_text(text: str) -> datetime:
    """Read what `to_text` wrote.

    Raises:
        ValueError: not an ISO moment, or one without a time zone.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment.astimezone(UTC)
