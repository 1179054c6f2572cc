"""What a way of sending documents has to offer."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from workflows.documents.tables import Dispatch, Document, DocumentRecipient


class Channel(Protocol):
    """One way by which documents leave, inside the transaction that records them as sent."""

    @property
    def name(self) -> str:
        """What the dispatch is marked with, at most 16 letters."""

    def send(self, session: Session, now: datetime, document: Document, recipient: DocumentRecipient) -> Dispatch:
        """Send an issued document, whose file is in the blob store, to one agency; the dispatch is on record then.

        A channel that leaves the program queues the dispatch and goes on through the outbox.
        """
