"""Points, rectangles and right-angled lines; all lengths are pixels of the diagram."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    """A place in the diagram."""

    x: float
    y: float

    def moved(self, dx: float, dy: float) -> Point:
        """The point shifted."""
        return Point(self.x + dx, self.y + dy)


@dataclass(frozen=True, slots=True)
class Rect:
    """A box with its upper left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Right border."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Lower border."""
        return self.y + self.height

    @property
    def center(self) -> Point:
        """The middle."""
        return Point(self.x + self.width / 2, self.y + self.height / 2)

    def moved(self, dx: float, dy: float) -> Rect:
        """The box shifted."""
        return Rect(self.x + dx, self.y + dy, self.width, self.height)

    def grown(self, by: float) -> Rect:
        """The box with a margin on all sides (negative: shrunk)."""
        return Rect(self.x - by, self.y - by, self.width + 2 * by, self.height + 2 * by)

    def overlaps(self, other: Rect) -> bool:
        """Whether the two share an area; touching borders do not count."""
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom

    def contains(self, other: Rect) -> bool:
        """Whether the other box lies inside, borders included."""
        return self.x <= other.x and other.right <= self.right and self.y <= other.y and other.bottom <= self.bottom

    def hit_by(self, a: Point, b: Point) -> bool:
        """Whether a right-angled line from a to b runs through the inside of the box."""
        line = Rect(min(a.x, b.x), min(a.y, b.y), abs(a.x - b.x), abs(a.y - b.y))
        return line.x < self.right and self.x < line.right and line.y < self.bottom and self.y < line.bottom


Line = Sequence[Point]


def pairs(line: Line) -> Iterator[tuple[Point, Point]]:
    """The straight pieces of a line."""
    return itertools.pairwise(line)


def crosses(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether a horizontal and a vertical piece cut each other in their insides."""
    if (a.x == b.x) == (c.x == d.x):
        return False
    if a.x == b.x:
        a, b, c, d = c, d, a, b
    return min(a.x, b.x) < c.x < max(a.x, b.x) and min(c.y, d.y) < a.y < max(c.y, d.y)


def overlap(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether two parallel pieces lie on each other for more than a point."""
    if a.x == b.x == c.x == d.x:
        return max(min(a.y, b.y), min(c.y, d.y)) < min(max(a.y, b.y), max(c.y, d.y))
    if a.y == b.y == c.y == d.y:
        return max(min(a.x, b.x), min(c.x, d.x)) < min(max(a.x, b.x), max(c.x, d.x))
    return False


def count_crossings(one: Line, other: Line) -> int:
    """How often two lines cut each other."""
    return sum(crosses(*p, *q) for p in pairs(one) for q in pairs(other))


def count_overlaps(one: Line, other: Line) -> int:
    """How many pieces of two lines lie on each other."""
    return sum(overlap(*p, *q) for p in pairs(one) for q in pairs(other))


def own_part(line: Line, others: Sequence[Line]) -> list[Point]:
    """The rest of a line from where it parts from all others that begin at the same point.

    Where it parts by running on straight, it begins at its next turn: what stands there belongs to no other line.
    """
    shared = max((_common(line, other) for other in others), default=0.0)
    rest = _after(line, shared)
    return rest[1:] if shared and len(rest) > 2 and rest[0].x == rest[1].x else rest


def length(line: Line) -> float:
    """How long a right-angled line is."""
    return sum(abs(a.x - b.x) + abs(a.y - b.y) for a, b in pairs(line))


def _common(line: Line, other: Line) -> float:
    """Length that two lines run together from their common first point."""
    total = 0.0
    for (a, b), (c, d) in zip(pairs(line), pairs(other), strict=False):
        if a != c or not overlap(a, b, c, d):
            break
        here, there = abs(a.x - b.x) + abs(a.y - b.y), abs(c.x - d.x) + abs(c.y - d.y)
        total += min(here, there)
        if here != there:
            break
    return total


def _after(line: Line, way: float) -> list[Point]:
    for index, (a, b) in enumerate(pairs(line)):
        piece = abs(a.x - b.x) + abs(a.y - b.y)
        if way < piece:
            part = way / piece
            return [Point(a.x + (b.x - a.x) * part, a.y + (b.y - a.y) * part), *line[index + 1 :]]
        way -= piece
    return list(line[-2:])
