"""Reads a BPMN diagram with its coordinates: what the drawing draws and the layout check measures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.errors import DefinitionError, Finding
from engine.procedures.geometry import Point, Rect
from engine.procedures.xml import NAMESPACES, is_bpmn, local_name, parse


@dataclass(frozen=True)
class Shape:
    """A drawn pool, lane or flow node.

    `trigger` is the kind of event ("timer", "message", ...), `loop` one of "", "standard", "parallel",
    "sequential", `host` the activity that a boundary event sits on, `hosting` whether events sit on this one.
    """

    id: str
    tag: str
    name: str
    box: Rect
    label: Rect | None
    container: str
    trigger: str = ""
    interrupting: bool = True
    loop: str = ""
    host: str | None = None
    hosting: bool = False

    @property
    def is_frame(self) -> bool:
        """Pools and lanes."""
        return self.tag in ("participant", "lane")

    @property
    def is_container(self) -> bool:
        """Embedded sub-processes, which have other shapes inside them."""
        return self.tag in ("subProcess", "transaction", "adHocSubProcess")

    @property
    def is_event(self) -> bool:
        """Drawn as a circle."""
        return self.tag.endswith("Event")

    @property
    def is_gateway(self) -> bool:
        """Drawn as a diamond."""
        return self.tag.endswith("Gateway")


@dataclass(frozen=True)
class Edge:
    """A drawn sequence flow."""

    id: str
    name: str
    source: str
    target: str
    line: tuple[Point, ...]
    label: Rect | None
    default: bool = False
    conditional: bool = False


@dataclass(frozen=True)
class Diagram:
    """Everything that is drawn, frames first, in file order."""

    shapes: tuple[Shape, ...]
    edges: tuple[Edge, ...]
    lane_of: dict[str, str]

    @property
    def nodes(self) -> list[Shape]:
        """Shapes other than pools and lanes."""
        return [shape for shape in self.shapes if not shape.is_frame]

    @property
    def bounds(self) -> Rect:
        """The smallest box around everything."""
        items: list[Shape | Edge] = [*self.shapes, *self.edges]
        boxes = [s.box for s in self.shapes] + [item.label for item in items if item.label]
        points = [point for edge in self.edges for point in edge.line]
        left = min([b.x for b in boxes] + [p.x for p in points])
        top = min([b.y for b in boxes] + [p.y for p in points])
        right = max([b.right for b in boxes] + [p.x for p in points])
        bottom = max([b.bottom for b in boxes] + [p.y for p in points])
        return Rect(left, top, right - left, bottom - top)


def read_diagram(content: bytes, file: str = "process.bpmn") -> Diagram:
    """Read the first diagram of a BPMN file.

    Raises:
        DefinitionError: `xml.*` for unreadable files; `diagram.missing` without coordinates; `diagram.incomplete` for
            the first flow node or flow that the diagram leaves out; `diagram.number` for a coordinate that is none.
    """
    root = parse(content, file)
    plane = root.find("bpmndi:BPMNDiagram/bpmndi:BPMNPlane", NAMESPACES)
    if plane is None or plane.find("bpmndi:BPMNShape", NAMESPACES) is None:
        raise DefinitionError([Finding("diagram.missing", file)])
    elements = {element.get("id"): element for element in root.iter() if is_bpmn(element) and element.get("id")}
    reader = _Reader(file, elements)
    shapes = [shape for item in plane.findall("bpmndi:BPMNShape", NAMESPACES) if (shape := reader.shape(item))]
    edges = [edge for item in plane.findall("bpmndi:BPMNEdge", NAMESPACES) if (edge := reader.edge(item))]
    reader.complete({shape.id for shape in shapes} | {edge.id for edge in edges})
    shapes.sort(key=_depth)
    return Diagram(tuple(shapes), tuple(edges), _lanes(elements))


def _depth(shape: Shape) -> int:
    """What is drawn first lies lowest: pools, lanes, sub-processes, nodes, boundary events."""
    if shape.is_frame:
        return 0 if shape.tag == "participant" else 1
    return 2 if shape.is_container else 4 if shape.host else 3


class _Reader:
    def __init__(self, file: str, elements: dict[str, Any]) -> None:
        self.file, self.elements = file, elements
        self._hosts = {e.get("attachedToRef") for e in elements.values() if e.get("attachedToRef")}
        self._defaults = {e.get("default") for e in elements.values() if e.get("default")}

    def shape(self, item: Any) -> Shape | None:
        element = self.elements.get(item.get("bpmnElement"))
        bounds = item.find("dc:Bounds", NAMESPACES)
        if element is None or bounds is None:
            return None
        return Shape(
            element.get("id"), local_name(element), element.get("name", ""), self._rect(bounds), self._label(item),
            element.getparent().get("id", ""), _trigger(element), _interrupting(element), _loop(element),
            element.get("attachedToRef"), element.get("id") in self._hosts,
        )  # fmt: skip

    def edge(self, item: Any) -> Edge | None:
        element = self.elements.get(item.get("bpmnElement"))
        line = tuple(self._point(point) for point in item.findall("di:waypoint", NAMESPACES))
        if element is None or local_name(element) != "sequenceFlow" or len(line) < 2:
            return None
        return Edge(
            element.get("id"), element.get("name", ""), element.get("sourceRef", ""), element.get("targetRef", ""),
            line, self._label(item), element.get("id") in self._defaults,
            element.find("bpmn:conditionExpression", NAMESPACES) is not None,
        )  # fmt: skip

    def complete(self, drawn: set[str]) -> None:
        for element in self.elements.values():
            if _must_be_drawn(element) and element.get("id") not in drawn:
                name = element.get("name")
                raise DefinitionError([Finding("diagram.incomplete", self.file, element.get("id"), name)])

    def _label(self, item: Any) -> Rect | None:
        bounds = item.find("bpmndi:BPMNLabel/dc:Bounds", NAMESPACES)
        return self._rect(bounds) if bounds is not None else None

    def _rect(self, bounds: Any) -> Rect:
        return Rect(*(self._number(bounds, key) for key in ("x", "y", "width", "height")))

    def _point(self, item: Any) -> Point:
        return Point(self._number(item, "x"), self._number(item, "y"))

    def _number(self, item: Any, key: str) -> float:
        try:
            value = float(item.get(key, "0"))
        except ValueError:
            value = float("nan")
        if not abs(value) <= 1e6:
            raise DefinitionError(
                [Finding("diagram.number", self.file, params={"line": item.sourceline, "value": key})]
            )
        return value


def _must_be_drawn(element: Any) -> bool:
    tag = local_name(element)
    return tag == "sequenceFlow" or tag.endswith(("Task", "Gateway", "Event")) or tag in (
        "task", "callActivity", "subProcess", "transaction", "adHocSubProcess"
    )  # fmt: skip


def _trigger(element: Any) -> str:
    kinds = [local_name(child) for child in element if local_name(child).endswith("EventDefinition")]
    if len(kinds) > 1:
        return "multiple"
    return kinds[0].removesuffix("EventDefinition") if kinds else ""


def _interrupting(element: Any) -> bool:
    return bool(element.get("cancelActivity") != "false" and element.get("isInterrupting") != "false")


def _loop(element: Any) -> str:
    if element.find("bpmn:standardLoopCharacteristics", NAMESPACES) is not None:
        return "standard"
    instances = element.find("bpmn:multiInstanceLoopCharacteristics", NAMESPACES)
    if instances is None:
        return ""
    return "sequential" if instances.get("isSequential") == "true" else "parallel"


def _lanes(elements: dict[str, Any]) -> dict[str, str]:
    lanes: dict[str, str] = {}
    for lane in elements.values():
        if local_name(lane) == "lane" and lane.find("bpmn:childLaneSet/bpmn:lane", NAMESPACES) is None:
            for reference in lane.findall("bpmn:flowNodeRef", NAMESPACES):
                lanes[(reference.text or "").strip()] = lane.get("id")
    return lanes
