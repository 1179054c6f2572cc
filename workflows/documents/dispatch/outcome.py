"""What came of a dispatch that left the program, put on record in its case."""

from __future__ import annotations

from typing import Any

from engine.errors import IncidentError, PhoiHopError
from engine.services import Delivery, Stream
from engine.tables import Case
from workflows.documents.errors import NumberVoided
from workflows.documents.recall.errors import TakenBack
from workflows.documents.tables import FAILED, ISSUED, RECALLED, REPLACED, VOIDED, Dispatch, Document

RECALL = "documents.recall"
"""Topic under which the outbox brings documents that were taken back to who tells their receivers."""


def read(delivery: Delivery, dispatch_id: str) -> tuple[Dispatch, Document]:
    """A dispatch and its document."""
    dispatch = delivery.session.get_one(Dispatch, dispatch_id)
    return dispatch, delivery.session.get_one(Document, dispatch.document_id)


def locked(delivery: Delivery, dispatch_id: str) -> tuple[Dispatch, Document]:
    """The same, locked; the case is locked first, as in every command."""
    dispatch, document = read(delivery, dispatch_id)
    delivery.session.get_one(Case, document.case_id, with_for_update=True)
    delivery.session.refresh(dispatch, with_for_update=True)
    return dispatch, document


def kept_back(document: Document) -> IncidentError | None:
    """Why a document does not leave any more; None where it may."""
    if document.status == ISSUED:
        return None
    return NumberVoided() if document.status == VOIDED else TakenBack()


def left(delivery: Delivery, document: Document) -> None:
    """The document reached somebody: who got it after it was taken back is asked for it all the same."""
    if document.status in (RECALLED, REPLACED):
        delivery.send(document.case_id, RECALL, {"document_id": document.id})


def fail(delivery: Delivery, dispatch_id: str, error: PhoiHopError) -> None:
    """Record that the document did not get there and will not be tried again by itself."""
    dispatch, document = locked(delivery, dispatch_id)
    dispatch.status, dispatch.failure, dispatch.reply = FAILED, error.code, str(error.params.get("reply", ""))
    append(delivery, dispatch, document, "DispatchFailed", {"code": error.code, "reply": dispatch.reply})


def append(delivery: Delivery, dispatch: Dispatch, document: Document, type: str, more: dict[str, Any]) -> None:
    """An event of the case about one dispatch."""
    delivery.append(Stream("case", document.case_id), type, facts(dispatch, document) | more)


def facts(dispatch: Dispatch, document: Document) -> dict[str, Any]:
    """What every event about a dispatch tells."""
    return {
        "document_id": document.id,
        "symbol": document.symbol,
        "dispatch_id": dispatch.id,
        "recipient": dispatch.recipient_agency_id,
        "recipient_name": dispatch.recipient_name,
        "channel": dispatch.channel,
        "address": dispatch.address,
    }
