"""When start rules are due: one row for each rule and period, written at publication and by the one before it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.procedures.bundle import Bundle
from engine.procedures.starts import StartRule, start_rules
from engine.tables import ScheduledStart

WAITING, STARTED, DROPPED = "waiting", "started", "dropped"


def plant(session: Session, bundle: Bundle, after: datetime) -> None:
    """Write down when each rule of a version is due first after `after`, when it comes into force: never what is past.

    What is due before then stays with the version that is in force until then.
    """
    for rule in start_rules(bundle):
        due_at = rule.next_after(after)
        key = {"procedure_id": bundle.id, "rule": rule.id, "period": rule.period(due_at)}
        row = session.get(ScheduledStart, key)
        if row is None or row.due_at > after:
            plan(session, bundle.id, rule, due_at)


def plan(session: Session, procedure_id: str, rule: StartRule, due_at: datetime) -> None:
    """One row for the rule and the period; one that still waits takes the day that the rule says now."""
    key = {"procedure_id": procedure_id, "rule": rule.id, "period": rule.period(due_at)}
    row = session.get(ScheduledStart, key)
    if row is None:
        session.add(ScheduledStart(**key, due_at=due_at, next_try_at=due_at, status=WAITING, attempts=0))
    elif row.status == WAITING:
        row.due_at, row.next_try_at = due_at, due_at


def due_starts(session: Session, now: datetime, limit: int) -> list[dict[str, str]]:
    """Keys of the rules and periods whose moment has come, oldest first."""
    query = (
        select(ScheduledStart.procedure_id, ScheduledStart.rule, ScheduledStart.period)
        .where(ScheduledStart.status == WAITING, ScheduledStart.next_try_at <= now)
        .order_by(ScheduledStart.next_try_at)
    )
    return [dict(row._mapping) for row in session.execute(query.limit(limit))]
