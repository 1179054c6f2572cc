"""E-mail: a mailbox is asked whether the document came, in the thread of the letter that brought it."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from functools import partial

from engine.clock import ZONE
from engine.errors import IncidentError
from engine.services import Consumer, Delivery, Trip
from engine.tables import OutboxMessage
from workflows.documents import errors
from workflows.documents.dispatch import outcome
from workflows.documents.dispatch.smtp import MailServer, bring
from workflows.documents.dispatch.threads import follow_up
from workflows.documents.kinds import KINDS
from workflows.documents.tables import DELIVERED, Dispatch, Document

TOPIC = "documents.receipt_mail"
TEXT = """Kính gửi: {recipient}

{issuer} đã gửi {kind} số {symbol} ngày {issued_on:%d/%m/%Y} qua thư điện tử lúc {sent_at:%H:%M ngày %d/%m/%Y}.
Xin xác nhận đã nhận với cơ quan ban hành; nếu chưa nhận được văn bản, xin báo lại để được gửi lại.

Thư do phần mềm phối hợp gửi đi.
"""


@dataclass(frozen=True)
class ReceiptLetters:
    """Errand of `documents.receipt_mail`; the message's body is `{"dispatch_id": ...}`."""

    server: MailServer | None

    def __call__(self, delivery: Delivery) -> Trip:
        """Write the letter; the trip hands it over. What was received or taken back meanwhile is not asked about."""
        dispatch, document = outcome.read(delivery, str(delivery.body["dispatch_id"]))
        if self.server is None:
            return partial(_failed, dispatch.id, errors.MailNotSetUp())
        if dispatch.status != DELIVERED or outcome.kept_back(document):
            return lambda: _nothing
        message = delivery.session.get_one(OutboxMessage, delivery.message_id)
        letter = write(dispatch, document, message, self.server.sender)
        return partial(_hand_over, self.server, letter, dispatch.id, delivery.last)


def write(dispatch: Dispatch, document: Document, message: OutboxMessage, sender: str) -> EmailMessage:
    """The letter: the same bytes at every try.

    Args:
        message: of the outbox; a letter that asks a second time comes from another one.
    """
    assert document.issued_on
    assert dispatch.dispatched_at
    kind = KINDS[document.type].name
    text = TEXT.format(
        recipient=dispatch.recipient_name,
        issuer=document.issuer_name,
        kind=kind,
        symbol=document.symbol,
        issued_on=document.issued_on,
        sent_at=dispatch.dispatched_at.astimezone(ZONE),
    )
    subject = f"Xin xác nhận đã nhận {kind} số {document.symbol}"
    at, to = message.created_at, dispatch.address
    return follow_up(document, dispatch, sender, id_=message.id, to=to, at=at, subject=subject, text=text)


def _hand_over(server: MailServer, letter: EmailMessage, dispatch_id: str, last: bool) -> Consumer:
    return bring(server, letter, last, _nothing, partial(_failed, dispatch_id))


def _failed(dispatch_id: str, error: IncidentError) -> Consumer:
    return partial(_record, dispatch_id, str(error.params.get("reply", error.code)))


def _record(dispatch_id: str, reply: str, delivery: Delivery) -> None:
    """The letter did not get there: the case tells it, so that people ask in another way."""
    dispatch, document = outcome.locked(delivery, dispatch_id)
    outcome.append(delivery, dispatch, document, "ReceiptReminderNotMailed", {"reply": reply})


def _nothing(delivery: Delivery) -> None:
    """The event of the reminder is on record already."""
