"""Somebody asks over the exchange network for a document that came from it: by a package (1, 3) or a message (13)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import events
from engine.actors import SYSTEM
from engine.services import Stream
from engine.tables import Case
from workflows.agencies.facts import BY_EDXML
from workflows.agencies.tables import AgencyChannel
from workflows.documents.dispatch.known import once
from workflows.documents.edxml.errors import UnknownArrival
from workflows.documents.edxml.model import REPLACE, DocumentRef, Message, Status
from workflows.documents.recall import notes
from workflows.documents.recall.tables import AGREED, ASKED, REPLACEMENT, WITHDRAW, RecallRequest
from workflows.documents.tables import DocumentRegister, IncomingEntry


def by_status(session: Session, now: datetime, status: Status) -> str:
    """A status message 13 about a document of its sender: asked of each agency of ours that has it.

    Returns:
        The first of these agencies.

    Raises:
        UnknownArrival: none has it, or it is not the sender's to ask for.
    """
    if status.document.organ != status.sender.code:
        raise UnknownArrival(document=str(status.document))
    coded = select(AgencyChannel.agency_id).where(AgencyChannel.organ_code != "").distinct()
    agencies = sorted(session.scalars(coded))
    found = ask(session, now, agencies, status.document, WITHDRAW, status.description, status.document)
    return found[0]


def by_package(session: Session, now: datetime, message: Message, agencies: Sequence[str]) -> list[str]:
    """A package that asks for a document (1), or brings what replaces it (3).

    Returns:
        Ids of the agencies that have what is asked for.

    Raises:
        UnknownArrival: it only asks, and none of the agencies has the document.
    """
    if message.business.type != REPLACE:
        return ask(session, now, agencies, message.id, WITHDRAW, message.business.reason, message.id)
    found = []
    for one in message.business.replaced:
        if one.document.organ == message.id.organ and _entries(session, agencies, one.document):
            found += ask(session, now, agencies, one.document, REPLACEMENT, message.business.reason, message.id)
    return found


def ask(
    session: Session,
    now: datetime,
    agencies: Sequence[str],
    wanted: DocumentRef,
    kind: str,
    reason: str,
    about: DocumentRef,
) -> list[str]:
    """Put the request before each of these agencies that has the document and has not agreed yet.

    Args:
        about: the document that the answer names: the one that the asking message bears.
    """
    entries = _entries(session, agencies, wanted)
    if not entries:
        raise UnknownArrival(document=str(wanted))
    for entry in entries:
        _ask(session, now, entry, kind, reason, about)
    registers = select(DocumentRegister.agency_id).where(DocumentRegister.id.in_([one.register_id for one in entries]))
    return sorted(set(session.scalars(registers)))


def _entries(session: Session, agencies: Sequence[str], wanted: DocumentRef) -> list[IncomingEntry]:
    keys = [once(agency_id, wanted) for agency_id in agencies]
    statement = select(IncomingEntry).where(IncomingEntry.once.in_(keys))
    return list(session.scalars(statement.order_by(IncomingEntry.case_id, IncomingEntry.register_id)))


def _ask(session: Session, now: datetime, entry: IncomingEntry, kind: str, reason: str, about: DocumentRef) -> None:
    if entry.case_id is not None:
        session.get_one(Case, entry.case_id, with_for_update=True)
    statement = select(DocumentRegister).where(DocumentRegister.id == entry.register_id).with_for_update()
    register = session.scalars(statement).one()
    place = (RecallRequest.register_id == entry.register_id, RecallRequest.number == entry.number)
    if session.scalars(select(RecallRequest).where(*place, RecallRequest.status.in_((ASKED, AGREED)))).first():
        return
    request = RecallRequest(
        id=str(uuid4()),
        register_id=entry.register_id,
        number=entry.number,
        about=str(about),
        agency_id=register.agency_id,
        agency_name=entry.author,
        channel=BY_EDXML,
        kind=kind,
        reason=reason,
        replacement=about.symbol if kind == REPLACEMENT else "",
        status=ASKED,
        created_at=now,
        asked_at=now,
    )
    session.add(request)
    session.flush()
    notes.tell(session, now, request)
    told = {"number": entry.number, "symbol": entry.symbol, "name": entry.author, "request_id": request.id}
    told |= {"kind": kind, "reason": reason, "replacement": request.replacement}
    if entry.case_id is not None:
        stream = Stream("case", entry.case_id)
        events.append(session, stream, "ArrivalRecallAsked", told, actor=SYSTEM, now=now)
