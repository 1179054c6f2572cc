"""Sending an issued document out.

The outbox brings each issued document here once; the constraint on (document, recipient) is the second guard
against doubles.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.clock import local_date
from engine.services import Blobs, Delivery, Stream
from engine.tables import Case
from workflows.documents import errors
from workflows.documents.dispatch.channels import Channel
from workflows.documents.dispatch.mail import MailChannel
from workflows.documents.dispatch.system import SystemChannel
from workflows.documents.issued import render
from workflows.documents.layout import Renderer
from workflows.documents.receiving import recipients_of
from workflows.documents.tables import ISSUED, Document, DocumentRecipient

TOPIC = "documents.dispatch"
MESSAGE = "document-dispatched"

Mailbox = Callable[[Session, str, date], str | None]
"""The e-mail address to which an agency wants its documents on a day; None: within the program."""


def no_mailbox(session: Session, agency_id: str, on: date) -> str | None:
    """Every agency is reached within the program."""
    return None


@dataclass(frozen=True)
class Dispatcher:
    """Consumer of `documents.dispatch`; the message's body is `{"document_id": ...}`.

    1. Lock the case, then the document (the order of every command).
    2. Make the PDF and put it into the blob store, on disk before the transaction ends; a signed one is there already.
    3. Hand the document to each recipient's channel (`channel` by default); the issuer needs no copy of its own paper.
    4. Tell the case that the document is on its way.
    """

    renderer: Renderer
    blobs: Blobs
    channel: Channel = field(default_factory=SystemChannel)
    mailbox: Mailbox = no_mailbox

    def __call__(self, delivery: Delivery) -> None:
        """Send one document out."""
        session, document_id = delivery.session, str(delivery.body["document_id"])
        document = _issued(session, document_id)
        if document.pdf_sha256 is None:
            document.pdf_sha256 = self.blobs.put(render(session, self.renderer, document))
        others = [one for one in recipients_of(session, document_id) if one.agency_id != document.issuer_agency_id]
        sent = [self._channel(delivery, one).send(session, delivery.now, document, one) for one in others]
        facts = {
            "document_id": document_id,
            "symbol": document.symbol,
            "pdf_sha256": document.pdf_sha256,
            "recipients": [one.recipient_agency_id for one in sent],
            "channels": {one.recipient_agency_id: one.channel for one in sent},
        }
        delivery.append(Stream("case", document.case_id), "DocumentDispatched", facts)
        delivery.deliver(document.case_id, MESSAGE, document_id, facts)

    def _channel(self, delivery: Delivery, recipient: DocumentRecipient) -> Channel:
        address = self.mailbox(delivery.session, recipient.agency_id, local_date(delivery.now))
        return MailChannel(address, delivery.send) if address else self.channel


def _issued(session: Session, document_id: str) -> Document:
    case_id = session.scalar(select(Document.case_id).where(Document.id == document_id))
    if case_id is None:
        raise errors.DocumentNotFound()
    session.get_one(Case, case_id, with_for_update=True)
    document = session.get_one(Document, document_id, with_for_update=True)
    if document.status != ISSUED:
        raise errors.RenderingFailed(document_id=document_id, reason=document.status)
    return document
