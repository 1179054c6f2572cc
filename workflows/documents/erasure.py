"""What the documents of a case leave behind when its content is lawfully deleted: numbers, days, bodies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select, tuple_, update
from sqlalchemy.orm import Session

from engine import canonical
from engine.actors import Actor
from engine.events.erasure import erase
from engine.services import Stream
from engine.tables import Attachment, Event, EventPayload
from workflows.documents import search
from workflows.documents.recall.tables import DocumentRecall, RecallRequest
from workflows.documents.search_tables import DocumentSearch
from workflows.documents.signing.tables import DocumentSigning
from workflows.documents.tables import (
    ArrivalFile,
    Dispatch,
    Document,
    DocumentRecipient,
    DocumentRevision,
    ExchangeMessage,
    IncomingEntry,
    RegisterEntry,
)

NOTHING = ""


def erase_documents(
    session: Session, case_id: str, facts: Mapping[str, Any], *, actor: Actor, now: datetime
) -> set[str]:
    """Forget what the documents of a case said, in the caller's transaction; arrivals that it dealt with too.

    Returns:
        SHA-256 of their files; whoever calls decides which of them nobody else needs.
    """
    documents = session.scalars(select(Document).where(Document.case_id == case_id)).all()
    ids = [document.id for document in documents]
    arrivals = _arrivals(session, case_id, ids)
    files = _files(session, documents, ids, arrivals)
    for document in documents:
        search.purge(session, document.id)
        document.subject = document.search_text = NOTHING
    session.execute(delete(DocumentRevision).where(DocumentRevision.document_id.in_(ids)))
    session.execute(update(DocumentRecipient).where(DocumentRecipient.document_id.in_(ids)).values(reason=NOTHING))
    session.execute(update(Dispatch).where(Dispatch.document_id.in_(ids)).values(reply=NOTHING, dropped_reason=NOTHING))
    session.execute(update(DocumentSigning).where(DocumentSigning.document_id.in_(ids)).values(signatures="[]"))
    session.execute(
        update(RegisterEntry).where(RegisterEntry.document_id.in_(ids)).values(subject=NOTHING, note=NOTHING)
    )
    _messages(session, ids, arrivals)
    _recalls(session, ids, arrivals)
    for entry in arrivals:
        _arrival(session, entry)
    _registers(session, documents, arrivals, facts, actor, now)
    return files


def _arrivals(session: Session, case_id: str, ids: Sequence[str]) -> Sequence[IncomingEntry]:
    """What came in for the case, and its own documents as they stand in the registers of their receivers."""
    sent = select(Dispatch.id).where(Dispatch.document_id.in_(ids))
    about = or_(IncomingEntry.case_id == case_id, IncomingEntry.dispatch_id.in_(sent))
    return session.scalars(select(IncomingEntry).where(about)).all()


def still_named(session: Session, sha256: str) -> bool:
    """Whether anything else in the store names a file."""
    places = (
        select(Attachment.id).where(Attachment.sha256 == sha256, Attachment.filename != NOTHING),
        select(Document.id).where(Document.pdf_sha256 == sha256, Document.subject != NOTHING),
        select(DocumentSigning.id)
        .join(Document, Document.id == DocumentSigning.document_id)
        .where(or_(DocumentSigning.sha256 == sha256, DocumentSigning.exported_sha256 == sha256))
        .where(Document.subject != NOTHING),
        select(ExchangeMessage.id).where(ExchangeMessage.sha256 == sha256, ExchangeMessage.name != NOTHING),
        select(ArrivalFile.number).where(ArrivalFile.sha256 == sha256, ArrivalFile.name != NOTHING),
    )
    return any(session.scalars(place.limit(1)).first() is not None for place in places)


def _files(
    session: Session, documents: Sequence[Document], ids: Sequence[str], arrivals: Sequence[IncomingEntry]
) -> set[str]:
    signings = session.scalars(select(DocumentSigning).where(DocumentSigning.document_id.in_(ids))).all()
    found = {document.pdf_sha256 for document in documents}
    found |= {sha256 for one in signings for sha256 in (one.sha256, one.exported_sha256)}
    found |= {message.sha256 for message in _exchanged(session, ids, arrivals)}
    found |= {scan.sha256 for entry in arrivals for scan in _scans(session, entry)}
    return {sha256 for sha256 in found if sha256}


def _exchanged(session: Session, ids: Sequence[str], arrivals: Sequence[IncomingEntry]) -> Sequence[ExchangeMessage]:
    """The packages in which its documents left and its arrivals came."""
    sent = select(Dispatch.id).where(Dispatch.document_id.in_(ids))
    came = [entry.package_id for entry in arrivals if entry.package_id]
    about = or_(ExchangeMessage.dispatch_id.in_(sent), ExchangeMessage.id.in_(came))
    return session.scalars(select(ExchangeMessage).where(about)).all()


def _messages(session: Session, ids: Sequence[str], arrivals: Sequence[IncomingEntry]) -> None:
    for message in _exchanged(session, ids, arrivals):
        message.params, message.name = {}, NOTHING


def _scans(session: Session, entry: IncomingEntry) -> Sequence[ArrivalFile]:
    place = (ArrivalFile.register_id == entry.register_id, ArrivalFile.number == entry.number)
    return session.scalars(select(ArrivalFile).where(*place)).all()


def _recalls(session: Session, ids: Sequence[str], arrivals: Sequence[IncomingEntry]) -> None:
    """Why documents were asked back, and what was answered."""
    session.execute(
        update(DocumentRecall).where(DocumentRecall.document_id.in_(ids)).values(reason=NOTHING, answer=NOTHING)
    )
    sent = select(Dispatch.id).where(Dispatch.document_id.in_(ids))
    places = [(entry.register_id, entry.number) for entry in arrivals]
    came = tuple_(RecallRequest.register_id, RecallRequest.number).in_(places)
    about = or_(RecallRequest.dispatch_id.in_(sent), came)
    session.execute(update(RecallRequest).where(about).values(reason=NOTHING, reply=NOTHING, about=NOTHING))


def _arrival(session: Session, entry: IncomingEntry) -> None:
    for scan in _scans(session, entry):
        scan.name = NOTHING
    entry.subject = entry.search_text = entry.note = entry.author = NOTHING
    ref = f"{entry.register_id}:{entry.number}"
    session.execute(delete(DocumentSearch).where(DocumentSearch.ref == ref))


def _registers(
    session: Session,
    documents: Sequence[Document],
    arrivals: Sequence[IncomingEntry],
    facts: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> None:
    """The chains of registers tell reasons and notes of single numbers."""
    wanted: dict[str, tuple[set[str], set[int]]] = {}
    for document in documents:
        if document.register_id:
            wanted.setdefault(document.register_id, (set(), set()))[0].add(document.id)
    for entry in arrivals:
        wanted.setdefault(entry.register_id, (set(), set()))[1].add(entry.number)
    for register_id, (ids, numbers) in wanted.items():
        stream = Stream("register", register_id)
        told = [
            seq
            for seq, said in _said(session, stream)
            if said.get("document_id") in ids or (said.get("number") in numbers and "document_id" not in said)
        ]
        if told:
            erase(session, stream, facts, actor=actor, now=now, only=told)


def _said(session: Session, stream: Stream) -> list[tuple[int, Mapping[str, Any]]]:
    query = (
        select(Event.seq, EventPayload.payload)
        .join(EventPayload, EventPayload.event_hash == Event.hash)
        .where(Event.stream_kind == stream.kind, Event.stream_id == stream.id)
    )
    return [(seq, canonical.loads(payload)) for seq, payload in session.execute(query)]
