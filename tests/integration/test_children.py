"""A campaign starts child cases, hears of their end, and takes them with it when it is cancelled."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from sqlalchemy import select

from engine.actors import SYSTEM, Actor
from engine.commands import CancelCase, ClaimWorkItem, CompleteWorkItem, StartCase
from engine.procedures.bundle import Bundle
from engine.procedures.versions import publish
from engine.tables import Case, Incident, WorkItem
from engine.unit_of_work import Receipt
from tests.support.bpmn import bpmn
from tests.support.world import World

LABEL = {"vi": "Nội dung", "en": "Text"}
FORM = {"id": "report", "title": LABEL, "fields": [{"name": "text", "type": "text", "label": LABEL}]}
TASK = '<bpmn:extensionElements><ph:task form="report" agency="{agency}"/></bpmn:extensionElements>'
START = (
    '<bpmn:extensionElements><ph:service name="cases.start_children">'
    '<ph:input name="procedure" value="\'unit-report\'"/><ph:input name="batch" value="\'units\'"/>'
    '<ph:input name="children" value="children"/></ph:service></bpmn:extensionElements>'
)
WAIT = (
    "<bpmn:extensionElements><ph:correlation key=\"'units'\"/></bpmn:extensionElements>"
    '<bpmn:messageEventDefinition messageRef="m"/>'
)
AGENCIES = ["so-ngoai-vu", "so-tai-chinh", "cong-an-tinh"]


def folder(id_: str, code: str, diagram: bytes) -> Bundle:
    description = (
        f"id: {id_}\nkind: procedure\ncode: {code}\ntitle: {{vi: {id_}, en: {id_}}}\nlead: EXT_INFO\n"
        "start: {duties: [specialist]}\noutcomes: {}\n"
    )
    form = json.dumps(FORM).encode()
    return Bundle({"procedure.yaml": description.encode(), "process.bpmn": diagram, "forms/report.json": form})


CAMPAIGN = folder(
    "campaign",
    "CD",
    bpmn(
        [
            "startEvent s",
            f"serviceTask open {START}",
            f"intermediateCatchEvent wait {WAIT}",
            f"userTask consolidate {TASK.format(agency='case.initiator_agency')}",
            "endEvent e",
        ],
        ["s open", "open wait", "wait consolidate", "consolidate e"],
        "campaign",
        '<bpmn:message id="m" name="children-ended"/>',
    ),
)
UNIT_REPORT = folder(
    "unit-report",
    "BC",
    bpmn(
        ["startEvent s", f"userTask write {TASK.format(agency='case.initiator_agency')}", "endEvent e"],
        ["s write", "write e"],
        "unit_report",
    ),
)


@pytest.fixture
def campaign(world: World) -> World:
    """Given a campaign and the report that each unit owes."""
    with world.container.write() as session:
        for bundle in (CAMPAIGN, UNIT_REPORT):
            publish(
                session,
                bundle,
                actor=SYSTEM,
                now=world.clock.now(),
                document_templates="test",
                checks=lambda *_: [],
            )
    return world


def start(world: World, agencies: Sequence[str] = AGENCIES) -> Receipt:
    children = [{"key": agency, "agency": agency, "data": {"unit": agency}} for agency in agencies]
    command = StartCase("campaign", variables={"children": children})
    receipt = world.engine.execute(command, actor=world.actor_of("cv.so-vhttdl"), key="campaign")
    world.engine.drain()
    return receipt


def write(world: World, actor: Actor) -> None:
    with world.engine.read() as session:
        mine = select(WorkItem.id).where(
            WorkItem.element_id == "write", WorkItem.agency_id == actor.agency_id, WorkItem.status == "open"
        )
        item = session.scalars(mine).one()
    world.engine.execute(ClaimWorkItem(item), actor=actor, key=f"claim {item}")
    world.engine.execute(CompleteWorkItem(item, {}), actor=actor, key=f"complete {item}")
    world.engine.drain()


def open_steps(world: World, case_id: str) -> list[str]:
    with world.engine.read() as session:
        query = select(WorkItem.element_id).where(WorkItem.case_id == case_id, WorkItem.status.in_(("open", "claimed")))
        return list(session.scalars(query))


def statuses(world: World, procedure: str) -> list[str]:
    with world.engine.read() as session:
        return sorted(session.scalars(select(Case.status).where(Case.procedure_id == procedure)))


def test_the_campaign_goes_on_when_the_last_unit_has_reported(campaign: World) -> None:
    parent = start(campaign)
    assert statuses(campaign, "unit-report") == ["running"] * 3
    for user in ("cv.so-ngoai-vu", "cv.cong-an-tinh"):
        write(campaign, campaign.actor_of(user))
        assert open_steps(campaign, parent.case_id) == []
    write(campaign, campaign.actor_of("cv.so-tai-chinh"))
    assert open_steps(campaign, parent.case_id) == ["consolidate"]
    with campaign.engine.read() as session:
        assert session.scalars(select(Incident)).all() == []


def test_a_cancelled_campaign_takes_its_open_children_with_it(campaign: World) -> None:
    parent = start(campaign)
    write(campaign, campaign.actor_of("cv.so-ngoai-vu"))
    head = campaign.actor_of("ld.so-vhttdl")
    campaign.engine.execute(
        CancelCase(parent.case_id, "Không làm nữa", "15/TB-SVHTTDL ngày 01/9/2026"), actor=head, key="cancel"
    )
    campaign.engine.drain()
    assert statuses(campaign, "unit-report") == ["cancelled", "cancelled", "ended"]
    assert statuses(campaign, "campaign") == ["cancelled"]


def test_two_hundred_children_start_each_once(campaign: World) -> None:
    agency_ids = ["so-ngoai-vu"] * 200
    children = [{"key": f"unit {n}", "agency": agency} for n, agency in enumerate(agency_ids)]
    command = StartCase("campaign", variables={"children": children})
    campaign.engine.execute(command, actor=campaign.actor_of("cv.so-vhttdl"), key="campaign")
    campaign.engine.drain()
    assert statuses(campaign, "unit-report") == ["running"] * 200


def test_a_list_with_the_same_child_twice_is_an_incident_and_starts_nothing(campaign: World) -> None:
    parent = start(campaign, ["so-ngoai-vu", "so-ngoai-vu"])
    with campaign.engine.read() as session:
        codes = session.scalars(select(Incident.code).where(Incident.case_id == parent.case_id)).all()
    assert codes == ["children.bad_list"]
    assert statuses(campaign, "unit-report") == []
