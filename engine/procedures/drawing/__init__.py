"""Draws a BPMN diagram as SVG on the server: no script, no style attribute, nothing from outside; usable inline
under a strict content security policy. Colours are presentation attributes that the page's style sheet may
override by class.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from types import MappingProxyType
from typing import Final

from engine.procedures.diagram import Diagram, Edge, Shape, read_diagram
from engine.procedures.drawing import shapes
from engine.procedures.drawing.palette import painted
from engine.procedures.geometry import Rect
from engine.procedures.layout.graph import GATEWAYS

STATES: Final = ("open", "done", "overdue")
HEAT: Final = tuple(f"heat-{level}" for level in range(1, 6))
"""Shades for a comparison of elements, from the least to the most."""
COMPARED: Final = ("added", "removed", "changed", "moved")
"""How an element differs from another state of the diagram; flows are marked too."""
COVERED: Final = ("passed", "missed")
"""Whether something ran; flows are marked too."""
MARGIN: Final = 12
FONT: Final = "Be Vietnam Pro, sans-serif"
_NONE: Final[Mapping[str, str]] = MappingProxyType({})

__all__ = ["COMPARED", "COVERED", "HEAT", "STATES", "svg"]


def svg(
    bpmn: bytes,
    *,
    states: Mapping[str, str] = _NONE,
    notes: Mapping[str, str] = _NONE,
    title: str = "",
    description: str = "",
    link: Callable[[str], str | None] | None = None,
    identifier: str = "diagram",
    file: str = "process.bpmn",
) -> str:
    """Draw the first diagram of a BPMN file.

    Args:
        bpmn: the file's bytes, with coordinates.
        states: element id → "open", "done" or "overdue" ("open" and late), or one of `HEAT`,
            `COMPARED` or `COVERED`; other values are refused.
        notes: element id → a few characters on its upper edge.
        title: what the picture shows, read out by screen readers.
        description: the same in more words, for example which tasks are open.
        link: address for an element id, or None for no link.
        identifier: prefix of the ids of title and description, unique in the page.
        file: path of the file, for findings.

    Returns:
        One `<svg>` element. Each flow node, flow, lane and pool is a group with `data-element` and classes.

    Raises:
        DefinitionError: `xml.*` or `diagram.*`, among them `diagram.missing` for a file without coordinates.
        ValueError: for an unknown state.
    """
    unknown = set(states.values()) - {*STATES, *HEAT, *COMPARED, *COVERED}
    if unknown:
        raise ValueError(f"unknown states {sorted(unknown)}")
    diagram = read_diagram(bpmn, file)
    painter = _Painter(diagram, states, notes, link)
    return painted(_document(diagram.bounds.grown(MARGIN), painter.body(), title, description, identifier))


def _document(view: Rect, body: str, title: str, description: str, identifier: str) -> str:
    n = shapes.number
    about, names = "", []
    for kind, words in (("title", title), ("desc", description)):
        if words:
            about += f'<{kind} id="{escape(identifier)}-{kind}">{escape(words)}</{kind}>'
            names.append(f"{escape(identifier)}-{kind}")
    labelled = f' aria-labelledby="{" ".join(names)}"' if names else ""
    size = f'width="{n(view.width)}" height="{n(view.height)}"'
    box = f'viewBox="{n(view.x)} {n(view.y)} {n(view.width)} {n(view.height)}" {size}'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" class="bpmn" role="img"{labelled} {box} font-family="{FONT}">'
    return f"{head}{about}{body}</svg>"


class _Painter:
    def __init__(
        self,
        diagram: Diagram,
        states: Mapping[str, str],
        notes: Mapping[str, str],
        link: Callable[[str], str | None] | None,
    ) -> None:
        self.diagram, self.states, self.notes, self.link = diagram, states, notes, link
        self._tags = {shape.id: shape.tag for shape in diagram.shapes}

    def body(self) -> str:
        frames = [self._group(shape, shapes.frame(shape)) for shape in self.diagram.shapes if shape.is_frame]
        containers = [self._node(shape) for shape in self.diagram.nodes if shape.is_container]
        flows = [self._flow(edge) for edge in self.diagram.edges]
        nodes = [self._node(shape) for shape in self.diagram.nodes if not shape.is_container]
        labels = [shapes.label(edge) for edge in self.diagram.edges]
        return "".join([*frames, *containers, *flows, *nodes, *labels])

    def _node(self, shape: Shape) -> str:
        if shape.is_event:
            drawn = shapes.event(shape)
        elif shape.is_gateway:
            drawn = shapes.gateway(shape)
        else:
            drawn = shapes.activity(shape)
        state, note = self.states.get(shape.id), self.notes.get(shape.id)
        drawn += shapes.state_marker(shape, state) if state in (*STATES, *COMPARED) else ""
        return self._group(shape, drawn + (shapes.note(shape, note) if note else ""))

    def _flow(self, edge: Edge) -> str:
        drawn = shapes.flow(edge)
        if edge.conditional and self._tags.get(edge.source) not in GATEWAYS:
            drawn += shapes.condition(edge)
        state = self.states.get(edge.id)
        css = "bpmn-element bpmn-kind-flow" + (f" is-{state}" if state else "")
        return f'<g class="{css}" data-element="{escape(edge.id)}">{drawn}</g>'

    def _group(self, shape: Shape, drawn: str) -> str:
        state = self.states.get(shape.id)
        css = f"bpmn-element bpmn-kind-{escape(shape.tag)}" + (f" is-{state}" if state else "")
        target = self.link(shape.id) if self.link else None
        if target:
            drawn = f'<a href="{escape(target)}">{drawn}</a>'
        return f'<g class="{css}" data-element="{escape(shape.id)}">{drawn}</g>'
