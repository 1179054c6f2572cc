"""Reminders: whoever owes dated work is reminded before its end, once for each end, on record in the case.

The moment stands in the row that bears the date, where the scheduler finds it: completing work costs nothing more.
What is sent beside the mark in the inbox leaves through the outbox.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from engine.clock import ZONE, from_text, to_text
from engine.commands.automatic import post
from engine.commands.case_run import CaseRun
from engine.commands.timers import EXTENDED
from engine.tables import AwaitedMessage, WorkItem

TOPIC = "work.reminded"
MORNING = time(8)
ONE_DAY = timedelta(days=1)
PART_OF_HOURS = 4
"""A limit in hours is reminded of when a quarter of it is left, where its rule says nothing else."""

Dated = WorkItem | AwaitedMessage


def set_date(row: Dated, deadline: Mapping[str, Any]) -> None:
    """Give a row its deadline, as `timers.describe` writes it, and with it the moment of its reminder."""
    row.due_at, row.deadline, row.remind_at = from_text(deadline["due_at"]), dict(deadline), moment(deadline)


def moment(deadline: Mapping[str, Any]) -> datetime:
    """When to remind of a deadline.

    1. A date that a person set: on the morning of that day.
    2. A limit in days: on the morning of its last day, or of as many days before the end as its rule says (`remind`).
    3. A limit in hours: when a quarter of it is left, or as many hours as its rule says.
    4. A moment that somebody named, which is a limit of no hours: a day before.
    """
    due_at, before = from_text(deadline["due_at"]), int(deadline.get("remind") or 0)
    if deadline.get(EXTENDED):
        return min(datetime.combine(due_at.astimezone(ZONE), MORNING, ZONE), due_at)
    if counted := deadline["counted"]:
        day = datetime.fromisoformat(counted[-min(before or 1, len(counted))])
        return datetime.combine(day, MORNING, ZONE)
    part = timedelta(hours=int(deadline["amount"])) / PART_OF_HOURS
    return due_at - (timedelta(hours=before) or part or ONE_DAY)


def give(run: CaseRun) -> None:
    """Remind the agencies of all that is due for it in the case now."""
    rows: list[Dated] = [*run.work_items, *run.awaited]
    for row in rows:
        if row.remind_at is None or row.remind_at > run.uow.now or row.due_at is None:
            continue
        row.remind_at, row.reminded_at = None, run.uow.now
        facts = {"target_id": row.id, "agency_id": row.agency_id, "due_at": to_text(row.due_at)}
        run.record("Reminded", facts, element=row.element_id, occurrence=row.occurrence)
        post(run.uow, run.case.id, TOPIC, {"target_id": row.id})


def put_off(session: Session, case_id: str, now: datetime, until: datetime) -> None:
    """Try a case again later that cannot be opened now."""
    models: tuple[type[Dated], ...] = (WorkItem, AwaitedMessage)
    for model in models:
        due = (model.case_id == case_id, model.remind_at <= now, model.closed_at.is_(None))
        session.execute(update(model).where(*due).values(remind_at=until))
