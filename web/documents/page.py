"""The page of one document: its facts, its signing, and where it went."""

from __future__ import annotations

from flask import render_template

from engine.actors import Actor
from engine.clock import local_date
from web.current import actor, now, reading
from workflows.documents import queries
from workflows.documents.queries import DocumentView
from workflows.documents.recall import queries as recalls
from workflows.documents.signing import queries as signing


def document_page(document_id: str, refusal: str = "") -> str:
    """The page.

    Args:
        refusal: why what came back from signing was not taken, as a sentence.

    Raises:
        DocumentNotFound: none such, or not for this officer.
    """
    with reading() as session:
        document = queries.document(session, actor(), document_id)
        returns = signing.returns(session, actor(), document_id)
        recall = recalls.of_document(session, actor(), document_id)
    return render_template(
        "documents/show.html",
        document=document,
        section=_section(document, actor()),
        returns=returns,
        recall=recall,
        may_sign=signing.may_bring_back(actor(), document),
        refusal=refusal,
        today=local_date(now()),
    )


def _section(document: DocumentView, reader: Actor) -> str:
    """The part of the program in which the reader found the paper; who only supervises found it through its case."""
    if document.issuer_id == reader.agency_id:
        return "outgoing"
    received = any(one.recipient_id == reader.agency_id for one in document.dispatches)
    return "incoming" if received else "cases"
