"""The third layer: is the graph sound? Every element can be reached, every way ends, every circle waits."""

from __future__ import annotations

from typing import Final

from engine.procedures.checks.findings import Findings
from engine.procedures.checks.graph import Graph
from engine.procedures.checks.tokens import MAXIMUM_TOKENS, multiplied
from engine.procedures.model import GATEWAYS, TASKS, Element

MAXIMUM_ELEMENTS: Final = 300
MAXIMUM_DEPTH: Final = 8
CONDITIONAL: Final = frozenset({"exclusiveGateway", "inclusiveGateway"})
AFTER_EVENT_GATEWAY: Final = frozenset({"timer", "message", "signal"})


def check_structure(graph: Graph, findings: Findings) -> bool:
    """All findings about how elements are connected. Returns whether the graph is small enough to look further."""
    _check_flows(graph, findings)
    if not _check_size(graph, findings):
        return False
    for container in graph.containers():
        _check_starts(graph, container, findings)
    for element in graph.elements.values():
        _check_element(graph, element, findings)
        _check_outgoing(graph, element, findings)
    if len(graph.starts(graph.process.id)) == 1:
        _check_reach(graph, findings)
    _check_circles(graph, findings)
    if (place := multiplied(graph)) is not None:
        findings.at("structure.tokens_multiply", place, limit=MAXIMUM_TOKENS)
    return True


def _check_flows(graph: Graph, findings: Findings) -> None:
    for flow in graph.process.flows:
        ends = [graph.elements.get(id_) for id_ in (flow.source, flow.target)]
        for end, side in zip(ends, ("source", "target"), strict=True):
            if end is None:
                findings.add("structure.flow_dangling", flow.id, flow.name, side=side)
        if None not in ends and ends[0].container != ends[1].container:  # type: ignore[union-attr]
            findings.add("structure.flow_crosses", flow.id, flow.name)


def _check_size(graph: Graph, findings: Findings) -> bool:
    fits = True
    for container in graph.containers():
        holder, count = graph.elements.get(container), len(graph.inside[container])
        name = holder.name if holder else graph.process.name
        if count > MAXIMUM_ELEMENTS:
            findings.add("structure.too_many_elements", container, name, count=count, limit=MAXIMUM_ELEMENTS)
            fits = False
        if holder and len(graph.around(holder)) >= MAXIMUM_DEPTH:
            findings.add("structure.nested_too_deep", container, name, limit=MAXIMUM_DEPTH)
            fits = False
    return fits


def _check_starts(graph: Graph, container: str, findings: Findings) -> None:
    holder, starts = graph.elements.get(container), graph.starts(container)
    if len(starts) != 1:
        name = holder.name if holder else graph.process.name
        findings.add("structure.start_count", container, name, count=len(starts))


def _check_element(graph: Graph, element: Element, findings: Findings) -> None:
    if element.kind == "boundaryEvent":
        _check_boundary(graph, element, findings)
    if graph.into[element.id] and element.kind in ("startEvent", "boundaryEvent"):
        findings.at("structure.incoming_forbidden", element)
    if graph.out[element.id] and element.kind == "endEvent":
        findings.at("structure.outgoing_forbidden", element)
    if element.kind == "eventBasedGateway":
        _check_event_gateway(graph, element, findings)


def _check_boundary(graph: Graph, element: Element, findings: Findings) -> None:
    host = graph.elements.get(element.attached_to or "")
    if host is None or host.kind not in TASKS or host.container != element.container:
        findings.at("structure.boundary_dangling", element)
    elif element.event in ("error", "escalation") and host.kind not in ("subProcess", "callActivity"):
        findings.at("structure.boundary_never", element, kind=element.event)


def _check_event_gateway(graph: Graph, element: Element, findings: Findings) -> None:
    targets = [graph.elements[flow.target] for flow in graph.out[element.id]]
    if len(targets) < 2:
        findings.at("structure.event_gateway_few", element)
    for target in targets:
        catches = target.kind == "intermediateCatchEvent" and target.event in AFTER_EVENT_GATEWAY
        plain = target.kind == "receiveTask" and not graph.boundaries[target.id] and not target.multiple
        if not (catches or (plain and not target.loop)) or len(graph.into[target.id]) > 1:
            findings.at("structure.event_gateway_target", target)


def _check_outgoing(graph: Graph, element: Element, findings: Findings) -> None:
    flows = graph.out[element.id]
    conditional = [flow for flow in flows if flow.condition is not None]
    if element.kind in CONDITIONAL and len(flows) > 1:
        for flow in flows:
            if flow.condition is None and not flow.is_default:
                findings.add("structure.condition_missing", flow.id, flow.name, gateway=element.name or element.id)
    elif element.kind not in CONDITIONAL and conditional:
        findings.add("structure.condition_misplaced", conditional[0].id, conditional[0].name)
    if len(flows) > 1 and element.kind not in GATEWAYS:
        findings.at("structure.several_outgoing", element)


def _check_reach(graph: Graph, findings: Findings) -> None:
    (start,) = graph.starts(graph.process.id)
    reached = graph.reach(start.id) | {start.id}
    ends = [e.id for e in graph.elements.values() if e.kind == "endEvent" and _ends(graph, e)]
    finishing = graph.leading_to(ends)
    for element in graph.elements.values():
        if element.id not in reached:
            findings.at("structure.unreachable", element)
        elif not graph.out[element.id] and element.kind != "endEvent":
            findings.at("structure.no_outgoing", element)
        elif element.id not in finishing:
            findings.at("structure.never_ends", element)


def _ends(graph: Graph, end: Element) -> bool:
    """Whether the process itself may be over there: at its own ends, and where an error leaves it."""
    return end.container == graph.process.id or end.event == "error"


def _check_circles(graph: Graph, findings: Findings) -> None:
    for element in graph.circles():
        findings.at("structure.circle_without_wait", element)
    for element in graph.elements.values():
        if element.loop and element.loop.maximum is None and not _turn_waits(graph, element):
            findings.at("structure.circle_without_wait", element)


def _turn_waits(graph: Graph, element: Element) -> bool:
    if element.kind == "subProcess":
        return not graph.passes_without_waiting(element.id)
    return graph.waits(element)
