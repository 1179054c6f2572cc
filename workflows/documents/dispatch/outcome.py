"""What came of a dispatch that left the program, put on record in its case."""

from __future__ import annotations

from typing import Any

from engine.errors import PhoiHopError
from engine.services import Delivery, Stream
from engine.tables import Case
from workflows.documents.tables import FAILED, Dispatch, Document


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
