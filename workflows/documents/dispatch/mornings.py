"""What is done in the morning of a working day about answers that stay away; weekends and holidays do not count."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from sqlalchemy import Select
from sqlalchemy.orm import Session

from engine.clock import ZONE, local_date
from engine.commands.reminders import MORNING
from workflows.calendar.days import Calendar, YearUnknown
from workflows.calendar.store import load

BATCH: Final = 100
DAYS_TO_ASK: Final = 3
"""Working days after which people are to ask by themselves: a choice of design, no law names one."""

Transaction = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True)
class Morning:
    """What left before `remind_before` is reminded of, and what left before `ask_before` is for people to ask about."""

    remind_before: datetime
    ask_before: datetime


Due = Callable[[Morning], Select[str]]
"""Ids of the rows about which something is due."""

Act = Callable[[Session, datetime, str, Morning], bool]
"""Does it for one row; whether it was still due."""


def each_morning(transaction: Transaction, now: datetime, due: Due, act: Act) -> int:
    """Do what is due now, each row in a transaction of its own. Returns for how many it was done."""
    if now.astimezone(ZONE).time() < MORNING:
        return 0
    with transaction() as session:
        morning = _morning(load(session), local_date(now))
        if morning is None:
            return 0
        ids = list(session.scalars(due(morning).limit(BATCH)))
    return sum(_one(transaction, now, id_, morning, act) for id_ in ids)


def _one(transaction: Transaction, now: datetime, id_: str, morning: Morning, act: Act) -> bool:
    with transaction() as session:
        return act(session, now, id_, morning)


def _morning(calendar: Calendar, today: date) -> Morning | None:
    """None on a day on which nobody works. A year that the calendar does not know yet has only its weekends."""

    def works(day: date) -> bool:
        try:
            return calendar.is_working(day)
        except YearUnknown:
            return day.weekday() < 5

    if not works(today):
        return None
    day, left = today, DAYS_TO_ASK - 1
    while left:
        day -= timedelta(days=1)
        left -= works(day)
    return Morning(datetime.combine(today, time(), ZONE), datetime.combine(day, time(), ZONE))
