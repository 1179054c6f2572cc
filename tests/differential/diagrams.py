"""A process as plain values: what the token game plays and what is written as BPMN for the engine."""

from __future__ import annotations

from dataclasses import dataclass, field

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:ph="urn:phoihop:bpmn:1" targetNamespace="urn:test" id="d">'
    '<bpmn:message id="m" name="m"/>'
)
WAITING_TAGS = {"task": "userTask", "service": "serviceTask", "receive": "receiveTask"}
TAGS = WAITING_TAGS | {
    "start": "startEvent",
    "end": "endEvent",
    "catch": "intermediateCatchEvent",
    "boundary": "boundaryEvent",
    "xor": "exclusiveGateway",
    "and": "parallelGateway",
    "or": "inclusiveGateway",
    "call": "callActivity",
    "sub": "subProcess",
}
TIMER = "<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>"
MESSAGE = '<bpmn:messageEventDefinition messageRef="m"/>'


@dataclass(frozen=True)
class Test:
    """A condition: what was chosen for `name` is this number (`xor`), or has it among the numbers chosen (`or`)."""

    __test__ = False
    kind: str
    name: str
    number: int

    def text(self) -> str:
        """The condition as the engine reads it."""
        chosen = f"chosen['{self.name}']"
        return f"{chosen} == {self.number}" if self.kind == "xor" else f"{self.number} in {chosen}"


@dataclass(frozen=True)
class Flow:
    """A sequence flow: its place among all flows of the process, its ends, and when it is taken."""

    id: int
    source: str
    target: str
    test: Test | None = None
    is_default: bool = False


@dataclass
class Node:
    """A flow node. `body`: what a call or sub-process runs. `runs`: name of the choice of items to run it for."""

    id: str
    kind: str
    event: str = ""
    body: Diagram | None = None
    runs: str = ""
    sequential: bool = False
    interrupting: bool = True
    boundary: list[Node] = field(default_factory=list)


@dataclass
class Diagram:
    """A process, or the inside of a sub-process."""

    id: str
    nodes: dict[str, Node] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)

    def outgoing(self, node_id: str) -> list[Flow]:
        """Flows that leave the node, in order of the diagram."""
        return [flow for flow in self.flows if flow.source == node_id]

    def incoming(self, node_id: str) -> list[Flow]:
        """Flows that reach the node."""
        return [flow for flow in self.flows if flow.target == node_id]


@dataclass
class Model:
    """A random model: its main process, the processes that it calls, and how many answers each choice has."""

    main: Diagram
    called: list[Diagram]
    choices: dict[str, tuple[str, int]]
    size: int

    def files(self) -> list[bytes]:
        """The main process and the called ones, each as a BPMN file."""
        return [_file(diagram) for diagram in [self.main, *self.called]]


def _file(diagram: Diagram) -> bytes:
    body = _content(diagram, diagram.id)
    process = f'<bpmn:process id="{diagram.id}" isExecutable="true">{body}</bpmn:process>'
    return f"{HEAD}{process}</bpmn:definitions>".encode()


def _content(diagram: Diagram, prefix: str) -> str:
    nodes = "".join(_node(node, diagram, prefix) for node in diagram.nodes.values())
    return nodes + "".join(_flow(flow, prefix) for flow in diagram.flows)


def _flow(flow: Flow, prefix: str) -> str:
    ends = f'id="{prefix}_f{flow.id}" sourceRef="{flow.source}" targetRef="{flow.target}"'
    if flow.test is None or flow.is_default:
        return f"<bpmn:sequenceFlow {ends}/>"
    condition = f"<bpmn:conditionExpression>{flow.test.text()}</bpmn:conditionExpression>"
    return f"<bpmn:sequenceFlow {ends}>{condition}</bpmn:sequenceFlow>"


def _node(node: Node, diagram: Diagram, prefix: str) -> str:
    tag, attributes = TAGS[node.kind], f'id="{node.id}"'
    default = next((flow for flow in diagram.outgoing(node.id) if flow.is_default), None)
    if default is not None:
        attributes += f' default="{prefix}_f{default.id}"'
    if node.kind == "call" and node.body is not None:
        attributes += f' calledElement="{node.body.id}"'
    return f"<bpmn:{tag} {attributes}>{_inside(node)}</bpmn:{tag}>" + "".join(
        _boundary_event(event, node.id) for event in node.boundary
    )


def _boundary_event(event: Node, activity: str) -> str:
    attributes = f'id="{event.id}" attachedToRef="{activity}" cancelActivity="{str(event.interrupting).lower()}"'
    return f"<bpmn:boundaryEvent {attributes}>{_definition(event)}</bpmn:boundaryEvent>"


def _inside(node: Node) -> str:
    if node.kind == "catch":
        return _definition(node)
    inner = ""
    if node.kind == "call":
        inner += (
            '<bpmn:extensionElements><ph:input name="chosen" value="chosen"/><ph:input name="said" value="said"/>'
            '<ph:output name="said" value="said"/></bpmn:extensionElements>'
        )
    if node.runs:
        inner += _multiple(node)
    if node.kind == "sub" and node.body is not None:
        inner += _content(node.body, node.body.id)
    return inner


def _definition(node: Node) -> str:
    return TIMER if node.event == "timer" else MESSAGE


def _multiple(node: Node) -> str:
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(node.sequential).lower()}">'
        f"<bpmn:loopDataInputRef>chosen['{node.runs}']</bpmn:loopDataInputRef>"
        f"<bpmn:loopDataOutputRef>results_{node.id}</bpmn:loopDataOutputRef>"
        f'<bpmn:inputDataItem id="{node.id}_i" name="item"/><bpmn:outputDataItem id="{node.id}_o" name="said"/>'
        "</bpmn:multiInstanceLoopCharacteristics>"
    )
