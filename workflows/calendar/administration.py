"""The calendar as its keepers see and change it: a year with its entries, what is proposed, who may decide."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actors import ADMINISTRATOR, PROCESS_OWNER, Actor
from engine.errors import NotAllowed, Rejected
from workflows.calendar import store
from workflows.calendar.days import Calendar
from workflows.calendar.proposals import ProposedDay, propose
from workflows.calendar.tables import OVERLAY, CalendarDay, CalendarRejection, CalendarYear

MONTHS = range(1, 13)


class MayNotKeep(NotAllowed):
    """Only administrators and process owners keep the calendar."""

    code = "calendar.may_not_keep"


class ReasonMissing(Rejected):
    """An entry was to be ended without a reason."""

    code = "calendar.reason_missing"


@dataclass(frozen=True)
class YearView:
    """A year of the calendar.

    Args:
        known: whether its entries are complete; else no deadline is counted in it.
        decided: whether the yearly decision was known when it was entered.
        entries: the entries in effect, by day.
        proposals: what the rules propose, no entry says and nobody rejected.
        rejections: the proposals rejected, by day.
        working: working days of each month; empty for a year that is not known.
        years: the years known.
    """

    year: int
    known: bool
    decided: bool
    entries: Sequence[CalendarDay]
    proposals: Sequence[ProposedDay]
    rejections: Sequence[CalendarRejection]
    working: Sequence[int]
    years: Sequence[int]


def may_keep(actor: Actor) -> bool:
    """Whether the person keeps the calendar."""
    return actor.has(ADMINISTRATOR) or actor.has(PROCESS_OWNER)


def year_view(session: Session, year: int) -> YearView:
    """The year with its entries and what is proposed for it."""
    row, calendar = session.get(CalendarYear, year), store.load(session)
    days = (date(year, 1, 1), date(year, 12, 31))
    effective = (CalendarDay.superseded_at.is_(None), CalendarDay.day.between(*days))
    entries = session.scalars(select(CalendarDay).where(*effective).order_by(CalendarDay.day)).all()
    standing = {(entry.day, entry.kind) for entry in entries} | {
        (entry.day, kind) for entry in entries if entry.origin == OVERLAY for kind in ("holiday", "in_lieu_off")
    }
    of_year = select(CalendarRejection).where(CalendarRejection.day.between(*days))
    rejections = session.scalars(of_year.order_by(CalendarRejection.day)).all()
    settled = standing | {(one.day, one.kind) for one in rejections}
    open_ = [one for one in propose(year) if (one.day, one.kind) not in settled]
    shown = [one for one in rejections if (one.day, one.kind) not in standing]
    working = [_working(calendar, year, month) for month in MONTHS] if row else []
    decided = row is not None and row.decided
    return YearView(year, row is not None, decided, entries, open_, shown, working, sorted(calendar.years))


def accept(
    session: Session, actor: Actor, year: int, days: Collection[str], offered: Collection[str], now: datetime
) -> int:
    """Take over the proposals of a year for these ISO days; the year is known from then on. Returns how many.

    Args:
        offered: ISO days whose proposals the person saw: those of them that are not taken over count as rejected.

    Raises:
        MayNotKeep: see there.
    """
    _check(actor)
    proposals = year_view(session, year).proposals
    chosen = [one for one in proposals if one.day.isoformat() in days]
    rejected = [one for one in proposals if one.day.isoformat() in offered and one not in chosen]
    return store.accept(session, chosen, actor=actor, now=now, rejected=rejected)


def enter(session: Session, actor: Actor, entry: ProposedDay, now: datetime) -> None:
    """Enter a day by hand. Raises `MayNotKeep` and `store.InvalidDay`."""
    _check(actor)
    store.enter(session, [entry], actor=actor, now=now)


def withdraw(session: Session, actor: Actor, day: date, reason: str, now: datetime) -> None:
    """End the entry of a day. Raises `MayNotKeep`, `ReasonMissing` and `store.NoSuchEntry`."""
    _check(actor)
    if not reason:
        raise ReasonMissing()
    store.withdraw(session, day, reason, actor=actor, now=now)


def _check(actor: Actor) -> None:
    if not may_keep(actor):
        raise MayNotKeep()


def _working(calendar: Calendar, year: int, month: int) -> int:
    return sum(calendar.is_working(date(year, month, day)) for day in range(1, monthrange(year, month)[1] + 1))
