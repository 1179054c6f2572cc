"""The machine of a re-execution: does what each event of a log says once more, and compares.

What came from outside is taken from the log: what people entered, what services answered, which moments came and which
messages. What the program made of it is made again and compared: the way through the diagram, the inputs and outputs of
services, the hits of decision tables, the state after each event. It needs neither services nor clock.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from engine import canonical
from engine.clock import from_text, local_date, to_text
from engine.commands.case_run import LAW_ON
from engine.commands.migrating import MIGRATED
from engine.commands.said import CORRECTED
from engine.commands.settle import REGIME
from engine.errors import PhoiHopError
from engine.events.store import RecordedEvent
from engine.expressions import evaluate
from engine.procedures.versions import LoadedVersion
from engine.replay.limits import Limit, Limits, Place
from engine.replay.verdict import AGREES, DIFFERS, NOT_COMPARABLE, Difference, Verdict
from engine.spiff.machine import Machine, OpenStep

Find = Callable[[str], LoadedVersion]
"""Gives a version by its hash."""


class Differs(Exception):
    """Log and re-execution part here; both values are kept."""

    def __init__(self, what: str, recorded: Any, replayed: Any) -> None:
        super().__init__(what)
        self.what, self.recorded, self.replayed = what, recorded, replayed


class Unreadable(Exception):
    """What the re-execution needs was lawfully deleted."""


class RuntimeGone(Exception):
    """The version was run by an evaluator, or under a profile, that this program no longer has."""


def follow(again: Again, history: Iterable[RecordedEvent]) -> Verdict:
    """Take one event after the other, until the first that differs or cannot be read."""
    count = 0
    for event in history:
        try:
            again.take(event)
        except Unreadable:
            return Verdict(NOT_COMPARABLE, count, reason="replay.payload_gone")
        except RuntimeGone:
            return Verdict(NOT_COMPARABLE, count, reason="replay.runtime_gone")
        except Differs as found:
            element = str(event.envelope["origin"]["element_id"])
            where = Difference(event.seq, event.type, element, found.what, found.recorded, found.replayed)
            return Verdict(DIFFERS, count, where)
        count += 1
    return Verdict(AGREES, count)


class Again:
    """The machine of the re-execution, and what must be remembered between events."""

    def __init__(self, find: Find) -> None:
        self._find = find
        self._version: LoadedVersion | None = None
        self._machine: Machine | None = None
        self._owners: dict[str, str] = {}  # work item → token of the inner scope that its step writes to
        self.limits = Limits()
        self.closed: Limit | None = None  # what the last event brought to an end, where that had a date
        self.passed: set[str] = set()  # elements behind the case, of whatever part
        self._moves: Mapping[str, Callable[[RecordedEvent, Mapping[str, Any]], None]] = {
            "CaseStarted": self._start,
            "WorkItemCompleted": self._complete,
            "AnswerRecorded": self._complete,
            "MessageRecorded": self._fire,
            "MessageReceived": self._fire,
            "TimerScheduled": self._note,
            "TimerFired": self._come,
            "DeadlineExtended": self._note,
            "DeadlineRecomputed": self._note,
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
    def stood_by(self) -> LoadedVersion | None:
        """The version by which the case runs now; None before it began."""
        return self._version

    @property
    def version(self) -> LoadedVersion:
        """That by which the case runs now."""
        if self._version is None:
            raise Differs("step", "CaseStarted", None)
        return self._version

    @property
    def machine(self) -> Machine:
        if self._machine is None:
            raise Differs("step", "CaseStarted", None)
        return self._machine

    def variables(self) -> Mapping[str, Any]:
        """The case's variables as they are now, a copy."""
        return copy.deepcopy(self._machine.memory.variables) if self._machine else {}

    def facts(self) -> Mapping[str, Any]:
        """What the engine knows of the case, a copy."""
        return copy.deepcopy(self._machine.memory.facts) if self._machine else {}

    def standing_on(self) -> list[Place]:
        """The steps that are open, in the order of the diagram's tokens."""
        steps = self._machine.open_steps() if self._machine else []
        return [(step.element.id, step.occurrence, step.around) for step in steps]

    def freeze(self) -> tuple[bytes, dict[str, Any]] | None:
        """Machine and memory, to go on from here another time; None where it stands in the middle of something."""
        if self._machine is None or self._machine.path or self._machine.failures:
            return None
        memory = {"owners": self._owners, "limits": self.limits.as_data(), "passed": sorted(self.passed)}
        return self._machine.dump(), memory

    @classmethod
    def thaw(cls, find: Find, version: LoadedVersion, state: bytes, memory: Mapping[str, Any]) -> Again:
        """Go on from what `freeze` gave."""
        again = cls(find)
        again._version = version
        again._machine = Machine.restore(version.program, state)
        again._owners, again.passed = dict(memory["owners"]), set(memory["passed"])
        again.limits = Limits.from_data(memory["limits"])
        return again

    def digest(self) -> str:
        """The digest of the state, as events record it."""
        return self.machine.digest()

    def take(self, event: RecordedEvent) -> None:
        """Do what the event says once more and compare.

        Raises:
            Differs, Unreadable: see there.
        """
        move = self._moves.get(event.type)
        if move is not None:
            if event.payload is None:
                raise Unreadable()
            try:
                move(event, event.payload)
            except PhoiHopError as error:
                raise Differs("step", event.type, error.code) from error
        self.closed = self.limits.follow(event)
        self._compare(event)
        if event.type == MIGRATED:
            self._rename((event.payload or {})["mapping"])
        self.passed.update(element for element, _ in (event.payload or {}).get("path") or ())

    def _rename(self, mapping: Mapping[str, str]) -> None:
        """What is remembered by the names of elements goes on under the new ones."""
        self.passed = {mapping.get(element, element) for element in self.passed}
        self.limits.rename({id_.rpartition("/")[2]: new for id_, new in mapping.items()})

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
            raise Differs("step", list(wanted[:2]), [list(key[:2]) for key in opened])
        return opened[wanted]

    # What each event did ----------------------------------------------------------------------------------------------

    def _start(self, event: RecordedEvent, told: Mapping[str, Any]) -> None:
        self._version = self._find(told["version"])
        self._machine = Machine.start(self.version.program, told["variables"], told["facts"])
        self._machine.advance()

    def _complete(self, event: RecordedEvent, told: Mapping[str, Any]) -> None:
        step = self._step(event, told)
        self._own(told["work_item_id"], step)
        self.machine.complete(step.token, told["values"])

    def _fire(self, event: RecordedEvent, told: Mapping[str, Any]) -> None:
        step = self._step(event, told)
        if "work_item_id" in told:
            self._own(told["work_item_id"], step)
        self.machine.fire(step.token, told.get("values"))

    def _note(self, event: RecordedEvent, told: Mapping[str, Any]) -> None:
        """Nothing of the state: its moment is kept among the limits."""

    def _come(self, event: RecordedEvent, told: Mapping[str, Any]) -> None:
        step, due = self._step(event, told), self.limits.due(told["timer_id"])
        if due is None or event.envelope["recorded_at"] < due:
            raise Differs("moment", to_text(event.envelope["recorded_at"]), due and to_text(due))
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
        self.machine.correct(self._owners.get(told["work_item_id"], ""), told["after"], gone)

    def _own(self, work_item_id: str, step: OpenStep) -> None:
        """Remember where the step writes, unless it is into the case's own variables."""
        if owner := self.machine.scope_owner(step.token):
            self._owners[work_item_id] = owner

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
        raise Differs(what, recorded, replayed)
