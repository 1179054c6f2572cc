"""The package of a document that the program issued."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from workflows.documents.edxml.model import (
    Business,
    DocumentRef,
    File,
    Kind,
    Message,
    Organ,
    Other,
    Package,
    Signer,
    Trace,
)
from workflows.documents.model import DocumentModel, Numbering

PDF = "application/pdf"
ISSUE = Business()


def package_of(
    model: DocumentModel,
    numbering: Numbering,
    pdf: bytes | None,
    parties: tuple[Organ, Sequence[Organ]],
    issued_at: datetime,
    business: Business = ISSUE,
    enclosed: Sequence[File] = (),
) -> Package:
    """Model, number and PDF as a package.

    Args:
        model: the approved text.
        numbering: number and day of issue.
        pdf: the issued file; none where the document is only asked back.
        parties: sender and receivers.
        issued_at: the first station's moment, so that a second writing makes the same bytes.
        business: new, recall, update or replacement.
        enclosed: the files that go with the document.
    """
    sender, receivers = parties
    symbol = numbering.symbol(model)
    message = Message(
        sender=sender,
        receivers=tuple(receivers),
        id=DocumentRef(sender.code, numbering.issued_on, symbol),
        place=model.issuer.place,
        kind=Kind(model.kind.name),
        subject=model.subject,
        signer=_signer(model),
        to_places=model.recipients,
        other=Other(urgency=model.urgency, appendixes=model.enclosures),
        traces=(Trace(sender.code, issued_at.replace(microsecond=0)),),
        business=business,
    )
    if pdf is None:
        return Package(message, ())
    return Package(message, (File(f"{symbol.replace('/', '-')}.pdf", PDF, pdf, model.subject), *enclosed))


def _signer(model: DocumentModel) -> Signer:
    *over, title = model.signing.lines()
    return Signer(model.signing.name, title, "; ".join(over))
