"""Recording what came from outside the system: a message on paper, by mail or by telephone."""

from __future__ import annotations

from engine.commands import awaited
from engine.commands.access import lock_seen, may_take
from engine.commands.case_run import DONE, CaseRun
from engine.commands.handed_in import handed_in
from engine.commands.requests import RecordMessage
from engine.commands.settle import settle
from engine.commands.work import WrongDuty
from engine.errors import Conflict, Rejected
from engine.procedures.versions import Versions
from engine.tables import AwaitedMessage, WorkItem
from engine.unit_of_work import Receipt, UnitOfWork, new_id


class NotAwaited(Conflict):
    """The case does not wait for this message, or not for this agency to record it."""

    code = "message.not_awaited"


class UnknownWay(Rejected):
    """A way of coming that this program does not know."""

    code = "message.unknown_way"


def record_message(uow: UnitOfWork, versions: Versions, command: RecordMessage) -> Receipt:
    """Record the message that an element of a case waits for; its form becomes variables of the case.

    Raises:
        CaseNotFound: no such case for this person.
        NotAwaited, WrongDuty, UnknownWay: see there.
        InvalidForm: what is wrong with which field.
    """
    if command.came_by not in awaited.WAYS:
        raise UnknownWay(way=command.came_by)
    run = lock_seen(uow, versions, command.case_id)
    row = _waiting(run, command)
    if not may_take(uow.actor, row):
        raise WrongDuty(duty=row.duty)
    step, item = run.step(row.token), _as_work(run, row)
    values = handed_in(run, item, command, run.machine.scope(row.token))
    row.status, row.closed_at = awaited.RECORDED, uow.now
    run.uow.rows.add(item)
    run.machine.fire(row.token, values)
    facts = {"awaited_id": row.id, "work_item_id": item.id, "agency_id": row.agency_id, "came_by": command.came_by}
    run.record_step("MessageRecorded", {**facts, "form": row.form, "values": values}, step)
    settle(run)
    return run.receipt()


def _waiting(run: CaseRun, command: RecordMessage) -> AwaitedMessage:
    """The oldest that waits at the element for the person's agency, or the one that is named."""
    own = [row for row in run.awaited if row.element_id == command.element_id]
    own = [row for row in own if row.agency_id == run.uow.actor.agency_id]
    fitting = [row for row in own if command.awaited_id in (None, row.id)]
    if not fitting:
        raise NotAwaited(element=command.element_id)
    return min(fitting, key=lambda row: (row.created_at, row.occurrence))


def _as_work(run: CaseRun, row: AwaitedMessage) -> WorkItem:
    """What was recorded is kept as work that is done: its files hang on it, and it may be corrected like any other."""
    return WorkItem(
        id=new_id(),
        case_id=row.case_id,
        procedure_id=run.case.procedure_id,
        token=row.token,
        element_id=row.element_id,
        occurrence=row.occurrence,
        process_id=row.process_id,
        name=row.name,
        form=row.form,
        role=row.role,
        binding_id=row.binding_id,
        agency_id=row.agency_id,
        duty=row.duty,
        assignee_id=run.uow.actor.person_id,
        status=DONE,
        due_at=row.due_at,
        deadline=row.deadline,
        created_at=row.created_at,
        closed_at=run.uow.now,
        lock_version=0,
    )
