"""The counter against a naive one that walks from day to day, over the calendar as seeded with its overlay."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from engine.clock import ZONE
from tests.unit.test_calendar import LIBRARY
from workflows.calendar.days import Calendar
from workflows.calendar.deadlines import _count

SWAPPED = Calendar(
    off=LIBRARY.off | {date(2026, 1, 2)},
    worked=LIBRARY.worked | {date(2026, 1, 10)},
    years=LIBRARY.years,
    version="swapped",
)
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2026, 6, 30)).map(lambda at: at.replace(tzinfo=ZONE))
AMOUNTS = st.integers(1, 40)


def _rests(day: date) -> bool:
    """Said once more in other words: Saturday, Sunday, holidays; unless made up for."""
    return (day.isoweekday() in (6, 7) or day in SWAPPED.off) and day not in SWAPPED.worked


def _end(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), ZONE)


@given(MOMENTS, AMOUNTS)
def test_working_days_by_hand(start: datetime, amount: int) -> None:
    """Whatever the hour and whether the day of the event rests or not: counting begins with the day after."""
    day, left = start.date(), amount
    while left:
        day += timedelta(days=1)
        left -= not _rests(day)
    assert _count(SWAPPED, "working_days", amount, start.astimezone(UTC)).due_at == _end(day)


@given(MOMENTS, AMOUNTS)
def test_plain_days_by_hand(start: datetime, amount: int) -> None:
    day = start.date() + timedelta(days=amount)
    while _rests(day):
        day += timedelta(days=1)
    assert _count(SWAPPED, "days", amount, start.astimezone(UTC)).due_at == _end(day)


@given(MOMENTS, st.integers(1, 400))
def test_hours_run_through_nights_rest_days_and_years_without_a_calendar(start: datetime, amount: int) -> None:
    """Vietnam has no summer time: so many hours by the clock on the wall are so many hours."""
    nothing = Calendar(frozenset(), frozenset(), frozenset(), "")
    counted = _count(nothing, "hours", amount, start.astimezone(UTC))
    on_the_wall = (start.replace(tzinfo=None) + timedelta(hours=amount)).replace(tzinfo=ZONE)
    assert counted.due_at == on_the_wall and counted.days == ()
