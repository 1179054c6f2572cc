"""Writes an arrangement into a BPMN file as its diagram; every other byte of the file stays as it was."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from lxml import etree

from engine.procedures.geometry import Point, Rect
from engine.procedures.layout.arrange import Arrangement
from engine.procedures.layout.graph import Graph
from engine.procedures.xml import BPMNDI, DC, DI, NAMESPACES

MARGIN: Final = 20
_NSMAP: Final = {"bpmndi": BPMNDI, "dc": DC, "di": DI}
_OLD: Final = re.compile(rb"[ \t]*<(?P<p>[\w.-]+:)?BPMNDiagram\b.*?</(?P=p)?BPMNDiagram\s*>[ \t]*\r?\n?", re.DOTALL)
_END: Final = re.compile(rb"</(?:[\w.-]+:)?definitions\s*>\s*(?:<!--.*?-->\s*)*$", re.DOTALL)


def write_diagram(content: bytes, root: Any, graph: Graph, arrangement: Arrangement) -> bytes:
    """Return the file with this diagram in place of any old one.

    Args:
        content: the file's bytes.
        root: the same, parsed.
        graph: what was laid out.
        arrangement: where everything stands.
    """
    diagram = _diagram(root, graph, arrangement.moved(MARGIN, MARGIN))
    written = _spliced(content, root, diagram)
    return written if written is not None else _reserialized(root, diagram)


def _spliced(content: bytes, root: Any, diagram: Any) -> bytes | None:
    """The file's own bytes with only the diagram exchanged; None where that cannot be done safely."""
    encoding = (root.getroottree().docinfo.encoding or "UTF-8").upper()
    stripped, removed = _OLD.subn(b"", content)
    end = _END.search(stripped)
    if encoding not in ("UTF-8", "US-ASCII", "ASCII") or end is None:
        return None
    if removed != len(root.findall("bpmndi:BPMNDiagram", NAMESPACES)):
        return None
    text = etree.tostring(diagram, encoding="unicode", pretty_print=True)
    block = "".join(f"  {line}\n" for line in text.splitlines()).encode("ascii", "xmlcharrefreplace")
    return stripped[: end.start()].rstrip() + b"\n" + block + stripped[end.start() :]


def _reserialized(root: Any, diagram: Any) -> bytes:
    for old in root.findall("bpmndi:BPMNDiagram", NAMESPACES):
        root.remove(old)
    root.append(diagram)
    tree = root.getroottree()
    return bytes(etree.tostring(tree, xml_declaration=True, encoding=tree.docinfo.encoding or "UTF-8"))


def _diagram(root: Any, graph: Graph, arrangement: Arrangement) -> Any:
    diagram = etree.Element(etree.QName(BPMNDI, "BPMNDiagram"), id="diagram", nsmap=_NSMAP)
    collaboration = root.find("bpmn:collaboration", NAMESPACES)
    process = root.find("bpmn:process", NAMESPACES)
    drawn = collaboration if graph.pool is not None else process
    plane = etree.SubElement(diagram, etree.QName(BPMNDI, "BPMNPlane"), id="plane", bpmnElement=drawn.get("id"))
    for element, box, horizontal in _containers(graph, arrangement):
        _shape(plane, element, box, isHorizontal=horizontal)
    _contents(plane, graph, arrangement)
    return diagram


def _containers(graph: Graph, arrangement: Arrangement) -> Iterator[tuple[str, Rect, str]]:
    if graph.pool is not None:
        x, y = (arrangement.lanes[0].x - 30, arrangement.lanes[0].y) if arrangement.lanes else (MARGIN, MARGIN)
        yield graph.pool, Rect(x, y, arrangement.width, arrangement.height), "true"
    for lane, box in zip(graph.lanes, arrangement.lanes, strict=False):
        if lane.id is not None:
            yield lane.id, box, "true"


def _contents(plane: Any, graph: Graph, arrangement: Arrangement) -> None:
    for node in graph.nodes.values():
        extra: dict[str, Any] = {"isExpanded": "true"} if node.inner is not None else {}
        extra |= {"isMarkerVisible": "true"} if node.tag == "exclusiveGateway" else {}
        shape = _shape(plane, node.id, arrangement.nodes[node.id], **extra)
        _label(shape, arrangement.labels.get(node.id))
        if node.inner is not None:
            _contents(plane, node.inner, arrangement)
    for flow in graph.flows:
        edge = etree.SubElement(plane, etree.QName(BPMNDI, "BPMNEdge"), id=f"{flow.id}_di", bpmnElement=flow.id)
        for point in arrangement.lines[flow.id]:
            etree.SubElement(edge, etree.QName(DI, "waypoint"), **_spot(point))
        _label(edge, arrangement.labels.get(flow.id))


def _shape(plane: Any, element: str, box: Rect, **attributes: Any) -> Any:
    shape = etree.SubElement(
        plane, etree.QName(BPMNDI, "BPMNShape"), id=f"{element}_di", bpmnElement=element, **attributes
    )
    _bounds(shape, box)
    return shape


def _label(owner: Any, box: Rect | None) -> None:
    if box is not None:
        _bounds(etree.SubElement(owner, etree.QName(BPMNDI, "BPMNLabel")), box)


def _bounds(owner: Any, box: Rect) -> None:
    size: dict[str, Any] = {"width": _number(box.width), "height": _number(box.height)}
    etree.SubElement(owner, etree.QName(DC, "Bounds"), **_spot(Point(box.x, box.y)), **size)


def _spot(point: Point) -> dict[str, Any]:
    return {"x": _number(point.x), "y": _number(point.y)}


def _number(value: float) -> str:
    return f"{round(value, 1):g}" if abs(value) < 1e5 else str(round(value))
