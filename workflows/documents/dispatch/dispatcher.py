"""Sending an issued document out.

The outbox brings each issued document here once; the constraint on (document, recipient) is the second guard
against doubles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.clock import local_date
from engine.services import Blobs, Delivery, Stream
from engine.tables import Case
from workflows.agencies.facts import BY_EDXML, BY_EMAIL, BY_PAPER, BY_SYSTEM
from workflows.documents import errors
from workflows.documents.dispatch import outcome
from workflows.documents.dispatch.channels import Channel, Routes, Sending, new_dispatch, within_the_program
from workflows.documents.dispatch.edxml import EdxmlChannel
from workflows.documents.dispatch.mail import MailChannel
from workflows.documents.dispatch.paper import PaperChannel
from workflows.documents.dispatch.system import SystemChannel
from workflows.documents.issued import render
from workflows.documents.layout import Renderer
from workflows.documents.receiving import recipients_of
from workflows.documents.tables import (
    APPROVED,
    DRAFT,
    FAILED,
    ISSUED,
    QUEUED,
    Dispatch,
    Document,
    DocumentRecipient,
    RegisterEntry,
)
from workflows.documents.waiting import DISPATCH

TOPIC = DISPATCH
MESSAGE = "document-dispatched"


@dataclass(frozen=True)
class Dispatcher:
    """Consumer of `documents.dispatch`; the message's body is `{"document_id": ...}`.

    1. Lock the case, then the document (the order of every command).
    2. Make the PDF and put it into the blob store, on disk before the transaction ends; a signed one is there already.
    3. Bring the document on its way to each recipient, by the channel that the agency's data choose; the issuer needs
       no copy of its own paper.
    4. Tell the case that the document is on its way.

    What was voided or taken back meanwhile goes nowhere: its case is told, with the reason on record, and drafts it
    again.
    """

    renderer: Renderer
    blobs: Blobs
    routes: Routes = within_the_program

    @cached_property
    def channels(self) -> Mapping[str, Channel]:
        """The ways by which documents leave, by name."""
        return {
            BY_SYSTEM: SystemChannel(),
            BY_EMAIL: MailChannel(),
            BY_EDXML: EdxmlChannel(self.blobs, self.routes),
            BY_PAPER: PaperChannel(),
        }

    def __call__(self, delivery: Delivery) -> None:
        """Send one document out."""
        session, document_id = delivery.session, str(delivery.body["document_id"])
        document = _locked(session, document_id)
        if document.status != ISSUED:
            return _cancel(delivery, document)
        if document.pdf_sha256 is None:
            document.pdf_sha256 = self.blobs.put(render(session, self.renderer, document))
        others = [one for one in recipients_of(session, document_id) if one.agency_id != document.issuer_agency_id]
        sending = Sending(session, delivery.now, delivery.send)
        sent = [self._send(sending, document, one) for one in others]
        facts = {
            "document_id": document_id,
            "symbol": document.symbol,
            "pdf_sha256": document.pdf_sha256,
            "recipients": [one.recipient_agency_id for one in sent],
            "channels": {one.recipient_agency_id: one.channel for one in sent},
        }
        delivery.append(Stream("case", document.case_id), "DocumentDispatched", facts)
        for one in sent:
            if one.status == FAILED:
                _tell_failed(delivery, one, document)
        delivery.deliver(document.case_id, MESSAGE, document_id, facts)

    def again(self, delivery: Delivery) -> None:
        """Consumer of `documents.resend`: bring one queued dispatch on its way; the body is `{"dispatch_id": ...}`."""
        dispatch, document = outcome.locked(delivery, str(delivery.body["dispatch_id"]))
        if dispatch.status != QUEUED:
            return
        if reason := outcome.kept_back(document):
            return outcome.fail(delivery, dispatch.id, reason)
        sending = Sending(delivery.session, delivery.now, delivery.send)
        self.channels[dispatch.channel].set_out(sending, document, dispatch)
        if dispatch.status == FAILED:
            _tell_failed(delivery, dispatch, document)

    def _send(self, sending: Sending, document: Document, recipient: DocumentRecipient) -> Dispatch:
        route = self.routes(sending.session, recipient.agency_id, local_date(sending.now))
        dispatch = new_dispatch(sending, document, recipient, route)
        self.channels[route.channel].set_out(sending, document, dispatch)
        return dispatch


def _tell_failed(delivery: Delivery, dispatch: Dispatch, document: Document) -> None:
    reason = {"code": dispatch.failure, "reply": dispatch.reply}
    outcome.append(delivery, dispatch, document, "DispatchFailed", reason)


def _cancel(delivery: Delivery, document: Document) -> None:
    """Voided or taken back before anything left: the case is told why, and waits for this document no longer."""
    entry = delivery.session.scalars(select(RegisterEntry).where(RegisterEntry.document_id == document.id)).one()
    facts: dict[str, Any] = {
        "document_id": document.id,
        "symbol": document.symbol,
        "recipients": [],
        "reason": entry.note,
    }
    delivery.append(Stream("case", document.case_id), "DispatchCancelled", facts)
    delivery.deliver(document.case_id, MESSAGE, document.id, facts)


def _locked(session: Session, document_id: str) -> Document:
    case_id = session.scalar(select(Document.case_id).where(Document.id == document_id))
    if case_id is None:
        raise errors.DocumentNotFound()
    session.get_one(Case, case_id, with_for_update=True)
    document = session.get_one(Document, document_id, with_for_update=True)
    if document.status in (DRAFT, APPROVED) or document.awaits_signature:
        raise errors.RenderingFailed(document_id=document_id, reason=document.status)
    return document
