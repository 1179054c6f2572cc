"""Agencies answer whether they give a document back (status codes 15 and 16 of the exchange network).

Who agrees has the document no more: it is not shown there, and nothing is to be done with it (NĐ 30/2020, Điều 18).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import events
from engine.actors import CLERK, SYSTEM, Actor
from engine.services import Blobs, Stream
from engine.tables import Case
from workflows.agencies.facts import BY_SYSTEM
from workflows.documents.dispatch.status_messages import tell_sender
from workflows.documents.edxml.refs import read_id
from workflows.documents.errors import ClerkRequired
from workflows.documents.recall import errors, notes
from workflows.documents.recall.outcome import facts
from workflows.documents.recall.tables import AGREED, ASKED, FAILED, REFUSED, RecallRequest
from workflows.documents.registers import Clerk, reason_of
from workflows.documents.tables import Dispatch, Document, DocumentRegister

STATUS = {AGREED: "recall_agreed", REFUSED: "recall_refused"}


@dataclass(frozen=True)
class Answers:
    """The desk at which answers are given, or entered for who gave them on paper, by mail or by telephone."""

    session: Session
    now: datetime
    actor: Actor
    blobs: Blobs

    def give(self, request_id: str, agree: bool, words: str = "") -> RecallRequest:
        """Answer a request to the actor's agency, or enter the answer to one of its own; twice changes nothing.

        Args:
            words: why the agency does not agree; what it adds where it does.

        Raises:
            RecallNotFound: the actor's agency neither is asked nor asks.
            ClerkRequired: the actor is no clerk of it.
            ReasonRequired: no reason is given for not agreeing, or too long a one.
            NotAsked, AlreadyAnswered: see there.
        """
        request, document = self._locked(request_id)
        if not self.actor.has(CLERK):
            raise ClerkRequired(agency=self.actor.agency_name)
        status = AGREED if agree else REFUSED
        if request.status in (AGREED, REFUSED):
            if request.status != status:
                raise errors.AlreadyAnswered()
            return request
        by_hand = document is not None and self.actor.agency_id == document.issuer_agency_id
        if request.status != ASKED and not (by_hand and request.status == FAILED):
            raise errors.NotAsked()
        reply = reason_of(words) if not agree or words.strip() else ""
        put(self.session, self.now, self.actor, request, status, reply)
        if document is not None:
            record(self.session, self.now, self.actor, request, document)
        else:
            self._send_back(request)
        return request

    def _locked(self, request_id: str) -> tuple[RecallRequest, Document | None]:
        """A request and, where it is one of ours, its document; locked after its case or its register."""
        found = self.session.get(RecallRequest, request_id)
        document = None if found is None else document_of(self.session, found)
        if found is None or not self._concerns(found, document):
            raise errors.RecallNotFound()
        if document is not None:
            self.session.get_one(Case, document.case_id, with_for_update=True)
        else:
            _lock_arrival(self.session, found)
        return self.session.get_one(RecallRequest, request_id, with_for_update=True, populate_existing=True), document

    def _concerns(self, request: RecallRequest, document: Document | None) -> bool:
        if request.agency_id == self.actor.agency_id:
            return True
        own = document is not None and document.issuer_agency_id == self.actor.agency_id
        return own and request.channel != BY_SYSTEM  # who uses the program answers for itself

    def _send_back(self, request: RecallRequest) -> None:
        """Tell who asked over the exchange network, and put it on record where the arrival is."""
        about = read_id(request.about)
        key = f"{request.id}/{request.status}"
        told_by = (self.session, self.now, self.blobs)
        tell_sender(*told_by, key, request.agency_id, about, STATUS[request.status], request.reply)
        entry = notes.entry_of(self.session, request)
        assert entry is not None
        told = {"number": entry.number, "symbol": entry.symbol, "request_id": request.id}
        told |= {"agree": request.status == AGREED, "reply": request.reply, "name": request.agency_name}
        statement = select(DocumentRegister).where(DocumentRegister.id == entry.register_id)
        register = self.session.scalars(statement).one()
        Clerk(self.session, self.now, self.actor).record(register, "RecallAnswered", told)
        if entry.case_id is not None:
            stream = Stream("case", entry.case_id)
            events.append(self.session, stream, "ArrivalRecallAnswered", told, actor=self.actor, now=self.now)


def from_network(session: Session, now: datetime, request: RecallRequest, agree: bool, words: str) -> None:
    """Record what a receiver told over the exchange network (15, 16); its last word counts."""
    document = document_of(session, request)
    assert document is not None
    session.get_one(Case, document.case_id, with_for_update=True)
    session.refresh(request, with_for_update=True)
    put(session, now, SYSTEM, request, AGREED if agree else REFUSED, words)
    record(session, now, SYSTEM, request, document)


def put(session: Session, now: datetime, actor: Actor, request: RecallRequest, status: str, reply: str) -> None:
    """The answer, in the request and beside the arrival."""
    request.status, request.reply, request.failure = status, reply, ""
    request.asked_at = request.asked_at or now
    request.answered_at, request.answered_by_name = now, "" if actor is SYSTEM else actor.name
    entry = notes.entry_of(session, request)
    if entry is None:
        return
    notes.put(session, now, actor, entry, notes.answered(request))
    if status == AGREED and entry.done_at is None:
        entry.done_at = now


def record(session: Session, now: datetime, actor: Actor, request: RecallRequest, document: Document) -> None:
    """The answer in the case of a document of ours."""
    told = facts(request, document) | {"agree": request.status == AGREED, "reply": request.reply}
    events.append(session, Stream("case", document.case_id), "RecallAnswered", told, actor=actor, now=now)


def document_of(session: Session, request: RecallRequest) -> Document | None:
    """The document of ours that a request is about; None where somebody outside asks."""
    if request.dispatch_id is None:
        return None
    return session.get_one(Document, session.get_one(Dispatch, request.dispatch_id).document_id)


def _lock_arrival(session: Session, request: RecallRequest) -> None:
    """The case of an arrival where it has one, then its register: the order of every command."""
    entry = notes.entry_of(session, request)
    if entry is not None and entry.case_id is not None:
        session.get_one(Case, entry.case_id, with_for_update=True)
    session.scalars(select(DocumentRegister).where(DocumentRegister.id == request.register_id).with_for_update()).one()
