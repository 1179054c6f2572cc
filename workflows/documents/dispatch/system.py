"""The program's own channel: the document stands in the other agency's incoming list at once."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from sqlalchemy.orm import Session

from workflows.documents.search import index_incoming
from workflows.documents.tables import DELIVERED, SYSTEM_CHANNEL, Dispatch, Document, DocumentRecipient


class SystemChannel:
    """Delivers within the program."""

    name = SYSTEM_CHANNEL

    def send(self, session: Session, now: datetime, document: Document, recipient: DocumentRecipient) -> Dispatch:
        """Put the document into one agency's incoming list."""
        dispatch = Dispatch(
            id=str(uuid4()),
            document_id=document.id,
            recipient_agency_id=recipient.agency_id,
            recipient_name=recipient.name,
            channel=self.name,
            status=DELIVERED,
            queued_at=document.issued_at,
            dispatched_at=now,
        )
        session.add(dispatch)
        session.flush()
        index_incoming(session, document, dispatch)
        return dispatch
