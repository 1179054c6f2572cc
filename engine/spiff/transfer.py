"""A running case's state put onto another version's specs, token by token, or the reasons why it cannot be.

Tokens keep their ids, so that whatever hangs on them (work items, timers, awaited messages, incidents) follows. Of an
open activity, events at its border that are new begin to wait, and those that are gone wait no more. See
docs/adr/0013-migrating-a-pruned-state.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.util.task import TaskState

from engine.procedures.model import Element
from engine.procedures.renaming import GONE, Obstacle, Renaming
from engine.spiff import meetings
from engine.spiff.codec import State
from engine.spiff.events import Boundary, EventChoice
from engine.spiff.joins import CONSUMED, SOURCE
from engine.spiff.meetings import Joins, Standing
from engine.spiff.parser import Program
from engine.spiff.specs import CallProcess, Frame, InlineSubProcess
from engine.spiff.tree import SIBLINGS

SPLIT = ".BoundaryEventSplit"
SUFFIXES = (SPLIT, ".BoundaryEventJoin", ".EndJoin", " [child]")
DONE = TaskState.FINISHED_MASK


@dataclass(frozen=True)
class Transfer:
    """What became of a state: on the new specs, with what is in the way; of no use where anything is."""

    state: State
    obstacles: tuple[Obstacle, ...]


@dataclass(eq=False)
class _Task:
    """A task of the stored tree while it is being rebuilt; `old` and `new` are its specs."""

    id: str
    above: _Task | None
    old: TaskSpec
    state: int
    triggered: int
    data: dict[str, Any]
    new: TaskSpec | None = None

    @property
    def live(self) -> bool:
        return not self.state & DONE


def transfer(old: Program, new: Program, state: State, renaming: Renaming) -> Transfer:
    """Put a state onto another program.

    Args:
        state: as `Machine.state` gives it; it is left as it is.
        renaming: which element became which.
    """
    work = _Transfer(old, new, renaming)
    moved = {**state, "memory": _memory(state["memory"], renaming), "top": work.top(deepcopy(state["top"]))}
    moved["subs"] = [found for sub in state["subs"] if (found := work.called(deepcopy(sub))) is not None]
    return Transfer(moved, tuple(_once(work.obstacles)))


def process_of(program: Program, state: State) -> dict[str, str]:
    """In which process each token of a state stands, by token; embedded sub-processes belong to the one around them."""
    return {row[0]: process_id for process_id, _, rows in _workflows(program, state) for row in rows}


def standing(program: Program, state: State) -> Iterator[tuple[str, str]]:
    """Process and id of each element of a state with a live token, that of a frame and of a call with it."""
    for process_id, spec, rows in _workflows(program, state):
        for _, _, name, task_state, _, _ in rows:
            element = spec.task_specs[name].element
            if element is not None and not task_state & DONE:
                yield process_id, element.id


def _workflows(program: Program, state: State) -> Iterator[tuple[str, BpmnProcessSpec, list[list[Any]]]]:
    called: dict[str, str] = {}
    for stored in (state["top"], *state["subs"]):
        name = called[stored["parent"]] if "parent" in stored else program.main
        spec = program.specs[name]
        called |= {row[0]: spec.task_specs[row[2]].spec for row in stored["tasks"] if _calls(spec.task_specs[row[2]])}
        yield name.partition("/")[0], spec, stored["tasks"]


def _calls(spec: TaskSpec) -> bool:
    return isinstance(spec, CallProcess | InlineSubProcess)


def _once(obstacles: list[Obstacle]) -> Iterator[Obstacle]:
    seen: set[tuple[str, str, str]] = set()
    for one in obstacles:
        key = (one.code, one.process_id, one.element_id)
        if key not in seen:
            seen.add(key)
            yield one


def _memory(memory: Mapping[str, Any], renaming: Renaming) -> dict[str, Any]:
    """How often each element was entered, under its new id."""
    counts: dict[str, int] = {}
    for key, count in memory["counts"].items():
        process_id, _, element_id = key.partition("/")
        renamed = f"{renaming.process(process_id)}/{renaming.element(process_id, element_id)}"
        counts[renamed] = max(count, counts.get(renamed, 0))
    return {**deepcopy(dict(memory)), "counts": counts}


@dataclass
class _Transfer:
    """Goes through a state, callers first."""

    old: Program
    new: Program
    renaming: Renaming
    obstacles: list[Obstacle] = field(default_factory=list)
    tasks: dict[str, _Task] = field(default_factory=dict)

    def top(self, stored: dict[str, Any]) -> dict[str, Any]:
        return self._workflow(stored, self.old.main, self.old.specs[self.old.main], self.new.specs[self.new.main])

    def called(self, stored: dict[str, Any]) -> dict[str, Any] | None:
        """A called process, or an embedded one, on what its caller calls now; None where the caller itself is stuck."""
        caller = self.tasks.get(stored["parent"])
        if caller is None or caller.new is None:
            return None
        name, other = caller.old.spec, caller.new.spec
        if isinstance(caller.old, CallProcess) and name != other:
            self._say("migration.call", caller.old.element)
            return None
        process_id = name.partition("/")[0]
        return {**stored, **self._workflow(stored, process_id, self.old.specs[name], self.new.specs[other])}

    def _workflow(
        self, stored: dict[str, Any], process_id: str, old: BpmnProcessSpec, new: BpmnProcessSpec
    ) -> dict[str, Any]:
        tasks = _read(stored["tasks"], old)
        before = len(self.obstacles)
        for task in tasks:
            self._place(task, process_id, new)
        if len(self.obstacles) == before:
            tasks = list(self._with_borders(tasks, process_id, new))
            self._check_meetings(tasks, process_id, old, new)
        self.tasks |= {task.id: task for task in tasks}
        return {"done": stored["done"], "tasks": _write(tasks)}

    # One token -------------------------------------------------------------------------------------------------------

    def _place(self, task: _Task, process_id: str, new: BpmnProcessSpec) -> None:
        """Find the spec on which the token stands from now on."""
        found = self._found(task, process_id, new)
        if found is None and isinstance(task.old, BoundaryEventSplit | Boundary):
            return  # its activity has no events any more, or not this one
        element = _element(task, self.old.processes[process_id].elements)
        if found is None:
            self._say(*self._why_missing(process_id, element))
        elif type(found) is not type(task.old) or not _alike(task.old.element, found.element):
            self._say("migration.kind", element)
        else:
            self._check_inside(task, found)
            task.new = found
        for key in (SOURCE, CONSUMED):
            if key in task.data:
                task.data[key] = self._renamed_all(process_id, task.data[key])

    def _found(self, task: _Task, process_id: str, new: BpmnProcessSpec) -> TaskSpec | None:
        found: TaskSpec | None = new.task_specs.get(self._renamed(process_id, task.old.name))
        if isinstance(task.old, Boundary) and isinstance(found, Boundary):
            activity = self.renaming.element(process_id, task.old.element.attached_to or "")
            return found if found.element.attached_to == activity else None
        return found

    def _check_inside(self, task: _Task, found: TaskSpec) -> None:
        """What an open token carries with it must be what the new element works with."""
        before, after = task.old.element, found.element
        if isinstance(task.old, EventChoice):
            self._check_choice(task, found)
        if before is None or not task.live:
            return
        if isinstance(task.old, Frame) and _collects(before) != _collects(after):
            self._say("migration.runs", before)
        if isinstance(task.old, CallProcess) and (names := sorted(set(after.inputs) - set(before.inputs))):
            self._say("migration.call_input", before, names=names)
        if before.is_message and (before.message, before.correlation) != (after.message, after.correlation):
            self._say("migration.message", before)

    def _check_choice(self, task: _Task, found: TaskSpec) -> None:
        """The events between which an open choice waits are those that the new version draws."""
        process_id = task.old.element.process_id
        if {self._renamed(process_id, one.name) for one in task.old.outputs} != {one.name for one in found.outputs}:
            self._say("migration.choice", task.old.element)

    def _why_missing(self, process_id: str, element: Element | None) -> tuple[str, Element | None]:
        """Gone, or drawn elsewhere: then the token would have to leave or enter a sub-process."""
        if element is None:
            return GONE, None
        there = self.new.processes.get(self.renaming.process(process_id))
        wanted = self.renaming.element(process_id, element.id)
        return ("migration.place" if there and wanted in there.elements else GONE), element

    # The border of an activity -------------------------------------------------------------------------------------

    def _with_borders(self, tasks: list[_Task], process_id: str, new: BpmnProcessSpec) -> Iterator[_Task]:
        """The tasks with the events that wait at the border of open activities, as the new version draws them."""
        gone: dict[_Task, _Task | None] = {}
        for task in tasks:
            if task.new is None:  # a split without events, or an event that is no more
                gone[task] = gone.get(task.above, task.above) if task.above else None
                self._check_gone(task, tasks)
                continue
            task.above = gone.get(task.above, task.above) if task.above else None
            split = new.task_specs.get(f"{task.new.name}{SPLIT}")
            if task.live and split is not None and not (task.above and task.above.new is split):
                task.above = _Task(uuid4().hex, task.above, task.old, int(TaskState.COMPLETED), 1, {}, split)
                yield task.above
            yield task
            if task.live and task.above and isinstance(task.above.new, BoundaryEventSplit) and not _is_event(task):
                yield from self._new_events(task.above, process_id)

    def _check_gone(self, task: _Task, tasks: list[_Task]) -> None:
        """What an event that has happened set going still stands below it."""
        if isinstance(task.old, Boundary) and any(other.above is task for other in tasks):
            self._say("migration.reminder", task.old.element)

    def _new_events(self, split: _Task, process_id: str) -> Iterator[_Task]:
        """Events beside an open activity that the version before did not draw there."""
        drawn = [spec.name for spec in split.old.outputs] if isinstance(split.old, BoundaryEventSplit) else []
        known = {self._renamed(process_id, name) for name in drawn}
        for spec in split.new.outputs if split.new else ():
            if isinstance(spec, Boundary) and spec.name not in known:
                yield _Task(uuid4().hex, split, spec, int(TaskState.WAITING), 1, {}, spec)

    # Meetings --------------------------------------------------------------------------------------------------------

    def _check_meetings(self, tasks: list[_Task], process_id: str, old: BpmnProcessSpec, new: BpmnProcessSpec) -> None:
        def rename(name: str) -> str:
            return self._renamed(process_id, name)

        tokens = list(_tokens(tasks))
        for code, join in meetings.broken(old, new, tokens, rename):
            self._say(f"migration.meeting_{code}", join.element)

    # Names -----------------------------------------------------------------------------------------------------------

    def _renamed(self, process_id: str, name: str) -> str:
        """Name of a spec in the new version: that of its element, with what the library puts behind it."""
        suffix = next((s for s in SUFFIXES if name.endswith(s)), "")
        base = name.removesuffix(suffix)
        if base == process_id:
            return self.renaming.process(process_id) + suffix
        return self.renaming.element(process_id, base) + suffix

    def _renamed_all(self, process_id: str, names: str | list[str]) -> str | list[str]:
        if isinstance(names, str):
            return self._renamed(process_id, names)
        return [self._renamed(process_id, name) for name in names]

    def _say(self, code: str, element: Element | None, **params: Any) -> None:
        name, id_, process_id = (element.name, element.id, element.process_id) if element else ("", "", "")
        self.obstacles.append(Obstacle(code, id_, name, process_id, params))


def _read(rows: list[list[Any]], spec: BpmnProcessSpec) -> list[_Task]:
    tasks: list[_Task] = []
    for id_, place, name, state, triggered, data in rows:
        above = tasks[place] if place is not None else None
        tasks.append(_Task(id_, above, spec.task_specs[name], state, triggered, data))
    return tasks


def _write(tasks: list[_Task]) -> list[list[Any]]:
    places = {task: place for place, task in enumerate(tasks)}
    return [
        [t.id, places[t.above] if t.above else None, t.new.name if t.new else "", t.state, t.triggered, t.data]
        for t in tasks
        if t.above is None or t.above in places
    ]


def _element(task: _Task, elements: Mapping[str, Element]) -> Element | None:
    """The element that a task stands for; of a split that of its activity."""
    found: Element | None = task.old.element
    return found or elements.get(task.old.name.removesuffix(SPLIT))


def _alike(before: Element | None, after: Element | None) -> bool:
    if before is None or after is None:
        return before is after
    kinds = [(one.kind, one.event, one.interrupting, one.incoming is None) for one in (before, after)]
    return kinds[0] == kinds[1]


def _collects(element: Element) -> tuple[str | None, str | None] | None:
    """Names by which each of several runs takes its item and leaves its result."""
    return (element.multiple.item, element.multiple.output_item) if element.multiple else None


def _is_event(task: _Task) -> bool:
    return isinstance(task.new, Boundary)


def _tokens(tasks: list[_Task]) -> Iterator[Standing]:
    """What goes on by itself: an activity with its events counts once, and so does a choice between events."""
    told: set[_Task] = set()
    for task in tasks:
        if not task.live or task.new is None:
            continue
        above = task.above
        if above is not None and isinstance(above.new, SIBLINGS):
            if above in told:
                continue
            told.add(above)
            old = tuple(above.old.outputs) if isinstance(above.old, SIBLINGS) else (task.old,)
            yield Standing(old, tuple(above.new.outputs))
        elif isinstance(task.old, Joins):
            yield Standing((task.old,), (task.new,), (task.old.name, task.data[SOURCE]))
        else:
            yield Standing((task.old,), (task.new,))
