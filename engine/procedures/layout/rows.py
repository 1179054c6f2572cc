"""Vertical places: rows as high as their nodes and labels, channels as high as their tracks, lanes around them."""

from __future__ import annotations

from math import ceil
from typing import Final

from engine.procedures import text
from engine.procedures.layout.graph import Graph, Node
from engine.procedures.layout.labels import label_size
from engine.procedures.layout.ranks import Ranks
from engine.procedures.layout.tracks import Plan, Segment, Track

PAD: Final = 10
TRACK_GAP: Final = 10
EMPTY_CHANNEL: Final = 14
LEAST_HALF: Final = 34
LABEL_GAP: Final = 4
LANE_TEXT: Final = 12.0


class Rows:
    """Places on the y axis; pixel 0 is the upper border of the first lane."""

    def __init__(self, graph: Graph, ranks: Ranks, plan: Plan) -> None:
        self.ranks = ranks
        self._levels = {key: _levels(plan.tracks.get((False, key), [])) for key in range(0, 2 * ranks.rows + 1, 2)}
        self._center: list[float] = []
        self._channel: list[float] = []
        self._track: dict[int, float] = {}
        self._stack(_extents(graph, ranks), plan)
        self.borders = self._borders()

    def row(self, row: int) -> float:
        """Centre line of a row."""
        return self._center[row]

    def segment(self, segment: Segment) -> float:
        """Place of a horizontal segment."""
        if id(segment) in self._track:
            return self._track[id(segment)]
        return self._center[segment.key // 2] if segment.key % 2 else self._channel[segment.key // 2] + PAD

    def _stack(self, extents: list[tuple[float, float]], plan: Plan) -> None:
        y = 0.0
        for index in range(len(extents) + 1):
            self._channel.append(y)
            levels = self._levels[2 * index]
            for track, level in zip(plan.tracks.get((False, 2 * index), []), levels, strict=True):
                for segment in track.segments:
                    self._track[id(segment)] = y + PAD + level * TRACK_GAP
            y += 2 * PAD + max(levels) * TRACK_GAP if levels else EMPTY_CHANNEL
            if index < len(extents):
                self._center.append(y + extents[index][0])
                y += sum(extents[index])
        self.height = y

    def _borders(self) -> list[float]:
        inner = [self._border(first) for first, _ in self.ranks.rows_of_lane[1:]]
        return [0.0, *inner, self.height]

    def _border(self, row: int) -> float:
        top, levels = self._channel[row], self._levels[2 * row]
        if not levels:
            return top + EMPTY_CHANNEL / 2
        middle = (max(levels) + 1) // 2
        return top + PAD + middle * TRACK_GAP - TRACK_GAP / 2


def _levels(tracks: list[Track]) -> list[int]:
    levels: list[int] = []
    for index, track in enumerate(tracks):
        above = [levels[other] for other in range(index) if tracks[other].meets(track)]
        levels.append(max(above, default=-1) + 1)
    return levels


def _extents(graph: Graph, ranks: Ranks) -> list[tuple[float, float]]:
    """Room above and below the centre line of each row; a lane is high enough for its name in two lines."""
    extents = []
    for lane, (first, count) in zip(graph.lanes, ranks.rows_of_lane, strict=True):
        named = 2 * ceil(text.width(lane.name, LANE_TEXT) * 0.28 + 4)
        extents += [_extent(graph, ranks, row, ceil(named / count / 2)) for row in range(first, first + count)]
    return extents


def _extent(graph: Graph, ranks: Ranks, row: int, least: float) -> tuple[float, float]:
    members = [node for node in graph.nodes.values() if ranks.row[node.id] == row]
    up = max((_above(node) for node in members), default=0.0)
    down = max((_below(graph, node) for node in members), default=0.0)
    least = max(LEAST_HALF, least)
    return max(up, least), max(down, least)


def _above(node: Node) -> float:
    return node.height / 2 + (LABEL_GAP + label_size(node).height if node.is_gateway and node.name else 0)


def _below(graph: Graph, node: Node) -> float:
    if node.is_task or node.is_gateway:
        return node.height / 2
    label = label_size(node).height + LABEL_GAP if node.name else 0.0
    if node.host is None:
        return node.height / 2 + label
    return graph.nodes[node.host].height / 2 + max(node.height / 2 + 2, label + 2)
