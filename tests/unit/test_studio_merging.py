"""Two persons change one diagram: what either did stays, and only where both changed the same somebody is asked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lxml import etree

from engine.errors import DefinitionError
from engine.procedures.xml import BPMN
from workflows.studio.errors import Apart
from workflows.studio.merging import Merged, merge

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "bpmn/foreign-press-permit/process.bpmn"
BASE = f"""<bpmn:definitions xmlns:bpmn="{BPMN}" xmlns:ph="urn:phoihop:bpmn:1"
  xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"
  xmlns:di="http://www.omg.org/spec/DD/20100524/DI" id="D" targetNamespace="x">
  <bpmn:process id="P" isExecutable="true">
    <bpmn:laneSet id="L">
      <bpmn:lane id="one"><bpmn:flowNodeRef>start</bpmn:flowNodeRef><bpmn:flowNodeRef>ask</bpmn:flowNodeRef></bpmn:lane>
      <bpmn:lane id="two"><bpmn:flowNodeRef>end</bpmn:flowNodeRef></bpmn:lane>
      <bpmn:lane id="three"/>
    </bpmn:laneSet>
    <bpmn:startEvent id="start"><bpmn:outgoing>f1</bpmn:outgoing></bpmn:startEvent>
    <bpmn:userTask id="ask" name="Hỏi">
      <bpmn:extensionElements><ph:task form="a"/><ph:deadline rule="r"/></bpmn:extensionElements>
      <bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing>
    </bpmn:userTask>
    <bpmn:endEvent id="end" name="Xong"><bpmn:incoming>f2</bpmn:incoming></bpmn:endEvent>
    <bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="ask"/>
    <bpmn:sequenceFlow id="f2" sourceRef="ask" targetRef="end"/>
  </bpmn:process>
  <bpmndi:BPMNDiagram id="G"><bpmndi:BPMNPlane id="N" bpmnElement="P">
    <bpmndi:BPMNShape id="ask_di" bpmnElement="ask"><dc:Bounds x="1" y="1" width="9" height="9"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="end_di" bpmnElement="end"><dc:Bounds x="20" y="1" width="9" height="9"/></bpmndi:BPMNShape>
    <bpmndi:BPMNEdge id="f2_di" bpmnElement="f2"><di:waypoint x="9" y="5"/><di:waypoint x="20" y="5"/></bpmndi:BPMNEdge>
  </bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
</bpmn:definitions>"""
STEP = r'<bpmn:endEvent.*?</bpmn:endEvent>|<bpmn:sequenceFlow id="f2"[^>]*/>'
NEW = '<bpmn:userTask id="new" name="Thêm"><bpmn:outgoing>f3</bpmn:outgoing></bpmn:userTask>'
NEW_FLOW = '<bpmn:sequenceFlow id="f3" sourceRef="new" targetRef="end"/>'


def changed(*pairs: tuple[str, str]) -> str:
    """The diagram with these words in place of those."""
    content = BASE
    for before, after in pairs:
        assert before in content
        content = content.replace(before, after, 1)
    return content


def both(kept: str, other: str, base: str = BASE) -> Merged:
    return merge(base.encode(), kept.encode(), other.encode())


def said(merged: Merged, id_: str) -> str:
    """What an element says now, in one line."""
    found = [one for one in etree.fromstring(merged.content).iter() if one.get("id") == id_]
    written = etree.tostring(found[0], method="c14n", exclusive=True, with_tail=False).decode() if found else ""
    return re.sub(r">\s+<", "><", re.sub(r' xmlns:\w+="[^"]*"', "", written))


def valid(merged: Merged) -> bool:
    """Whether the children of the step stand in the schema's order."""
    [step] = etree.fromstring(merged.content).iter(f"{{{BPMN}}}userTask")
    order = ["documentation", "extensionElements", "incoming", "outgoing"]
    tags = [etree.QName(one).localname for one in step]
    return tags == sorted(tags, key=order.index)


def test_changes_of_different_steps_and_of_different_words_of_one_step_stay() -> None:
    mine = changed(('name="Hỏi"', 'name="Hỏi lại"'), ('rule="r"', 'rule="r2"'))
    theirs = changed(('name="Xong"', 'name="Hết"'), ('form="a"', 'form="b"'))

    merged = both(mine, theirs)

    assert merged.clashes == ()
    assert 'name="Hỏi lại"' in said(merged, "ask") and 'name="Hết"' in said(merged, "end")
    assert 'form="b"' in said(merged, "ask") and 'rule="r2"' in said(merged, "ask")
    assert valid(merged)


def test_where_both_changed_the_same_one_side_is_kept_and_the_step_is_named() -> None:
    mine, theirs = changed(('name="Hỏi"', 'name="A"')), changed(('name="Hỏi"', 'name="B"'), ('name="Xong"', 'name="C"'))

    merged, other_way = both(mine, theirs), both(theirs, mine)

    assert [(one.element, one.name) for one in merged.clashes] == [("ask", "A")]
    assert 'name="A"' in said(merged, "ask") and 'name="C"' in said(merged, "end")
    assert 'name="B"' in said(other_way, "ask") and 'name="C"' in said(other_way, "end")
    assert both(mine, mine).clashes == ()


def test_steps_that_either_added_are_joined_as_both_drew_them() -> None:
    step = (NEW, NEW_FLOW)
    mine = changed(
        ("<bpmn:sequenceFlow", step[0] + step[1] + "<bpmn:sequenceFlow"),
        ("<bpmn:incoming>f2</bpmn:incoming></bpmn:endEvent>",
         "<bpmn:incoming>f2</bpmn:incoming><bpmn:incoming>f3</bpmn:incoming></bpmn:endEvent>"),
    )  # fmt: skip
    theirs = mine.replace("f3", "f4").replace('"new"', '"other"')

    merged = both(mine, theirs)

    assert merged.clashes == ()
    assert 'sourceRef="new"' in said(merged, "f3") and 'sourceRef="other"' in said(merged, "f4")
    assert re.findall(r"<bpmn:incoming>(\w+)", said(merged, "end")) == ["f2", "f3", "f4"]
    assert merged.content.index(b"laneSet") < merged.content.index(b'id="other"')


def test_a_step_that_one_removed_goes_with_all_that_led_to_it() -> None:
    said_of_it = ["<bpmn:flowNodeRef>end</bpmn:flowNodeRef>", "<bpmn:outgoing>f2</bpmn:outgoing>"]
    drawn = r"<bpmndi:BPMN(Shape|Edge) id=\"(end|f2)_di\".*?</bpmndi:BPMN\1>"
    gone = re.compile("|".join([STEP, *said_of_it, drawn]))
    merged = both(changed(('name="Hỏi"', 'name="A"')), gone.sub("", BASE))

    assert merged.clashes == ()
    assert b'"end"' not in merged.content and b"f2" not in merged.content and b">end<" not in merged.content
    assert 'name="A"' in said(merged, "ask")


@pytest.mark.parametrize("mine_kept", [True, False])
def test_work_on_a_step_that_the_other_removed_is_told(mine_kept: bool) -> None:
    removed = re.sub(STEP, "", BASE)
    worked = changed(('name="Xong"', 'name="Hết"'))

    merged = both(worked, removed) if mine_kept else both(removed, worked)

    assert ("end", "Hết") in [(one.element, one.name) for one in merged.clashes]
    assert ('name="Hết"' in said(merged, "end")) is mine_kept
    assert (b'bpmnElement="end"' in merged.content) is mine_kept
    etree.fromstring(merged.content)


def test_a_flow_to_a_step_that_the_other_removed_does_not_stay_loose() -> None:
    removed = re.sub(STEP, "", BASE)
    joined = changed(("<bpmn:sequenceFlow", NEW + NEW_FLOW + "<bpmn:sequenceFlow"))

    merged = both(joined, removed)

    assert said(merged, "f3") == "" and said(merged, "new") == '<bpmn:userTask id="new" name="Thêm"></bpmn:userTask>'
    assert "f3" in [one.element for one in merged.clashes]


def test_a_step_moved_to_another_lane_by_both_stands_in_one() -> None:
    home = "<bpmn:flowNodeRef>ask</bpmn:flowNodeRef>"
    mine = changed((home, ""), ("<bpmn:flowNodeRef>end", home + "<bpmn:flowNodeRef>end"))
    theirs = changed((home, ""), ('<bpmn:lane id="three"/>', f'<bpmn:lane id="three">{home}</bpmn:lane>'))

    merged = both(mine, theirs)
    assert ">ask<" in said(merged, "two") and ">ask<" not in said(merged, "one") + said(merged, "three")
    assert [one.element for one in merged.clashes] == ["ask"]

    alone = both(BASE, theirs)
    assert ">ask<" in said(alone, "three") and ">ask<" not in said(alone, "one") and alone.clashes == ()


def test_places_in_the_drawing_are_taken_from_either_and_ask_nobody() -> None:
    mine, theirs = changed(('x="1"', 'x="50"')), changed(('x="1"', 'x="70"'), ('x="20" y="1"', 'x="30" y="1"'))

    merged = both(mine, theirs)

    assert merged.clashes == ()
    assert 'x="50"' in said(merged, "ask_di") and 'x="30"' in said(merged, "end_di")


def test_a_shipped_diagram_merged_with_itself_says_the_same() -> None:
    content = SHIPPED.read_bytes()
    renamed = content.replace('name="Phân loại, kiểm tra hồ sơ"'.encode(), b'name="X"', 1)
    assert renamed != content

    merged = merge(content, renamed, content)

    canonical = [etree.canonicalize(one.decode(), strip_text=True) for one in (renamed, merged.content)]
    assert canonical[0] == canonical[1] and merged.clashes == ()
    assert merge(content, content, renamed).content.count(b'name="X"') == 1


def test_another_diagram_altogether_is_not_mixed_in() -> None:
    with pytest.raises(Apart):
        both(BASE, changed(('<bpmn:process id="P"', '<bpmn:process id="Q"')))


def test_what_cannot_be_read_is_refused() -> None:
    with pytest.raises(DefinitionError):
        both(BASE, "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>")
