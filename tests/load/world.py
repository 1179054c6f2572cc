"""A small world for measuring: processes of its own, agencies that need no table, and an engine on any database."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from typing import Any

from sqlalchemy import Engine as Database
from sqlalchemy import text
from sqlalchemy.orm import Session

from engine import database
from engine.actors import SYSTEM, Actor
from engine.clock import Clock, SystemClock
from engine.core import Engine
from engine.events import guards
from engine.procedures.bundle import Bundle
from engine.procedures.versions import publish
from engine.services import Binding, Consumer, Deadline, Recount, Service
from engine.tables import Base
from engine.unit_of_work import Ports
from tests.support.bpmn import bpmn

AGENCIES = 170
SEQUENTIAL, ELEMENTS_30, LOOP = "sequential", "elements-30", "loop"
SEQUENTIAL_TASKS = 10
BLOCKS = 4
VALUES: Mapping[str, Any] = {"note": "Đã kiểm tra, đề nghị chuyển bước sau."}
PUBLISHED = datetime(2026, 1, 1, tzinfo=UTC)


def agency(number: int) -> str:
    """Id of an agency, from 0."""
    return f"agency-{number:03}"


def officer(number: int = 0, person: str = "") -> Actor:
    """A specialist of an agency."""
    return Actor(
        person or f"officer-{number:03}", f"Chuyên viên {number}", agency(number), agency(number).upper(),
        frozenset({"specialist"}),
    )  # fmt: skip


class Directory:
    """Agencies that exist on every day; the first one carries every role."""

    def binding(self, session: Session, role: str, on: date) -> Binding:
        """The first agency."""
        return Binding(role, agency(0), agency(0).upper(), "binding-0", "")

    def agency_name(self, session: Session, agency_id: str, on: date) -> str:
        """The id in capitals."""
        return agency_id.upper()

    def may_act(self, session: Session, person_id: str, agency_id: str, duty: str, on: date) -> bool:
        """Everybody may."""
        return True

    def person_name(self, session: Session, person_id: str) -> str:
        """The id itself."""
        return person_id

    def active_agencies(self, session: Session, on: date) -> frozenset[str]:
        """All."""
        return frozenset(map(agency, range(AGENCIES)))

    def officers(self, session: Session, agency_id: str, duty: str, on: date) -> list[tuple[str, str]]:
        """Nobody is proposed."""
        return []


class Deadlines:
    """Everything is due a day after it was entered."""

    def compute(
        self,
        session: Session,
        rule: Mapping[str, Any],
        *,
        variables: Mapping[str, Any],
        law_on: date,
        entered_at: datetime,
    ) -> Deadline:
        """One day."""
        due_at = entered_at + timedelta(days=1)
        return Deadline(due_at, str(rule["id"]), "days", 1, entered_at, "TK", "", "V", "1")

    def recount(self, session: Session, clock: str, amount: int, start_at: datetime) -> Recount:
        """The same day."""
        return Recount(start_at + timedelta(days=1), (), "1")


@dataclass
class MemoryBlobs:
    """Attachments in memory."""

    stored: dict[str, bytes] = field(default_factory=dict)

    def put(self, data: bytes) -> str:
        """Keep; returns the SHA-256."""
        key = sha256(data).hexdigest()
        self.stored[key] = data
        return key

    def delete(self, sha256: str) -> None:
        """Forget."""
        self.stored.pop(sha256, None)

    def get(self, sha256: str) -> bytes:
        """Read back."""
        return self.stored[sha256]


def open_engine(
    url: str,
    clock: Clock | None = None,
    services: Mapping[str, Service] | None = None,
    consumers: Mapping[str, Consumer] | None = None,
) -> Engine:
    """An engine on the store at `url`, with the ports of this world."""
    opened = database.opened(url)
    plugged = {"load.pass": lambda call: {}, **(services or {})}
    ports = Ports(Directory(), Deadlines(), MemoryBlobs(), plugged, consumers or {})
    return Engine(opened, clock or SystemClock(), ports)


def create_schema(opened: Database) -> None:
    """All tables with the triggers of the log, as the migrations make them."""
    with opened.execution_options(**{database.WRITING: True}).begin() as connection:
        Base.metadata.create_all(connection)
        for statement in guards.statements(opened.dialect.name, tuple(guards.GUARDED)):
            connection.execute(text(statement))


def publish_all(engine: Engine, bundles: Sequence[Bundle]) -> dict[str, str]:
    """Publish procedures without the regulation's checks. Returns their version hashes by id."""
    with engine.transaction() as session:
        return {
            bundle.id: publish(
                session, bundle, actor=SYSTEM, now=PUBLISHED, document_templates="0", checks=lambda *_: []
            ).hash
            for bundle in bundles
        }


def bundle(id_: str, diagram: bytes, title: str = "") -> Bundle:
    """A procedure of one diagram, with the form `note` for every task."""
    fields = [
        {"name": "note", "type": "text", "label": {"vi": "Ý kiến", "en": "Note"}, "required": True},
        {"name": "again", "type": "boolean", "label": {"vi": "Làm lại", "en": "Again"}},
    ]
    form = {"id": "note", "title": {"vi": "Ý kiến", "en": "Note"}, "fields": fields}
    description = {
        "id": id_, "kind": "procedure", "code": id_[:3].upper(), "title": {"vi": title or id_, "en": id_},
        "lead": "LEAD", "start": {"duties": ["specialist"]}, "uses": [],
        "outcomes": {"DONE": {"vi": "Xong", "en": "Done", "result": "none", "reason": "-"}},
    }  # fmt: skip
    return Bundle(
        {
            "procedure.yaml": json.dumps(description).encode(),
            "process.bpmn": diagram,
            "forms/note.json": json.dumps(form).encode(),
        }
    )


def task(id_: str, agency_id: str = agency(0)) -> str:
    """A user task of an agency, as `tests.support.bpmn` reads it."""
    extension = f'<ph:task form="note" duty="specialist" agency="\'{agency_id}\'" claim="initiator"/>'
    return f"userTask {id_} <bpmn:extensionElements>{extension}</bpmn:extensionElements>"


def service(id_: str, name: str = "load.pass") -> str:
    """A service task, as `tests.support.bpmn` reads it."""
    return f'serviceTask {id_} <bpmn:extensionElements><ph:service name="{name}"/></bpmn:extensionElements>'


def sequential() -> Bundle:
    """One task after the other."""
    names = [f"step_{n}" for n in range(SEQUENTIAL_TASKS)]
    nodes = ["startEvent begin", *map(task, names), "endEvent done"]
    order = ["begin", *names, "done"]
    return bundle(SEQUENTIAL, bpmn(nodes, [f"{a} {b}" for a, b in pairwise(order)], "sequential"))


def elements_30() -> Bundle:
    """Thirty elements: four blocks of a fork, two tasks and a service, a join, and a way back."""
    nodes, flows, last = ["startEvent begin"], list[str](), "begin"
    for n in range(BLOCKS):
        nodes += [f"exclusiveGateway turn_{n}", f"parallelGateway split_{n}", task(f"left_{n}"), task(f"right_{n}")]
        nodes += [service(f"pass_{n}"), f"parallelGateway join_{n}", f"exclusiveGateway choose_{n}"]
        flows += [f"{last} turn_{n}" + (" default" if n else ""), f"turn_{n} split_{n}"]
        flows += [f"split_{n} left_{n}", f"split_{n} right_{n}", f"left_{n} join_{n}", f"right_{n} pass_{n}"]
        flows += [f"pass_{n} join_{n}", f"join_{n} choose_{n}", f"choose_{n} turn_{n} defined('again') and again"]
        last = f"choose_{n}"
    return bundle(ELEMENTS_30, bpmn([*nodes, "endEvent done"], [*flows, f"{last} done default"], "elements_30"))


def loop() -> Bundle:
    """One task that is done again and again."""
    nodes = ["startEvent begin", "exclusiveGateway turn", task("work"), "exclusiveGateway enough", "endEvent done"]
    flows = ["begin turn", "turn work", "work enough", "enough turn defined('again') and again", "enough done default"]
    return bundle(LOOP, bpmn(nodes, flows, "loop"))
