"""edXML: who got a document over the exchange network is asked for it by a package (BussinessDocType 1, 3).

A package names its receiver, a status message (13) does not: so the program asks by packages and understands both.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from engine.clock import local_date
from engine.services import Blobs, Delivery
from workflows.documents import errors
from workflows.documents.approval import current_model
from workflows.documents.dispatch.channels import Routes
from workflows.documents.dispatch.edxml import TOPIC, detail, organ
from workflows.documents.edxml.errors import PackageRefused
from workflows.documents.edxml.issued import package_of
from workflows.documents.edxml.model import RECALL, REPLACE, Business, DocumentRef, Organ, Package, Replaced
from workflows.documents.edxml.writing import write
from workflows.documents.files import contents
from workflows.documents.issued import numbering_of
from workflows.documents.recall import outcome
from workflows.documents.recall.tables import DocumentRecall, RecallRequest
from workflows.documents.tables import (
    OUTGOING,
    QUEUED,
    RECALL_PACKAGE,
    Document,
    DocumentRecipient,
    ExchangeMessage,
)


@dataclass(frozen=True)
class Packages:
    """Queues the package of a request, under the request's id.

    Args:
        blobs: keeps the package as it left, and the replacing document.
        routes: codes of sender and receiver.
    """

    blobs: Blobs
    routes: Routes

    def ask(self, delivery: Delivery, document: Document, recall: DocumentRecall, request: RecallRequest) -> None:
        """Write the package and queue it. One that cannot be written is a request that failed, with its reason."""
        try:
            content = write(self._package(delivery, document, recall, request))
        except PackageRefused as error:
            outcome.failed(request.id, errors.PackageUnwritable(reply=detail(error)))(delivery)
        except errors.NoOrganCode as error:
            outcome.failed(request.id, error)(delivery)
        else:
            row = ExchangeMessage(id=request.id, direction=OUTGOING, kind=RECALL_PACKAGE, created_at=delivery.now)
            row.agency_id, row.dispatch_id = document.issuer_agency_id, request.dispatch_id
            row.sha256, row.state, row.params = self.blobs.put(content), QUEUED, {}
            delivery.session.add(row)
            delivery.send(document.case_id, TOPIC, {"message_id": row.id})

    def _package(
        self, delivery: Delivery, document: Document, recall: DocumentRecall, request: RecallRequest
    ) -> Package:
        parties = self._parties(delivery, document, request)
        other = self._for_receiver(delivery, recall, request)
        if other is None:
            more = f" (thay thế bằng {request.replacement})" if request.replacement else ""
            return self._of(delivery, document, parties, Business(RECALL, f"{request.reason}{more}"))
        assert document.issued_on
        assert document.symbol
        sender, receiver = parties
        old = DocumentRef(sender.code, document.issued_on, document.symbol)
        replaced = (Replaced(old, (receiver.code,)),)
        return self._of(delivery, other, parties, Business(REPLACE, request.reason, replaced=replaced))

    def _of(self, delivery: Delivery, document: Document, parties: tuple[Organ, Organ], business: Business) -> Package:
        numbering = numbering_of(document)
        assert numbering
        assert document.issued_at
        assert document.pdf_sha256
        pdf = None if business.type == RECALL else self.blobs.get(document.pdf_sha256)
        model, (sender, receiver) = current_model(delivery.session, document), parties
        enclosed = contents(self.blobs, model.files if pdf else ())
        return package_of(model, numbering, pdf, (sender, [receiver]), document.issued_at, business, enclosed)

    def _parties(self, delivery: Delivery, document: Document, request: RecallRequest) -> tuple[Organ, Organ]:
        session, on = delivery.session, local_date(delivery.now)
        sender = organ(document.issuer_name, self.routes(session, document.issuer_agency_id, on))
        return sender, organ(request.agency_name, self.routes(session, request.agency_id, on))

    def _for_receiver(self, delivery: Delivery, recall: DocumentRecall, request: RecallRequest) -> Document | None:
        """What replaces it, where that is for this receiver too: nobody gets a document that is not for it."""
        session = delivery.session
        for_it = (DocumentRecipient.document_id == recall.replacement_id, DocumentRecipient.waived.is_(False))
        row = select(DocumentRecipient).where(*for_it, DocumentRecipient.agency_id == request.agency_id)
        if recall.replacement_id is None or session.scalars(row).first() is None:
            return None
        return session.get_one(Document, recall.replacement_id)
