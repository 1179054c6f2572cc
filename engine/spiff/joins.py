"""Joins that count the tokens on their incoming flows, as BPMN says.

The library looks through the whole history of a case for instances of the join, so that in a loop it counts arrivals
of earlier turns. Here an instance that waits is a token on the flow by which it came; a join that fires consumes one
of each flow, and what is consumed is gone. Only the last that arrived decides, and goes on.
"""

from __future__ import annotations

from collections import Counter

from SpiffWorkflow.bpmn.specs.defaults import InclusiveGateway, ParallelGateway
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.errors import IncidentError

SOURCE, TURN, CONSUMED = "source", "turn", "consumed"
"""Of a token at a join: the step it came from, its place in the order of arrival, the sources of all it stands for."""


class NoConditionHolds(IncidentError):
    """A gateway at which no condition holds and that has no default flow."""

    code = "gateway.no_condition_holds"


class _Join:
    """Shared behaviour: the last token that has arrived waits with the others or goes on for them."""

    _inputs: list[str]

    def _update_hook(self, my_task: Task) -> bool:
        if len(self._inputs) == 1:
            return True
        others = sorted(self._others(my_task, TaskState.WAITING), key=lambda t: t.internal_data[TURN])
        if SOURCE not in my_task.internal_data:
            my_task.internal_data[SOURCE] = my_task.parent.task_spec.name
            my_task.internal_data[TURN] = others[-1].internal_data[TURN] + 1 if others else 0
            if self._joins_one_that_goes(my_task):
                return True
        elif others and others[-1].internal_data[TURN] > my_task.internal_data[TURN]:
            return False
        return self._fires(my_task, others)

    def _others(self, my_task: Task, state: int) -> list[Task]:
        tasks = my_task.workflow.tasks.values()
        return [t for t in tasks if t.task_spec is self and t is not my_task and t.has_state(state)]

    def _joins_one_that_goes(self, my_task: Task) -> bool:
        """Whether a token that may go on, but has not yet, takes this one with it."""
        return False

    def _fires(self, my_task: Task, others: list[Task]) -> bool:
        consumed = self._one_of_each_flow([my_task, *others])
        sources = [t.internal_data[SOURCE] for t in consumed]
        if not self._may_fire(my_task, sources):
            my_task._set_state(TaskState.WAITING)
            return False
        my_task.internal_data[CONSUMED] = sources
        for other in consumed[1:]:
            other.cancel()
        return True

    def _one_of_each_flow(self, tokens: list[Task]) -> list[Task]:
        """The first tokens on each flow; several flows may come from the same step."""
        room = Counter(self._inputs)
        found = []
        for token in tokens:
            if room[token.internal_data[SOURCE]]:
                room[token.internal_data[SOURCE]] -= 1
                found.append(token)
        return found

    def _may_fire(self, my_task: Task, sources: list[str]) -> bool:
        raise NotImplementedError


class ParallelJoin(_Join, ParallelGateway):
    """Fires when every incoming flow has a token."""

    def _may_fire(self, my_task: Task, sources: list[str]) -> bool:
        return len(sources) == len(self._inputs)

    def _run_hook(self, my_task: Task) -> bool:
        return True


class InclusiveJoin(_Join, InclusiveGateway):
    """Fires when no live token elsewhere can still bring an arrival to a flow that has none."""

    def _joins_one_that_goes(self, my_task: Task) -> bool:
        for other in self._others(my_task, TaskState.READY):
            sources = [*other.internal_data.get(CONSUMED, ()), my_task.internal_data[SOURCE]]
            if "stuck" not in other.internal_data and not Counter(sources) - Counter(self._inputs):
                other.cancel()
                my_task.internal_data[CONSUMED] = sources
                return True
        return False

    def _may_fire(self, my_task: Task, sources: list[str]) -> bool:
        missing = set(self._inputs) - set(sources)
        return not missing or not any(
            (reached := self._reachable_inputs(spec)) & missing and reached.isdisjoint(sources)
            for spec in self._live_specs(my_task)
        )

    def _live_specs(self, my_task: Task) -> set[TaskSpec]:
        return {
            t.task_spec
            for t in my_task.workflow.tasks.values()
            if t.task_spec is not self and not isinstance(t.task_spec, BoundaryEvent) and _is_live(t)
        }

    def _reachable_inputs(self, start: TaskSpec) -> frozenset[str]:
        """Names of the steps before this join that can be reached from `start` without passing the join."""
        known: dict[str, frozenset[str]] = self.__dict__.setdefault("_reachable", {})
        if start.name not in known:
            known[start.name] = frozenset(_reached(start, self) & set(self._inputs))
        return known[start.name]

    def _run_hook(self, my_task: Task) -> bool:
        matches, defaults = self._get_matching_outputs(my_task)
        chosen = matches or defaults
        if not chosen:
            raise NoConditionHolds(element=self.bpmn_id)
        my_task._sync_children(chosen, TaskState.FUTURE)
        return True


def _reached(start: TaskSpec, without: TaskSpec) -> set[str]:
    seen: set[str] = set()
    stack = [start]
    while stack:
        spec = stack.pop()
        if spec.name not in seen and spec is not without:
            seen.add(spec.name)
            stack.extend(spec.outputs)
    return seen


def _is_live(task: Task) -> bool:
    """A token that can move: running, waiting, or just created by a finished step."""
    if task.has_state(TaskState.WAITING | TaskState.READY | TaskState.STARTED):
        return True
    return bool(task.has_state(TaskState.FUTURE) and task.parent and task.parent.has_state(TaskState.COMPLETED))
