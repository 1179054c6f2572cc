"""Small procedures published into a store as they are, for tests of what people do with a case."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from engine.actors import SYSTEM
from engine.commands import ClaimWorkItem, Command, CompleteWorkItem, StartCase
from engine.procedures.bundle import Bundle
from engine.procedures.versions import publish
from engine.tables import WorkItem
from engine.unit_of_work import OpenItem, Receipt
from tests.support.bpmn import bpmn
from tests.support.world import World

LEAD = "so-vhttdl"
"""Carries the role of the lead of these procedures; `tests/support/world.py` names its officers by duty."""


def form(*fields: str) -> dict[str, Any]:
    """Fields written as `name` or `name:type`, none of them required."""
    split = [field.partition(":") for field in fields]
    title = {"vi": "Biểu mẫu", "en": "Form"}
    return {"title": title, "fields": [_field(name, kind or "text") for name, _, kind in split]}


def _field(name: str, kind: str) -> dict[str, Any]:
    label = {"vi": name, "en": name}
    return {"name": name, "type": kind, "label": label} | ({} if kind == "attachments" else {"prefill": name})


def task(id_: str, form: str = "note", extra: str = "", **attributes: str) -> str:
    """A user task for `bpmn`, by default of the agency that began the case."""
    attributes = {"agency": "case.initiator_agency", **attributes}
    written = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    return f'userTask {id_} {extra}<bpmn:extensionElements><ph:task form="{form}" {written}/></bpmn:extensionElements>'


def procedure(
    id_: str,
    nodes: Sequence[str],
    flows: Sequence[str],
    *,
    forms: Mapping[str, Mapping[str, Any]],
    extra: str = "",
    more: str = "",
    deadlines: str = "",
    start: str = "start: {duties: [specialist, head]}\n",
) -> Bundle:
    """A procedure whose end has the outcome DONE; `more` are further lines of its description."""
    description = (
        f"id: {id_}\nkind: procedure\ncode: {id_[:2].upper()}\ntitle: {{vi: {id_}, en: {id_}}}\nlead: EXT_INFO\n"
        f"{start}outcomes: {{}}\n{more}"
    )
    files = {"procedure.yaml": description.encode(), "process.bpmn": bpmn(nodes, flows, id_.replace("-", "_"), extra)}
    files |= {f"forms/{name}.json": json.dumps({"id": name, **one}).encode() for name, one in forms.items()}
    return Bundle(files | ({"deadlines.yaml": deadlines.encode()} if deadlines else {}))


def install(world: World, *bundles: Bundle) -> World:
    """Publish them without checks."""
    with world.container.write() as session:
        for bundle in bundles:
            publish(
                session,
                bundle,
                actor=SYSTEM,
                now=world.clock.now(),
                document_templates="test",
                checks=lambda *_: [],
            )
    return world


def execute(world: World, command: Command, user_name: str) -> Receipt:
    """Carry out a command, then all that is due."""
    receipt = world.engine.execute(command, actor=world.actor_of(user_name), key=str(uuid4()))
    world.engine.drain()
    return receipt


def start(world: World, procedure_id: str, user_name: str, **variables: Any) -> Receipt:
    """Begin a case."""
    return execute(world, StartCase(procedure_id, variables=variables), user_name)


def open_items(world: World, case_id: str) -> dict[str, OpenItem]:
    """The open work items of a case by element; several of one element with their agency behind it."""
    found: dict[str, OpenItem] = {}
    for item in world.open_items(case_id):
        found[item.element_id if item.element_id not in found else f"{item.element_id} {item.agency_id}"] = item
    return found


def complete(world: World, case_id: str, element: str, user_name: str, **values: Any) -> Receipt:
    """Claim the element's open item of the person's agency and complete it."""
    actor = world.actor_of(user_name)
    mine = [i for i in world.open_items(case_id) if i.element_id == element and i.agency_id == actor.agency_id]
    if mine[0].assignee_id != actor.person_id:
        execute(world, ClaimWorkItem(mine[0].id), user_name)
    return execute(world, CompleteWorkItem(mine[0].id, values), user_name)


def done_item(world: World, case_id: str, element: str) -> str:
    """Id of the last completed work item of an element."""
    with world.engine.read() as session:
        done = (WorkItem.case_id == case_id, WorkItem.element_id == element, WorkItem.status == "done")
        return session.scalars(select(WorkItem.id).where(*done).order_by(WorkItem.occurrence.desc())).first() or ""


def happened(world: World, case_id: str) -> list[str]:
    """Types of the events of a case."""
    return [event.type for event in world.history(case_id)]


def payload(world: World, case_id: str, type_: str) -> Mapping[str, Any]:
    """What the last event of a type says."""
    return [event.payload or {} for event in world.history(case_id) if event.type == type_][-1]


def item_of(world: World, case_id: str, element: str) -> str:
    """Id of the open work item of an element."""
    return open_items(world, case_id)[element].id
