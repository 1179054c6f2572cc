"""Status messages that this program sends: what an agency tells who sent it a document over the exchange network."""

from __future__ import annotations

from datetime import datetime
from uuid import NAMESPACE_OID, uuid5

from sqlalchemy.orm import Session

from engine.clock import local_date
from engine.services import Blobs
from workflows.agencies.channels import route
from workflows.agencies.queries import agency_names
from workflows.documents.dispatch.edxml import TOPIC, organ
from workflows.documents.edxml.model import DocumentRef, Status
from workflows.documents.edxml.status import write_status
from workflows.documents.outbox import post
from workflows.documents.tables import OUTGOING, QUEUED, STATUS, ExchangeMessage


def tell_sender(
    session: Session,
    now: datetime,
    blobs: Blobs,
    key: str,
    agency_id: str,
    about: DocumentRef,
    status: str,
    description: str = "",
) -> None:
    """Queue a status message (QCVN 102:2016).

    Args:
        key: what is told, and of what: the same is told once.
        agency_id: the agency in whose name it goes.
        about: the document that it answers.
        status: a name of `statuses` in codes.yaml.
    """
    message_id = str(uuid5(NAMESPACE_OID, key))
    if session.get(ExchangeMessage, message_id) is not None:
        return
    today = local_date(now)
    sender = organ(agency_names(session, today)[agency_id], route(session, agency_id, today))
    content = write_status(Status(sender, about, status, now.replace(microsecond=0), description))
    queued = ExchangeMessage(id=message_id, direction=OUTGOING, kind=STATUS, agency_id=agency_id, created_at=now)
    queued.sha256, queued.state, queued.params = blobs.put(content), QUEUED, {}
    session.add(queued)
    post(session, now, TOPIC, {"message_id": message_id})
