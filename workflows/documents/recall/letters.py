"""E-mail: who got a document by mail is told by mail that it is taken back, in the thread of the first message."""

from __future__ import annotations

from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from functools import partial

from engine.services import Consumer, Delivery, Trip
from workflows.documents import errors
from workflows.documents.dispatch.smtp import MailServer, bring
from workflows.documents.kinds import KINDS
from workflows.documents.recall import outcome
from workflows.documents.recall.tables import REPLACEMENT, RecallRequest
from workflows.documents.tables import Dispatch, Document

TOPIC = "documents.recall_mail"
TEXT = """Kính gửi: {recipient}

{issuer} {what} {kind} số {symbol} ngày {issued_on:%d/%m/%Y}.
Trích yếu: {subject}
Lý do: {reason}

Xin hủy bản điện tử, trả lại bản giấy đã nhận và trả lời cơ quan ban hành: đồng ý, hoặc không đồng ý kèm lý do.
Thư do phần mềm phối hợp gửi đi; khi cần trao đổi, xin liên hệ cơ quan ban hành.
"""


@dataclass(frozen=True)
class RecallLetters:
    """Errand of `documents.recall_mail`; the message's body is `{"request_id": ...}`."""

    server: MailServer | None

    def __call__(self, delivery: Delivery) -> Trip:
        """Write the message; the trip hands it over."""
        session = delivery.session
        request = session.get_one(RecallRequest, str(delivery.body["request_id"]))
        dispatch = session.get_one(Dispatch, request.dispatch_id)
        if self.server is None:
            return partial(outcome.failed, request.id, errors.MailNotSetUp())
        letter = write(request, dispatch, session.get_one(Document, dispatch.document_id), self.server.sender)
        return partial(_hand_over, self.server, letter, request.id, delivery.last)


def write(request: RecallRequest, dispatch: Dispatch, document: Document, sender: str) -> EmailMessage:
    """The message for one request: the same bytes whenever it is written."""
    assert document.issued_on
    domain = sender.rpartition("@")[2]
    replaced = f"thay thế bằng văn bản số {request.replacement}:"
    what = replaced if request.kind == REPLACEMENT else "thu hồi"
    kind = KINDS[document.type].name
    letter = EmailMessage(policy=SMTP)
    letter["From"] = Address(document.issuer_name, addr_spec=sender)
    letter["To"] = Address(request.agency_name, addr_spec=request.address)
    letter["Subject"] = f"Thu hồi {kind} số {document.symbol} ngày {document.issued_on:%d/%m/%Y}"
    letter["Date"] = request.created_at
    letter["Message-ID"] = f"<{request.id}@{domain}>"
    letter["In-Reply-To"] = letter["References"] = f"<{dispatch.id}@{domain}>"
    letter["Auto-Submitted"] = "auto-generated"
    text = TEXT.format(
        recipient=request.agency_name,
        issuer=document.issuer_name,
        what=what,
        kind=kind,
        symbol=document.symbol,
        issued_on=document.issued_on,
        subject=" ".join(document.subject.split()),
        reason=request.reason,
    )
    letter.set_content(text, cte="quoted-printable")
    return letter


def _hand_over(server: MailServer, letter: EmailMessage, request_id: str, last: bool) -> Consumer:
    return bring(server, letter, last, outcome.asked(request_id), partial(outcome.failed, request_id))
