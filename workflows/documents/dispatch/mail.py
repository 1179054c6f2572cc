"""E-mail: an issued document goes to an agency's mailbox as a PDF, one message for each dispatch.

The outbox brings each queued dispatch to `MailErrand`. The talk with the server holds no transaction; that it took the
message over is recorded in the one that follows. A try that is repeated sends the very same message.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from functools import partial
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session

from engine.errors import IncidentError
from engine.services import Blobs, Consumer, Delivery, Stream, Trip
from engine.tables import Case
from workflows.documents import errors
from workflows.documents.dispatch.smtp import MailServer
from workflows.documents.kinds import KINDS
from workflows.documents.search import index_incoming
from workflows.documents.tables import (
    DELIVERED,
    EMAIL_CHANNEL,
    FAILED,
    ISSUED,
    QUEUED,
    Dispatch,
    Document,
    DocumentRecipient,
)

TOPIC = "documents.mail"
TEXT = """Kính gửi: {recipient}

{issuer} gửi {kind} số {symbol} ngày {issued_on:%d/%m/%Y}.
Trích yếu: {subject}

Toàn văn nằm trong tệp PDF đính kèm.
Thư do phần mềm phối hợp gửi đi; khi cần trao đổi, xin liên hệ cơ quan ban hành.
"""


@dataclass(frozen=True)
class MailChannel:
    """Queues a document for one mailbox; `post` puts a message (case id, topic, body) into the outbox."""

    address: str
    post: Callable[[str, str, Mapping[str, Any]], str]
    name = EMAIL_CHANNEL

    def send(self, session: Session, now: datetime, document: Document, recipient: DocumentRecipient) -> Dispatch:
        """Queue the document; the message itself leaves after the commit."""
        dispatch = Dispatch(
            id=str(uuid4()),
            document_id=document.id,
            recipient_agency_id=recipient.agency_id,
            recipient_name=recipient.name,
            channel=self.name,
            address=self.address,
            status=QUEUED,
            queued_at=now,
        )
        session.add(dispatch)
        session.flush()
        self.post(document.case_id, TOPIC, {"dispatch_id": dispatch.id})
        return dispatch


@dataclass(frozen=True)
class MailErrand:
    """Errand of `documents.mail`; the message's body is `{"dispatch_id": ...}`.

    What the server refuses for good, and what no try has brought over, is put on record as failed.
    """

    server: MailServer | None
    blobs: Blobs

    def __call__(self, delivery: Delivery) -> Trip:
        """Write the message; the trip hands it over."""
        dispatch, document = _read(delivery)
        if document.status != ISSUED or document.pdf_sha256 is None:
            return partial(partial, fail, errors.NumberVoided())
        if self.server is None:
            return partial(partial, fail, errors.MailNotSetUp())
        letter = write(dispatch, document, self.blobs.get(document.pdf_sha256), self.server.sender)
        return partial(_hand_over, self.server, letter, delivery.last)


def write(dispatch: Dispatch, document: Document, pdf: bytes, sender: str) -> EmailMessage:
    """The message for one dispatch of an issued document: the same bytes whenever it is written.

    Args:
        pdf: the document as issued.
        sender: the address in From; the issuer's name stands before it.
    """
    assert document.symbol
    assert document.issued_on
    kind, subject = KINDS[document.type].name, " ".join(document.subject.split())
    letter = EmailMessage(policy=SMTP)
    letter["From"] = Address(document.issuer_name, addr_spec=sender)
    letter["To"] = Address(dispatch.recipient_name, addr_spec=dispatch.address)
    letter["Subject"] = f"{kind} số {document.symbol} ngày {document.issued_on:%d/%m/%Y}: {subject}"
    letter["Date"] = dispatch.queued_at
    letter["Message-ID"] = message_id(dispatch, sender)
    letter["Auto-Submitted"] = "auto-generated"
    text = TEXT.format(
        recipient=dispatch.recipient_name,
        issuer=document.issuer_name,
        kind=kind,
        symbol=document.symbol,
        issued_on=document.issued_on,
        subject=subject,
    )
    letter.set_content(text, cte="quoted-printable")
    name = f"{document.symbol.replace('/', '-')}.pdf"
    letter.add_attachment(pdf, maintype="application", subtype="pdf", filename=name)
    letter.set_boundary(f"dispatch-{dispatch.id}")
    return letter


def message_id(dispatch: Dispatch, sender: str) -> str:
    """The Message-ID: mailboxes that know it already can tell a repeated try."""
    return f"<{dispatch.id}@{sender.rpartition('@')[2]}>"


def _hand_over(server: MailServer, letter: EmailMessage, last: bool) -> Consumer:
    try:
        server.hand_over(letter)
    except errors.MailRefused as error:
        return partial(fail, error)
    except errors.MailNotTaken as error:
        if not last:
            raise
        return partial(fail, error)
    return partial(accept, str(letter["Message-ID"]))


def accept(message_id: str, delivery: Delivery) -> None:
    """Record that the server took the message over."""
    dispatch, document = _locked(delivery)
    dispatch.status, dispatch.dispatched_at = DELIVERED, delivery.now
    delivery.session.flush()
    index_incoming(delivery.session, document, dispatch)
    _append(delivery, dispatch, document, "DocumentMailed", {"message_id": message_id})


def fail(error: IncidentError, delivery: Delivery) -> None:
    """Record that the message did not get there and will not be tried again."""
    dispatch, document = _locked(delivery)
    dispatch.status, dispatch.failure, dispatch.reply = FAILED, error.code, str(error.params.get("reply", ""))
    _append(delivery, dispatch, document, "DispatchFailed", {"code": error.code, "reply": dispatch.reply})


def _append(delivery: Delivery, dispatch: Dispatch, document: Document, type: str, more: dict[str, Any]) -> None:
    facts = {
        "document_id": document.id,
        "symbol": document.symbol,
        "dispatch_id": dispatch.id,
        "recipient": dispatch.recipient_agency_id,
        "recipient_name": dispatch.recipient_name,
        "channel": dispatch.channel,
        "address": dispatch.address,
    }
    delivery.append(Stream("case", document.case_id), type, facts | more)


def _read(delivery: Delivery) -> tuple[Dispatch, Document]:
    dispatch = delivery.session.get_one(Dispatch, str(delivery.body["dispatch_id"]))
    return dispatch, delivery.session.get_one(Document, dispatch.document_id)


def _locked(delivery: Delivery) -> tuple[Dispatch, Document]:
    """The case is locked first, as in every command."""
    dispatch, document = _read(delivery)
    session: Session = delivery.session
    session.get_one(Case, document.case_id, with_for_update=True)
    session.refresh(dispatch, with_for_update=True)
    return dispatch, document
