"""Registers: each body's own series of numbers, without gap or double.

A series begins at 01 on 1 January in Vietnam (NĐ 30/2020, Điều 15). The head of the body decides how its documents are
grouped into series. A body that was formed anew under the same id is another issuer: within its first year its
series carry the day of its founding in their key, and begin at 01 as well.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import events
from engine.actors import CLERK, HEAD, Actor
from engine.clock import local_date, local_year
from engine.database import locked_or_new
from engine.services import Stream
from engine.tables import Case
from workflows.documents import errors
from workflows.documents.kinds import KINDS
from workflows.documents.model import DocumentModel, Numbering
from workflows.documents.tables import (
    INCOMING,
    ISSUED,
    ONE_SERIES,
    OPEN,
    OUTGOING,
    VOIDED,
    Document,
    DocumentRegister,
    RegisterEntry,
    RegisterPlan,
)
from workflows.documents.waiting import release

PLANS = Stream("config", "registers")
SERIES = (ONE_SERIES, "own", "second", "third")
"""What the head may choose for a type: the common series, one of its own, or a further common one."""

MAX_REASON = 500


@dataclass(frozen=True)
class Allocation:
    """A number given: from which register, and how document and date read."""

    register_id: str
    numbering: Numbering
    symbol: str


@dataclass(frozen=True)
class Clerk:
    """The clerical desk of a body, inside one transaction."""

    session: Session
    now: datetime
    actor: Actor

    def allocate(
        self, document_id: str, model: DocumentModel, recipients: Sequence[str], founded_on: date | None
    ) -> Allocation:
        """Give the next number of the issuing body's register and enter the document in it.

        The register's row stays locked until the transaction ends, so a number is taken only together with everything
        else that the transaction does: a rollback or a crash takes it back, and the next document gets it.

        Args:
            recipients: names of the receiving agencies, for the register.
            founded_on: the day from which another body stands under this id, if any.

        Raises:
            RegisterClosed: the register takes no more numbers.
        """
        series = series_of(self.session, model.issuer.agency_id, local_year(self.now), model.type)
        register = self.register(model.issuer.agency_id, keyed(series, founded_on, local_year(self.now)), OUTGOING)
        register.last_number += 1
        given = Numbering(register.last_number, local_date(self.now))
        allocation = Allocation(register.id, given, given.symbol(model))
        self.session.add(self._entry(allocation, document_id, model, recipients))
        facts = {"number": given.number, "symbol": allocation.symbol, "issued_on": given.issued_on.isoformat()}
        self.record(register, "NumberAllocated", facts | {"document_id": document_id})
        return allocation

    def register(self, agency_id: str, series: str, direction: str) -> DocumentRegister:
        """This year's register of a series, locked until the end of the transaction.

        Raises:
            RegisterClosed: it takes no more numbers.
        """
        key = {"agency_id": agency_id, "year": local_year(self.now), "series": series}
        new = {"id": str(uuid4()), "last_number": 0, "status": OPEN, "direction": direction}
        register = locked_or_new(self.session, DocumentRegister, key, **new)
        if register.status != OPEN:
            raise errors.RegisterClosed(year=register.year)
        return register

    def void(self, document_id: str, reason: str) -> None:
        """Void the number of an issued document by hand, on record in its case. Raises as `strike`."""
        document, facts = self.strike(document_id, reason)
        case = Stream("case", document.case_id)
        events.append(self.session, case, "DocumentVoided", facts, actor=self.actor, now=self.now)

    def strike(self, document_id: str, reason: str) -> tuple[Document, dict[str, Any]]:
        """Void a number: the line stays in the register with the reason, the number is never given again.

        A case that waited for the signature or the dispatch is told by the outbox (`dispatch/dispatcher.py`).

        Returns:
            The document, and what its case is to record.

        Raises:
            DocumentNotFound: not of the actor's agency.
            ClerkRequired: the actor is no clerk of it, nor a head who does not sign what waits for the signature.
            NotIssued: it has no number, or the number is void already.
            ReasonRequired: no reason, or too long a one.
        """
        text = reason_of(reason)
        document = self._own(document_id)
        if document.status != ISSUED or document.register_id is None or document.number is None:
            raise errors.NotIssued()
        entry = self.session.get_one(RegisterEntry, {"register_id": document.register_id, "number": document.number})
        entry.status = document.status = VOIDED
        entry.note, entry.voided_at, entry.voided_by_name = text, self.now, self.actor.name
        register = self.session.scalars(select(DocumentRegister).where(DocumentRegister.id == entry.register_id)).one()
        facts = {"number": entry.number, "symbol": entry.symbol, "document_id": document_id, "reason": text}
        self.record(register, "NumberVoided", facts)
        waited = document.awaits_signature
        release(self.session, document, self.now)
        told = {"document_id": document_id, "symbol": entry.symbol, "reason": text, "awaited_signature": waited}
        return document, told

    def decide_series(self, year: int, series: Mapping[str, str], decision: str) -> RegisterPlan:
        """Record how the head groups documents into series from a year on.

        Args:
            year: the first year for which it holds.
            series: one of `SERIES` by code of a type; types left out go to the common series.
            decision: the head's decision, for example its number and date.

        Raises:
            PlanNotAllowed: the actor is neither head nor clerk of the body.
            UnknownSeries: a type or series that does not exist.
            ReasonRequired: no decision is named.
            SeriesInUse: numbers were given in that year, or the year is past: two documents could get one number.
        """
        if not self.actor.duties & {HEAD, CLERK}:
            raise errors.PlanNotAllowed()
        if not series.keys() <= KINDS.keys() or not set(series.values()) <= set(SERIES):
            raise errors.UnknownSeries()
        text, agency_id = reason_of(decision), self.actor.agency_id
        if year < local_year(self.now) or _given(self.session, agency_id, year):
            raise errors.SeriesInUse(year=year)
        chosen = {kind: code for kind, code in sorted(series.items()) if code != ONE_SERIES}
        plan = locked_or_new(
            self.session,
            RegisterPlan,
            {"agency_id": agency_id, "year": year},
            series="{}",
            decision=text,
            decided_by=self.actor.person_id,
            decided_by_name=self.actor.name,
            recorded_at=self.now,
        )
        plan.series, plan.decision, plan.recorded_at = json.dumps(chosen, ensure_ascii=False), text, self.now
        plan.decided_by, plan.decided_by_name = self.actor.person_id, self.actor.name
        payload = {"agency_id": agency_id, "year": year, "series": chosen, "decision": text}
        events.append(self.session, PLANS, "RegisterSeriesDecided", payload, actor=self.actor, now=self.now)
        return plan

    def record(self, register: DocumentRegister, type: str, facts: Mapping[str, Any]) -> None:
        """Put something on the register's own chain."""
        head = {"agency_id": register.agency_id, "year": register.year, "series": register.series}
        stream = Stream("register", register.id)
        events.append(self.session, stream, type, head | dict(facts), actor=self.actor, now=self.now)

    def _own(self, document_id: str) -> Document:
        case_id = self.session.scalar(select(Document.case_id).where(Document.id == document_id))
        if case_id is not None:  # the case first, then the document: the order of every command
            self.session.get_one(Case, case_id, with_for_update=True)
        document = self.session.get(Document, document_id, with_for_update=True)
        if document is None or document.issuer_agency_id != self.actor.agency_id:
            raise errors.DocumentNotFound()
        refuses_to_sign = document.awaits_signature and self.actor.has(HEAD)
        if not (self.actor.has(CLERK) or refuses_to_sign):
            raise errors.ClerkRequired(agency=document.issuer_name)
        return document

    def _entry(
        self, given: Allocation, document_id: str, model: DocumentModel, recipients: Sequence[str]
    ) -> RegisterEntry:
        return RegisterEntry(
            register_id=given.register_id,
            number=given.numbering.number,
            document_id=document_id,
            symbol=given.symbol,
            issued_on=given.numbering.issued_on,
            type=model.type,
            subject=model.subject,
            signer=model.signing.name,
            recipients="; ".join(recipients),
            kept_by=model.archive,
            copies=len(recipients) + 1,
            status=ISSUED,
            entered_at=self.now,
            entered_by=self.actor.person_id,
        )


def series_of(session: Session, agency_id: str, year: int, kind: str) -> str:
    """The series that a type of document belongs to in a year: what the head decided last for it."""
    chosen = plan_of(session, agency_id, year).get(kind, ONE_SERIES)
    return kind if chosen == "own" else chosen


def plan_of(session: Session, agency_id: str, year: int) -> dict[str, str]:
    """The head's grouping for a year: one of `SERIES` by code of a type, the common series left out."""
    plan = session.scalars(
        select(RegisterPlan)
        .where(RegisterPlan.agency_id == agency_id, RegisterPlan.year <= year)
        .order_by(RegisterPlan.year.desc())
        .limit(1)
    ).first()
    found: dict[str, str] = json.loads(plan.series) if plan else {}
    return found


def keyed(series: str, founded_on: date | None, year: int) -> str:
    """The key of a series: a body formed anew within the year does not go on with the numbers of the one before."""
    return f"{series}@{founded_on.isoformat()}" if founded_on and founded_on.year == year else series


def reason_of(text: str, limit: int = MAX_REASON) -> str:
    """A reason in one line. Raises `ReasonRequired` where there is none, or more than `limit` characters."""
    line = " ".join(text.split())
    if not line or len(line) > limit:
        raise errors.ReasonRequired(limit=limit)
    return line


def _given(session: Session, agency_id: str, year: int) -> bool:
    numbers = select(func.max(DocumentRegister.last_number)).where(
        DocumentRegister.agency_id == agency_id, DocumentRegister.year == year, DocumentRegister.direction != INCOMING
    )
    return bool(session.scalar(numbers))
