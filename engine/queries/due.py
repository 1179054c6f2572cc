"""What is due: asked twice a second by every scheduler, so compiled once (see `engine.statements`)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import BindParameter, Select, bindparam, select, union_all
from sqlalchemy.orm import Session

from engine.statements import Prepared
from engine.tables import AwaitedMessage, Case, Incident, OutboxMessage, Timer, WorkItem

NOW: Final[BindParameter[datetime]] = bindparam("now")


def messages(session: Session, now: datetime, limit: int) -> list[str]:
    """Ids of outbox messages whose moment has come, oldest first."""
    return _ids(session, _MESSAGES, now, limit)


def timers(session: Session, now: datetime, limit: int) -> list[str]:
    """Ids of timers whose moment has come, oldest first."""
    return _ids(session, _TIMERS, now, limit)


def incidents(session: Session, now: datetime, limit: int) -> list[str]:
    """Ids of open incidents whose back-off is over, oldest first."""
    return _ids(session, _INCIDENTS, now, limit)


def reminded_cases(session: Session, now: datetime, limit: int) -> list[str]:
    """Ids of the cases in which a reminder is due; cases that stand still keep theirs until they go on."""
    return list(dict.fromkeys(_ids(session, _REMINDERS, now, limit)))


def _ids(session: Session, query: Prepared, now: datetime, limit: int) -> list[str]:
    return [str(id_) for (id_,) in query.within(session, {"now": now, "limit": limit})]


def _oldest(statement: Select[*tuple[Any, ...]]) -> Prepared:
    return Prepared(statement.limit(bindparam("limit")))


def _reminders() -> Select[*tuple[Any, ...]]:
    items = select(WorkItem.case_id, WorkItem.remind_at).where(
        WorkItem.remind_at <= NOW, WorkItem.closed_at.is_(None), WorkItem.suspended_at.is_(None)
    )
    awaited = (
        select(AwaitedMessage.case_id, AwaitedMessage.remind_at)
        .join(Case, Case.id == AwaitedMessage.case_id)
        .where(AwaitedMessage.remind_at <= NOW, AwaitedMessage.closed_at.is_(None), Case.suspended_at.is_(None))
    )
    both = union_all(items, awaited).subquery()
    return select(both.c.case_id).order_by(both.c.remind_at)


_MESSAGES = _oldest(
    select(OutboxMessage.id)
    .where(OutboxMessage.status == "waiting", OutboxMessage.due_at <= NOW)
    .order_by(OutboxMessage.due_at, OutboxMessage.id)
)
_TIMERS = _oldest(
    select(Timer.id).where(Timer.status == "waiting", Timer.next_try_at <= NOW).order_by(Timer.next_try_at)
)
_INCIDENTS = _oldest(
    select(Incident.id).where(Incident.status == "open", Incident.next_retry_at <= NOW).order_by(Incident.next_retry_at)
)
_REMINDERS = _oldest(_reminders())
