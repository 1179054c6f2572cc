"""What comes on paper, by mail or by telephone is recorded by whom the diagram names, and becomes variables."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.commands import RecordMessage, Upload
from engine.commands.case_run import CaseNotFound
from engine.commands.recording import NotAwaited, UnknownWay
from engine.commands.work import WrongDuty
from engine.errors import InvalidForm, Rejected
from engine.tables import Attachment, AwaitedMessage, WorkItem
from tests.support.small import complete, execute, form, happened, install, open_items, payload, procedure, start, task
from tests.support.world import World
from workflows.scenarios import run_scenario

MESSAGE = '<bpmn:message id="m" name="ministry-answer"/>'
REPLY = (
    '<bpmn:extensionElements><ph:incoming form="reply" duty="clerk" agency="asked"/></bpmn:extensionElements>'
    '<bpmn:messageEventDefinition messageRef="m"/>'
)
URGENT = REPLY.replace('form="reply" duty="clerk" agency="asked"', 'form="urgent" duty="specialist"')
FIVE_DAYS = "<bpmn:timerEventDefinition><bpmn:timeDuration>P5D</bpmn:timeDuration></bpmn:timerEventDefinition>"
ASKING = procedure(
    "asking",
    [
        "startEvent s",
        task("ask"),
        "eventBasedGateway either",
        f"intermediateCatchEvent reply {REPLY}",
        f"intermediateCatchEvent late {FIVE_DAYS}",
        task("conclude"),
        task("remind"),
        "endEvent e1",
        "endEvent e2",
    ],
    [
        "s ask",
        "ask either",
        "either reply",
        "either late",
        "reply conclude",
        "conclude e1",
        "late remind",
        "remind e2",
    ],
    forms={"note": form("note"), "reply": form("answer", "scan:attachments")},
    extra=MESSAGE,
)
INITIATOR, CLERK, HEAD = "cv.so-vhttdl", "vt.so-ngoai-vu", "ld.so-ngoai-vu"


@pytest.fixture
def asked(world: World) -> World:
    """Given a procedure that asks a ministry and waits for its letter, recorded by the clerk of Sở Ngoại vụ."""
    return install(world, ASKING)


def waiting(world: World) -> str:
    case_id = start(world, "asking", INITIATOR, asked="so-ngoai-vu").case_id
    complete(world, case_id, "ask", INITIATOR, note="Đề nghị cho ý kiến")
    return case_id


def test_the_clerk_records_the_letter_with_its_scan_and_the_case_goes_on(asked: World) -> None:
    case_id = waiting(asked)
    scan = Upload("cong-van.txt", "text/plain", "Bộ trả lời: đồng ý".encode())
    command = RecordMessage(case_id, "reply", {"answer": "Đồng ý"}, {"scan": [scan]}, came_by="email")
    execute(asked, command, CLERK)
    assert list(open_items(asked, case_id)) == ["conclude"]
    told = payload(asked, case_id, "MessageRecorded")
    assert (told["agency_id"], told["came_by"], told["values"]["answer"]) == ("so-ngoai-vu", "email", "Đồng ý")
    [file] = asked.rows(Attachment, case_id=case_id)
    [kept] = asked.rows(WorkItem, case_id=case_id, element_id="reply")
    assert (file.work_item_id, kept.status, kept.agency_id) == (kept.id, "done", "so-ngoai-vu")
    assert [row.status for row in asked.rows(AwaitedMessage, case_id=case_id)] == ["recorded"]
    assert asked.faults() == []


def test_what_was_recorded_is_read_by_the_next_step(asked: World) -> None:
    case_id = waiting(asked)
    execute(asked, RecordMessage(case_id, "reply", {"answer": "Đồng ý"}), CLERK)
    complete(asked, case_id, "conclude", INITIATOR, note="Đã rõ")
    assert happened(asked, case_id)[-1] == "CaseEnded"


def test_when_the_moment_passes_nothing_waits_for_the_letter_any_more(asked: World) -> None:
    case_id = waiting(asked)
    asked.clock.advance(timedelta(days=6))
    asked.engine.drain()
    assert list(open_items(asked, case_id)) == ["remind"]
    assert [row.status for row in asked.rows(AwaitedMessage, case_id=case_id)] == ["cancelled"]
    with pytest.raises(NotAwaited):
        execute(asked, RecordMessage(case_id, "reply", {"answer": "Muộn"}), CLERK)


@pytest.mark.parametrize(
    ("user", "command", "error"),
    [
        ("vt.so-noi-vu", {}, CaseNotFound),
        ("vt.so-vhttdl", {}, NotAwaited),
        ("cv.so-ngoai-vu", {}, WrongDuty),
        ("vt.so-ngoai-vu", {"came_by": "pigeon"}, UnknownWay),
        ("vt.so-ngoai-vu", {"element_id": "late"}, NotAwaited),
        ("vt.so-ngoai-vu", {"data": {"unknown": "x"}}, InvalidForm),
        ("vt.so-ngoai-vu", {"data": {"answer": "TỐI MẬT"}}, InvalidForm),
    ],
)
def test_whoever_may_not_record_it_or_records_it_wrongly_changes_nothing(
    asked: World, user: str, command: dict[str, object], error: type[Rejected]
) -> None:
    case_id = waiting(asked)
    before = asked.digest()
    with pytest.raises(error):
        execute(asked, RecordMessage(**{"case_id": case_id, "element_id": "reply", "data": {}, **command}), user)  # type: ignore[arg-type]
    assert asked.digest() == before


def test_a_message_on_the_border_of_a_step_is_recorded_by_the_agency_of_its_lane(world: World) -> None:
    lanes = (
        '<bpmn:laneSet id="ls"><bpmn:lane id="l" name="Lead"><bpmn:extensionElements><ph:lane role="EXT_INFO"/>'
        "</bpmn:extensionElements><bpmn:flowNodeRef>work</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>"
    )
    nodes = [
        "startEvent s",
        task("work"),
        f'boundaryEvent stop attachedToRef="work"{URGENT}',
        "endEvent e",
        "endEvent f",
    ]
    bundle = procedure(
        "stopping",
        [*nodes, task("after", form="urgent")],
        ["s work", "work e", "stop after", "after f"],
        forms={"note": form("note"), "urgent": form("order")},
        extra=MESSAGE,
    )
    diagram = bundle.files["process.bpmn"].replace(b'isExecutable="true">', b'isExecutable="true">' + lanes.encode())
    install(world, type(bundle)({**bundle.files, "process.bpmn": diagram}))
    case_id = start(world, "stopping", "cv.so-ngoai-vu").case_id
    [row] = world.rows(AwaitedMessage, case_id=case_id)
    execute(world, RecordMessage(case_id, "stop", {"order": "Dừng"}), f"cv.{row.agency_id}")
    assert list(open_items(world, case_id)) == ["after"]


def test_a_scenario_records_what_comes(asked: World) -> None:
    scenario = {
        "start": {"at": "2026-09-01 08:00", "by": INITIATOR, "variables": {"asked": "so-ngoai-vu"}},
        "steps": [
            {"by": INITIATOR, "do": "ask", "expect": {"open": []}},
            {"by": CLERK, "record": "reply", "after": "2h", "data": {"answer": "x"}, "expect": {"open": ["conclude"]}},
            {"by": INITIATOR, "do": "conclude"},
        ],
        "expect": {},
    }
    result = run_scenario(asked.engine, asked.actor_of, "asking", scenario)
    assert (result.failures, result.path) == ((), ("ask", "reply", "conclude"))
    too_early = {**scenario, "steps": scenario["steps"][1:]}  # type: ignore[index]
    [failure] = run_scenario(asked.engine, asked.actor_of, "asking", too_early).failures
    assert (failure.element, failure.what) == ("reply", "open")
