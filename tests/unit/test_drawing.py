"""The drawing of a diagram is one safe, self-contained SVG that tells states by signs and can be read out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest
from lxml import etree

from engine.errors import DefinitionError
from engine.procedures.drawing import svg
from engine.procedures.layout import layout

FIXTURES: Final = Path(__file__).parents[2] / "tests" / "fixtures" / "layout"
SVG: Final = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def seven_lanes() -> bytes:
    return layout((FIXTURES / "seven_lanes.bpmn").read_bytes())


def tree(picture: str) -> Any:
    return etree.fromstring(picture.encode())


def group(picture: str, element: str) -> Any:
    (found,) = tree(picture).xpath(f"//*[@data-element='{element}']")
    return found


def words(element: Any) -> str:
    return " ".join(" ".join(part.split()) for part in element.itertext() if part.strip())


def test_every_element_is_drawn_once_and_can_be_found(seven_lanes: bytes) -> None:
    # Given a laid out procedure, when it is drawn
    drawn = tree(svg(seven_lanes)).xpath("//@data-element")
    # Then each node, flow, lane and the pool is one group
    source: Any = etree.fromstring(seven_lanes)
    expected = source.xpath("//*[local-name()='BPMNShape' or local-name()='BPMNEdge']/@bpmnElement")
    assert sorted(drawn) == sorted(expected)


def test_names_are_wrapped_and_complete(seven_lanes: bytes) -> None:
    task = group(svg(seven_lanes), "triage")
    assert words(task) == "Tiếp nhận, đánh giá ban đầu mức độ sai lệch"
    assert len(task.findall(f".//{SVG}tspan")) == 3


def test_a_wrapped_name_is_copied_and_read_out_with_its_spaces(seven_lanes: bytes) -> None:
    (name,) = group(svg(seven_lanes), "triage").findall(f"{SVG}text")
    assert "".join(name.itertext()) == "Tiếp nhận, đánh giá ban đầu mức độ sai lệch"


def test_it_passes_a_strict_content_security_policy(seven_lanes: bytes) -> None:
    picture = svg(seven_lanes, states={"triage": "open"}, title="Vụ việc", description="Đang ở bước tiếp nhận")
    for forbidden in ("style", "onload", "onclick", "xlink:href", "src"):
        assert f" {forbidden}=" not in picture
    assert not re.search(r"<(script|style|image|use|foreignObject)\b", picture)
    assert set(re.findall(r"https?://[^\"<]*", picture)) == {"http://www.w3.org/2000/svg"}


def test_it_can_be_read_out(seven_lanes: bytes) -> None:
    root = tree(svg(seven_lanes, title="Vụ PB-26-0001", description="Đang chờ: Tiếp nhận", identifier="case"))
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "case-title case-desc"
    assert root.find(f"{SVG}title").text == "Vụ PB-26-0001"
    assert root.find(f"{SVG}desc").text == "Đang chờ: Tiếp nhận"


def test_states_show_by_a_sign_and_not_by_colour_alone(seven_lanes: bytes) -> None:
    # Given a case that stands at three tasks in three ways
    picture = svg(seven_lanes, states={"report": "done", "triage": "open", "statement": "overdue"})
    signs = []
    for element, state in (("report", "done"), ("triage", "open"), ("statement", "overdue")):
        task = group(picture, element)
        assert f"is-{state}" in task.get("class").split()
        (badge,) = task.xpath("./*[contains(@class, 'bpmn-state')]")
        signs.append(badge.findall(f"{SVG}path")[0].get("d"))
    # Then each has a sign of its own, and the others have none
    assert len(set(signs)) == 3
    assert len(tree(picture).xpath("//*[contains(@class, 'bpmn-state')]")) == 3


def test_an_open_task_has_a_thicker_border_than_a_quiet_one(seven_lanes: bytes) -> None:
    picture = svg(seven_lanes, states={"triage": "open"})
    borders = [group(picture, name).find(f"{SVG}rect").get("stroke-width") for name in ("triage", "dossier")]
    assert float(borders[0]) > 2 * float(borders[1])


def test_kinds_of_elements_look_different(seven_lanes: bytes) -> None:
    picture = svg(seven_lanes)
    start, end = (group(picture, name).find(f"{SVG}circle") for name in ("found", "closed"))
    assert float(start.get("stroke-width")) < float(end.get("stroke-width"))
    # a timer that does not interrupt is dashed and has two rings
    late = group(picture, "late").findall(f"{SVG}circle")
    assert [circle.get("stroke-dasharray") for circle in late] == ["4 3", "4 3"]
    # a call activity has a thick border, a multi-instance task three bars
    assert group(picture, "close").find(f"{SVG}rect").get("stroke-width") == "3"
    assert len(group(picture, "opinions").findall(f"{SVG}g")) == len(group(picture, "approve").findall(f"{SVG}g")) + 1
    # a default flow carries a slash
    assert len(group(picture, "flow_decision_forms").findall(f".//{SVG}path")) == 2
    assert len(group(picture, "flow_decision_dossier").findall(f".//{SVG}path")) == 1


def test_elements_link_where_the_page_wants_it(seven_lanes: bytes) -> None:
    picture = svg(seven_lanes, link=lambda element: f"/tasks?id={element}&x=1" if element == "triage" else None)
    links = tree(picture).findall(f".//{SVG}a")
    assert [link.get("href") for link in links] == ["/tasks?id=triage&x=1"]


def test_names_cannot_smuggle_markup() -> None:
    # Given a task whose name looks like markup
    plain = layout((FIXTURES / "plain.bpmn").read_bytes())
    picture = svg(plain, title="<script>alert(1)</script>", description='" onload="x')
    # Then it is shown as text
    assert words(group(picture, "answer")) == "Trả lời <ngay>"
    assert "<script" not in picture
    assert tree(picture).get("onload") is None


def test_a_name_that_looks_like_a_class_is_left_alone() -> None:
    content = layout((FIXTURES / "plain.bpmn").read_bytes())
    named = content.replace("Trả lời &lt;ngay&gt;".encode(), b"&lt;g class=&quot;bpmn-line&quot;")
    assert words(group(svg(named), "answer")) == '<g class="bpmn-line"'


def test_a_sub_process_lies_under_its_contents() -> None:
    picture = svg(layout((FIXTURES / "sub_process.bpmn").read_bytes()))
    order = tree(picture).xpath("//@data-element")
    assert order.index("write") < order.index("inner_write") < order.index("overdue")


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (
            lambda text: re.sub(r"<bpmndi:BPMNDiagram.*</bpmndi:BPMNDiagram>", "", text, flags=re.DOTALL),
            "diagram.missing",
        ),
        (lambda text: text.replace('bpmnElement="triage"', 'bpmnElement="nobody"'), "diagram.incomplete"),
        (lambda text: re.sub(r'x="[\d.]+"', 'x="wide"', text, count=1), "diagram.number"),
        (lambda text: re.sub(r'x="[\d.]+"', 'x="1e400"', text, count=1), "diagram.number"),
    ],
)
def test_a_file_that_cannot_be_drawn_says_what_is_wrong(seven_lanes: bytes, spoil: Any, code: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        svg(spoil(seven_lanes.decode()).encode())
    assert [finding.code for finding in caught.value.findings] == [code]


def test_an_unknown_state_is_a_mistake_of_the_caller(seven_lanes: bytes) -> None:
    with pytest.raises(ValueError, match="late"):
        svg(seven_lanes, states={"triage": "late"})


def test_shades_compare_elements_and_notes_say_by_how_much(seven_lanes: bytes) -> None:
    drawn = group(svg(seven_lanes, states={"triage": "heat-5"}, notes={"triage": "12× 3 ngày"}), "triage")
    assert "is-heat-5" in drawn.get("class")
    assert drawn.find(f"{SVG}rect").get("fill") == "#ee7b62"
    assert "12× 3 ngày" in words(drawn)
