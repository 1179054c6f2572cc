"""Bringing a document back from signing: as a signed file, or with the word that its paper was signed.

The check takes a second in a process of its own. So it runs between a read and the transaction that records.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import canonical, events
from engine.actors import CLERK, HEAD, Actor
from engine.clock import local_date, to_text
from engine.services import Blobs, Stream
from engine.tables import Case
from workflows.agencies import certificates
from workflows.documents.approval import current_model
from workflows.documents.errors import DocumentNotFound, NotIssued
from workflows.documents.issued import numbering_of, render
from workflows.documents.layout import Renderer, page
from workflows.documents.signing.check import MAX_BYTES, check
from workflows.documents.signing.errors import BadDay, NoScan, NoTrust, ReturnNotAllowed, SigningRefused
from workflows.documents.signing.places import judged, space
from workflows.documents.signing.result import NOT_CHECKED, PDF, Check, ExpectedSigner, Signature
from workflows.documents.signing.tables import DocumentSigning
from workflows.documents.signing.trust import Trust
from workflows.documents.tables import ISSUED, Document
from workflows.documents.waiting import release

PAPER, SCAN = "paper", "scan"
MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Exported:
    """A document on its way to be signed.

    Args:
        file: what goes out: the issued file, without any signature.
        signers: who must have signed it.
        names: those of the signers, as they are told to people; who approved comes first, then the body.
        words: what stands on the pages, as `layout.page` prepared it.
        revoked: since when registered certificates do not hold any more (UTC), by fingerprint.
    """

    document_id: str
    symbol: str
    file: bytes
    signers: tuple[ExpectedSigner, ...]
    names: tuple[str, ...]
    words: Mapping[str, Any]
    revoked: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True)
class Examined:
    """A returned file that was found good, with the file that had gone out."""

    document_id: str
    file: bytes
    exported: bytes
    check: Check


def export(session: Session, blobs: Blobs, renderer: Renderer, actor: Actor, document_id: str) -> Exported:
    """What goes out to be signed, and is compared with what comes back.

    Raises:
        DocumentNotFound, ReturnNotAllowed, NotIssued: it is not this officer's to have signed, or not now.
    """
    document = _signable(session, actor, document_id)
    earlier = select(DocumentSigning.exported_sha256).where(
        DocumentSigning.document_id == document.id, DocumentSigning.exported_sha256.is_not(None)
    )
    sha256 = session.scalars(earlier).first() or document.pdf_sha256
    file = blobs.get(sha256) if sha256 else render(session, renderer, document)
    expected = _expected(session, document)
    return Exported(
        document.id,
        document.symbol or "",
        file,
        tuple(expected.values()),
        tuple(expected),
        page(current_model(session, document), numbering_of(document)),
        certificates.revoked(session),
    )


def _expected(session: Session, document: Document) -> dict[str, ExpectedSigner]:
    """Who approved must sign, and the body too where its own certificate is registered (NĐ 30/2020, Điều 17).

    Registered certificates are asked for instead of a name: certificates spell names in their own way.
    """
    officer = certificates.fingerprints(session, document.issuer_agency_id, document.approved_by)
    body = certificates.fingerprints(session, document.issuer_agency_id, None)
    name = document.approved_by_name or ""
    expected = {name: ExpectedSigner(fingerprints=officer) if officer else ExpectedSigner(name=name)}
    return expected | ({document.issuer_name: ExpectedSigner(fingerprints=body)} if body else {})


def examine(exported: Exported, file: bytes, trust: Trust, now: datetime) -> Examined:
    """Check a returned file; it takes a second and needs no transaction.

    Raises:
        NoTrust: there is nothing to check a signature by.
        SigningRefused: the file is not the document, signed as it must be.
    """
    if not trust.certificates:
        raise NoTrust()
    found = check(exported.file, file, exported.signers, trust, now, exported.revoked)
    if not found.accepted:
        signers = zip(exported.names, exported.signers, strict=True)
        missing = [name for name, one in signers if not any(one.fits(by) for by in found.signatures)]
        raise SigningRefused(found.result, expected=missing, limit=MAX_BYTES // MEGABYTE)
    signer, body = exported.signers[0], exported.signers[1] if len(exported.signers) > 1 else None
    placed = judged(space(exported.file, exported.words), found.signatures, signer, body) if found.signatures else ()
    return Examined(exported.document_id, file, exported.file, replace(found, signatures=placed))


def accept_signed(session: Session, blobs: Blobs, actor: Actor, examined: Examined, now: datetime) -> DocumentSigning:
    """Keep a file that was found good; the same file again changes nothing.

    A signed PDF takes the place of the issued file: it is what is sent from now on, and what receivers open. A document
    that waited for it sets out; a signature in a file of its own, which nobody checked, does not end the waiting.

    Args:
        session: a writing transaction.

    Raises:
        DocumentNotFound, ReturnNotAllowed, NotIssued: as `export`; it may have been voided meanwhile.
    """
    document = _locked(session, actor, examined.document_id)
    known = _known(session, document.id, canonical.digest(examined.file))
    if known is not None:
        return known
    row = _row(document, actor, now, examined.check.container, examined.check.result)
    row.sha256, row.exported_sha256 = blobs.put(examined.file), blobs.put(examined.exported)
    row.signatures = json.dumps([_told(one) for one in examined.check.signatures], ensure_ascii=False)
    if row.method == PDF:
        document.pdf_sha256 = row.sha256
        release(session, document, now)
    return _record(session, actor, now, "DocumentSigned", row, document)


def signed_on_paper(
    session: Session, blobs: Blobs, actor: Actor, document_id: str, signed_on: date | None, scan: bytes, now: datetime
) -> DocumentSigning:
    """Record that the paper was signed by hand; the file stays as it was issued, and sets out if it waited.

    Args:
        signed_on: the day on the paper; None where what was entered is no day.
        scan: the signed paper as PDF; empty where it was not scanned.

    Raises:
        DocumentNotFound, ReturnNotAllowed, NotIssued: it is not this officer's to bring back, or not now.
        BadDay: no day, one before the approval, or one after today.
        NoScan: the scan is no PDF.
        SigningRefused: the scan is too large.
    """
    document = _locked(session, actor, document_id)
    approved_on = local_date(document.approved_at or now)
    if signed_on is None or not approved_on <= signed_on <= local_date(now):
        raise BadDay(approved_on=f"{approved_on:%d/%m/%Y}")
    known = _known(session, document.id, canonical.digest(scan)) if scan else None
    if known is not None:
        return known
    row = _row(document, actor, now, SCAN if scan else PAPER, NOT_CHECKED)
    row.signed_on, row.sha256 = signed_on, _stored_scan(blobs, scan) if scan else None
    release(session, document, now)
    return _record(session, actor, now, "DocumentSignedOnPaper", row, document)


def _stored_scan(blobs: Blobs, scan: bytes) -> str:
    if len(scan) > MAX_BYTES:
        raise SigningRefused("too_large", limit=MAX_BYTES // MEGABYTE)
    if not scan.startswith(b"%PDF-"):
        raise NoScan()
    return blobs.put(scan)


def _known(session: Session, document_id: str, sha256: str) -> DocumentSigning | None:
    same = select(DocumentSigning).where(DocumentSigning.document_id == document_id, DocumentSigning.sha256 == sha256)
    return session.scalars(same).first()


def returns_of(session: Session, document_id: str) -> Sequence[DocumentSigning]:
    """What came back of a document, the earliest first."""
    statement = select(DocumentSigning).where(DocumentSigning.document_id == document_id)
    return session.scalars(statement.order_by(DocumentSigning.recorded_at, DocumentSigning.id)).all()


def _locked(session: Session, actor: Actor, document_id: str) -> Document:
    """The document, after its case: the order of every command."""
    document = _signable(session, actor, document_id)
    session.get_one(Case, document.case_id, with_for_update=True)
    session.refresh(document, with_for_update=True)
    return _signable(session, actor, document_id)


def _signable(session: Session, actor: Actor, document_id: str) -> Document:
    document = session.get(Document, document_id)
    if document is None or document.issuer_agency_id != actor.agency_id:
        raise DocumentNotFound()
    if not actor.duties & {CLERK, HEAD}:
        raise ReturnNotAllowed(agency=document.issuer_name)
    if document.status != ISSUED:
        raise NotIssued()
    return document


def _row(document: Document, actor: Actor, now: datetime, method: str, result: str) -> DocumentSigning:
    return DocumentSigning(
        id=str(uuid4()),
        document_id=document.id,
        method=method,
        result=result,
        signatures="[]",
        recorded_at=now,
        recorded_by=actor.person_id,
        recorded_by_name=actor.name,
    )


def _record(
    session: Session, actor: Actor, now: datetime, type: str, row: DocumentSigning, document: Document
) -> DocumentSigning:
    session.add(row)
    payload = {
        "document_id": document.id,
        "symbol": document.symbol,
        "signing_id": row.id,
        "method": row.method,
        "result": row.result,
        "sha256": row.sha256,
        "exported_sha256": row.exported_sha256,
        "signatures": json.loads(row.signatures),
        "signed_on": row.signed_on.isoformat() if row.signed_on else None,
    }
    events.append(session, Stream("case", document.case_id), type, payload, actor=actor, now=now)
    return row


def _told(one: Signature) -> dict[str, Any]:
    return {**asdict(one), "signed_at": to_text(one.signed_at) if one.signed_at else None}
