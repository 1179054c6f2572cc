"""What the receiver of a package tells over the exchange network, put on record with the dispatch that it answers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine import events
from engine.actors import SYSTEM
from engine.services import Stream
from engine.tables import Case
from workflows.agencies.channels import agency_with_code
from workflows.agencies.facts import BY_EDXML
from workflows.documents.dispatch.outcome import facts
from workflows.documents.edxml.errors import NoRecallAsked, UnknownDispatch
from workflows.documents.edxml.model import Status
from workflows.documents.recall.answering import from_network
from workflows.documents.recall.tables import DocumentRecall, RecallRequest
from workflows.documents.tables import DELIVERED, HANDED_OVER, QUEUED, RECEIVED, REFUSED, Dispatch, Document

RECEIVED_BY = frozenset({"accepted", "assigned", "in_progress", "completed"})
ABOUT_RECALL = frozenset({"recall_agreed", "recall_refused"})


def answer(session: Session, now: datetime, status: Status) -> Dispatch:
    """Record what a status message (QCVN 102:2016; 01–06, 15, 16) says of one of our dispatches.

    Messages may overtake each other: an older one is on record in the case and changes nothing else. An answer about a
    document that we take back may name it, or the one that replaces it.

    Raises:
        UnknownDispatch: we sent this document to nobody with this code over the exchange network.
        NoRecallAsked: it is about taking a document back, which was not asked for.
    """
    if status.status in ABOUT_RECALL:
        return _about_recall(session, now, status)
    dispatch, document = _found(session, status)
    if dispatch.progress_at is None or status.at >= dispatch.progress_at:
        _move(dispatch, status, now)
    told = {"status": status.status, "at": status.at.isoformat(), "description": status.description}
    case = Stream("case", document.case_id)
    events.append(session, case, "DispatchAnswered", facts(dispatch, document) | told, actor=SYSTEM, now=now)
    return dispatch


def _about_recall(session: Session, now: datetime, status: Status) -> Dispatch:
    issuer = agency_with_code(session, str(status.document.organ))
    receiver = agency_with_code(session, str(status.sender.code))
    named = (Document.issuer_agency_id == issuer, Document.symbol == status.document.symbol)
    ids = select(Document.id).where(*named, Document.issued_on == status.document.on)
    about = or_(DocumentRecall.document_id.in_(ids), DocumentRecall.replacement_id.in_(ids))
    asked = select(RecallRequest).join(DocumentRecall, DocumentRecall.id == RecallRequest.recall_id)
    mine = (RecallRequest.agency_id == receiver, RecallRequest.channel == BY_EDXML)
    request = session.scalars(asked.where(about, *mine).order_by(RecallRequest.created_at.desc())).first()
    if request is None:
        raise NoRecallAsked(document=status.document.symbol)
    from_network(session, now, request, status.status == "recall_agreed", status.description)
    return session.get_one(Dispatch, request.dispatch_id)


def _move(dispatch: Dispatch, status: Status, now: datetime) -> None:
    dispatch.progress, dispatch.progress_at, dispatch.reply = status.status, status.at, status.description
    dispatch.failure = ""
    dispatch.dispatched_at = dispatch.dispatched_at or now
    if status.status in RECEIVED_BY:
        dispatch.status, dispatch.received_at = RECEIVED, dispatch.received_at or min(status.at, now)
    elif status.status == "refused":
        dispatch.status, dispatch.received_at = REFUSED, None
    elif dispatch.status in (QUEUED, HANDED_OVER):
        dispatch.status = DELIVERED


def _found(session: Session, status: Status) -> tuple[Dispatch, Document]:
    """The dispatch, locked after its case, as in every command."""
    issuer = agency_with_code(session, str(status.document.organ))
    receiver = agency_with_code(session, str(status.sender.code))
    asked = select(Document, Dispatch.id).join(Dispatch, Dispatch.document_id == Document.id)
    document_is = (Document.issuer_agency_id == issuer, Document.symbol == status.document.symbol)
    dispatch_is = (Dispatch.recipient_agency_id == receiver, Dispatch.channel == BY_EDXML)
    row = session.execute(asked.where(*document_is, Document.issued_on == status.document.on, *dispatch_is)).first()
    if row is None:
        raise UnknownDispatch(document=str(status.document), receiver=str(status.sender.code))
    session.get_one(Case, row[0].case_id, with_for_update=True)
    return session.get_one(Dispatch, row[1], with_for_update=True, populate_existing=True), row[0]
