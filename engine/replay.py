"""Running a case's log once more on the version it was pinned to, and telling where the two first differ.

What came from outside is taken from the log: what people entered, what services answered, which moments came and which
messages. What the program made of it is made again and compared: the way through the diagram, the inputs and outputs of
services, the hits of decision tables, the state after each event. It needs neither services nor clock, so it can be run
years later; with an evaluator or profile that this program no longer has, nothing is claimed.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any

from sqlalchemy.orm import Session

from engine import canonical, events
from engine.clock import from_text, local_date, to_text
from engine.commands.case_run import LAW_ON
from engine.commands.migrating import MIGRATED
from engine.commands.said import CORRECTED
from engine.commands.settle import REGIME
from engine.errors import PhoiHopError
from engine.events.store import RecordedEvent
from engine.expressions import EVALUATOR_VERSION, evaluate
from engine.procedures.manifest import PROFILE_VERSION, read_manifest
from engine.procedures.versions import LoadedVersion, Versions
from engine.services import Stream
from engine.spiff.machine import Machine, OpenStep
from engine.tables import Case, ProcedureVersion

Find = Callable[[str], LoadedVersion]
AGREES, DIFFERS, NOT_COMPARABLE = "agrees", "differs", "not_comparable"


@dataclass(frozen=True)
class Difference:
    """The first place where log and re-execution part.

    Args:
        seq: number of the event in the case's stream.
        type: the event's type.
        element: BPMN element, empty where none is meant.
        what: step, path, inputs, outputs, decision, moment, outcome or state.
        recorded: what the log says.
        replayed: what came out now.
    """

    seq: int
    type: str
    element: str
    what: str
    recorded: Any
    replayed: Any


@dataclass(frozen=True)
class Verdict:
    """What a re-execution says. `reason`: code of why nothing can be said; `events`: how many were compared."""

    answer: str
    events: int
    difference: Difference | None = None
    reason: str = ""


@dataclass(frozen=True)
class Standing:
    """How a case stood at one event of its log, made again from the log.

    Args:
        version: by which the case ran then.
        states: "open" or "done" by element of the case's own diagram, after the event.
        before, after: the case's variables.
        verdict: whether everything up to the event agrees; where it does not, the rest stands still there.
    """

    version: LoadedVersion
    states: Mapping[str, str]
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    verdict: Verdict


def standing(find: Find, history: Iterable[RecordedEvent], seq: int) -> Standing:
    """Run a log again up to one event and look around.

    Args:
        find: gives a version by its hash.
        seq: number of the event in the case's stream, from 1.
    """
    again, passed = _Again(find), set[str]()
    before: Mapping[str, Any] = {}

    def up_to() -> Iterator[RecordedEvent]:
        nonlocal before
        for event in takewhile(lambda one: one.seq <= seq, history):
            if event.seq == seq:
                before = again.variables()
            passed.update(id_ for id_, _ in (event.payload or {}).get("path") or ())
            yield event
            if event.type == MIGRATED:
                renamed = (event.payload or {}).get("mapping") or {}
                passed.difference_update(renamed)
                passed.update(renamed.values())

    verdict = _rerun(again, up_to())
    own = again.version.bundle.process.elements
    states = {id_: "done" for id_ in passed if id_ in own}
    states |= {id_: "open" for id_ in again.standing_on() if id_ in own}
    return Standing(again.version, states, before, again.variables(), verdict)


class _Differs(Exception):
    def __init__(self, what: str, recorded: Any, replayed: Any) -> None:
        super().__init__(what)
        self.what, self.recorded, self.replayed = what, recorded, replayed


class _Unreadable(Exception):
    """What the re-execution needs was lawfully deleted."""


class _RuntimeGone(Exception):
    """The version was run by an evaluator, or under a profile, that this program no longer has."""


def replay(session: Session, versions: Versions, case: Case) -> Verdict:
    """Run the case's log again on its version, and from a migration on by the one that it was put onto.

    Args:
        case: the case, running or ended.
    """

    def find(hash_: str) -> LoadedVersion:
        runtime = read_manifest(session.get_one(ProcedureVersion, hash_).manifest).runtime
        if (runtime["evaluator"], runtime["profile"]) != (EVALUATOR_VERSION, PROFILE_VERSION):
            raise _RuntimeGone()
        return versions.get(session, hash_)

    return rerun(find, events.read(session, Stream("case", case.id)))


def rerun(find: Find, history: Iterable[RecordedEvent]) -> Verdict:
    """The same with the log at hand.

    Args:
        find: gives a version by its hash.
    """
    return _rerun(_Again(find), history)


def _rerun(again: _Again, history: Iterable[RecordedEvent]) -> Verdict:
    count = 0
    for event in history:
        try:
            again.take(event)
        except _Unreadable:
            return Verdict(NOT_COMPARABLE, count, reason="replay.payload_gone")
        except _RuntimeGone:
            return Verdict(NOT_COMPARABLE, count, reason="replay.runtime_gone")
        except _Differs as found:
            element = str(event.envelope["origin"]["element_id"])
            where = Difference(event.seq, event.type, element, found.what, found.recorded, found.replayed)
            return Verdict(DIFFERS, count, where)
        count += 1
    return Verdict(AGREES, count)


class _Again:
    """The machine of the re-execution, and what must be remembered between events."""

    def __init__(self, find: Find) -> None:
        self._find = find
        self._version: LoadedVersion | None = None
        self._machine: Machine | None = None
        self._owners: dict[str, str] = {}  # work item → token of the scope that its step writes to
        self._due: dict[str, datetime] = {}  # timer → its moment
        self._moves: Mapping[str, Callable[[RecordedEvent, Mapping[str, Any]], None]] = {
            "CaseStarted": self._start,
            "WorkItemCompleted": self._complete,
            "AnswerRecorded": self._complete,
            "MessageRecorded": self._fire,
            "MessageReceived": self._fire,
            "TimerScheduled": self._schedule,
            "TimerFired": self._come,
            "DeadlineExtended": self._move,
            "DeadlineRecomputed": self._move,
            "DecisionMade": self._decide,
            "ServiceCompleted": self._serve,
            "StepReturned": self._send_back,
            CORRECTED: self._correct,
            "RegimeChosen": self._choose,
            "ReceivedAtSet": self._receive,
            MIGRATED: self._migrate,
            "CaseCancelled": self._cancel,
            "CaseWithdrawn": self._cancel,
            "CaseEnded": self._end,
        }

    @property
    def version(self) -> LoadedVersion:
        """That by which the case runs now."""
        if self._version is None:
            raise _Differs("step", "CaseStarted", None)
        return self._version

    @property
    def machine(self) -> Machine:
        if self._machine is None:
            raise _Differs("step", "CaseStarted", None)
        return self._machine

    def variables(self) -> Mapping[str, Any]:
        """The case's variables as they are now, a copy."""
        return copy.deepcopy(self._machine.memory.variables) if self._machine else {}

    def standing_on(self) -> set[str]:
        """Elements of the case's own diagram with a token: nested steps stand for the call activity around them."""
        steps = self._machine.open_steps() if self._machine else []
        return {step.around[0] if step.around else step.element.id for step in steps}

    def take(self, event: RecordedEvent) -> None:
        """Do what the event says once more and compare.

        Raises:
            _Differs, _Unreadable: see there.
        """
        move = self._moves.get(event.type)
        if move is not None:
            if event.payload is None:
                raise _Unreadable()
            try:
                move(event, event.payload)
            except PhoiHopError as error:
                raise _Differs("step", event.type, error.code) from error
        self._compare(event)

    def _compare(self, event: RecordedEvent) -> None:
        recorded = event.envelope["origin"]["state_digest"]
        if not recorded and event.type not in self._moves:
            return  # a document was sent or received: said in the case's stream, nothing of its state
        if recorded != self.machine.digest() and self.machine.failures:
            for failure in self.machine.failures:  # a failed step of the engine was tried again, with data put right
                self.machine.retry(failure.token)
        path = (event.payload or {}).get("path")
        if path is not None:
            _same("path", path, self.machine.take_path())
        _same("state", recorded, self.machine.digest())

    def _step(self, event: RecordedEvent, told: Mapping[str, Any]) -> OpenStep:
        origin = event.envelope["origin"]
        wanted = (origin["element_id"], origin["occurrence"], tuple(told.get("around") or ()))
        opened = {(s.element.id, s.occurrence, s.around): s for s in self.machine.open_steps()}
        if wanted not in opened:
            raise _Differs("step", list(wanted[:2]), [list(key[:2]) for key in opened])
        return opened[wanted]

    # What each event did ----------------------------------------------------------------------------------------------

    def _start(self, event: RecordedEvent, told: Mapping[str, Any]) -> None:
        self._version = self._find(told["version"])
        self._machine = Machine.start(self.version.program, told["variables"], told["facts"])
        self._machine.advance()

    def _complete(self, event: RecordedEvent, told: Mapping[str, Any]) -> None:
        step = self._step(event, told)
        self._owners[told["work_item_id"]] = self.machine.scope_owner(step.token)
        self.machine.complete(step.token, told["values"])

    def _fire(self, event: RecordedEvent, told: Mapping[str, Any]) -> None:
        step = self._step(event, told)
        if "work_item_id" in told:
            self._owners[told["work_item_id"]] = self.machine.scope_owner(step.token)
        self.machine.fire(step.token, told.get("values"))

    def _schedule(self, event: RecordedEvent, told: Mapping[str, Any]) -> None:
        self._due[told["timer_id"]] = from_text(told["due_at"])

    def _move(self, event: RecordedEvent, told: Mapping[str, Any]) -> None:
        self._due[told["target_id"]] = from_text(told["after"])

    def _come(self, event: RecordedEvent, told: Mapping[str, Any]) -> None:
        step, due = self._step(event, told), self._due.get(told["timer_id"])
        if due is None or event.envelope["recorded_at"] < due:
            raise _Differs("moment", to_text(event.envelope["recorded_at"]), due and to_text(due))
        self.machine.fire(step.token)

    def _decide(self, event: RecordedEvent, told: Mapping[str, Any]) -> None:
        step = self._step(event, told)
        element = step.element
        table = self.version.bundle_of(element.process_id).tables[element.decision_table or ""]
        decision = table.decide(self.machine.scope(step.token))
        _same("decision", [told["rules"], told["output"]], [list(decision.rules), decision.output])
        self.machine.complete(step.token, {element.decision_output or element.id: decision.value})

    def _serve(self, event: RecordedEvent, told: Mapping[str, Any]) -> None:
        step = self._step(event, told)
        element, scope = step.element, self.machine.scope(step.token)
        _same("inputs", told["inputs"], {name: evaluate(text, scope) for name, text in element.inputs.items()})
        outputs = {name: evaluate(text, told["result"]) for name, text in element.outputs.items()}
        _same("outputs", told["outputs"], outputs)
        self.machine.complete(step.token, outputs)

    def _send_back(self, event: RecordedEvent, told: Mapping[str, Any]) -> None:
        self.machine.send_back(self._step(event, told).token, told["to"])

    def _correct(self, event: RecordedEvent, told: Mapping[str, Any]) -> None:
        gone = set(told["before"]) - set(told["after"])
        self.machine.correct(self._owners[told["work_item_id"]], told["after"], gone)

    def _choose(self, event: RecordedEvent, told: Mapping[str, Any]) -> None:
        self.machine.memory.facts.update({LAW_ON: told["law_on"], REGIME: told["choice"]})

    def _receive(self, event: RecordedEvent, told: Mapping[str, Any]) -> None:
        facts = self.machine.memory.facts
        facts["received_at"] = told["received_at"]
        if not facts.get(REGIME):
            facts[LAW_ON] = local_date(from_text(told["received_at"])).isoformat()

    def _migrate(self, event: RecordedEvent, told: Mapping[str, Any]) -> None:
        """Go on from the state that the event holds, once it is seen to be the one before it, under its new names."""
        before, new = self.machine, self._find(told["to"])
        after = Machine.resume(new.program, told["state"])
        recorded = canonical.loads(canonical.dumps(_plain(after, {}, told["added"])))
        _same("state", recorded, _plain(before, told["mapping"], told["removed"]))
        holders = dict(zip(before.scope_holders(), after.scope_holders(), strict=True))
        self._owners = {item: holders.get(owner, owner) for item, owner in self._owners.items()}
        self._version, self._machine = new, after

    def _cancel(self, event: RecordedEvent, told: Mapping[str, Any]) -> None:
        self.machine.cancel()

    def _end(self, event: RecordedEvent, told: Mapping[str, Any]) -> None:
        _same("outcome", told["outcome"], self.machine.memory.outcome)


def _plain(machine: Machine, mapping: Mapping[str, str], beside: Iterable[str]) -> Any:
    """What a migration leaves as it was: open steps but for events at borders that came or went, and all that is known.

    Args:
        mapping: new id by old one.
        beside: ids of the events that came or went.
    """
    gone = set(beside)
    short = {id_.rpartition("/")[2]: new for id_, new in mapping.items()}
    steps = [step for step in machine.open_steps() if step.element.id not in gone]
    named = [[*(short.get(one, one) for one in s.around), _renamed(s, mapping), s.occurrence] for s in steps]
    scopes = [[machine.scope_at(owner)] for owner in machine.scope_holders()]
    return [named, machine.memory.variables, machine.memory.facts, machine.memory.outcome, scopes]


def _renamed(step: OpenStep, mapping: Mapping[str, str]) -> str:
    own = step.element.id
    return mapping.get(f"{step.element.process_id}/{own}") or mapping.get(own) or own


def _same(what: str, recorded: Any, replayed: Any) -> None:
    if recorded != canonical.loads(canonical.dumps(replayed)):
        raise _Differs(what, recorded, replayed)
