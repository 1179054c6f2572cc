"""E-mail: who got a document by mail is told by mail that it is taken back, and reminded to answer, in its thread."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from functools import partial
from typing import Final

from engine.clock import ZONE
from engine.errors import IncidentError
from engine.services import Consumer, Delivery, Stream, Trip
from engine.tables import OutboxMessage
from workflows.documents import errors
from workflows.documents.dispatch.smtp import MailServer, bring
from workflows.documents.dispatch.threads import follow_up
from workflows.documents.kinds import KINDS
from workflows.documents.recall import outcome
from workflows.documents.recall.tables import ASKED, REPLACEMENT, RecallRequest
from workflows.documents.tables import Dispatch, Document

TOPIC: Final = "documents.recall_mail"
REMINDER: Final = "documents.recall_reminder"
ASKS = """Kính gửi: {recipient}

{issuer} {what} {kind} số {symbol} ngày {issued_on:%d/%m/%Y}.
Trích yếu: {subject}
Lý do: {reason}

Xin hủy bản điện tử, trả lại bản giấy đã nhận và trả lời cơ quan ban hành: đồng ý, hoặc không đồng ý kèm lý do.
Thư do phần mềm phối hợp gửi đi; khi cần trao đổi, xin liên hệ cơ quan ban hành.
"""
REMINDS = """Kính gửi: {recipient}

Ngày {asked_at:%d/%m/%Y}, {issuer} đã báo thu hồi {kind} số {symbol} ngày {issued_on:%d/%m/%Y}.
Đến nay cơ quan ban hành chưa nhận được trả lời.
Lý do thu hồi: {reason}

Xin trả lời cơ quan ban hành: đồng ý, hoặc không đồng ý kèm lý do.
Thư do phần mềm phối hợp gửi đi; khi cần trao đổi, xin liên hệ cơ quan ban hành.
"""


@dataclass(frozen=True)
class RecallLetters:
    """Errand of `documents.recall_mail`; the message's body is `{"request_id": ...}`."""

    server: MailServer | None

    def __call__(self, delivery: Delivery) -> Trip:
        """Write the message; the trip hands it over."""
        request, dispatch, document = _read(delivery)
        if self.server is None:
            return partial(outcome.failed, request.id, errors.MailNotSetUp())
        letter = write(request, dispatch, document, self.server.sender)
        taken, stayed = outcome.asked(request.id), partial(outcome.failed, request.id)
        return partial(bring, self.server, letter, delivery.last, taken, stayed)


@dataclass(frozen=True)
class RecallReminders:
    """Errand of `documents.recall_reminder`; the message's body is `{"request_id": ...}`."""

    server: MailServer | None

    def __call__(self, delivery: Delivery) -> Trip:
        """Write the letter; the trip hands it over. Who has answered meanwhile is not reminded."""
        request, dispatch, document = _read(delivery)
        if self.server is None:
            return partial(_not_mailed, request.id, errors.MailNotSetUp())
        if request.status != ASKED:
            return lambda: _nothing
        message = delivery.session.get_one(OutboxMessage, delivery.message_id)
        letter = remind(request, dispatch, document, message, self.server.sender)
        return partial(bring, self.server, letter, delivery.last, _nothing, partial(_not_mailed, request.id))


def write(request: RecallRequest, dispatch: Dispatch, document: Document, sender: str) -> EmailMessage:
    """The message for one request: the same bytes whenever it is written."""
    assert document.issued_on
    replaced = f"thay thế bằng văn bản số {request.replacement}:"
    kind = KINDS[document.type].name
    text = ASKS.format(
        recipient=request.agency_name,
        issuer=document.issuer_name,
        what=replaced if request.kind == REPLACEMENT else "thu hồi",
        kind=kind,
        symbol=document.symbol,
        issued_on=document.issued_on,
        subject=" ".join(document.subject.split()),
        reason=request.reason,
    )
    subject = f"Thu hồi {kind} số {document.symbol} ngày {document.issued_on:%d/%m/%Y}"
    at, to = request.created_at, request.address
    return follow_up(document, dispatch, sender, id_=request.id, to=to, at=at, subject=subject, text=text)


def remind(
    request: RecallRequest, dispatch: Dispatch, document: Document, message: OutboxMessage, sender: str
) -> EmailMessage:
    """The letter that asks for the answer: the same bytes at every try.

    Args:
        message: of the outbox; a letter that asks once more comes from another one.
    """
    assert document.issued_on
    assert request.asked_at
    kind = KINDS[document.type].name
    text = REMINDS.format(
        recipient=request.agency_name,
        issuer=document.issuer_name,
        kind=kind,
        symbol=document.symbol,
        issued_on=document.issued_on,
        asked_at=request.asked_at.astimezone(ZONE),
        reason=request.reason,
    )
    subject = f"Xin trả lời việc thu hồi {kind} số {document.symbol}"
    at, to = message.created_at, request.address
    return follow_up(document, dispatch, sender, id_=message.id, to=to, at=at, subject=subject, text=text)


def _read(delivery: Delivery) -> tuple[RecallRequest, Dispatch, Document]:
    session = delivery.session
    request = session.get_one(RecallRequest, str(delivery.body["request_id"]))
    dispatch = session.get_one(Dispatch, request.dispatch_id)
    return request, dispatch, session.get_one(Document, dispatch.document_id)


def _not_mailed(request_id: str, error: IncidentError) -> Consumer:
    return partial(_record, request_id, str(error.params.get("reply", error.code)))


def _record(request_id: str, reply: str, delivery: Delivery) -> None:
    """The letter did not get there: the case tells it, so that people ask in another way."""
    request, document = outcome.locked(delivery, request_id)
    told = outcome.facts(request, document) | {"reply": reply}
    delivery.append(Stream("case", document.case_id), "RecallReminderNotMailed", told)


def _nothing(delivery: Delivery) -> None:
    """The event of the reminder is on record already."""
