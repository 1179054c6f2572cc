"""Events that a process raises and catches itself: signals, errors, escalations, and the choice between events.

The library lets every waiting boundary event of an error's code catch it, wherever it sits. Here an error or an
escalation is caught by the nearest activity around the place where it was raised, and by nothing else.
"""

from __future__ import annotations

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent, IntermediateCatchEvent, NoneTask, ReceiveTask
from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.bpmn.util import BpmnEvent
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.errors import IncidentError
from engine.spiff.specs import Frame

ERROR, ESCALATION = "error", "escalation"


class UncaughtError(IncidentError):
    """An error end event whose error no activity around it catches."""

    code = "engine.uncaught_error"


class Signal(EventDefinition):
    """A signal: everything in the case that waits for its name hears it; nobody has to."""

    def throw(self, my_task: Task) -> None:
        """Wake what waits for it, anywhere in the case."""
        my_task.workflow.top_workflow.catch(BpmnEvent(self))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Signal) and self.name == other.name

    __hash__ = EventDefinition.__hash__


class Raised(EventDefinition):
    """An error or an escalation, with its code; one without a code catches every code."""

    def __init__(self, kind: str, code: str | None) -> None:
        super().__init__(name=code)
        self.kind = kind

    def catches(self, my_task: Task, event: object) -> bool:
        """Never by being broadcast: `throw` looks for the one that catches it."""
        return False

    def throw(self, my_task: Task) -> None:
        """Hand it to the nearest activity around that catches it.

        Raises:
            UncaughtError: nothing around catches the error; an escalation is then simply not heard.
        """
        handler = self._handler(my_task)
        if handler is not None:
            handler.task_spec.event_definition.catch(handler)
            handler.task_spec._update(handler)
        elif self.kind == ERROR:
            raise UncaughtError(element=my_task.task_spec.bpmn_id, error=self.name or "")

    def _handler(self, my_task: Task) -> Task | None:
        top, workflow = my_task.workflow.top_workflow, my_task.workflow
        while workflow is not top:
            holder = top.get_task_from_id(workflow.parent_task_id)
            if (found := self._boundary(holder)) is not None:
                return found
            workflow = holder.workflow
        return None

    def _boundary(self, holder: Task) -> Task | None:
        """The boundary event of the activity `holder` that catches it; one with the very code goes first."""
        framed = holder.parent if isinstance(holder.parent.task_spec, Frame) else holder
        around = framed.parent
        if not isinstance(around.task_spec, BoundaryEventSplit):
            return None
        waiting = [t for t in around.children if isinstance(t.task_spec, Boundary) and t.has_state(TaskState.WAITING)]
        fitting = [t for t in waiting if self._is_caught_by(t.task_spec.event_definition)]
        return min(fitting, key=lambda t: t.task_spec.event_definition.name is None, default=None)

    def _is_caught_by(self, other: EventDefinition) -> bool:
        return isinstance(other, Raised) and other.kind == self.kind and other.name in (None, self.name)


class Boundary(BoundaryEvent):
    """A boundary event; one that does not interrupt waits again after it has happened, as often as it may."""

    def _on_ready_hook(self, my_task: Task) -> None:
        super()._on_ready_hook(my_task)
        my_task.workflow.top_workflow.urgent.append(my_task)

    def _run_hook(self, my_task: Task) -> bool:
        super()._run_hook(my_task)
        if not self.cancel_activity and self._may_repeat(my_task):
            again = my_task.parent._add_child(self, TaskState.FUTURE)
            again.triggered = True
            again.internal_data["turn"] = my_task.internal_data.get("turn", 1) + 1
            self._predict(again, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
            self._update(again)
        return True

    def _may_repeat(self, my_task: Task) -> bool:
        activity = [t for t in my_task.parent.children if not isinstance(t.task_spec, BoundaryEvent)]
        limit = self.element.repeats
        turns_left = limit is None or my_task.internal_data.get("turn", 1) < limit
        return turns_left and any(t.has_state(TaskState.NOT_FINISHED_MASK) for t in activity)


class EventChoice(NoneTask):
    """An event-based gateway: all events behind it wait, the first that happens cancels the others."""

    def __init__(self, wf_spec: object, bpmn_id: str, **kwargs: object) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.manual = False

    def _predict_hook(self, my_task: Task) -> None:
        my_task._sync_children(self.outputs, TaskState.MAYBE)

    def _run_hook(self, my_task: Task) -> bool:
        my_task._sync_children(self.outputs, TaskState.FUTURE)
        for child in my_task.children:
            child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
        return True


def _choose(my_task: Task) -> None:
    if isinstance(my_task.parent.task_spec, EventChoice):
        for other in my_task.parent.children:
            if other is not my_task and other.has_state(TaskState.NOT_FINISHED_MASK):
                other.cancel()


class Catch(IntermediateCatchEvent):
    """An intermediate catch event, alone or behind an event-based gateway."""

    def _run_hook(self, my_task: Task) -> bool:
        _choose(my_task)
        return bool(super()._run_hook(my_task))


class Receive(ReceiveTask):
    """A receive task, alone or behind an event-based gateway."""

    def _run_hook(self, my_task: Task) -> bool:
        _choose(my_task)
        return bool(super()._run_hook(my_task))
