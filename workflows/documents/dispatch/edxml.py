"""The channel of edXML: a package for each receiver goes to the agent of the exchange network.

Whatever leaves is kept as it left (`exchange_messages`), and goes through an errand: the outbox brings it to
`ExchangeErrand`, which hands it over with no transaction open.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy.orm import Session

from engine.clock import local_date
from engine.errors import PhoiHopError
from engine.services import Blobs, Consumer, Delivery, Trip
from workflows.agencies.facts import Route
from workflows.agencies.organ_codes import OrganCode
from workflows.documents import errors
from workflows.documents.approval import current_model
from workflows.documents.dispatch import outcome
from workflows.documents.dispatch.channels import Routes, Sending
from workflows.documents.dispatch.exchange import Exchange
from workflows.documents.edxml.errors import PackageRefused
from workflows.documents.edxml.issued import package_of
from workflows.documents.edxml.model import Organ
from workflows.documents.edxml.writing import write
from workflows.documents.files import contents
from workflows.documents.issued import numbering_of
from workflows.documents.recall import outcome as recall
from workflows.documents.tables import (
    FAILED,
    HANDED_OVER,
    OUTGOING,
    PACKAGE,
    QUEUED,
    RECALL_PACKAGE,
    Dispatch,
    Document,
    ExchangeMessage,
)

TOPIC: Final = "documents.exchange"


@dataclass(frozen=True)
class EdxmlChannel:
    """Queues a package for an agency outside the program, under the id of its dispatch.

    Args:
        blobs: keeps the issued PDF, and the package as it left.
        routes: codes of sender and receiver.
    """

    blobs: Blobs
    routes: Routes

    def set_out(self, sending: Sending, document: Document, dispatch: Dispatch) -> None:
        """Write the package and queue it. One that cannot be written is a dispatch that failed, with its reason."""
        try:
            content = self._package(sending.session, sending.now, document, dispatch)
        except PackageRefused as error:
            _stay(dispatch, errors.PackageUnwritable(reply=detail(error)))
        except errors.NoOrganCode as error:
            _stay(dispatch, error)
        else:
            facts = {"agency_id": document.issuer_agency_id, "dispatch_id": dispatch.id}
            _queue(sending, dispatch.id, self.blobs.put(content), facts)
            sending.post(document.case_id, TOPIC, {"message_id": dispatch.id})

    def _package(self, session: Session, now: datetime, document: Document, dispatch: Dispatch) -> bytes:
        numbering, issued_at = numbering_of(document), document.issued_at
        if numbering is None or issued_at is None or document.pdf_sha256 is None:
            raise errors.NotIssued()
        sender, receiver = (
            organ(name, self.routes(session, agency_id, local_date(now)))
            for agency_id, name in (
                (document.issuer_agency_id, document.issuer_name),
                (dispatch.recipient_agency_id, dispatch.recipient_name),
            )
        )
        pdf, model = self.blobs.get(document.pdf_sha256), current_model(session, document)
        enclosed = contents(self.blobs, model.files)
        return write(package_of(model, numbering, pdf, (sender, [receiver]), issued_at, enclosed=enclosed))


def organ(name: str, route: Route) -> Organ:
    """An agency as the exchange network knows it. Raises `NoOrganCode`."""
    if not route.organ_code:
        raise errors.NoOrganCode(reply=name)
    return Organ(OrganCode.parse(route.organ_code), name, email=route.email)


def _stay(dispatch: Dispatch, error: PhoiHopError) -> None:
    dispatch.status, dispatch.failure, dispatch.reply = FAILED, error.code, str(error.params["reply"])


def detail(error: PackageRefused) -> str:
    """Why a package cannot be written, for the people who must mend it."""
    return " ".join([error.code, *map(str, error.params.values())])


def _queue(sending: Sending, message_id: str, sha256: str, facts: dict[str, str]) -> None:
    row = sending.session.get(ExchangeMessage, message_id)
    if row is None:
        row = ExchangeMessage(id=message_id, direction=OUTGOING, kind=PACKAGE, created_at=sending.now, **facts)
        sending.session.add(row)
    row.sha256, row.state, row.failure = sha256, QUEUED, ""
    sending.session.flush()


@dataclass(frozen=True)
class ExchangeErrand:
    """Errand of `documents.exchange`; the message's body is `{"message_id": ...}`.

    What the agent refuses for good, and what no try has brought over, is put on record as failed.
    """

    exchange: Exchange | None
    blobs: Blobs

    def __call__(self, delivery: Delivery) -> Trip:
        """Read the message; the trip hands it over."""
        row = delivery.session.get_one(ExchangeMessage, str(delivery.body["message_id"]))
        issued = outcome.read(delivery, row.dispatch_id)[1] if row.kind == PACKAGE and row.dispatch_id else None
        if issued is not None and (reason := outcome.kept_back(issued)):
            return partial(partial, _fail, row.id, reason)
        if self.exchange is None:
            return partial(partial, _fail, row.id, errors.ExchangeNotSetUp())
        return partial(_hand_over, self.exchange, row.id, self.blobs.get(row.sha256), delivery.last)


def _hand_over(exchange: Exchange, message_id: str, content: bytes, last: bool) -> Consumer:
    try:
        exchange.hand_over(message_id, content)
    except errors.ExchangeRefused as error:
        return partial(_fail, message_id, error)
    except errors.ExchangeNotTaken as error:
        if not last:
            raise
        return partial(_fail, message_id, error)
    return partial(_accept, message_id)


def _accept(message_id: str, delivery: Delivery) -> None:
    row = delivery.session.get_one(ExchangeMessage, message_id)
    row.state, row.done_at = HANDED_OVER, delivery.now
    if row.kind == RECALL_PACKAGE:
        recall.asked(row.id)(delivery)
    elif row.dispatch_id is not None:
        dispatch, document = outcome.locked(delivery, row.dispatch_id)
        if dispatch.status == QUEUED:  # the answer of the other side may have been faster
            dispatch.status = HANDED_OVER
        dispatch.dispatched_at = dispatch.dispatched_at or delivery.now
        outcome.append(delivery, dispatch, document, "DocumentHandedOver", {})
        outcome.left(delivery, document)


def _fail(message_id: str, error: PhoiHopError, delivery: Delivery) -> None:
    row = delivery.session.get_one(ExchangeMessage, message_id)
    row.state, row.failure, row.params, row.done_at = FAILED, error.code, dict(error.params), delivery.now
    if row.kind == RECALL_PACKAGE:
        recall.failed(row.id, error)(delivery)
    elif row.dispatch_id is not None:
        outcome.fail(delivery, row.dispatch_id, error)
