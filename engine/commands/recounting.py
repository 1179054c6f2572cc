"""The calendar changed: open deadlines that rest on changed days are counted again, case by case, through the outbox.

The start, the length and the clock stay what they were when the deadline was set; only the days are counted anew.
What has passed never changes, nor does a date that a person set.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine.clock import ZONE, from_text, local_date, to_text
from engine.commands.case_run import CaseNotRunning, lock
from engine.commands.deadlines import LIVE, Row, marked, put, with_deadline
from engine.commands.timers import EXTENDED
from engine.procedures.versions import Versions
from engine.tables import AwaitedMessage, Incident, OutboxMessage, Timer, WorkItem
from engine.unit_of_work import UnitOfWork, new_id

TOPIC = "deadlines.recount"
YEAR_UNKNOWN = "calendar.year_unknown"
_WITH_DEADLINE: tuple[type[WorkItem | Timer | AwaitedMessage], ...] = (WorkItem, Timer, AwaitedMessage)


def ask_for_recount(session: Session, days: Collection[date], now: datetime, change: int) -> int:
    """Put a message into the outbox for each case with an open deadline that rests on one of these days.

    Args:
        days: the days of the calendar that are otherwise now.
        change: sequence number of the change in the calendar's log.

    Returns:
        How many cases are asked.
    """
    found = set(_resting_on(session, days, now)) if days else set()
    for case_id in sorted(found):
        body = {"case_id": case_id, "change": change}
        session.add(
            OutboxMessage(
                id=new_id(), topic=TOPIC, case_id=case_id, body=body, status="waiting", due_at=now, created_at=now
            )
        )
    return len(found)


def retry_unknown_years(session: Session, now: datetime) -> None:
    """The calendar knows more years: have the steps that stopped at the end of its knowledge tried again now."""
    stopped = (Incident.code == YEAR_UNKNOWN, Incident.status == "open")
    session.execute(update(Incident).where(*stopped).values(next_retry_at=now))


def recount_case(uow: UnitOfWork, versions: Versions, body: Mapping[str, Any]) -> None:
    """Count the open deadlines of one case again; each that moves is recorded in it."""
    try:
        run = lock(uow, versions, str(body["case_id"]), even_suspended=True)
    except CaseNotRunning:
        return
    for row in list(with_deadline(run)):
        before = row.deadline or {}
        if row.due_at is None or row.due_at <= uow.now or before.get(EXTENDED):
            continue
        after = _recounted(uow, row)
        if (after["due_at"], after["counted"]) != (before["due_at"], before["counted"]):
            was = {"cause": "calendar", "change": body["change"], "calendar_before": before["calendar_version"]}
            put(run, row, marked(after, before), "DeadlineRecomputed", was)
    run.save()


def _recounted(uow: UnitOfWork, row: Row) -> dict[str, Any]:
    deadline = dict(row.deadline or {})
    counted = uow.ports.deadlines.recount(
        uow.session, str(deadline["clock"]), int(deadline["amount"]), from_text(deadline["start_at"])
    )
    new = {"due_at": to_text(counted.due_at), "counted": list(counted.counted)}
    return {**deadline, **new, "calendar_version": counted.calendar_version}


def _resting_on(session: Session, days: Collection[date], now: datetime) -> Iterator[str]:
    first = datetime.combine(min(days), time.min, ZONE)
    for model in _WITH_DEADLINE:
        ahead = (model.status.in_(LIVE), model.due_at > now, model.due_at >= first)
        for case_id, deadline in session.execute(select(model.case_id, model.deadline).where(*ahead)):
            if deadline and _rests(deadline, days):
                yield case_id


def _rests(deadline: Mapping[str, Any], days: Collection[date]) -> bool:
    """Whether one of the days lies between the start and the end of a limit in days."""
    starts, ends = (local_date(from_text(deadline[key])) for key in ("start_at", "due_at"))
    return bool(deadline["counted"]) and any(starts < day <= ends for day in days)
