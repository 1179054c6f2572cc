"""Mandates of auditors: which procedures, cases of which period, until when, and by which decision.

Administrators record them, never for themselves; each one is on record in the chain of the configuration.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import canonical, events
from engine.actors import ADMINISTRATOR, AUDITOR, Actor
from engine.clock import local_date
from engine.errors import NotFound, Rejected
from engine.tables import ProcedureVersion
from workflows.agencies.facts import CONFIG_STREAM
from workflows.agencies.tables import AuditMandate, OfficerDuty, Person, valid_on

LONGEST = 200


class BadMandate(Rejected):
    """No auditor of today, no such procedure, no decision, or days that end before they begin."""

    code = "oversight.bad_mandate"


class OwnMandate(Rejected):
    """An administrator may not give a mandate to oneself."""

    code = "oversight.own_mandate"


@dataclass(frozen=True)
class Wanted:
    """A mandate to be recorded; fields as of `AuditMandate`."""

    person_id: str
    procedure_id: str | None
    cases_from: date | None
    cases_to: date | None
    valid_from: date
    valid_to: date | None
    decision: str


def auditors(session: Session, on: date) -> list[tuple[str, str]]:
    """(person id, name) of those who hold the duty of an auditor on that day."""
    query = (
        select(Person.id, Person.name)
        .join(OfficerDuty, OfficerDuty.person_id == Person.id)
        .where(OfficerDuty.duty == AUDITOR, valid_on(OfficerDuty, on))
        .order_by(Person.name, Person.id)
    )
    return [(id_, name) for id_, name in session.execute(query.distinct())]


def mandates(session: Session, actor: Actor) -> Sequence[tuple[AuditMandate, str]]:
    """All mandates with their holders' names, the latest first; an auditor's own only.

    Raises:
        NotFound: the person is neither administrator nor auditor.
    """
    query = select(AuditMandate, Person.name).join(Person, Person.id == AuditMandate.person_id)
    if not actor.has(ADMINISTRATOR):
        if not actor.has(AUDITOR):
            raise NotFound()
        query = query.where(AuditMandate.person_id == actor.person_id)
    order = (AuditMandate.valid_from.desc(), AuditMandate.recorded_at.desc(), AuditMandate.id)
    return [(mandate, name) for mandate, name in session.execute(query.order_by(*order))]


def give(session: Session, actor: Actor, now: datetime, wanted: Wanted) -> AuditMandate:
    """Record a mandate.

    Raises:
        NotFound: the person is no administrator.
        OwnMandate, BadMandate: see there.
    """
    _require_administrator(actor)
    if wanted.person_id == actor.person_id:
        raise OwnMandate()
    return record(session, actor, now, wanted)


def record(session: Session, actor: Actor, now: datetime, wanted: Wanted) -> AuditMandate:
    """Record a mandate, whoever asks for it: for set-up and `give`.

    Raises:
        BadMandate: see there.
    """
    decision = str(canonical.nfc(wanted.decision)).strip()
    known = dict(auditors(session, local_date(now)))
    spans = [(wanted.valid_from, wanted.valid_to), (wanted.cases_from, wanted.cases_to)]
    backwards = any(first and last and last < first for first, last in spans)
    if wanted.person_id not in known or backwards or not decision or len(decision) > LONGEST:
        raise BadMandate()
    if wanted.procedure_id and not _exists(session, wanted.procedure_id):
        raise BadMandate()
    row = AuditMandate(
        id=str(uuid4()),
        person_id=wanted.person_id,
        procedure_id=wanted.procedure_id,
        cases_from=wanted.cases_from,
        cases_to=wanted.cases_to,
        valid_from=wanted.valid_from,
        valid_to=wanted.valid_to,
        decision=decision,
        recorded_at=now,
        recorded_by_name=actor.name,
    )
    session.add(row)
    _put_on_record(session, actor, now, "AuditMandateGiven", row)
    return row


def end(session: Session, actor: Actor, now: datetime, mandate_id: str) -> None:
    """End a mandate with yesterday.

    Raises:
        NotFound: no such mandate, or the person is no administrator.
    """
    _require_administrator(actor)
    row = session.get(AuditMandate, mandate_id, with_for_update=True)
    if row is None:
        raise NotFound()
    row.valid_to = local_date(now) - timedelta(days=1)
    _put_on_record(session, actor, now, "AuditMandateEnded", row)


def _require_administrator(actor: Actor) -> None:
    if not actor.has(ADMINISTRATOR):
        raise NotFound()


def _exists(session: Session, procedure_id: str) -> bool:
    found = select(ProcedureVersion.hash).where(ProcedureVersion.procedure_id == procedure_id)
    return session.scalars(found.limit(1)).first() is not None


def _put_on_record(session: Session, actor: Actor, now: datetime, type_: str, row: AuditMandate) -> None:
    days = ("cases_from", "cases_to", "valid_from", "valid_to")
    payload = {name: getattr(row, name) for name in ("id", "person_id", "procedure_id", "decision")}
    payload |= {name: day.isoformat() if (day := getattr(row, name)) else None for name in days}
    events.append(session, CONFIG_STREAM, type_, payload, actor=actor, now=now)
