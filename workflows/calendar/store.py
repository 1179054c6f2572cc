"""Reading and changing the calendar table; every change is an event of the configuration."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import events
from engine.actors import Actor
from engine.commands.recounting import ask_for_recount, retry_unknown_years
from engine.errors import NotFound, Rejected
from engine.services import Stream
from engine.statements import Prepared
from engine.tables import EventStream
from workflows.calendar.days import Calendar
from workflows.calendar.proposals import FIRST_YEAR, LAST_DECIDED_YEAR, ProposedDay, is_decided, propose
from workflows.calendar.tables import (
    KINDS,
    MAKE_UP_WORK,
    OVERLAY,
    PROPOSAL,
    CalendarDay,
    CalendarRejection,
    CalendarYear,
)

STREAM = Stream("config", "calendar")
OVERLAY_FILE = Path(__file__).parent / "data" / "overlay.csv"
CONFIDENCES = ("V", "V2", "R", "U")
VERSION_LENGTH = 16


class InvalidDay(Rejected):
    """An entry that the calendar does not take: unknown kind or confidence, or no source."""

    code = "calendar.invalid_day"


class NoSuchEntry(NotFound):
    """No entry is in effect for that day."""

    code = "calendar.no_entry"


_HEAD = Prepared(select(EventStream.last_hash).where(EventStream.kind == STREAM.kind, EventStream.id == STREAM.id))


def load(session: Session) -> Calendar:
    """The calendar as it is now, with the version that deadlines record."""
    rows = session.execute(
        select(CalendarDay.day, CalendarDay.kind).where(CalendarDay.superseded_at.is_(None)).order_by(CalendarDay.day)
    ).all()
    years = session.scalars(select(CalendarYear.year).order_by(CalendarYear.year)).all()
    return Calendar(
        off=frozenset(day for day, kind in rows if kind != MAKE_UP_WORK),
        worked=frozenset(day for day, kind in rows if kind == MAKE_UP_WORK),
        years=frozenset(years),
        version=_version([(day, kind) for day, kind in rows], years),
    )


def head(session: Session) -> str:
    """Last hash of the calendar's log; empty before its first entry."""
    found = _HEAD.within(session, {})
    return str(found[0][0]) if found else ""


def accept(
    session: Session,
    proposals: Sequence[ProposedDay],
    *,
    actor: Actor,
    now: datetime,
    rejected: Sequence[ProposedDay] = (),
) -> int:
    """Take proposals over into the table; entries made by hand win over them.

    The years of the proposals become years that the calendar knows. What stands already stays, with its source.

    Args:
        rejected: proposals that the person saw and did not take; they are never made again.

    Returns:
        How many entries were added or replaced.
    """
    changed = [proposed for proposed in proposals if _put(session, proposed, PROPOSAL, actor, now)]
    for one in rejected:
        _reject(session, one.day, one.kind, one.name, actor, now)
    years = _know_years(session, {one.day.year for one in [*proposals, *rejected]}, actor, now)
    if changed or years or rejected:
        _record(session, "CalendarProposalsAccepted", changed, actor, now, years=years, rejected=rejected)
    return len(changed)


def enter(session: Session, days: Sequence[ProposedDay], *, actor: Actor, now: datetime) -> int:
    """Enter days by hand (the overlay); they supersede what stands for the same days.

    Returns:
        How many entries were added or replaced.

    Raises:
        InvalidDay: unknown kind or confidence, or no source; nothing was entered.
    """
    for entry in days:
        _check(entry)
    changed = [entry for entry in days if _put(session, entry, OVERLAY, actor, now)]
    if changed:
        _record(session, "CalendarDaysEntered", changed, actor, now)
    return len(changed)


def withdraw(session: Session, day: date, reason: str, *, actor: Actor, now: datetime) -> None:
    """End the entry of `day`, which is then what its weekday says and not proposed again. Raises `NoSuchEntry`."""
    entry = _effective(session, day)
    if entry is None:
        raise NoSuchEntry(day=day.isoformat())
    _supersede(entry, actor, now)
    if entry.origin == PROPOSAL:
        _reject(session, day, entry.kind, entry.name, actor, now)
    session.flush()
    payload = {"day": day.isoformat(), "kind": entry.kind, "reason": reason, "version": load(session).version}
    change = events.append(session, STREAM, "CalendarDayWithdrawn", payload, actor=actor, now=now)
    ask_for_recount(session, [day], now, change)


def seed(session: Session, *, actor: Actor, now: datetime) -> None:
    """Bring an empty or older store up to the days known to this release; entries of the store's own people stay."""
    years = range(FIRST_YEAR, LAST_DECIDED_YEAR + 2)
    missing = [year for year in years if session.get(CalendarYear, year) is None]
    accept(session, [day for year in missing for day in propose(year)], actor=actor, now=now)
    shipped = [entry for entry in read_overlay(OVERLAY_FILE) if not _was_entered(session, entry.day)]
    enter(session, shipped, actor=actor, now=now)


def read_overlay(path: Path) -> list[ProposedDay]:
    """Days entered by hand, from a CSV file with the columns day, kind, name, source, confidence.

    Raises:
        InvalidDay: a line that cannot be read, with its number.
    """
    with path.open(encoding="utf-8", newline="") as file:
        return [_entry(line, number) for number, line in enumerate(csv.DictReader(file), start=2)]


def _entry(line: dict[str, str], number: int) -> ProposedDay:
    try:
        day = date.fromisoformat(line["day"])
        return ProposedDay(day, line["kind"], line["name"], line["source"], line["confidence"])
    except (KeyError, TypeError, ValueError):
        raise InvalidDay(day=f"{OVERLAY_FILE.name}:{number}") from None


def _check(entry: ProposedDay) -> None:
    if entry.kind not in KINDS or entry.confidence not in CONFIDENCES or not entry.source:
        raise InvalidDay(day=entry.day.isoformat())


def _put(session: Session, entry: ProposedDay, origin: str, actor: Actor, now: datetime) -> bool:
    standing = _effective(session, entry.day)
    if standing is not None:
        same = (standing.kind, standing.origin) == (entry.kind, origin)
        if same or (standing.origin == OVERLAY and origin == PROPOSAL):
            return False
        _supersede(standing, actor, now)
        session.flush()  # one effective entry a day: the old one must go first
    session.add(
        CalendarDay(
            day=entry.day,
            kind=entry.kind,
            name=entry.name,
            source=entry.source,
            confidence=entry.confidence,
            origin=origin,
            entered_by=actor.person_id,
            entered_at=now,
        )
    )
    session.flush()
    return True


def _effective(session: Session, day: date) -> CalendarDay | None:
    return session.scalar(select(CalendarDay).where(CalendarDay.day == day, CalendarDay.superseded_at.is_(None)))


def _was_entered(session: Session, day: date) -> bool:
    statement = select(CalendarDay.id).where(CalendarDay.day == day, CalendarDay.origin == OVERLAY).limit(1)
    return session.scalar(statement) is not None


def _supersede(entry: CalendarDay, actor: Actor, now: datetime) -> None:
    entry.superseded_by, entry.superseded_at = actor.person_id, now


def _reject(session: Session, day: date, kind: str, name: str, actor: Actor, now: datetime) -> None:
    session.merge(CalendarRejection(day=day, kind=kind, name=name, rejected_by=actor.person_id, rejected_at=now))


def _know_years(session: Session, years: Iterable[int], actor: Actor, now: datetime) -> list[int]:
    new = [year for year in sorted(years) if session.get(CalendarYear, year) is None]
    for year in new:
        session.add(CalendarYear(year=year, decided=is_decided(year), entered_by=actor.person_id, entered_at=now))
    session.flush()
    return new


def _record(
    session: Session,
    type: str,
    entries: Sequence[ProposedDay],
    actor: Actor,
    now: datetime,
    *,
    years: Sequence[int] = (),
    rejected: Sequence[ProposedDay] = (),
) -> None:
    payload = {
        "days": [_told(entry) for entry in entries],
        "rejected": [_told(entry) for entry in rejected],
        "years": list(years),
        "version": load(session).version,
    }
    change = events.append(session, STREAM, type, payload, actor=actor, now=now)
    ask_for_recount(session, [entry.day for entry in entries], now, change)
    if years:
        retry_unknown_years(session, now)


def _told(entry: ProposedDay) -> dict[str, str]:
    return {"day": entry.day.isoformat(), "kind": entry.kind, "name": entry.name, "source": entry.source}


def _version(rows: Iterable[tuple[date, str]], years: Iterable[int]) -> str:
    """A digest of all that can move a date: the days with their kinds, and the years known."""
    lines = [f"{day.isoformat()} {kind}" for day, kind in rows] + [str(year) for year in years]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:VERSION_LENGTH]
