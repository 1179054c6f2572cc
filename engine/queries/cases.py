"""Cases as people find and read them."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from engine.actors import Actor
from engine.clock import local_date
from engine.commands.case_run import LAW_ON, LIVE, CaseNotFound
from engine.procedures.versions import LoadedVersion, Versions
from engine.queries.history import History, element_name
from engine.queries.visibility import may_see_case
from engine.services import Directory
from engine.spiff.machine import Machine
from engine.tables import Attachment, Case, CaseState, Incident, Timer, WorkItem
from engine.text import search_key


@dataclass(frozen=True)
class CaseRow:
    """A case in a list."""

    id: str
    code: str
    title: str
    procedure_id: str
    procedure_title: Mapping[str, str]
    status: str
    outcome: str | None
    outcome_title: Mapping[str, str]
    started_at: datetime
    suspended_at: datetime | None
    ended_at: datetime | None
    received_at: datetime
    lead_agency: str
    initiator_agency: str

    @property
    def state(self) -> str:
        """What people call its state: a running case may stand still."""
        return "suspended" if self.suspended_at else self.status


@dataclass(frozen=True)
class OpenItemRow:
    """Open work as a case page lists it."""

    id: str
    element_id: str
    element_name: str
    agency_id: str
    agency_name: str
    duty: str
    assignee_name: str | None
    due_at: datetime | None
    deadline: Mapping[str, Any] | None


@dataclass(frozen=True)
class TimerRow:
    """A waiting timer."""

    element_id: str
    element_name: str
    due_at: datetime
    deadline: Mapping[str, Any] | None


@dataclass(frozen=True)
class AttachmentRow:
    """A file of the case."""

    id: str
    field: str
    filename: str
    media_type: str
    size: int
    sha256: str
    uploaded_at: datetime
    element_id: str


@dataclass(frozen=True)
class IncidentRow:
    """Something that failed and waits for a retry."""

    id: str
    element_id: str
    element_name: str
    code: str
    params: Mapping[str, Any]
    attempts: int
    next_retry_at: datetime | None


@dataclass(frozen=True)
class CaseView:
    """All that a case page shows. `diagram_states` maps element ids to "open" or "done"."""

    case: CaseRow
    version: LoadedVersion
    variables: Mapping[str, Any]
    facts: Mapping[str, Any]
    open_items: list[OpenItemRow]
    timers: list[TimerRow]
    history: History
    attachments: list[AttachmentRow]
    incidents: list[IncidentRow]
    diagram_states: Mapping[str, str]

    @property
    def law_on(self) -> date:
        """The day whose law governs the case: that of receipt, unless another regime was chosen."""
        chosen = self.facts.get(LAW_ON)
        return date.fromisoformat(str(chosen)) if chosen else local_date(self.case.received_at)


def find(
    session: Session,
    actor: Actor,
    versions: Versions,
    *,
    text: str = "",
    status: str | None = None,
    procedure: str | None = None,
    limit: int = 50,
    after: str | None = None,
) -> list[CaseRow]:
    """Cases that the person may see, latest first; `text` is looked for without case and diacritics."""
    statement = select(Case).where(may_see_case(actor))
    for word in search_key(text).split():
        statement = statement.where(Case.search_text.contains(word, autoescape=True))
    if status:
        statement = statement.where(Case.status == status)
    if procedure:
        statement = statement.where(Case.procedure_id == procedure)
    statement = _after(session, statement, after)
    cases = session.scalars(statement.order_by(Case.started_at.desc(), Case.id.desc()).limit(limit))
    return [case_row(session, versions, case) for case in cases]


def visible(session: Session, actor: Actor, code: str) -> Case:
    """The case with that code (case of letters does not matter).

    Raises:
        CaseNotFound: none, or not this person's to see.
    """
    case = session.scalars(select(Case).where(Case.code == code.strip().upper(), may_see_case(actor))).first()
    if case is None:
        raise CaseNotFound()
    return case


def view(session: Session, actor: Actor, versions: Versions, directory: Directory, code: str) -> CaseView:
    """Everything about a case.

    Raises:
        CaseNotFound: none, or not this person's to see.
    """
    case = visible(session, actor, code)
    version = versions.get(session, case.version_hash)
    history = History(versions, case)
    items = _open_items(session, directory, case)
    state = session.get(CaseState, case.id)
    machine = Machine.restore(version.program, state.state) if state else None  # its content was lawfully deleted
    return CaseView(
        case=case_row(session, versions, case),
        version=version,
        variables=machine.memory.variables if machine else {},
        facts=machine.memory.facts if machine else {},
        open_items=items,
        timers=_timers(session, version, case),
        history=history,
        attachments=_attachments(session, case),
        incidents=_incidents(session, version, case),
        diagram_states=_diagram_states(machine, history.passed(session), version, running=case.status == "running"),
    )


def case_row(session: Session, versions: Versions, case: Case) -> CaseRow:
    """A case as lists show it."""
    bundle = versions.get(session, case.version_hash).bundle
    outcome = bundle.outcomes.get(case.outcome or "")
    return CaseRow(
        id=case.id,
        code=case.code,
        title=case.title,
        procedure_id=case.procedure_id,
        procedure_title=bundle.title,
        status=case.status,
        outcome=case.outcome,
        outcome_title=outcome.title if outcome else {},
        started_at=case.started_at,
        suspended_at=case.suspended_at,
        ended_at=case.ended_at,
        received_at=case.received_at,
        lead_agency=case.lead_agency,
        initiator_agency=case.initiator_agency,
    )


def attachment(session: Session, actor: Actor, attachment_id: str) -> Attachment:
    """A file of a case that the person may see.

    Raises:
        CaseNotFound: none, or not this person's to see.
    """
    query = select(Attachment).join(Case, Case.id == Attachment.case_id)
    row = session.scalars(query.where(Attachment.id == attachment_id, may_see_case(actor))).first()
    if row is None:
        raise CaseNotFound()
    return row


def _after(session: Session, statement: Select[Case], after: str | None) -> Select[Case]:
    last = session.get(Case, after) if after else None
    if last is None:
        return statement
    older = (Case.started_at < last.started_at) | ((Case.started_at == last.started_at) & (Case.id < last.id))
    return statement.where(older)


def _open_items(session: Session, directory: Directory, case: Case) -> list[OpenItemRow]:
    query = select(WorkItem).where(WorkItem.case_id == case.id, WorkItem.status.in_(LIVE))
    today = case.started_at.date()
    return [
        OpenItemRow(
            id=item.id,
            element_id=item.element_id,
            element_name=item.name,
            agency_id=item.agency_id,
            agency_name=directory.agency_name(session, item.agency_id, today),
            duty=item.duty,
            assignee_name=directory.person_name(session, item.assignee_id) if item.assignee_id else None,
            due_at=item.due_at,
            deadline=item.deadline,
        )
        for item in session.scalars(query.order_by(WorkItem.created_at, WorkItem.element_id, WorkItem.id))
    ]


def _timers(session: Session, version: LoadedVersion, case: Case) -> list[TimerRow]:
    query = select(Timer).where(Timer.case_id == case.id, Timer.status == "waiting").order_by(Timer.due_at)
    return [
        TimerRow(t.element_id, element_name(version, t.element_id), t.due_at, t.deadline)
        for t in session.scalars(query)
    ]


def _attachments(session: Session, case: Case) -> list[AttachmentRow]:
    query = (
        select(Attachment, WorkItem.element_id)
        .join(WorkItem, WorkItem.id == Attachment.work_item_id)
        .where(Attachment.case_id == case.id)
        .order_by(Attachment.uploaded_at, Attachment.id)
    )
    return [
        AttachmentRow(a.id, a.field, a.filename, a.media_type, a.size, a.sha256, a.uploaded_at, element_id)
        for a, element_id in session.execute(query)
    ]


def _incidents(session: Session, version: LoadedVersion, case: Case) -> list[IncidentRow]:
    query = select(Incident).where(Incident.case_id == case.id, Incident.status == "open")
    return [
        IncidentRow(
            i.id, i.element_id, element_name(version, i.element_id), i.code, i.params, i.attempts, i.next_retry_at
        )
        for i in session.scalars(query.order_by(Incident.created_at))
    ]


def _diagram_states(
    machine: Machine | None, passed: Set[str], version: LoadedVersion, *, running: bool
) -> dict[str, str]:
    """Where the case stands in its own diagram: nested steps light up the call activity around them."""
    own = version.bundle.process.elements
    states = {element: "done" for element in passed if element in own}
    if running and machine:
        opened = {step.around[0] if step.around else step.element.id for step in machine.open_steps()}
        states |= {element: "open" for element in opened if element in own}
    return states
