"""Solves "this stands at least so far right of that" for many things at once."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import inf


class Unsolvable(Exception):
    """The demands contradict each other; the caller falls back to aligned columns."""


@dataclass(frozen=True, slots=True)
class Demand:
    """`right` stands at least `distance` pixels right of `left` (names of variables)."""

    left: str
    right: str
    distance: float


def leftmost(variables: Iterable[str], demands: Iterable[Demand]) -> dict[str, float]:
    """The smallest places, none below 0, that meet all demands.

    Raises:
        Unsolvable: if demands form a cycle.
    """
    place = dict.fromkeys(variables, 0.0)
    following: dict[str, list[Demand]] = defaultdict(list)
    for demand in demands:
        following[demand.left].append(demand)
    queue, raised = deque(place), dict.fromkeys(place, 0)
    while queue:
        name = queue.popleft()
        for demand in following[name]:
            if place[demand.right] < place[name] + demand.distance:
                place[demand.right] = place[name] + demand.distance
                raised[demand.right] += 1
                if raised[demand.right] > 4 * len(place) or demand.left == demand.right:
                    raise Unsolvable
                queue.append(demand.right)
    return place


def shifted(place: Mapping[str, float], demands: Iterable[Demand], wanted: Mapping[str, float]) -> dict[str, float]:
    """Move things right towards where they are wanted, as far as the demands leave room, from right to left."""
    result = dict(place)
    following: dict[str, list[Demand]] = defaultdict(list)
    for demand in demands:
        following[demand.left].append(demand)
    for name in sorted(result, key=lambda name: (-result[name], name)):
        room = min((result[d.right] - d.distance for d in following[name]), default=inf)
        target = min(room, wanted.get(name, result[name]))
        result[name] = max(result[name], target) if target < inf else result[name]
    return result
