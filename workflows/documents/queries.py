"""What pages show of documents: incoming and outgoing lists, one document, its PDF. Foreign ones are not found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from engine.actors import AUDITOR, CLERK, SPECIALIST, Actor
from engine.services import Blobs
from engine.tables import Case
from engine.text import search_key
from workflows.documents import docx as word
from workflows.documents import errors
from workflows.documents.approval import current_model, printable
from workflows.documents.issued import numbering_of, render
from workflows.documents.kinds import KINDS, URGENCY
from workflows.documents.layout import MissingGlyph, Renderer, page
from workflows.documents.measuring import Departure, measure
from workflows.documents.model import Block
from workflows.documents.receiving import all_of, recipients_of
from workflows.documents.tables import DELIVERED, HANDED_OVER, ISSUED, RECEIVED, Dispatch, Document, DocumentRecipient
from workflows.documents.text import write_blocks


@dataclass(frozen=True)
class IncomingRow:
    """A document that was sent to the actor's agency. `received_by`: who confirmed it here, if anybody has."""

    dispatch_id: str
    document_id: str
    type: str
    type_name: str
    symbol: str
    subject: str
    issuer_name: str
    issued_on: date
    dispatched_at: datetime
    status: str
    received_at: datetime | None
    received_by: str | None
    received_by_name: str | None
    reminded_at: datetime | None


@dataclass(frozen=True)
class OutgoingRow:
    """A document of the actor's agency. `status`: draft, approved, issued."""

    document_id: str
    case_code: str
    type: str
    type_name: str
    symbol: str | None
    subject: str
    status: str
    issued_on: date | None
    created_at: datetime
    awaits_signature: bool
    dispatches: int
    received: int


@dataclass(frozen=True)
class DispatchRow:
    """Where a document went, and whether it arrived."""

    dispatch_id: str
    recipient_id: str
    recipient_name: str
    channel: str
    address: str
    status: str
    failure: str
    reply: str
    progress: str
    progress_at: datetime | None
    dispatched_at: datetime | None
    received_at: datetime | None
    received_by: str | None
    received_by_name: str | None
    reminded_at: datetime | None


@dataclass(frozen=True)
class DocumentView:
    """One document as a page shows it.

    `body` is the text in the notation that officers edit, `blocks` the same taken apart; `may_void` says that the actor
    may void its number;
    `confirm_dispatch_id` and `refuse_dispatch_id` are the dispatch whose receipt the actor may confirm now, and the one
    that it may send back, if any; `may_resend` says that the actor may send it again where it did not arrive.
    """

    id: str
    case_id: str
    case_code: str
    type: str
    type_name: str
    status: str
    revision: int
    hash: str
    subject: str
    body: str
    blocks: tuple[Block, ...]
    legal: tuple[str, ...]
    urgency: str
    issuer_id: str
    issuer_name: str
    addressees: tuple[str, ...]
    recipients: tuple[str, ...]
    signing: tuple[str, ...]
    signer_name: str
    symbol: str | None
    number: int | None
    issued_on: date | None
    approved_by_name: str | None
    approved_at: datetime | None
    pdf_sha256: str | None
    awaits_signature: bool
    dispatches: tuple[DispatchRow, ...]
    confirm_dispatch_id: str | None
    refuse_dispatch_id: str | None
    may_resend: bool
    may_void: bool
    changes: tuple[DocumentRecipient, ...]


def incoming(
    session: Session,
    actor: Actor,
    *,
    status: str | None = None,
    text: str = "",
    limit: int = 50,
    after: str | None = None,
) -> list[IncomingRow]:
    """Documents sent to the actor's agency, the latest first.

    Args:
        status: delivered (not yet confirmed) or received.
        text: part of symbol or subject, with or without diacritics.
        after: dispatch id of the last row of the page before.
    """
    statement = (
        select(Dispatch, Document)
        .join(Document, Document.id == Dispatch.document_id)
        .where(Dispatch.recipient_agency_id == actor.agency_id, Dispatch.dispatched_at.is_not(None), *_matching(text))
        .order_by(Dispatch.dispatched_at.desc(), Dispatch.id.desc())
        .limit(limit)
    )
    if status is not None:
        statement = statement.where(Dispatch.status == status)
    if after is not None and (last := session.get(Dispatch, after)) is not None:
        statement = statement.where(_older(Dispatch.dispatched_at, last.dispatched_at, Dispatch.id, last.id))
    return [_incoming(dispatch, document) for dispatch, document in session.execute(statement)]


def outgoing(
    session: Session,
    actor: Actor,
    *,
    status: str | None = None,
    text: str = "",
    waiting: bool = False,
    limit: int = 50,
    after: str | None = None,
) -> list[OutgoingRow]:
    """Documents of the actor's agency, the latest first.

    Args:
        waiting: only those that wait for their signature.
        after: document id of the last row of the page before.
    """
    statement = (
        select(Document, Case.code)
        .join(Case, Case.id == Document.case_id)
        .where(Document.issuer_agency_id == actor.agency_id, *_matching(text))
        .order_by(Document.created_at.desc(), Document.id.desc())
        .limit(limit)
    )
    if status is not None:
        statement = statement.where(Document.status == status)
    if waiting:
        statement = statement.where(Document.awaits_signature)
    if after is not None and (last := session.get(Document, after)) is not None:
        statement = statement.where(_older(Document.created_at, last.created_at, Document.id, last.id))
    found = session.execute(statement).all()
    states = _states(session, [document.id for document, _ in found])
    return [_outgoing(document, code, states.get(document.id, [])) for document, code in found]


def awaiting_signature(session: Session, actor: Actor) -> int:
    """How many documents of the actor's agency have their number and wait for the signed file."""
    waiting = select(func.count()).where(Document.issuer_agency_id == actor.agency_id, Document.awaits_signature)
    return session.scalar(waiting) or 0


def of_case(session: Session, actor: Actor, case_id: str) -> list[OutgoingRow]:
    """The documents of a case that the actor may see, in the order in which they were drafted."""
    statement = (
        select(Document, Case.code)
        .join(Case, Case.id == Document.case_id)
        .where(Document.case_id == case_id)
        .order_by(Document.created_at, Document.id)
    )
    seen = [(row, code) for row, code in session.execute(statement) if _may_see(session, actor, row)]
    states = _states(session, [row.id for row, _ in seen])
    return [_outgoing(row, code, states.get(row.id, [])) for row, code in seen]


def document(session: Session, actor: Actor, document_id: str) -> DocumentView:
    """One document: for its issuer, its recipients once it was sent, and auditors.

    Raises:
        DocumentNotFound: none such, or not for this actor.
    """
    row = visible_document(session, actor, document_id)
    model = current_model(session, row)
    dispatches = _dispatches(session, document_id)
    clerk = row.status == ISSUED and row.issuer_agency_id == actor.agency_id and actor.has(CLERK)
    return DocumentView(
        id=row.id,
        case_id=row.case_id,
        case_code=session.get_one(Case, row.case_id).code,
        type=row.type,
        type_name=KINDS[row.type].name,
        status=row.status,
        revision=row.revision,
        hash=model.content_hash(),
        subject=model.subject,
        body=write_blocks(model.body),
        blocks=model.body,
        legal=model.legal,
        urgency=URGENCY[model.urgency],
        issuer_id=row.issuer_agency_id,
        issuer_name=row.issuer_name,
        addressees=model.addressees,
        recipients=tuple(one.name for one in recipients_of(session, document_id)),
        signing=tuple(model.signing.lines()),
        signer_name=model.signing.name,
        symbol=row.symbol,
        number=row.number,
        issued_on=row.issued_on,
        approved_by_name=row.approved_by_name,
        approved_at=row.approved_at,
        pdf_sha256=row.pdf_sha256,
        awaits_signature=row.awaits_signature,
        dispatches=dispatches,
        confirm_dispatch_id=_own_dispatch(actor, dispatches, DELIVERED, HANDED_OVER, RECEIVED),
        refuse_dispatch_id=_own_dispatch(actor, dispatches, DELIVERED, HANDED_OVER),
        may_resend=clerk,
        changes=tuple(one for one in all_of(session, document_id) if one.added or one.waived),
        may_void=clerk,
    )


def pdf(session: Session, blobs: Blobs, renderer: Renderer, actor: Actor, document_id: str) -> bytes:
    """The pages: the stored file once it was sent, a fresh preview before.

    Raises:
        DocumentNotFound: none such, or not for this actor.
        Unprintable: the draft holds characters that the font lacks.
    """
    row = visible_document(session, actor, document_id)
    if row.pdf_sha256 is not None:
        return blobs.get(row.pdf_sha256)
    try:
        return render(session, renderer, row)
    except errors.RenderingFailed as error:
        if isinstance(error.__cause__, MissingGlyph):
            raise errors.Unprintable(**error.__cause__.params) from error
        raise


def pictures(session: Session, renderer: Renderer, actor: Actor, document_id: str) -> list[bytes]:
    """The pages as PNG pictures. Raises `DocumentNotFound`, `Unprintable`."""
    row = visible_document(session, actor, document_id)
    with printable():
        return renderer.pictures(current_model(session, row), numbering_of(row))


def departures(session: Session, renderer: Renderer, actor: Actor, document_id: str) -> list[Departure]:
    """What departs from the decree's layout, measured on the finished pages. Raises as `pictures`."""
    row = visible_document(session, actor, document_id)
    model, numbering = current_model(session, row), numbering_of(row)
    with printable():
        return measure(renderer.pdf(model, numbering), page(model, numbering))


def docx(session: Session, actor: Actor, document_id: str) -> bytes:
    """The document as an editable file, for its issuer alone. Raises `DocumentNotFound`."""
    row = visible_document(session, actor, document_id)
    if row.issuer_agency_id != actor.agency_id:
        raise errors.DocumentNotFound()
    return word.write(current_model(session, row), numbering_of(row))


def _matching(text: str) -> list[ColumnElement[bool]]:
    key = search_key(text)
    return [Document.search_text.contains(key, autoescape=True)] if key else []


def _older(
    at: InstrumentedAttribute[Any], last_at: datetime | None, id_: InstrumentedAttribute[str], last_id: str
) -> ColumnElement[bool]:
    """Rows behind the last one of the page before, in descending order."""
    return or_(at < last_at, and_(at == last_at, id_ < last_id))


def _incoming(dispatch: Dispatch, row: Document) -> IncomingRow:
    assert row.symbol
    assert row.issued_on
    assert dispatch.dispatched_at
    return IncomingRow(
        dispatch_id=dispatch.id,
        document_id=row.id,
        type=row.type,
        type_name=KINDS[row.type].name,
        symbol=row.symbol,
        subject=row.subject,
        issuer_name=row.issuer_name,
        issued_on=row.issued_on,
        dispatched_at=dispatch.dispatched_at,
        status=dispatch.status,
        received_at=dispatch.received_at,
        received_by=dispatch.received_by,
        received_by_name=dispatch.received_by_name,
        reminded_at=dispatch.reminded_at,
    )


def _outgoing(row: Document, case_code: str, states: list[str]) -> OutgoingRow:
    return OutgoingRow(
        document_id=row.id,
        case_code=case_code,
        type=row.type,
        type_name=KINDS[row.type].name,
        symbol=row.symbol,
        subject=row.subject,
        status=row.status,
        issued_on=row.issued_on,
        created_at=row.created_at,
        awaits_signature=row.awaits_signature,
        dispatches=len(states),
        received=states.count("received"),
    )


def _states(session: Session, document_ids: list[str]) -> dict[str, list[str]]:
    states: dict[str, list[str]] = {}
    rows = session.execute(select(Dispatch.document_id, Dispatch.status).where(Dispatch.document_id.in_(document_ids)))
    for document_id, status in rows:
        states.setdefault(document_id, []).append(status)
    return states


def visible_document(session: Session, actor: Actor, document_id: str) -> Document:
    """A document that the actor may see. Raises `DocumentNotFound`."""
    row = session.get(Document, document_id)
    if row is None or not _may_see(session, actor, row):
        raise errors.DocumentNotFound()
    return row


def _may_see(session: Session, actor: Actor, row: Document) -> bool:
    if actor.agency_id == row.issuer_agency_id or actor.has(AUDITOR):
        return True
    sent = select(Dispatch.id).where(
        Dispatch.document_id == row.id,
        Dispatch.recipient_agency_id == actor.agency_id,
        Dispatch.dispatched_at.is_not(None),
    )
    return session.scalar(sent) is not None


def _dispatches(session: Session, document_id: str) -> tuple[DispatchRow, ...]:
    rows = session.scalars(
        select(Dispatch).where(Dispatch.document_id == document_id).order_by(Dispatch.recipient_name)
    )
    return tuple(
        DispatchRow(
            dispatch_id=row.id,
            recipient_id=row.recipient_agency_id,
            recipient_name=row.recipient_name,
            channel=row.channel,
            address=row.address,
            status=row.status,
            failure=row.failure,
            reply=row.reply,
            progress=row.progress,
            progress_at=row.progress_at,
            dispatched_at=row.dispatched_at,
            received_at=row.received_at,
            received_by=row.received_by,
            received_by_name=row.received_by_name,
            reminded_at=row.reminded_at,
        )
        for row in rows
    )


def _own_dispatch(actor: Actor, dispatches: tuple[DispatchRow, ...], *states: str) -> str | None:
    """The dispatch to the actor's agency in one of these states that nobody there has confirmed, for who may answer."""
    if not (actor.has(CLERK) or actor.has(SPECIALIST)):
        return None
    here = (row for row in dispatches if row.recipient_id == actor.agency_id and row.dispatched_at)
    return next((row.dispatch_id for row in here if row.received_by is None and row.status in states), None)
