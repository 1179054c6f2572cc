"""What a way of sending documents has to offer, and what it works with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Protocol
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from workflows.agencies.facts import Route
from workflows.documents.tables import QUEUED, Dispatch, Document, DocumentRecipient

Routes = Callable[[Session, str, date], Route]
"""The way to an agency on a day."""

_DISPATCHES: Final = UUID("5d6c1a1e-0f0b-5b7e-9c53-6f1d3a0b7a21")


@dataclass(frozen=True)
class Sending:
    """The transaction in which documents set out; `post` puts a message (case id, topic, body) into the outbox."""

    session: Session
    now: datetime
    post: Callable[[str, str, Mapping[str, Any]], str]


class Channel(Protocol):
    """One way by which documents leave, inside the transaction that records the dispatch."""

    def set_out(self, sending: Sending, document: Document, dispatch: Dispatch) -> None:
        """Bring an issued document, whose file is in the blob store, on its way to the agency of a queued dispatch.

        What leaves the program is put into the outbox under the dispatch's id, and goes after the commit. A dispatch
        that failed before may set out again.
        """


def within_the_program(session: Session, agency_id: str, on: date) -> Route:
    """Every agency is reached within the program."""
    return Route()


def dispatch_id(document_id: str, agency_id: str) -> str:
    """The id of the dispatch of one document to one agency: always the same, on every channel and at every try."""
    return str(uuid5(_DISPATCHES, f"{document_id}/{agency_id}"))


def new_dispatch(sending: Sending, document: Document, recipient: DocumentRecipient, route: Route) -> Dispatch:
    """Put on record that a document is to go to an agency."""
    dispatch = Dispatch(
        id=dispatch_id(document.id, recipient.agency_id),
        document_id=document.id,
        recipient_agency_id=recipient.agency_id,
        recipient_name=recipient.name,
        queued_at=sending.now,
    )
    take(dispatch, route)
    sending.session.add(dispatch)
    sending.session.flush()
    return dispatch


def take(dispatch: Dispatch, route: Route) -> None:
    """Let a dispatch go by this way; what an earlier try ended with is forgotten here (the case's events keep it)."""
    dispatch.channel, dispatch.address = route.channel, route.email
    dispatch.status, dispatch.failure, dispatch.reply = QUEUED, "", ""
