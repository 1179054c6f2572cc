"""One case's process in memory: state in, what is open out; the outside completes steps and fires events.

The machine does nothing by itself that touches the world: it says which steps wait for a person, a service,
a decision, a moment or a message, and is told when these have happened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, ClassVar
from uuid import UUID

from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine import canonical
from engine.errors import ExpressionError, IncidentError, PhoiHopError
from engine.expressions import evaluate
from engine.procedures.model import Element
from engine.spiff import codec
from engine.spiff.moves import replace_token
from engine.spiff.parser import Program
from engine.spiff.scopes import (
    CASE_FACTS,
    ExpressionEngine,
    context,
    context_inside,
    enclosing,
    holder_of_scope,
    holds_scope,
    inner_scope,
    scopes,
    write,
)
from engine.spiff.specs import OutsideEvent, OutsideTask, is_plumbing
from engine.spiff.tree import SIBLINGS, in_order, prune

Observer = Callable[[str, str, str | None], None]
"""Is told, by process and id, of each element passed (third argument None) and of each way from one to the next."""

OCCURRENCE = "occurrence"
STANDING = TaskState.READY | TaskState.WAITING
MAXIMUM_OWN_STEPS = 5_000


class StepFailed(IncidentError):
    """SpiffWorkflow could not take a step."""

    code = "engine.step_failed"


class TokenGone(IncidentError):
    """The step is no longer open."""

    code = "engine.token_gone"


class TooManySteps(IncidentError):
    """The process took more steps at once than any sensible one: it runs in circles."""

    code = "engine.too_many_steps"


@dataclass
class Memory:
    """What a case remembers beside its tokens.

    Args:
        variables: the case's variables.
        facts: the engine's facts, readable as `case`.
        counts: how often each element was entered.
        outcome: code of the outcome, once an end event set it.
    """

    variables: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    outcome: str | None = None

    def value_in(self, expression: str, seen: Mapping[str, Any]) -> Any:
        """Evaluate in an explicit scope."""
        return evaluate(expression, seen)


@dataclass(frozen=True)
class OpenStep:
    """A step that waits for the outside. `around`: the call activities it stands in, outermost first."""

    token: str
    element: Element
    occurrence: int
    around: tuple[str, ...]


@dataclass(frozen=True)
class Failure:
    """A step of the engine itself that failed: a condition on unexpected data, a bad collection."""

    token: str
    element_id: str
    error: PhoiHopError


class Machine:
    """Runs one process. Belongs to one unit of work; the program is shared."""

    prune_above: ClassVar[int] = 40  # tasks: so much of its past may a machine keep that is never stored

    def __init__(self, program: Program, workflow: BpmnWorkflow, memory: Memory) -> None:
        self.program, self.memory = program, memory
        self._workflow = workflow
        workflow.memory, workflow.urgent = memory, []
        workflow.script_engine = ExpressionEngine()
        self._stuck: dict[UUID, Failure] = {}
        self._seen: list[tuple[Task, OpenStep]] | None = None
        self._digest: str | None = None
        self._prune_at = max(self.prune_above, 2 * self._size())
        self.path: list[tuple[str, int]] = []
        self.observe: Observer | None = None

    @classmethod
    def start(cls, program: Program, variables: Mapping[str, Any], facts: Mapping[str, Any]) -> Machine:
        """A fresh run, not advanced yet."""
        specs = dict(program.specs)
        workflow = BpmnWorkflow(specs.pop(program.main), specs, ExpressionEngine())
        return cls(program, workflow, Memory(dict(variables), dict(facts)))

    @classmethod
    def restore(cls, program: Program, data: bytes) -> Machine:
        """The run as `dump` stored it."""
        workflow, memory = codec.decode(program, data)
        return cls(program, workflow, Memory(**memory))

    @classmethod
    def resume(cls, program: Program, state: codec.State) -> Machine:
        """The run as `state` gave it, on these specs."""
        workflow, memory = codec.put_together(program, deepcopy(state))
        return cls(program, workflow, Memory(**memory))

    def dump(self) -> bytes:
        """The run as bytes."""
        return codec.encode(self._workflow, vars(self.memory))

    def state(self) -> codec.State:
        """The run as plain values, a copy: what an event holds that must be enough to go on from."""
        return deepcopy(codec.take_apart(self._workflow, vars(self.memory)))

    # What is open ----------------------------------------------------------------------------------------------------

    @property
    def ended(self) -> bool:
        """Whether nothing is left to do."""
        return bool(self._workflow.completed)

    @property
    def failures(self) -> list[Failure]:
        """Steps that failed in this unit of work or wait for a retry."""
        return list(self._stuck.values())

    def open_steps(self) -> list[OpenStep]:
        """Every step that waits for the outside, in order of the tree."""
        return [step for _, step in self._waiting()]

    def scope(self, token: str) -> dict[str, Any]:
        """The variables that the step sees, with `case`."""
        return context(self._task(token))

    def scope_owner(self, token: str) -> str:
        """The token that holds the variables which the step writes; empty for those of the case."""
        return holder_of_scope(self._task(token))

    def scope_at(self, owner: str) -> dict[str, Any]:
        """What is seen in the scope that the token holds (empty: the case's variables), with `case`.

        Raises:
            TokenGone: the scope has ended.
        """
        facts = {CASE_FACTS: dict(self.memory.facts)}
        return context_inside(self._holder(owner)) if owner else {**self.memory.variables, **facts}

    def scope_holders(self) -> list[str]:
        """Tokens that hold an open scope, in order of the tree."""
        tasks = (t for t in self._tasks() if not t.has_state(TaskState.FINISHED_MASK) and holds_scope(t))
        return [str(task.id) for task in tasks]

    def is_live(self, token: str) -> bool:
        """Whether the token still stands where it was: its step has neither passed nor been cancelled."""
        return any(str(task.id) == token and task.has_state(STANDING) for task in self._tasks())

    def beside(self, token: str) -> set[str]:
        """Tokens at the border of the same activity: the activity's own and those of its boundary events.

        Branches of a parallel gateway are none: each is somebody's work by itself.
        """
        split = self._task(token).parent
        if split is None or not isinstance(split.task_spec, SIBLINGS):
            return set()
        return {str(task.id) for task in split.children}

    def digest(self) -> str:
        """Digest of the logical state: open elements with occurrence, and variables; independent of pruning and ids."""
        if self._digest is None:
            self._digest = self._digest_now()
        return self._digest

    def _digest_now(self) -> str:
        opened = sorted([*s.around, s.element.id, str(s.occurrence)] for s in self.open_steps())
        held = [[t.task_spec.bpmn_id, list(scopes(t))[:-1]] for t, _ in self._waiting()]
        logical = {"open": opened, "variables": self.memory.variables, "scopes": held, "outcome": self.memory.outcome}
        return canonical.digest(canonical.dumps(logical))

    # What happens ----------------------------------------------------------------------------------------------------

    def advance(self) -> None:
        """Take every step that is the engine's own, until all tokens wait for the outside or nothing is left.

        Raises:
            TooManySteps: the process runs in circles or splits without end.
        """
        self._seen = self._digest = None
        for _ in range(MAXIMUM_OWN_STEPS):
            self._forget()
            if (task := next(self._runnable(), None)) is None:
                return
            self._run(task)
        raise TooManySteps(maximum=MAXIMUM_OWN_STEPS)

    def complete(self, token: str, values: Mapping[str, Any]) -> None:
        """An outside task is done: write its values, move on.

        Raises:
            TokenGone: the step is not open.
        """
        task = self._task(token)
        write(task, values)
        self._run(task)
        self.advance()

    def fire(self, token: str, values: Mapping[str, Any] | None = None) -> None:
        """A timer's moment has come or a message has arrived.

        Raises:
            TokenGone: the step is not open.
        """
        task = self._task(token)
        write(task, values or {})
        task.task_spec.event_definition.catch(task)
        task.task_spec._update(task)
        self.advance()

    def correct(self, owner: str, values: Mapping[str, Any], gone: Iterable[str] = ()) -> None:
        """Set variables in the scope that the token holds (empty: the case's), and take away those that are gone.

        Raises:
            TokenGone: the scope has ended.
        """
        scope = inner_scope(self._holder(owner)) if owner else self.memory.variables
        self._seen = self._digest = None
        scope.update(values)
        for name in gone:
            scope.pop(name, None)

    def send_back(self, token: str, element_id: str) -> None:
        """Take an open step away and put its token on an earlier one of the same process.

        Raises:
            TokenGone: the step is not open.
        """
        replace_token(self._task(token), element_id)
        self.advance()

    def retry(self, token: str) -> None:
        """Try a failed step of the engine again."""
        self._stuck.pop(UUID(token), None)
        self._task(token).internal_data.pop("stuck", None)
        self.advance()

    def cancel(self) -> None:
        """Stop everything."""
        self._seen = self._digest = None
        self._workflow.cancel()

    def take_path(self) -> list[list[Any]]:
        """Elements passed since the last call, as [element id, occurrence]."""
        path, self.path = self.path, []
        return [list(step) for step in path]

    # Inside ----------------------------------------------------------------------------------------------------------

    def _waiting(self) -> list[tuple[Task, OpenStep]]:
        """The tasks that wait for the outside; looked for once after each change."""
        if self._seen is None:
            self._seen = [(task, self._open_step(task)) for task in self._tasks() if _waits_outside(task)]
        return self._seen

    def _forget(self) -> None:
        """Keep the tree small, and the recursions and depth limits of the library out of reach, without storing."""
        if self._size() > self._prune_at:
            prune(self._workflow)
            self._prune_at = max(self.prune_above, 2 * self._size())

    def _size(self) -> int:
        """How many tasks the tree holds, finished ones and those of called processes with it."""
        return sum(len(w.tasks) for w in [self._workflow, *self._workflow.subprocesses.values()])

    def _tasks(self) -> Iterator[Task]:
        return in_order(self._workflow)

    def _runnable(self) -> Iterator[Task]:
        """Steps that are the engine's own; boundary events that have happened first, before what they end goes on."""
        urgent = self._workflow.urgent
        while urgent:
            if (task := urgent.pop(0)).state == TaskState.READY:
                yield task
        for task in self._tasks():
            if task.state == TaskState.READY and not task.task_spec.manual and "stuck" not in task.internal_data:
                yield task

    def _run(self, task: Task) -> None:
        spec = task.task_spec
        try:
            task.run()
        except (ExpressionError, IncidentError) as error:
            self._hold(task, error)
        except SpiffWorkflowException as error:
            self._hold(task, StepFailed(why=str(error)))
        else:
            if task.state == TaskState.COMPLETED and not is_plumbing(spec):
                self._passed(task)
            if self.observe:
                self._tell(task, self.observe)

    def _hold(self, task: Task, error: PhoiHopError) -> None:
        """Put the token back where it stood: the step will be tried again, nothing is half done."""
        task._set_state(TaskState.READY)
        task.internal_data["stuck"] = True
        self._stuck[task.id] = Failure(str(task.id), getattr(task.task_spec, "bpmn_id", None) or "", error)

    def _tell(self, task: Task, observe: Observer) -> None:
        """Tell which ways were taken out of a step, and that it was passed."""
        element = task.task_spec.element
        if element is not None and task.state == TaskState.COMPLETED and not is_plumbing(task.task_spec):
            observe(element.process_id, element.id, None)
        source = _drawn(task)
        for child in task.children:
            target = child.task_spec.element
            if source is not None and target is not None:
                observe(target.process_id, source.id, target.id)

    def _passed(self, task: Task) -> None:
        element = task.task_spec.element
        if element is None:
            return
        self.path.append((element.id, self._occurrence(task)))
        if element.outcome and task.workflow is self._workflow:
            self.memory.outcome = element.outcome

    def _occurrence(self, task: Task) -> int:
        """Number of the entry into the element, given when the token is first seen there."""
        data, element = task.internal_data, task.task_spec.element
        if OCCURRENCE not in data:
            key = f"{element.process_id}/{element.id}"
            data[OCCURRENCE] = self.memory.counts[key] = self.memory.counts.get(key, 0) + 1
        return int(data[OCCURRENCE])

    def _open_step(self, task: Task) -> OpenStep:
        around = tuple(t.task_spec.bpmn_id for t in enclosing(task) if t.task_spec.bpmn_id)[::-1]
        return OpenStep(str(task.id), task.task_spec.element, self._occurrence(task), around)

    def _holder(self, owner: str) -> Task:
        for task in self._tasks():
            if str(task.id) == owner and not task.has_state(TaskState.FINISHED_MASK) and holds_scope(task):
                return task
        raise TokenGone(token=owner)

    def _task(self, token: str) -> Task:
        wanted = UUID(token)
        for task in chain((task for task, _ in self._seen or ()), self._tasks()):
            if task.id == wanted and task.has_state(STANDING):
                return task
        raise TokenGone(token=token)


def _drawn(task: Task | None) -> Element | None:
    """The step's element, or that of the nearest one before it that is drawn."""
    while task is not None and task.task_spec.element is None:
        task = task.parent
    return task.task_spec.element if task is not None else None


def _waits_outside(task: Task) -> bool:
    spec = task.task_spec
    if isinstance(spec, OutsideTask):
        return bool(task.state == TaskState.READY)
    return bool(task.state == TaskState.WAITING and isinstance(getattr(spec, "event_definition", None), OutsideEvent))
