"""Registers: each agency's own series of numbers, without gap or double.

A series begins at 01 on 1 January in Vietnam (NĐ 30/2020, Điều 15).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy.orm import Session

from engine import events
from engine.actors import Actor
from engine.clock import local_date, local_year
from engine.database import locked_or_new
from engine.services import Stream
from workflows.documents.errors import RegisterClosed
from workflows.documents.model import DocumentModel, Numbering
from workflows.documents.tables import ISSUED, ONE_SERIES, OPEN, DocumentRegister, RegisterEntry


@dataclass(frozen=True)
class Allocation:
    """A number given: from which register, and how document and date read."""

    register_id: str
    numbering: Numbering
    symbol: str


def series_of(model: DocumentModel) -> str:
    """The series that a document belongs to: one for all types of an agency."""
    return ONE_SERIES


def allocate(
    session: Session, document_id: str, model: DocumentModel, recipients: Sequence[str], *, now: datetime, actor: Actor
) -> Allocation:
    """Give the next number of the issuing agency's register and enter the document in it.

    The register's row stays locked until the transaction ends, so a number is taken only together with everything else
    that the transaction does: a rollback or a crash takes it back, and the next document gets it.

    Args:
        recipients: names of the receiving agencies, for the register.
        now: the moment of issue; its day and year in Vietnam count.

    Raises:
        RegisterClosed: the register takes no more numbers.
    """
    register = _open_register(session, model, now)
    register.last_number += 1
    given = Numbering(register.last_number, local_date(now))
    allocation = Allocation(register.id, given, given.symbol(model))
    session.add(_entry(allocation, document_id, model, recipients, now, actor))
    _record(session, register, allocation, document_id, now, actor)
    return allocation


def _open_register(session: Session, model: DocumentModel, now: datetime) -> DocumentRegister:
    key = {"agency_id": model.issuer.agency_id, "year": local_year(now), "series": series_of(model)}
    register = locked_or_new(session, DocumentRegister, key, id=str(uuid4()), last_number=0, status=OPEN)
    if register.status != OPEN:
        raise RegisterClosed(year=register.year)
    return register


def _entry(
    given: Allocation, document_id: str, model: DocumentModel, recipients: Sequence[str], now: datetime, actor: Actor
) -> RegisterEntry:
    return RegisterEntry(
        register_id=given.register_id,
        number=given.numbering.number,
        document_id=document_id,
        symbol=given.symbol,
        issued_on=given.numbering.issued_on,
        type=model.type,
        subject=model.subject,
        signer=model.signing.name,
        recipients="; ".join(recipients),
        kept_by=model.archive,
        copies=len(recipients) + 1,
        status=ISSUED,
        entered_at=now,
        entered_by=actor.person_id,
    )


def _record(
    session: Session, register: DocumentRegister, given: Allocation, document_id: str, now: datetime, actor: Actor
) -> None:
    payload = {
        "agency_id": register.agency_id,
        "year": register.year,
        "series": register.series,
        "number": given.numbering.number,
        "symbol": given.symbol,
        "issued_on": given.numbering.issued_on.isoformat(),
        "document_id": document_id,
    }
    events.append(session, Stream("register", register.id), "NumberAllocated", payload, actor=actor, now=now)
