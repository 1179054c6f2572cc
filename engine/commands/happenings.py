"""What happens to a case from outside: a timer's moment, a message, a retry."""

from __future__ import annotations

from engine.actors import ADMINISTRATOR, SYSTEM
from engine.commands import incidents, timers
from engine.commands.case_run import CaseRun, lock
from engine.commands.requests import DeliverMessage, FireTimer, RetryIncident
from engine.commands.settle import settle
from engine.errors import Conflict, ExpressionError, IncidentError, NotAllowed, NotFound
from engine.expressions import evaluate
from engine.procedures.versions import Versions
from engine.spiff.machine import OpenStep
from engine.tables import Incident, Timer
from engine.unit_of_work import Receipt, UnitOfWork


class TimerNotFound(NotFound):
    """No such timer."""

    code = "timer.not_found"


class IncidentNotFound(NotFound):
    """No such open incident for this person."""

    code = "incident.not_found"


class MayNotRetry(NotAllowed):
    """Failed steps are tried again by the system and by administrators."""

    code = "incident.may_not_retry"


class MessageNotExpected(Conflict):
    """No step of the case waits for that message under that key."""

    code = "message.not_expected"


def fire_timer(uow: UnitOfWork, versions: Versions, command: FireTimer) -> Receipt:
    """Fire a timer whose moment has come; one that was fired or cancelled meanwhile changes nothing."""
    seen = uow.session.get(Timer, command.timer_id)
    if seen is None:
        raise TimerNotFound()
    run = lock(uow, versions, seen.case_id)
    uow.session.refresh(seen)
    if seen.status != timers.WAITING or seen.due_at > uow.now:
        return run.receipt()
    step = run.step(seen.token)
    seen.status = timers.FIRED
    run.machine.fire(seen.token)
    run.record_step("TimerFired", {"timer_id": seen.id}, step)
    settle(run)
    return run.receipt()


def deliver_message(uow: UnitOfWork, versions: Versions, command: DeliverMessage) -> Receipt:
    """Hand a message to the step that waits for it.

    Raises:
        MessageNotExpected: nothing waits for it (yet).
    """
    run = lock(uow, versions, command.case_id)
    step = _waiting_step(run, command)
    if step is None:
        raise MessageNotExpected(name=command.name, key=command.key)
    run.machine.fire(step.token)
    payload = {"name": command.name, "key": command.key, "payload": dict(command.payload)}
    run.record_step("MessageReceived", payload, step)
    settle(run)
    return run.receipt()


def retry_incident(uow: UnitOfWork, versions: Versions, command: RetryIncident) -> Receipt:
    """Try a failed step again; if it fails once more the same incident waits longer.

    Raises:
        MayNotRetry: neither the system nor an administrator.
        IncidentNotFound: no such incident, or it is resolved.
    """
    if uow.actor != SYSTEM and not uow.actor.has(ADMINISTRATOR):
        raise MayNotRetry()
    seen = uow.session.get(Incident, command.incident_id)
    if seen is None or seen.status != incidents.OPEN:
        raise IncidentNotFound()
    run = lock(uow, versions, seen.case_id)
    uow.session.refresh(seen)
    if seen.status != incidents.OPEN:
        return run.receipt()
    seen.status = incidents.RETRYING
    run.machine.retry(seen.token)
    settle(run)
    if seen.status == incidents.RETRYING:
        incidents.resolve(run, seen)
    return run.receipt()


def _waiting_step(run: CaseRun, command: DeliverMessage) -> OpenStep | None:
    for step in run.machine.open_steps():
        if step.element.is_message and step.element.message == command.name and _key(run, step) == command.key:
            return step
    return None


def _key(run: CaseRun, step: OpenStep) -> str | None:
    try:
        return str(evaluate(step.element.correlation or "''", run.machine.scope(step.token)))
    except (ExpressionError, IncidentError):
        return None
