"""Puts the steps together: columns and rows, ways, tracks, places, labels; embedded sub-processes first, as big
nodes.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from engine.procedures.geometry import Point, Rect, length, own_part
from engine.procedures.layout.columns import Columns
from engine.procedures.layout.graph import Flow, Graph, Node
from engine.procedures.layout.labels import Surroundings, flow_label_width, place_flow_label, place_node_label
from engine.procedures.layout.ranks import rank
from engine.procedures.layout.routing import find_ways
from engine.procedures.layout.rows import Rows
from engine.procedures.layout.spacing import Unsolvable
from engine.procedures.layout.style import STYLES, Style
from engine.procedures.layout.tracks import Plan, Segment, plan_tracks

WIDTH_LIMIT: Final = 1900
HEADER: Final = 30
INNER_PAD: Final = 14
INNER_TITLE: Final = 24
TRIES: Final = 5
MORE_ROOM: Final = 12


@dataclass
class Arrangement:
    """Where everything stands, in pixels from the upper left corner of the pool."""

    nodes: dict[str, Rect] = field(default_factory=dict)
    lines: dict[str, list[Point]] = field(default_factory=dict)
    labels: dict[str, Rect] = field(default_factory=dict)
    lanes: list[Rect] = field(default_factory=list)
    width: float = 0.0
    height: float = 0.0

    def moved(self, dx: float, dy: float) -> Arrangement:
        """Everything shifted."""
        return Arrangement(
            {key: box.moved(dx, dy) for key, box in self.nodes.items()},
            {key: [point.moved(dx, dy) for point in line] for key, line in self.lines.items()},
            {key: box.moved(dx, dy) for key, box in self.labels.items()},
            [box.moved(dx, dy) for box in self.lanes],
            self.width,
            self.height,
        )

    def include(self, other: Arrangement) -> None:
        """Take over the contents of a sub-process."""
        self.nodes |= other.nodes
        self.lines |= other.lines
        self.labels |= other.labels


def arrange(graph: Graph, *, limit: float = WIDTH_LIMIT) -> Arrangement:
    """Lay out a process.

    Args:
        graph: what to lay out; sizes of nodes with embedded sub-processes are set here.
        limit: width in pixels above which columns are no longer kept aligned.
    """
    inner = {node.id: _prepare_inner(node) for node in graph.nodes.values() if node.inner is not None}
    result = _in_style(graph, STYLES[0])
    for style in STYLES[1:]:
        if result.width <= limit:
            break
        result = min(_in_style(graph, style), result, key=lambda arrangement: arrangement.width)
    for node_id, contents in inner.items():
        box = result.nodes[node_id]
        result.include(contents.moved(box.x + INNER_PAD, box.y + INNER_TITLE))
    return result


def _in_style(graph: Graph, style: Style) -> Arrangement:
    graph.resize(style.task_width)
    ranks = rank(graph, drops=style.drops)
    plan = plan_tracks(graph, find_ways(graph, ranks))
    return _Builder(graph, plan, Rows(graph, ranks, plan), style).build()


def _prepare_inner(node: Node) -> Arrangement:
    assert node.inner is not None
    contents = arrange(node.inner)
    node.width = _even(contents.width + 2 * INNER_PAD)
    node.height = _even(contents.height + INNER_TITLE + INNER_PAD)
    return contents


def _even(length: float) -> int:
    return 2 * round(length / 2)


class _Builder:
    def __init__(self, graph: Graph, plan: Plan, rows: Rows, style: Style) -> None:
        self.style = style
        self.graph, self.plan, self.rows, self.ranks = graph, plan, rows, rows.ranks
        self.left = HEADER * ((graph.pool is not None) + (graph.lanes[0].id is not None))

    def build(self) -> Arrangement:
        """Solve the places; where a flow's label found no room, ask for room and solve again."""
        room = {flow.id: flow_label_width(flow.name) + 8 for flow in self.graph.flows if self._is_straight(flow)}
        names = {flow.id: flow.name for flow in self.graph.flows}
        best, least = Arrangement(), len(names) + 1
        for _ in range(TRIES):
            result = self._attempt(room)
            cramped = self._label(result)
            if len(cramped) < least:
                best, least = result, len(cramped)
            if not cramped:
                break
            room |= {flow: room.get(flow, flow_label_width(names[flow])) + MORE_ROOM for flow in sorted(cramped)}
        return best

    def _is_straight(self, flow: Flow) -> bool:
        return bool(flow.name) and len(self.plan.segments[flow.id]) == 1

    def _attempt(self, room: Mapping[str, float]) -> Arrangement:
        try:
            columns = Columns(self.graph, self.ranks, self.plan, style=self.style, room=room)
        except Unsolvable:
            columns = Columns(self.graph, self.ranks, self.plan, style=replace(self.style, aligned=True), room={})
        result = Arrangement(width=self.left + columns.width, height=self.rows.height)
        result.nodes = {node.id: self._box(node, columns) for node in self.graph.nodes.values()}
        result.lines = {flow.id: self._line(flow, columns, result.nodes) for flow in self.graph.flows}
        result.lanes = self._lanes(result.width)
        return result

    def _box(self, node: Node, columns: Columns) -> Rect:
        y = self.rows.row(self.ranks.row[node.id])
        if node.host is not None:
            y += self.graph.nodes[node.host].height / 2
        x = self.left + columns.node(node.id)
        return Rect(x - node.width / 2, y - node.height / 2, node.width, node.height)

    def _lanes(self, width: float) -> list[Rect]:
        left = HEADER if self.graph.pool is not None else 0
        borders = self.rows.borders
        return [Rect(left, a, width - left, b - a) for a, b in itertools.pairwise(borders)]

    def _line(self, flow: Flow, columns: Columns, boxes: Mapping[str, Rect]) -> list[Point]:
        segments = self.plan.segments[flow.id]
        spots = [self._spot(segment, columns) for segment in segments]
        source, target = boxes[flow.source].center, boxes[flow.target].center
        inner = [
            Point(here, there) if segment.vertical else Point(there, here)
            for segment, here, there in zip(segments, spots, spots[1:], strict=False)
        ]
        points = [source, *inner, target]
        points[0] = _border(boxes[flow.source], points[0], points[1])
        points[-1] = _border(boxes[flow.target], points[-1], points[-2])
        return points

    def _spot(self, segment: Segment, columns: Columns) -> float:
        return self.left + columns.segment(segment) if segment.vertical else self.rows.segment(segment)

    def _label(self, result: Arrangement) -> set[str]:
        """Place all labels; returns the flows whose label covers something."""
        frame = Rect(self.left, 0, result.width - self.left, result.height)
        around = Surroundings(frame, list(result.nodes.values()), list(result.lines.values()), self.rows.borders)
        result.labels, cramped = {}, set()
        for node in self.graph.nodes.values():
            if node.name and not node.is_task:
                result.labels[node.id] = place_node_label(node, result.nodes[node.id], around)
        parts = {flow: self._own_part(flow, result) for flow in self.graph.flows if flow.name}
        for flow in sorted(parts, key=lambda flow: length(parts[flow])):
            result.labels[flow.id], fits = place_flow_label(flow.name, parts[flow], around)
            if not fits:
                cramped.add(flow.id)
        return cramped

    def _own_part(self, flow: Flow, result: Arrangement) -> list[Point]:
        """A flow's line from where it parts from the other flows of its source."""
        line = result.lines[flow.id]
        siblings = [result.lines[f.id] for f in self.graph.flows if f.source == flow.source and f.id != flow.id]
        return own_part(line, siblings)


def _border(box: Rect, center: Point, towards: Point) -> Point:
    """Where a line from the middle of a shape leaves it."""
    if towards.y == center.y:
        return Point(box.right if towards.x > center.x else box.x, center.y)
    return Point(center.x, box.bottom if towards.y > center.y else box.y)
