"""How many tokens a process may make of one: splits whose branches meet without a join multiply them."""

from __future__ import annotations

from typing import Final

from engine.procedures.checks.graph import Graph
from engine.procedures.model import Element

JOINS: Final = frozenset({"parallelGateway", "inclusiveGateway"})
CHOICES: Final = frozenset({"exclusiveGateway", "eventBasedGateway"})
MAXIMUM_TOKENS: Final = 64


def multiplied(graph: Graph) -> Element | None:
    """The first element that more than `MAXIMUM_TOKENS` tokens may reach at once; None where none is.

    Each choice hands on an equal part of what it gets and each join the most that one of its flows brings, so that
    whatever is split and joined properly counts as one. Ways back in a circle are left out: every circle waits.
    """
    tokens: dict[str, float] = {}
    for id_ in _in_order(graph):
        element = graph.elements[id_]
        arriving = [tokens[f.source] / _parts(graph, f.source) for f in graph.into[id_] if f.source in tokens]
        if element.attached_to in tokens:
            arriving.append(tokens[element.attached_to])
        tokens[id_] = (max if element.kind in JOINS else sum)(arriving or [1.0])
        if tokens[id_] > MAXIMUM_TOKENS:
            return element
    return None


def _parts(graph: Graph, source: str) -> int:
    return len(graph.out[source]) if graph.elements[source].kind in CHOICES else 1


def _in_order(graph: Graph) -> list[str]:
    """All elements, each after those that lead to it, circles cut open."""
    finished: list[str] = []
    seen: set[str] = set()
    for start in graph.elements:
        stack = [] if start in seen else [(start, iter(graph.successors[start]))]
        seen.add(start)
        while stack:
            id_, following = stack[-1]
            after = next((one for one in following if one not in seen), None)
            if after is None:
                finished.append(id_)
                stack.pop()
            else:
                seen.add(after)
                stack.append((after, iter(graph.successors[after])))
    return finished[::-1]
