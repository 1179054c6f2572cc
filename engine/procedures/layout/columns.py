"""Horizontal places: every node and every vertical track as far left as its neighbours allow.

With `aligned`, the nodes of a column share their centre line. Without, each row is packed on its own: that saves a
fifth of the width and is used when the diagram would not fit the page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Final

from engine.procedures.layout.graph import Graph, Node
from engine.procedures.layout.labels import label_size
from engine.procedures.layout.ranks import Ranks
from engine.procedures.layout.routing import center_key, row_key
from engine.procedures.layout.spacing import Demand, leftmost, shifted
from engine.procedures.layout.style import Style
from engine.procedures.layout.tracks import Plan, Segment

MARGIN: Final = 24
STUB: Final = 11
ARROW: Final = 16
TRACK_GAP: Final = 9
PORT_INSET: Final = 24
PORT_STEP: Final = 42
LABEL_OVERHANG: Final = 14


@dataclass(frozen=True)
class Thing:
    """A node or a vertical segment: its variable, its middle relative to it, half its width, grid key and vertical
    extent.
    """

    variable: str
    offset: float
    half: float
    key: int
    low: int
    high: int
    node: str | None = None
    segment: Segment | None = None


class Columns:
    """Places of nodes and vertical segments on the x axis; pixel 0 is the left border of the lanes' content."""

    def __init__(self, graph: Graph, ranks: Ranks, plan: Plan, *, style: Style, room: Mapping[str, float]) -> None:
        self.graph, self.ranks, self.plan, self.style, self.room = graph, ranks, plan, style, room
        self._order = {
            id(s): (key[1], i) for key, ts in plan.tracks.items() for i, t in enumerate(ts) for s in t.segments
        }
        self._ports = _port_offsets(graph)
        self._leader = _leaders(plan)
        self._nodes = [self._node_thing(node) for node in graph.nodes.values() if node.host is None]
        self._segments = [self._segment_thing(s) for pieces in plan.segments.values() for s in pieces if s.vertical]
        self._solve()

    def node(self, node_id: str) -> float:
        """Middle of a node."""
        node = self.graph.nodes[node_id]
        return self._place[self._variable(node.host or node_id)] + self._ports.get(node_id, 0.0)

    def segment(self, segment: Segment) -> float:
        """Place of a vertical segment."""
        return self._spot[id(segment)]

    @property
    def width(self) -> float:
        """Width of everything, with a margin on both sides."""
        right = max((self._place[t.variable] + t.offset + t.half for t in self._nodes + self._segments), default=0.0)
        return right + MARGIN

    def _solve(self) -> None:
        things = self._nodes + self._segments
        demands = list(self._demands())
        left = [Demand("", t.variable, t.half - t.offset + (MARGIN if t.node else STUB)) for t in things]
        place = leftmost(["", *(t.variable for t in things)], [*left, *demands])
        place = shifted(place, demands, self._wanted(place))
        self._place = place
        self._spot = {id(t.segment): place[t.variable] + t.offset for t in self._segments}

    def _wanted(self, place: Mapping[str, float]) -> dict[str, float]:
        """Tracks hug what lies right of them; nodes line up with the rightmost of their column."""
        wanted = {t.variable: float("inf") for t in self._segments if t.variable.startswith("track")}
        column: dict[int, float] = defaultdict(float)
        for thing in self._nodes:
            column[thing.key] = max(column[thing.key], place[thing.variable])
        return wanted | {thing.variable: column[thing.key] for thing in self._nodes}

    def _variable(self, node_id: str) -> str:
        if self.style.aligned:
            return f"column {self.ranks.column[node_id]}"
        while node_id in self._leader:
            node_id = self._leader[node_id]
        return f"node {node_id}"

    def _node_thing(self, node: Node) -> Thing:
        y = row_key(self.ranks.row[node.id])
        half = max(node.width / 2, label_size(node).width / 2 - LABEL_OVERHANG)
        return Thing(self._variable(node.id), 0.0, half, center_key(self.ranks.column[node.id]), y, y, node.id)

    def _segment_thing(self, segment: Segment) -> Thing:
        low, high = segment.low, segment.high
        if segment.anchor is not None:
            node = self.graph.nodes[segment.anchor]
            variable, offset = self._variable(node.host or node.id), self._ports.get(node.id, 0.0)
            return Thing(variable, offset, 0.0, segment.key, low, high, segment=segment)
        key, index = self._order.get(id(segment), (segment.key, 0))
        variable = f"track {key} {index}" if id(segment) in self._order else f"track {key} alone {segment.flow.id}"
        return Thing(variable, 0.0, 0.0, key, low, high, segment=segment)

    def _demands(self) -> Iterator[Demand]:
        yield from self._between_nodes()
        for thing in self._segments:
            for node in self._nodes:
                if thing.low <= node.low <= thing.high and not self._hangs_on(thing, node):
                    yield self._beside_node(thing, node)
        for one, other in combinations(self._segments, 2):
            yield from self._between_segments(one, other)
        yield from self._straight_labels()

    def _between_nodes(self) -> Iterator[Demand]:
        rows: dict[int, list[Thing]] = defaultdict(list)
        for thing in sorted(self._nodes, key=lambda thing: thing.key):
            rows[thing.low].append(thing)
        for things in rows.values():
            for one, other in pairwise(things):
                yield Demand(one.variable, other.variable, one.half + other.half + self.style.gap)

    def _hangs_on(self, thing: Thing, node: Thing) -> bool:
        """Whether a vertical segment begins or ends at the middle of a node, or at a boundary event on it."""
        segment = thing.segment
        if segment is None or segment.anchor is None:
            return False
        if thing.key == node.key:
            return node.node in (segment.flow.source, segment.flow.target)
        return node.node == self.graph.nodes[segment.anchor].host

    def _beside_node(self, thing: Thing, node: Thing) -> Demand:
        assert thing.segment is not None and node.node is not None
        half = self.graph.nodes[node.node].width / 2
        if node.key < thing.key:
            return Demand(node.variable, thing.variable, half + STUB - thing.offset)
        gap = ARROW if thing.segment.flow.target == node.node else STUB
        return Demand(thing.variable, node.variable, half + gap + thing.offset)

    def _between_segments(self, one: Thing, other: Thing) -> Iterator[Demand]:
        if self._rank(one) > self._rank(other):
            one, other = other, one
        free = one.variable != other.variable and self._rank(one) != self._rank(other)
        if free and one.low <= other.high and other.low <= one.high:
            yield Demand(one.variable, other.variable, TRACK_GAP + one.offset - other.offset)

    def _rank(self, thing: Thing) -> tuple[int, int]:
        return self._order.get(id(thing.segment), (thing.key, 0))

    def _straight_labels(self) -> Iterator[Demand]:
        """Room for the label of a flow on the piece where it has parted from the other flows of its source."""
        for flow in self.graph.flows:
            pieces, room = self.plan.segments[flow.id], self.room.get(flow.id, 0.0)
            if room and flow.id not in self.ranks.back:
                yield from self._room_for(pieces, room)

    def _room_for(self, pieces: list[Segment], room: float) -> Iterator[Demand]:
        flow = pieces[0].flow
        across = [index for index, piece in enumerate(pieces) if not piece.vertical]
        if not across:
            return
        first = across[0] if pieces[0].vertical else across[-1]
        left = self._end(pieces[first - 1] if first else None, flow.source, 1)
        right = self._end(pieces[first + 1] if first + 1 < len(pieces) else None, flow.target, -1)
        if left[0] != right[0] and left[2] < right[2]:
            yield Demand(left[0], right[0], left[1] - right[1] + room)

    def _end(self, piece: Segment | None, node_id: str, side: int) -> tuple[str, float, int]:
        if piece is not None:
            thing = self._segment_thing(piece)
            return thing.variable, thing.offset, thing.key
        node = self.graph.nodes[node_id]
        return self._variable(node.host or node.id), side * node.width / 2, center_key(self.ranks.column[node.id])


def _leaders(plan: Plan) -> dict[str, str]:
    """Nodes that stand straight below or above each other share the place of the first: target → source."""
    straight = [pieces[0] for pieces in plan.segments.values() if len(pieces) == 1 and pieces[0].vertical]
    return {piece.flow.target: piece.flow.source for piece in straight}


def _port_offsets(graph: Graph) -> dict[str, float]:
    """Boundary events sit at the lower border of their host, the first at its right end."""
    seats: dict[str, int] = defaultdict(int)
    offsets = {}
    for node in graph.nodes.values():
        if node.host is not None:
            offsets[node.id] = graph.nodes[node.host].width / 2 - PORT_INSET - PORT_STEP * seats[node.host]
            seats[node.host] += 1
    return offsets
