"""Receipts: what a receiver within the program says of a document, and what the clerk enters for one outside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import events
from engine.actors import CLERK, SPECIALIST, Actor
from engine.clock import ZONE, local_date
from engine.services import Stream
from engine.tables import Case
from workflows.agencies.facts import BY_EDXML, BY_EMAIL
from workflows.documents import errors
from workflows.documents.compose import Issuers
from workflows.documents.dispatch.outcome import facts
from workflows.documents.incoming import arrival_of, enter
from workflows.documents.recall.notes import tell_late
from workflows.documents.registers import Clerk, reason_of
from workflows.documents.tables import (
    DELIVERED,
    HANDED_OVER,
    ISSUED,
    RECEIVED,
    REFUSED,
    Dispatch,
    Document,
    IncomingEntry,
)

MAX_NAME = 200


@dataclass(frozen=True)
class Receipt:
    """A receipt that came outside the program.

    Args:
        name: who at the receiver gave it.
        day: on which day; None where what was typed is none.
        how: by which way it came, in words.
    """

    name: str
    day: date | None
    how: str = ""

    def put(self, dispatch: Dispatch, now: datetime) -> None:
        """Mark a dispatch that is under way as received.

        Raises:
            BadReceiptDay: no day, one before it left, or one to come.
            ReasonRequired: no name, or too long a one.
        """
        assert dispatch.dispatched_at
        if self.day is None or not local_date(dispatch.dispatched_at) <= self.day <= local_date(now):
            raise errors.BadReceiptDay()
        name = " ".join(self.name.split())
        if not name or len(name) > MAX_NAME:
            raise errors.ReasonRequired(limit=MAX_NAME)
        dispatch.status, dispatch.received_by_name = RECEIVED, name
        dispatch.received_at = max(dispatch.dispatched_at, min(datetime.combine(self.day, time(12), ZONE), now))


def confirm_receipt(session: Session, now: datetime, actor: Actor, dispatch_id: str, issuers: Issuers) -> int:
    """Confirm that the document arrived, and give it its arrival number; a second confirmation changes nothing.

    A paper that somebody signed for on the sender's list, or a package that was answered over the exchange network,
    counts as received since then and gets its arrival number here all the same.

    Args:
        session: a writing transaction.
        actor: a clerk or specialist of the receiving agency (NĐ 30/2020, Điều 21.2: acknowledged the same day).
        issuers: looks up the receiving body, whose register it is entered in.

    Returns:
        The arrival number.

    Raises:
        DispatchNotFound: no such dispatch to the actor's agency.
        RecipientRequired: the actor has neither duty.
        SentBack: the agency has sent it back.
    """
    dispatch, document = _arrived(session, actor, dispatch_id)
    if dispatch.status == RECEIVED and dispatch.received_by is not None:
        known = select(IncomingEntry.number).where(IncomingEntry.dispatch_id == dispatch_id)
        return session.scalars(known).one()
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
    return entry.number


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


def note(session: Session, now: datetime, actor: Actor, dispatch_id: str, receipt: Receipt) -> str:
    """Record that a receiver of an e-mail or a package said by telephone, by mail or on paper that it has the document.

    The receiver may still confirm it in the program, and so enter it in the own register.

    Returns:
        The id of the document.

    Raises:
        DispatchNotFound: no such dispatch of the actor's agency, or its receiver answers within the program.
        ClerkRequired: the actor is no clerk of it.
        NotUnderWay: nothing has left yet, it failed, or it was sent back.
        BadReceiptDay, ReasonRequired: see `Receipt.put`.
    """
    dispatch, document = of_sender(session, actor, dispatch_id, BY_EMAIL, BY_EDXML)
    if dispatch.status == RECEIVED:
        return document.id
    if dispatch.status not in (DELIVERED, HANDED_OVER) or document.status != ISSUED:
        raise errors.NotUnderWay()
    how = reason_of(receipt.how)
    receipt.put(dispatch, now)
    dispatch.reply = how
    payload = facts(dispatch, document) | {"confirmed_by": dispatch.received_by_name, "how": how}
    payload |= {"on": receipt.day.isoformat() if receipt.day else ""}
    events.append(session, Stream("case", document.case_id), "ReceiptEntered", payload, actor=actor, now=now)
    return document.id


def of_sender(session: Session, actor: Actor, dispatch_id: str, *channels: str) -> tuple[Dispatch, Document]:
    """A dispatch of the actor's agency, locked after its case, for its clerk.

    Args:
        channels: by one of these; by any where there is none.

    Raises:
        DispatchNotFound: none such.
        ClerkRequired: the actor is no clerk of the agency.
    """
    own = [Dispatch.id == dispatch_id, Document.issuer_agency_id == actor.agency_id]
    if channels:
        own.append(Dispatch.channel.in_(channels))
    document = session.scalar(select(Document).join(Dispatch, Dispatch.document_id == Document.id).where(*own))
    if document is None:
        raise errors.DispatchNotFound()
    if not actor.has(CLERK):
        raise errors.ClerkRequired(agency=actor.agency_name)
    session.get_one(Case, document.case_id, with_for_update=True)
    return session.get_one(Dispatch, dispatch_id, with_for_update=True, populate_existing=True), document


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
