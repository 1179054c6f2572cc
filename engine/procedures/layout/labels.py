"""Places the names of events, gateways and flows where they cover nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from engine.procedures import text
from engine.procedures.geometry import Line, Point, Rect, pairs
from engine.procedures.layout.graph import LABEL_LEADING, LABEL_TEXT, Node

NODE_LABEL: Final = 88
FLOW_LABELS: Final = (64, 84, 110)
GAP: Final = 3
ON_NODE: Final = 1000.0
ON_LABEL: Final = 400.0
ON_LINE: Final = 60.0
ON_BORDER: Final = 8.0
BESIDE_ITS_FLOW: Final = 600.0
GOOD: Final = 50.0


class Surroundings:
    """What labels must keep clear of: nodes, flows, lane borders, and the labels placed before."""

    def __init__(self, frame: Rect, nodes: Sequence[Rect], lines: Sequence[Line], borders: Sequence[float]) -> None:
        self.frame = frame.grown(-2)
        self.borders = borders
        self.labels: list[Rect] = []
        self._nodes = [node.grown(1) for node in nodes]
        self._pieces = [_as_box(a, b) for line in lines for a, b in pairs(line)]

    def cost(self, box: Rect) -> float:
        """How bad it would be to put a label here; below `GOOD` nothing is covered."""
        nodes = sum(ON_NODE for node in self._nodes if node.overlaps(box))
        labels = sum(ON_LABEL for label in self.labels if label.overlaps(box))
        lines = sum(ON_LINE for piece in self._pieces if piece.overlaps(box))
        borders = sum(ON_BORDER for y in self.borders if box.y < y < box.bottom)
        return nodes + labels + lines + borders + (0.0 if self.frame.contains(box) else ON_NODE)


def label_size(node: Node, limit: float = NODE_LABEL) -> Rect:
    """Size of the name that stands outside an event or gateway, at the origin; empty for tasks and unnamed nodes."""
    if node.is_task or not node.name:
        return Rect(0, 0, 0, 0)
    return _size(node.name, limit)


def flow_label_width(name: str) -> float:
    """Width that a flow's label needs on a line of its own."""
    return _size(name, FLOW_LABELS[0]).width


def place_node_label(node: Node, box: Rect, around: Surroundings) -> Rect:
    """Find a place beside the shape of an event or gateway."""
    candidates = [
        (penalty, place)
        for narrower, limit in enumerate((NODE_LABEL, 110, 66))
        for penalty, place in _beside(node, box, _size(node.name, limit), 4.0 * narrower)
    ]
    return _best(candidates, around)[0]


def place_flow_label(name: str, line: Line, around: Surroundings) -> tuple[Rect, bool]:
    """Find a place along a flow, near its source; also tells whether nothing is covered there."""
    candidates = []
    for narrower, limit in enumerate(FLOW_LABELS):
        size = _size(name, limit)
        for distance, place in _along(line, size):
            candidates.append((min(distance, 8000) / 12 + 1.5 * narrower, place))
    return _best(candidates, around)


def _size(name: str, limit: float) -> Rect:
    width, height = text.block(text.wrap(name, LABEL_TEXT, limit), LABEL_TEXT, LABEL_LEADING)
    return Rect(0, 0, float(int(width) + 2), height)


def _best(candidates: Iterable[tuple[float, Rect]], around: Surroundings) -> tuple[Rect, bool]:
    chosen, lowest = Rect(0, 0, 0, 0), float("inf")
    for penalty, box in sorted(candidates, key=lambda candidate: candidate[0]):
        if penalty >= lowest:
            break
        if (cost := penalty + around.cost(box)) < lowest:
            chosen, lowest = box, cost
    around.labels.append(chosen)
    return chosen, lowest < GOOD


def _as_box(a: Point, b: Point) -> Rect:
    return Rect(min(a.x, b.x), min(a.y, b.y), abs(a.x - b.x), abs(a.y - b.y))


def _beside(node: Node, box: Rect, size: Rect, penalty: float) -> Iterator[tuple[float, Rect]]:
    middle = box.center.x - size.width / 2
    above, below = box.y - size.height - GAP, box.bottom + GAP - 1
    first, second = (above, below) if node.is_gateway else (below, above)
    left, right = box.x - size.width - 2, box.right + 2
    if node.host is not None:
        under = box.center.y + 2
        yield from [
            (penalty, Rect(left, under, size.width, size.height)),
            (penalty + 1, Rect(right, under, size.width, size.height)),
        ]
    for extra, y in ((0.0, first), (6.0, second)):
        places = [middle, box.center.x + 8, box.center.x - size.width - 8, box.x, box.right - size.width, right, left]
        for order, x in enumerate(places):
            yield penalty + extra + order, Rect(x, y, size.width, size.height)
            yield penalty + extra + order + 3, Rect(x, y - 8 if y < box.y else y + 8, size.width, size.height)


def _along(line: Line, size: Rect) -> Iterator[tuple[float, Rect]]:
    walked = 0.0
    for a, b in pairs(line):
        length = abs(a.x - b.x) + abs(a.y - b.y)
        for part in (0.0, 0.25, 0.5, 0.75, 1.0):
            spot = Point(a.x + (b.x - a.x) * part, a.y + (b.y - a.y) * part)
            across = length * part
            for side, place in _around(a, b, spot, size):
                yield walked + across + side, place
        walked += length


def _around(a: Point, b: Point, spot: Point, size: Rect) -> Iterator[tuple[float, Rect]]:
    width, height = size.width, size.height
    if a.y == b.y:
        forward = spot.x + 3 if b.x >= a.x else spot.x - width - 3
        for order, x in enumerate((forward, spot.x - width / 2, spot.x - width - 3, spot.x + 3)):
            beyond = _beyond(x, x + width, a.x, b.x) + order * 14.0
            yield beyond, Rect(x, spot.y - height - GAP, width, height)
            yield beyond + 8, Rect(x, spot.y + GAP, width, height)
    else:
        down = spot.y + 3 if b.y >= a.y else spot.y - height - 3
        for order, y in enumerate((down, spot.y - height / 2, spot.y - height - 3, spot.y + 3)):
            beyond = _beyond(y, y + height, a.y, b.y) + order * 14.0
            yield beyond + 4, Rect(spot.x + 4, y, width, height)
            yield beyond + 12, Rect(spot.x - width - 4, y, width, height)


def _beyond(low: float, high: float, start: float, end: float) -> float:
    """Penalty of a label that does not stand alongside the piece that it belongs to."""
    inside = min(start, end) - 2 <= low and high <= max(start, end) + 2
    return 0.0 if inside else BESIDE_ITS_FLOW
