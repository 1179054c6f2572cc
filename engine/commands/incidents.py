"""What failed inside a case, visible with its cause, retried with back-off or by hand."""

from __future__ import annotations

from datetime import timedelta

from engine import events
from engine.actors import Actor
from engine.commands.case_run import CaseRun
from engine.errors import PhoiHopError
from engine.tables import Incident
from engine.unit_of_work import new_id

FIRST_RETRY = timedelta(minutes=1)
MAXIMUM_RETRIES = 8
OPEN, RETRYING, RESOLVED = "open", "retrying", "resolved"


def held_tokens(run: CaseRun) -> set[str]:
    """Tokens whose step failed and waits for a retry."""
    return {incident.token for incident in _open(run)}


def open_incident(run: CaseRun, token: str, element_id: str, error: PhoiHopError) -> None:
    """Record a failure; a further failure of the same step raises its count and waits longer."""
    incident = next((i for i in _open(run, OPEN, RETRYING) if i.token == token and i.element_id == element_id), None)
    if incident is None:
        incident = Incident(
            id=new_id(),
            case_id=run.case.id,
            token=token,
            element_id=element_id,
            code=error.code,
            params={},
            status=OPEN,
            attempts=0,
            created_at=run.uow.now,
        )
        run.incidents.append(run.uow.rows.add(incident))
    incident.code, incident.params = error.code, {k: str(v) for k, v in error.params.items()}
    incident.status, incident.attempts = OPEN, incident.attempts + 1
    again = incident.attempts <= MAXIMUM_RETRIES
    incident.next_retry_at = run.uow.now + FIRST_RETRY * 2 ** (incident.attempts - 1) if again else None
    facts = {"incident_id": incident.id, "code": error.code, "attempt": incident.attempts}
    run.record("IncidentOpened", {**incident.params, **facts}, element=element_id)


def cause(run: CaseRun, token: str) -> Actor | None:
    """Who acted when the step failed that is being retried now; None where nothing is.

    A service checks the right of the person whose act it completes, not of whoever has it tried again.
    """
    incident = next((i for i in _open(run, RETRYING) if i.token == token), None)
    for event in events.read(run.session, run.stream) if incident else ():
        if incident and event.type == "IncidentOpened" and (event.payload or {}).get("incident_id") == incident.id:
            actor = event.envelope["actor"]
            return Actor(**{**actor, "duties": frozenset(actor["duties"])})
    return None


def collect(run: CaseRun) -> None:
    """Turn failures of the machine's own steps into incidents."""
    for failure in run.machine.failures:
        open_incident(run, failure.token, failure.element_id, failure.error)


def resolve(run: CaseRun, incident: Incident) -> None:
    """The step succeeded, or is no longer needed."""
    incident.status, incident.resolved_at, incident.next_retry_at = RESOLVED, run.uow.now, None
    run.record("IncidentResolved", {"code": incident.code}, element=incident.element_id)


def resolve_gone(run: CaseRun) -> None:
    """Resolve what nobody needs any more: the step was passed or cancelled although something about it had failed."""
    for incident in _open(run):
        if not run.machine.is_live(incident.token):
            resolve(run, incident)


def resolve_all(run: CaseRun) -> None:
    """The case is over: nothing waits for a retry."""
    for incident in _open(run, OPEN, RETRYING):
        resolve(run, incident)


def _open(run: CaseRun, *status: str) -> list[Incident]:
    return [incident for incident in run.incidents if incident.status in (status or (OPEN,))]
