"""Checks a diagram by numbers: nodes in their lanes, nothing on top of anything, labels that fit, a width that
can be printed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from engine.procedures import text
from engine.procedures.diagram import Diagram, Edge, Shape, read_diagram
from engine.procedures.geometry import Rect, count_crossings, count_overlaps, pairs
from engine.procedures.layout.arrange import WIDTH_LIMIT
from engine.procedures.layout.graph import LABEL_LEADING, LABEL_TEXT, TASK_LEADING, task_lines

SLACK: Final = 1.0


@dataclass(frozen=True)
class LayoutFault:
    """One defect of a diagram: a stable code, the element, and the other element or the number that it clashes with."""

    code: str
    element: str
    other: str = ""


@dataclass(frozen=True)
class Measure:
    """Size in pixels and how often flows cross or turn."""

    width: float
    height: float
    crossings: int
    bends: int


def measure(content: bytes) -> Measure:
    """Measure a laid out BPMN file."""
    diagram = read_diagram(content)
    bends = sum(len(edge.line) - 2 for edge in diagram.edges)
    return Measure(diagram.bounds.width, diagram.bounds.height, _crossings(diagram.edges), bends)


def check_layout(
    content: bytes, *, width_limit: float = WIDTH_LIMIT, crossings_limit: int | None = None
) -> list[LayoutFault]:
    """Find the defects of a laid out BPMN file.

    Args:
        content: BPMN with coordinates.
        width_limit: widest allowed, in pixels; what is wider belongs into sub-processes.
        crossings_limit: most crossings of flows allowed; None for any.

    Returns:
        Faults `layout.outside_lane`, `layout.nodes_overlap`, `layout.flow_through_node`, `layout.flows_overlap`,
        `layout.label_too_small`, `layout.label_covers`, `layout.label_outside`, `layout.too_wide`, `layout.crossings`;
        none for a good diagram.
    """
    diagram = read_diagram(content)
    faults = [*_outside(diagram), *_overlapping(diagram), *_through(diagram), *_together(diagram), *_labels(diagram)]
    if diagram.bounds.width > width_limit:
        faults.append(LayoutFault("layout.too_wide", "", f"{diagram.bounds.width:g}"))
    crossings = _crossings(diagram.edges)
    if crossings_limit is not None and crossings > crossings_limit:
        faults.append(LayoutFault("layout.crossings", "", str(crossings)))
    return faults


def _crossings(edges: Sequence[Edge]) -> int:
    return sum(count_crossings(one.line, other.line) for one, other in combinations(edges, 2))


def _outside(diagram: Diagram) -> Iterator[LayoutFault]:
    boxes = {shape.id: shape.box for shape in diagram.shapes}
    for node in diagram.nodes:
        lane = diagram.lane_of.get(node.host or node.id)
        frame = boxes.get(lane or "") or boxes.get(node.container)
        if frame is not None and not frame.contains(node.box):
            yield LayoutFault("layout.outside_lane", node.id, lane or node.container)


def _overlapping(diagram: Diagram) -> Iterator[LayoutFault]:
    for one, other in combinations(diagram.nodes, 2):
        apart = other.id not in (one.host, one.container) and one.id not in (other.host, other.container)
        if apart and one.box.overlaps(other.box) and not _nested(diagram, one, other):
            yield LayoutFault("layout.nodes_overlap", one.id, other.id)


def _nested(diagram: Diagram, one: Shape, other: Shape) -> bool:
    return one.id in _around(diagram, other) or other.id in _around(diagram, one)


def _around(diagram: Diagram, shape: Shape) -> set[str]:
    """Ids of the sub-processes that a shape lies in."""
    containers = {node.id: node.container for node in diagram.nodes}
    found, current = set(), shape.container
    while current in containers:
        found.add(current)
        current = containers[current]
    return found


def _through(diagram: Diagram) -> Iterator[LayoutFault]:
    shapes = {node.id: node for node in diagram.nodes}
    for edge in diagram.edges:
        around = _around(diagram, shapes[edge.source]) if edge.source in shapes else set()
        for node in diagram.nodes:
            touched = node.id in around or node.id in (edge.source, edge.target)
            inside = node.box.grown(-SLACK)
            if not touched and any(inside.hit_by(a, b) for a, b in pairs(edge.line)):
                yield LayoutFault("layout.flow_through_node", edge.id, node.id)


def _together(diagram: Diagram) -> Iterator[LayoutFault]:
    """Flows on top of each other may only share their source or their target."""
    for one, other in combinations(diagram.edges, 2):
        related = one.source == other.source or one.target == other.target
        if not related and count_overlaps(one.line, other.line):
            yield LayoutFault("layout.flows_overlap", one.id, other.id)


def _labels(diagram: Diagram) -> Iterator[LayoutFault]:
    placed: list[tuple[str, Rect]] = []
    items: list[Shape | Edge] = [*diagram.nodes, *diagram.edges]
    for item in items:
        yield from _text_fits(item)
        if item.label is not None:
            placed.append((item.id, item.label))
    frame = next((shape.box for shape in diagram.shapes if shape.tag == "participant"), diagram.bounds)
    for owner, label in placed:
        if not frame.contains(label):
            yield LayoutFault("layout.label_outside", owner)
        for node in diagram.nodes:
            if node.box.overlaps(label) and owner not in _within(diagram, node):
                yield LayoutFault("layout.label_covers", owner, node.id)
    for (one, box), (other, other_box) in combinations(placed, 2):
        if box.overlaps(other_box):
            yield LayoutFault("layout.label_covers", one, other)


def _within(diagram: Diagram, shape: Shape) -> set[str]:
    """Everything inside a sub-process: labels there do not cover it."""
    if not shape.is_container:
        return set()
    inner = {node.id for node in diagram.nodes if shape.id in _around(diagram, node)}
    return inner | {edge.id for edge in diagram.edges if edge.source in inner}


def _text_fits(item: Shape | Edge) -> Iterator[LayoutFault]:
    if isinstance(item, Shape) and not item.is_event and not item.is_gateway:
        lines = task_lines(item.name, item.box.width)
        if len(lines) * TASK_LEADING > item.box.height:
            yield LayoutFault("layout.label_too_small", item.id)
    elif item.name and (item.label is None or not _holds(item.label, item.name)):
        yield LayoutFault("layout.label_too_small", item.id)


def _holds(label: Rect, name: str) -> bool:
    lines = text.wrap(name, LABEL_TEXT, label.width)
    width, height = text.block(lines, LABEL_TEXT, LABEL_LEADING)
    return width <= label.width and height <= label.height + SLACK
