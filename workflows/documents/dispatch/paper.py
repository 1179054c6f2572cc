"""Paper: the clerk prints the document, carries it by the day's list, and enters who signed for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from engine import events
from engine.actors import CLERK, Actor
from engine.clock import ZONE
from engine.services import Stream
from engine.tables import Case
from workflows.agencies.facts import BY_PAPER
from workflows.documents import errors
from workflows.documents.dispatch.channels import Sending
from workflows.documents.dispatch.outcome import facts
from workflows.documents.dispatch.receipts import Receipt, of_sender
from workflows.documents.recall import notes
from workflows.documents.recall.errors import RecallNotFound
from workflows.documents.recall.outcome import facts as told_of
from workflows.documents.recall.tables import ASKED, RecallRequest
from workflows.documents.search import index_incoming
from workflows.documents.tables import HANDED_OVER, ISSUED, QUEUED, RECEIVED, Dispatch, Document


class PaperChannel:
    """Leaves the dispatch on the list of what is to be carried."""

    def set_out(self, sending: Sending, document: Document, dispatch: Dispatch) -> None:
        """Nothing more than the queued dispatch: people do the rest."""


@dataclass(frozen=True)
class Carried:
    """One paper for one receiver. `status`: queued (to be carried), handed_over (on its way), received (signed for)."""

    dispatch_id: str
    document_id: str
    symbol: str
    issued_on: date
    type: str
    subject: str
    recipient_name: str
    status: str
    carried_at: datetime | None
    received_at: datetime | None
    received_by_name: str | None


def day_list(session: Session, actor: Actor, day: date, today: date) -> list[Carried]:
    """The papers of the actor's agency on a day, by receiver.

    These are the ones carried on that day; today also those that wait to be carried, and those not yet signed for,
    however long ago they were carried.
    """
    begins = datetime.combine(day, time(), ZONE)
    wanted = and_(Dispatch.dispatched_at >= begins, Dispatch.dispatched_at < begins + timedelta(days=1))
    if day == today:
        waiting = and_(Dispatch.status == QUEUED, Document.status == ISSUED)
        wanted = or_(wanted, waiting, Dispatch.status == HANDED_OVER)
    statement = (
        select(Dispatch, Document)
        .join(Document, Document.id == Dispatch.document_id)
        .where(Document.issuer_agency_id == actor.agency_id, Dispatch.channel == BY_PAPER, wanted)
        .order_by(Dispatch.recipient_name, Document.issued_on, Document.number, Dispatch.id)
    )
    return [_carried(dispatch, document) for dispatch, document in session.execute(statement)]


def carry(session: Session, now: datetime, actor: Actor, dispatch_ids: Sequence[str]) -> int:
    """Record that these papers were carried to their receivers. Returns how many had been waiting.

    Raises:
        DispatchNotFound: no such paper of the actor's agency.
        ClerkRequired: the actor is no clerk of it.
        NotCarried: it does not wait to be carried, nor was it carried before, or its number was voided.
    """
    _require_clerk(actor)
    count = 0
    for dispatch_id in sorted(set(dispatch_ids)):
        dispatch, document = of_sender(session, actor, dispatch_id, BY_PAPER)
        if dispatch.status in (HANDED_OVER, RECEIVED):
            continue
        if dispatch.status != QUEUED or document.status != ISSUED:
            raise errors.NotCarried()
        dispatch.status, dispatch.dispatched_at = HANDED_OVER, now
        session.flush()
        index_incoming(session, document, dispatch)
        _record(session, now, actor, "DocumentCarried", dispatch, document)
        count += 1
    return count


def sign_for(session: Session, now: datetime, actor: Actor, dispatch_id: str, receipt: Receipt) -> None:
    """Record who signed for a paper and on which day, as it stands on the list that came back.

    The receiver may still confirm it in the program, and so enter it in the own register.

    Raises:
        DispatchNotFound, ClerkRequired: as for `carry`.
        NotCarried: nobody has carried it yet.
        BadReceiptDay, ReasonRequired: see `Receipt.put`.
    """
    dispatch, document = of_sender(session, actor, dispatch_id, BY_PAPER)
    if dispatch.status == RECEIVED:
        return
    if dispatch.status != HANDED_OVER or dispatch.dispatched_at is None:
        raise errors.NotCarried()
    receipt.put(dispatch, now)
    told = {"signed_by": dispatch.received_by_name, "on": receipt.day.isoformat() if receipt.day else ""}
    _record(session, now, actor, "PaperSignedFor", dispatch, document, told)


def carry_notice(session: Session, now: datetime, actor: Actor, request_id: str) -> None:
    """Record that the notice by which a document is taken back was carried; a second time changes nothing.

    Raises:
        RecallNotFound: no such notice of the actor's agency.
        ClerkRequired: the actor is no clerk of it.
    """
    request = session.get(RecallRequest, request_id)
    dispatch = session.get(Dispatch, request.dispatch_id) if request and request.channel == BY_PAPER else None
    document = session.get(Document, dispatch.document_id) if dispatch else None
    if request is None or document is None or document.issuer_agency_id != actor.agency_id:
        raise RecallNotFound()
    _require_clerk(actor)
    session.get_one(Case, document.case_id, with_for_update=True)
    session.refresh(request, with_for_update=True)
    if request.status != QUEUED:
        return
    request.status, request.asked_at = ASKED, now
    notes.tell(session, now, request)
    told = told_of(request, document)
    events.append(session, Stream("case", document.case_id), "RecallAsked", told, actor=actor, now=now)


def _require_clerk(actor: Actor) -> None:
    if not actor.has(CLERK):
        raise errors.ClerkRequired(agency=actor.agency_name)


def _record(
    session: Session,
    now: datetime,
    actor: Actor,
    type_: str,
    dispatch: Dispatch,
    document: Document,
    more: dict[str, Any] | None = None,
) -> None:
    payload = facts(dispatch, document) | (more or {})
    events.append(session, Stream("case", document.case_id), type_, payload, actor=actor, now=now)


def _carried(dispatch: Dispatch, document: Document) -> Carried:
    assert document.symbol
    assert document.issued_on
    return Carried(
        dispatch_id=dispatch.id,
        document_id=document.id,
        symbol=document.symbol,
        issued_on=document.issued_on,
        type=document.type,
        subject=document.subject,
        recipient_name=dispatch.recipient_name,
        status=dispatch.status,
        carried_at=dispatch.dispatched_at,
        received_at=dispatch.received_at,
        received_by_name=dispatch.received_by_name,
    )
