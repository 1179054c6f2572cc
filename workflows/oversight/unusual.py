"""Acts that are rare and that somebody may ask about: each one is an event of the log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, false, or_, select, true
from sqlalchemy.orm import Session

from engine import canonical
from engine.events.envelope import read_envelope
from engine.queries.visibility import may_see_case
from engine.tables import Case, Event, EventPayload
from workflows.documents.tables import Document, DocumentRecipient, DocumentRegister
from workflows.oversight.reads import READ
from workflows.oversight.scope import Scope

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "bindings": (
        "BindingsImported", "RolesImported", "SuccessionsImported", "OfficersImported", "OfficerAppointed", "DutyEnded",
        "SigningMandateGiven", "SigningMandateEnded", "AuditMandateGiven", "AuditMandateEnded",
    ),
    "registers": ("NumberVoided", "RegisterConfirmed", "RegisterSeriesDecided"),
    "corrections": ("WorkItemCorrected", "ReceivedAtSet"),
    "deadlines": (
        "DeadlineExtended", "RegimeChosen", "CalendarDaysEntered", "CalendarDayWithdrawn", "CalendarProposalsAccepted",
    ),
    "procedures": ("VersionPublished", "VersionReinstated", "MigrationApproved"),
    "cases": ("CaseCancelled", "CaseWithdrawn", "CaseSuspended", "CaseMerged"),
    "documents": (
        "DocumentRecalled", "DocumentReplaced", "DocumentSentBack", "DispatchCancelled", "DispatchFailed",
    ),
    "store": ("StoreRestored", "LogKeyRevoked", "HistoryExported"),
    "reads": (READ,),
    "deletions": ("DeletionProposed", "DeletionRefused", "ContentDeleted"),
}  # fmt: skip
TYPES: Final = tuple(type_ for group in GROUPS.values() for type_ in group)


@dataclass(frozen=True)
class Act:
    """One unusual act. `told`: what its event says; empty once that was deleted.

    `code`, `procedure_id`: its case or procedure, where it has one.
    """

    type: str
    at: datetime
    person: str
    agency: str
    code: str
    title: str
    procedure_id: str
    told: Mapping[str, Any]


@dataclass(frozen=True)
class Changed:
    """An agency that an officer added to the receivers of a document, or left out (`waived`)."""

    code: str
    document_id: str
    subject: str
    recipient: str
    waived: bool
    reason: str
    issuer: str
    at: datetime


def acts(session: Session, scope: Scope, group: str | None, *, limit: int, offset: int = 0) -> list[Act]:
    """The acts of the period, the latest first.

    Args:
        group: one of `GROUPS`; all where None.
    """
    procedure = case((Event.stream_kind == "procedure", Event.stream_id))
    query = (
        select(Event.type, Event.recorded_at, Event.envelope, EventPayload.payload, Case.code, Case.title, procedure)
        .outerjoin(EventPayload, EventPayload.event_hash == Event.hash)
        .outerjoin(Case, and_(Event.stream_kind == "case", Case.id == Event.stream_id))
        .where(Event.type.in_(GROUPS[group] if group else TYPES), *scope.within(Event.recorded_at), _seen(scope))
        .order_by(Event.recorded_at.desc(), Event.stream_kind, Event.stream_id, Event.seq.desc())
    )
    if scope.procedure:
        query = query.where(Case.procedure_id == scope.procedure)
    return [_act(*row) for row in session.execute(query.limit(limit).offset(offset))]


def changed_recipients(session: Session, scope: Scope, *, limit: int, offset: int = 0) -> list[Changed]:
    """Receivers that were added or left out by hand, the latest first."""
    query = (
        select(Case.code, Document.id, Document.subject, DocumentRecipient, Document.issuer_agency_id,
               Document.created_at)
        .join(Document, Document.id == DocumentRecipient.document_id)
        .join(Case, Case.id == Document.case_id)
        .where(or_(DocumentRecipient.added, DocumentRecipient.waived), *scope.within(Document.created_at))
        .where(may_see_case(scope.actor))
        .order_by(Document.created_at.desc(), Document.id, DocumentRecipient.position)
    )  # fmt: skip
    if scope.procedure:
        query = query.where(Case.procedure_id == scope.procedure)
    if scope.agency:
        query = query.where(Document.issuer_agency_id == scope.agency)
    return [
        Changed(code, id_, subject, row.name, row.waived, row.reason, issuer, at)
        for code, id_, subject, row, issuer, at in session.execute(query.limit(limit).offset(offset))
    ]


def _seen(scope: Scope) -> ColumnElement[bool]:
    """Acts in cases that the person may see; a head those of registers and cases that the own agency leads or began."""
    in_case = and_(Event.stream_kind == "case", may_see_case(scope.actor))
    register = select(DocumentRegister.id).where(DocumentRegister.agency_id == scope.agency)
    if scope.agency:
        of_agency = and_(Event.stream_kind == "register", Event.stream_id.in_(register))
        own = or_(Case.lead_agency == scope.agency, Case.initiator_agency == scope.agency)
        return or_(and_(in_case, own), of_agency)
    return or_(in_case, and_(Event.stream_kind != "case", _within_reach(scope)))


def _within_reach(scope: Scope) -> ColumnElement[bool]:
    """What belongs to no case is of every procedure: an auditor of one procedure sees none of it."""
    whole = [one for one in scope.actor.reach if one.procedure_id is None]
    return or_(
        false(), *(and_(true(), *replace(scope, since=r.first, until=r.last).within(Event.recorded_at)) for r in whole)
    )


def _act(
    type_: str,
    at: datetime,
    envelope: bytes,
    payload: bytes | None,
    code: str | None,
    title: str | None,
    procedure_id: str | None,
) -> Act:
    actor = read_envelope(envelope)["actor"]
    told = canonical.loads(payload) if payload is not None else {}
    return Act(type_, at, actor["name"], actor["agency_name"], code or "", title or "", procedure_id or "", told)
