"""Every kind of activity and gateway of the profile, run with the state stored and restored at every step."""

from __future__ import annotations

import pytest

from engine.spiff.machine import Machine
from tests.support.bpmn import begin, bpmn, do, opened, program
from tests.unit.test_profile_events import happen, restored, sequence

REPEAT = "<bpmn:standardLoopCharacteristics {}>{}</bpmn:standardLoopCharacteristics>"
AGAIN = "<bpmn:loopCondition>again</bpmn:loopCondition>"


def many(sequential: bool) -> str:
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}">'
        "<bpmn:loopDataInputRef>items</bpmn:loopDataInputRef><bpmn:loopDataOutputRef>results</bpmn:loopDataOutputRef>"
        '<bpmn:inputDataItem id="i" name="item"/><bpmn:outputDataItem id="o" name="result"/>'
        "</bpmn:multiInstanceLoopCharacteristics>"
    )


def in_a_row(kind: str, inner: str = "", boundary: str = "") -> bytes:
    nodes = ["startEvent s", f"{kind} x {inner}", "userTask after", "endEvent e"]
    flows = ["s x", "x after", "after e"]
    if boundary:
        nodes += [boundary, "userTask late", "endEvent e2"]
        flows += ["b late", "late e2"]
    return bpmn(nodes, flows)


@pytest.mark.parametrize("kind", ["userTask", "manualTask", "serviceTask", "sendTask", "businessRuleTask"])
def test_a_task_waits_until_it_is_completed_and_writes_what_it_is_given(kind: str) -> None:
    machine = restored(begin(program(in_a_row(kind))))
    assert opened(machine) == ["x"]
    machine = do(machine, "x", answer=42)
    assert (opened(machine), machine.memory.variables) == (["after"], {"answer": 42})
    assert do(machine, "after").ended


def test_a_receive_task_waits_for_its_message() -> None:
    machine = restored(begin(program(in_a_row("receiveTask"))))
    (step,) = machine.open_steps()
    assert step.element.is_message
    assert opened(happen(machine, "x")) == ["after"]


def test_an_embedded_sub_process_shares_the_variables_around_it_and_two_files_may_use_the_same_id() -> None:
    inner = sequence("startEvent i", "userTask a", "endEvent ie")
    called = in_a_row("subProcess", inner).replace(b'id="proc"', b'id="inner"').replace(b'"a"', b'"other"')
    caller = in_a_row("subProcess", inner)
    caller = caller.replace(
        b'<bpmn:userTask id="after" name="after" >',
        b'<bpmn:callActivity id="after" name="after" calledElement="inner">',
    )
    caller = caller.replace(b'</bpmn:userTask><bpmn:endEvent id="e"', b'</bpmn:callActivity><bpmn:endEvent id="e"')
    machine = restored(begin(program(caller, called)))
    machine = do(machine, "a", seen=1)
    assert machine.memory.variables == {"seen": 1}
    assert opened(machine) == ["other"]
    assert do(do(machine, "other"), "after").ended


@pytest.mark.parametrize("sequential", [True, False])
@pytest.mark.parametrize("kind", ["userTask", "serviceTask", "subProcess"])
def test_each_run_of_a_multi_instance_step_sees_its_item_and_gives_its_result(kind: str, sequential: bool) -> None:
    inner = many(sequential)
    open_id = "x"
    if kind == "subProcess":
        inner += sequence("startEvent i", "userTask a", "endEvent ie")
        open_id = "a"
    machine = restored(begin(program(in_a_row(kind, inner)), {"items": [3, 1, 2]}))
    assert opened(machine) == [open_id] * (1 if sequential else 3)
    for _ in range(3):
        step = machine.open_steps()[-1]
        machine.complete(step.token, {"result": machine.scope(step.token)["item"] * 10})
        machine = restored(machine)
    assert machine.memory.variables["results"] == [30, 10, 20]
    assert opened(machine) == ["after"]


def test_a_multi_instance_step_over_nothing_is_passed() -> None:
    machine = restored(begin(program(in_a_row("userTask", many(False))), {"items": []}))
    assert opened(machine) == ["after"]


@pytest.mark.parametrize("sequential", [True, False])
def test_an_interrupting_timer_ends_all_runs(sequential: bool) -> None:
    timer = 'boundaryEvent b attachedToRef="x"<bpmn:timerEventDefinition/>'
    machine = restored(begin(program(in_a_row("userTask", many(sequential), timer)), {"items": [1, 2]}))
    assert opened(machine).count("x") == (1 if sequential else 2)
    machine = happen(machine, "b")
    assert opened(machine) == ["late"]
    assert do(machine, "late").ended


def turns_of(machine: Machine, answers: list[bool]) -> Machine:
    for again in answers:
        assert opened(machine) == ["x"]
        machine = do(machine, "x", again=again)
    return machine


def test_a_standard_loop_turns_while_its_condition_holds_and_asks_after_each_turn() -> None:
    machine = restored(begin(program(in_a_row("userTask", REPEAT.format("", AGAIN)))))
    machine = turns_of(machine, [True, True, False])
    assert opened(machine) == ["after"]
    assert machine.memory.counts["proc/x"] == 3


def test_a_standard_loop_that_asks_first_may_not_turn_at_all() -> None:
    prog = program(in_a_row("userTask", REPEAT.format('testBefore="true"', AGAIN)))
    assert opened(restored(begin(prog, {"again": False}))) == ["after"]
    assert opened(turns_of(restored(begin(prog, {"again": True})), [True, False])) == ["after"]


def test_a_standard_loop_ends_at_its_maximum_and_its_state_does_not_grow() -> None:
    machine = restored(begin(program(in_a_row("userTask", REPEAT.format('loopMaximum="40"', AGAIN)))))
    sizes = []
    for _ in range(40):
        machine = turns_of(machine, [True])
        sizes.append(len(machine.dump()))
    assert opened(machine) == ["after"]
    assert max(sizes[5:]) <= sizes[4] + 64


def test_a_standard_loop_around_a_sub_process_can_be_interrupted() -> None:
    inner = REPEAT.format("", AGAIN) + sequence("startEvent i", "userTask a", "endEvent ie")
    timer = 'boundaryEvent b attachedToRef="x"<bpmn:timerEventDefinition/>'
    machine = restored(begin(program(in_a_row("subProcess", inner, timer))))
    machine = do(do(machine, "a", again=True), "a", again=True)
    assert opened(machine) == ["a", "b"]
    assert opened(happen(machine, "b")) == ["late"]


def test_a_loop_condition_on_missing_data_holds_the_token_until_it_is_retried() -> None:
    machine = restored(begin(program(in_a_row("userTask", REPEAT.format("", AGAIN)))))
    machine = do(machine, "x", restore=False)
    (failure,) = machine.failures
    machine = restored(machine)
    machine.memory.variables["again"] = False
    machine.retry(failure.token)
    assert opened(machine) == ["after"]


def test_an_exclusive_gateway_takes_the_first_flow_that_holds_else_the_default() -> None:
    nodes = ["startEvent s", "userTask ask", "exclusiveGateway g", *[f"userTask {x}" for x in "abc"], "endEvent e"]
    flows = ["s ask", "ask g", "g a n > 5", "g b n > 2", "g c default", "a e", "b e", "c e"]
    prog = program(bpmn(nodes, flows))
    for number, taken in ((9, "a"), (4, "b"), (1, "c")):
        assert opened(do(restored(begin(prog)), "ask", n=number)) == [taken]


def test_data_objects_lanes_and_notes_are_documentation_only() -> None:
    data = (
        '<bpmn:ioSpecification><bpmn:dataInput id="di"/><bpmn:inputSet><bpmn:dataInputRefs>di</bpmn:dataInputRefs>'
        "</bpmn:inputSet><bpmn:outputSet/></bpmn:ioSpecification>"
        '<bpmn:dataInputAssociation id="da"><bpmn:sourceRef>file</bpmn:sourceRef><bpmn:targetRef>di</bpmn:targetRef>'
        "</bpmn:dataInputAssociation>"
    )
    diagram = in_a_row("userTask", data).replace(
        b'isExecutable="true">',
        b'isExecutable="1"><bpmn:laneSet id="l"><bpmn:lane id="l1"><bpmn:flowNodeRef>x</bpmn:flowNodeRef></bpmn:lane>'
        b'</bpmn:laneSet><bpmn:dataObject id="o1"/><bpmn:dataObjectReference id="file" dataObjectRef="o1"/>'
        b'<bpmn:textAnnotation id="n"><bpmn:text>see</bpmn:text></bpmn:textAnnotation>',
    )
    machine = restored(begin(program(diagram)))
    assert machine.open_steps()[0].element.lane is not None
    assert do(do(machine, "x"), "after").ended


@pytest.mark.parametrize("attribute", [b'isExecutable="1"', b""])
def test_a_process_runs_whether_executable_is_written_as_true_as_1_or_not_at_all(attribute: bytes) -> None:
    diagram = in_a_row("userTask").replace(b'isExecutable="true"', attribute)
    assert opened(begin(program(diagram))) == ["x"]
