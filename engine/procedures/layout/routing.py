"""Finds the way of every flow on a coarse grid of column centres, gaps between columns, rows and channels
between rows.

Grid coordinates: column c has its centre at key 3c+1 and the port of its boundary events at 3c+2; the gap to its
right is key 3c+3 and the gap left of the first column key 0. Row r has its centre at key 2r+1 and the channel
above it at 2r. Ways are found by A* with costs for length, bends, crossings and for lying on another flow; then
each flow is taken out and routed once more.
"""

from __future__ import annotations

import heapq
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from engine.procedures.layout.graph import Flow, Graph, Node
from engine.procedures.layout.ranks import Ranks

Cell = tuple[int, int]
Way = list[Cell]
Move = tuple[int, int]

RIGHT: Final[Move] = (1, 0)
LEFT: Final[Move] = (-1, 0)
DOWN: Final[Move] = (0, 1)
UP: Final[Move] = (0, -1)
MOVES: Final = (RIGHT, DOWN, UP, LEFT)

BEND: Final = 6.0
CROSSING: Final = 14.0
LYING_ON_ANOTHER: Final = 500.0
SHARED_CHANNEL: Final = 1.5
AGAINST_THE_FLOW: Final = 30.0
ROUNDS: Final = 2


@dataclass(frozen=True)
class Port:
    """Where a flow leaves or enters: the grid cell and what each direction costs there."""

    cell: Cell
    sides: Mapping[Move, float]


def center_key(column: int) -> int:
    """Grid key of a column's centre."""
    return 3 * column + 1


def port_key(column: int) -> int:
    """Grid key of the boundary events of a column."""
    return 3 * column + 2


def row_key(row: int) -> int:
    """Grid key of a row's centre line."""
    return 2 * row + 1


def is_gap(x: int) -> bool:
    """Whether a grid key lies between two columns."""
    return x % 3 == 0


def find_ways(graph: Graph, ranks: Ranks) -> dict[str, Way]:
    """Turning points of every flow on the grid, from the centre of its source to the centre of its target."""
    router = _Router(graph, ranks)
    flows = sorted(graph.flows, key=lambda flow: _difficulty(flow, ranks))
    for _ in range(1 + ROUNDS):
        for flow in flows:
            router.reroute(flow)
    return {flow.id: turning_points(router.ways[flow.id]) for flow in graph.flows}


def turning_points(way: Way) -> Way:
    """Drop the cells between two turns."""
    if len(way) < 3:
        return way
    inner = [b for a, b, c in zip(way, way[1:], way[2:], strict=False) if (a[0] == b[0]) != (b[0] == c[0])]
    return [way[0], *inner, way[-1]]


def _difficulty(flow: Flow, ranks: Ranks) -> tuple[bool, int]:
    columns = abs(ranks.column[flow.target] - ranks.column[flow.source])
    return flow.id in ranks.back, columns * 2 + abs(ranks.row[flow.target] - ranks.row[flow.source])


class _Router:
    def __init__(self, graph: Graph, ranks: Ranks) -> None:
        self.graph, self.ranks = graph, ranks
        self.flows = {flow.id: flow for flow in graph.flows}
        self.ways: dict[str, Way] = {}
        self.outgoing = Counter(flow.source for flow in graph.flows)
        self.incoming = Counter(flow.target for flow in graph.flows)
        self._steps: dict[tuple[Cell, Cell], list[str]] = defaultdict(list)
        self._straight: dict[tuple[Cell, bool], list[str]] = defaultdict(list)
        self._blocked = {
            (key(ranks.column[n.id]), row_key(ranks.row[n.id])): n.id
            for n in graph.nodes.values() if n.host is None for key in (center_key, port_key)
        }  # fmt: skip
        self._width, self._height = 3 * ranks.columns, 2 * ranks.rows

    def reroute(self, flow: Flow) -> None:
        self._record(flow.id, self.ways.pop(flow.id, []), -1)
        way = self._search(flow)
        self.ways[flow.id] = way
        self._record(flow.id, way, 1)

    def _record(self, flow_id: str, way: Way, sign: int) -> None:
        marks: list[list[str]] = [self._steps[_step(a, b)] for a, b in itertools.pairwise(way)]
        for a, b, c in zip(way, way[1:], way[2:], strict=False):
            if (a[0] == b[0]) == (b[0] == c[0]):
                marks.append(self._straight[b, a[0] == b[0]])
        for mark in marks:
            mark.append(flow_id) if sign > 0 else mark.remove(flow_id)

    def _search(self, flow: Flow) -> Way:
        start, goal = self._exit(flow), self._entry(flow)
        queue: list[tuple[float, int, float, Cell, Move | None]] = [(0.0, 0, 0.0, start.cell, None)]
        came: dict[tuple[Cell, Move | None], tuple[Cell, Move | None] | None] = {(start.cell, None): None}
        best: dict[tuple[Cell, Move | None], float] = {(start.cell, None): 0.0}
        counter = 0
        while queue:
            _, _, cost, cell, heading = heapq.heappop(queue)
            if cell == goal.cell:
                return _walk_back(came, (cell, heading))
            if cost > best[cell, heading]:
                continue
            for move, following, extra in self._moves(flow, start, goal, cell, heading):
                total = cost + extra
                if total < best.get((following, move), float("inf")):
                    best[following, move] = total
                    came[following, move] = (cell, heading)
                    counter += 1
                    heapq.heappush(queue, (total + _distance(following, goal.cell), counter, total, following, move))
        raise AssertionError("the grid is connected")

    def _moves(
        self, flow: Flow, start: Port, goal: Port, cell: Cell, heading: Move | None
    ) -> Iterator[tuple[Move, Cell, float]]:
        for move in MOVES:
            following = cell[0] + move[0], cell[1] + move[1]
            if not self._allowed(flow, start, goal, cell, following, move, heading):
                continue
            yield move, following, self._cost(flow, start, goal, cell, following, move, heading)

    def _allowed(
        self, flow: Flow, start: Port, goal: Port, cell: Cell, following: Cell, move: Move, heading: Move | None
    ) -> bool:
        x, y = following
        if not (0 <= x <= self._width and 0 <= y <= self._height) or heading == (-move[0], -move[1]):
            return False
        if heading is None:
            return move in start.sides
        if self._blocked.get(following, flow.target) not in (flow.target, flow.source):
            return False
        if self._blocked.get(following) == flow.source and self._blocked.get(cell) != flow.source:
            return False
        if following == goal.cell and (-move[0], -move[1]) not in goal.sides:
            return False
        vertical_on_port = move[0] == 0 and cell[0] % 3 == 2
        inside = self._blocked.get(cell) in (flow.source, flow.target) and heading != move
        return not (vertical_on_port and cell[0] != start.cell[0]) and not inside

    def _cost(
        self, flow: Flow, start: Port, goal: Port, cell: Cell, following: Cell, move: Move, heading: Move | None
    ) -> float:
        cost = _distance(cell, following)
        if heading is None:
            cost += start.sides[move]
        elif heading != move:
            cost += BEND
        else:
            cost += CROSSING * self._strangers(flow, self._straight.get((cell, move[0] != 0), ()))
        if following == goal.cell:
            cost += goal.sides[-move[0], -move[1]]
        if move == LEFT and flow.id not in self.ranks.back:
            cost *= 2
        return cost + self._sharing(flow, cell, following, move)

    def _sharing(self, flow: Flow, cell: Cell, following: Cell, move: Move) -> float:
        others = self._strangers(flow, self._steps.get(_step(cell, following), ()))
        in_channel = is_gap(cell[0]) if move[0] == 0 else cell[1] % 2 == 0
        return others * (SHARED_CHANNEL if in_channel else LYING_ON_ANOTHER)

    def _strangers(self, flow: Flow, others: object) -> int:
        assert isinstance(others, list | tuple)
        return sum(not self.related(flow, self.flows[other]) for other in others)

    @staticmethod
    def related(one: Flow, other: Flow) -> bool:
        return one.source == other.source or one.target == other.target

    def _cell(self, node: Node) -> Cell:
        key = center_key if node.host is None else port_key
        return key(self.ranks.column[node.id]), row_key(self.ranks.row[node.id])

    def _exit(self, flow: Flow) -> Port:
        node = self.graph.nodes[flow.source]
        if node.host is not None:
            return Port(self._cell(node), {DOWN: 0.0})
        if node.is_gateway and self.outgoing[node.id] > 1:
            return Port(self._cell(node), {RIGHT: 0.0, DOWN: 0.0, UP: 0.0, LEFT: AGAINST_THE_FLOW})
        sideways = 8.0 if flow.id not in self.ranks.back else 0.0
        return Port(self._cell(node), {RIGHT: 0.0, DOWN: sideways, UP: sideways})

    def _entry(self, flow: Flow) -> Port:
        node = self.graph.nodes[flow.target]
        if node.is_gateway and self.incoming[node.id] > 1:
            return Port(self._cell(node), {LEFT: 0.0, DOWN: 0.0, UP: 0.0, RIGHT: AGAINST_THE_FLOW})
        sideways = 3.0 if node.is_task else 2.0
        return Port(self._cell(node), {LEFT: 0.0, DOWN: sideways, UP: sideways, RIGHT: AGAINST_THE_FLOW})


def _step(a: Cell, b: Cell) -> tuple[Cell, Cell]:
    return (a, b) if a <= b else (b, a)


def _place(x: int) -> float:
    column, part = divmod(x - 1, 3)
    return column * 10 + (0.0, 3.0, 5.0)[part]


def _distance(a: Cell, b: Cell) -> float:
    return abs(_place(a[0]) - _place(b[0])) + 3.0 * abs(a[1] - b[1])


def _walk_back(
    came: Mapping[tuple[Cell, Move | None], tuple[Cell, Move | None] | None], state: tuple[Cell, Move | None]
) -> Way:
    way, current = [], came[state]
    way.append(state[0])
    while current is not None:
        way.append(current[0])
        current = came[current]
    return way[::-1]
