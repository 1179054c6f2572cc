"""What pages show of one document: its facts, its pages, its files. Foreign ones are not found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actors import AUDITOR, CLERK, EVERYTHING, HEAD, SPECIALIST, Actor
from engine.queries.visibility import may_see_case
from engine.services import Blobs
from engine.tables import Case
from workflows.documents import docx as word
from workflows.documents import errors
from workflows.documents.approval import current_model, printable
from workflows.documents.issued import numbering_of, render
from workflows.documents.kinds import KINDS, URGENCY
from workflows.documents.layout import MissingGlyph, Renderer, page
from workflows.documents.measuring import Departure, measure
from workflows.documents.model import Block, EnclosedFile
from workflows.documents.recall.errors import GivenBack
from workflows.documents.recall.queries import given_back
from workflows.documents.receiving import all_of, recipients_of
from workflows.documents.tables import DELIVERED, HANDED_OVER, ISSUED, RECEIVED, Dispatch, Document, DocumentRecipient
from workflows.documents.text import write_blocks


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
    escalated_at: datetime | None
    dropped_at: datetime | None
    dropped_reason: str


@dataclass(frozen=True)
class DocumentView:
    """One document as a page shows it.

    `body` is the text in the notation that officers edit, `blocks` the same taken apart; `may_void` says that the actor
    may void its number;
    `confirm_dispatch_id` and `refuse_dispatch_id` are the dispatch whose receipt the actor may confirm now, and the one
    that it may send back, if any; `given_back`: the actor's agency had it and agreed to give it back, so that its text
    is not shown there any more; `may_resend` says that the actor may send it again where it did not arrive; `files` go
    with it.
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
    given_back: bool
    files: tuple[EnclosedFile, ...]
    changes: tuple[DocumentRecipient, ...]


def document(session: Session, actor: Actor, document_id: str) -> DocumentView:
    """One document: for its issuer, its recipients once it was sent, and auditors.

    Raises:
        DocumentNotFound: none such, or not for this actor.
    """
    row = visible_document(session, actor, document_id)
    model = current_model(session, row)
    dispatches, gone = _dispatches(session, document_id), given_back(session, actor, row)
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
        body="" if gone else write_blocks(model.body),
        blocks=() if gone else model.body,
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
        confirm_dispatch_id=None if gone else _own_dispatch(actor, dispatches, DELIVERED, HANDED_OVER, RECEIVED),
        refuse_dispatch_id=None if gone else _own_dispatch(actor, dispatches, DELIVERED, HANDED_OVER),
        may_resend=clerk,
        changes=tuple(one for one in all_of(session, document_id) if one.added or one.waived),
        may_void=clerk or (row.awaits_signature and row.issuer_agency_id == actor.agency_id and actor.has(HEAD)),
        given_back=gone,
        files=() if gone else model.files,
    )


def pdf(session: Session, blobs: Blobs, renderer: Renderer, actor: Actor, document_id: str) -> bytes:
    """The pages: the stored file once it was sent, a fresh preview before.

    Raises:
        DocumentNotFound: none such, or not for this actor.
        GivenBack: the actor's agency gave it back.
        Unprintable: the draft holds characters that the font lacks.
    """
    row = visible_document(session, actor, document_id)
    if given_back(session, actor, row):
        raise GivenBack()
    if row.pdf_sha256 is not None:
        return blobs.get(row.pdf_sha256)
    try:
        return render(session, renderer, row)
    except errors.RenderingFailed as error:
        if isinstance(error.__cause__, MissingGlyph):
            raise errors.Unprintable(**error.__cause__.params) from error
        raise


def enclosed_file(session: Session, blobs: Blobs, actor: Actor, document_id: str, index: int) -> tuple[str, bytes]:
    """Name and content of a file that goes with a document, counted from 0.

    Raises:
        DocumentNotFound: no such document or file, or not for this actor.
        GivenBack: the actor's agency gave the document back.
    """
    row = visible_document(session, actor, document_id)
    if given_back(session, actor, row):
        raise GivenBack()
    files = current_model(session, row).files
    if index >= len(files):
        raise errors.DocumentNotFound()
    return files[index].name, blobs.get(files[index].sha256)


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


def visible_document(session: Session, actor: Actor, document_id: str) -> Document:
    """A document that the actor may see. Raises `DocumentNotFound`."""
    row = session.get(Document, document_id)
    if row is None or not may_see(session, actor, row):
        raise errors.DocumentNotFound()
    return row


def may_see(session: Session, actor: Actor, row: Document) -> bool:
    """Whether the document is for this actor: its issuer's, sent to the own agency, or to be supervised."""
    if actor.agency_id == row.issuer_agency_id or _audits(session, actor, row.case_id):
        return True
    sent = select(Dispatch.id).where(
        Dispatch.document_id == row.id,
        Dispatch.recipient_agency_id == actor.agency_id,
        Dispatch.dispatched_at.is_not(None),
    )
    return session.scalar(sent) is not None


def _audits(session: Session, actor: Actor, case_id: str) -> bool:
    """Whether the person is an auditor within whose reach the case lies."""
    if not actor.has(AUDITOR) or EVERYTHING in actor.reach:
        return actor.has(AUDITOR)
    return session.scalar(select(Case.id).where(Case.id == case_id, may_see_case(actor))) is not None


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
            escalated_at=row.escalated_at,
            dropped_at=row.dropped_at,
            dropped_reason=row.dropped_reason,
        )
        for row in rows
    )


def _own_dispatch(actor: Actor, dispatches: tuple[DispatchRow, ...], *states: str) -> str | None:
    """The dispatch to the actor's agency in one of these states that nobody there has confirmed, for who may answer."""
    if not (actor.has(CLERK) or actor.has(SPECIALIST)):
        return None
    here = (row for row in dispatches if row.recipient_id == actor.agency_id and row.dispatched_at)
    return next((row.dispatch_id for row in here if row.received_by is None and row.status in states), None)
