"""The documents' side of other pages: the paper that a task works on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from engine.actors import Actor
from workflows.documents import queries
from workflows.documents.queries import DocumentView
from workflows.documents.text import read_blocks


def attached_document(session: Session, actor: Actor, document_id: str | None) -> DocumentView | None:
    """The document that a task shows; None where it shows none."""
    return queries.document(session, actor, document_id) if document_id else None


def body_among(document: DocumentView | None, values: Mapping[str, Any]) -> bool:
    """Whether the document's text already stands in a box of the form.

    Args:
        values: what the form is filled with before anybody types; a stored text may differ in blanks.
    """
    texts = (value for value in values.values() if isinstance(value, str) and value.strip())
    return document is not None and any(read_blocks(text) == document.blocks for text in texts)
