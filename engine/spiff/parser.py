"""From BPMN files to the specs that SpiffWorkflow runs, with our kinds of steps in place of the stock ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.parser.event_parsers import (
    SIGNAL_EVENT_XPATH,
    BoundaryEventParser,
    EndEventParser,
    EventDefinitionParser,
    IntermediateCatchEventParser,
    IntermediateThrowEventParser,
    ReceiveTaskParser,
    StartEventParser,
)
from SpiffWorkflow.bpmn.parser.task_parsers import (
    CallActivityParser,
    ConditionalGatewayParser,
    GatewayParser,
    SubWorkflowParser,
)
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.defaults import EndEvent, IntermediateThrowEvent, StartEvent

from engine.errors import DefinitionError, Finding
from engine.procedures.model import Process
from engine.spiff.events import ERROR, ESCALATION, Boundary, Catch, EventChoice, Raised, Receive, Signal
from engine.spiff.joins import InclusiveJoin, ParallelJoin
from engine.spiff.specs import (
    CallProcess,
    ExclusiveChoice,
    Frame,
    InlineSubProcess,
    OutsideEvent,
    OutsideTask,
    ParallelRuns,
    RepeatedRuns,
    SequentialRuns,
)

DOCUMENTATION = (
    "documentation extensionElements laneSet collaboration ioSpecification property dataObject dataObjectReference "
    "dataStore dataStoreReference dataInputAssociation dataOutputAssociation textAnnotation association group "
    "category auditing monitoring performer potentialOwner humanPerformer resourceRole correlationProperty "
    "correlationSubscription itemDefinition import"
).split()
OUTSIDE_TASKS = ("userTask", "manualTask", "serviceTask", "sendTask", "businessRuleTask")


class _Steps:
    """Mixed into every parser class: our frames around several runs of a step."""

    PARALLEL_MI_CLASS = ParallelRuns
    SEQUENTIAL_MI_CLASS = SequentialRuns
    STANDARD_LOOP_CLASS = RepeatedRuns


class _Events(_Steps, EventDefinitionParser):
    """Timers and messages are decided outside; signals, errors and escalations by our rules."""

    def parse_timer_event(self, event: etree._Element) -> OutsideEvent:
        return OutsideEvent(name=self.bpmn_id)

    def parse_message_event(self, event: etree._Element) -> OutsideEvent:
        return OutsideEvent(name=self.bpmn_id)

    def parse_signal_event(self, event: etree._Element) -> Signal:
        return Signal(name=_referred(event, "signalRef", "name"))

    def parse_error_event(self, error_event: etree._Element) -> Raised:
        return Raised(ERROR, _referred(error_event, "errorRef", "errorCode"))

    def parse_escalation_event(self, escalation_event: etree._Element) -> Raised:
        return Raised(ESCALATION, _referred(escalation_event, "escalationRef", "escalationCode"))


def _referred(event: etree._Element, reference: str, attribute: str) -> str | None:
    """The attribute of the definition that an event refers to."""
    wanted = event.get(reference)
    for definition in event.getroottree().getroot():
        if wanted and definition.get("id") == wanted:
            value = definition.get(attribute)
            return str(value) if value else None
    return None


class _TaskParser(_Steps, TaskParser):
    pass


class _CallParser(_Steps, CallActivityParser):
    pass


class _SubProcessParser(_Steps, SubWorkflowParser):
    pass


class _StartParser(_Events, StartEventParser):
    pass


class _CatchParser(_Events, IntermediateCatchEventParser):
    pass


class _ThrowParser(_Events, IntermediateThrowEventParser):
    pass


class _BoundaryParser(_Events, BoundaryEventParser):
    pass


class _ReceiveParser(_Events, ReceiveTaskParser):
    def create_task(self) -> Any:
        return self._create_task(OutsideEvent(name=self.node.get("id")))


class _EndParser(_Events, EndEventParser):
    """The library's parser does not know signals at the end."""

    def create_task(self) -> Any:
        if self.node.find(full_tag("signalEventDefinition")) is None:
            return super().create_task()
        task = self._create_task(self.get_event_definition([SIGNAL_EVENT_XPATH]))
        task.connect(self.spec.end)
        return task


class _ChoiceParser(_Steps, TaskParser):
    def handles_multiple_outgoing(self) -> bool:
        return True


class ProcedureParser(BpmnParser):
    """The library's parser with our kinds of steps. One parser per file: a shared one loses lanes."""

    OVERRIDE_PARSER_CLASSES = {  # noqa: RUF012
        **{full_tag(tag): (_TaskParser, OutsideTask) for tag in OUTSIDE_TASKS},
        full_tag("subProcess"): (_SubProcessParser, InlineSubProcess),
        full_tag("callActivity"): (_CallParser, CallProcess),
        full_tag("exclusiveGateway"): (ConditionalGatewayParser, ExclusiveChoice),
        full_tag("parallelGateway"): (GatewayParser, ParallelJoin),
        full_tag("inclusiveGateway"): (ConditionalGatewayParser, InclusiveJoin),
        full_tag("eventBasedGateway"): (_ChoiceParser, EventChoice),
        full_tag("startEvent"): (_StartParser, StartEvent),
        full_tag("intermediateCatchEvent"): (_CatchParser, Catch),
        full_tag("intermediateThrowEvent"): (_ThrowParser, IntermediateThrowEvent),
        full_tag("boundaryEvent"): (_BoundaryParser, Boundary),
        full_tag("endEvent"): (_EndParser, EndEvent),
        full_tag("receiveTask"): (_ReceiveParser, Receive),
        full_tag("scriptTask"): (None, None),
    }


@dataclass(frozen=True)
class Program:
    """What a machine runs: the specs of a process and of all that it calls, parsed once and shared by all cases."""

    main: str
    specs: Mapping[str, BpmnProcessSpec]
    processes: Mapping[str, Process]


def parse(main: str, files: Iterable[tuple[str, etree._Element, Process]]) -> Program:
    """Build the program of process `main`.

    Args:
        main: id of the process that a case runs.
        files: (path for findings, parsed root, what it says) of the main file and of every file that it calls.

    Raises:
        DefinitionError: SpiffWorkflow cannot build the process.
    """
    specs: dict[str, BpmnProcessSpec] = {}
    processes: dict[str, Process] = {}
    for path, root, process in files:
        processes[process.id] = process
        specs |= _parse_file(path, root, process)
    return Program(main, specs, processes)


def _parse_file(path: str, root: etree._Element, process: Process) -> dict[str, BpmnProcessSpec]:
    parser = ProcedureParser()
    try:
        parser.add_bpmn_xml(_bare(root), path)
        specs = _specs(parser, process)
    except ValidationException as error:
        raise DefinitionError([_finding(path, error)]) from error
    for spec in specs.values():
        _dress(spec, process)
    return specs


def _specs(parser: ProcedureParser, process: Process) -> dict[str, BpmnProcessSpec]:
    found = {process.id: parser.get_spec(process.id)}
    inside: dict[str, BpmnProcessSpec] = {}
    while unread := [name for name in parser.process_parsers if name not in found and name not in inside]:
        inside |= {name: parser.process_parsers[name].get_spec() for name in unread}  # which may find further ones
    return found | {_inside(process, name): spec for name, spec in inside.items()}


def _inside(process: Process, sub_process: str) -> str:
    """Name of an embedded sub-process among the specs of several files, which may use the same ids."""
    return f"{process.id}/{sub_process}"


def _bare(root: etree._Element) -> etree._Element:
    """The diagram as the library shall see it: only what a token does, no documentation, data, lanes or extensions."""
    bare = deepcopy(root)
    for node in list(bare.iter(*(full_tag(tag) for tag in DOCUMENTATION))):
        if (parent := node.getparent()) is not None:
            parent.remove(node)
    for node in bare.iter(full_tag("process")):
        node.set("isExecutable", "true")
    return bare


def _dress(spec: BpmnProcessSpec, process: Process) -> None:
    """Give each step its element, and connect runs to their frame before any case uses the spec."""
    for task_spec in spec.task_specs.values():
        bpmn_id = getattr(task_spec, "bpmn_id", None)
        task_spec.element = process.elements.get(bpmn_id) if bpmn_id else None
        if isinstance(task_spec, InlineSubProcess):
            task_spec.spec = _inside(process, task_spec.spec)
        if isinstance(task_spec, Frame):
            spec.task_specs[task_spec.task_spec].completed_event.connect(task_spec.merge_child)


def _finding(path: str, error: ValidationException) -> Finding:
    return Finding(
        "bpmn.not_runnable", path, getattr(error, "id", None), getattr(error, "name", None), {"why": str(error)}
    )
