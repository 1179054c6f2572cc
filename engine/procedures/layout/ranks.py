"""Gives every node its column (longest path from the start) and its row (rows belong to lanes)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from engine.procedures.layout.graph import Flow, Graph

NEW_ROW: Final = 2.5
OFF_MIDDLE: Final = 0.2
ABOVE: Final = 0.1
BLOCKED: Final = 1.5
UNDER_HOST: Final = 3.0


@dataclass(frozen=True)
class Ranks:
    """Where each node stands, counted in columns and rows; `rows_of_lane` gives each lane's first row and row count."""

    column: Mapping[str, int]
    row: Mapping[str, int]
    rows_of_lane: tuple[tuple[int, int], ...]
    back: frozenset[str]

    @property
    def columns(self) -> int:
        """Number of columns."""
        return max(self.column.values(), default=0) + 1

    @property
    def rows(self) -> int:
        """Number of rows."""
        return sum(count for _, count in self.rows_of_lane)


def rank(graph: Graph, *, drops: bool = False) -> Ranks:
    """Assign columns and rows; the same graph always gets the same ones.

    Args:
        graph: what to rank.
        drops: let work that is handed to another lane stay in its column where nothing stands between: saves width.
    """
    back = back_flows(graph)
    ranks = _rank(graph, back, frozenset())
    dropped: frozenset[str] = frozenset()
    for flow in _handovers(graph, back) if drops else ():
        attempt = _rank(graph, back, dropped | {flow.id})
        if attempt.rows == ranks.rows and attempt.columns < ranks.columns and _clear(attempt, flow):
            ranks, dropped = attempt, dropped | {flow.id}
    return ranks


def _rank(graph: Graph, back: frozenset[str], dropped: frozenset[str]) -> Ranks:
    forward = [flow for flow in graph.flows if flow.id not in back]
    column = _columns(graph, forward, dropped)
    placed, counts = _rows(graph, forward, column)
    starts = [sum(counts[:index]) for index in range(len(counts))]
    row = {node: starts[graph.lane_of(graph.nodes[node])] + local for node, local in placed.items()}
    for node in graph.nodes.values():
        if node.host is not None and node.host in row:
            row[node.id], column[node.id] = row[node.host], column[node.host]
    return Ranks(column, row, tuple(zip(starts, counts, strict=True)), back)


def _handovers(graph: Graph, back: frozenset[str]) -> list[Flow]:
    """Flows into another lane that are the only way in, and the only way on or one way of a gateway."""
    leaving, entering = (
        Counter(map(graph.origin, graph.flows)),
        Counter(f.target for f in graph.flows if f.id not in back),
    )
    return [
        flow
        for flow in graph.flows
        if flow.id not in back
        and (leaving[graph.origin(flow)] == 1 or graph.nodes[flow.source].is_gateway)
        and entering[flow.target] == 1
        and graph.lane_of(graph.nodes[flow.source]) != graph.lane_of(graph.nodes[flow.target])
    ]


def _clear(ranks: Ranks, flow: Flow) -> bool:
    """Whether nothing stands between the two ends of a flow in one column."""
    column = ranks.column[flow.source]
    low, high = sorted((ranks.row[flow.source], ranks.row[flow.target]))
    return not any(ranks.column[node] == column and low < row < high for node, row in ranks.row.items())


def back_flows(graph: Graph) -> frozenset[str]:
    """Ids of the flows that close a cycle, found by depth-first search from the starts in file order."""
    outgoing: dict[str, list[Flow]] = defaultdict(list)
    for flow in graph.flows:
        outgoing[graph.origin(flow)].append(flow)
    entered = {flow.target for flow in graph.flows}
    roots = [node for node in graph.nodes if node not in entered] + list(graph.nodes)
    done: set[str] = set()
    back: set[str] = set()
    for root in roots:
        _search(root, outgoing, done, back)
    return frozenset(back)


def _search(root: str, outgoing: Mapping[str, list[Flow]], done: set[str], back: set[str]) -> None:
    if root in done:
        return
    path, stack = {root}, [(root, iter(outgoing.get(root, ())))]
    while stack:
        node, flows = stack[-1]
        flow = next(flows, None)
        if flow is None:
            stack.pop()
            path.discard(node)
            done.add(node)
        elif flow.target in path:
            back.add(flow.id)
        elif flow.target not in done:
            path.add(flow.target)
            stack.append((flow.target, iter(outgoing.get(flow.target, ()))))


def _columns(graph: Graph, forward: list[Flow], dropped: frozenset[str]) -> dict[str, int]:
    column = {node.id: 0 for node in graph.nodes.values() if node.host is None}
    for _ in column:
        changed = False
        for flow in forward:
            origin = graph.origin(flow)
            least = column.get(origin, 0) + (flow.id not in dropped)
            if flow.target in column and column[flow.target] < least:
                column[flow.target] = least
                changed = True
        if not changed:
            break
    return column


def _depths(graph: Graph, forward: list[Flow], column: Mapping[str, int]) -> dict[str, int]:
    """Longest way from each node to an end: the branch that goes on longest is kept straight."""
    depth = dict.fromkeys(column, 0)
    for flow in sorted(forward, key=lambda flow: -column.get(flow.target, 0)):
        origin = graph.origin(flow)
        if origin in depth and flow.target in depth:
            depth[origin] = max(depth[origin], depth[flow.target] + 1)
    return depth


def _rows(graph: Graph, forward: list[Flow], column: Mapping[str, int]) -> tuple[dict[str, int], list[int]]:
    depth = _depths(graph, forward, column)
    file_order = {node: index for index, node in enumerate(graph.nodes)}
    incoming: dict[str, list[Flow]] = defaultdict(list)
    for flow in forward:
        incoming[flow.target].append(flow)
    chooser = _RowChooser(graph, column)
    for node in sorted(column, key=lambda node: (column[node], -depth[node], file_order[node])):
        chooser.place(node, incoming[node])
    return chooser.finish()


class _RowChooser:
    """Puts nodes, column by column, on the row of their lane that bends the fewest flows."""

    def __init__(self, graph: Graph, column: Mapping[str, int]) -> None:
        self.graph = graph
        self.column = column
        self.row: dict[str, int] = {}
        self._range = [(0, 0)] * len(graph.lanes)
        self._taken: dict[int, dict[tuple[int, int], str]] = defaultdict(dict)

    def place(self, node: str, incoming: list[Flow]) -> None:
        lane = self.graph.lane_of(self.graph.nodes[node])
        low, high = self._range[lane]
        free = [r for r in range(low - 1, high + 2) if (r, self.column[node]) not in self._taken[lane]]
        best = min(free, key=lambda r: (self._cost(node, lane, r, incoming), r))
        self.row[node] = best
        self._range[lane] = min(low, best), max(high, best)
        self._taken[lane][best, self.column[node]] = node

    def _cost(self, node: str, lane: int, row: int, incoming: list[Flow]) -> float:
        low, high = self._range[lane]
        new_row = 0.0 if low <= row <= high else NEW_ROW
        return (
            new_row
            + OFF_MIDDLE * abs(row)
            + (ABOVE if row < 0 else 0.0)
            + sum(self._bend(node, lane, row, flow) for flow in incoming)
        )

    def _bend(self, node: str, lane: int, row: int, flow: Flow) -> float:
        source = self.graph.origin(flow)
        if source not in self.row or self.graph.lane_of(self.graph.nodes[source]) != lane:
            return 0.0
        if source != flow.source:
            return 0.0 if row > self.row[source] else UNDER_HOST
        blocked = sum((row, c) in self._taken[lane] for c in range(self.column[source] + 1, self.column[node]))
        return abs(row - self.row[source]) + (BLOCKED if blocked else 0.0)

    def finish(self) -> tuple[dict[str, int], list[int]]:
        """Rows counted from 0 in each lane, and how many each lane has."""
        lows = {node: self._range[self.graph.lane_of(self.graph.nodes[node])][0] for node in self.row}
        counts = [high - low + 1 for low, high in self._range]
        return {node: row - lows[node] for node, row in self.row.items()}, counts
