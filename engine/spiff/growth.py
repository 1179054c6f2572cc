"""The tree of steps grows by one step at a time.

The library draws all steps that may follow, down to the end of the process, before the first one is taken, and draws
them again after every choice. Nothing here reads these predictions, and they are most of a state: so a step gets its
successors only when it has been taken.
"""

from __future__ import annotations

import time
from typing import Any

from SpiffWorkflow.bpmn.specs.control import EventSplit
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

_run_as_the_library_does = TaskSpec._run


def follow_only() -> None:
    """Put the rule in force for every kind of step; calling it twice does no harm."""
    TaskSpec._predict = _predict_nothing
    TaskSpec._run = _run
    Task._set_state = _set_state


def _predict_nothing(self: TaskSpec, my_task: Task, *_: Any, **__: Any) -> None:
    """What may come is not drawn."""


def _run(self: TaskSpec, my_task: Task) -> bool | None:
    if isinstance(self, EventSplit):  # its events wait beside the activity from the moment it is reached
        _grow(my_task)
    result: bool | None = _run_as_the_library_does(self, my_task)
    if result:
        _grow(my_task)
    return result


def _grow(my_task: Task) -> None:
    """Add the successors, unless the step chose some itself or was cancelled by what it did."""
    if my_task.has_state(TaskState.DEFINITE_MASK) and all(child.triggered for child in my_task.children):
        my_task.task_spec._predict_hook(my_task)


def _set_state(self: Task, value: int) -> None:
    """As in the library, without writing a line to its log for each change."""
    if value != self._state:
        self._state, self.last_state_change = value, time.time()
