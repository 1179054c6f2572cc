"""What the layout needs to know of a BPMN process: lanes, nodes with their sizes, flows, embedded sub-processes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from engine.procedures import text
from engine.procedures.xml import NAMESPACES, is_bpmn, local_name

TASK_WIDTH: Final = 130
TASK_HEIGHT: Final = 64
TASK_TEXT: Final = 12.0
TASK_LEADING: Final = 15.0
TASK_MARGIN: Final = 7
ICON_ROOM: Final = 20
MARKER_ROOM: Final = 16
LABEL_TEXT: Final = 11.0
LABEL_LEADING: Final = 13.0
EVENT: Final = 36
GATEWAY: Final = 42
TASKS: Final = frozenset(
    "task userTask serviceTask sendTask receiveTask manualTask businessRuleTask scriptTask callActivity".split()
)
PLAIN_TASKS: Final = frozenset(("task", "callActivity"))
EVENTS: Final = frozenset("startEvent endEvent intermediateCatchEvent intermediateThrowEvent boundaryEvent".split())
GATEWAYS: Final = frozenset(
    "exclusiveGateway parallelGateway inclusiveGateway eventBasedGateway complexGateway".split()
)
CONTAINERS: Final = frozenset("subProcess transaction adHocSubProcess".split())


@dataclass
class Node:
    """A flow node; `host` names the activity that a boundary event sits on, `inner` is an embedded sub-process."""

    id: str
    tag: str
    name: str
    width: int
    height: int
    host: str | None = None
    inner: Graph | None = None
    marked: bool = False

    @property
    def is_task(self) -> bool:
        """Whether its name stands inside its shape."""
        return self.tag in TASKS or self.tag in CONTAINERS

    @property
    def is_gateway(self) -> bool:
        """Whether it is drawn as a diamond."""
        return self.tag in GATEWAYS


@dataclass(frozen=True)
class Flow:
    """A sequence flow."""

    id: str
    source: str
    target: str
    name: str


@dataclass
class Lane:
    """A lane with the nodes that stand in it."""

    id: str | None
    name: str
    members: frozenset[str]


@dataclass
class Graph:
    """One process, or one embedded sub-process."""

    pool: str | None = None
    nodes: dict[str, Node] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)
    lanes: list[Lane] = field(default_factory=list)

    def lane_of(self, node: Node) -> int:
        """Index of the lane that a node stands in; a boundary event stands with its host, strays in the first lane."""
        wanted = node.host or node.id
        return next((index for index, lane in enumerate(self.lanes) if wanted in lane.members), 0)

    def resize(self, task_width: int) -> None:
        """Give all tasks this width, and the height that their names then need."""
        hosts = {node.host for node in self.nodes.values()}
        for node in self.nodes.values():
            if node.tag in TASKS:
                node.width, node.height = task_width, _task_height(node, task_width, node.id in hosts)

    def origin(self, flow: Flow) -> str:
        """The node in the columns that a flow comes from: for a boundary event its host."""
        return self.nodes[flow.source].host or flow.source


def read_graph(root: Any) -> Graph:
    """Read the executable process, with the pool around it, from BPMN definitions."""
    participant = root.find(".//bpmn:participant[@processRef]", NAMESPACES)
    processes = root.findall("bpmn:process", NAMESPACES)
    wanted = participant.get("processRef") if participant is not None else None
    process = next((p for p in processes if p.get("id") == wanted), processes[0] if processes else None)
    if process is None:
        return Graph()
    graph = _read_container(process)
    graph.pool = participant.get("id") if participant is not None else None
    graph.lanes = [_lane(element) for element in _leaf_lanes(process)] or [_whole(graph)]
    return graph


def task_lines(name: str, width: float = TASK_WIDTH) -> list[str]:
    """The name of a task, wrapped for its box."""
    return text.wrap(name, TASK_TEXT, width - 2 * TASK_MARGIN)


def marked(element: Any) -> bool:
    """Whether an activity carries a marker at its lower border (loop, multi-instance, call)."""
    loops = ("standardLoopCharacteristics", "multiInstanceLoopCharacteristics")
    return local_name(element) == "callActivity" or any(local_name(child) in loops for child in element)


def _read_container(container: Any) -> Graph:
    elements = [child for child in container if is_bpmn(child)]
    graph = Graph()
    for element in elements:
        if local_name(element) in TASKS | EVENTS | GATEWAYS | CONTAINERS:
            graph.nodes[element.get("id")] = _node(element)
    graph.flows = list(_flows(elements, graph))
    graph.lanes = [_whole(graph)]
    return graph


def _node(element: Any) -> Node:
    tag, name = local_name(element), element.get("name", "")
    inner = _read_container(element) if tag in CONTAINERS else None
    width = EVENT if tag in EVENTS else GATEWAY if tag in GATEWAYS else TASK_WIDTH
    host = element.get("attachedToRef") if tag == "boundaryEvent" else None
    return Node(element.get("id"), tag, name, width, width, host, inner, marked(element))


def _task_height(node: Node, width: int, is_host: bool) -> int:
    below = MARKER_ROOM if node.marked or is_host else 0
    above = 0 if node.tag in PLAIN_TASKS else ICON_ROOM
    needed = above + int(len(task_lines(node.name, width)) * TASK_LEADING) + 4 + below
    return max(TASK_HEIGHT, needed + needed % 2)


def _flows(elements: list[Any], graph: Graph) -> Iterator[Flow]:
    for element in elements:
        ends = element.get("sourceRef", ""), element.get("targetRef", "")
        if local_name(element) == "sequenceFlow" and all(end in graph.nodes for end in ends):
            yield Flow(element.get("id"), *ends, element.get("name", ""))


def _leaf_lanes(process: Any) -> list[Any]:
    lanes = process.findall(".//bpmn:lane", NAMESPACES)
    return [lane for lane in lanes if lane.find("bpmn:childLaneSet/bpmn:lane", NAMESPACES) is None]


def _lane(element: Any) -> Lane:
    members = frozenset((ref.text or "").strip() for ref in element.findall("bpmn:flowNodeRef", NAMESPACES))
    return Lane(element.get("id"), element.get("name", ""), members)


def _whole(graph: Graph) -> Lane:
    return Lane(None, "", frozenset(graph.nodes))
