"""Loops that turn very often: nothing grows, nothing is lost, however the case is kept."""

from __future__ import annotations

import pytest

from engine.spiff.machine import Machine
from engine.spiff.tree import in_order
from tests.support.bpmn import begin, bpmn, do, opened, program

TURNS = 10_000
LOOP = bpmn(
    "startEvent s,userTask work,exclusiveGateway again,endEvent e".split(","),
    "s work,work again,again work more,again e default".split(","),
)
LOOP_BESIDE_A_PENDING_STEP = bpmn(
    "startEvent s,parallelGateway split,userTask pending,userTask work,exclusiveGateway again,parallelGateway join,"
    "userTask after,endEvent e".split(","),
    "s split,split pending,split work,work again,again work more,again join default,pending join,join after,"
    "after e".split(","),
)
JOINS_IN_A_LOOP_BESIDE_A_PENDING_STEP = bpmn(
    "startEvent s,parallelGateway outer,userTask pending,exclusiveGateway head,parallelGateway split,userTask a,"
    "userTask b,parallelGateway join,exclusiveGateway again,parallelGateway all,endEvent e".split(","),
    "s outer,outer pending,outer head,head split,split a,split b,a join,b join,join again,again head more,"
    "again all default,pending all,all e".split(","),
)
LOOP_IN_A_CALLED_PROCESS = (
    bpmn(
        [
            "startEvent s",
            "userTask answer",
            'boundaryEvent remind attachedToRef="answer" cancelActivity="false"<bpmn:timerEventDefinition/>',
            'callActivity call calledElement="inner"<bpmn:extensionElements>'
            '<ph:input name="more" value="False"/></bpmn:extensionElements>',
            "endEvent e",
            "endEvent e2",
        ],
        ["s answer", "answer e", "remind call", "call e2"],
    ),
    bpmn(
        "startEvent is,userTask work,exclusiveGateway again,endEvent ie".split(","),
        "is work,work again,again work more,again ie default".split(","),
        "inner",
    ),
)


def test_a_loop_of_ten_thousand_turns_stored_at_each_costs_the_same_at_the_last_as_at_the_tenth() -> None:
    """Given a case stored after each turn, then neither its bytes nor its tree know how often it turned."""
    machine = begin(program(LOOP))
    sizes, tasks = [], []
    for turn in range(TURNS):
        machine = do(machine, "work", more=True, turn=f"{turn:05}")
        sizes.append(len(machine.dump()))
        tasks.append(_tasks(machine))
    assert max(sizes) < 2_000
    assert sizes[-1] <= sizes[9] + 8  # the number of the entry has more digits
    assert set(tasks) == {tasks[0]}
    assert machine.open_steps()[0].occurrence == TURNS + 1
    assert do(machine, "work", more=False).ended


@pytest.mark.parametrize(("restore", "turns"), [(True, 2_000), (False, TURNS)], ids=["stored", "never stored"])
def test_a_long_loop_beside_a_pending_step_is_pruned_inside_its_branch(restore: bool, turns: int) -> None:
    """Given a step that stays open beside the loop, then the loop turns on and the join still finds both."""
    machine = begin(program(LOOP_BESIDE_A_PENDING_STEP))
    most, largest = 0, 0
    for _ in range(turns):
        machine = do(machine, "work", restore=restore, more=True)
        most, largest = max(most, _tasks(machine)), max(largest, 0 if not restore else len(machine.dump()))
    assert opened(machine) == ["pending", "work"]
    assert most <= (5 if restore else 2 * Machine.prune_above)
    assert largest < 2_000
    machine = do(machine, "work", restore=restore, more=False)
    assert opened(machine) == ["pending"]
    machine = do(machine, "pending", restore=restore)
    assert opened(machine) == ["after"]
    assert do(machine, "after").ended


def test_joins_in_a_long_loop_count_the_tokens_of_their_turn() -> None:
    """Given opinions returned for rework 2,000 times while another step stays open, then each turn waits for both."""
    machine = begin(program(JOINS_IN_A_LOOP_BESIDE_A_PENDING_STEP))
    for turn in range(2_000):
        assert opened(machine) == ["a", "b", "pending"]
        machine = do(machine, "b", more=True)
        assert opened(machine) == ["a", "pending"]
        machine = do(machine, "a", more=turn < 1_999)
    assert opened(machine) == ["pending"]
    assert len(machine.dump()) < 2_000
    assert do(machine, "pending").ended


def test_a_long_loop_in_a_called_process_behind_a_reminder() -> None:
    """Given a loop in a process that a reminder has called, while the step reminded of stays open."""
    machine = begin(program(*LOOP_IN_A_CALLED_PROCESS))
    machine.fire(next(s for s in machine.open_steps() if s.element.is_timer).token)
    sizes = []
    for _ in range(2_000):
        machine = do(machine, "work", more=True)
        sizes.append(_tasks(machine))
    assert set(sizes) == {sizes[0]}
    machine = do(machine, "work", more=False)
    assert opened(machine) == ["answer"]
    assert do(machine, "answer").ended


def _tasks(machine: Machine) -> int:
    return sum(1 for _ in in_order(machine._workflow))
