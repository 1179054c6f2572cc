"""Receipts that stay away: who does not acknowledge a document is reminded once, and then its sender is told to ask.

Both happen in the morning of a working day; weekends and holidays do not count.

1. After the day of arrival (NĐ 30/2020, Điều 21.2: acknowledged the same day) the receiver is reminded: within the
   program by a mark on both sides, by e-mail in a letter that answers the first one.
2. On the third working day the case of the sender is told, and its clerk and head find it in their inbox: what within
   the program nobody acknowledged, and what the exchange network has not even answered with 01.

Paper has its list (`paper`).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import uuid4

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from engine import events
from engine.actors import SYSTEM
from engine.clock import ZONE, local_date
from engine.commands.reminders import MORNING
from engine.services import Stream
from engine.tables import Case, OutboxMessage
from workflows.agencies.facts import BY_EDXML, BY_EMAIL, BY_SYSTEM
from workflows.calendar.days import Calendar, YearUnknown
from workflows.calendar.store import load
from workflows.documents.dispatch.outcome import facts
from workflows.documents.dispatch.receipt_letters import TOPIC
from workflows.documents.tables import DELIVERED, HANDED_OVER, ISSUED, Dispatch, Document

BATCH: Final = 100
DAYS_TO_ASK: Final = 3
"""Working days after which the sender is to ask by itself: a choice of design, no law names one."""

Transaction = Callable[[], AbstractContextManager[Session]]


def remind_all(transaction: Transaction, now: datetime) -> int:
    """Remind and tell what is due now, each dispatch in a transaction of its own. Returns of how many."""
    if now.astimezone(ZONE).time() < MORNING:
        return 0
    with transaction() as session:
        cutoffs = _cutoffs(load(session), local_date(now))
        if cutoffs is None:
            return 0
        due = list(session.scalars(_due(*cutoffs)))
    return sum(_act(transaction, now, dispatch_id, cutoffs) for dispatch_id in due)


def unacknowledged() -> Select[str]:
    """The dispatches about which their senders are to ask."""
    return select(Dispatch.id).where(_open(), Dispatch.escalated_at.is_not(None))


def overdue(session: Session, agency_id: str) -> int:
    """How many documents of an agency its people are to ask receivers about."""
    asked = unacknowledged().where(Dispatch.document_id == Document.id).exists()
    own = (Document.issuer_agency_id == agency_id, Document.status == ISSUED, asked)
    return session.scalar(select(func.count()).select_from(Document).where(*own)) or 0


def _cutoffs(calendar: Calendar, today: date) -> tuple[datetime, datetime] | None:
    """What left before these moments is reminded of, or asked about; None on a day on which nobody works.

    A year that the calendar does not know yet has only its weekends.
    """

    def works(day: date) -> bool:
        try:
            return calendar.is_working(day)
        except YearUnknown:
            return day.weekday() < 5

    if not works(today):
        return None
    day, left = today, DAYS_TO_ASK - 1
    while left:
        day -= timedelta(days=1)
        left -= works(day)
    return datetime.combine(today, time(), ZONE), datetime.combine(day, time(), ZONE)


def _open() -> ColumnElement[bool]:
    """Within the program not acknowledged; over the exchange network not answered at all."""
    within = and_(Dispatch.channel == BY_SYSTEM, Dispatch.status == DELIVERED)
    return or_(within, and_(Dispatch.channel == BY_EDXML, Dispatch.status == HANDED_OVER))


def _due(remind_before: datetime, ask_before: datetime) -> Select[str]:
    reminded_by_us = and_(Dispatch.status == DELIVERED, Dispatch.channel.in_((BY_SYSTEM, BY_EMAIL)))
    reminding = and_(reminded_by_us, Dispatch.reminded_at.is_(None), Dispatch.dispatched_at < remind_before)
    asking = and_(_open(), Dispatch.escalated_at.is_(None), Dispatch.dispatched_at < ask_before)
    in_force = select(Dispatch.id).join(Document, Document.id == Dispatch.document_id).where(Document.status == ISSUED)
    return in_force.where(or_(reminding, asking)).order_by(Dispatch.dispatched_at).limit(BATCH)


def _act(transaction: Transaction, now: datetime, dispatch_id: str, cutoffs: tuple[datetime, datetime]) -> bool:
    with transaction() as session:
        document = session.get_one(Document, session.get_one(Dispatch, dispatch_id).document_id)
        session.get_one(Case, document.case_id, with_for_update=True)
        dispatch = session.get_one(Dispatch, dispatch_id, with_for_update=True, populate_existing=True)
        if session.scalar(_due(*cutoffs).where(Dispatch.id == dispatch_id)) is None:
            return False  # a rival was faster, or the receipt came
        assert dispatch.dispatched_at
        stream, told = Stream("case", document.case_id), facts(dispatch, document)
        if dispatch.reminded_at is None and dispatch.channel != BY_EDXML:
            dispatch.reminded_at = now
            events.append(session, stream, "ReceiptReminded", told, actor=SYSTEM, now=now)
            if dispatch.channel == BY_EMAIL:
                _post(session, now, document, dispatch)
        if dispatch.channel != BY_EMAIL and dispatch.dispatched_at < cutoffs[1]:
            dispatch.escalated_at = now
            told |= {"working_days": DAYS_TO_ASK}
            events.append(session, stream, "ReceiptMissing", told, actor=SYSTEM, now=now)
        return True


def _post(session: Session, now: datetime, document: Document, dispatch: Dispatch) -> None:
    message = OutboxMessage(id=str(uuid4()), topic=TOPIC, case_id=document.case_id)
    message.body, message.status = {"dispatch_id": dispatch.id}, "waiting"
    message.due_at, message.created_at = now, now
    session.add(message)
