"""A case loaded for one command: its locked row, its version, its machine, and its event stream."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, bindparam, literal, or_, select
from sqlalchemy.orm import Session

from engine import events
from engine.clock import local_date
from engine.errors import Conflict, NotFound
from engine.events.envelope import Origin
from engine.procedures.bundle import Bundle
from engine.procedures.model import Element
from engine.procedures.versions import LoadedVersion, Versions
from engine.rows import ID, watched_columns
from engine.services import CaseFacts, Stream
from engine.spiff.machine import Machine, OpenStep
from engine.statements import Prepared
from engine.tables import AwaitedMessage, Case, CaseAgency, CaseState, EventStream, Incident, Timer, WorkItem
from engine.unit_of_work import OpenItem, Receipt, UnitOfWork

RUNNING, ENDED, CANCELLED = "running", "ended", "cancelled"
OPEN, CLAIMED, DONE = "open", "claimed", "done"
LIVE = (OPEN, CLAIMED)
COMPLETIONS = ("WorkItemCompleted", "AnswerRecorded", "MessageRecorded")
"""Events by which a work item is done."""
LAW_ON = "law_on"
"""The fact, read by expressions as `case.law_on`: the ISO day whose law governs the case."""


class CaseNotFound(NotFound):
    """No such case for this person."""

    code = "case.not_found"


class CaseNotRunning(Conflict):
    """The case has ended or was cancelled."""

    code = "case.not_running"


class CaseSuspended(Conflict):
    """The case stands still until a head of the leading agency lets it go on."""

    code = "case.suspended"


class WorkItemNotFound(NotFound):
    """No such work item for this person's agency."""

    code = "work_item.not_found"


class WorkItemClosed(Conflict):
    """The work item was completed or cancelled."""

    code = "work_item.closed"


class Reopened(NamedTuple):
    """A done work item whose step opens again, and who is to do it, where that can be told."""

    item_id: str
    taker: str | None


class CaseRun:
    """One running case inside a unit of work."""

    def __init__(self, uow: UnitOfWork, case: Case, version: LoadedVersion, machine: Machine, state: CaseState) -> None:
        self.uow, self.case, self.version, self.machine, self._state = uow, case, version, machine, state
        self.last_seq = 0
        self.reopened: dict[str, Reopened] = {}  # by element
        machine.observe = uow.ports.observe
        self._shared = {case.initiator_agency, uow.actor.agency_id}  # the actor was given work in it, or started it

    @property
    def session(self) -> Session:
        """The transaction."""
        return self.uow.session

    @property
    def stream(self) -> Stream:
        """The case's chain of events."""
        return Stream("case", self.case.id)

    @property
    def law_on(self) -> date:
        """The day whose law governs the case: its day of receipt, unless another regime was chosen (`ChooseRegime`)."""
        chosen = self.machine.memory.facts.get(LAW_ON)
        return date.fromisoformat(str(chosen)) if chosen else local_date(self.case.received_at)

    @property
    def facts(self) -> CaseFacts:
        """What services may know of the case."""
        c = self.case
        return CaseFacts(
            id=c.id,
            code=c.code,
            title=c.title,
            procedure_id=c.procedure_id,
            version_hash=c.version_hash,
            lead_agency=c.lead_agency,
            initiator_agency=c.initiator_agency,
            received_at=c.received_at,
            law_on=self.law_on,
        )

    @cached_property
    def work_items(self) -> list[WorkItem]:
        """The case's open work items as they were when first asked for, and those opened since."""
        return self.uow.rows.load(WorkItem, _WORK_ITEMS, self.case.id)

    @cached_property
    def timers(self) -> list[Timer]:
        """The case's waiting and held timers, likewise."""
        return self.uow.rows.load(Timer, _TIMERS, self.case.id)

    @cached_property
    def awaited(self) -> list[AwaitedMessage]:
        """What the case waits for that people record when it comes, likewise."""
        return self.uow.rows.load(AwaitedMessage, _AWAITED, self.case.id)

    @cached_property
    def incidents(self) -> list[Incident]:
        """The case's unresolved incidents, oldest first, likewise."""
        return self.uow.rows.load(Incident, _INCIDENTS, self.case.id)

    def share_with(self, agency_id: str) -> None:
        """Let an agency see the case from now on."""
        if agency_id not in self._shared:
            self._shared.add(agency_id)
            self.uow.rows.add_missing(CaseAgency, agency_id=agency_id, case_id=self.case.id)

    def bundle_of(self, element: Element) -> Bundle:
        """The procedure in which the element is drawn: the case's own or a shared part."""
        return self.version.bundle_of(element.process_id)

    def file(self, element: Element, path: str) -> bytes:
        """A file named by an element: of the shared part that is running, else of the case's own procedure.

        Raises:
            KeyError: neither has it.
        """
        own = self.bundle_of(element).files
        return own[path] if path in own else self.version.bundle.files[path]

    def record(self, type: str, payload: Mapping[str, Any], *, element: str = "", occurrence: int = 0) -> None:
        """Append an event to the case's stream, with the digest of the state as it is now."""
        origin = Origin(
            command_id=self.uow.command_id,
            element_id=element,
            occurrence=occurrence,
            version_hash=self.case.version_hash,
            state_digest=self.machine.digest(),
        )
        self.last_seq = self.uow.chains[self.stream].append(
            type, payload, actor=self.uow.actor, now=self.uow.now, origin=origin
        )

    def record_step(self, type: str, payload: Mapping[str, Any], step: OpenStep) -> None:
        """Append an event about one step, with the elements passed since the last one."""
        content = {**payload, "path": self.machine.take_path(), "around": list(step.around)}
        self.record(type, content, element=step.element.id, occurrence=step.occurrence)

    def step(self, token: str) -> OpenStep:
        """The open step of that token.

        Raises:
            CaseNotRunning: it is no longer open.
        """
        for step in self.machine.open_steps():
            if step.token == token:
                return step
        raise CaseNotRunning(code=self.case.code)

    def go_on_by(self, version: LoadedVersion, machine: Machine) -> None:
        """Run by another version from now on."""
        machine.observe = self.uow.ports.observe
        self.version, self.machine, self.case.version_hash = version, machine, version.hash

    def save(self) -> None:
        """Keep the state as it is now."""
        self._state.state = self.machine.dump()
        self.case.lock_version += 1

    def receipt(self) -> Receipt:
        """The answer to the command."""
        live = [item for item in self.work_items if item.status in LIVE]
        live.sort(key=lambda item: (item.created_at, item.element_id, item.id))
        opened = tuple(OpenItem(i.id, i.element_id, i.agency_id, i.duty, i.assignee_id) for i in live)
        return Receipt(self.case.id, self.case.code, self.last_seq, opened)


def lock(uow: UnitOfWork, versions: Versions, case_id: str, *, even_suspended: bool = False) -> CaseRun:
    """Lock a running case's row first, then load its state: two commands never work on one case at once.

    Raises:
        CaseNotFound: no such case.
        CaseNotRunning: it has ended.
        CaseSuspended: it stands still, unless that does not matter.
    """
    if uow.chains:  # a second look at the same case in one transaction must see the first one's work
        uow.flush()
    case = uow.rows.load(Case, _LOCKED_CASE, case_id)
    if not case:
        raise CaseNotFound()
    return load(uow, versions, case[0], even_suspended=even_suspended)


def lock_by_work_item(uow: UnitOfWork, versions: Versions, work_item_id: str) -> tuple[CaseRun, WorkItem]:
    """Lock the case of a work item of the actor's agency.

    Returns:
        The case and the item as it is under the lock.

    Raises:
        WorkItemNotFound: no such item of that agency.
        WorkItemClosed: the work item was completed or cancelled.
        CaseNotRunning: the case has ended.
        CaseSuspended: it stands still.
    """
    wanted = {"id_of_item": work_item_id, "id_of_agency": uow.actor.agency_id}
    seen = _CASE_AND_ITEM.rows(uow.connection, wanted)
    if not seen:
        raise WorkItemNotFound()
    *case, status, name = seen[0]
    if status not in LIVE:
        raise WorkItemClosed(name=name)
    run = load(uow, versions, uow.rows.adopt(Case, case))
    for item in run.work_items:
        if item.id == work_item_id:
            return run, item
    raise WorkItemClosed(name=name)  # somebody closed it between our look and our lock


def load(uow: UnitOfWork, versions: Versions, case: Case, *, even_suspended: bool = False) -> CaseRun:
    """The rest of a case whose row is locked."""
    if case.status != RUNNING:
        raise CaseNotRunning(code=case.code)
    if case.suspended_at and not even_suspended:
        raise CaseSuspended(code=case.code)
    version = versions.get(uow.session, case.version_hash)
    found = _STATE_AND_HEAD.rows(uow.connection, {ID: case.id})
    [(*columns, length, last_hash, has_timers, has_awaited, has_incidents)] = found
    state = uow.rows.adopt(CaseState, columns)
    run = CaseRun(uow, case, version, Machine.restore(version.program, state.state), state)
    uow.chains[run.stream] = events.Chain(uow.connection, run.stream, length, last_hash)
    if not has_timers:
        run.timers = []
    if not has_awaited:
        run.awaited = []
    if not has_incidents:
        run.incidents = []
    return run


def _exists(model: type[Timer | AwaitedMessage | Incident], *conditions: Any) -> Any:
    return select(literal(1)).where(model.case_id == CaseState.case_id, *conditions).correlate(CaseState).exists()


_LOCKED_CASE = Prepared(select(*watched_columns(Case)).where(Case.id == bindparam(ID)).with_for_update())
_CASE_AND_ITEM = Prepared(
    select(*watched_columns(Case), WorkItem.status, WorkItem.name)
    .join_from(Case, WorkItem, WorkItem.case_id == Case.id)
    .where(WorkItem.id == bindparam("id_of_item"), WorkItem.agency_id == bindparam("id_of_agency"))
    .with_for_update(of=Case)
)
_OF_CASE: BindParameter[str] = bindparam(ID)
_IS_LIVE = or_(*(WorkItem.status == status for status in LIVE))
_WORK_ITEMS = Prepared(select(*watched_columns(WorkItem)).where(WorkItem.case_id == _OF_CASE, _IS_LIVE))
_NOT_FIRED = or_(Timer.status == "waiting", Timer.status == "held")
_TIMERS = Prepared(select(*watched_columns(Timer)).where(Timer.case_id == _OF_CASE, _NOT_FIRED))
_AWAITED = Prepared(
    select(*watched_columns(AwaitedMessage)).where(
        AwaitedMessage.case_id == _OF_CASE, AwaitedMessage.status == "waiting"
    )
)
_UNRESOLVED = Incident.status != "resolved"
_INCIDENTS = Prepared(
    select(*watched_columns(Incident))
    .where(Incident.case_id == _OF_CASE, _UNRESOLVED)
    .order_by(Incident.created_at, Incident.id)
)
# The head of the chain is locked too: a receipt of a document is appended without the case.
_STATE_AND_HEAD = Prepared(
    select(
        *watched_columns(CaseState),
        EventStream.length,
        EventStream.last_hash,
        _exists(Timer, _NOT_FIRED),
        _exists(AwaitedMessage, AwaitedMessage.status == "waiting"),
        _exists(Incident, _UNRESOLVED),
    )
    .join_from(CaseState, EventStream, (EventStream.kind == "case") & (EventStream.id == CaseState.case_id))
    .where(CaseState.case_id == _OF_CASE)
    .with_for_update(of=EventStream)
)
