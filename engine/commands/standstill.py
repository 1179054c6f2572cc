"""A case stands still for a while. Nothing moves silently: deadlines run on, and what fell due meanwhile is on record.

While it stands, no step of it can be completed; its timers are held and fire late, once it goes on; messages wait.
"""

from __future__ import annotations

from typing import Any

from engine.clock import to_text
from engine.commands import incidents, timers
from engine.commands.access import lock_seen
from engine.commands.case_run import LIVE, CaseRun
from engine.commands.lifecycle import leads, required_reason
from engine.commands.requests import ResumeCase, SuspendCase
from engine.errors import Conflict, NotAllowed
from engine.procedures.versions import Versions
from engine.unit_of_work import Receipt, UnitOfWork


class MayNotSuspend(NotAllowed):
    """Only a head of the leading agency lets a case stand still or go on."""

    code = "case.may_not_suspend"


class NotSuspended(Conflict):
    """The case does not stand still."""

    code = "case.not_suspended"


def suspend(uow: UnitOfWork, versions: Versions, command: SuspendCase) -> Receipt:
    """Let a case stand still.

    Raises:
        CaseNotFound: no such case for this person.
        MayNotSuspend, ReasonMissing: see there.
        CaseSuspended: it stands still already.
    """
    reason = required_reason(command.reason)
    run = lock_seen(uow, versions, command.case_id)
    _check_leads(run)
    run.case.suspended_at = uow.now
    for item in run.work_items:
        item.suspended_at = uow.now
    for timer in run.timers:
        timer.status = timers.HELD
    for incident in run.incidents:
        incident.next_retry_at = None
    run.record("CaseSuspended", {"reason": reason})
    run.save()
    return run.receipt()


def resume(uow: UnitOfWork, versions: Versions, command: ResumeCase) -> Receipt:
    """Let a case go on; timers whose moment has passed fire at the next look at what is due.

    Raises:
        CaseNotFound: no such case for this person.
        MayNotSuspend, NotSuspended, ReasonMissing: see there.
    """
    reason = required_reason(command.reason)
    run = lock_seen(uow, versions, command.case_id, even_suspended=True)
    _check_leads(run)
    if run.case.suspended_at is None:
        raise NotSuspended(code=run.case.code)
    since, run.case.suspended_at = run.case.suspended_at, None
    for item in run.work_items:
        item.suspended_at = None
    for timer in run.timers:
        timer.status = timers.WAITING
    for incident in run.incidents:
        incident.next_retry_at = uow.now if incident.attempts <= incidents.MAXIMUM_RETRIES else None
    run.record("CaseResumed", {"reason": reason, "since": to_text(since), "overdue": _overdue(run)})
    run.save()
    return run.receipt()


def _check_leads(run: CaseRun) -> None:
    if not leads(run):
        raise MayNotSuspend(code=run.case.code)


def _overdue(run: CaseRun) -> list[dict[str, Any]]:
    """What fell due while the case stood still."""
    late = [(row.element_id, row.due_at) for row in run.timers if row.due_at <= run.uow.now]
    late += [
        (item.element_id, item.due_at)
        for item in run.work_items
        if item.status in LIVE and item.due_at and run.uow.now >= item.due_at
    ]
    return [{"element": element, "due_at": to_text(due_at)} for element, due_at in late]
