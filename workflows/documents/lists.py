"""Lists of documents: what an agency received and issued, and the documents of a case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from engine.actors import Actor
from engine.queries.visibility import may_see_case
from engine.tables import Case
from engine.text import search_key
from workflows.documents.dispatch.reminding import unacknowledged
from workflows.documents.dispatch.resending import undelivered
from workflows.documents.kinds import KINDS
from workflows.documents.queries import may_see
from workflows.documents.tables import ISSUED, Dispatch, Document, IncomingEntry


@dataclass(frozen=True)
class IncomingRow:
    """A document that was sent to the actor's agency.

    `received_by`: who confirmed it here, if anybody has; `document_status`: issued, recalled, replaced or voided;
    `arrival`: register and number under which it was entered.
    """

    dispatch_id: str
    document_id: str
    type: str
    type_name: str
    symbol: str
    subject: str
    issuer_name: str
    issued_on: date
    dispatched_at: datetime
    status: str
    received_at: datetime | None
    received_by: str | None
    received_by_name: str | None
    reminded_at: datetime | None
    document_status: str
    arrival: tuple[str, int] | None


@dataclass(frozen=True)
class OutgoingRow:
    """A document of the actor's agency. `status`: draft, approved, issued. `may_open`: the actor may see its case."""

    document_id: str
    case_code: str
    type: str
    type_name: str
    symbol: str | None
    subject: str
    status: str
    issued_on: date | None
    created_at: datetime
    awaits_signature: bool
    dispatches: int
    received: int
    may_open: bool


def incoming(
    session: Session,
    actor: Actor,
    *,
    status: str | None = None,
    text: str = "",
    limit: int = 50,
    after: str | None = None,
) -> list[IncomingRow]:
    """Documents sent to the actor's agency, the latest first.

    Args:
        status: delivered (not yet confirmed) or received.
        text: part of symbol or subject, with or without diacritics.
        after: dispatch id of the last row of the page before.
    """
    statement = (
        select(Dispatch, Document, IncomingEntry.register_id, IncomingEntry.number)
        .join(Document, Document.id == Dispatch.document_id)
        .outerjoin(IncomingEntry, IncomingEntry.dispatch_id == Dispatch.id)
        .where(Dispatch.recipient_agency_id == actor.agency_id, Dispatch.dispatched_at.is_not(None), *_matching(text))
        .order_by(Dispatch.dispatched_at.desc(), Dispatch.id.desc())
        .limit(limit)
    )
    if status is not None:
        statement = statement.where(Dispatch.status == status)
    if after is not None and (last := session.get(Dispatch, after)) is not None:
        statement = statement.where(_older(Dispatch.dispatched_at, last.dispatched_at, Dispatch.id, last.id))
    return [_incoming(*row) for row in session.execute(statement)]


def outgoing(
    session: Session,
    actor: Actor,
    *,
    status: str | None = None,
    text: str = "",
    waiting: bool = False,
    missing: bool = False,
    stranded: bool = False,
    limit: int = 50,
    after: str | None = None,
) -> list[OutgoingRow]:
    """Documents of the actor's agency, the latest first.

    Args:
        waiting: only those that wait for their signature.
        missing: only those that a receiver has not acknowledged for days.
        stranded: only those that did not reach somebody, or came back, and wait for a decision.
        after: document id of the last row of the page before.
    """
    statement = (
        select(Document, Case.code, may_see_case(actor))
        .join(Case, Case.id == Document.case_id)
        .where(Document.issuer_agency_id == actor.agency_id, *_matching(text))
        .order_by(Document.created_at.desc(), Document.id.desc())
        .limit(limit)
    )
    if status is not None:
        statement = statement.where(Document.status == status)
    if waiting:
        statement = statement.where(Document.awaits_signature)
    for wanted, about in ((missing, unacknowledged), (stranded, undelivered)):
        if wanted:
            statement = statement.where(
                Document.status == ISSUED, about().where(Dispatch.document_id == Document.id).exists()
            )
    if after is not None and (last := session.get(Document, after)) is not None:
        statement = statement.where(_older(Document.created_at, last.created_at, Document.id, last.id))
    found = session.execute(statement).all()
    states = _states(session, [document.id for document, *_ in found])
    return [_outgoing(document, code, states.get(document.id, []), may_open) for document, code, may_open in found]


def awaiting_signature(session: Session, actor: Actor) -> int:
    """How many documents of the actor's agency have their number and wait for the signed file."""
    waiting = select(func.count()).where(Document.issuer_agency_id == actor.agency_id, Document.awaits_signature)
    return session.scalar(waiting) or 0


def of_case(session: Session, actor: Actor, case_id: str) -> list[OutgoingRow]:
    """The documents of a case that the actor may see, in the order in which they were drafted."""
    statement = (
        select(Document, Case.code)
        .join(Case, Case.id == Document.case_id)
        .where(Document.case_id == case_id)
        .order_by(Document.created_at, Document.id)
    )
    seen = [(row, code) for row, code in session.execute(statement) if may_see(session, actor, row)]
    states = _states(session, [row.id for row, _ in seen])
    return [_outgoing(row, code, states.get(row.id, []), True) for row, code in seen]


def _matching(text: str) -> list[ColumnElement[bool]]:
    key = search_key(text)
    return [Document.search_text.contains(key, autoescape=True)] if key else []


def _older(
    at: InstrumentedAttribute[Any], last_at: datetime | None, id_: InstrumentedAttribute[str], last_id: str
) -> ColumnElement[bool]:
    """Rows behind the last one of the page before, in descending order."""
    return or_(at < last_at, and_(at == last_at, id_ < last_id))


def _incoming(dispatch: Dispatch, row: Document, register_id: str | None, number: int | None) -> IncomingRow:
    assert row.symbol
    assert row.issued_on
    assert dispatch.dispatched_at
    return IncomingRow(
        dispatch_id=dispatch.id,
        document_id=row.id,
        type=row.type,
        type_name=KINDS[row.type].name,
        symbol=row.symbol,
        subject=row.subject,
        issuer_name=row.issuer_name,
        issued_on=row.issued_on,
        dispatched_at=dispatch.dispatched_at,
        status=dispatch.status,
        received_at=dispatch.received_at,
        received_by=dispatch.received_by,
        received_by_name=dispatch.received_by_name,
        reminded_at=dispatch.reminded_at,
        document_status=row.status,
        arrival=(register_id, number) if register_id and number else None,
    )


def _outgoing(row: Document, case_code: str, states: list[str], may_open: bool) -> OutgoingRow:
    return OutgoingRow(
        document_id=row.id,
        case_code=case_code,
        type=row.type,
        type_name=KINDS[row.type].name,
        symbol=row.symbol,
        subject=row.subject,
        status=row.status,
        issued_on=row.issued_on,
        created_at=row.created_at,
        awaits_signature=row.awaits_signature,
        dispatches=len(states),
        received=states.count("received"),
        may_open=may_open,
    )


def _states(session: Session, document_ids: list[str]) -> dict[str, list[str]]:
    states: dict[str, list[str]] = {}
    rows = session.execute(select(Dispatch.document_id, Dispatch.status).where(Dispatch.document_id.in_(document_ids)))
    for document_id, status in rows:
        states.setdefault(document_id, []).append(status)
    return states
