"""Every receiver of a document is told, by the channel that brought it, that the issuer takes it back or replaces it.

The outbox brings each decided recall here, and again where a document reaches somebody after all: whoever has it is
asked once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Protocol
from uuid import UUID, uuid5

from sqlalchemy import select

from engine.clock import local_date
from engine.services import Blobs, Delivery
from engine.tables import Case
from workflows.agencies.facts import BY_EDXML, BY_EMAIL, BY_PAPER, BY_SYSTEM
from workflows.documents.dispatch.channels import Routes
from workflows.documents.recall import outcome
from workflows.documents.recall.deciding import kind_of, standing
from workflows.documents.recall.letters import TOPIC as LETTERS
from workflows.documents.recall.packages import Packages
from workflows.documents.recall.tables import DECIDED, WAITING, DocumentRecall, RecallRequest
from workflows.documents.tables import FAILED, QUEUED, REFUSED, Dispatch, Document

_REQUESTS: Final = UUID("0b0c8d1b-9f5b-5a53-8d0e-2f3c5f5f6a10")
NOT_THERE = (QUEUED, FAILED, REFUSED)
"""Who never got a document, or sent it back, is not asked for it."""


class Way(Protocol):
    """One way by which an agency is told."""

    def __call__(self, delivery: Delivery, document: Document, recall: DocumentRecall, request: RecallRequest) -> None:
        """Tell the agency of a queued request, or queue what tells it."""


@dataclass(frozen=True)
class Teller:
    """Consumer of `documents.recall`; the message's body is `{"document_id": ...}`."""

    blobs: Blobs
    routes: Routes

    @cached_property
    def ways(self) -> Mapping[str, Way]:
        """The ways to tell an agency, by channel."""
        return {
            BY_SYSTEM: _within,
            BY_EMAIL: _by_mail,
            BY_EDXML: Packages(self.blobs, self.routes).ask,
            BY_PAPER: _on_paper,
        }

    def __call__(self, delivery: Delivery) -> None:
        """Ask whoever has the document and was not asked yet."""
        session, document_id = delivery.session, str(delivery.body["document_id"])
        document = session.get_one(Document, document_id)
        session.get_one(Case, document.case_id, with_for_update=True)
        recall = standing(session, document_id)
        if recall is None or recall.status != DECIDED:
            return
        has_it = (Dispatch.document_id == document_id, Dispatch.status.not_in(NOT_THERE))
        for dispatch in session.scalars(select(Dispatch).where(*has_it).order_by(Dispatch.recipient_agency_id)).all():
            id_ = str(uuid5(_REQUESTS, dispatch.id))
            if session.get(RecallRequest, id_) is None:
                request = self._request(delivery, id_, recall, dispatch)
                self.ways[request.channel](delivery, document, recall, request)

    def _request(self, delivery: Delivery, id_: str, recall: DocumentRecall, dispatch: Dispatch) -> RecallRequest:
        session = delivery.session
        route = self.routes(session, dispatch.recipient_agency_id, local_date(delivery.now))
        other = session.get(Document, recall.replacement_id) if recall.replacement_id else None
        request = RecallRequest(
            id=id_,
            recall_id=recall.id,
            dispatch_id=dispatch.id,
            agency_id=dispatch.recipient_agency_id,
            agency_name=dispatch.recipient_name,
            channel=dispatch.channel,
            address=route.email if route.channel == dispatch.channel else dispatch.address,
            kind=kind_of(recall),
            reason=recall.reason,
            replacement=(other.symbol or "") if other else "",
            status=WAITING,
            created_at=delivery.now,
        )
        session.add(request)
        session.flush()
        return request


def _within(delivery: Delivery, document: Document, recall: DocumentRecall, request: RecallRequest) -> None:
    """The other agency sees it at once."""
    outcome.asked(request.id)(delivery)


def _by_mail(delivery: Delivery, document: Document, recall: DocumentRecall, request: RecallRequest) -> None:
    delivery.send(document.case_id, LETTERS, {"request_id": request.id})


def _on_paper(delivery: Delivery, document: Document, recall: DocumentRecall, request: RecallRequest) -> None:
    """It stands on the list of what is to be carried."""
