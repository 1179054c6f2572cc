"""Sending an issued document out, and the receipt that the other side gives.

The outbox brings each issued document here once; the constraint on (document, recipient) is the second guard
against doubles.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import events
from engine.actors import CLERK, SPECIALIST, Actor
from engine.clock import local_date
from engine.services import Blobs, Delivery, Stream
from engine.tables import Case
from workflows.documents import errors
from workflows.documents.approval import current_model
from workflows.documents.compose import Issuers
from workflows.documents.incoming import arrival_of, enter
from workflows.documents.layout import CannotRender, Renderer
from workflows.documents.model import Numbering
from workflows.documents.receiving import recipients_of
from workflows.documents.registers import Clerk
from workflows.documents.search import index_incoming
from workflows.documents.tables import (
    DELIVERED,
    ISSUED,
    RECEIVED,
    SYSTEM_CHANNEL,
    Dispatch,
    Document,
    DocumentRecipient,
)

TOPIC = "documents.dispatch"
MESSAGE = "document-dispatched"


@dataclass(frozen=True)
class Dispatcher:
    """Consumer of `documents.dispatch`; the message's body is `{"document_id": ...}`.

    1. Lock the case, then the document (the order of every command).
    2. Make the PDF and put it into the blob store, on disk before the transaction ends.
    3. Put the document into the incoming list of every recipient; the issuer needs no copy of its own paper.
    4. Tell the case that the document is on its way.
    """

    renderer: Renderer
    blobs: Blobs

    def __call__(self, delivery: Delivery) -> None:
        """Send one document out."""
        session, document_id = delivery.session, str(delivery.body["document_id"])
        document = _issued(session, document_id)
        document.pdf_sha256 = self.blobs.put(render(session, self.renderer, document))
        sent = [_sent(session, delivery.now, document, one) for one in recipients_of(session, document_id)]
        facts = {
            "document_id": document_id,
            "symbol": document.symbol,
            "pdf_sha256": document.pdf_sha256,
            "recipients": [agency_id for agency_id in sent if agency_id],
        }
        delivery.append(Stream("case", document.case_id), "DocumentDispatched", facts)
        delivery.deliver(document.case_id, MESSAGE, document_id, facts)


def render(session: Session, renderer: Renderer, document: Document) -> bytes:
    """The document as PDF: with its number once it has one; the same bytes every time from then on.

    Raises:
        RenderingFailed: typst refused; retried later and shown as an incident.
    """
    try:
        return renderer.pdf(current_model(session, document), numbering_of(document))
    except CannotRender as error:
        raise errors.RenderingFailed(document_id=document.id, reason=str(error.params)) from error


def numbering_of(document: Document) -> Numbering | None:
    """Number and date of a document; None as long as it has none."""
    return Numbering(document.number, document.issued_on) if document.number and document.issued_on else None


def confirm_receipt(session: Session, now: datetime, actor: Actor, dispatch_id: str, issuers: Issuers) -> None:
    """Confirm that the document arrived, and give it its arrival number; a second confirmation changes nothing.

    Args:
        session: a writing transaction.
        actor: a clerk or specialist of the receiving agency (NĐ 30/2020, Điều 21.2: acknowledged the same day).
        issuers: looks up the receiving body, whose register it is entered in.

    Raises:
        DispatchNotFound: no such dispatch to the actor's agency.
        RecipientRequired: the actor has neither duty.
    """
    found = session.get(Dispatch, dispatch_id)
    if found is None or found.recipient_agency_id != actor.agency_id:
        raise errors.DispatchNotFound()
    if not (actor.has(CLERK) or actor.has(SPECIALIST)):
        raise errors.RecipientRequired()
    document = session.get_one(Document, found.document_id)
    session.get_one(Case, document.case_id, with_for_update=True)
    dispatch = session.get_one(Dispatch, dispatch_id, with_for_update=True)
    if dispatch.status == RECEIVED:
        return
    dispatch.status, dispatch.received_at = RECEIVED, now
    dispatch.received_by, dispatch.received_by_name = actor.person_id, actor.name
    founded_on = issuers(session, actor.agency_id, local_date(now)).founded_on
    entry = enter(Clerk(session, now, actor), arrival_of(dispatch, document), founded_on)
    payload = {
        "document_id": document.id,
        "symbol": document.symbol,
        "agency_id": actor.agency_id,
        "dispatch_id": dispatch_id,
        "arrival_number": entry.number,
    }
    events.append(session, Stream("case", document.case_id), "DocumentReceived", payload, actor=actor, now=now)


def _issued(session: Session, document_id: str) -> Document:
    case_id = session.scalar(select(Document.case_id).where(Document.id == document_id))
    if case_id is None:
        raise errors.DocumentNotFound()
    session.get_one(Case, case_id, with_for_update=True)
    document = session.get_one(Document, document_id, with_for_update=True)
    if document.status != ISSUED:
        raise errors.RenderingFailed(document_id=document_id, reason=document.status)
    return document


def _sent(session: Session, now: datetime, document: Document, recipient: DocumentRecipient) -> str | None:
    """Put the document into one agency's incoming list; None where it is the issuer itself."""
    if recipient.agency_id == document.issuer_agency_id:
        return None
    dispatch = Dispatch(
        id=str(uuid4()),
        document_id=document.id,
        recipient_agency_id=recipient.agency_id,
        recipient_name=recipient.name,
        channel=SYSTEM_CHANNEL,
        status=DELIVERED,
        queued_at=document.issued_at,
        dispatched_at=now,
    )
    session.add(dispatch)
    session.flush()
    index_incoming(session, document, dispatch)
    return recipient.agency_id
