"""Answers to recalls that stay away: who does not answer is reminded, and then the issuer is told to ask.

No law sets a day for the answer (NĐ 30/2020, Điều 18 wants the document returned or deleted and the issuer told), so
the days are those of receipts: in the morning of the next working day a reminder, within the program by a mark on both
sides, by e-mail in a letter of the thread; on the third working day the case is told, and clerk and head of the issuer
find it in their inbox. The exchange network has no message that reminds, and paper is carried once: both are asked
about by people.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from engine import events
from engine.actors import SYSTEM
from engine.services import Stream
from engine.tables import Case
from workflows.agencies.facts import BY_EMAIL, BY_SYSTEM
from workflows.documents.dispatch.mornings import DAYS_TO_ASK, Morning, Transaction, each_morning
from workflows.documents.outbox import post
from workflows.documents.recall.answering import document_of
from workflows.documents.recall.letters import REMINDER
from workflows.documents.recall.outcome import facts
from workflows.documents.recall.tables import ASKED, FAILED, DocumentRecall, RecallRequest

REMINDED_BY_US = (BY_SYSTEM, BY_EMAIL)


def remind_all(transaction: Transaction, now: datetime) -> int:
    """Remind and tell what is due now. Returns of how many requests."""
    return each_morning(transaction, now, _due, _act)


def overdue(session: Session, agency_id: str) -> int:
    """How many requests of an agency its people are to ask about: long unanswered, or never told."""
    own = DocumentRecall.agency_id == agency_id
    statement = select(func.count()).select_from(RecallRequest)
    statement = statement.join(DocumentRecall, DocumentRecall.id == RecallRequest.recall_id)
    return session.scalar(statement.where(own, to_be_asked())) or 0


def to_be_asked() -> ColumnElement[bool]:
    """Requests about which the issuer's people are to ask."""
    unanswered = and_(RecallRequest.status == ASKED, RecallRequest.escalated_at.is_not(None))
    return or_(unanswered, RecallRequest.status == FAILED)


def _due(morning: Morning) -> Select[str]:
    unreminded = (RecallRequest.reminded_at.is_(None), RecallRequest.asked_at < morning.remind_before)
    unasked = (RecallRequest.escalated_at.is_(None), RecallRequest.asked_at < morning.ask_before)
    wanted = or_(and_(RecallRequest.channel.in_(REMINDED_BY_US), *unreminded), and_(*unasked))
    ours = (RecallRequest.recall_id.is_not(None), RecallRequest.status == ASKED)
    return select(RecallRequest.id).where(*ours, wanted).order_by(RecallRequest.asked_at)


def _act(session: Session, now: datetime, request_id: str, morning: Morning) -> bool:
    document = document_of(session, session.get_one(RecallRequest, request_id))
    assert document is not None
    session.get_one(Case, document.case_id, with_for_update=True)
    request = session.get_one(RecallRequest, request_id, with_for_update=True, populate_existing=True)
    if session.scalar(_due(morning).where(RecallRequest.id == request_id)) is None:
        return False  # a rival was faster, or the answer came
    assert request.asked_at
    stream, told = Stream("case", document.case_id), facts(request, document)
    if request.reminded_at is None and request.channel in REMINDED_BY_US:
        request.reminded_at = now
        events.append(session, stream, "RecallReminded", told, actor=SYSTEM, now=now)
    if request.asked_at < morning.ask_before:
        request.escalated_at = now
        told |= {"working_days": DAYS_TO_ASK}
        events.append(session, stream, "RecallUnanswered", told, actor=SYSTEM, now=now)
    if request.channel == BY_EMAIL:
        post(session, now, REMINDER, {"request_id": request.id}, document.case_id)
    return True
