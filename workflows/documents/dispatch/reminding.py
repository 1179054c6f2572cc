"""Receipts that stay away: who does not acknowledge a document is reminded, and then its sender is told to ask.

Both happen in the morning of a working day.

1. After the day of arrival (NĐ 30/2020, Điều 21.2: acknowledged the same day) the receiver is reminded: within the
   program by a mark on both sides, by e-mail in a letter that answers the first one.
2. On the third working day the case of the sender is told, and its clerk and head find it in their inbox: what nobody
   acknowledged within the program or by e-mail, and what the exchange network has not even answered with 01. A mailbox
   is asked a second time; the clerk enters what was told by telephone or by mail (`receipts.note`).

Paper has its list (`paper`).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from engine import events
from engine.actors import SYSTEM
from engine.services import Stream
from engine.tables import Case
from workflows.agencies.facts import BY_EDXML, BY_EMAIL, BY_SYSTEM
from workflows.documents.dispatch.mornings import DAYS_TO_ASK, Morning, Transaction, each_morning
from workflows.documents.dispatch.outcome import facts
from workflows.documents.dispatch.receipt_letters import TOPIC
from workflows.documents.outbox import post
from workflows.documents.tables import DELIVERED, HANDED_OVER, ISSUED, Dispatch, Document


def remind_all(transaction: Transaction, now: datetime) -> int:
    """Remind and tell what is due now. Returns of how many dispatches."""
    return each_morning(transaction, now, _due, _act)


def unacknowledged() -> Select[str]:
    """The dispatches about which their senders are to ask."""
    return select(Dispatch.id).where(_open(), Dispatch.escalated_at.is_not(None))


def overdue(session: Session, agency_id: str) -> int:
    """How many documents of an agency its people are to ask receivers about."""
    asked = unacknowledged().where(Dispatch.document_id == Document.id).exists()
    own = (Document.issuer_agency_id == agency_id, Document.status == ISSUED, asked)
    return session.scalar(select(func.count()).select_from(Document).where(*own)) or 0


def _open() -> ColumnElement[bool]:
    """Within the program and by e-mail not acknowledged; over the exchange network not answered at all."""
    return or_(_reminded_by_us(), and_(Dispatch.channel == BY_EDXML, Dispatch.status == HANDED_OVER))


def _reminded_by_us() -> ColumnElement[bool]:
    return and_(Dispatch.status == DELIVERED, Dispatch.channel.in_((BY_SYSTEM, BY_EMAIL)))


def _due(morning: Morning) -> Select[str]:
    unreminded = (Dispatch.reminded_at.is_(None), Dispatch.dispatched_at < morning.remind_before)
    unasked = (Dispatch.escalated_at.is_(None), Dispatch.dispatched_at < morning.ask_before)
    wanted = or_(and_(_reminded_by_us(), *unreminded), and_(_open(), *unasked))
    in_force = select(Dispatch.id).join(Document, Document.id == Dispatch.document_id).where(Document.status == ISSUED)
    return in_force.where(wanted).order_by(Dispatch.dispatched_at)


def _act(session: Session, now: datetime, dispatch_id: str, morning: Morning) -> bool:
    document = session.get_one(Document, session.get_one(Dispatch, dispatch_id).document_id)
    session.get_one(Case, document.case_id, with_for_update=True)
    dispatch = session.get_one(Dispatch, dispatch_id, with_for_update=True, populate_existing=True)
    if session.scalar(_due(morning).where(Dispatch.id == dispatch_id)) is None:
        return False  # a rival was faster, or the receipt came
    assert dispatch.dispatched_at
    stream, told = Stream("case", document.case_id), facts(dispatch, document)
    if dispatch.reminded_at is None and dispatch.channel != BY_EDXML:
        dispatch.reminded_at = now
        events.append(session, stream, "ReceiptReminded", told, actor=SYSTEM, now=now)
    if dispatch.dispatched_at < morning.ask_before:
        dispatch.escalated_at = now
        told |= {"working_days": DAYS_TO_ASK}
        events.append(session, stream, "ReceiptMissing", told, actor=SYSTEM, now=now)
    if dispatch.channel == BY_EMAIL:
        post(session, now, TOPIC, {"dispatch_id": dispatch.id}, document.case_id)
    return True
