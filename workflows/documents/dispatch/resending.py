"""Sending a document once more by hand to a receiver whom it did not reach, or who sent it back, or letting it be.

It stays the same dispatch, under the same id: whoever has the first try after all can tell the second from it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from engine import events
from engine.actors import Actor
from engine.clock import local_date
from engine.services import Stream
from workflows.documents import errors
from workflows.documents.dispatch.channels import Routes, take
from workflows.documents.dispatch.outcome import facts
from workflows.documents.dispatch.receipts import of_sender
from workflows.documents.outbox import post
from workflows.documents.registers import reason_of
from workflows.documents.tables import FAILED, ISSUED, QUEUED, REFUSED, Dispatch, Document

TOPIC = "documents.resend"


def resend(session: Session, now: datetime, actor: Actor, dispatch_id: str, routes: Routes) -> str:
    """Queue a dispatch again, by the way that the receiver's data choose today; asking twice sends once.

    Args:
        session: a writing transaction.
        actor: a clerk of the issuing agency.

    Returns:
        The id of the document.

    Raises:
        DispatchNotFound: no dispatch of a document of the actor's agency.
        ClerkRequired: the actor is no clerk of it.
        NotResendable: it is on its way or has arrived, so that a second copy could reach the receiver.
        NotIssued: its number was voided.
    """
    dispatch, document = of_sender(session, actor, dispatch_id)
    if dispatch.status == QUEUED:
        return document.id
    if dispatch.status not in (FAILED, REFUSED):
        raise errors.NotResendable()
    if document.status != ISSUED:
        raise errors.NotIssued()
    _queue(session, now, actor, dispatch, document, routes)
    return document.id


def let_be(session: Session, now: datetime, actor: Actor, dispatch_id: str, reason: str) -> str:
    """Put on record that a document which did not arrive, or was sent back, is not sent again; twice changes nothing.

    Article 5.2 wants every agency that took part told in writing: so there is a reason. It may be sent again after all.

    Returns:
        The id of the document.

    Raises:
        DispatchNotFound, ClerkRequired, NotResendable: as for `resend`.
        ReasonRequired: no reason, or too long a one.
    """
    dispatch, document = of_sender(session, actor, dispatch_id)
    if dispatch.dropped_at is not None:
        return document.id
    if dispatch.status not in (FAILED, REFUSED):
        raise errors.NotResendable()
    dispatch.dropped_reason, dispatch.dropped_at = reason_of(reason), now
    told = facts(dispatch, document) | {"reason": dispatch.dropped_reason}
    events.append(session, Stream("case", document.case_id), "DispatchDropped", told, actor=actor, now=now)
    return document.id


def undelivered() -> Select[str]:
    """The dispatches that failed or were sent back, and about which nobody has decided yet."""
    return select(Dispatch.id).where(Dispatch.status.in_((FAILED, REFUSED)), Dispatch.dropped_at.is_(None))


def stranded(session: Session, agency_id: str) -> int:
    """How many documents of an agency did not reach somebody, or came back, and wait for a decision."""
    waiting = undelivered().where(Dispatch.document_id == Document.id).exists()
    own = (Document.issuer_agency_id == agency_id, Document.status == ISSUED, waiting)
    return session.scalar(select(func.count()).select_from(Document).where(*own)) or 0


def _queue(
    session: Session, now: datetime, actor: Actor, dispatch: Dispatch, document: Document, routes: Routes
) -> None:
    before = {"was": dispatch.status, "failure": dispatch.failure, "reply": dispatch.reply}
    take(dispatch, routes(session, dispatch.recipient_agency_id, local_date(now)))
    dispatch.dispatched_at, dispatch.reminded_at, dispatch.escalated_at = None, None, None
    dispatch.progress, dispatch.dropped_at, dispatch.dropped_reason = "", None, ""
    told = facts(dispatch, document) | before
    events.append(session, Stream("case", document.case_id), "DispatchResent", told, actor=actor, now=now)
    post(session, now, TOPIC, {"dispatch_id": dispatch.id}, document.case_id)
