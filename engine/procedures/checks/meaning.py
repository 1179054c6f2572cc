"""The fourth layer: does each element say what it must, and does what it names exist?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from engine.actors import CLERK, HEAD, SPECIALIST
from engine.procedures.bundle import PROCEDURE, SHARED
from engine.procedures.checks.findings import SHOWN, Findings
from engine.procedures.checks.folder import Folder
from engine.procedures.checks.graph import Graph
from engine.procedures.checks.surroundings import Surroundings
from engine.procedures.checks.variables import Variables
from engine.procedures.model import PERSON_TASKS, SERVICE_TASKS, Element
from engine.procedures.moments import DURATION
from engine.procedures.reads import expressions_of, regimes_of

DUTIES: Final = (SPECIALIST, HEAD, CLERK)
CLAIMS: Final = (None, "initiator")
NAMED_EVENTS: Final = ("signal",)


class Meaning:
    """Looks at each element of a process, with what its folder and its surroundings offer."""

    def __init__(self, graph: Graph, folder: Folder, known: Surroundings, findings: Findings) -> None:
        self._graph, self._folder, self._known, self._findings = graph, folder, known, findings
        self._variables = Variables(graph, folder.forms, folder.given, findings, decidable=folder.complete)
        self._of_kind: dict[str, Callable[[Element], None]] = {
            **dict.fromkeys(PERSON_TASKS, self._person),
            **dict.fromkeys(SERVICE_TASKS, self._service),
            "businessRuleTask": self._decision,
            "callActivity": self._call,
            "endEvent": self._end,
        }

    def check(self) -> None:
        """Tell everything about elements, flows and lanes."""
        for element in self._graph.elements.values():
            check_kind = self._of_kind.get(element.kind)
            if check_kind is not None:
                check_kind(element)
            self._waiting(element)
            for text, what in expressions_of(element):
                self._expression(text, element, what)
        self._flows()
        self._lanes()

    def _expression(self, text: str | None, element: Element, what: str) -> None:
        if self._findings.expression(text, what, element.id, element.name):
            at_end = what == "loopCondition"
            self._variables.check(text, element, what, self._variables.at(element, after=at_end))

    def _flows(self) -> None:
        for flow in self._graph.process.flows:
            source = self._graph.elements.get(flow.source)
            if flow.condition is None or source is None:
                continue
            if self._findings.expression(flow.condition, "condition", flow.id, flow.name):
                self._variables.check(flow.condition, source, "condition", self._variables.at(source, after=True))

    def _lanes(self) -> None:
        for lane in self._graph.process.lanes:
            if lane.agency is not None:
                self._findings.expression(lane.agency, "ph:lane agency", lane.id, lane.name)

    def _person(self, element: Element) -> None:
        self._form(element)
        self._duty(element, element.duty)
        if element.claim not in CLAIMS:
            self._findings.at("meaning.claim_unknown", element, claim=str(element.claim)[:SHOWN])
        if element.paper and element.duty != SPECIALIST:
            self._findings.at("meaning.paper_duty", element)
        self._performer(element, element.agency)

    def _duty(self, element: Element, duty: str) -> None:
        if duty not in DUTIES:
            self._findings.at("meaning.duty_unknown", element, duty=duty[:SHOWN], allowed=list(DUTIES))

    def _performer(self, element: Element, own: str | None) -> None:
        lane = element.lane
        if not own and (lane is None or not (lane.role or lane.agency)):
            self._findings.at("meaning.performer_missing", element)
        elif not own and lane is not None and lane.agency:
            self._variables.check(lane.agency, element, "ph:lane agency", self._variables.at(element))

    def _form(self, element: Element) -> None:
        form = element.asked_form
        if not form:
            self._findings.at("meaning.form_missing", element)
        elif form in self._folder.forms:
            self._variables.check_form(element, self._folder.forms[form])
        elif self._folder.complete and form not in self._folder.broken_forms:
            self._findings.at("meaning.form_unknown", element, form=form[:SHOWN])

    def _service(self, element: Element) -> None:
        known = self._known.services
        if not element.service:
            self._findings.at("meaning.service_missing", element)
        elif known is not None and element.service not in known:
            self._findings.at("meaning.service_unknown", element, service=element.service[:SHOWN], known=sorted(known))
        for name, text in element.outputs.items():
            self._findings.expression(text, f"ph:output {name}", element.id, element.name)

    def _decision(self, element: Element) -> None:
        path = element.decision_table
        if not path:
            self._findings.at("meaning.decision_missing", element)
            return
        table = self._folder.tables.get(path)
        if table is not None:
            available = self._variables.at(element)
            for name in sorted(table.reads - available):
                self._findings.at("meaning.decision_reads", element, table=path, variable=name)
        elif self._folder.complete and path not in self._folder.files:
            self._findings.at("meaning.decision_unknown", element, table=path[:SHOWN])

    def _call(self, element: Element) -> None:
        if not element.called:
            self._findings.at("meaning.call_missing", element)
            return
        part = self._known.parts.get(element.called)
        if part is None:
            if self._known.shared is not None:
                self._findings.at("meaning.call_unknown", element, process=element.called[:SHOWN])
            self._outputs_only(element)
            return
        if self._folder.complete and part.bundle.id not in self._folder.uses:
            self._findings.at("meaning.call_not_declared", element, procedure=part.bundle.id)
        for name in sorted(part.inputs - set(element.inputs)):
            self._findings.at("meaning.call_input_missing", element, input=name, process=element.called)
        for name in sorted(set(element.inputs) - part.inputs):
            self._findings.at("meaning.call_input_unknown", element, input=name, process=element.called)
        for name, text in element.outputs.items():
            what = f"ph:output {name}"
            if self._findings.expression(text, what, element.id, element.name):
                self._variables.check(text, element, what, part.variables | {"case"})

    def _outputs_only(self, element: Element) -> None:
        for name, text in element.outputs.items():
            self._findings.expression(text, f"ph:output {name}", element.id, element.name)

    def _end(self, element: Element) -> None:
        outcomes, code = self._folder.outcomes, element.outcome
        if outcomes is None:
            return
        if code and code not in outcomes:
            self._findings.at("meaning.outcome_unknown", element, outcome=code[:SHOWN], declared=sorted(outcomes))
        if code and self._folder.kind == SHARED:
            self._findings.at("meaning.outcome_in_shared", element)

    def _waiting(self, element: Element) -> None:
        if element.is_timer:
            self._timer(element)
        if element.deadline and self._folder.deadlines is not None and element.deadline not in self._folder.deadlines:
            self._findings.at("meaning.deadline_unknown", element, rule=element.deadline[:SHOWN])
        elif element.deadline:
            self._deadline(element)
        self._message(element)
        if element.event in NAMED_EVENTS and not element.signal:
            self._findings.at("meaning.signal_missing", element)
        if element.event in ("error", "escalation") and element.kind != "boundaryEvent" and not element.signal:
            self._findings.at("meaning.code_missing", element, kind=element.event)

    def _message(self, element: Element) -> None:
        awaited = element.is_message and element.kind not in ("endEvent", "intermediateThrowEvent")
        if awaited and not element.message:
            self._findings.at("meaning.message_missing", element)
        if awaited and not element.correlation and not element.incoming:
            self._findings.at("meaning.correlation_missing", element)
        if element.incoming and not awaited:
            self._findings.at("meaning.incoming_place", element)
        elif element.incoming:
            self._form(element)
            self._duty(element, element.incoming.duty)
            self._performer(element, element.incoming.agency)

    def _timer(self, element: Element) -> None:
        written = [w for w in (element.deadline, element.cycle or element.duration, element.date) if w]
        if len(written) != 1:
            self._findings.at("meaning.moment_count", element, count=len(written))
        if element.duration and not _is_duration(element.duration):
            self._findings.at("meaning.duration", element, text=element.duration.strip()[:SHOWN])

    def _deadline(self, element: Element) -> None:
        """The expressions of a deadline rule are read where the element is."""
        rule = (self._folder.deadlines or {}).get(element.deadline or "")
        for regime in regimes_of(rule):
            for key in ("start", "when"):
                text = regime.get(key)
                if isinstance(text, str):
                    what = f"{element.deadline}: {key}"
                    self._variables.check(text, element, what, self._variables.at(element))


def top_end_without_outcome(graph: Graph, folder: Folder, findings: Findings) -> None:
    """A case must be able to end with an outcome: at least one end event says one."""
    ends = [e for e in graph.elements.values() if e.kind == "endEvent" and e.container == graph.process.id]
    if folder.kind == PROCEDURE and ends and not any(e.outcome for e in ends):
        findings.at("meaning.outcome_missing", ends[0])


def _is_duration(text: str) -> bool:
    match = DURATION.fullmatch(text.strip())
    return match is not None and any(int(value) for value in match.groupdict().values() if value)
