"""The receipt that the other side gives for a document that reached it within the program, or its refusal."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from engine import events
from engine.actors import CLERK, SPECIALIST, Actor
from engine.clock import local_date
from engine.services import Stream
from engine.tables import Case
from workflows.documents import errors
from workflows.documents.compose import Issuers
from workflows.documents.dispatch.outcome import facts
from workflows.documents.incoming import arrival_of, enter
from workflows.documents.recall.notes import tell_late
from workflows.documents.registers import Clerk, reason_of
from workflows.documents.tables import RECEIVED, REFUSED, Dispatch, Document


def confirm_receipt(session: Session, now: datetime, actor: Actor, dispatch_id: str, issuers: Issuers) -> None:
    """Confirm that the document arrived, and give it its arrival number; a second confirmation changes nothing.

    A paper that somebody signed for on the sender's list, or a package that was answered over the exchange network,
    counts as received since then and gets its arrival number here all the same.

    Args:
        session: a writing transaction.
        actor: a clerk or specialist of the receiving agency (NĐ 30/2020, Điều 21.2: acknowledged the same day).
        issuers: looks up the receiving body, whose register it is entered in.

    Raises:
        DispatchNotFound: no such dispatch to the actor's agency.
        RecipientRequired: the actor has neither duty.
        SentBack: the agency has sent it back.
    """
    dispatch, document = _arrived(session, actor, dispatch_id)
    if dispatch.status == RECEIVED and dispatch.received_by is not None:
        return
    if dispatch.status == REFUSED:
        raise errors.SentBack()
    dispatch.status, dispatch.received_at = RECEIVED, dispatch.received_at or now
    dispatch.received_by, dispatch.received_by_name = actor.person_id, actor.name
    founded_on = issuers(session, actor.agency_id, local_date(now)).founded_on
    entry = enter(Clerk(session, now, actor), arrival_of(dispatch, document), founded_on)
    session.flush()
    tell_late(session, now, entry)
    payload = {
        "document_id": document.id,
        "symbol": document.symbol,
        "agency_id": actor.agency_id,
        "dispatch_id": dispatch_id,
        "arrival_number": entry.number,
    }
    events.append(session, Stream("case", document.case_id), "DocumentReceived", payload, actor=actor, now=now)


def refuse(session: Session, now: datetime, actor: Actor, dispatch_id: str, reason: str) -> None:
    """Send a document back to who sent it, with the reason; a second refusal changes nothing.

    Args:
        session: a writing transaction.
        actor: a clerk or specialist of the receiving agency.

    Raises:
        DispatchNotFound, RecipientRequired: as for `confirm_receipt`.
        AlreadyReceived: its receipt was confirmed.
        ReasonRequired: no reason, or too long a one.
    """
    dispatch, document = _arrived(session, actor, dispatch_id)
    if dispatch.status == REFUSED:
        return
    if dispatch.status == RECEIVED:
        raise errors.AlreadyReceived()
    dispatch.status, dispatch.reply = REFUSED, reason_of(reason)
    payload = facts(dispatch, document) | {"reason": dispatch.reply}
    events.append(session, Stream("case", document.case_id), "DocumentSentBack", payload, actor=actor, now=now)


def _arrived(session: Session, actor: Actor, dispatch_id: str) -> tuple[Dispatch, Document]:
    """A dispatch that reached the actor's agency, locked after its case, for who may answer it."""
    found = session.get(Dispatch, dispatch_id)
    if found is None or found.recipient_agency_id != actor.agency_id or found.dispatched_at is None:
        raise errors.DispatchNotFound()
    if not (actor.has(CLERK) or actor.has(SPECIALIST)):
        raise errors.RecipientRequired()
    document = session.get_one(Document, found.document_id)
    session.get_one(Case, document.case_id, with_for_update=True)
    return session.get_one(Dispatch, dispatch_id, with_for_update=True, populate_existing=True), document
