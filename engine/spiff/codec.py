"""The live state of a case as bytes and back: one place for the format, with nothing in it that has ended."""

from __future__ import annotations

from collections.abc import Mapping
from threading import local
from typing import Any
from uuid import UUID

import orjson
import zstandard
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.util.subworkflow import BpmnBaseWorkflow, BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.spiff.parser import Program
from engine.spiff.tree import prune

FORMAT = 1
LEVEL = 3


class _Contexts(local):
    """Making one costs several times what a state costs in it; none may be shared between threads."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(LEVEL)
        self.decompressor = zstandard.ZstdDecompressor()


_contexts = _Contexts()


State = dict[str, Any]
"""A running workflow as plain values, as it is stored: `memory`, the tasks of `top`, and those of each process called
in it (`subs`). A task is [id, place of its parent, name of its spec, state, triggered, internal data]."""


def encode(workflow: BpmnWorkflow, memory: Mapping[str, Any]) -> bytes:
    """Bytes of a running workflow, pruned by it, and of its memory (variables, facts, counts, outcome)."""
    return pack(take_apart(workflow, memory))


def decode(program: Program, data: bytes) -> tuple[BpmnWorkflow, dict[str, Any]]:
    """Rebuild what `encode` stored, on the shared specs of `program`."""
    return put_together(program, unpack(data))


def pack(state: State) -> bytes:
    """A state as bytes."""
    return _contexts.compressor.compress(orjson.dumps(state))


def unpack(data: bytes) -> State:
    """The state that `pack` wrote."""
    state: State = orjson.loads(_contexts.decompressor.decompress(data))
    return state


def take_apart(workflow: BpmnWorkflow, memory: Mapping[str, Any]) -> State:
    """The state of a running workflow, pruned by it, and of its memory."""
    top, *called = prune(workflow)
    return {
        "format": FORMAT,
        "memory": memory,
        "top": _workflow(top),
        "subs": [{"parent": sub.parent_task_id.hex, **_workflow(sub)} for sub in called],
    }


def put_together(program: Program, state: State) -> tuple[BpmnWorkflow, dict[str, Any]]:
    """Rebuild the workflow of a state on the shared specs of `program`."""
    specs = dict(program.specs)
    workflow = BpmnWorkflow(specs.pop(program.main), specs, deserializing=True)
    _restore(workflow, state["top"])
    for stored in state["subs"]:
        _restore_subprocess(workflow, stored)
    return workflow, state["memory"]


def decode_memory(data: bytes) -> dict[str, Any]:
    """Only the memory that `encode` stored: what a case knows, without what it does."""
    memory: dict[str, Any] = orjson.loads(zstandard.decompress(data))["memory"]
    return memory


def _workflow(workflow: BpmnBaseWorkflow) -> dict[str, Any]:
    """The tasks in their order: each behind its parent, which it names by its place."""
    places = {id_: place for place, id_ in enumerate(workflow.tasks)}
    return {"done": workflow.completed, "tasks": [_task(t, places) for t in workflow.tasks.values()]}


def _task(task: Task, places: Mapping[UUID, int]) -> list[Any]:
    return [
        task.id.hex,
        places.get(task._parent),
        task.task_spec.name,
        task.state,
        int(task.triggered),
        task.internal_data,
    ]


def _restore(workflow: BpmnBaseWorkflow, stored: Mapping[str, Any]) -> None:
    tasks: list[Task] = []
    for row in stored["tasks"]:
        tasks.append(_restore_task(workflow, row, tasks))
    workflow.task_tree = tasks[0]
    workflow.completed = stored["done"]


def _restore_task(workflow: BpmnBaseWorkflow, row: list[Any], tasks: list[Task]) -> Task:
    id_, place, spec_name, state, triggered, internal_data = row
    parent = tasks[place] if place is not None else None
    task = Task(workflow, workflow.spec.task_specs[spec_name], parent, state=state, id=UUID(id_))
    task.triggered, task.internal_data = bool(triggered), internal_data
    if state == TaskState.WAITING and isinstance(task.task_spec, CatchingEvent):
        workflow.top_workflow.event_manager.add_task(task)
    return task


def _restore_subprocess(top: BpmnWorkflow, stored: Mapping[str, Any]) -> None:
    parent = top.get_task_from_id(UUID(stored["parent"]))
    spec = top.subprocess_specs[parent.task_spec.spec]
    sub = BpmnSubWorkflow(spec, parent.id, top, deserializing=True)
    top.subprocesses[parent.id] = sub
    _restore(sub, stored)
    sub.completed_event.connect(parent.task_spec._on_subworkflow_completed, parent)
