"""What is in the way of putting a state onto another diagram, one small diagram for each reason."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from unittest import mock

import pytest

from engine.procedures.renaming import Renaming
from engine.spiff import meetings
from engine.spiff.machine import Machine
from engine.spiff.parser import Program
from engine.spiff.transfer import Transfer, transfer
from tests.support.bpmn import begin, bpmn, do, opened, program

TIMER = "<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>"
LATE = f'boundaryEvent late attachedToRef="a" cancelActivity="false"{TIMER}'


def drawn(nodes: Sequence[str], flows: Sequence[str], *more: bytes) -> Program:
    return program(bpmn(nodes, flows), *more)


def line(*steps: str, extra: Sequence[str] = (), ways: Sequence[str] = ()) -> Program:
    """Tasks one after the other."""
    names = ["s", *steps, "e"]
    nodes = ["startEvent s", *(f"userTask {step}" for step in steps), "endEvent e", *extra]
    return drawn(nodes, [*(f"{a} {b}" for a, b in pairwise(names)), *ways])


def moved(machine: Machine, to: Program, **pairs: str) -> Transfer:
    state = machine.state()
    found = transfer(machine.program, to, state, Renaming(pairs, ("proc", "proc")))
    assert machine.state() == state  # nothing of the old one is touched
    return found


def reasons(machine: Machine, to: Program, **pairs: str) -> list[str]:
    return [f"{one.code} {one.element_id}".removeprefix("migration.") for one in moved(machine, to, **pairs).obstacles]


def branches(*names: str, kind: str = "parallelGateway") -> Program:
    when = " 1 == 1" if kind == "inclusiveGateway" else ""
    nodes = ["startEvent s", f"{kind} split", *(f"userTask {name}" for name in names), f"{kind} join"]
    flows = [
        "s split",
        *(f"split {name}{when}" for name in names),
        *(f"{name} join" for name in names),
        "join z",
        "z e",
    ]
    return drawn([*nodes, "userTask z", "endEvent e"], flows)


def test_a_step_that_is_gone_is_told_and_a_mapping_brings_the_token_to_its_successor() -> None:
    machine = begin(line("a", "b"))
    assert reasons(machine, line("x", "b")) == ["gone a"]
    found = moved(machine, line("x", "b"), a="x")
    assert not found.obstacles and opened(Machine.resume(line("x", "b"), found.state)) == ["x"]


def test_a_step_that_moved_into_a_sub_process_keeps_the_case() -> None:
    inside = (
        '<bpmn:startEvent id="i"/><bpmn:userTask id="a"/><bpmn:endEvent id="o"/>'
        '<bpmn:sequenceFlow id="i1" sourceRef="i" targetRef="a"/>'
        '<bpmn:sequenceFlow id="i2" sourceRef="a" targetRef="o"/>'
    )
    nodes = ["startEvent s", f"subProcess sub {inside}", "endEvent e"]
    assert reasons(begin(line("a")), drawn(nodes, ["s sub", "sub e"])) == ["place a"]


def test_a_call_of_another_process_keeps_the_case() -> None:
    def called(id_: str) -> bytes:
        return bpmn(["startEvent s", "userTask look", "endEvent e"], ["s look", "look e"], id_)

    def caller(id_: str) -> Program:
        nodes = ["startEvent s", f'callActivity call calledElement="{id_}"', "endEvent e"]
        return drawn(nodes, ["s call", "call e"], called(id_))

    machine = begin(caller("one"))
    assert reasons(machine, caller("one")) == []
    assert reasons(machine, caller("two")) == ["call call"]


def choosing(*events: str) -> Program:
    nodes = ["startEvent s", "eventBasedGateway g", *(f"intermediateCatchEvent {one} {TIMER}" for one in events)]
    return drawn([*nodes, "endEvent e"], ["s g", *(f"g {one}" for one in events), *(f"{one} e" for one in events)])


def test_an_open_choice_between_events_waits_for_the_same_ones_or_stays() -> None:
    machine = begin(choosing("one", "two"))
    assert reasons(machine, choosing("one", "two", "three")) == ["choice g"]
    assert reasons(machine, choosing("one", "zwei"), two="zwei") == []


def test_a_reminder_at_the_border_comes_and_goes_but_its_open_work_needs_it() -> None:
    plain, guarded = (
        line("a", "b"),
        line("a", "b", extra=[LATE, "userTask urge", "endEvent u"], ways=["late urge", "urge u"]),
    )
    with_reminder = Machine.resume(guarded, moved(begin(plain), guarded).state)
    assert opened(with_reminder) == ["a", "late"]
    assert opened(Machine.resume(plain, moved(with_reminder, plain).state)) == ["a"]
    with_reminder.fire(next(s.token for s in with_reminder.open_steps() if s.element.id == "late"))
    assert opened(with_reminder) == ["a", "urge"]
    assert reasons(with_reminder, plain) == ["gone urge"]
    assert reasons(with_reminder, line("a", "urge")) == ["reminder late"]
    assert opened(do(do(with_reminder, "a"), "urge")) == ["b"]


@pytest.mark.parametrize(
    ("kind", "other"), [("parallelGateway", ("a", "b", "c")), ("parallelGateway", ("a",)), ("inclusiveGateway", ("a",))]
)
def test_branches_that_would_not_meet_as_before_keep_the_case(kind: str, other: tuple[str, ...]) -> None:
    machine = begin(branches("a", "b", kind=kind))
    found = reasons(machine, branches(*other, kind=kind), b="a")
    assert any(one.startswith("meeting_") for one in found), found
    assert reasons(machine, branches("a", "b", kind=kind)) == []


def test_before_the_split_and_behind_the_join_other_branches_do_not_matter() -> None:
    before = begin(line("z"))
    assert reasons(before, branches("a", "b", "c")) == []
    behind = do(do(begin(branches("a", "b")), "a"), "b")
    assert opened(behind) == ["z"] and reasons(behind, branches("a", "b", "c")) == []


def test_without_the_rule_for_meetings_the_case_would_wait_for_ever() -> None:
    """The control: what the rule refuses does go wrong."""
    machine, wider = begin(branches("a", "b")), branches("a", "b", "c")
    with mock.patch.object(meetings, "broken", return_value=()):
        found = moved(machine, wider)
    stuck = do(do(Machine.resume(wider, found.state), "a"), "b")
    assert opened(stuck) == [] and not stuck.ended
