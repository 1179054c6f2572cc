"""A package of the exchange network becomes a line of the incoming register, and its sender is told what came of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actors import SYSTEM
from engine.clock import local_date
from engine.services import Blobs
from workflows.agencies.channels import agency_with_code
from workflows.agencies.queries import agency_names, issuer
from workflows.documents.dispatch.known import once
from workflows.documents.dispatch.status_messages import tell_sender
from workflows.documents.edxml.errors import AlreadyArrived, NotForUs
from workflows.documents.edxml.model import RECALL, REPLACE, UPDATE, Message, Package
from workflows.documents.edxml.reading import read
from workflows.documents.incoming import Arrival, enter
from workflows.documents.kinds import KINDS
from workflows.documents.recall.asked import by_package as asked_by
from workflows.documents.registers import Clerk
from workflows.documents.tables import ExchangeMessage, IncomingEntry
from workflows.secrecy import refuse_marked_data, refuse_marked_file

ARRIVED, TURNED_BACK = "arrived", "refused"
ACCEPTED, ASSIGNED, IN_PROGRESS, COMPLETED = "accepted", "assigned", "in_progress", "completed"


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

    An agency that has the document keeps the line that it has. What asks for an earlier document, or replaces it, is
    put before the clerk of each agency that has that one (`recall/asked.py`).

    Args:
        row: the record of the package; it gets its first receiver and the names of its files.

    Raises:
        NotForUs: no receiver is an agency of ours with a code.
        AlreadyArrived: the same document came to all of them before.
        UnknownArrival: it asks for a document that none of them has.
    """
    message = package.message
    found = (agency_with_code(session, str(receiver.code)) for receiver in message.receivers)
    agencies = [agency_id for agency_id in dict.fromkeys(found) if agency_id]
    if not agencies:
        raise NotForUs(receivers="; ".join(str(one.code) for one in message.receivers))
    asked = asked_by(session, now, message, agencies) if message.business.type in (RECALL, REPLACE) else []
    row.agency_id, row.params = agencies[0], {"files": [file.name for file in package.files]}
    session.add(row)
    session.flush()
    if message.business.type == RECALL:
        return
    new = [agency_id for agency_id in agencies if not _known(session, agency_id, message)]
    if not new and not asked:
        raise AlreadyArrived(document=str(message.id))
    for agency_id in new:
        entry = _enter(session, now, message, agency_id)
        entry.package_id = row.id
        session.flush()
        tell(session, now, blobs, entry, agency_id, ARRIVED)
    row.agency_id = (new or agencies)[0]


def tell(
    session: Session,
    now: datetime,
    blobs: Blobs,
    entry: IncomingEntry,
    agency_id: str,
    *statuses: str,
    description: str = "",
) -> None:
    """Tell the sender of a package what became of its arrival, each status once; other channels have nobody to tell.

    Args:
        statuses: names of `statuses` in codes.yaml, in the order in which they came about.
        description: a reason, for a refusal.
    """
    if entry.package_id is None:
        return
    row = session.get_one(ExchangeMessage, entry.package_id)
    about = read(blobs.get(row.sha256)).message.id
    for status in statuses:
        key = f"{entry.register_id}/{entry.number}/{status}"
        tell_sender(session, now, blobs, key, agency_id, about, status, description)


def _enter(session: Session, now: datetime, message: Message, agency_id: str) -> IncomingEntry:
    facts = issuer(session, agency_id, local_date(now))
    kind = next((code for code, kind in KINDS.items() if kind.name.lower() == message.kind.name.strip().lower()), "")
    arrival = Arrival(message.sender.name, message.id.symbol, message.id.on, kind, message.subject)
    name = agency_names(session, local_date(now))[agency_id]
    clerk = Clerk(session, now, replace(SYSTEM, agency_id=agency_id, agency_name=name))
    entry = enter(clerk, arrival, facts.founded_on)
    if message.business.type == UPDATE:
        entry.note = f"Bên gửi cập nhật văn bản: {message.business.reason}"
    else:
        entry.once = once(agency_id, message.id)
    return entry


def _known(session: Session, agency_id: str, message: Message) -> bool:
    """Whether the agency has the document; an update comes under the number that it has already."""
    if message.business.type == UPDATE:
        return False
    known = select(IncomingEntry.number).where(IncomingEntry.once == once(agency_id, message.id))
    return session.scalar(known) is not None
