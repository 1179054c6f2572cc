"""Turns grid ways into straight segments and orders the segments that share a gap or channel so that few of them
cross.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from engine.procedures.geometry import Point, count_crossings, count_overlaps
from engine.procedures.layout.graph import Flow, Graph
from engine.procedures.layout.routing import Way, is_gap

OVERLAP_PENALTY: Final = 30
SWEEPS: Final = 4
TrackKey = tuple[bool, int]


@dataclass(eq=False)
class Segment:
    """A straight piece of a flow on the grid.

    `key` is the grid line it runs on, `low`..`high` its extent on the other axis; `anchor` is the node whose
    centre fixes its place (first or last piece of a way).
    """

    flow: Flow
    vertical: bool
    key: int
    low: int
    high: int
    anchor: str | None = None

    @property
    def free(self) -> bool:
        """Whether its place inside a gap or channel is still open."""
        return self.anchor is None and (is_gap(self.key) if self.vertical else self.key % 2 == 0)

    def meets(self, other: Segment) -> bool:
        """Whether the extents touch."""
        return self.low <= other.high and other.low <= self.high


@dataclass(eq=False)
class Track:
    """Segments that lie on one line: related flows running together."""

    segments: list[Segment] = field(default_factory=list)

    @property
    def low(self) -> int:
        """Where it begins on the other axis."""
        return min(segment.low for segment in self.segments)

    @property
    def high(self) -> int:
        """Where it ends."""
        return max(segment.high for segment in self.segments)

    def meets(self, other: Track) -> bool:
        """Whether the extents touch."""
        return self.low <= other.high and other.low <= self.high

    def takes(self, segment: Segment) -> bool:
        """Whether a segment may run together with all that are here."""
        return all(_related(segment, other) for other in self.segments) and any(map(segment.meets, self.segments))


@dataclass
class Plan:
    """All segments by flow, and the tracks of each gap (vertical) and channel in their order."""

    segments: Mapping[str, list[Segment]]
    tracks: Mapping[TrackKey, list[Track]]


def plan_tracks(graph: Graph, ways: Mapping[str, Way]) -> Plan:
    """Cut ways into segments and order the tracks."""
    segments = {flow.id: _segments(flow, ways[flow.id]) for flow in graph.flows}
    tracks: dict[TrackKey, list[Track]] = defaultdict(list)
    for pieces in segments.values():
        for segment in pieces:
            if segment.free:
                _add(tracks[segment.vertical, segment.key], segment)
    plan = Plan(segments, dict(sorted(tracks.items())))
    _Ordering(plan, ways).improve()
    return plan


def _segments(flow: Flow, way: Way) -> list[Segment]:
    pieces = []
    last = len(way) - 2
    for index, (a, b) in enumerate(itertools.pairwise(way)):
        vertical = a[0] == b[0]
        axis = 1 if vertical else 0
        anchor = flow.source if index == 0 else flow.target if index == last else None
        low, high = sorted((a[axis], b[axis]))
        pieces.append(Segment(flow, vertical, a[1 - axis], low, high, anchor))
    return pieces


def _related(one: Segment, other: Segment) -> bool:
    return one.flow.source == other.flow.source or one.flow.target == other.flow.target


def _add(tracks: list[Track], segment: Segment) -> None:
    for track in tracks:
        if track.takes(segment):
            track.segments.append(segment)
            return
    tracks.append(Track([segment]))


class _Ordering:
    """Hill climbing by swapping neighbouring tracks while that saves crossings."""

    def __init__(self, plan: Plan, ways: Mapping[str, Way]) -> None:
        self.plan, self.ways = plan, ways
        self._place: dict[int, float] = {}
        for key in plan.tracks:
            self._settle(key)
        self._lines = {flow: self._line(flow) for flow in plan.segments}

    def improve(self) -> None:
        for _ in range(SWEEPS):
            if not sum(map(self._sweep, self.plan.tracks)):
                break

    def _sweep(self, key: TrackKey) -> bool:
        tracks, changed = self.plan.tracks[key], False
        for distance in range(1, len(tracks)):
            for index in range(len(tracks) - distance):
                changed |= self._try_swap(key, index, index + distance)
        return changed

    def _try_swap(self, key: TrackKey, one: int, other: int) -> bool:
        tracks = self.plan.tracks[key]
        affected = {segment.flow.id for track in tracks[one : other + 1] for segment in track.segments}
        before = self._cost(affected)
        self._swap(key, one, other, affected)
        if self._cost(affected) < before:
            return True
        self._swap(key, one, other, affected)
        return False

    def _swap(self, key: TrackKey, one: int, other: int, affected: set[str]) -> None:
        tracks = self.plan.tracks[key]
        tracks[one], tracks[other] = tracks[other], tracks[one]
        self._settle(key)
        for flow in affected:
            self._lines[flow] = self._line(flow)

    def _settle(self, key: TrackKey) -> None:
        tracks = self.plan.tracks[key]
        for index, track in enumerate(tracks):
            for segment in track.segments:
                self._place[id(segment)] = key[1] + 0.8 * ((index + 1) / (len(tracks) + 1) - 0.5)

    def _line(self, flow: str) -> list[Point]:
        way, segments = self.ways[flow], self.plan.segments[flow]
        spots = [self._place.get(id(segment), float(segment.key)) for segment in segments]
        points = [Point(*map(float, way[0]))]
        for index in range(len(segments) - 1):
            here, there = spots[index], spots[index + 1]
            points.append(Point(here, there) if segments[index].vertical else Point(there, here))
        return [*points, Point(*map(float, way[-1]))]

    def _cost(self, affected: set[str]) -> int:
        total = 0
        for flow in sorted(affected):
            line, mine = self._lines[flow], self.plan.segments[flow][0]
            for other, other_line in self._lines.items():
                if other == flow or (other in affected and other < flow):
                    continue
                total += count_crossings(line, other_line)
                if not _related(mine, self.plan.segments[other][0]):
                    total += OVERLAP_PENALTY * count_overlaps(line, other_line)
        return total
