"""What came of a request on its way to the agency that is asked, put on record in the case of the document."""

from __future__ import annotations

from functools import partial
from typing import Any

from engine.errors import PhoiHopError
from engine.services import Consumer, Delivery, Stream
from engine.tables import Case
from workflows.documents.recall import notes
from workflows.documents.recall.tables import ASKED, FAILED, WAITING, RecallRequest
from workflows.documents.tables import Dispatch, Document


def asked(request_id: str) -> Consumer:
    """The agency was told."""
    return partial(_asked, request_id)


def failed(request_id: str, error: PhoiHopError) -> Consumer:
    """Nobody could tell the agency, and it will not be tried again by itself."""
    return partial(_failed, request_id, error)


def facts(request: RecallRequest, document: Document) -> dict[str, Any]:
    """What every event about a request tells."""
    return {
        "document_id": document.id,
        "symbol": document.symbol,
        "request_id": request.id,
        "kind": request.kind,
        "recipient": request.agency_id,
        "recipient_name": request.agency_name,
        "channel": request.channel,
        "address": request.address,
    }


def _asked(request_id: str, delivery: Delivery) -> None:
    request, document = locked(delivery, request_id)
    if request.status == WAITING:  # the answer of the other side may have been faster
        request.status = ASKED
    request.asked_at = request.asked_at or delivery.now
    notes.tell(delivery.session, delivery.now, request)
    delivery.append(Stream("case", document.case_id), "RecallAsked", facts(request, document))


def _failed(request_id: str, error: PhoiHopError, delivery: Delivery) -> None:
    request, document = locked(delivery, request_id)
    request.status, request.failure, request.reply = FAILED, error.code, str(error.params.get("reply", ""))
    told = facts(request, document) | {"code": error.code, "reply": request.reply}
    delivery.append(Stream("case", document.case_id), "RecallFailed", told)


def locked(delivery: Delivery, request_id: str) -> tuple[RecallRequest, Document]:
    """A request of ours and its document, locked after the case."""
    session = delivery.session
    request = session.get_one(RecallRequest, request_id)
    document = session.get_one(Document, session.get_one(Dispatch, request.dispatch_id).document_id)
    session.get_one(Case, document.case_id, with_for_update=True)
    session.refresh(request, with_for_update=True)
    return request, document
