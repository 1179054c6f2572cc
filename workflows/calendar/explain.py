"""Why a deadline falls on its day: every day from the start to the end, with what the calendar says of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.clock import from_text, local_date
from workflows.calendar.days import ONE_DAY, SATURDAY
from workflows.calendar.rules import DAYS
from workflows.calendar.tables import MAKE_UP_WORK, CalendarDay

START, COUNTED, PUT_OFF, WEEKEND, NOT_COUNTED = "start", "counted", "put_off", "weekend", "not_counted"


@dataclass(frozen=True)
class CountedDay:
    """One day of a limit.

    Args:
        kind: start, counted, make_up_work (counted, though a weekend), put_off (a rest day that puts the end off),
            weekend, holiday, in_lieu_off, or not_counted (by an entry that the calendar no longer has).
        number: which day of the limit it is; 0 where it is none.
        name: what the day is called, from the calendar.
        source: the document that says so.
    """

    day: date
    kind: str
    number: int
    name: str
    source: str


def explain(session: Session, deadline: Mapping[str, Any]) -> list[CountedDay]:
    """The days of a recorded deadline, the day of the event first; empty for limits in hours, which need none."""
    counted = {date.fromisoformat(day): number for number, day in enumerate(deadline["counted"], start=1)}
    if not counted:
        return []
    first, last = local_date(from_text(deadline["start_at"])), max(counted)
    entries = {entry.day: entry for entry in _entries(session, first, last)}
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [_day(day, counted.get(day, 0), entries.get(day), deadline) for day in days]


def _day(day: date, number: int, entry: CalendarDay | None, deadline: Mapping[str, Any]) -> CountedDay:
    kind = _kind(day, number, entry)
    if number > int(deadline["amount"]):
        kind = kind if number == len(deadline["counted"]) else PUT_OFF
    if day == local_date(from_text(deadline["start_at"])):
        kind = START
    told = (
        entry is not None
        and kind != START
        and (not number or kind in (MAKE_UP_WORK, PUT_OFF) or deadline["clock"] == DAYS)
    )
    return CountedDay(day, kind, number, entry.name if entry and told else "", entry.source if entry and told else "")


def _kind(day: date, number: int, entry: CalendarDay | None) -> str:
    if number:
        return MAKE_UP_WORK if entry is not None and entry.kind == MAKE_UP_WORK else COUNTED
    if entry is not None and entry.kind != MAKE_UP_WORK:
        return entry.kind
    return WEEKEND if day.weekday() >= SATURDAY else NOT_COUNTED


def _entries(session: Session, first: date, last: date) -> Iterator[CalendarDay]:
    effective = CalendarDay.superseded_at.is_(None)
    yield from session.scalars(select(CalendarDay).where(effective, CalendarDay.day.between(first, last + ONE_DAY)))
