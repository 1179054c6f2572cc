"""Where variables live: one dictionary per case, and a scope for each called process and each multi-instance run.

BPMN tokens of SpiffWorkflow copy all data along every branch and merge it at joins, which loses updates
when a slower branch carries a stale copy. Here a case has one set of variables; reading falls through
from a multi-instance run to the case; a called process sees its own inputs and the case's facts only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from SpiffWorkflow.bpmn.script_engine.python_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.script_engine.python_environment import BasePythonScriptEngineEnvironment
from SpiffWorkflow.task import Task

from engine.expressions import evaluate, evaluate_condition
from engine.spiff.sealing import refuse

RUN_SCOPE = "run_scope"
CALL_SCOPE = "call_scope"
CASE_FACTS = "case"


def enclosing(task: Task) -> Iterator[Task]:
    """The call activities and sub-processes around `task`, innermost first."""
    top = task.workflow.top_workflow
    while task.workflow is not top:
        task = top.get_task_from_id(task.workflow.parent_task_id)
        yield task


def scopes(task: Task) -> Iterator[dict[str, Any]]:
    """The dictionaries that `task` reads, innermost first; the first is the one it writes."""
    if RUN_SCOPE in task.internal_data:
        yield task.internal_data[RUN_SCOPE]
    for parent in enclosing(task):
        if CALL_SCOPE in parent.internal_data:
            yield parent.internal_data[CALL_SCOPE]
            return
        if RUN_SCOPE in parent.internal_data:
            yield parent.internal_data[RUN_SCOPE]
    yield task.workflow.top_workflow.memory.variables


def context(task: Task) -> dict[str, Any]:
    """What an expression at `task` sees."""
    merged: dict[str, Any] = {}
    for scope in reversed(list(scopes(task))):
        merged |= scope
    return merged | {CASE_FACTS: dict(task.workflow.top_workflow.memory.facts)}


def holds_scope(task: Task) -> bool:
    """Whether the token opened a scope: of a called process, or of one run among several."""
    return CALL_SCOPE in task.internal_data or RUN_SCOPE in task.internal_data


def inner_scope(holder: Task) -> dict[str, Any]:
    """The scope that stands open inside a token that holds one."""
    data = holder.internal_data
    scope: dict[str, Any] = data[CALL_SCOPE] if CALL_SCOPE in data else data[RUN_SCOPE]
    return scope


def context_inside(holder: Task) -> dict[str, Any]:
    """What an expression sees inside a token that holds a scope."""
    if CALL_SCOPE not in holder.internal_data:
        return context(holder)
    return {**inner_scope(holder), CASE_FACTS: dict(holder.workflow.top_workflow.memory.facts)}


def holder_of_scope(task: Task) -> str:
    """Id of the token whose scope `task` writes; empty where it writes the case's variables."""
    if RUN_SCOPE in task.internal_data:
        return str(task.id)
    return next((str(parent.id) for parent in enclosing(task) if holds_scope(parent)), "")


def write(task: Task, values: Mapping[str, Any]) -> None:
    """Set variables in the innermost scope of `task`."""
    next(scopes(task)).update(values)


class _NoEnvironment(BasePythonScriptEngineEnvironment):
    """The environment of our workflows: some specs of the library call it directly; ours never do."""

    evaluate = execute = call_service = staticmethod(refuse)


class ExpressionEngine(PythonScriptEngine):
    """What SpiffWorkflow asks when a condition must be decided: our expressions, nothing else."""

    def __init__(self) -> None:
        super().__init__(_NoEnvironment())

    def evaluate(self, task: Task, expression: str, external_context: object = None) -> bool:
        """Decide a condition in the scope of `task`."""
        return evaluate_condition(expression, context(task))

    def execute(self, task: Task, script: str, external_context: object = None) -> bool:
        """Scripts do not exist here."""
        refuse()

    def value(self, task: Task, expression: str) -> Any:
        """Evaluate any expression in the scope of `task`."""
        return evaluate(expression, context(task))
