"""A small procedure without any defect, and ways to put one in."""

from __future__ import annotations

import json
from collections.abc import Mapping

from engine.errors import Finding
from engine.procedures.checks import Surroundings, check

XMLNS = (
    'xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:ph="urn:phoihop:bpmn:1" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
LANE = '<ph:lane role="LEAD"/>'
DIAGRAM = f"""<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions {XMLNS} id="d" targetNamespace="urn:test">
  <bpmn:message id="m" name="answered"/>
  <bpmn:signal id="sig" name="stop"/>
  <bpmn:error id="err" errorCode="E1"/>
  <bpmn:collaboration id="c"><bpmn:participant id="pool" processRef="small"/></bpmn:collaboration>
  <bpmn:process id="small" name="Small" isExecutable="true">
    <bpmn:laneSet id="ls">
      <bpmn:lane id="lane" name="Lead"><bpmn:extensionElements>{LANE}</bpmn:extensionElements>
        <bpmn:flowNodeRef>ask</bpmn:flowNodeRef><bpmn:flowNodeRef>again</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>inner_ask</bpmn:flowNodeRef><bpmn:flowNodeRef>note</bpmn:flowNodeRef></bpmn:lane>
    </bpmn:laneSet>
    <bpmn:startEvent id="begin" name="Begin"/>
    <bpmn:userTask id="ask" name="Ask"><bpmn:extensionElements>
      <ph:task form="ask" duty="specialist"/><ph:deadline rule="soon"/></bpmn:extensionElements></bpmn:userTask>
    <bpmn:boundaryEvent id="remind" name="Remind" attachedToRef="ask" cancelActivity="false">
      <bpmn:timerEventDefinition id="t1"><bpmn:timeCycle>R3/PT24H</bpmn:timeCycle></bpmn:timerEventDefinition>
    </bpmn:boundaryEvent>
    <bpmn:endEvent id="reminded"/>
    <bpmn:businessRuleTask id="rate" name="Rate"><bpmn:extensionElements>
      <ph:decision table="rate.dmn" output="level"/></bpmn:extensionElements></bpmn:businessRuleTask>
    <bpmn:serviceTask id="serve" name="Serve"><bpmn:extensionElements><ph:service name="things.do">
      <ph:input name="x" value="level"/><ph:output name="reference" value="reference"/>
      </ph:service></bpmn:extensionElements></bpmn:serviceTask>
    <bpmn:intermediateCatchEvent id="hear" name="Hear"><bpmn:extensionElements>
      <ph:correlation key="reference"/></bpmn:extensionElements>
      <bpmn:messageEventDefinition id="me" messageRef="m"/></bpmn:intermediateCatchEvent>
    <bpmn:exclusiveGateway id="enough" name="Enough?" default="to_sub"/>
    <bpmn:userTask id="again" name="Again"><bpmn:extensionElements>
      <ph:task form="again"/></bpmn:extensionElements></bpmn:userTask>
    <bpmn:subProcess id="sub" name="Sub">
      <bpmn:startEvent id="inner_begin"/>
      <bpmn:userTask id="inner_ask" name="Inner"><bpmn:extensionElements>
        <ph:task form="again"/></bpmn:extensionElements></bpmn:userTask>
      <bpmn:endEvent id="inner_end"/>
      <bpmn:sequenceFlow id="i1" sourceRef="inner_begin" targetRef="inner_ask"/>
      <bpmn:sequenceFlow id="i2" sourceRef="inner_ask" targetRef="inner_end"/>
    </bpmn:subProcess>
    <bpmn:callActivity id="call" name="Call" calledElement="helper"><bpmn:extensionElements>
      <ph:input name="topic" value="question"/><ph:output name="help" value="given"/></bpmn:extensionElements>
    </bpmn:callActivity>
    <bpmn:endEvent id="done" name="Done"><bpmn:extensionElements>
      <ph:outcome code="FINE"/></bpmn:extensionElements></bpmn:endEvent>
    <bpmn:sequenceFlow id="f1" sourceRef="begin" targetRef="ask"/>
    <bpmn:sequenceFlow id="f2" sourceRef="ask" targetRef="rate"/>
    <bpmn:sequenceFlow id="f3" sourceRef="remind" targetRef="reminded"/>
    <bpmn:sequenceFlow id="f4" sourceRef="rate" targetRef="serve"/>
    <bpmn:sequenceFlow id="f5" sourceRef="serve" targetRef="hear"/>
    <bpmn:sequenceFlow id="f6" sourceRef="hear" targetRef="enough"/>
    <bpmn:sequenceFlow id="f7" sourceRef="enough" targetRef="again">
      <bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">level == 'high'</bpmn:conditionExpression>
    </bpmn:sequenceFlow>
    <bpmn:sequenceFlow id="f8" sourceRef="again" targetRef="rate"/>
    <bpmn:sequenceFlow id="to_sub" sourceRef="enough" targetRef="sub"/>
    <bpmn:sequenceFlow id="f9" sourceRef="sub" targetRef="call"/>
    <bpmn:sequenceFlow id="f10" sourceRef="call" targetRef="done"/>
  </bpmn:process>
</bpmn:definitions>
"""
DESCRIPTION = """id: small
kind: procedure
code: SM
title: {vi: Nhỏ, en: Small}
lead: LEAD
uses: [helper]
outcomes:
  FINE: {vi: Tốt, en: Fine, result: required}
"""
DEADLINES = """soon:
  name: {vi: Sớm}
  regimes:
    - {from: 2020-01-01, clock: hours, amount: 24, source: TK, confidence: U, note: {vi: thử}}
"""
TABLE = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="ds" name="ds" namespace="urn:test">
  <decision id="rate" name="rate"><decisionTable id="t" hitPolicy="FIRST">
    <input id="i"><inputExpression id="ie"><text>question</text></inputExpression></input>
    <output id="o" name="level"/>
    <rule id="r1"><inputEntry id="e1"><text>"x"</text></inputEntry>
      <outputEntry id="o1"><text>"high"</text></outputEntry></rule>
    <rule id="r2"><inputEntry id="e2"><text>-</text></inputEntry>
      <outputEntry id="o2"><text>"low"</text></outputEntry></rule>
  </decisionTable></decision>
</definitions>
"""
HELPER_DIAGRAM = f"""<bpmn:definitions {XMLNS} id="d" targetNamespace="urn:test">
  <bpmn:process id="helper" isExecutable="true"><bpmn:startEvent id="s"/>
    <bpmn:serviceTask id="find"><bpmn:extensionElements><ph:service name="things.do">
      <ph:input name="x" value="topic"/><ph:output name="given" value="answer"/></ph:service></bpmn:extensionElements>
    </bpmn:serviceTask><bpmn:endEvent id="e"/>
    <bpmn:sequenceFlow id="f1" sourceRef="s" targetRef="find"/>
    <bpmn:sequenceFlow id="f2" sourceRef="find" targetRef="e"/>
  </bpmn:process></bpmn:definitions>"""
HELPER = {
    "procedure.yaml": b"id: helper\nkind: shared\ntitle: {vi: T, en: T}\ninputs:\n  topic: {vi: T, en: T}\n",
    "process.bpmn": HELPER_DIAGRAM.encode(),
}


def form(form_id: str, *fields: Mapping[str, object]) -> bytes:
    """The file of a form whose texts say the names."""
    texts = [{"label": {"vi": str(f["name"]), "en": str(f["name"])}, **f} for f in fields]
    return json.dumps({"id": form_id, "title": {"vi": form_id, "en": form_id}, "fields": texts}).encode()


def files(**changes: str | bytes | None) -> dict[str, bytes]:
    """The procedure, with files replaced by name (`process`, `description`, `deadlines`, `table`, `ask`, `again`)."""
    named: dict[str, tuple[str, str | bytes]] = {
        "process": ("process.bpmn", DIAGRAM),
        "description": ("procedure.yaml", DESCRIPTION),
        "deadlines": ("deadlines.yaml", DEADLINES),
        "table": ("rate.dmn", TABLE),
        "ask": ("forms/ask.json", form("ask", {"name": "question", "type": "text"})),
        "again": ("forms/again.json", form("again", {"name": "remark", "type": "text", "prefill": "question"})),
    }
    found: dict[str, bytes] = {}
    for name, (path, content) in named.items():
        chosen = changes.get(name, content)
        if chosen is not None:
            found[path] = chosen if isinstance(chosen, bytes) else chosen.encode()
    return found


def replaced(old: str, new: str) -> dict[str, bytes]:
    """The procedure with one place of its diagram changed."""
    assert old in DIAGRAM, f"the diagram does not hold {old!r}"
    return files(process=DIAGRAM.replace(old, new))


def known() -> Surroundings:
    """One service, one shared procedure."""
    return Surroundings(frozenset({"things.do"}), {"helper": HELPER})


def found(of: Mapping[str, bytes]) -> list[Finding]:
    """What the checks say."""
    return check(of, known())
