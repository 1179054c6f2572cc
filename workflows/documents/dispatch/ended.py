"""Arrivals whose case is over: who sent one over the exchange network is told so, and what was given up is open again.

A case that was taken back or cancelled has dealt with nothing: its arrivals wait again for who has them. One that was
merged ends with the other.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, aliased

from engine.actors import SYSTEM
from engine.commands.case_run import CANCELLED, ENDED
from engine.commands.links import MERGED
from engine.services import Blobs
from engine.tables import Case, CaseLink
from workflows.documents.dispatch.arriving import COMPLETED, tell
from workflows.documents.dispatch.mornings import Transaction
from workflows.documents.registers import Clerk
from workflows.documents.tables import DocumentRegister, IncomingEntry

BATCH: Final = 100


def follow(transaction: Transaction, now: datetime, blobs: Blobs) -> int:
    """Do for each arrival what the end of its case asks for, each in a transaction of its own. Returns for how many."""
    with transaction() as session:
        completed = session.execute(_completed().limit(BATCH)).all()
        given_up = session.execute(_given_up().limit(BATCH)).all()
    count = 0
    for register_id, number in completed:
        with transaction() as session:
            count += _tell(session, now, blobs, register_id, number)
    for register_id, number in given_up:
        with transaction() as session:
            count += _reopen(session, now, register_id, number)
    return count


def _completed() -> Select[str, int]:
    other = aliased(Case)
    goes_on = select(CaseLink.id).join(other, other.id == CaseLink.other_id)
    goes_on = goes_on.where(CaseLink.case_id == Case.id, CaseLink.kind == MERGED, other.ended_at.is_(None))
    untold = (IncomingEntry.package_id.is_not(None), IncomingEntry.completed_told_at.is_(None))
    return _places().where(*untold, Case.status == ENDED, ~goes_on.exists())


def _given_up() -> Select[str, int]:
    return _places().where(Case.status == CANCELLED)


def _places() -> Select[str, int]:
    kept = IncomingEntry.subject != ""  # of what was lawfully deleted nobody knows sender and words any more
    statement = select(IncomingEntry.register_id, IncomingEntry.number).join(Case, Case.id == IncomingEntry.case_id)
    return statement.where(kept).order_by(Case.ended_at)


def _tell(session: Session, now: datetime, blobs: Blobs, register_id: str, number: int) -> bool:
    register, entry = _locked(session, register_id, number)
    if entry.completed_told_at is not None:
        return False  # a rival was faster
    entry.completed_told_at = now
    tell(session, now, blobs, entry, register.agency_id, COMPLETED)
    return True


def _reopen(session: Session, now: datetime, register_id: str, number: int) -> bool:
    register, entry = _locked(session, register_id, number)
    case = session.get(Case, entry.case_id) if entry.case_id else None
    if case is None or case.status != CANCELLED:
        return False  # a rival was faster
    entry.case_id, entry.opened_case, entry.done_at = None, False, None
    entry.given_up += 1
    entry.note = "; ".join(filter(None, (entry.note, f"Vụ việc {case.code} đã rút, hủy")))
    facts = {"number": number, "symbol": entry.symbol, "case_id": case.id, "case_code": case.code}
    Clerk(session, now, SYSTEM).record(register, "ArrivalReopened", facts)
    return True


def _locked(session: Session, register_id: str, number: int) -> tuple[DocumentRegister, IncomingEntry]:
    statement = select(DocumentRegister).where(DocumentRegister.id == register_id).with_for_update()
    register = session.scalars(statement).one()
    place = {"register_id": register_id, "number": number}
    return register, session.get_one(IncomingEntry, place, with_for_update=True, populate_existing=True)
