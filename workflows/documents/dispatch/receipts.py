"""The receipt that the other side gives for a document that reached it within the program."""

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
from workflows.documents.incoming import arrival_of, enter
from workflows.documents.registers import Clerk
from workflows.documents.tables import RECEIVED, Dispatch, Document


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
    """
    found = session.get(Dispatch, dispatch_id)
    if found is None or found.recipient_agency_id != actor.agency_id or found.dispatched_at is None:
        raise errors.DispatchNotFound()
    if not (actor.has(CLERK) or actor.has(SPECIALIST)):
        raise errors.RecipientRequired()
    document = session.get_one(Document, found.document_id)
    session.get_one(Case, document.case_id, with_for_update=True)
    dispatch = session.get_one(Dispatch, dispatch_id, with_for_update=True)
    if dispatch.status == RECEIVED and dispatch.received_by is not None:
        return
    dispatch.status, dispatch.received_at = RECEIVED, dispatch.received_at or now
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
