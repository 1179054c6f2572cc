"""A case loaded for one command: its locked row, its version, its machine, and its event stream."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from engine import events
from engine.errors import Conflict, NotFound
from engine.events.envelope import Origin
from engine.procedures.bundle import Bundle
from engine.procedures.model import Element
from engine.procedures.versions import LoadedVersion, Versions
from engine.services import CaseFacts, Stream
from engine.spiff.machine import Machine, OpenStep
from engine.tables import Base, Case, CaseState, Incident, Timer, WorkItem
from engine.unit_of_work import OpenItem, Receipt, UnitOfWork

Row = TypeVar("Row", bound=Base)

RUNNING, ENDED, CANCELLED = "running", "ended", "cancelled"
OPEN, CLAIMED, DONE = "open", "claimed", "done"
LIVE = (OPEN, CLAIMED)


class CaseNotFound(NotFound):
    """No such case for this person."""

    code = "case.not_found"


class CaseNotRunning(Conflict):
    """The case has ended or was cancelled."""

    code = "case.not_running"


class CaseRun:
    """One running case inside a unit of work."""

    def __init__(self, uow: UnitOfWork, case: Case, version: LoadedVersion, machine: Machine) -> None:
        self.uow, self.case, self.version, self.machine = uow, case, version, machine
        self.last_seq = 0

    @property
    def session(self) -> Session:
        """The transaction."""
        return self.uow.session

    @property
    def stream(self) -> Stream:
        """The case's chain of events."""
        return Stream("case", self.case.id)

    @property
    def facts(self) -> CaseFacts:
        """What services may know of the case."""
        c = self.case
        return CaseFacts(
            c.id, c.code, c.title, c.procedure_id, c.version_hash, c.lead_agency, c.initiator_agency, c.received_at
        )

    @cached_property
    def work_items(self) -> list[WorkItem]:
        """The case's open work items as they were when first asked for, and those opened since."""
        return self._rows(select(WorkItem).where(WorkItem.case_id == self.case.id, WorkItem.status.in_(LIVE)))

    @cached_property
    def timers(self) -> list[Timer]:
        """The case's waiting timers, likewise."""
        return self._rows(select(Timer).where(Timer.case_id == self.case.id, Timer.status == "waiting"))

    @cached_property
    def incidents(self) -> list[Incident]:
        """The case's unresolved incidents, oldest first, likewise."""
        query = select(Incident).where(Incident.case_id == self.case.id, Incident.status != "resolved")
        return self._rows(query.order_by(Incident.created_at, Incident.id))

    def _rows(self, query: Select[Row]) -> list[Row]:
        """Read under the case's lock: what was seen before it may be out of date."""
        return list(self.session.scalars(query.execution_options(populate_existing=True)))

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
        event = events.append(
            self.session, self.stream, type, payload, actor=self.uow.actor, now=self.uow.now, origin=origin
        )
        self.last_seq = event.seq

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

    def save(self) -> None:
        """Write the state back."""
        state = self.session.get(CaseState, self.case.id)
        if state is None:
            self.session.add(CaseState(case_id=self.case.id, state=self.machine.dump()))
        else:
            state.state = self.machine.dump()
        self.case.lock_version += 1

    def receipt(self) -> Receipt:
        """The answer to the command."""
        live = [item for item in self.work_items if item.status in LIVE]
        live.sort(key=lambda item: (item.created_at, item.element_id, item.id))
        opened = tuple(OpenItem(i.id, i.element_id, i.agency_id, i.duty, i.assignee_id) for i in live)
        return Receipt(self.case.id, self.case.code, self.last_seq, opened)


def lock(uow: UnitOfWork, versions: Versions, case_id: str) -> CaseRun:
    """Lock a running case's row first, then load its state: two commands never work on one case at once.

    Raises:
        CaseNotFound: no such case.
        CaseNotRunning: it has ended.
    """
    case = uow.session.get(Case, case_id, with_for_update=True, populate_existing=True)
    if case is None:
        raise CaseNotFound()
    if case.status != RUNNING:
        raise CaseNotRunning(code=case.code)
    version = versions.get(uow.session, case.version_hash)
    state = uow.session.get_one(CaseState, case.id, populate_existing=True)
    return CaseRun(uow, case, version, Machine.restore(version.program, state.state))
