"""An issuing body takes back a document of its own, or puts another in its place.

What the head approved, the head takes back: anybody else of the agency proposes, and the head decides. The number stays
in the register with a note and is never given again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import events
from engine.actors import CLERK, HEAD, SPECIALIST, Actor
from engine.clock import local_date
from engine.services import Stream
from engine.tables import Case
from workflows.documents.dispatch.outcome import RECALL
from workflows.documents.errors import DocumentNotFound
from workflows.documents.outbox import post
from workflows.documents.recall import errors
from workflows.documents.recall.tables import (
    DECIDED,
    DECLINED,
    PROPOSED,
    REPLACEMENT,
    WITHDRAW,
    DocumentRecall,
)
from workflows.documents.registers import Clerk, reason_of
from workflows.documents.tables import (
    ISSUED,
    RECALLED,
    REPLACED,
    Document,
    DocumentRegister,
    RegisterEntry,
)

MAX_RECALL_REASON = 400
"""Leaves room in an edXML package for the symbol of what stands in its place."""
DUTIES = frozenset({CLERK, SPECIALIST, HEAD})


@dataclass(frozen=True)
class Recalls:
    """The desk at which an agency takes documents back, inside one transaction."""

    session: Session
    now: datetime
    actor: Actor

    def propose(self, document_id: str, reason: str, replacement_id: str = "") -> DocumentRecall:
        """Ask the head to take a document back; where a head asks, it is decided at once.

        Args:
            replacement_id: an issued document of the same agency and type that is to stand in its place (NĐ 30/2020,
                Điều 18: of equal form and authority); empty where there is none.

        Raises:
            DocumentNotFound: no document of the actor's agency.
            MayNotRecall: the actor works at no desk of it.
            ReasonRequired: no reason, or too long a one.
            NotRecallable, AlreadyProposed, BadReplacement: see there.
        """
        document = self._own(document_id)
        if not self.actor.duties & DUTIES:
            raise errors.MayNotRecall(agency=document.issuer_name)
        text = reason_of(reason, MAX_RECALL_REASON)
        if document.status != ISSUED or document.awaits_signature or document.pdf_sha256 is None:
            raise errors.NotRecallable()
        if standing(self.session, document_id) is not None:
            raise errors.AlreadyProposed()
        if replacement_id and not any(one.id == replacement_id for one in replacements(self.session, document)):
            raise errors.BadReplacement()
        recall = DocumentRecall(
            id=str(uuid4()),
            document_id=document_id,
            replacement_id=replacement_id or None,
            agency_id=self.actor.agency_id,
            reason=text,
            status=PROPOSED,
            proposed_at=self.now,
            proposed_by=self.actor.person_id,
            proposed_by_name=self.actor.name,
        )
        self.session.add(recall)
        self.session.flush()
        self._record(recall, document, "RecallProposed", {})
        if self.actor.has(HEAD) or document.approved_by is None:
            self._carry_out(recall, document)
        return recall

    def decide(self, recall_id: str, agree: bool, answer: str = "") -> DocumentRecall:
        """The head's decision on a proposal; the same decision twice changes nothing.

        Args:
            answer: why it is declined.

        Raises:
            RecallNotFound: none of the actor's agency.
            MayNotRecall: the actor is no head of it.
            ReasonRequired: it is declined without a reason.
            NotRecallable, BadReplacement: the document, or its replacement, is not in force any more.
            AlreadyDecided: it was decided otherwise.
        """
        found = self.session.get(DocumentRecall, recall_id)
        if found is None or found.agency_id != self.actor.agency_id:
            raise errors.RecallNotFound()
        document = self._own(found.document_id)
        if not self.actor.has(HEAD):
            raise errors.MayNotRecall(agency=document.issuer_name)
        recall = self.session.get_one(DocumentRecall, recall_id, with_for_update=True, populate_existing=True)
        if recall.status != PROPOSED:
            if (recall.status == DECIDED) != agree:
                raise errors.AlreadyDecided()
            return recall
        if agree:
            self._carry_out(recall, document)
        else:
            recall.answer = reason_of(answer)
            recall.status, recall.decided_at, recall.decided_by_name = DECLINED, self.now, self.actor.name
            self._record(recall, document, "RecallDeclined", {"answer": recall.answer})
        return recall

    def _carry_out(self, recall: DocumentRecall, document: Document) -> None:
        """It counts from now on; its receivers are told by the outbox."""
        other = self.session.get(Document, recall.replacement_id) if recall.replacement_id else None
        if document.status != ISSUED:
            raise errors.NotRecallable()
        if other is not None and other.status != ISSUED:
            raise errors.BadReplacement()
        recall.status, recall.decided_at, recall.decided_by_name = DECIDED, self.now, self.actor.name
        document.status = REPLACED if other else RECALLED
        self._note(recall, document, other)
        self._record(recall, document, "DocumentReplaced" if other else "DocumentRecalled", {})
        post(self.session, self.now, RECALL, {"document_id": document.id}, document.case_id)

    def _note(self, recall: DocumentRecall, document: Document, other: Document | None) -> None:
        """What the register says of it from now on, for the document and for what stands in its place."""
        day = f"{local_date(self.now):%d/%m/%Y}"
        what = f"Thay thế bằng {other.symbol} ngày {day}" if other else f"Thu hồi ngày {day}"
        self._enter(document, f"{what}: {recall.reason}")
        if other is not None:
            self._enter(other, f"Thay thế {document.symbol}")

    def _enter(self, document: Document, note: str) -> None:
        entry = self.session.scalars(select(RegisterEntry).where(RegisterEntry.document_id == document.id)).one()
        entry.note = "; ".join(filter(None, (entry.note, note)))
        register = self.session.scalars(select(DocumentRegister).where(DocumentRegister.id == entry.register_id)).one()
        facts = {"number": entry.number, "symbol": entry.symbol, "document_id": document.id, "note": note}
        Clerk(self.session, self.now, self.actor).record(register, "EntryNoted", facts)

    def _record(self, recall: DocumentRecall, document: Document, type: str, more: dict[str, Any]) -> None:
        other = self.session.get(Document, recall.replacement_id) if recall.replacement_id else None
        facts = {
            "document_id": document.id,
            "symbol": document.symbol,
            "recall_id": recall.id,
            "kind": kind_of(recall),
            "reason": recall.reason,
            "replacement_id": recall.replacement_id,
            "replacement": other.symbol if other else "",
        }
        stream = Stream("case", document.case_id)
        events.append(self.session, stream, type, facts | more, actor=self.actor, now=self.now)

    def _own(self, document_id: str) -> Document:
        """A document of the actor's agency, locked after its case, as in every command."""
        found = self.session.get(Document, document_id)
        if found is None or found.issuer_agency_id != self.actor.agency_id:
            raise DocumentNotFound()
        self.session.get_one(Case, found.case_id, with_for_update=True)
        return self.session.get_one(Document, document_id, with_for_update=True, populate_existing=True)


def kind_of(recall: DocumentRecall) -> str:
    """Whether a document is only taken back, or replaced."""
    return REPLACEMENT if recall.replacement_id else WITHDRAW


def standing(session: Session, document_id: str) -> DocumentRecall | None:
    """The recall of a document that is proposed or decided, if any."""
    stands = (DocumentRecall.document_id == document_id, DocumentRecall.status != DECLINED)
    return session.scalars(select(DocumentRecall).where(*stands)).one_or_none()


def replacements(session: Session, document: Document, limit: int = 50) -> list[Document]:
    """What may stand in the place of a document: issued after it, of its agency and type; the latest first."""
    same = (Document.issuer_agency_id == document.issuer_agency_id, Document.type == document.type)
    later = (Document.status == ISSUED, Document.id != document.id, Document.issued_at >= document.issued_at)
    printed = (Document.pdf_sha256.is_not(None), Document.awaits_signature.is_(False))
    statement = (
        select(Document).where(*same, *later, *printed).order_by(Document.issued_at.desc(), Document.id).limit(limit)
    )
    return list(session.scalars(statement))
