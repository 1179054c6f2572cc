"""The pages of a stored document, with its number once it has one."""

from __future__ import annotations

from sqlalchemy.orm import Session

from workflows.documents import errors
from workflows.documents.approval import current_model
from workflows.documents.layout import CannotRender, Renderer, page
from workflows.documents.model import Numbering
from workflows.documents.signing.places import reserve
from workflows.documents.tables import Document


def render(session: Session, renderer: Renderer, document: Document) -> bytes:
    """The document as PDF: with its number once it has one; the same bytes every time from then on.

    Raises:
        RenderingFailed: typst refused; retried later and shown as an incident.
    """
    try:
        return renderer.pdf(current_model(session, document), numbering_of(document))
    except CannotRender as error:
        raise errors.RenderingFailed(document_id=document.id, reason=str(error.params)) from error


def render_to_sign(session: Session, renderer: Renderer, document: Document) -> bytes:
    """The same with room for the pictures of the signatures. Raises as `render`."""
    words = page(current_model(session, document), numbering_of(document))
    return reserve(render(session, renderer, document), words)


def numbering_of(document: Document) -> Numbering | None:
    """Number and date of a document; None as long as it has none."""
    return Numbering(document.number, document.issued_on) if document.number and document.issued_on else None
