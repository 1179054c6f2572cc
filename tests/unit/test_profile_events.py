"""Every kind of event of the profile, run with the state stored and restored at every step."""

from __future__ import annotations

import itertools

import pytest

from engine.spiff.events import UncaughtError
from engine.spiff.machine import Machine, TooManySteps
from tests.support.bpmn import begin, bpmn, do, opened, program

SIGNALS = (
    '<bpmn:signal id="sig" name="stop"/><bpmn:error id="err" errorCode="E1"/><bpmn:error id="err2" errorCode="E2"/>'
)
SIGNALS += '<bpmn:escalation id="esc" escalationCode="S1"/>'


def restored(machine: Machine) -> Machine:
    return Machine.restore(machine.program, machine.dump())


def happen(machine: Machine, element: str) -> Machine:
    """The moment or message that `element` waits for comes."""
    machine.fire(next(s.token for s in machine.open_steps() if s.element.id == element))
    return restored(machine)


def around(inner: str, events: list[str], flows: list[str], tag: str = "subProcess") -> bytes:
    """A process with a sub-process `sub`, boundary events on it and a user task `after_<event>` behind each."""
    nodes = ["startEvent s", f"{tag} sub {inner}", "userTask after", "endEvent e"]
    links = ["s sub", "sub after", "after e"]
    for event in events:
        id_ = event.split()[1]
        nodes += [event, f"userTask after_{id_}", f"endEvent e_{id_}"]
        links += [f"{id_} after_{id_}", f"after_{id_} e_{id_}"]
    return bpmn(nodes, links + flows, extra=SIGNALS)


def sequence(*nodes: str) -> str:
    """Inner XML: nodes in a row, each `kind id<xml>`."""
    parts, ids = [], []
    for node in nodes:
        head, _, content = node.partition("<")
        kind, id_ = head.split()
        content = f"<{content}" if content else ""
        parts.append(f'<bpmn:{kind} id="{id_}">{content}</bpmn:{kind}>')
        ids.append(id_)
    for number, (source, target) in enumerate(itertools.pairwise(ids)):
        parts.append(f'<bpmn:sequenceFlow id="in{ids[0]}{number}" sourceRef="{source}" targetRef="{target}"/>')
    return "".join(parts)


@pytest.mark.parametrize(
    "definition",
    [
        "<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>",
        "<bpmn:timerEventDefinition><bpmn:timeDate>due</bpmn:timeDate></bpmn:timerEventDefinition>",
        "<bpmn:messageEventDefinition/>",
    ],
)
@pytest.mark.parametrize("kind", ["startEvent", "intermediateCatchEvent"])
def test_a_start_or_intermediate_event_waits_for_its_moment_or_message(kind: str, definition: str) -> None:
    nodes = ["userTask a", "endEvent e", f"{kind} wait {definition}"]
    flows = ["wait a", "a e"]
    if kind != "startEvent":
        nodes, flows = ["startEvent s", *nodes], ["s wait", *flows]
    machine = restored(begin(program(bpmn(nodes, flows))))
    assert opened(machine) == ["wait"]
    machine = happen(machine, "wait")
    assert opened(machine) == ["a"]
    assert do(machine, "a").ended


@pytest.mark.parametrize(
    "wait",
    [
        "receiveTask hear",
        "intermediateCatchEvent hear <bpmn:messageEventDefinition/>",
        'boundaryEvent hear attachedToRef="a"<bpmn:messageEventDefinition/>',
    ],
)
def test_what_a_recorded_message_brings_is_seen_by_the_steps_behind_it(wait: str) -> None:
    on_border = wait.startswith("boundary")
    nodes = ["startEvent s", "userTask a", wait, "exclusiveGateway good", "userTask yes", "userTask no"]
    ends = ["endEvent e1", "endEvent e2", *(["endEvent e3"] if on_border else [])]
    first = ["s a", "a e3"] if on_border else ["s a", "a hear"]
    flows = [*first, "hear good", "good yes answer == 'ok'", "good no default", "yes e1", "no e2"]
    machine = restored(begin(program(bpmn([*nodes, *ends], flows))))
    machine = machine if on_border else do(machine, "a")
    machine.fire(next(s.token for s in machine.open_steps() if s.element.id == "hear"), {"answer": "ok"})
    assert opened(restored(machine)) == ["yes"]


@pytest.mark.parametrize("trigger", ["<bpmn:timerEventDefinition/>", "<bpmn:messageEventDefinition/>"])
def test_an_interrupting_boundary_event_ends_a_sub_process_with_all_in_it(trigger: str) -> None:
    inner = sequence("startEvent i", "userTask a", "endEvent ie")
    machine = begin(program(around(inner, [f'boundaryEvent late attachedToRef="sub"{trigger}'], [])))
    machine = restored(machine)
    assert opened(machine) == ["a", "late"]
    machine = happen(machine, "late")
    assert opened(machine) == ["after_late"]
    assert do(machine, "after_late").ended


def test_a_message_that_does_not_interrupt_may_come_again_and_again() -> None:
    event = 'boundaryEvent note attachedToRef="sub" cancelActivity="false"<bpmn:messageEventDefinition/>'
    inner = sequence("startEvent i", "userTask a", "endEvent ie")
    machine = restored(begin(program(around(inner, [event], []))))
    for turn in range(1, 4):
        machine = happen(machine, "note")
        assert opened(machine) == ["a", *["after_note"] * turn, "note"]
    machine = do(machine, "a")
    assert opened(machine) == ["after", *["after_note"] * 3]
    for element in ("after_note", "after", "after_note", "after_note"):
        machine = do(machine, element)
    assert machine.ended


@pytest.mark.parametrize(("cycle", "times"), [("R3/PT1H", 3), ("R1/P1D", 1), ("R/PT30M", 6)])
def test_a_cycle_reminds_as_often_as_it_says_while_the_step_is_open(cycle: str, times: int) -> None:
    timer = f"<bpmn:timerEventDefinition><bpmn:timeCycle>{cycle}</bpmn:timeCycle></bpmn:timerEventDefinition>"
    diagram = bpmn(
        [
            "startEvent s",
            "userTask a",
            f'boundaryEvent remind attachedToRef="a" cancelActivity="false"{timer}',
            "endEvent reminded",
            "endEvent e",
        ],
        ["s a", "a e", "remind reminded"],
    )
    machine = restored(begin(program(diagram)))
    for turn in range(times):
        (step,) = [s for s in machine.open_steps() if s.element.id == "remind"]
        assert (step.occurrence, step.element.duration) == (turn + 1, cycle.partition("/")[2])
        machine = happen(machine, "remind")
    assert opened(machine) == (["a", "remind"] if cycle.startswith("R/") else ["a"])
    assert machine.memory.counts["proc/reminded"] == times
    assert do(machine, "a").ended


def test_a_signal_is_heard_by_all_that_wait_for_it_anywhere_in_the_case() -> None:
    """Given a sub-process and a catch event that wait for a signal, when a branch throws it, then both go on."""
    signal, last = '<bpmn:signalEventDefinition signalRef="sig"/>', ["after_hear e2", "b throw", "throw e3"]
    diagram = bpmn(
        [
            "startEvent s",
            "parallelGateway p",
            f"subProcess sub {sequence('startEvent i', 'userTask a', 'endEvent ie')}",
            f'boundaryEvent stopped attachedToRef="sub"{signal}',
            f"intermediateCatchEvent hear {signal}",
            "userTask b",
            f"intermediateThrowEvent throw {signal}",
            *[f"endEvent e{i}" for i in range(4)],
            "userTask after_stop",
            "userTask after_hear",
        ],
        ["s p", "p sub", "p hear", "p b", "sub e0", "stopped after_stop", "after_stop e1", "hear after_hear", *last],
        extra=SIGNALS,
    )
    machine = restored(begin(program(diagram)))
    assert opened(machine) == ["a", "b"]
    machine = do(machine, "b")
    assert opened(machine) == ["after_hear", "after_stop"]
    assert do(do(machine, "after_hear"), "after_stop").ended


def test_a_signal_at_the_end_is_thrown_and_one_that_nobody_awaits_is_lost() -> None:
    diagram = bpmn(
        ["startEvent s", "userTask a", 'endEvent e <bpmn:signalEventDefinition signalRef="sig"/>'],
        ["s a", "a e"],
        extra=SIGNALS,
    )
    assert do(restored(begin(program(diagram))), "a").ended


def test_an_error_ends_the_sub_process_and_is_caught_by_its_own_code_before_any_code() -> None:
    inner = sequence("startEvent i", "userTask a", 'endEvent fail<bpmn:errorEventDefinition errorRef="err"/>')
    events = [
        'boundaryEvent any attachedToRef="sub"<bpmn:errorEventDefinition/>',
        'boundaryEvent other attachedToRef="sub"<bpmn:errorEventDefinition errorRef="err2"/>',
        'boundaryEvent mine attachedToRef="sub"<bpmn:errorEventDefinition errorRef="err"/>',
    ]
    machine = restored(begin(program(around(inner, events, []))))
    machine = do(machine, "a")
    assert opened(machine) == ["after_mine"]
    assert do(machine, "after_mine").ended


@pytest.mark.parametrize("kind", ["error", "escalation", "signal"])
def test_what_follows_an_interrupted_sub_process_is_never_passed(kind: str) -> None:
    """Given a sub-process that ends by raising what its boundary event catches, then it is not left the usual way."""
    reference = {"error": "err", "escalation": "esc", "signal": "sig"}[kind]
    definition = f'<bpmn:{kind}EventDefinition {kind}Ref="{reference}"/>'
    inner = sequence("startEvent i", "userTask a", f"endEvent fail{definition}")
    diagram = bpmn(
        [
            "startEvent s",
            f"subProcess sub {inner}",
            f'boundaryEvent caught attachedToRef="sub"{definition}',
            "intermediateThrowEvent well",
            "userTask after",
            "endEvent e",
            "endEvent e2",
        ],
        ["s sub", "sub well", "well e", "caught after", "after e2"],
        extra=SIGNALS,
    )
    machine = do(restored(begin(program(diagram))), "a", restore=False)
    assert opened(machine) == ["after"]
    assert not {"sub", "well", "e"} & {element for element, _ in machine.path}
    assert do(restored(machine), "after").ended


def test_an_error_is_not_caught_by_a_neighbour_with_the_same_code() -> None:
    def half(name: str) -> list[str]:
        error = '<bpmn:errorEventDefinition errorRef="err"/>'
        inner = sequence(f"startEvent i{name}", f"userTask {name}", f"endEvent fail{name}{error}")
        return [
            f"subProcess sub{name} {inner}",
            f'boundaryEvent caught{name} attachedToRef="sub{name}"{error}',
            f"userTask after{name}",
            f"endEvent e{name}",
            f"endEvent x{name}",
        ]

    flows = ["s p"] + [f for n in "ab" for f in (f"p sub{n}", f"sub{n} x{n}", f"caught{n} after{n}", f"after{n} e{n}")]
    diagram = bpmn(["startEvent s", "parallelGateway p", *half("a"), *half("b")], flows, extra=SIGNALS)
    machine = do(restored(begin(program(diagram))), "a")
    assert opened(machine) == ["aftera", "b"]
    machine = do(machine, "b")
    assert opened(machine) == ["aftera", "afterb"]


def test_an_error_in_a_called_process_reaches_the_caller() -> None:
    called = bpmn(
        ["startEvent i", "userTask a", 'endEvent fail <bpmn:errorEventDefinition errorRef="err"/>'],
        ["i a", "a fail"],
        "inner",
        extra=SIGNALS,
    )
    event = 'boundaryEvent caught attachedToRef="sub"<bpmn:errorEventDefinition errorRef="err"/>'
    caller = around("", [event], [], "callActivity").replace(b'id="sub"', b'id="sub" calledElement="inner"')
    machine = do(restored(begin(program(caller, called))), "a")
    assert opened(machine) == ["after_caught"]


def test_an_error_that_nothing_catches_holds_the_token_and_is_told() -> None:
    diagram = bpmn(
        ["startEvent s", "userTask a", 'endEvent fail <bpmn:errorEventDefinition errorRef="err"/>'],
        ["s a", "a fail"],
        extra=SIGNALS,
    )
    machine = do(restored(begin(program(diagram))), "a", restore=False)
    (failure,) = machine.failures
    assert (failure.element_id, type(failure.error)) == ("fail", UncaughtError)
    assert not machine.ended


@pytest.mark.parametrize("interrupts", ["true", "false"])
def test_an_escalation_tells_the_activity_around_and_need_not_stop_it(interrupts: str) -> None:
    escalation = '<bpmn:escalationEventDefinition escalationRef="esc"/>'
    inner = sequence(
        "startEvent i", "userTask a", f"intermediateThrowEvent up{escalation}", "userTask b", "endEvent ie"
    )
    event = f'boundaryEvent told attachedToRef="sub" cancelActivity="{interrupts}"{escalation}'
    machine = do(restored(begin(program(around(inner, [event], [])))), "a")
    assert opened(machine) == (["after_told"] if interrupts == "true" else ["after_told", "b"])
    for element in ["b", "after", "after_told"] if interrupts == "false" else ["after_told"]:
        machine = do(machine, element)
    assert machine.ended


def test_an_escalation_that_nobody_hears_changes_nothing() -> None:
    escalation = '<bpmn:escalationEventDefinition escalationRef="esc"/>'
    nodes = ["startEvent s", "userTask a", f"intermediateThrowEvent up {escalation}", "userTask b"]
    diagram = bpmn([*nodes, f"endEvent e {escalation}"], ["s a", "a up", "up b", "b e"], extra=SIGNALS)
    machine = do(restored(begin(program(diagram))), "a")
    assert opened(machine) == ["b"]
    assert do(machine, "b").ended


def test_terminate_ends_its_own_process_with_all_its_branches() -> None:
    stop = "endEvent stop <bpmn:terminateEventDefinition/>"
    diagram = bpmn(
        [*"startEvent s,parallelGateway p,userTask a,userTask b".split(","), "endEvent e", stop],
        ["s p", "p a", "p b", "a stop", "b e"],
    )
    machine = do(restored(begin(program(diagram))), "a")
    assert machine.ended
    assert opened(machine) == []


def test_terminate_in_a_sub_process_lets_the_process_around_go_on() -> None:
    inner = sequence("startEvent i", "parallelGateway p", "userTask a", "endEvent stop<bpmn:terminateEventDefinition/>")
    inner += '<bpmn:userTask id="b"/><bpmn:endEvent id="ie"/><bpmn:sequenceFlow id="x" sourceRef="p" targetRef="b"/>'
    inner += '<bpmn:sequenceFlow id="y" sourceRef="b" targetRef="ie"/>'
    machine = do(restored(begin(program(around(inner, [], [])))), "a")
    assert opened(machine) == ["after"]
    assert do(machine, "after").ended


def test_an_intermediate_event_without_a_trigger_is_only_passed() -> None:
    machine = begin(program(bpmn(["startEvent s", "intermediateThrowEvent t", "userTask a", "endEvent e"],
                                 ["s t", "t a", "a e"])))  # fmt: skip
    assert opened(restored(machine)) == ["a"]
    assert ("t", 1) in machine.path


@pytest.mark.parametrize("first", ["m", "t", "r"])
def test_after_an_event_gateway_the_first_event_wins_and_the_others_wait_no_longer(first: str) -> None:
    nodes = [
        "startEvent s",
        "eventBasedGateway g",
        "intermediateCatchEvent m <bpmn:messageEventDefinition/>",
        "intermediateCatchEvent t <bpmn:timerEventDefinition/>",
        'intermediateCatchEvent h <bpmn:signalEventDefinition signalRef="sig"/>',
        "receiveTask r",
    ]
    flows = ["s g"]
    for id_ in "mthr":
        nodes += [f"userTask after_{id_}", f"endEvent e_{id_}"]
        flows += [f"g {id_}", f"{id_} after_{id_}", f"after_{id_} e_{id_}"]
    machine = restored(begin(program(bpmn(nodes, flows, extra=SIGNALS))))
    assert opened(machine) == ["m", "r", "t"]
    machine = happen(machine, first)
    assert opened(machine) == [f"after_{first}"]
    assert do(machine, f"after_{first}").ended


def test_an_event_gateway_in_a_loop_offers_all_events_each_turn() -> None:
    nodes = ["startEvent s", "eventBasedGateway g", "intermediateCatchEvent m <bpmn:messageEventDefinition/>"]
    nodes += ["intermediateCatchEvent t <bpmn:timerEventDefinition/>", "userTask a", "endEvent e"]
    machine = restored(begin(program(bpmn(nodes, ["s g", "g m", "g t", "m a", "a g", "t e"]))))
    sizes = []
    for _ in range(8):
        assert opened(machine) == ["m", "t"]
        machine = do(happen(machine, "m"), "a")
        sizes.append(len(machine.dump()))
    assert max(sizes[3:]) <= sizes[2] + 64
    assert happen(machine, "t").ended


def test_a_process_that_runs_in_circles_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.spiff.machine.MAXIMUM_OWN_STEPS", 200)
    nodes = ["startEvent s", "exclusiveGateway g", "intermediateThrowEvent t", "endEvent e"]
    with pytest.raises(TooManySteps):
        begin(program(bpmn(nodes, ["s g", "g t True", "t g", "g e default"])))
