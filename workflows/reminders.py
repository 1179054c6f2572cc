"""Reminders by e-mail, for agencies whose data ask for it; the others find theirs in the inbox alone.

The message names the case by its code and the step, not what the case is about: mailboxes are no place for that.
"""

from __future__ import annotations

from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from functools import partial

from sqlalchemy.orm import Session

from engine.clock import ZONE, local_date
from engine.services import Consumer, Delivery, Directory, Stream, Trip
from engine.tables import AwaitedMessage, Case, WorkItem
from workflows.agencies.facts import BY_EMAIL
from workflows.documents.dispatch.channels import Routes
from workflows.documents.dispatch.smtp import MailServer, bring

TEXT = """Kính gửi: {agency}

Việc “{step}” của vụ việc {code} đến hạn lúc {due_at:%H:%M ngày %d/%m/%Y}.
Xin mở phần mềm phối hợp, mục Hộp việc, để xem và hoàn thành.

Thư do phần mềm phối hợp gửi đi, không cần trả lời.
"""

Dated = WorkItem | AwaitedMessage


@dataclass(frozen=True)
class ReminderErrand:
    """Errand of `work.reminded`; the message's body is `{"target_id": ...}`: a work item or an awaited message."""

    server: MailServer | None
    routes: Routes
    directory: Directory

    def __call__(self, delivery: Delivery) -> Trip:
        """Write the message; the trip hands it over. Nobody is written to who has done the work meanwhile."""
        session, on = delivery.session, local_date(delivery.now)
        row = _dated(session, str(delivery.body["target_id"]))
        route = self.routes(session, row.agency_id, on)
        if self.server is None or route.channel != BY_EMAIL or row.closed_at is not None:
            return lambda: _nothing
        name = self.directory.agency_name(session, row.agency_id, on)
        letter = _write(row, session.get_one(Case, row.case_id).code, Address(name, addr_spec=route.email), self.server)
        letter["Date"], letter["Message-ID"] = delivery.now, f"<{delivery.message_id}@{_domain(self.server)}>"
        return partial(_hand_over, self.server, letter, delivery.last)


def _write(row: Dated, code: str, to: Address, server: MailServer) -> EmailMessage:
    assert row.due_at
    letter = EmailMessage(policy=SMTP)
    letter["From"], letter["To"] = server.sender, to
    letter["Subject"] = f"Nhắc hạn: {row.name} ({code})"
    letter["Auto-Submitted"] = "auto-generated"
    due_at = row.due_at.astimezone(ZONE)
    letter.set_content(TEXT.format(agency=to.display_name, step=row.name, code=code, due_at=due_at), cte="base64")
    return letter


def _hand_over(server: MailServer, letter: EmailMessage, last: bool) -> Consumer:
    """A mailbox that cannot be reached is told in the case; the mark in the inbox stands all the same."""
    taken = partial(_record, "ReminderMailed", "")
    return bring(
        server, letter, last, taken, lambda error: partial(_record, "ReminderNotMailed", error.params["reply"])
    )


def _record(type_: str, reply: str, delivery: Delivery) -> None:
    row = _dated(delivery.session, str(delivery.body["target_id"]))
    delivery.session.get_one(Case, row.case_id, with_for_update=True)
    facts = {"target_id": row.id, "agency_id": row.agency_id, "element": row.element_id, "reply": reply}
    delivery.append(Stream("case", row.case_id), type_, facts)


def _nothing(delivery: Delivery) -> None:
    """There is nobody to write to."""


def _dated(session: Session, id_: str) -> Dated:
    return session.get(WorkItem, id_) or session.get_one(AwaitedMessage, id_)


def _domain(server: MailServer) -> str:
    return server.sender.rpartition("@")[2]
