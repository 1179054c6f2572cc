"""What happens to a case from outside: a timer's moment, a reminder, a message, a retry."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select

from engine.actors import ADMINISTRATOR, SYSTEM
from engine.commands import incidents, reminders, timers
from engine.commands.case_run import CaseRun, lock
from engine.commands.requests import DeliverMessage, FireTimer, Remind, RetryIncident
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


class OnlySystem(NotAllowed):
    """Moments and messages come from the program itself, never from a person."""

    code = "command.only_system"


def fire_timer(uow: UnitOfWork, versions: Versions, command: FireTimer) -> Receipt:
    """Fire a timer whose moment has come; one that was fired or cancelled meanwhile changes nothing.

    Raises:
        OnlySystem: a person asks for it.
        TimerNotFound: no such timer.
    """
    _check_system(uow)
    case_id = uow.session.scalar(select(Timer.case_id).where(Timer.id == command.timer_id))
    if case_id is None:
        raise TimerNotFound()
    run = lock(uow, versions, case_id)
    timer = next((t for t in run.timers if t.id == command.timer_id), None)
    if timer is None or timer.due_at > uow.now:
        return run.receipt()
    step = run.step(timer.token)
    timer.status = timers.FIRED
    run.machine.fire(timer.token)
    run.record_step("TimerFired", {"timer_id": timer.id}, step)
    settle(run)
    return run.receipt()


def remind(uow: UnitOfWork, versions: Versions, command: Remind) -> Receipt:
    """Remind agencies of what is due in a case; where a rival was faster, nothing is left to remind of.

    Raises:
        OnlySystem: a person asks for it.
        CaseNotRunning, CaseSuspended: see there.
    """
    _check_system(uow)
    run = lock(uow, versions, command.case_id)
    reminders.give(run)
    return run.receipt()


def deliver_message(uow: UnitOfWork, versions: Versions, command: DeliverMessage) -> Receipt:
    """Hand a message to the step that waits for it.

    Raises:
        OnlySystem: a person sends it.
        MessageNotExpected: nothing waits for it (yet).
    """
    _check_system(uow)
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
    case_id = uow.session.scalar(select(Incident.case_id).where(*_open(command)))
    if case_id is None:
        raise IncidentNotFound()
    run = lock(uow, versions, case_id)
    incident = next((i for i in run.incidents if i.id == command.incident_id and i.status == incidents.OPEN), None)
    if incident is None:  # a rival was faster
        return run.receipt()
    incident.status = incidents.RETRYING
    run.machine.retry(incident.token)
    settle(run)
    if incident.status == incidents.RETRYING:
        incidents.resolve(run, incident)
    return run.receipt()


def _check_system(uow: UnitOfWork) -> None:
    if uow.actor.channel != "system":
        raise OnlySystem()


def _open(command: RetryIncident) -> tuple[ColumnElement[bool], ...]:
    return Incident.id == command.incident_id, Incident.status == incidents.OPEN


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
