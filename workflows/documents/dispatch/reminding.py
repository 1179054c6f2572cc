"""Reminders of receipts: a document within the program is acknowledged on the day on which it arrived (`receipts`).

Who has not done so is reminded once, on the morning of the next day: a mark beside the document on both sides, and an
event in the case. Paper has its list, e-mail no receipt, and the exchange network answers by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import events
from engine.actors import SYSTEM
from engine.clock import ZONE, local_date
from engine.commands.reminders import MORNING
from engine.services import Stream
from engine.tables import Case
from workflows.agencies.facts import BY_SYSTEM
from workflows.documents.dispatch.outcome import facts
from workflows.documents.tables import DELIVERED, Dispatch, Document

BATCH = 100


def remind_all(transaction: Callable[[], AbstractContextManager[Session]], now: datetime) -> int:
    """Remind of what is due now, each dispatch in a transaction of its own. Returns of how many."""
    if now.astimezone(ZONE).time() < MORNING:
        return 0
    midnight = datetime.combine(local_date(now), time(), ZONE)
    due = (Dispatch.status == DELIVERED, Dispatch.channel == BY_SYSTEM, Dispatch.reminded_at.is_(None))
    query = select(Dispatch.id).where(*due, Dispatch.dispatched_at < midnight).order_by(Dispatch.dispatched_at)
    with transaction() as session:
        ids = list(session.scalars(query.limit(BATCH)))
    return sum(_remind(transaction, now, dispatch_id) for dispatch_id in ids)


def _remind(transaction: Callable[[], AbstractContextManager[Session]], now: datetime, dispatch_id: str) -> bool:
    with transaction() as session:
        document = session.get_one(Document, session.get_one(Dispatch, dispatch_id).document_id)
        session.get_one(Case, document.case_id, with_for_update=True)
        dispatch = session.get_one(Dispatch, dispatch_id, with_for_update=True, populate_existing=True)
        if dispatch.status != DELIVERED or dispatch.reminded_at is not None:
            return False
        dispatch.reminded_at = now
        stream = Stream("case", document.case_id)
        events.append(session, stream, "ReceiptReminded", facts(dispatch, document), actor=SYSTEM, now=now)
        return True
