"""The documents' side of other pages: the paper that a task works on."""

from __future__ import annotations

from sqlalchemy.orm import Session

from engine.actors import Actor
from workflows.documents import queries
from workflows.documents.queries import DocumentView


def attached_document(session: Session, actor: Actor, document_id: str | None) -> DocumentView | None:
    """The document that a task shows; None where it shows none."""
    return queries.document(session, actor, document_id) if document_id else None
