"""What a BPMN file says, read once into plain frozen values: elements, lanes and our extensions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from engine.errors import DefinitionError, Finding
from engine.procedures.moments import CYCLE

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
PH = "urn:phoihop:bpmn:1"
NS = {"bpmn": BPMN, "ph": PH}

TASKS = frozenset(
    "userTask manualTask serviceTask sendTask receiveTask businessRuleTask scriptTask task "
    "callActivity subProcess".split()
)
GATEWAYS = frozenset("exclusiveGateway parallelGateway inclusiveGateway eventBasedGateway complexGateway".split())
EVENTS = frozenset("startEvent endEvent intermediateCatchEvent intermediateThrowEvent boundaryEvent".split())
FLOW_NODES = TASKS | GATEWAYS | EVENTS
PERSON_TASKS = frozenset({"userTask", "manualTask"})
SERVICE_TASKS = frozenset({"serviceTask", "sendTask"})


@dataclass(frozen=True)
class Legal:
    """Why an element exists: QC (the regulation), PL (national law) or TK (design), and the clause."""

    source: str
    basis: str
    note: str = ""


@dataclass(frozen=True)
class Lane:
    """A lane: a role bound by date, or an expression that computes the agency."""

    id: str
    name: str
    role: str | None = None
    agency: str | None = None


@dataclass(frozen=True)
class Multiple:
    """Multi-instance settings: the collection gone through, and what is collected."""

    sequential: bool
    collection: str | None
    item: str | None
    output: str | None
    output_item: str | None


@dataclass(frozen=True)
class Loop:
    """Standard loop settings: how often at most, while what holds, and whether that is asked before the first turn."""

    maximum: int | None
    condition: str | None
    test_before: bool


@dataclass(frozen=True)
class Incoming:
    """Who records a message that comes on paper, by mail or by telephone, and on which form."""

    form: str | None
    duty: str
    agency: str | None


@dataclass(frozen=True)
class Element:
    """A flow node with our extensions. Expressions are kept as text; `engine.expressions` evaluates them.

    `paper` says that an answer on paper may be recorded for the agency of the task; `container` is the process or
    embedded sub-process in which it is drawn; `signal` the name of its signal, or the code of its error or escalation;
    `repeats` how often a boundary event that does not interrupt may happen while its
    activity lasts (None: without limit).
    """

    id: str
    kind: str
    name: str
    process_id: str
    lane: Lane | None = None
    form: str | None = None
    duty: str = "specialist"
    agency: str | None = None
    claim: str | None = None
    document: str | None = None
    paper: bool = False
    deadline: str | None = None
    duration: str | None = None
    date: str | None = None
    message: str | None = None
    correlation: str | None = None
    incoming: Incoming | None = None
    service: str | None = None
    inputs: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    decision_table: str | None = None
    decision_output: str | None = None
    called: str | None = None
    outcome: str | None = None
    legal: tuple[Legal, ...] = ()
    multiple: Multiple | None = None
    loop: Loop | None = None
    container: str = ""
    signal: str | None = None
    cycle: str | None = None
    repeats: int | None = 1
    attached_to: str | None = None
    interrupting: bool = True
    event: str | None = None

    @property
    def is_person_task(self) -> bool:
        """Whether a person completes it."""
        return self.kind in PERSON_TASKS

    @property
    def is_timer(self) -> bool:
        """Whether it waits for a moment."""
        return self.event == "timer"

    @property
    def is_message(self) -> bool:
        """Whether it waits for a message."""
        return self.event == "message" or self.kind == "receiveTask"

    @property
    def asked_form(self) -> str | None:
        """The form that a person fills in here: of a task, or of a message that is recorded."""
        return self.incoming.form if self.incoming else self.form if self.is_person_task else None


@dataclass(frozen=True)
class Flow:
    """A sequence flow; `condition` is an expression or None."""

    id: str
    name: str
    source: str
    target: str
    condition: str | None
    is_default: bool


@dataclass(frozen=True)
class Process:
    """One executable process of a file."""

    id: str
    name: str
    elements: Mapping[str, Element]
    flows: tuple[Flow, ...]
    lanes: tuple[Lane, ...]


def read_process(root: etree._Element, file: str) -> Process:
    """Read the single process of a BPMN file.

    Args:
        root: the parsed `definitions` element.
        file: path for findings.

    Raises:
        DefinitionError: no process, several, or one without an id.
    """
    processes = root.findall("bpmn:process", NS)
    if len(processes) != 1 or not processes[0].get("id"):
        raise DefinitionError([Finding("bpmn.one_process", file, params={"count": len(processes)})])
    node = processes[0]
    lanes = {ref: lane for lane, refs in _lanes(node) for ref in refs}
    messages = {m.get("id"): m.get("name") for m in root.findall("bpmn:message", NS)}
    nodes = [n for n in node.iter(f"{{{BPMN}}}*") if _local(n) in FLOW_NODES]
    around = _Around(file, str(node.get("id")), lanes, messages, _signals(root))
    elements = {e.id: e for e in (_element(n, around) for n in nodes)}
    return Process(
        id=str(node.get("id")),
        name=node.get("name") or "",
        elements=elements,
        flows=tuple(_flows(node)),
        lanes=tuple(lane for lane, _ in _lanes(node)),
    )


def _local(node: etree._Element) -> str:
    return etree.QName(node).localname


def _lanes(process: etree._Element) -> Iterator[tuple[Lane, list[str]]]:
    for node in process.iter(f"{{{BPMN}}}lane"):
        extension = _extension(node, "lane")
        refs = [ref.text.strip() for ref in node.findall("bpmn:flowNodeRef", NS) if ref.text]
        lane = Lane(
            id=node.get("id") or "",
            name=node.get("name") or "",
            role=extension.get("role") if extension is not None else None,
            agency=extension.get("agency") if extension is not None else None,
        )
        yield lane, refs


def _extension(node: etree._Element, tag: str) -> etree._Element | None:
    return node.find(f"bpmn:extensionElements/ph:{tag}", NS)


def _extension_attribute(node: etree._Element, tag: str, name: str) -> str | None:
    found = _extension(node, tag)
    return found.get(name) if found is not None else None


@dataclass(frozen=True)
class _Around:
    """What an element refers to outside itself."""

    file: str
    process_id: str
    lanes: Mapping[str, Lane]
    messages: Mapping[str | None, str | None]
    signals: Mapping[str | None, str | None]


def _signals(root: etree._Element) -> dict[str | None, str | None]:
    """Names of signals and codes of errors and escalations, by id."""
    found = {s.get("id"): s.get("name") for s in root.findall("bpmn:signal", NS)}
    found |= {e.get("id"): e.get("errorCode") for e in root.findall("bpmn:error", NS)}
    return found | {e.get("id"): e.get("escalationCode") for e in root.findall("bpmn:escalation", NS)}


def _element(node: etree._Element, around: _Around) -> Element:
    id_ = node.get("id")
    if not id_:
        raise DefinitionError([Finding("bpmn.element_without_id", around.file, name=node.get("name"))])
    task, service = _extension(node, "task"), _extension(node, "service")
    parameters = service if service is not None else node.find("bpmn:extensionElements", NS)
    attributes: dict[str, str] = {str(k): str(v) for k, v in task.items()} if task is not None else {}
    return Element(
        id=id_,
        kind=_local(node),
        name=node.get("name") or "",
        process_id=around.process_id,
        container=_container(node),
        lane=around.lanes.get(id_) or around.lanes.get(node.get("attachedToRef", "")),
        form=attributes.get("form"),
        duty=attributes.get("duty", "specialist"),
        agency=attributes.get("agency"),
        claim=attributes.get("claim"),
        document=attributes.get("document"),
        paper=attributes.get("paper") in ("true", "1"),
        deadline=_extension_attribute(node, "deadline", "rule"),
        duration=node.findtext("bpmn:timerEventDefinition/bpmn:timeDuration", None, NS) or _cycle(node)[1],
        date=node.findtext("bpmn:timerEventDefinition/bpmn:timeDate", None, NS),
        cycle=node.findtext("bpmn:timerEventDefinition/bpmn:timeCycle", None, NS),
        repeats=_cycle(node)[0] if _event(node) == "timer" else None,
        signal=_signal(node, around.signals),
        message=_message(node, around.messages),
        correlation=_extension_attribute(node, "correlation", "key"),
        incoming=_incoming(node),
        service=service.get("name") if service is not None else None,
        inputs=_parameters(parameters, "input"),
        outputs=_parameters(parameters, "output"),
        decision_table=_extension_attribute(node, "decision", "table"),
        decision_output=_extension_attribute(node, "decision", "output"),
        called=node.get("calledElement"),
        outcome=_extension_attribute(node, "outcome", "code"),
        legal=tuple(_legal(node)),
        multiple=_multiple(node),
        loop=_loop(node),
        attached_to=node.get("attachedToRef"),
        interrupting=node.get("cancelActivity", "true") != "false",
        event=_event(node),
    )


def _incoming(node: etree._Element) -> Incoming | None:
    found = _extension(node, "incoming")
    if found is None:
        return None
    return Incoming(found.get("form"), found.get("duty", "clerk"), found.get("agency"))


def _container(node: etree._Element) -> str:
    parent = node.getparent()
    return parent.get("id", "") if parent is not None else ""


def _event(node: etree._Element) -> str | None:
    for child in node.iterchildren("{*}*"):
        if _local(child).endswith("EventDefinition"):
            return _local(child).removesuffix("EventDefinition")
    return None


def _cycle(node: etree._Element) -> tuple[int | None, str | None]:
    """How often a timer's moment comes, and after what duration each time; (1, None) for a timer without a cycle."""
    text = node.findtext("bpmn:timerEventDefinition/bpmn:timeCycle", None, NS)
    read = CYCLE.fullmatch(text.strip()) if text else None
    if read is None:
        return 1, None
    return int(read["times"]) if read["times"] else None, read["each"]


def _signal(node: etree._Element, signals: Mapping[str | None, str | None]) -> str | None:
    for kind in ("signal", "error", "escalation"):
        definition = node.find(f"bpmn:{kind}EventDefinition", NS)
        if definition is not None and definition.get(f"{kind}Ref"):
            return signals.get(definition.get(f"{kind}Ref"))
    return None


def _message(node: etree._Element, messages: Mapping[str | None, str | None]) -> str | None:
    definition = node.find("bpmn:messageEventDefinition", NS)
    reference = definition.get("messageRef") if definition is not None else node.get("messageRef")
    return messages.get(reference) if reference else None


def _parameters(node: etree._Element | None, kind: str) -> dict[str, str]:
    if node is None:
        return {}
    return {p.get("name", ""): p.get("value", "") for p in node.findall(f"ph:{kind}", NS)}


def _legal(node: etree._Element) -> Iterator[Legal]:
    for found in node.findall("bpmn:extensionElements/ph:legal", NS):
        yield Legal(found.get("source", ""), found.get("basis", ""), found.get("note", ""))


def _multiple(node: etree._Element) -> Multiple | None:
    settings = node.find("bpmn:multiInstanceLoopCharacteristics", NS)
    if settings is None:
        return None
    item, output_item = settings.find("bpmn:inputDataItem", NS), settings.find("bpmn:outputDataItem", NS)
    return Multiple(
        sequential=settings.get("isSequential") == "true",
        collection=settings.findtext("bpmn:loopDataInputRef", None, NS),
        item=item.get("name") if item is not None else None,
        output=settings.findtext("bpmn:loopDataOutputRef", None, NS),
        output_item=output_item.get("name") if output_item is not None else None,
    )


def _loop(node: etree._Element) -> Loop | None:
    settings = node.find("bpmn:standardLoopCharacteristics", NS)
    if settings is None:
        return None
    maximum = settings.get("loopMaximum", "")
    return Loop(
        maximum=int(maximum) if maximum.isdecimal() else None,
        condition=settings.findtext("bpmn:loopCondition", None, NS),
        test_before=settings.get("testBefore") in ("true", "1"),
    )


def _flows(process: etree._Element) -> Iterator[Flow]:
    defaults = {n.get("default") for n in process.iter("{*}*")} - {None}
    for node in process.iter(f"{{{BPMN}}}sequenceFlow"):
        yield Flow(
            id=node.get("id") or "",
            name=node.get("name") or "",
            source=node.get("sourceRef") or "",
            target=node.get("targetRef") or "",
            condition=node.findtext("bpmn:conditionExpression", None, NS),
            is_default=node.get("id") in defaults,
        )
