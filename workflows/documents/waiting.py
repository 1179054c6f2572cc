"""Documents that have their number and wait for their signature before they are sent."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from workflows.documents.outbox import post
from workflows.documents.tables import Document

DISPATCH = "documents.dispatch"
"""Topic under which the outbox brings documents that may leave."""


def release(session: Session, document: Document, now: datetime) -> None:
    """End the waiting: the outbox brings the document to the dispatcher, once. Does nothing where it did not wait.

    Args:
        document: locked by the caller.
    """
    if document.awaits_signature:
        document.awaits_signature = False
        post(session, now, DISPATCH, {"document_id": document.id}, document.case_id)
