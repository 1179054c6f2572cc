"""Files without coordinates become diagrams that one would be glad to print; nothing else in them changes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from engine.errors import DefinitionError
from engine.procedures import text
from engine.procedures.diagram import Diagram, read_diagram
from engine.procedures.layout import check_layout, layout, measure
from engine.procedures.xml import BPMN, BPMNDI, MAX_BYTES, parse
from web.messages import catalogue

ROOT: Final = Path(__file__).parents[2]
FIXTURES: Final = ROOT / "tests" / "fixtures" / "layout"
SHIPPED: Final = sorted((ROOT / "bpmn").rglob("*.bpmn"))
CROSSINGS: Final = {"seven_lanes.bpmn": 3}
"""Crossings once reached: a change of the layout may not make more."""


def fixture(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


def drawn(name: str) -> Diagram:
    return read_diagram(layout(fixture(name)))


def without_diagram(content: bytes) -> bytes:
    root = parse(content, "test.bpmn")
    for old in root.findall(f"{{{BPMNDI}}}BPMNDiagram"):
        root.remove(old)
    for element in root.iter():
        element.tail = (element.tail or "").strip()
    return etree.tostring(root, method="c14n")


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.bpmn")), ids=lambda path: path.name)
def test_a_file_without_coordinates_gets_a_faultless_diagram(path: Path) -> None:
    # Given a semantic BPMN file, when it is laid out
    result = layout(path.read_bytes())
    # Then no number speaks against it
    assert check_layout(result, crossings_limit=CROSSINGS.get(path.name, 0)) == []


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_procedure_that_ships_can_be_printed(path: Path) -> None:
    # Given a diagram as it ships, then it passes the check with the few crossings that its roles make unavoidable
    assert check_layout(path.read_bytes(), crossings_limit=6) == []


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_procedure_that_ships_begins_in_its_first_lane(path: Path) -> None:
    # Given a diagram as it ships, then whoever begins stands on top: lanes go in the order of the flow
    process = parse(path.read_bytes(), path.name).find(f"{{{BPMN}}}process")
    assert process is not None
    starts = {start.get("id") for start in process.findall(f"{{{BPMN}}}startEvent")}
    lanes = [{node.text for node in lane} for lane in process.iter(f"{{{BPMN}}}lane")]
    assert not lanes or starts & lanes[0]


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.bpmn")), ids=lambda path: path.name)
def test_only_the_diagram_is_exchanged(path: Path) -> None:
    content = path.read_bytes()
    result = layout(content)
    # Ids, extension elements, comments and their order are the same
    assert without_diagram(result) == without_diagram(content)
    # and up to the diagram so are the bytes, with odd blanks and quotes
    before = content.split(b"  <bpmndi:BPMNDiagram")[0].removesuffix(b"</bpmn:definitions>\n")
    assert result.startswith(before)


@pytest.mark.parametrize("name", ["seven_lanes.bpmn", "sub_process.bpmn", "plain.bpmn"])
def test_the_same_file_gives_the_same_bytes_and_laying_out_twice_changes_nothing(name: str) -> None:
    once = layout(fixture(name))
    assert once == layout(fixture(name))
    assert once == layout(once)


def test_work_flows_to_the_right_and_rework_back() -> None:
    # Given a process where approval may send the dossier back
    diagram = drawn("seven_lanes.bpmn")
    place = {node.id: node.box.center.x for node in diagram.nodes}
    # Then only that flow runs to the left
    backward = {edge.id for edge in diagram.edges if place[edge.target] < place[edge.source] - 1}
    assert backward == {"flow_decision_dossier"}


def test_lanes_keep_their_order_and_fill_the_pool() -> None:
    diagram = drawn("seven_lanes.bpmn")
    lanes = [shape for shape in diagram.shapes if shape.tag == "lane"]
    pool = next(shape.box for shape in diagram.shapes if shape.tag == "participant")
    assert [lane.id for lane in lanes[:3]] == ["lane_unit", "lane_office", "lane_chair"]
    assert [lane.box.bottom for lane in lanes[:-1]] == [lane.box.y for lane in lanes[1:]]
    assert (lanes[0].box.y, lanes[-1].box.bottom) == (pool.y, pool.bottom)


def test_boundary_events_sit_on_the_border_of_their_host() -> None:
    diagram = drawn("seven_lanes.bpmn")
    boxes = {node.id: node.box for node in diagram.nodes}
    assert boxes["late"].center.y == boxes["statement"].bottom
    assert boxes["statement"].x < boxes["late"].x and boxes["late"].right < boxes["statement"].right


def test_a_sub_process_encloses_what_is_inside_it() -> None:
    diagram = drawn("sub_process.bpmn")
    boxes = {node.id: node.box for node in diagram.nodes}
    inner = [box for name, box in boxes.items() if name.startswith("inner_")]
    assert inner
    assert all(boxes["write"].contains(box) for box in inner)


def test_seven_lanes_fit_a3_landscape() -> None:
    size = measure(layout(fixture("seven_lanes.bpmn")))
    assert size.width <= 1900
    assert size.height <= 1900 / 2**0.5


def test_the_check_sees_what_is_wrong() -> None:
    # Given a good diagram in which one task is shoved onto its neighbour
    good = layout(fixture("seven_lanes.bpmn"))
    diagram = read_diagram(good)
    boxes = {node.id: node.box for node in diagram.nodes}
    here, there = boxes["press"], boxes["briefing"]
    moved = good.replace(
        f'x="{there.x:g}" y="{there.y:g}"'.encode(), f'x="{here.x + 20:g}" y="{here.y + 5:g}"'.encode(), 1
    )
    # Then the check names the overlap, the foreign lane and the flow through the shoved node
    codes = {(fault.code, fault.element) for fault in check_layout(moved)}
    assert ("layout.nodes_overlap", "press") in codes
    assert ("layout.outside_lane", "briefing") in codes
    assert any(code == "layout.flow_through_node" for code, _ in codes)


def test_the_check_knows_limits_of_width_and_crossings() -> None:
    codes = {
        fault.code for fault in check_layout(layout(fixture("seven_lanes.bpmn")), width_limit=900, crossings_limit=0)
    }
    assert codes == {"layout.too_wide", "layout.crossings"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<bpmn", "xml.malformed"),
        (b"", "xml.malformed"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "xml.doctype"),
        (b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', "xml.doctype"),
        (b" " * (MAX_BYTES + 1), "xml.too_large"),
        (f'<d xmlns="{BPMN}"/>'.encode(), "layout.nothing"),
        (f'<definitions xmlns="{BPMN}"><process id="p"/></definitions>'.encode(), "layout.nothing"),
    ],
)
def test_what_cannot_be_read_is_told_as_a_finding(content: bytes, code: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        layout(content, file="odd.bpmn")
    assert [(finding.code, finding.file) for finding in caught.value.findings] == [(code, "odd.bpmn")]


def test_a_file_in_another_encoding_stays_in_it() -> None:
    content = fixture("plain.bpmn").decode().replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16")
    result = layout(content)
    assert result[:2] in (b"\xff\xfe", b"\xfe\xff")
    assert without_diagram(result) == without_diagram(content)


@given(
    words=st.lists(st.text("aăâđeêoơưuyạệợữ ,.mWi", min_size=1, max_size=14), max_size=8), limit=st.integers(20, 200)
)
def test_wrapped_lines_fit_and_lose_nothing(words: list[str], limit: int) -> None:
    sentence = " ".join(words)
    rows = text.wrap(sentence, 12, limit)
    assert "".join(rows).replace(" ", "") == sentence.replace(" ", "")
    assert all(text.width(row, 12) <= limit for row in rows)


@st.composite
def processes(draw: st.DrawFn) -> bytes:
    """Any process: forward flows over random lanes, a few flows back, boundary timers, long and short names."""
    count, lanes = draw(st.integers(2, 14)), draw(st.integers(1, 4))
    kinds = st.sampled_from(["userTask", "exclusiveGateway", "intermediateCatchEvent", "callActivity"])
    names = st.sampled_from(["", "Duyệt", "Tiếp nhận, đánh giá ban đầu mức độ sai lệch"])
    tags = ["startEvent", *(draw(kinds) for _ in range(count - 2)), "endEvent"]
    seats = [draw(st.integers(0, lanes - 1)) for _ in tags]
    pairs = {(draw(st.integers(0, index - 1)), index) for index in range(1, count)}
    ahead = st.tuples(st.integers(0, count - 2), st.integers(1, count - 1)).filter(lambda pair: pair[0] != pair[1])
    pairs |= set(draw(st.lists(ahead, max_size=5)))
    body = "".join(f'<{tag} id="n{i}" name="{draw(names)}"/>' for i, tag in enumerate(tags))
    body += "".join(f'<sequenceFlow id="f{a}_{b}" sourceRef="n{a}" targetRef="n{b}"/>' for a, b in sorted(pairs))
    hosts = [i for i, tag in enumerate(tags) if tag == "userTask" and draw(st.booleans())]
    for i in hosts:
        body += f'<boundaryEvent id="b{i}" attachedToRef="n{i}"/><endEvent id="e{i}"/>'
        body += f'<sequenceFlow id="g{i}" sourceRef="b{i}" targetRef="e{i}"/>'
    members = [[f"n{i}" for i, seat in enumerate(seats) if seat == lane] for lane in range(lanes)]
    for i in hosts:
        members[seats[i]] += [f"b{i}", f"e{i}"]
    return _definitions(members, body)


def _definitions(members: list[list[str]], body: str) -> bytes:
    lanes = "".join(
        f'<lane id="lane{index}" name="Làn {index}">'
        + "".join(f"<flowNodeRef>{node}</flowNodeRef>" for node in nodes)
        + "</lane>"
        for index, nodes in enumerate(members)
    )
    return (
        f'<definitions xmlns="{BPMN}">'
        '<collaboration id="c"><participant id="p" name="P" processRef="x"/></collaboration>'
        f'<process id="x"><laneSet id="s">{lanes}</laneSet>{body}</process></definitions>'
    ).encode()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(content=processes())
def test_whatever_the_process_nodes_stay_apart_and_in_their_lanes(content: bytes) -> None:
    # Given any process at all, when it is laid out
    faults = check_layout(layout(content), width_limit=20_000)
    # Then nothing lies on or runs through a node (labels and lines may get crowded in nonsense processes)
    allowed = {"layout.label_covers", "layout.label_outside", "layout.flows_overlap"}
    assert [fault for fault in faults if fault.code not in allowed] == []


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_finding_and_fault_has_its_sentence(language: str) -> None:
    # Given the codes as the source writes them
    source = "".join(path.read_text() for path in sorted((ROOT / "engine" / "procedures").rglob("*.py")))
    codes = set(re.findall(r'(?:Finding|LayoutFault)\(\s*"((?:xml|diagram|layout)\.[a-z_]+)"', source))
    # Then people get a sentence for each
    assert len(codes) >= 15
    assert codes <= catalogue(language).keys()
