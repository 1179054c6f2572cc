"""The life of a document up to its number: draft, revise, approve, issue.

Approval binds the hash of the model; number and date are the only change after it. Any other change voids it
and goes back to the one who may sign (NĐ 30/2020, Điều 11).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from sqlalchemy.orm import Session

from engine import canonical
from engine.actors import CLERK, HEAD, SYSTEM, Actor
from engine.clock import local_date
from engine.errors import NotAllowed
from engine.text import search_key
from workflows.documents import errors
from workflows.documents.compose import Issuers, Recipient, readdressed, receivers, unsigned
from workflows.documents.files import enclosed
from workflows.documents.kinds import URGENCY
from workflows.documents.layout import CannotRender, MissingGlyph, Renderer
from workflows.documents.model import DocumentModel, EnclosedFile, Signing, from_canonical
from workflows.documents.receiving import Change, copy_receivers, planned, readdress, recipients_of
from workflows.documents.registers import Clerk
from workflows.documents.search import index_outgoing
from workflows.documents.signers import signer, signing_of
from workflows.documents.tables import (
    APPROVED,
    DRAFT,
    ISSUED,
    Document,
    DocumentRecipient,
    DocumentRevision,
)
from workflows.documents.text import clean_body, clean_subject, read_blocks

SECRETARY = "Thư ký"


@dataclass(frozen=True)
class Revision:
    """What an officer makes of a draft.

    Args:
        subject, body: the text, in the notation of `text.py`.
        urgency: a key of `kinds.URGENCY`; empty keeps what the draft has.
        signer_id: who is to sign; empty for the head.
        enclosures: titles of what goes with the document, as printed.
        secretary: who signs minutes beside the chair; empty for nobody, and without effect on other types.
        files: files that come to those that go with the document.
        keep_files: whether those of the draft stay.
        added, waived: agencies beside, or out of, those that the procedure named, each with a reason.
    """

    subject: str
    body: str
    urgency: str = ""
    signer_id: str = ""
    enclosures: tuple[str, ...] = ()
    secretary: str = ""
    files: tuple[EnclosedFile, ...] = ()
    keep_files: bool = True
    added: tuple[Change, ...] = ()
    waived: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Desk:
    """One officer at work on documents, inside one transaction.

    Args:
        issuers: looks up issuing agencies.
        renderer: proves that a text can be printed before it goes on.
    """

    session: Session
    now: datetime
    actor: Actor
    issuers: Issuers
    renderer: Renderer

    def draft(self, case_id: str, model: DocumentModel, recipients: Sequence[Recipient]) -> Document:
        """A new document with its first revision.

        Raises:
            NoRecipients: it is for nobody.
        """
        if not receivers(model, [one.name for one in recipients]):
            raise errors.NoRecipients()
        document = self._document(case_id, model)
        self.session.add(document)
        self.session.flush()
        for position, recipient in enumerate(recipients, start=1):
            self.session.add(
                DocumentRecipient(
                    document_id=document.id, agency_id=recipient.agency_id, position=position, name=recipient.name
                )
            )
        self._write(document, model)
        return document

    def redraft(self, voided: Document) -> Document:
        """The text of a document whose number was voided, as a new draft for the same receivers.

        Args:
            voided: its line stays in the register, its text and its approval in its revisions.
        """
        facts = self.issuers(self.session, voided.issuer_agency_id, local_date(self.now))
        model = replace(current_model(self.session, voided), signing=unsigned(facts))
        document = self._document(voided.case_id, model)
        document.signer_id = voided.signer_id
        self.session.add(document)
        self.session.flush()
        copy_receivers(self.session, voided.id, document.id)
        self._write(document, model)
        return document

    def revise(self, document_id: str, text: Revision) -> Document:
        """Another text, other receivers, another signer. What was approved has to be approved again, changed or not.

        Raises:
            DocumentNotFound, AlreadyIssued, IssuerRequired: it is not this officer's to change, or no more.
            EmptyText, TextTooLong, ControlCharacter, Unprintable: the text cannot stand on paper.
            NotASigner, UnknownUrgency, NotARecipient, NoRecipients, ReasonRequired: what was chosen does not hold.
        """
        document = self._open(document_id)
        if self.actor.agency_id != document.issuer_agency_id and self.actor != SYSTEM:
            raise errors.IssuerRequired()
        before = current_model(self.session, document)
        names = readdress(self.session, document.id, text.added, text.waived)
        after = readdressed(self._revised(document, before, text), *names)
        document.status, document.signer_id = DRAFT, text.signer_id or None
        document.approved_hash = document.approved_by = document.approved_by_name = document.approved_at = None
        if after != before:
            self.prove(after)
            self._write(document, after)
        return document

    def pictures(self, document_id: str, text: Revision) -> list[bytes]:
        """The pages as they would be with that text, as PNG pictures; nothing is stored.

        Raises:
            As `revise`, but for reasons and receivers, which are looked at when it is stored.
        """
        document = self.session.get(Document, document_id)
        if document is None or document.issuer_agency_id != self.actor.agency_id:
            raise errors.DocumentNotFound()
        model = self._revised(document, current_model(self.session, document), text)
        model = readdressed(model, *planned(self.session, document_id, text.added, text.waived))
        with printable():
            return self.renderer.pictures(model)

    def _revised(self, document: Document, before: DocumentModel, text: Revision) -> DocumentModel:
        facts = self.issuers(self.session, document.issuer_agency_id, local_date(self.now))
        signing = unsigned(facts)
        if text.signer_id:
            signing = signer(self.session, facts, local_date(self.now), text.signer_id).signing
        urgency = text.urgency or before.urgency
        if urgency not in URGENCY:
            raise errors.UnknownUrgency()
        after = before.with_text(clean_subject(text.subject), read_blocks(clean_body(text.body)))
        enclosures = tuple(clean_subject(title) for title in text.enclosures if title.strip())
        beside = Signing(SECRETARY, clean_subject(text.secretary)) if text.secretary.strip() else None
        return replace(
            after,
            urgency=urgency,
            enclosures=enclosures,
            signing=signing,
            countersigning=beside if before.kind.countersigned else before.countersigning,
            files=enclosed(before.files if text.keep_files else (), text.files),
        )

    def approve(self, document_id: str) -> Document:
        """Approve exactly the text as it is now, under the approver's name and title.

        Raises:
            DocumentNotFound, AlreadyIssued, NotDraft: no draft to approve.
            HeadRequired: the actor is no head of the issuing agency.
            OtherSigner: the draft was made for another signer.
            MandateRequired: the actor's post does not sign without the head's order or mandate.
            Unprintable: the text cannot stand on paper.
        """
        document = self._open(document_id)
        self._require(document, HEAD, errors.HeadRequired)
        if document.status != DRAFT:
            raise errors.NotDraft(status=document.status)
        if document.signer_id not in (None, self.actor.person_id):
            raise errors.OtherSigner(name=current_model(self.session, document).signing.name)
        facts = self.issuers(self.session, document.issuer_agency_id, local_date(self.now))
        model = current_model(self.session, document)
        who, on = self.actor, local_date(self.now)
        signing = signing_of(self.session, who.person_id, who.name, who.position, facts, on)
        signed = replace(model, signing=signing)
        self.prove(signed)
        if signed != model:
            self._write(document, signed)
        document.status, document.approved_hash = APPROVED, signed.content_hash()
        document.approved_by, document.approved_by_name = self.actor.person_id, self.actor.name
        document.approved_at = self.now
        return document

    def issue(self, document_id: str) -> Document:
        """Give number and date from the issuing agency's register.

        Raises:
            DocumentNotFound, AlreadyIssued, NotApproved: not ready for a number.
            ApprovedChanged: what is stored is not what was approved.
            ClerkRequired: the actor is no clerk of the issuing agency.
            AgencyNotActive: the body does not exist any more, and its series ended with it.
        """
        document = self._open(document_id)
        self._require(document, CLERK, errors.ClerkRequired)
        if document.status != APPROVED:
            raise errors.NotApproved(status=document.status)
        row = current_revision(self.session, document)
        if canonical.digest(row.model) != document.approved_hash:
            raise errors.ApprovedChanged()
        model = from_canonical(row.model)
        facts = self.issuers(self.session, document.issuer_agency_id, local_date(self.now))
        names = [recipient.name for recipient in recipients_of(self.session, document.id)]
        clerk = Clerk(self.session, self.now, self.actor)
        given = clerk.allocate(document.id, model, receivers(model, names), facts.founded_on)
        document.status, document.register_id = ISSUED, given.register_id
        document.number, document.symbol = given.numbering.number, given.symbol
        document.issued_on, document.issued_at = given.numbering.issued_on, self.now
        document.issued_by = self.actor.person_id
        document.search_text = search_key(f"{given.symbol} {model.subject}")
        index_outgoing(self.session, document)
        return document

    def prove(self, model: DocumentModel) -> None:
        """Make the pages once, so that no text gets a number that cannot be printed.

        Raises:
            Unprintable: characters that the font lacks.
            RenderingFailed: any other reason.
        """
        with printable():
            self.renderer.prove(model)

    def _open(self, document_id: str) -> Document:
        document = self.session.get(Document, document_id, with_for_update=True)
        if document is None:
            raise errors.DocumentNotFound()
        if document.status not in (DRAFT, APPROVED):
            raise errors.AlreadyIssued(symbol=document.symbol)
        return document

    def _require(self, document: Document, duty: str, refusal: type[NotAllowed]) -> None:
        if self.actor.agency_id != document.issuer_agency_id or not self.actor.has(duty):
            raise refusal(agency=document.issuer_name)

    def _document(self, case_id: str, model: DocumentModel) -> Document:
        return Document(
            id=str(uuid4()),
            case_id=case_id,
            type=model.type,
            issuer_agency_id=model.issuer.agency_id,
            issuer_name=model.issuer.name,
            subject=model.subject,
            search_text="",
            status=DRAFT,
            revision=0,
            created_at=self.now,
            created_by=self.actor.person_id,
        )

    def _write(self, document: Document, model: DocumentModel) -> None:
        document.revision += 1
        document.subject, document.search_text = model.subject, search_key(model.subject)
        self.session.add(
            DocumentRevision(
                document_id=document.id,
                revision=document.revision,
                model=model.canonical(),
                hash=model.content_hash(),
                author_id=self.actor.person_id,
                author_name=self.actor.name,
                created_at=self.now,
            )
        )
        self.session.flush()
        index_outgoing(self.session, document)


@contextmanager
def printable() -> Iterator[None]:
    """Tell in the document's terms why pages cannot be made."""
    try:
        yield
    except MissingGlyph as error:
        raise errors.Unprintable(**error.params) from error
    except CannotRender as error:
        raise errors.RenderingFailed(**error.params) from error


def current_model(session: Session, document: Document) -> DocumentModel:
    """The model of the latest revision."""
    return from_canonical(current_revision(session, document).model)


def current_revision(session: Session, document: Document) -> DocumentRevision:
    """The latest revision: the bytes that an approval binds."""
    return session.get_one(DocumentRevision, {"document_id": document.id, "revision": document.revision})
