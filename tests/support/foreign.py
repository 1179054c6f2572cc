"""BPMN files as other tools write them, and broken or hostile ones: made by chance from a seed."""

from __future__ import annotations

import random
from collections.abc import Callable

from lxml import etree

from tests.support.procedure import DIAGRAM

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DI = (
    'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
    'xmlns:di="http://www.omg.org/spec/DD/20100524/DI"'
)
Maker = Callable[[random.Random], bytes]


def _row(dice: random.Random, prefix: str, tasks: list[str], gateway: str) -> str:
    """Tasks in a row with a gateway that leads back, in a namespace prefix."""
    p = f"{prefix}:" if prefix else ""
    count = dice.randint(1, 6)
    parts, ids = (
        [f'<{p}startEvent id="StartEvent_1"><{p}outgoing>Flow_0</{p}outgoing></{p}startEvent>'],
        ["StartEvent_1"],
    )
    for number in range(count):
        ids.append(f"Activity_{number}")
        parts.append(dice.choice(tasks).format(p=p, id=ids[-1], n=number))
    ids += ["Gateway_1", "Event_end"]
    parts.append(f'<{p}exclusiveGateway id="Gateway_1"/><{p}endEvent id="Event_end"/>')
    for number in range(len(ids) - 1):
        parts.append(f'<{p}sequenceFlow id="Flow_{number}" sourceRef="{ids[number]}" targetRef="{ids[number + 1]}"/>')
    condition = f'<{p}conditionExpression xsi:type="{p}tFormalExpression">{gateway}</{p}conditionExpression>'
    parts.append(
        f'<{p}sequenceFlow id="Flow_back" sourceRef="Gateway_1" targetRef="Activity_0">{condition}</{p}sequenceFlow>'
    )
    return "".join(parts)


def _shapes(dice: random.Random) -> str:
    bounds = f'<dc:Bounds x="{dice.randint(0, 900)}" y="{dice.randint(0, 900)}" width="36" height="36"/>'
    return (
        '<bpmndi:BPMNDiagram id="D1"><bpmndi:BPMNPlane id="P1" bpmnElement="Process_1">'
        f'<bpmndi:BPMNShape id="S1" bpmnElement="StartEvent_1">{bounds}</bpmndi:BPMNShape>'
        "</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>"
    )


def _document(prefix: str, names: str, body: str, dice: random.Random, beside: str = "") -> bytes:
    p, own = (f"{prefix}:", f"xmlns:{prefix}") if prefix else ("", "xmlns")
    executable = dice.choice(['isExecutable="true"', 'isExecutable="false"', ""])
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><{p}definitions {own}="{BPMN}" {DI} {names} '
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="Definitions_1" targetNamespace="http://example.org">'
        f'{beside}<{p}process id="Process_1" {executable}>{body}</{p}process>{_shapes(dice)}</{p}definitions>'
    ).encode()


def camunda_7(dice: random.Random) -> bytes:
    tasks = [
        '<{p}userTask id="{id}" name="Prüfen" camunda:assignee="${{initiator}}" camunda:formKey="embedded:f.html"/>',
        '<{p}serviceTask id="{id}" camunda:class="org.example.Do{n}"/>',
        '<{p}serviceTask id="{id}" camunda:type="external" camunda:topic="pay"/>',
        '<{p}scriptTask id="{id}" scriptFormat="groovy"><{p}script>execution.x = 1</{p}script></{p}scriptTask>',
        '<{p}businessRuleTask id="{id}" camunda:decisionRef="d" camunda:resultVariable="r"/>',
        '<{p}userTask id="{id}"><{p}extensionElements><camunda:formData><camunda:formField id="a" type="long"/>'
        "</camunda:formData></{p}extensionElements></{p}userTask>",
        '<{p}callActivity id="{id}" calledElement="other" camunda:calledElementBinding="latest"/>',
    ]
    names = 'xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
    return _document("bpmn", names, _row(dice, "bpmn", tasks, "${amount > 100}"), dice)


def camunda_8(dice: random.Random) -> bytes:
    tasks = [
        '<{p}userTask id="{id}"><{p}extensionElements><zeebe:userTask/><zeebe:assignmentDefinition assignee="=who"/>'
        "</{p}extensionElements></{p}userTask>",
        '<{p}serviceTask id="{id}"><{p}extensionElements><zeebe:taskDefinition type="job{n}" retries="3"/>'
        '<zeebe:ioMapping><zeebe:input source="=a" target="b"/></zeebe:ioMapping></{p}extensionElements>'
        "</{p}serviceTask>",
        '<{p}intermediateCatchEvent id="{id}"><{p}timerEventDefinition>'
        '<{p}timeDuration xsi:type="{p}tFormalExpression">=duration("PT1H")</{p}timeDuration>'
        "</{p}timerEventDefinition></{p}intermediateCatchEvent>",
    ]
    names = 'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:modeler="http://camunda.org/schema/modeler/1.0"'
    return _document("bpmn", names, _row(dice, "bpmn", tasks, "=amount &gt; 100"), dice)


def flowable(dice: random.Random) -> bytes:
    tasks = [
        '<{p}userTask id="{id}" flowable:candidateGroups="managers" flowable:formKey="f{n}"/>',
        '<{p}serviceTask id="{id}" flowable:expression="#{{bean.call()}}"/>',
        '<{p}serviceTask id="{id}" flowable:type="mail"/>',
        '<{p}scriptTask id="{id}" scriptFormat="javascript" flowable:autoStoreVariables="false"/>',
        '<{p}userTask id="{id}"><{p}multiInstanceLoopCharacteristics flowable:collection="${{people}}" '
        'flowable:elementVariable="person"/></{p}userTask>',
    ]
    names = 'xmlns:flowable="http://flowable.org/bpmn" typeLanguage="http://www.w3.org/2001/XMLSchema"'
    return _document("", names, _row(dice, "", tasks, "<![CDATA[${amount > 100}]]>"), dice)


def signavio(dice: random.Random) -> bytes:
    tasks = [
        '<{p}task id="{id}" name="Aufgabe {n}" completionQuantity="1" isForCompensation="false" startQuantity="1">'
        '<{p}extensionElements><signavio:signavioMetaData metaKey="bgcolor" metaValue="#fff"/></{p}extensionElements>'
        "</{p}task>",
        '<{p}subProcess id="{id}" triggeredByEvent="false"/>',
        '<{p}userTask id="{id}" implementation="##unspecified" startQuantity="1"/>',
        '<{p}complexGateway id="{id}"/>',
        '<{p}intermediateThrowEvent id="{id}"><{p}linkEventDefinition name="x"/></{p}intermediateThrowEvent>',
    ]
    names = 'xmlns:signavio="http://www.signavio.com" expressionLanguage="http://www.w3.org/1999/XPath"'
    return _document("", names, _row(dice, "", tasks, ""), dice)


def bpmn_io(dice: random.Random) -> bytes:
    tasks = [
        '<{p}task id="{id}"/>',
        '<{p}userTask id="{id}" name="Do {n}"/>',
        '<{p}manualTask id="{id}"/>',
        '<{p}sendTask id="{id}"/>',
        '<{p}receiveTask id="{id}"/>',
        '<{p}adHocSubProcess id="{id}"/>',
        '<{p}subProcess id="{id}" triggeredByEvent="true"/>',
        '<{p}transaction id="{id}"/>',
        '<{p}intermediateCatchEvent id="{id}"/>',
    ]
    return _document("bpmn", 'exporter="bpmn-js"', _row(dice, "bpmn", tasks, "yes"), dice)


def bizagi(dice: random.Random) -> bytes:
    tasks = [
        '<{p}task id="{id}" name="Tarea {n}"><{p}extensionElements><bizagi:BizagiExtensions>'
        "<bizagi:BizagiProperties/></bizagi:BizagiExtensions></{p}extensionElements></{p}task>",
        '<{p}userTask id="Id_{id}" name="Tarea"/><{p}task id="{id}"/>',
        '<{p}boundaryEvent id="{id}" attachedToRef="missing"><{p}compensateEventDefinition/></{p}boundaryEvent>',
    ]
    pools = (
        '<collaboration id="C1"><participant id="Pt1" name="A" processRef="Process_1"/>'
        '<participant id="Pt2" name="B" processRef="Process_2"/></collaboration><process id="Process_2"/>'
    )
    return _document("", 'xmlns:bizagi="http://www.bizagi.com/bpmn20"', _row(dice, "", tasks, ""), dice, pools)


DIALECTS: dict[str, Maker] = {
    maker.__name__: maker for maker in (camunda_7, camunda_8, flowable, signavio, bpmn_io, bizagi)
}


# Mutants -------------------------------------------------------------------------------------------------------------


def _tree(dice: random.Random) -> tuple[etree._Element, list[etree._Element]]:
    root = etree.fromstring(DIAGRAM.encode())
    return root, [node for node in root.iter("*") if node.getparent() is not None]


def without_element(dice: random.Random) -> bytes:
    root, nodes = _tree(dice)
    node = dice.choice(nodes)
    node.getparent().remove(node)  # type: ignore[union-attr]
    return etree.tostring(root)


def without_attribute(dice: random.Random) -> bytes:
    root, nodes = _tree(dice)
    node = dice.choice([n for n in nodes if n.attrib])
    del node.attrib[dice.choice(sorted(map(str, node.attrib)))]
    return etree.tostring(root)


def odd_attribute(dice: random.Random) -> bytes:
    root, nodes = _tree(dice)
    node = dice.choice([n for n in nodes if n.attrib])
    values = [
        "",
        "ask",
        "small",
        "None",
        "1e999",
        "é" * 300,
        "a.b",
        "End",
        "Root",
        "${x}",
        "__import__('os')",
        "-1",
        "[]",
    ]
    node.set(dice.choice(sorted(map(str, node.attrib))), dice.choice(values))
    return etree.tostring(root)


def other_tag(dice: random.Random) -> bytes:
    root, nodes = _tree(dice)
    tags = (
        "scriptTask task transaction adHocSubProcess complexGateway eventBasedGateway receiveTask endEvent startEvent"
    )
    dice.choice(nodes).tag = f"{{{BPMN}}}{dice.choice(tags.split())}"
    return etree.tostring(root)


def moved_element(dice: random.Random) -> bytes:
    root, nodes = _tree(dice)
    node, place = dice.sample(nodes, 2)
    if node not in place.iterancestors() and node is not place:
        place.append(node)
    return etree.tostring(root)


def doubled_element(dice: random.Random) -> bytes:
    root, nodes = _tree(dice)
    node = dice.choice(nodes)
    node.getparent().append(etree.fromstring(etree.tostring(node)))  # type: ignore[union-attr]
    return etree.tostring(root)


def other_text(dice: random.Random) -> bytes:
    root, nodes = _tree(dice)
    texts = [
        "9" * 5000 + "**9",
        "(" * 3000,
        "a" * 100_000,
        "x for x in",
        "R9999/PT0S",
        "\u202e",
        "lambda: 1",
        "[[1]*9]*9",
    ]
    dice.choice([n for n in nodes if n.text]).text = dice.choice(texts)
    return etree.tostring(root)


def broken_bytes(dice: random.Random) -> bytes:
    content = bytearray(DIAGRAM.encode())
    for _ in range(dice.randint(1, 30)):
        content[dice.randrange(len(content))] = dice.randrange(256)
    return bytes(content)


def cut_off(dice: random.Random) -> bytes:
    return DIAGRAM.encode()[: dice.randrange(len(DIAGRAM))]


def noise(dice: random.Random) -> bytes:
    return dice.randbytes(dice.randint(0, 5000))


MUTANTS: dict[str, Maker] = {
    maker.__name__: maker
    for maker in (
        *(without_element, without_attribute, odd_attribute, other_tag, moved_element, doubled_element, other_text),
        *(broken_bytes, cut_off, noise),
    )
}


# Hostile -------------------------------------------------------------------------------------------------------------


def entities(dice: random.Random) -> bytes:
    laughs = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10 if i else "ha"}">' for i in range(12))
    return f'<?xml version="1.0"?><!DOCTYPE x [{laughs}]><x>&a11;</x>'.encode()


def outside_entity(dice: random.Random) -> bytes:
    return b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'


def deep(dice: random.Random) -> bytes:
    depth = dice.choice([200, 300, 5_000, 60_000])
    return f'<definitions xmlns="{BPMN}">'.encode() + b"<a>" * depth + b"</a>" * depth + b"</definitions>"


def deep_sub_processes(dice: random.Random) -> bytes:
    depth = dice.randint(20, 200)
    opened = "".join(f'<subProcess id="s{i}"><startEvent id="b{i}"/>' for i in range(depth))
    return _document("", "", opened + "</subProcess>" * depth, dice)


def wide(dice: random.Random) -> bytes:
    """Every element connected with every other."""
    count = dice.randint(30, 60)
    body = "".join(f'<parallelGateway id="g{i}"/>' for i in range(count))
    body += "".join(
        f'<sequenceFlow id="f{i}_{j}" sourceRef="g{i}" targetRef="g{j}"/>' for i in range(count) for j in range(count)
    )
    return _document("", "", '<startEvent id="s"/>' + body, dice)[:2_000_000]


def token_explosion(dice: random.Random) -> bytes:
    levels = dice.randint(30, 80)
    body = '<startEvent id="s"/><sequenceFlow id="fs" sourceRef="s" targetRef="a0"/>'
    for i in range(levels):
        body += f'<parallelGateway id="a{i}"/><exclusiveGateway id="b{i}"/>'
        body += "".join(f'<sequenceFlow id="f{i}{k}" sourceRef="a{i}" targetRef="b{i}"/>' for k in "xy")
        body += f'<sequenceFlow id="n{i}" sourceRef="b{i}" targetRef="a{i + 1}"/>'
    return _document("", "", body + f'<endEvent id="a{levels}"/>', dice)


def long_chain(dice: random.Random) -> bytes:
    length = dice.choice([400, 2_000, 8_000])
    body = '<startEvent id="n0"/>' + "".join(f'<userTask id="n{i}"/>' for i in range(1, length))
    body += "".join(f'<sequenceFlow id="f{i}" sourceRef="n{i}" targetRef="n{i + 1}"/>' for i in range(length - 1))
    return _document("", "", body, dice)


def instances_by_the_billion(dice: random.Random) -> bytes:
    loop = "<loopCardinality>9999999999</loopCardinality>"
    loop = f"<multiInstanceLoopCharacteristics>{loop}</multiInstanceLoopCharacteristics>"
    return _document("", "", f'<startEvent id="s"/><userTask id="t">{loop}</userTask>', dice)


def many_attributes(dice: random.Random) -> bytes:
    attributes = " ".join(f'a{i}="{i}"' for i in range(20_000))
    return f'<definitions xmlns="{BPMN}" {attributes}/>'.encode()


HOSTILE: dict[str, Maker] = {
    maker.__name__: maker
    for maker in (
        *(entities, outside_entity, deep, deep_sub_processes, wide, token_explosion, long_chain),
        *(instances_by_the_billion, many_attributes),
    )
}
