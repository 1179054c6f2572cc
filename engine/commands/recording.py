"""Recording what came from outside the system: a message on paper, by mail or by telephone."""

from __future__ import annotations

from datetime import date
from typing import Final

from engine.actors import CLERK, Actor
from engine.clock import local_date
from engine.commands import awaited
from engine.commands.access import lock_item_seen, lock_seen, may_take
from engine.commands.case_run import DONE, CaseRun
from engine.commands.handed_in import handed_in, store_files
from engine.commands.requests import RecordAnswer, RecordMessage
from engine.commands.settle import settle
from engine.commands.work import WrongDuty, close_item
from engine.errors import Conflict, NotAllowed, Rejected
from engine.procedures.model import Element
from engine.procedures.versions import Versions
from engine.spiff.machine import OpenStep
from engine.tables import AwaitedMessage, WorkItem
from engine.unit_of_work import Receipt, UnitOfWork, new_id

SCAN: Final = "scan"
"""Field under which the document itself is kept among the files of the work item."""
SYMBOL_MAXIMUM: Final = 64


class NotAwaited(Conflict):
    """The case does not wait for this message, or not for this agency to record it."""

    code = "message.not_awaited"


class UnknownWay(Rejected):
    """A way of coming that this program does not know."""

    code = "message.unknown_way"


class NotOnPaper(NotAllowed):
    """The diagram does not let an answer to this step be recorded for the agency."""

    code = "work_item.not_on_paper"


class MayNotRecordAnswer(NotAllowed):
    """Answers on paper are recorded by clerks of the leading agency or of the one that answers."""

    code = "work_item.may_not_record_answer"


class BadDocument(Rejected):
    """Symbol or date of the document that brought the answer is missing, cannot be read, or is still to come."""

    code = "work_item.bad_document"


def record_message(uow: UnitOfWork, versions: Versions, command: RecordMessage) -> Receipt:
    """Record the message that an element of a case waits for; its form becomes variables of the case.

    Raises:
        CaseNotFound: no such case for this person.
        NotAwaited, WrongDuty, UnknownWay: see there.
        InvalidForm: what is wrong with which field.
    """
    _check_way(command.came_by)
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


def record_answer(uow: UnitOfWork, versions: Versions, command: RecordAnswer) -> Receipt:
    """Record, on behalf of the agency of an open work item, the answer that came from it as a document.

    Raises:
        WorkItemNotFound, WorkItemClosed, NotOnPaper, MayNotRecordAnswer, UnknownWay, BadDocument: see there.
        InvalidForm: what is wrong with which field.
    """
    _check_way(command.came_by)
    document = _document(uow, command)
    run, item = lock_item_seen(uow, versions, command.work_item_id)
    step = run.step(item.token)
    _check_may_record(run, step, item)
    values = handed_in(run, item, command, run.machine.scope(item.token))
    scan = store_files(run, item, SCAN, command.scan)
    close_item(run, item)
    item.assignee_id = uow.actor.person_id
    run.machine.complete(item.token, values)
    facts = {"work_item_id": item.id, "agency_id": item.agency_id, "form": item.form, "values": values}
    run.record_step("AnswerRecorded", {**facts, **document, "scan": scan}, step)
    settle(run)
    return run.receipt()


def may_record(actor: Actor, element: Element, lead_agency: str, agency_id: str) -> bool:
    """Whether the person may record an answer on paper: a clerk of the leading agency, or of the one that answers."""
    return element.paper and actor.has(CLERK) and actor.agency_id in (lead_agency, agency_id)


def _check_may_record(run: CaseRun, step: OpenStep, item: WorkItem) -> None:
    if not step.element.paper:
        raise NotOnPaper(name=item.name)
    if not may_record(run.uow.actor, step.element, run.case.lead_agency, item.agency_id):
        raise MayNotRecordAnswer(name=item.name)


def _check_way(way: str) -> None:
    if way not in awaited.WAYS:
        raise UnknownWay(way=way)


def _document(uow: UnitOfWork, command: RecordAnswer) -> dict[str, str]:
    """What identifies the document that brought the answer."""
    symbol = command.symbol.strip()
    try:
        dated_on = date.fromisoformat(command.dated_on)
    except ValueError:
        raise BadDocument() from None
    if not symbol or len(symbol) > SYMBOL_MAXIMUM or dated_on > local_date(uow.now):
        raise BadDocument()
    return {"symbol": symbol, "dated_on": dated_on.isoformat(), "came_by": command.came_by}


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
        scope=run.machine.scope_owner(row.token),
        lock_version=0,
    )
