"""What the chaos trials run: small procedures, a service that gives numbers, a consumer whose effects are counted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, insert
from sqlalchemy import Engine as Database

from engine.clock import to_text
from engine.core import Engine
from engine.database import WRITING
from engine.procedures.bundle import Bundle
from engine.services import Delivery, Service, ServiceCall
from tests.load import world
from tests.support.bpmn import bpmn
from workflows.documents import registers
from workflows.documents.samples import sample
from workflows.documents.tables import ISSUED, Document
from workflows.studio import batches

LEDGER, DOUBLE, ALARM = "ledger", "double", "alarm"
BRANCHES = 4
TOPIC = "load.effect"
ONE_IN = 20  # so many steps fail once after they took a number
MODEL = sample("TB")

metadata = MetaData()
EFFECTS = Table(
    "load_effects",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("message_id", String(36), index=True),
    Column("at", String(32)),
)


class Unlucky(Exception):
    """A failure that the program did not foresee."""


def ledger() -> Bundle:
    """Four agencies at once; each hands in its part, which gets a number and is sent."""
    nodes, flows = ["startEvent begin", "parallelGateway split", "parallelGateway join", "endEvent done"], list[str]()
    for n in range(BRANCHES):
        nodes += [world.task(f"work_{n}", world.agency(n)), world.service(f"enter_{n}", "load.enter")]
        flows += [f"split work_{n}", f"work_{n} enter_{n}", f"enter_{n} join"]
    return world.bundle(LEDGER, bpmn(nodes, ["begin split", *flows, "join done"], LEDGER))


def double() -> Bundle:
    """One task that two people hand in at the same moment."""
    nodes = ["startEvent begin", world.task("work"), world.task("after"), "endEvent done"]
    return world.bundle(DOUBLE, bpmn(nodes, ["begin work", "work after", "after done"], DOUBLE))


def alarm() -> Bundle:
    """One timer."""
    timer = "<bpmn:timerEventDefinition><bpmn:timeDate>due</bpmn:timeDate></bpmn:timerEventDefinition>"
    nodes = ["startEvent begin", f"intermediateCatchEvent ring {timer}", "endEvent done"]
    return world.bundle(ALARM, bpmn(nodes, ["begin ring", "ring done"], ALARM))


def prepare(url: str, unlucky: bool = False) -> Engine:
    """A new store with these procedures."""
    engine = open_engine(url, unlucky)
    world.create_schema(engine.database)
    create_effects(engine.database)
    world.publish_all(engine, [ledger(), double(), alarm()])
    return engine


def create_effects(database: Database) -> None:
    """The table of counted effects; nothing in it forbids doubles."""
    with database.execution_options(**{WRITING: True}).begin() as connection:
        metadata.create_all(connection)


def open_engine(url: str, unlucky: bool = False) -> Engine:
    """An engine of one process. Where it is unlucky some steps fail after they took a number."""
    return world.open_engine(
        url, services={"load.enter": enter(unlucky)}, consumers={TOPIC: effect, **batches.consumers()}
    )


def enter(unlucky: bool) -> Service:
    """The service that gives a document its number and sends it."""

    def serve(call: ServiceCall) -> Mapping[str, Any]:
        document = Document(**_document(call))
        call.session.add(document)
        call.session.flush()
        given = registers.Clerk(call.session, call.now, call.actor).allocate(document.id, MODEL, [], None)
        document.register_id, document.number = given.register_id, given.numbering.number
        call.send(TOPIC, {"document_id": document.id})
        if unlucky and _meets_bad_luck(call.case.code, call.element_id):
            raise Unlucky(call.element_id)
        return {"number": given.numbering.number}

    return serve


def effect(delivery: Delivery) -> None:
    """One more row for the message: two rows are a double delivery."""
    record_effect(delivery.session.connection(), delivery.message_id, delivery.now)


def record_effect(connection: Connection, message_id: str, at: datetime) -> None:
    """Count an effect."""
    connection.execute(insert(EFFECTS).values(message_id=message_id, at=to_text(at)))


def _meets_bad_luck(code: str, element_id: str) -> bool:
    place = int(code.rpartition("-")[2]) * BRANCHES + int(element_id.rpartition("_")[2])
    return place % ONE_IN == 0


def _document(call: ServiceCall) -> dict[str, Any]:
    return {
        "id": str(uuid4()), "case_id": call.case.id, "type": "TB", "issuer_agency_id": MODEL.issuer.agency_id,
        "issuer_name": MODEL.issuer.name, "subject": call.element_id, "search_text": "", "status": ISSUED,
        "revision": 1, "created_at": call.now, "created_by": call.actor.person_id,
    }  # fmt: skip
