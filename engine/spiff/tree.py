"""The tree of tokens of a running process: its order, and what of it may be forgotten.

A finished step is in the event log. The tree keeps it only while something unfinished still asks for it: see
docs/adr/0005-joins-and-pruning.md.
"""

from __future__ import annotations

from collections.abc import Iterator

from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin, EventSplit
from SpiffWorkflow.bpmn.util.subworkflow import BpmnBaseWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.spiff.events import EventChoice

SIBLINGS = (EventSplit, EventChoice)


def in_order(top: BpmnBaseWorkflow) -> Iterator[Task]:
    """Every task of a case: branches in the order of the diagram, a called process in the place of its call."""
    called = top.top_workflow.subprocesses
    stack = [top.task_tree]
    while stack:
        task = stack.pop()
        yield task
        if task._children:
            stack.extend(reversed(task.children))
        if task.id in called and not task.has_state(TaskState.FINISHED_MASK):
            stack.append(called[task.id].task_tree)


def live_workflows(top: BpmnWorkflow) -> list[BpmnBaseWorkflow]:
    """The process of the case and every process called in it that still runs, callers first."""
    called = (top.subprocesses[t.id] for t in in_order(top) if _calls(top, t))
    return [top, *called]


def _calls(top: BpmnWorkflow, task: Task) -> bool:
    return task.id in top.subprocesses and not task.has_state(TaskState.FINISHED_MASK)


def prune(top: BpmnWorkflow) -> list[BpmnBaseWorkflow]:
    """Forget every finished step that nothing unfinished asks for, and every called process that has ended.

    Returns:
        The process of the case and every called one that still runs, callers first.
    """
    living = live_workflows(top)
    for workflow in living:
        _prune(workflow)
    top.subprocesses = {workflow.parent_task_id: workflow for workflow in living[1:]}
    alive, heard = set(living), top.event_manager.tasks
    top.event_manager.tasks = {i: t for i, t in heard.items() if t.workflow in alive and i in t.workflow.tasks}
    return living


def _prune(workflow: BpmnBaseWorkflow) -> None:
    """Hang each step that is kept below the nearest one above it that is kept, in the same order."""
    root = workflow.task_tree
    kept: dict[Task, list[Task]] = {root: []}
    stack = [(child, root) for child in reversed(root.children)]
    while stack:
        task, above = stack.pop()
        if _is_needed(task):
            kept[above].append(task)
            kept[task] = []
            stack.extend((child, task) for child in reversed(task.children))
        else:
            stack.extend((child, above) for child in reversed(task.children))
    for task, children in kept.items():
        task.children = [child for child in children if kept[child] or not _is_mute(child)]
        for child in task.children:
            child.parent = task
    workflow.tasks = {task.id: task for task in kept if kept[task] or not _is_mute(task)}


def _is_needed(task: Task) -> bool:
    """Unfinished, or an activity with its boundary events (a choice with its events) of which one is unfinished."""
    if not task.has_state(TaskState.FINISHED_MASK):
        return not _is_spare(task)
    return _holds_siblings(task) or _holds_siblings(task.parent)


def _holds_siblings(task: Task) -> bool:
    if not isinstance(task.task_spec, SIBLINGS):
        return False
    return any(not child.has_state(TaskState.FINISHED_MASK) for child in task.children)


def _is_mute(task: Task) -> bool:
    """A reminder that was sent: it stops nothing beside it."""
    return task.has_state(TaskState.FINISHED_MASK) and not getattr(task.task_spec, "cancel_activity", True)


def _is_spare(task: Task) -> bool:
    """Behind a reminder the library waits for the activity's end a second time."""
    return isinstance(task.task_spec, BoundaryEventJoin) and task.has_state(TaskState.WAITING)
