"""What a process does, step by step, stored and restored at every step."""

from __future__ import annotations

from engine.errors import ExpressionError
from engine.spiff.machine import Machine
from tests.support.bpmn import begin, bpmn, do, opened, program

OPINIONS_IN_A_LOOP = bpmn(
    [
        "startEvent begin",
        "userTask draft",
        "parallelGateway split",
        "userTask a",
        "userTask b",
        "userTask c",
        "parallelGateway join",
        "exclusiveGateway enough",
        "endEvent done",
    ],
    [
        "begin draft",
        "draft split",
        "split a",
        "split b",
        "split c",
        "a join",
        "b join",
        "c join",
        "join enough",
        "enough draft again",
        "enough done default",
    ],
)


def test_opinions_returned_for_rework_many_times_join_rightly_each_time() -> None:
    """Given parallel opinions inside a loop, when it turns 40 times, then each turn waits for all three."""
    machine = begin(program(OPINIONS_IN_A_LOOP))
    for turn in range(40):
        machine = do(machine, "draft")
        assert opened(machine) == ["a", "b", "c"]
        machine = do(machine, "b")
        assert opened(machine) == ["a", "c"]
        machine = do(machine, "a", again=turn < 39)
        machine = do(machine, "c")
    assert machine.ended


def test_the_state_does_not_grow_with_the_turns_of_a_loop() -> None:
    machine = begin(program(OPINIONS_IN_A_LOOP))
    sizes = []
    for _ in range(30):
        for element in ("draft", "a", "b", "c"):
            machine = do(machine, element, again=True)
        sizes.append(len(machine.dump()))
    assert max(sizes[5:]) <= sizes[4] + 64


def test_variables_written_in_one_branch_are_seen_in_the_other_and_never_overwritten_by_stale_copies() -> None:
    """Given two branches, when the first writes while the second runs, then the second does not undo it."""
    diagram = bpmn(
        ["startEvent s", "parallelGateway split", "userTask a", "userTask b", "parallelGateway join", "endEvent e"],
        ["s split", "split a", "split b", "a join", "b join", "join e"],
    )
    machine = begin(program(diagram), {"x": 1})
    machine = do(machine, "a", x=2)
    step = machine.open_steps()[0]
    assert machine.scope(step.token)["x"] == 2
    machine = do(machine, "b", y=3)
    assert machine.ended
    assert machine.memory.variables == {"x": 2, "y": 3}


def test_an_inclusive_join_waits_for_the_chosen_branches_only() -> None:
    diagram = bpmn(
        "startEvent s,userTask choose,inclusiveGateway split,userTask a,userTask b,userTask c,"
        "inclusiveGateway join,endEvent e".split(","),
        "s choose,choose split,split a 'a' in forms,split b 'b' in forms,split c default,"
        "a join,b join,c join,join e".split(","),
    )
    for chosen, expected in ((["a"], ["a"]), (["a", "b"], ["a", "b"]), ([], ["c"])):
        machine = do(begin(program(diagram)), "choose", forms=chosen)
        assert opened(machine) == expected
        for element in expected:
            assert not machine.ended
            machine = do(machine, element)
        assert machine.ended


def test_each_consulted_agency_gives_its_opinion_in_a_called_process_and_they_are_collected_in_order() -> None:
    caller = bpmn(
        [
            "startEvent s",
            'callActivity ask calledElement="opinion"'
            '<bpmn:extensionElements><ph:input name="agency" value="consulted"/>'
            "<ph:output name=\"opinion\" value=\"{'agency': agency, 'text': text}\"/></bpmn:extensionElements>"
            '<bpmn:multiInstanceLoopCharacteristics isSequential="false">'
            "<bpmn:loopDataInputRef>agencies</bpmn:loopDataInputRef>"
            "<bpmn:loopDataOutputRef>opinions</bpmn:loopDataOutputRef>"
            '<bpmn:inputDataItem id="i" name="consulted"/><bpmn:outputDataItem id="o" name="opinion"/>'
            "</bpmn:multiInstanceLoopCharacteristics>",
            "endEvent e",
        ],
        ["s ask", "ask e"],
    )
    called = bpmn(["startEvent s2", "userTask say", "endEvent e2"], ["s2 say", "say e2"], "opinion")
    machine = begin(program(caller, called), {"agencies": ["police", "foreign"], "secret": "of the caller"})
    tokens = {machine.scope(s.token)["agency"]: s.token for s in machine.open_steps()}
    assert "secret" not in machine.scope(tokens["police"])
    for agency in ("foreign", "police"):
        machine.complete(tokens[agency], {"text": f"from {agency}"})
        machine = Machine.restore(machine.program, machine.dump())
    assert machine.ended
    assert machine.memory.variables["opinions"] == [
        {"agency": "police", "text": "from police"},
        {"agency": "foreign", "text": "from foreign"},
    ]
    assert "text" not in machine.memory.variables


def test_an_interrupting_timer_ends_the_step_and_everything_in_it() -> None:
    diagram = bpmn(
        [
            "startEvent s",
            "userTask answer",
            'boundaryEvent late attachedToRef="answer"<bpmn:timerEventDefinition/>',
            "userTask escalate",
            "endEvent e",
            "endEvent e2",
        ],
        ["s answer", "answer e", "late escalate", "escalate e2"],
    )
    machine = begin(program(diagram))
    timer = next(s for s in machine.open_steps() if s.element.is_timer)
    machine = Machine.restore(machine.program, machine.dump())
    machine.fire(timer.token)
    assert opened(machine) == ["escalate"]
    assert do(machine, "escalate").ended


def test_a_reminder_leaves_the_step_open() -> None:
    diagram = bpmn(
        [
            "startEvent s",
            "userTask answer",
            'boundaryEvent remind attachedToRef="answer" cancelActivity="false"<bpmn:timerEventDefinition/>',
            "userTask note",
            "endEvent e",
            "endEvent e2",
        ],
        ["s answer", "answer e", "remind note", "note e2"],
    )
    machine = begin(program(diagram))
    machine.fire(next(s for s in machine.open_steps() if s.element.is_timer).token)
    machine = Machine.restore(machine.program, machine.dump())
    assert opened(machine) == ["answer", "note"]
    machine = do(do(machine, "note"), "answer")
    assert machine.ended


def test_a_condition_on_missing_data_holds_the_token_until_it_is_retried() -> None:
    """Given a gateway that cannot decide, then the step is not lost, and a retry goes on once the data is there."""
    diagram = bpmn(
        ["startEvent s", "userTask a", "exclusiveGateway g", "userTask b", "userTask c", "endEvent e"],
        ["s a", "a g", "g b missing == 1", "g c default", "b e", "c e"],
    )
    machine = do(begin(program(diagram)), "a", restore=False)
    (failure,) = machine.failures
    assert (failure.element_id, type(failure.error)) == ("g", ExpressionError)
    machine = Machine.restore(machine.program, machine.dump())
    machine.memory.variables["missing"] = 1
    machine.retry(failure.token)
    assert opened(machine) == ["b"]


def test_the_digest_depends_on_what_is_open_and_on_variables_but_not_on_storing() -> None:
    first, second = begin(program(OPINIONS_IN_A_LOOP)), begin(program(OPINIONS_IN_A_LOOP))
    assert first.digest() == second.digest()
    first = do(first, "draft")
    assert first.digest() != second.digest()
    assert first.digest() == do(second, "draft", restore=False).digest()
