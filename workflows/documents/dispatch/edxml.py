"""The channel of edXML: a package for each receiver in a folder, which the agent of the exchange network watches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from engine.blobs import write_whole
from engine.clock import local_date
from engine.services import Blobs
from workflows.documents import errors
from workflows.documents.approval import current_model
from workflows.documents.edxml.issued import package_of
from workflows.documents.edxml.model import Organ
from workflows.documents.edxml.writing import write
from workflows.documents.issued import numbering_of
from workflows.documents.tables import QUEUED, Dispatch, Document, DocumentRecipient

EDXML_CHANNEL: Final = "edxml"
SUFFIX: Final = ".edxml"
_MESSAGES: Final = UUID("5d6c1a1e-0f0b-5b7e-9c53-6f1d3a0b7a21")

# Agency id on a day to the organisation as edXML knows it.
Organs = Callable[[Session, str, date], Organ]


def message_id(document_id: str, agency_id: str) -> str:
    """The id of the package and of its dispatch: always the same for one document and one receiver."""
    return str(uuid5(_MESSAGES, f"{document_id}/{agency_id}"))


@dataclass(frozen=True)
class EdxmlChannel:
    """Writes packages for agencies outside the program.

    The file is written before the transaction ends, so a retry may meet it: it has the same name and the same bytes,
    and none is written beside it. Where the agent has taken it away meanwhile, it comes again under its name, by which
    the network tells doubles apart.

    Args:
        folder: the watched folder; it exists.
        blobs: keeps the issued PDF.
        organs: code, name and addresses of sender and receivers.
    """

    folder: Path
    blobs: Blobs
    organs: Organs
    name: str = EDXML_CHANNEL

    def send(self, session: Session, now: datetime, document: Document, recipient: DocumentRecipient) -> Dispatch:
        """Put the package for one agency into the folder; the dispatch is queued until the other side answers.

        Raises:
            NotIssued: no number or no PDF yet. PackageRefused: a text is too long for edXML, and the like.
        """
        message = message_id(document.id, recipient.agency_id)
        path = self.folder / f"{message}{SUFFIX}"
        content = self._package(session, document, recipient)
        if not path.exists():
            write_whole(path, content)
        dispatch = Dispatch(
            id=message,
            document_id=document.id,
            recipient_agency_id=recipient.agency_id,
            recipient_name=recipient.name,
            channel=self.name,
            status=QUEUED,
            queued_at=document.issued_at,
            dispatched_at=now,
        )
        session.add(dispatch)
        session.flush()
        return dispatch

    def _package(self, session: Session, document: Document, recipient: DocumentRecipient) -> bytes:
        numbering, issued_at = numbering_of(document), document.issued_at
        if numbering is None or issued_at is None or document.pdf_sha256 is None:
            raise errors.NotIssued()
        on = local_date(issued_at)
        sender = self.organs(session, document.issuer_agency_id, on)
        receiver = self.organs(session, recipient.agency_id, on)
        pdf = self.blobs.get(document.pdf_sha256)
        model = current_model(session, document)
        return write(package_of(model, numbering, pdf, (sender, [receiver]), issued_at))
