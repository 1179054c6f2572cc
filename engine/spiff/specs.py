"""Our kinds of steps: what waits for the outside, what opens a scope, what runs several times."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec
from SpiffWorkflow.bpmn.specs.defaults import (
    CallActivity,
    ExclusiveGateway,
    ParallelMultiInstanceTask,
    SequentialMultiInstanceTask,
    StandardLoopTask,
    SubWorkflowTask,
    UserTask,
)
from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.errors import IncidentError
from engine.spiff.joins import NoConditionHolds
from engine.spiff.scopes import CALL_SCOPE, CASE_FACTS, RUN_SCOPE, scopes, write

MAXIMUM_RUNS = 200


class BadCollection(IncidentError):
    """A multi-instance step whose collection is no list, or too long a one."""

    code = "multi_instance.bad_collection"


class OutsideTask(UserTask):
    """A step that ends when the outside says so: a person, a service, a decision table."""


class OutsideEvent(EventDefinition):
    """A timer or a message: it never fires by itself, the machine fires it when the outside says so."""

    def catches(self, my_task: Task, event: object) -> bool:
        """Events inside the process never reach it."""
        return False


class ExclusiveChoice(ExclusiveGateway):
    """Takes the first flow whose condition holds; an incident where none does."""

    def _run_hook(self, my_task: Task) -> bool:
        engine = my_task.workflow.script_engine
        for condition, name in self.cond_task_specs:
            if condition is not None and engine.evaluate(my_task, condition.args[0]):
                return self._take(my_task, name)
        if self.default_task_spec is None:
            raise NoConditionHolds(element=self.bpmn_id)
        return self._take(my_task, self.default_task_spec)

    def _take(self, my_task: Task, name: str) -> bool:
        my_task._sync_children([my_task.workflow.spec.get_task_spec_from_name(name)], TaskState.FUTURE)
        for child in my_task.children:
            child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
        return True


class _Container:
    """Starts its process when it runs, not when it becomes ready, so that a failing input leaves nothing half done."""

    def _update_hook(self, my_task: Task) -> bool:
        started = my_task.workflow.top_workflow.get_subprocess(my_task)
        return started is None or bool(started.completed)

    def _run_hook(self, my_task: Task) -> bool | None:
        if my_task.workflow.top_workflow.get_subprocess(my_task) is None:
            self._open(my_task)
            self.start_workflow(my_task)  # type: ignore[attr-defined]
            return None
        self._close(my_task)
        return True

    def _open(self, my_task: Task) -> None:
        """Prepare the scope."""

    def _close(self, my_task: Task) -> None:
        """Hand over the results."""

    def copy_data(self, my_task: Task, subworkflow: object) -> None:
        """Data does not travel with tokens."""

    def update_data(self, my_task: Task, subworkflow: object) -> None:
        """Data does not travel with tokens."""


class InlineSubProcess(_Container, SubWorkflowTask):
    """An embedded sub-process: shares the variables around it."""


class CallProcess(_Container, CallActivity):
    """Calls a shared process: its own scope of inputs, outputs handed back by expressions."""

    def _open(self, my_task: Task) -> None:
        value = my_task.workflow.script_engine.value
        inputs = {name: deepcopy(value(my_task, text)) for name, text in self.element.inputs.items()}
        my_task.internal_data[CALL_SCOPE] = inputs

    def _close(self, my_task: Task) -> None:
        top = my_task.workflow.top_workflow
        seen = my_task.internal_data.pop(CALL_SCOPE) | {CASE_FACTS: dict(top.memory.facts)}
        write(my_task, {name: top.memory.value_in(text, seen) for name, text in self.element.outputs.items()})


class Frame:
    """Stands around the runs of one activity and starts them."""

    task_spec: str

    def _update_hook(self, my_task: Task) -> bool:
        return not my_task.has_state(TaskState.STARTED)

    def _add_run(self, my_task: Task, **internal_data: Any) -> None:
        child = my_task._add_child(my_task.workflow.spec.task_specs[self.task_spec], TaskState.WAITING)
        child.triggered = True
        child.internal_data.update(internal_data)
        child.task_spec._update(child)

    def merge_child(self, workflow: object, child: Task) -> None:
        """A run has ended."""
        raise NotImplementedError


class _Multiple(Frame):
    """Runs a step once for each item of a collection and collects one variable of each run, in order of the items."""

    def _run_hook(self, my_task: Task) -> bool | None:
        data = my_task.internal_data
        if "items" not in data:
            data.update(items=self._collection(my_task), results={}, begun=0)
            self._begin(my_task)
        if len(data["results"]) < len(data["items"]):
            return None
        self._collect(my_task)
        return True

    def _begin(self, my_task: Task) -> None:
        raise NotImplementedError

    def _collection(self, my_task: Task) -> Sequence[Any]:
        settings = self.element.multiple  # type: ignore[attr-defined]
        items = my_task.workflow.script_engine.value(my_task, settings.collection)
        if not isinstance(items, list) or len(items) > MAXIMUM_RUNS:
            raise BadCollection(element=self.element.id, maximum=MAXIMUM_RUNS)  # type: ignore[attr-defined]
        return list(items)

    def _start_run(self, my_task: Task) -> None:
        data, settings = my_task.internal_data, self.element.multiple  # type: ignore[attr-defined]
        index = data["begun"]
        data["begun"] += 1
        scope = {settings.item: deepcopy(data["items"][index])} if settings.item else {}
        self._add_run(my_task, **{"run": index, RUN_SCOPE: scope})

    def merge_child(self, workflow: object, child: Task) -> None:
        """A run has ended: keep its result, start the next or go on."""
        my_task, settings = child.parent, self.element.multiple  # type: ignore[attr-defined]
        scope, data = child.internal_data.get(RUN_SCOPE, {}), my_task.internal_data
        kept = scope.get(settings.output_item) if settings.output_item else dict(scope)
        data["results"][str(child.internal_data["run"])] = deepcopy(kept)
        if len(data["results"]) == len(data["items"]):
            my_task._set_state(TaskState.READY)
        elif data["begun"] < len(data["items"]):
            self._start_run(my_task)

    def _collect(self, my_task: Task) -> None:
        data, settings = my_task.internal_data, self.element.multiple  # type: ignore[attr-defined]
        results = [data["results"][str(i)] for i in range(len(data["items"]))]
        for key in ("items", "results", "begun"):
            del data[key]
        if settings.output:
            next(scopes(my_task))[settings.output] = results


class ParallelRuns(_Multiple, ParallelMultiInstanceTask):
    """All runs at once."""

    def _begin(self, my_task: Task) -> None:
        for _ in my_task.internal_data["items"]:
            self._start_run(my_task)


class SequentialRuns(_Multiple, SequentialMultiInstanceTask):
    """One run after the other."""

    def _begin(self, my_task: Task) -> None:
        if my_task.internal_data["items"]:
            self._start_run(my_task)


class RepeatedRuns(Frame, StandardLoopTask):
    """A standard loop: the same step again while its condition holds, in the scope around it."""

    def _run_hook(self, my_task: Task) -> bool | None:
        turns = my_task.internal_data.get("turns", 0)
        if not self._goes_on(my_task, turns):
            my_task.internal_data.pop("turns", None)
            return True
        # The turns before are in the event log; keeping them would make the state grow with each.
        for child in [c for c in my_task.children if c.task_spec.name == self.task_spec]:
            my_task.workflow._remove_task(child.id)
        my_task.internal_data["turns"] = turns + 1
        self._add_run(my_task)
        return None

    def _goes_on(self, my_task: Task, turns: int) -> bool:
        loop = self.element.loop
        if loop.maximum is not None and turns >= loop.maximum:
            return False
        if loop.condition is None or (turns == 0 and not loop.test_before):
            return True
        return bool(my_task.workflow.script_engine.evaluate(my_task, loop.condition))

    def merge_child(self, workflow: object, child: Task) -> None:
        """A turn has ended: whether another follows is decided when the frame runs."""
        child.parent._set_state(TaskState.READY)


def is_plumbing(spec: BpmnTaskSpec) -> bool:
    """Whether a spec is no element of the diagram, or only the frame around its runs."""
    return getattr(spec, "bpmn_id", None) is None or isinstance(spec, Frame)
