"""Steps that need no person: services and decision tables, called inside the transaction of the command."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.exc import SQLAlchemyError

from engine import canonical
from engine.commands import incidents
from engine.commands.case_run import COMPLETIONS, LIVE, CaseRun
from engine.commands.own_services import SERVICES
from engine.errors import ExpressionError, IncidentError, PhoiHopError, Rejected
from engine.expressions import evaluate
from engine.procedures.model import SERVICE_TASKS
from engine.services import Service, ServiceCall
from engine.spiff.machine import OpenStep
from engine.tables import ChildCase, Event, EventPayload, OutboxMessage
from engine.unit_of_work import UnitOfWork, new_id

MAXIMUM_STEPS = 500
TAKEN_IN = "CaseTakenIn"
"""A case was merged into this one; the event names the agencies that had worked in it."""


class ServiceUnknown(IncidentError):
    """The diagram names a service that this program does not have."""

    code = "service.unknown"


class ServiceFailed(IncidentError):
    """A service failed in a way it did not foresee."""

    code = "service.failed"


class TooManySteps(IncidentError):
    """A loop of services that never waits."""

    code = "engine.too_many_steps"


def run_automatic_steps(run: CaseRun) -> None:
    """Run services and tables until none is open, leaving those that failed to their incidents."""
    held = incidents.held_tokens(run)
    for _ in range(MAXIMUM_STEPS):
        step = next((s for s in run.machine.open_steps() if _is_automatic(s) and s.token not in held), None)
        if step is None:
            return
        try:
            _run(run, step)
        except (IncidentError, ExpressionError) as error:
            held.add(step.token)
            incidents.open_incident(run, step.token, step.element.id, error)
    raise TooManySteps(code=run.case.code)


def _is_automatic(step: OpenStep) -> bool:
    return step.element.kind in SERVICE_TASKS or step.element.kind == "businessRuleTask"


def _run(run: CaseRun, step: OpenStep) -> None:
    if step.element.kind == "businessRuleTask":
        _decide(run, step)
    else:
        _serve(run, step)


def _decide(run: CaseRun, step: OpenStep) -> None:
    element = step.element
    table = run.bundle_of(element).tables[element.decision_table or ""]
    decision = table.decide(run.machine.scope(step.token))
    run.machine.complete(step.token, {element.decision_output or element.id: decision.value})
    payload = {"table": element.decision_table, "rules": list(decision.rules), "output": decision.output}
    run.record_step("DecisionMade", payload, step)


def _serve(run: CaseRun, step: OpenStep) -> None:
    element, scope = step.element, run.machine.scope(step.token)
    inputs = {name: evaluate(text, scope) for name, text in element.inputs.items()}
    with run.uow.leaving_no_trace():
        result = _call(run, step, inputs)
        outputs = {name: evaluate(text, result) for name, text in element.outputs.items()}
    run.machine.complete(step.token, outputs)
    payload = {"service": element.service, "inputs": inputs, "result": result, "outputs": outputs}
    run.record_step("ServiceCompleted", payload, step)


def _call(run: CaseRun, step: OpenStep, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    service = _service(run, step.element.service)
    try:
        result: Mapping[str, Any] = canonical.nfc(dict(service(_service_call(run, step, inputs))))
        return result
    except (SQLAlchemyError, PhoiHopError) as error:
        if isinstance(error, Rejected) and run.uow.actor.channel == "system":
            raise ServiceFailed(service=step.element.service, why=error.code) from error
        raise
    except Exception as error:  # the service is foreign to the engine: its failure is the case's incident
        raise ServiceFailed(service=step.element.service, why=repr(error)) from error


def _service(run: CaseRun, name: str | None) -> Service:
    try:
        return SERVICES.get(name or "") or run.uow.ports.services[name or ""]
    except KeyError as error:
        raise ServiceUnknown(service=name) from error


def _service_call(run: CaseRun, step: OpenStep, inputs: Mapping[str, Any]) -> ServiceCall:
    element = step.element
    return ServiceCall(
        session=run.session,
        now=run.uow.now,
        actor=incidents.cause(run, step.token) or run.uow.actor,
        case=run.facts,
        element_id=element.id,
        occurrence=step.occurrence,
        inputs=inputs,
        files=lambda path: run.file(element, path),
        send=lambda topic, body: send(run, topic, body),
        record=lambda type, payload: run.record(type, payload, element=element.id, occurrence=step.occurrence),
        worked=lambda: agencies_that_worked(run.uow, run.case.id),
        working=lambda: _agencies_at_work(run),
    )


def send(run: CaseRun, topic: str, body: Mapping[str, Any]) -> str:
    """Put a message into the outbox; it leaves after the commit. Returns its id."""
    return post(run.uow, run.case.id, topic, body)


def post(uow: UnitOfWork, case_id: str, topic: str, body: Mapping[str, Any]) -> str:
    """The same in the name of a case that is not at hand."""
    message = OutboxMessage(
        id=new_id(), topic=topic, case_id=case_id, body=dict(body), status="waiting", due_at=uow.now, created_at=uow.now
    )
    uow.rows.add(message)
    return message.id


def agencies_that_worked(uow: UnitOfWork, case_id: str) -> list[str]:
    """Agencies that did work in a case, in order of their first, then those of its children and of what merged into it.

    Work is what their people completed, and what was recorded for them from paper.
    """
    uow.flush()
    own = [_worker(envelope, told) for envelope, told in _happened(uow, case_id, *COMPLETIONS)]
    of_children = select(ChildCase.child_id).where(ChildCase.parent_id == case_id)
    children = [_worker(envelope, told) for envelope, told in _happened(uow, of_children, *COMPLETIONS)]
    merged = [agency for _, told in _happened(uow, case_id, TAKEN_IN) for agency in told.get("agencies", ())]
    return list(dict.fromkeys([*own, *children, *merged]))


def _agencies_at_work(run: CaseRun) -> list[str]:
    standing = {step.token for step in run.machine.open_steps()}  # rows of steps just left are closed later
    live = [item for item in run.work_items if item.status in LIVE and item.token in standing]
    live.sort(key=lambda item: item.created_at)
    return list(dict.fromkeys(item.agency_id for item in live))


def _happened(uow: UnitOfWork, of: str | Select[Any], *types: str) -> Iterator[tuple[bytes, Mapping[str, Any]]]:
    """Envelope and payload of each event of these types; nothing stands for a payload that was lawfully deleted."""
    stream = Event.stream_id == of if isinstance(of, str) else Event.stream_id.in_(of)
    of_case = (Event.stream_kind == "case", stream, Event.type.in_(types))
    query = select(Event.envelope, EventPayload.payload).outerjoin(EventPayload, EventPayload.event_hash == Event.hash)
    for envelope, payload in uow.session.execute(query.where(*of_case).order_by(Event.recorded_at, Event.seq)):
        yield envelope, canonical.loads(payload) if payload else {}


def _worker(envelope: bytes, told: Mapping[str, Any]) -> str:
    """Whose work it was; who recorded it stands in for an agency whose answer is no longer known."""
    return str(told.get("agency_id") or canonical.loads(envelope)["actor"]["agency_id"])
