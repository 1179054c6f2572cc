"""Sending a document once more by hand to a receiver whom it did not reach, or who sent it back.

It stays the same dispatch, under the same id: whoever has the first try after all can tell the second from it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import events
from engine.actors import CLERK, Actor
from engine.clock import local_date
from engine.services import Stream
from engine.tables import Case
from workflows.documents import errors
from workflows.documents.dispatch.channels import Routes, take
from workflows.documents.dispatch.outcome import facts
from workflows.documents.outbox import post
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
    own = (Dispatch.id == dispatch_id, Document.issuer_agency_id == actor.agency_id)
    document = session.scalar(select(Document).join(Dispatch, Dispatch.document_id == Document.id).where(*own))
    if document is None:
        raise errors.DispatchNotFound()
    if not actor.has(CLERK):
        raise errors.ClerkRequired(agency=actor.agency_name)
    session.get_one(Case, document.case_id, with_for_update=True)
    dispatch = session.get_one(Dispatch, dispatch_id, with_for_update=True, populate_existing=True)
    if dispatch.status == QUEUED:
        return document.id
    if dispatch.status not in (FAILED, REFUSED):
        raise errors.NotResendable()
    if document.status != ISSUED:
        raise errors.NotIssued()
    _queue(session, now, actor, dispatch, document, routes)
    return document.id


def _queue(
    session: Session, now: datetime, actor: Actor, dispatch: Dispatch, document: Document, routes: Routes
) -> None:
    before = {"was": dispatch.status, "failure": dispatch.failure, "reply": dispatch.reply}
    take(dispatch, routes(session, dispatch.recipient_agency_id, local_date(now)))
    dispatch.dispatched_at, dispatch.reminded_at, dispatch.escalated_at = None, None, None
    dispatch.progress = ""
    told = facts(dispatch, document) | before
    events.append(session, Stream("case", document.case_id), "DispatchResent", told, actor=actor, now=now)
    post(session, now, TOPIC, {"dispatch_id": dispatch.id}, document.case_id)
