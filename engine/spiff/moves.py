"""Moving a token against the flow: an open step is taken away, an earlier one is entered anew."""

from __future__ import annotations

from collections.abc import Iterator

from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin, BoundaryEventSplit
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState


def replace_token(task: Task, element_id: str) -> None:
    """Cancel the step of `task` with the events on its border, and enter the element in its place in the tree.

    Whatever a reminder on its border has set going goes on: it outlives its activity.
    """
    framed = isinstance(task.parent.task_spec, BoundaryEventSplit)
    whole = task.parent if framed else task
    above = whole.parent
    for waiting in list(_waiting(whole)) if framed else [task]:
        waiting.cancel()
    again = above._add_child(_entry(task, element_id), TaskState.FUTURE)
    again.triggered = True
    above.children = _in_place_of(whole, again)
    again.task_spec._predict(again, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
    again.task_spec._update(again)


def _entry(task: Task, element_id: str) -> TaskSpec:
    """Where a token comes in: before the events on the element's border."""
    specs = task.workflow.spec.task_specs
    return specs.get(f"{element_id}.BoundaryEventSplit") or specs[element_id]


def _waiting(split: Task) -> Iterator[Task]:
    """The activity and its events that still wait, and the library's waits for its end behind reminders."""
    stack = list(split.children)
    while stack:
        task = stack.pop()
        own = task.parent is split or _waits_for_end(task, split)
        if own and not task.has_state(TaskState.FINISHED_MASK):
            yield task
        else:
            stack += task.children


def _waits_for_end(task: Task, split: Task) -> bool:
    spec = task.task_spec
    if not isinstance(spec, BoundaryEventJoin) or spec.split_task != split.task_spec.name:
        return False
    return task.find_ancestor(spec.split_task) is split


def _in_place_of(gone: Task, again: Task) -> list[Task]:
    """The children above, with the new one where the old one stood, before what reminders on it have set going."""
    found = [child for child in gone.parent.children if child is not again]
    found.insert(found.index(gone), again)
    return found
