"""Joins count tokens on flows: what random comparison with a token game has taught, each as a small process."""

from __future__ import annotations

from engine.spiff.machine import Machine
from tests.support.bpmn import begin, bpmn, do, opened, program

MESSAGE = "<bpmn:messageEventDefinition/>"


def test_a_parallel_join_waits_for_both_empty_ways_and_goes_on_once() -> None:
    """Given two flows straight from a split to its join, then what follows is done once, not twice."""
    diagram = bpmn(
        "startEvent s,parallelGateway split,userTask a,parallelGateway join,userTask after,endEvent e".split(","),
        "s split,split a,split join,split join,a join,join after,after e".split(","),
    )
    machine = begin(program(diagram))
    assert opened(machine) == ["a"]
    machine = do(machine, "a")
    assert opened(machine) == ["after"]
    assert do(machine, "after").ended


def test_an_inclusive_join_goes_on_once_when_both_empty_ways_are_chosen() -> None:
    diagram = bpmn(
        "startEvent s,userTask choose,inclusiveGateway split,userTask a,inclusiveGateway join,userTask after,"
        "endEvent e".split(","),
        "s choose,choose split,split join 1 in ways,split join 2 in ways,split a default,a join,join after,"
        "after e".split(","),
    )
    machine = do(begin(program(diagram)), "choose", ways=[1, 2])
    assert opened(machine) == ["after"]
    assert do(machine, "after").ended


def test_an_inclusive_join_waits_for_no_way_that_was_left_inside_another() -> None:
    """Given an exclusive choice whose ways reach the join by flows of their own, then the way not taken is no token."""
    diagram = bpmn(
        "startEvent s,userTask choose,inclusiveGateway split,exclusiveGateway x,userTask a,userTask b,userTask c,"
        "inclusiveGateway join,endEvent e".split(","),
        "s choose,choose split,split x 1 in ways,split c default,x a way == 1,x b default,a join,b join,c join,"
        "join e".split(","),
    )
    machine = do(begin(program(diagram)), "choose", ways=[1], way=1)
    assert opened(machine) == ["a"]
    assert do(machine, "a").ended


def test_a_token_too_many_on_a_flow_waits_for_the_next_time() -> None:
    """Given a way that brings two tokens and one that brings one, then the join fires once, and the rest waits."""
    diagram = bpmn(
        "startEvent s,parallelGateway split,userTask a,userTask b,exclusiveGateway either,userTask c,"
        "parallelGateway join,userTask after,endEvent e".split(","),
        "s split,split a,split b,split c,a either,b either,either join,c join,join after,after e".split(","),
    )
    machine = do(do(begin(program(diagram)), "a"), "b")
    assert opened(machine) == ["c"]
    machine = do(machine, "c")
    assert opened(machine) == ["after"]
    machine = do(machine, "after")
    assert opened(machine) == [] and not machine.ended


def test_each_message_that_reminds_goes_its_own_way_and_the_activity_ends_them_all() -> None:
    """Given a message that comes again and again while a step is open, then the state does not grow."""
    reminder = f'boundaryEvent remind attachedToRef="answer" cancelActivity="false"{MESSAGE}'
    diagram = bpmn(
        ["startEvent s", "userTask answer", reminder, "userTask note", "endEvent e", "endEvent e2"],
        ["s answer", "answer e", "remind note", "note e2"],
    )
    machine = begin(program(diagram))
    sizes = []
    for _ in range(30):
        machine.fire(next(s for s in machine.open_steps() if s.element.is_message).token)
        assert opened(machine) == ["answer", "note", "remind"]
        machine = do(machine, "note")
        sizes.append(len(machine.dump()))
    assert max(sizes[5:]) <= sizes[4] + 16
    assert do(machine, "answer").ended


def test_a_sub_process_inside_a_sub_process_is_read() -> None:
    inner = _sub_process("inner", '<bpmn:userTask id="ask"/>', "ask")
    outer = _sub_process("outer", inner, "inner")
    diagram = bpmn(["startEvent s", "endEvent e"], ["s outer", "outer e"]).replace(
        b"<bpmn:sequenceFlow", outer.encode() + b"<bpmn:sequenceFlow", 1
    )
    machine = begin(program(diagram))
    (step,) = machine.open_steps()
    assert (step.element.id, step.around) == ("ask", ("outer", "inner"))
    machine = Machine.restore(machine.program, machine.dump())
    assert do(machine, "ask").ended


def _sub_process(id_: str, content: str, inside: str) -> str:
    start, end = f"{id_}_start", f"{id_}_end"
    flows = "".join(
        f'<bpmn:sequenceFlow id="{a}_{b}" sourceRef="{a}" targetRef="{b}"/>'
        for a, b in ((start, inside), (inside, end))
    )
    nodes = f'<bpmn:startEvent id="{start}"/>{content}<bpmn:endEvent id="{end}"/>'
    return f'<bpmn:subProcess id="{id_}">{nodes}{flows}</bpmn:subProcess>'
