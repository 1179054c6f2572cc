"""E-mail: an issued document goes to an agency's mailbox as a PDF, one message for each dispatch.

The outbox brings each queued dispatch to `MailErrand`. The talk with the server holds no transaction; that it took the
message over is recorded in the one that follows. A try that is repeated sends the very same message.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from functools import partial

from engine.errors import IncidentError
from engine.services import Blobs, Consumer, Delivery, Trip
from workflows.documents import errors
from workflows.documents.approval import current_model
from workflows.documents.dispatch import outcome
from workflows.documents.dispatch.channels import Sending
from workflows.documents.dispatch.smtp import MailServer, bring
from workflows.documents.edxml.model import File
from workflows.documents.files import contents
from workflows.documents.kinds import KINDS
from workflows.documents.search import index_incoming
from workflows.documents.tables import DELIVERED, Dispatch, Document

TOPIC = "documents.mail"
TEXT = """Kính gửi: {recipient}

{issuer} gửi {kind} số {symbol} ngày {issued_on:%d/%m/%Y}.
Trích yếu: {subject}

Toàn văn nằm trong tệp PDF đính kèm.{enclosed}
Thư do phần mềm phối hợp gửi đi; khi cần trao đổi, xin liên hệ cơ quan ban hành.
"""


class MailChannel:
    """Queues a document for one mailbox."""

    def set_out(self, sending: Sending, document: Document, dispatch: Dispatch) -> None:
        """Queue the document; the message itself leaves after the commit."""
        sending.post(document.case_id, TOPIC, {"dispatch_id": dispatch.id})


@dataclass(frozen=True)
class MailErrand:
    """Errand of `documents.mail`; the message's body is `{"dispatch_id": ...}`.

    What the server refuses for good, and what no try has brought over, is put on record as failed.
    """

    server: MailServer | None
    blobs: Blobs

    def __call__(self, delivery: Delivery) -> Trip:
        """Write the message; the trip hands it over."""
        dispatch, document = outcome.read(delivery, str(delivery.body["dispatch_id"]))
        if reason := outcome.kept_back(document):
            return partial(partial, fail, dispatch.id, reason)
        if self.server is None:
            return partial(partial, fail, dispatch.id, errors.MailNotSetUp())
        assert document.pdf_sha256
        files = contents(self.blobs, current_model(delivery.session, document).files)
        letter = write(dispatch, document, self.blobs.get(document.pdf_sha256), self.server.sender, files)
        return partial(_hand_over, self.server, dispatch.id, letter, delivery.last)


def write(dispatch: Dispatch, document: Document, pdf: bytes, sender: str, files: Sequence[File] = ()) -> EmailMessage:
    """The message for one dispatch of an issued document: the same bytes whenever it is written.

    Args:
        pdf: the document as issued.
        sender: the address in From; the issuer's name stands before it.
        files: what goes with the document.
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
        enclosed=f" Tài liệu gửi kèm: {len(files)} tệp." if files else "",
    )
    letter.set_content(text, cte="quoted-printable")
    name = f"{document.symbol.replace('/', '-')}.pdf"
    letter.add_attachment(pdf, maintype="application", subtype="pdf", filename=name)
    for file in files:
        maintype, subtype = file.media_type.split("/")
        letter.add_attachment(file.content, maintype=maintype, subtype=subtype, filename=file.name)
    letter.set_boundary(f"dispatch-{dispatch.id}")
    return letter


def message_id(dispatch: Dispatch, sender: str) -> str:
    """The Message-ID: mailboxes that know it already can tell a repeated try."""
    return f"<{dispatch.id}@{sender.rpartition('@')[2]}>"


def _hand_over(server: MailServer, dispatch_id: str, letter: EmailMessage, last: bool) -> Consumer:
    taken = partial(accept, dispatch_id, str(letter["Message-ID"]))
    return bring(server, letter, last, taken, lambda error: partial(fail, dispatch_id, error))


def accept(dispatch_id: str, message_id: str, delivery: Delivery) -> None:
    """Record that the server took the message over."""
    dispatch, document = outcome.locked(delivery, dispatch_id)
    dispatch.status, dispatch.dispatched_at = DELIVERED, delivery.now
    delivery.session.flush()
    index_incoming(delivery.session, document, dispatch)
    outcome.append(delivery, dispatch, document, "DocumentMailed", {"message_id": message_id})
    outcome.left(delivery, document)


def fail(dispatch_id: str, error: IncidentError, delivery: Delivery) -> None:
    """Record that the message did not get there and will not be tried again by itself."""
    outcome.fail(delivery, dispatch_id, error)
