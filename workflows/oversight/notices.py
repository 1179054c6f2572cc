"""The written result of Article 5.2: which agencies that took part have it, wait for it, or never got it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, exists, false, func, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from engine.procedures.versions import Versions
from engine.tables import AwaitedMessage, Case, CaseLink, ChildCase, WorkItem
from workflows.documents.tables import FAILED, ISSUED, QUEUED, Dispatch, Document, DocumentRecipient
from workflows.oversight.scope import Scope

SENT, RECEIVED, WAIVED, OPEN, MISSING = "sent", "received", "waived", "open", "missing"
STATES: Final = (MISSING, OPEN, WAIVED, SENT, RECEIVED)
RESULT: Final = tuple(
    f"Kết quả {rest}" for rest in ("phối hợp", "đợt", "báo cáo đột xuất", "cung cấp", "ghi danh", "xem xét", "xác nhận")
)
"""How the subject of a notice under Article 5.2 begins; what a council or an authority tells of an award is another."""
REQUIRED: Final = "required"


@dataclass(frozen=True)
class Count:
    """The notices that a leading agency owes."""

    agency_id: str
    missing: int
    open: int
    waived: int
    sent: int
    received: int


@dataclass(frozen=True)
class Owed:
    """One agency that took part in one case."""

    case_code: str
    case_title: str
    procedure_id: str
    lead_agency: str
    agency_id: str
    state: str
    ended_at: datetime | None
    sent_at: datetime | None
    received_at: datetime | None


def counts(session: Session, versions: Versions, scope: Scope) -> list[Count]:
    """By leading agency, those that owe the most first."""
    rows = _standing(session, versions, scope).subquery()
    sums = [func.sum(case((rows.c.state == state, 1), else_=0)) for state in STATES]
    query = select(rows.c.lead_agency, *sums).group_by(rows.c.lead_agency)
    found = [Count(*row) for row in session.execute(query)]
    return sorted(found, key=lambda one: (-one.missing, -one.open, one.agency_id))


def owed(
    session: Session, versions: Versions, scope: Scope, *, state: str | None, limit: int, offset: int = 0
) -> list[Owed]:
    """The notices themselves: missing ones, then open ones; without a state these two kinds only."""
    rows = _standing(session, versions, scope).subquery()
    query = select(rows).where(rows.c.state == state if state else rows.c.state.in_((MISSING, OPEN)))
    order = (rows.c.state != MISSING, rows.c.ended_at, rows.c.code, rows.c.agency_id)
    return [Owed(*row) for row in session.execute(query.order_by(*order).limit(limit).offset(offset))]


def _standing(session: Session, versions: Versions, scope: Scope) -> Select[Any]:
    """How each agency stands that took part in a case, other than its lead and whoever issued the result itself."""
    took, told, issued = _took_part().subquery(), _told().subquery(), aliased(Document)
    left_out = exists().where(
        DocumentRecipient.document_id == Document.id, DocumentRecipient.agency_id == took.c.agency_id,
        DocumentRecipient.waived, Document.case_id == Case.id, *_is_result(Document),
    )  # fmt: skip
    ended = and_(Case.status == "ended", _required(session, versions, scope))
    state = case(
        (told.c.received_at.is_not(None), RECEIVED),
        (told.c.sent_at.is_not(None), SENT),
        (left_out, WAIVED),
        (Case.status == "running", OPEN),
        (ended, MISSING),
        else_="",
    ).label("state")
    columns = (Case.code, Case.title, Case.procedure_id, Case.lead_agency, took.c.agency_id)
    issuer = exists().where(issued.case_id == Case.id, issued.issuer_agency_id == took.c.agency_id, *_is_result(issued))
    return (
        select(*columns, state, Case.ended_at, told.c.sent_at, told.c.received_at)
        .join(took, took.c.case_id == Case.id)
        .outerjoin(told, and_(told.c.case_id == Case.id, told.c.agency_id == took.c.agency_id))
        .where(took.c.agency_id != Case.lead_agency, ~issuer, state != "", *_cases(scope))
    )


def _took_part() -> Any:
    """(case, agency) of work that was done: in the case, its child cases, or a case merged into it."""
    done = select(WorkItem.case_id, WorkItem.agency_id).where(WorkItem.status == "done")
    told = select(AwaitedMessage.case_id, AwaitedMessage.agency_id).where(AwaitedMessage.status == "recorded")
    for_parent = select(ChildCase.parent_id, WorkItem.agency_id).join(WorkItem, WorkItem.case_id == ChildCase.child_id)
    taken_in = select(CaseLink.other_id, WorkItem.agency_id).join(WorkItem, WorkItem.case_id == CaseLink.case_id)
    is_done = WorkItem.status == "done"
    return done.union(told, for_parent.where(is_done), taken_in.where(is_done, CaseLink.kind == "merged"))


def _told() -> Any:
    """(case, agency) with the moments at which its written result left and was confirmed."""
    return (
        select(
            Document.case_id,
            Dispatch.recipient_agency_id.label("agency_id"),
            func.min(Dispatch.dispatched_at).label("sent_at"),
            func.min(Dispatch.received_at).label("received_at"),
        )
        .join(Dispatch, Dispatch.document_id == Document.id)
        .where(*_is_result(Document), Dispatch.status.not_in((QUEUED, FAILED)))
        .group_by(Document.case_id, Dispatch.recipient_agency_id)
    )


def _is_result(document: Any) -> Sequence[ColumnElement[bool]]:
    begins = or_(*(document.subject.startswith(one, autoescape=True) for one in RESULT))
    return (document.type == "TB", document.status == ISSUED, begins)


def _required(session: Session, versions: Versions, scope: Scope) -> ColumnElement[bool]:
    """Cases whose outcome asks for the written result; child cases are told through their parent."""
    pairs = session.execute(select(Case.version_hash, Case.outcome).where(Case.status == "ended").distinct())
    asking = [(version, outcome) for version, outcome in pairs if _asks(session, versions, version, outcome)]
    return tuple_(Case.version_hash, Case.outcome).in_(asking) if asking else false()


def _asks(session: Session, versions: Versions, version: str, outcome: str | None) -> bool:
    known = versions.get(session, version).bundle.outcomes.get(outcome or "")
    return known is not None and known.result == REQUIRED


def _cases(scope: Scope) -> list[ColumnElement[bool]]:
    found = [*scope.within(Case.started_at), scope.seen(Case.id), ~exists().where(ChildCase.child_id == Case.id)]
    chosen = [(Case.procedure_id, scope.procedure), (Case.lead_agency, scope.agency)]
    return [*found, *(column == value for column, value in chosen if value)]
