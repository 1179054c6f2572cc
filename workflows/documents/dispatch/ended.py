"""Arrivals of the exchange network whose case has ended: their sender is told so, once (status 06)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, aliased

from engine.commands.case_run import ENDED
from engine.commands.links import MERGED
from engine.services import Blobs
from engine.tables import Case, CaseLink
from workflows.documents.dispatch.arriving import COMPLETED, tell
from workflows.documents.tables import DocumentRegister, IncomingEntry

BATCH: Final = 100

Transaction = Callable[[], AbstractContextManager[Session]]


def tell_all(transaction: Transaction, now: datetime, blobs: Blobs) -> int:
    """Tell the senders of what was dealt with since, each in a transaction of its own. Returns how many.

    A case that was taken back or cancelled has dealt with nothing; one that was merged ends with the other.
    """
    with transaction() as session:
        places = session.execute(_ended().limit(BATCH)).all()
    return sum(_tell(transaction, now, blobs, register_id, number) for register_id, number in places)


def _ended() -> Select[str, int]:
    other = aliased(Case)
    goes_on = select(CaseLink.id).join(other, other.id == CaseLink.other_id)
    goes_on = goes_on.where(CaseLink.case_id == Case.id, CaseLink.kind == MERGED, other.ended_at.is_(None))
    untold = (IncomingEntry.package_id.is_not(None), IncomingEntry.completed_told_at.is_(None))
    kept = IncomingEntry.subject != ""  # of what was lawfully deleted nobody knows the sender any more
    statement = select(IncomingEntry.register_id, IncomingEntry.number).join(Case, Case.id == IncomingEntry.case_id)
    return statement.where(*untold, kept, Case.status == ENDED, ~goes_on.exists()).order_by(Case.ended_at)


def _tell(transaction: Transaction, now: datetime, blobs: Blobs, register_id: str, number: int) -> bool:
    with transaction() as session:
        statement = select(DocumentRegister).where(DocumentRegister.id == register_id).with_for_update()
        register = session.scalars(statement).one()
        place = {"register_id": register_id, "number": number}
        entry = session.get_one(IncomingEntry, place, with_for_update=True, populate_existing=True)
        if entry.completed_told_at is not None:
            return False  # a rival was faster
        entry.completed_told_at = now
        tell(session, now, blobs, entry, register.agency_id, COMPLETED)
        return True
