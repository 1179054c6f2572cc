"""What pages tell of a document's signing. Foreign documents are not found."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from engine.actors import CLERK, HEAD, Actor
from engine.clock import from_text
from engine.services import Blobs
from workflows.documents.queries import DocumentView, visible_document
from workflows.documents.signing.errors import ReturnedFileNotFound
from workflows.documents.signing.returning import returns_of
from workflows.documents.signing.tables import DocumentSigning
from workflows.documents.tables import ISSUED


@dataclass(frozen=True)
class SignatureView:
    """One signature as its certificate tells.

    `time_source`: timestamp, claimed or none. `place`, `look`: how its picture stands and looks (`places.py`); empty
    where nobody judged.
    """

    signer: str
    issuer: str
    serial: str
    signed_at: datetime | None
    time_source: str
    place: str
    look: str


@dataclass(frozen=True)
class ReturnView:
    """One return from signing. `method`: pdf, cms, scan, paper; `result`: valid, not_checked."""

    id: str
    method: str
    result: str
    signatures: tuple[SignatureView, ...]
    signed_on: date | None
    recorded_at: datetime
    recorded_by_name: str
    has_file: bool


def returns(session: Session, actor: Actor, document_id: str) -> list[ReturnView]:
    """What came back of a document, the earliest first.

    Raises:
        DocumentNotFound: none such, or not for this actor.
    """
    visible_document(session, actor, document_id)
    return [_view(row) for row in returns_of(session, document_id)]


def returned_file(session: Session, blobs: Blobs, actor: Actor, document_id: str, signing_id: str) -> tuple[bytes, str]:
    """A returned file and its ending, for whoever may see the document.

    Raises:
        DocumentNotFound: none such, or not for this actor.
        ReturnedFileNotFound: the document has no such return, or it was without a file.
    """
    visible_document(session, actor, document_id)
    row = session.get(DocumentSigning, signing_id)
    if row is None or row.document_id != document_id or row.sha256 is None:
        raise ReturnedFileNotFound()
    return blobs.get(row.sha256), "p7s" if row.method == "cms" else "pdf"


def may_bring_back(actor: Actor, document: DocumentView) -> bool:
    """Whether this officer may have the document signed now."""
    own = actor.agency_id == document.issuer_id and bool(actor.duties & {CLERK, HEAD})
    return own and document.status == ISSUED


def _view(row: DocumentSigning) -> ReturnView:
    return ReturnView(
        id=row.id,
        method=row.method,
        result=row.result,
        signatures=tuple(_signature(told) for told in json.loads(row.signatures)),
        signed_on=row.signed_on,
        recorded_at=row.recorded_at,
        recorded_by_name=row.recorded_by_name,
        has_file=row.sha256 is not None,
    )


def _signature(told: dict[str, Any]) -> SignatureView:
    at = told["signed_at"]
    moment = from_text(at) if at else None
    seen = (told.get("place", ""), told.get("look", ""))  # files that came back earlier were not looked at for it
    return SignatureView(told["signer"], told["issuer"], told["serial"], moment, told["time_source"], *seen)
