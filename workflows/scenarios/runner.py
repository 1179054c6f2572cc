"""Running a scenario: the same commands as people's, the clock moved by hand, what came compared with what should."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn, Protocol, cast

from sqlalchemy.orm import Session

from engine.actors import Actor
from engine.clock import ZONE, Clock, ManualClock
from engine.commands import ClaimWorkItem, Command, CompleteWorkItem, RecordMessage, StartCase
from engine.errors import InvalidForm, PhoiHopError
from engine.unit_of_work import Receipt
from workflows.scenarios import acting, world
from workflows.scenarios.format import BESIDE_CODE, Act, Expectation, Scenario, Step, load_scenario

END = -1
"""Index of the step for what must hold at the end."""

Documents = Callable[[Session, str], Sequence[Mapping[str, Any]]]


class ScenarioEngine(Protocol):
    """What the runner needs of the engine; its clock is a `ManualClock`."""

    @property
    def clock(self) -> Clock:
        """The clock that the scenario moves."""

    def execute(self, command: Command, *, actor: Actor, key: str) -> Receipt:
        """Carry out a command."""

    def read(self) -> AbstractContextManager[Session]:
        """A short read."""

    def drain(self) -> None:
        """Do all that is due now."""


@dataclass(frozen=True)
class StepFailure:
    """Something that did not come as expected.

    Args:
        step: index of the step, from 0; -1 for what must hold at the end.
        element: what the step does; `start`, `wait` or `end` where it is no work.
        what: open, due, documents, outcome, incidents, child where there is none of that key, or command where it was
        refused.
        expected: what should have come.
        came: what came.
    """

    step: int
    element: str
    what: str
    expected: str
    came: str


@dataclass(frozen=True)
class ScenarioResult:
    """How a scenario went. `path` lists the elements worked, in order."""

    name: str
    case_id: str | None
    case_code: str | None
    outcome: str | None
    path: tuple[str, ...]
    failures: tuple[StepFailure, ...]

    @property
    def ok(self) -> bool:
        """Whether everything came as expected."""
        return not self.failures


def run_scenario(
    engine: ScenarioEngine,
    actor_of: Callable[[str], Actor],
    procedure_id: str,
    source: Path | Mapping[str, Any] | Scenario,
    *,
    documents: Documents = world.issued_documents,
) -> ScenarioResult:
    """Run one scenario in the engine's store; the case it leaves behind is a case like any other.

    A step that is refused ends the run; an expectation that fails does not.

    Args:
        engine: with a `ManualClock` as its clock.
        actor_of: the acting person by user name, with the duties of the day that the clock shows.
        source: a file, a mapping already read, or a scenario.
        documents: lists the issued documents of a case.

    Raises:
        DefinitionError: the scenario cannot be read.
    """
    scenario = source if isinstance(source, Scenario) else load_scenario(source)
    run = Run(engine, actor_of, scenario, documents)
    if scenario.beside is not None:
        beside = run_scenario(engine, actor_of, procedure_id, scenario.beside, documents=documents)
        run.failures += beside.failures
        run.beside = beside.case_code or ""
    try:
        run.start(procedure_id)
        for index, step in enumerate(scenario.steps):
            run.step(index, step)
        run.finish()
    except Stopped:
        pass
    return run.result()


class Stopped(Exception):
    """A step could not be done; its failure is on record. `error` is what refused it, None where nothing was asked."""

    def __init__(self, error: PhoiHopError | None = None) -> None:
        super().__init__()
        self.error = error


class Run:
    """One run: the case, the path so far, and what went wrong. Whoever goes step by step calls `start`, then `step`."""

    def __init__(
        self,
        engine: ScenarioEngine,
        actor_of: Callable[[str], Actor],
        scenario: Scenario,
        documents: Documents = world.issued_documents,
    ) -> None:
        self.engine, self.actor_of, self.documents, self.scenario = engine, actor_of, documents, scenario
        self.clock = cast(ManualClock, engine.clock)
        self.key = f"scenario:{uuid.uuid4()}"
        self.case: Receipt | None = None
        self.beside = ""
        self.child: str | None = None  # id of the child case that the step is about
        self.path: list[str] = []
        self.failures: list[StepFailure] = []

    def start(self, procedure_id: str) -> None:
        """Open the case. Raises `Stopped` where that is refused."""
        scenario = self.scenario
        self.clock.set(scenario.start_at)
        command = StartCase(procedure_id, received_at=scenario.received_at, variables=scenario.variables)
        self.case = self._execute(0, "start", command, scenario.start_by, "start")
        self.engine.drain()

    def step(self, index: int, step: Step) -> None:
        """Move the clock, do the work (claim, then complete), do all that is due, compare.

        Raises:
            Stopped: the step was refused.
        """
        self._pass_time(step.after)
        self.child = None if step.child is None else self._child(index, step, step.child)
        if step.do is not None:
            self._work(index, step, step.do)
        elif step.record is not None:
            self._record(index, step, step.record)
        elif step.act is not None:
            self._act(index, step, step.act)
        self.engine.drain()
        self._compare(index, step.element, step.expect)

    def finish(self) -> None:
        """Compare what must hold at the end."""
        self.child = None
        self._compare(END, "end", self.scenario.expect)

    def result(self) -> ScenarioResult:
        """How it went so far."""
        code, outcome = None, None
        if self.case is not None:
            code = self.case.case_code
            with self.engine.read() as session:
                outcome = world.outcome(session, self.case.case_id)
        return ScenarioResult(
            name=self.scenario.name,
            case_id=self.case.case_id if self.case else None,
            case_code=code,
            outcome=outcome,
            path=tuple(self.path),
            failures=tuple(self.failures),
        )

    # Doing ------------------------------------------------------------------------------------------------------------

    def _pass_time(self, span: timedelta) -> None:
        """Move the clock on, stopping wherever something is due, so that nothing happens later than it should."""
        until = self.clock.now() + span
        while (due := self._next_event(until)) is not None:
            self.clock.set(due)
            self.engine.drain()
        self.clock.set(until)
        self.engine.drain()

    def _next_event(self, until: datetime) -> datetime | None:
        """The next moment before `until` at which something is due."""
        with self.engine.read() as session:
            due = world.next_event_at(session, self.clock.now())
        return due if due is not None and due < until else None

    def _work(self, index: int, step: Step, element: str) -> None:
        actor = self._actor(index, element, step.by)
        item = self._item(index, element, actor, step.agency)
        if item.assignee_id != actor.person_id:
            self._execute(index, element, ClaimWorkItem(item.id), step.by, f"{index}:claim")
        self._execute(index, element, CompleteWorkItem(item.id, self._data(step)), step.by, f"{index}:complete")
        self.path.append(element)

    def _data(self, step: Step) -> Mapping[str, Any]:
        return {name: self.beside if value == BESIDE_CODE else value for name, value in step.data.items()}

    def _record(self, index: int, step: Step, element: str) -> None:
        """Record what came, for the agency named, else for whoever records."""
        with self.engine.read() as session:
            waiting = world.awaited(session, self.case_id, element)
        chosen = [id_ for id_, agency in waiting if step.agency in (None, agency)]
        if not chosen:
            self._stop(index, element, "open", f"{element} ({step.agency or step.by})", "—")
        named = chosen[0] if step.agency else None
        command = RecordMessage(self.case_id, element, self._data(step), awaited_id=named)
        self._execute(index, element, command, step.by, f"{index}:record")
        self.path.append(element)

    def _act(self, index: int, step: Step, act: Act) -> None:
        """Do what the step says beside the work, or see it refused."""
        actor = self._actor(index, step.element, step.by)
        with self.engine.read() as session:
            item = acting.item_of(session, self.case_id, act, actor, step.agency)
        if item is not None and act.kind == "return" and item.assignee_id != actor.person_id:
            self._execute(index, step.element, ClaimWorkItem(item.id), step.by, f"{index}:claim")
        command = acting.command_of(act, self.case_id, item, step.data, self.clock.now())
        if not act.refused:
            self._execute(index, step.element, command, step.by, f"{index}:{act.kind}")
            return
        try:
            self.engine.execute(command, actor=actor, key=f"{self.key}:{index}:{act.kind}")
            came = "—"
        except PhoiHopError as error:
            came = error.code
        if came != act.refused:
            self._fail(index, step.element, "command", act.refused, came)

    def _actor(self, index: int, element: str, by: str) -> Actor:
        try:
            return self.actor_of(by)
        except PhoiHopError as error:
            self._stop(index, element, "command", by, _told(error), error)

    def _item(self, index: int, element: str, actor: Actor, agency: str | None) -> world.OpenWork:
        """The open item of the element: the oldest in the agency named, else in the actor's own, else anywhere."""
        items = self._open()
        fitting = [item for item in items if item.element_id == element]
        chosen = [item for item in fitting if item.agency_id == (agency or actor.agency_id)]
        if agency is None:
            chosen = chosen or fitting
        if not chosen:
            wanted = f"{element} ({agency or actor.agency_id})"
            self._stop(index, element, "open", wanted, _listed(item.element_id for item in items))
        return chosen[0]

    def _execute(self, index: int, element: str, command: Command, by: str, key: str) -> Receipt:
        actor = self._actor(index, element, by)
        try:
            return self.engine.execute(command, actor=actor, key=f"{self.key}:{key}")
        except PhoiHopError as error:
            self._stop(index, element, "command", f"{type(command).__name__} ({by})", _told(error), error)

    def _stop(
        self, index: int, element: str, what: str, expected: str, came: str, error: PhoiHopError | None = None
    ) -> NoReturn:
        self._fail(index, element, what, expected, came)
        raise Stopped(error)

    # Comparing --------------------------------------------------------------------------------------------------------

    def _compare(self, index: int, element: str, expect: Expectation) -> None:
        items = self._open()
        if expect.open is not None:
            came = sorted(item.element_id for item in items)
            if came != list(expect.open):
                self._fail(index, element, "open", _listed(expect.open), _listed(came))
        self._compare_due(index, element, expect, items)
        self._compare_case(index, element, expect)

    def _compare_due(self, index: int, element: str, expect: Expectation, items: Sequence[world.OpenWork]) -> None:
        for due_element, expected in expect.due.items():
            dues = {shown(item.due_at, expected) for item in items if item.element_id == due_element}
            if dues != {expected}:
                came = _listed(str(due) for due in dues)
                self._fail(index, element, "due", f"{due_element}: {expected}", f"{due_element}: {came}")

    def _compare_case(self, index: int, element: str, expect: Expectation) -> None:
        case_id = self.case_id
        with self.engine.read() as session:
            incidents = world.open_incidents(session, case_id)
            outcome = world.outcome(session, case_id)
            documents = self.documents(session, case_id) if expect.documents is not None else []
        if incidents:
            self._fail(index, element, "incidents", "", _listed(incidents))
        if expect.outcome is not None and outcome != expect.outcome:
            self._fail(index, element, "outcome", expect.outcome, str(outcome))
        if expect.documents is not None and Counter(map(_paper, documents)) != Counter(map(_paper, expect.documents)):
            wanted, came = sorted(map(_paper, expect.documents)), sorted(map(_paper, documents))
            self._fail(index, element, "documents", "; ".join(wanted), "; ".join(came))

    def _open(self) -> list[world.OpenWork]:
        with self.engine.read() as session:
            return world.open_work(session, self.case_id)

    @property
    def case_id(self) -> str:
        """The case that the step is about: the scenario's own, or one of its children."""
        if self.case is None:
            raise Stopped
        return self.child or self.case.case_id

    def _child(self, index: int, step: Step, key: str) -> str:
        """The child case with that key, which must have been started."""
        if self.case is None:
            raise Stopped
        with self.engine.read() as session:
            found = world.child(session, self.case.case_id, key)
        if found is None:
            self._stop(index, step.element, "child", key, "—")
        return found

    def _fail(self, index: int, element: str, what: str, expected: str, came: str) -> None:
        self.failures.append(StepFailure(index, element, what, expected, came))


def shown(moment: datetime | None, like: str | None) -> str | None:
    """A moment as the scenario writes it: in Vietnam, with seconds only where they are written there."""
    if moment is None:
        return None
    seconds = like is not None and len(like) > len("2026-09-01 08:00")
    return moment.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")


def _paper(document: Mapping[str, Any]) -> str:
    return f"{document['type']} {document['from']} → {_listed(sorted(document['to']))}"


def _listed(values: Iterable[str]) -> str:
    return ", ".join(values) or "—"


def _told(error: PhoiHopError) -> str:
    if isinstance(error, InvalidForm):
        fields = (f"{name}: {one.code}" for name, errors in error.fields.items() for one in errors)
        return f"{error.code} ({_listed(fields)})"
    return f"{error.code} {error.params or ''}".strip()
