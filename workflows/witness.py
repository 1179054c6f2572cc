"""The second body: it gets every checkpoint by e-mail, so that the history cannot be rewritten behind its back.

Nothing is recorded when a message has left: the record would be an event, which calls for a checkpoint, and so on for
ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from email.message import EmailMessage
from email.policy import SMTP
from functools import partial
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.clock import Clock, to_text
from engine.proof.notary import Announce, checkpoint_at, tell_nobody
from engine.proof.notes import Statement, short_code
from engine.proof.tables import Checkpoint
from engine.services import Consumer, Delivery, Errand, Trip
from engine.tables import OutboxMessage
from workflows.documents import errors
from workflows.documents.dispatch.smtp import MailServer

TOPIC = "proof.checkpoint"
TEXT = """Điểm kiểm tra lịch sử xử lý, ký lúc {moment}: {size} sự kiện, mã ngắn {code}.

Xin lưu tệp đính kèm nguyên vẹn. Khi cần chứng minh lịch sử không bị sửa, đặt tệp này cạnh bản xuất dữ liệu:
python3 verify.py BAN-XUAT.zip --checkpoint {name}

--
Checkpoint of the processing history, {size} events. Please keep the attached file as it is.
"""


def announcer(clock: Clock, mailbox: str) -> Announce:
    """Puts each new checkpoint into the outbox, where a mailbox is set."""
    return partial(_announce, clock) if mailbox else tell_nobody


def errands(server: MailServer | None, mailbox: str) -> Mapping[str, Errand]:
    """What the outbox has done outside."""
    return {TOPIC: partial(_set_out, server, mailbox)}


def not_mailed(session: Session) -> int:
    """How many checkpoints never reached the second body."""
    failed = select(func.count()).where(OutboxMessage.topic == TOPIC, OutboxMessage.status == "failed")
    return session.scalar(failed) or 0


def write(checkpoint: Checkpoint, sender: str, mailbox: str) -> EmailMessage:
    """The message for one checkpoint: the same bytes whenever it is written."""
    statement, code = Statement.read(checkpoint.note), short_code(checkpoint.size, checkpoint.root)
    name = f"checkpoint-{checkpoint.size}.txt"
    letter = EmailMessage(policy=SMTP)
    letter["From"], letter["To"] = sender, mailbox
    letter["Subject"] = f"Điểm kiểm tra {code} ({statement.origin})"
    letter["Date"] = checkpoint.signed_at
    letter["Message-ID"] = f"<{checkpoint.root.hex()[:32]}.{checkpoint.size}@{sender.rpartition('@')[2]}>"
    letter["Auto-Submitted"] = "auto-generated"
    told = TEXT.format(moment=to_text(checkpoint.signed_at), size=checkpoint.size, code=code, name=name)
    letter.set_content(told, cte="quoted-printable")
    letter.add_attachment(checkpoint.note.encode(), maintype="application", subtype="octet-stream", filename=name)
    letter.set_boundary(f"checkpoint-{checkpoint.size}")
    return letter


def _announce(clock: Clock, session: Session, checkpoint: Checkpoint) -> None:
    now, body = clock.now(), {"size": checkpoint.size}
    session.add(OutboxMessage(id=str(uuid4()), topic=TOPIC, body=body, status="waiting", due_at=now, created_at=now))


def _set_out(server: MailServer | None, mailbox: str, delivery: Delivery) -> Trip:
    if server is None or not mailbox:
        raise errors.MailNotSetUp()
    letter = write(checkpoint_at(delivery.session, int(delivery.body["size"])), server.sender, mailbox)
    return partial(_hand_over, server, letter)


def _hand_over(server: MailServer, letter: EmailMessage) -> Consumer:
    server.hand_over(letter)
    return lambda delivery: None
