"""The second layer: does the diagram use only what the profile (`docs/bpmn-profile.md`) carries?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from engine.procedures.checks.findings import SHOWN, Findings
from engine.procedures.model import EVENTS, FLOW_NODES, NS, PH
from engine.procedures.moments import CYCLE
from engine.procedures.xml import BPMN, is_bpmn, local_name

TRUE: Final = frozenset({"true", "1"})
PROCESS_PARTS: Final = frozenset(
    "userTask manualTask serviceTask sendTask receiveTask businessRuleTask callActivity subProcess exclusiveGateway "
    "parallelGateway inclusiveGateway eventBasedGateway startEvent endEvent intermediateCatchEvent "
    "intermediateThrowEvent boundaryEvent sequenceFlow laneSet dataObject dataObjectReference dataStoreReference "
    "textAnnotation association group documentation extensionElements incoming outgoing ioSpecification property "
    "dataInputAssociation dataOutputAssociation multiInstanceLoopCharacteristics standardLoopCharacteristics "
    "timerEventDefinition messageEventDefinition signalEventDefinition errorEventDefinition "
    "escalationEventDefinition terminateEventDefinition auditing monitoring performer potentialOwner humanPerformer "
    "resourceRole correlationSubscription".split()
)
ADVICE: Final = {
    "scriptTask": "profile.script_task",
    "task": "profile.plain_task",
    "transaction": "profile.transaction",
    "cancelEventDefinition": "profile.transaction",
    "adHocSubProcess": "profile.ad_hoc",
    "complexGateway": "profile.complex_gateway",
    "compensateEventDefinition": "profile.compensation",
    "linkEventDefinition": "profile.link_event",
    "conditionalEventDefinition": "profile.conditional_event",
    "eventDefinitionRef": "profile.event_definition_ref",
}
EVENT_KINDS: Final = {
    "startEvent": frozenset({"", "timer", "message"}),
    "intermediateCatchEvent": frozenset({"", "timer", "message", "signal"}),
    "intermediateThrowEvent": frozenset({"", "signal", "escalation"}),
    "boundaryEvent": frozenset({"", "timer", "message", "signal", "error", "escalation"}),
    "endEvent": frozenset({"", "signal", "error", "escalation", "terminate"}),
}
EXTENSIONS: Final = {
    "lane": frozenset({"role", "agency"}),
    "task": frozenset({"form", "duty", "agency", "claim", "document", "paper"}),
    "deadline": frozenset({"rule"}),
    "legal": frozenset({"source", "basis", "note"}),
    "service": frozenset({"name"}),
    "input": frozenset({"name", "value"}),
    "output": frozenset({"name", "value"}),
    "decision": frozenset({"table", "output"}),
    "correlation": frozenset({"key"}),
    "incoming": frozenset({"form", "duty", "agency"}),
    "outcome": frozenset({"code"}),
}
SPOKEN: Final = frozenset({"name", "note"})
SILENT: Final = frozenset({"documentation", "text", "categoryValue"})
TEMPLATE: Final = re.compile(r"[$#]\{")
RESERVED: Final = frozenset({"End", "Start", "Root"})
LANGUAGES: Final = frozenset({"urn:phoihop:expression:1", "python"})
_PARENTS: Final = frozenset({"process", "subProcess"})


def check_profile(root: Any, findings: Findings) -> bool:
    """Look at every element. Returns whether the process can be read at all."""
    processes = root.findall("bpmn:process", NS)
    if len(processes) != 1 or not processes[0].get("id"):
        findings.add("bpmn.one_process", count=len(processes))
    for process in processes:
        if process.get("isExecutable", "true") not in TRUE:
            findings.add("profile.not_executable", process.get("id"), process.get("name"))
        for node in process.iter(f"{{{BPMN}}}*"):
            _check_node(node, findings)
    for node in root.iter("{*}*"):
        _check_template_expressions(node, findings)
        if node.tag.startswith(f"{{{PH}}}"):
            _check_extension(node, findings)
    return _check_ids(root, findings) and len(processes) == 1 and bool(processes[0].get("id"))


def _check_node(node: Any, findings: Findings) -> None:
    tag, id_, name = local_name(node), _own_id(node), node.get("name")
    parent = local_name(node.getparent())
    if tag in ADVICE:
        findings.add(ADVICE[tag], id_, name)
    elif (parent in _PARENTS or parent in FLOW_NODES - set(ADVICE)) and tag not in PROCESS_PARTS:
        findings.add("profile.element", id_, name, tag=tag)
    if node.get("isForCompensation") in TRUE:
        findings.add("profile.compensation", id_, name)
    special = _SPECIAL.get(tag)
    if special is not None:
        special(node, findings)
    if tag in EVENTS:
        _check_event(node, findings)


def _own_id(node: Any) -> str | None:
    """Id of the element, or of the step, flow, lane or process that it belongs to."""
    while node is not None and not (is_bpmn(node) and _stands_alone(node)):
        node = node.getparent()
    return node.get("id") if node is not None else None


def _stands_alone(node: Any) -> bool:
    parent = local_name(node.getparent()) if node.getparent() is not None else ""
    of_process = parent in _PARENTS and node.get("id") is not None
    return of_process or local_name(node) in FLOW_NODES | {"sequenceFlow", "lane", "process"}


def _definitions(node: Any) -> list[str]:
    return [local_name(c).removesuffix("EventDefinition") for c in node if local_name(c).endswith("EventDefinition")]


def _check_event(node: Any, findings: Findings) -> None:
    tag, id_, name, kinds = local_name(node), node.get("id"), node.get("name"), _definitions(node)
    if len(kinds) > 1 or node.get("parallelMultiple") in TRUE:
        findings.add("profile.multiple_event", id_, name)
        return
    kind = kinds[0] if kinds else ""
    if kind == "message" and tag in ("endEvent", "intermediateThrowEvent"):
        findings.add("profile.message_throw", id_, name)
    elif f"{kind}EventDefinition" not in ADVICE and kind not in EVENT_KINDS[tag]:
        findings.add("profile.event_kind", id_, name, kind=kind, place=tag)
    if tag == "startEvent" and kind and local_name(node.getparent()) == "subProcess":
        findings.add("profile.event_kind", id_, name, kind=kind, place="subProcess")
    if not kind and tag in ("boundaryEvent", "intermediateCatchEvent"):
        findings.add("structure.event_without_definition", id_, name)
    if tag == "boundaryEvent" and kind == "error" and node.get("cancelActivity", "true") not in TRUE:
        findings.add("profile.error_interrupts", id_, name)


def _check_timer(node: Any, findings: Findings) -> None:
    event, cycle = node.getparent(), node.find("bpmn:timeCycle", NS)
    if cycle is None:
        return
    repeats = local_name(event) == "boundaryEvent" and event.get("cancelActivity", "true") not in TRUE
    if not repeats:
        findings.add("profile.cycle_place", event.get("id"), event.get("name"))
    if not CYCLE.fullmatch((cycle.text or "").strip()):
        findings.add("meaning.cycle", event.get("id"), event.get("name"), text=(cycle.text or "").strip()[:SHOWN])


def _check_sub_process(node: Any, findings: Findings) -> None:
    if node.get("triggeredByEvent") in TRUE:
        findings.add("profile.event_sub_process", node.get("id"), node.get("name"))


def _check_event_gateway(node: Any, findings: Findings) -> None:
    if node.get("instantiate") in TRUE or node.get("eventGatewayType", "Exclusive") != "Exclusive":
        findings.add("profile.event_gateway_kind", node.get("id"), node.get("name"))


def _check_receive(node: Any, findings: Findings) -> None:
    if node.get("instantiate") in TRUE:
        findings.add("profile.instantiate", node.get("id"), node.get("name"))


def _check_multiple(node: Any, findings: Findings) -> None:
    owner = node.getparent()
    id_, name = owner.get("id"), owner.get("name")
    if node.find("bpmn:completionCondition", NS) is not None or node.get("behavior", "All") != "All":
        findings.add("profile.completion_condition", id_, name)
    if not (node.findtext("bpmn:loopDataInputRef", "", NS) or "").strip():
        findings.add("profile.collection_missing", id_, name)
    output, item = node.find("bpmn:loopDataOutputRef", NS), node.find("bpmn:outputDataItem", NS)
    if (output is None) != (item is None):
        findings.add("profile.output_incomplete", id_, name)


def _check_loop(node: Any, findings: Findings) -> None:
    owner = node.getparent()
    maximum = node.get("loopMaximum")
    if maximum is not None and not re.fullmatch(r"[1-9]\d{0,5}", maximum, re.ASCII):
        findings.add("profile.loop_maximum", owner.get("id"), owner.get("name"), value=maximum[:SHOWN])
    if maximum is None and not (node.findtext("bpmn:loopCondition", "", NS) or "").strip():
        findings.add("profile.loop_endless", owner.get("id"), owner.get("name"))


def _check_condition(node: Any, findings: Findings) -> None:
    language = node.get("language")
    if language is not None and language.lower() not in LANGUAGES:
        findings.add("profile.language", _own_id(node), node.getparent().get("name"), language=language[:SHOWN])


_SPECIAL: Final = {
    "timerEventDefinition": _check_timer,
    "subProcess": _check_sub_process,
    "eventBasedGateway": _check_event_gateway,
    "receiveTask": _check_receive,
    "multiInstanceLoopCharacteristics": _check_multiple,
    "standardLoopCharacteristics": _check_loop,
    "conditionExpression": _check_condition,
}


def _check_template_expressions(node: Any, findings: Findings) -> None:
    """`${…}` and `#{…}` mean nothing here, wherever other tools have left them."""
    texts = [str(value) for key, value in node.items() if key not in SPOKEN]
    if local_name(node) not in SILENT:
        texts.append(node.text or "")
    found = next((text for text in texts if TEMPLATE.search(text)), None)
    if found is not None:
        owner = _own_id(node)
        findings.add("profile.template_expression", owner, node.get("name"), expression=found.strip()[:SHOWN])


def _check_extension(node: Any, findings: Findings) -> None:
    tag = local_name(node)
    owner = _own_id(node)
    if tag not in EXTENSIONS:
        findings.add("profile.extension_unknown", owner, None, extension=tag[:SHOWN])
        return
    for key in sorted(set(map(str, node.keys())) - EXTENSIONS[tag]):
        findings.add("profile.extension_attribute", owner, None, extension=tag, attribute=key[:SHOWN])


def _check_ids(root: Any, findings: Findings) -> bool:
    """Whether every element can be told from every other."""
    nodes = list(_identified(root))
    doubled = {
        id_ for id_, times in Counter(n.get("id") for n in root.iter(f"{{{BPMN}}}*")).items() if id_ and times > 1
    }
    for id_ in sorted(doubled):
        findings.add("structure.id_doubled", id_)
    missing = [node for node in nodes if not node.get("id")]
    for node in missing:
        findings.add("structure.id_missing", None, node.get("name"), tag=local_name(node), line=node.sourceline)
    for node in nodes:
        id_ = node.get("id") or ""
        if id_ in RESERVED or "." in id_ or id_.endswith("EndJoin"):
            findings.add("structure.id_reserved", id_, node.get("name"))
    return not doubled and not missing


def _identified(root: Any) -> Iterator[Any]:
    """The elements that must have an id."""
    for process in root.findall("bpmn:process", NS):
        for node in process.iter():
            if is_bpmn(node) and local_name(node) in FLOW_NODES | {"sequenceFlow"}:
                yield node
