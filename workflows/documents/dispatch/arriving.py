"""A package of the exchange network becomes a line of the incoming register, and its sender is told what came of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import NAMESPACE_OID, uuid4, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import canonical
from engine.actors import SYSTEM
from engine.clock import local_date
from engine.services import Blobs
from engine.tables import OutboxMessage
from workflows.agencies.channels import agency_with_code, route
from workflows.agencies.queries import agency_names, issuer
from workflows.documents.dispatch.edxml import TOPIC, organ
from workflows.documents.edxml.errors import AlreadyArrived, NotForUs
from workflows.documents.edxml.model import NEW, RECALL, REPLACE, UPDATE, Message, Package, Status
from workflows.documents.edxml.reading import read
from workflows.documents.edxml.status import write_status
from workflows.documents.incoming import Arrival, enter
from workflows.documents.kinds import KINDS
from workflows.documents.registers import Clerk
from workflows.documents.tables import OUTGOING, QUEUED, STATUS, ExchangeMessage, IncomingEntry
from workflows.secrecy import refuse_marked_data, refuse_marked_file

ARRIVED, ACCEPTED = "arrived", "accepted"
ASKS: Final = {
    RECALL: "Bên gửi yêu cầu lấy lại văn bản",
    UPDATE: "Bên gửi cập nhật văn bản",
    REPLACE: "Bên gửi thay thế văn bản",
}
"""What the register notes where a package asks for more than to be read: officers decide on it."""


def screened(content: bytes) -> Package:
    """A package from outside that bears no mark of secrecy.

    Raises:
        PackageRefused: see `read`. SecretMarkFound: nothing of it may be stored.
    """
    package = read(content)
    message = package.message
    refuse_marked_data({"subject": message.subject, "content": message.content})
    for file in package.files:
        refuse_marked_file(file.name, file.content, file.media_type, file.name)
    return package


def take_in(session: Session, now: datetime, blobs: Blobs, package: Package, row: ExchangeMessage) -> None:
    """Enter a package in the register of each of our agencies that it is for, and answer 01 in its name.

    Args:
        row: the record of the package; it gets its first receiver and the names of its files.

    An agency that has the document keeps the line that it has.

    Raises:
        NotForUs: no receiver is an agency of ours with a code.
        AlreadyArrived: the same document came to all of them before.
    """
    message = package.message
    found = (agency_with_code(session, str(receiver.code)) for receiver in message.receivers)
    agencies = [agency_id for agency_id in dict.fromkeys(found) if agency_id]
    if not agencies:
        raise NotForUs(receivers="; ".join(str(one.code) for one in message.receivers))
    new = [agency_id for agency_id in agencies if not _known(session, _once(agency_id, message))]
    if not new:
        raise AlreadyArrived(document=str(message.id))
    row.agency_id, row.params = new[0], {"files": [file.name for file in package.files]}
    session.add(row)
    session.flush()
    for agency_id in new:
        entry = _enter(session, now, message, agency_id)
        entry.package_id, entry.once = row.id, _once(agency_id, message)
        session.flush()
        answer(session, now, blobs, entry, agency_id, message, ARRIVED)


def answer(
    session: Session, now: datetime, blobs: Blobs, entry: IncomingEntry, agency_id: str, message: Message, status: str
) -> None:
    """Queue a status message (01, 03) about an arrival to the sender of its package; each status once."""
    message_id = str(uuid5(NAMESPACE_OID, f"{entry.register_id}/{entry.number}/{status}"))
    if session.get(ExchangeMessage, message_id) is not None:
        return
    today = local_date(now)
    sender = organ(agency_names(session, today)[agency_id], route(session, agency_id, today))
    content = write_status(Status(sender, message.id, status, now.replace(microsecond=0)))
    queued = ExchangeMessage(id=message_id, direction=OUTGOING, kind=STATUS, agency_id=agency_id, created_at=now)
    queued.sha256, queued.state, queued.params = blobs.put(content), QUEUED, {}
    session.add(queued)
    body = {"message_id": message_id}
    session.add(OutboxMessage(id=str(uuid4()), topic=TOPIC, body=body, status="waiting", due_at=now, created_at=now))


def accept(session: Session, now: datetime, blobs: Blobs, entry: IncomingEntry, agency_id: str) -> None:
    """Tell the sender of a package that officers took it up (03); an arrival by another channel tells nobody."""
    if entry.package_id is not None:
        row = session.get_one(ExchangeMessage, entry.package_id)
        answer(session, now, blobs, entry, agency_id, read(blobs.get(row.sha256)).message, ACCEPTED)


def _enter(session: Session, now: datetime, message: Message, agency_id: str) -> IncomingEntry:
    facts = issuer(session, agency_id, local_date(now))
    kind = next((code for code, kind in KINDS.items() if kind.name.lower() == message.kind.name.strip().lower()), "")
    arrival = Arrival(message.sender.name, message.id.symbol, message.id.on, kind, message.subject)
    name = agency_names(session, local_date(now))[agency_id]
    clerk = Clerk(session, now, replace(SYSTEM, agency_id=agency_id, agency_name=name))
    entry = enter(clerk, arrival, facts.founded_on)
    if message.business.type in ASKS:
        entry.note = f"{ASKS[message.business.type]}: {message.business.reason}"
    return entry


def _once(agency_id: str, message: Message) -> str | None:
    """What an agency gets once: a document as new. What is asked about it later comes under the same number."""
    return canonical.digest(f"{agency_id}\n{message.id}".encode()) if message.business.type == NEW else None


def _known(session: Session, once: str | None) -> bool:
    return (
        once is not None and session.scalar(select(IncomingEntry.number).where(IncomingEntry.once == once)) is not None
    )
