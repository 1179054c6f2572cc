"""What a scenario looks at: the open work, timers and documents of one case, whoever may see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, select, union_all
from sqlalchemy.orm import Session

from engine.statements import Prepared
from engine.tables import AwaitedMessage, Case, ChildCase, Incident, OutboxMessage, Timer, WorkItem
from workflows.documents.tables import FAILED, ISSUED, QUEUED, Dispatch, Document


@dataclass(frozen=True)
class OpenWork:
    """One open work item."""

    id: str
    element_id: str
    agency_id: str
    assignee_id: str | None
    due_at: datetime | None


def open_work(session: Session, case_id: str) -> list[OpenWork]:
    """The open work items of the case, nested ones too, oldest first."""
    statement = (
        select(WorkItem)
        .where(WorkItem.case_id == case_id, WorkItem.status.in_(("open", "claimed")))
        .order_by(WorkItem.created_at, WorkItem.occurrence, WorkItem.id)
    )
    items = session.scalars(statement)
    return [OpenWork(i.id, i.element_id, i.agency_id, i.assignee_id, i.due_at) for i in items]


def awaited(session: Session, case_id: str, element: str) -> list[tuple[str, str]]:
    """(id, agency) of what the case waits for at an element to be recorded, oldest first."""
    statement = select(AwaitedMessage.id, AwaitedMessage.agency_id).where(
        AwaitedMessage.case_id == case_id, AwaitedMessage.element_id == element, AwaitedMessage.status == "waiting"
    )
    return [(id_, agency) for id_, agency in session.execute(statement.order_by(AwaitedMessage.created_at))]


def child(session: Session, case_id: str, key: str) -> str | None:
    """Id of the child case with that key, once it was started."""
    query = select(ChildCase.child_id).where(ChildCase.parent_id == case_id, ChildCase.key == key)
    return session.scalars(query).first()


def next_event_at(session: Session, after: datetime) -> datetime | None:
    """The earliest moment after `after` for which anything waits: a timer, a reminder, a message, an incident's retry.

    What should have happened before is stuck, and keeps nobody waiting.
    """
    moments = _MOMENTS.within(session, {"after": after})
    return min((moment for (moment,) in moments if moment is not None), default=None)


def _first(moment: Any, *where: ColumnElement[bool]) -> Select[Any]:
    return select(func.min(moment).label("moment")).where(moment > bindparam("after"), *where)


_FIRST = union_all(
    _first(Timer.next_try_at, Timer.status == "waiting"),
    _first(WorkItem.remind_at, WorkItem.closed_at.is_(None), WorkItem.suspended_at.is_(None)),
    _first(AwaitedMessage.remind_at, AwaitedMessage.closed_at.is_(None)),
    _first(OutboxMessage.due_at, OutboxMessage.status == "waiting"),
    _first(Incident.next_retry_at, Incident.status == "open"),
)
_MOMENTS = Prepared(select(_FIRST.subquery().c.moment))


def open_incidents(session: Session, case_id: str) -> list[str]:
    """Element and code of what failed in the case and is not repaired."""
    statement = select(Incident).where(Incident.case_id == case_id, Incident.status == "open")
    return [f"{incident.element_id}: {incident.code}" for incident in session.scalars(statement)]


def outcome(session: Session, case_id: str) -> str | None:
    """Code of the outcome with which the case ended; None while it runs."""
    return session.scalar(select(Case.outcome).where(Case.id == case_id))


def issued_documents(session: Session, case_id: str) -> list[Mapping[str, Any]]:
    """The documents of the case that bear a number, with the agencies to which they were delivered."""
    statement = (
        select(Document).where(Document.case_id == case_id, Document.status == ISSUED).order_by(Document.issued_at)
    )
    return [
        {"type": document.type, "from": document.issuer_agency_id, "to": _recipients(session, document.id)}
        for document in session.scalars(statement)
    ]


def _recipients(session: Session, document_id: str) -> list[str]:
    statement = select(Dispatch.recipient_agency_id).where(
        Dispatch.document_id == document_id, Dispatch.status.not_in((QUEUED, FAILED))
    )
    return sorted(session.scalars(statement))
