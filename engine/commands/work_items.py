"""Work items follow the tokens: one for each task that waits for a person, with its agency, duty and deadline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.actors import SYSTEM
from engine.commands import incidents, reminders
from engine.commands.case_run import LIVE, OPEN, CaseRun
from engine.commands.performers import binding_facts, performer
from engine.commands.timers import compute_deadline, describe
from engine.errors import ExpressionError, IncidentError
from engine.expressions import evaluate
from engine.rows import new_row
from engine.services import Binding
from engine.spiff.machine import OpenStep
from engine.tables import WorkItem
from engine.unit_of_work import new_id


def synchronise(run: CaseRun, steps: Sequence[OpenStep]) -> None:
    """Open a work item for each new person's task; cancel those whose task is gone."""
    wanted = {step.token: step for step in steps if step.element.is_person_task}
    rows = {row.token: row for row in run.work_items if row.status in LIVE}
    for token in rows.keys() - wanted.keys():
        _cancel(run, rows[token])
    held = incidents.held_tokens(run)
    for token, step in wanted.items():
        if token in held:
            continue
        if token not in rows:
            _open(run, step)
        elif step.element.deadline and rows[token].due_at is None:
            _set_deadline(run, rows[token], step)


def _open(run: CaseRun, step: OpenStep) -> None:
    try:
        agency_id, binding = performer(run, step, step.element.agency)
        document = _document(run, step)
    except (IncidentError, ExpressionError) as error:
        incidents.open_incident(run, step.token, step.element.id, error)
        return
    item = _row(run, step, agency_id, binding, document)
    run.work_items.append(run.uow.rows.add(item))
    run.share_with(agency_id)
    run.record_step("WorkItemCreated", _described(item, binding), step)
    if step.element.deadline:
        _set_deadline(run, item, step)


def _row(run: CaseRun, step: OpenStep, agency_id: str, binding: Binding | None, document: str | None) -> WorkItem:
    element = step.element
    earlier = run.reopened.pop(element.id, None)
    taker = earlier.taker if earlier else _starter(run, step, agency_id)
    return new_row(
        WorkItem,
        id=new_id(),
        case_id=run.case.id,
        procedure_id=run.case.procedure_id,
        token=step.token,
        element_id=element.id,
        occurrence=step.occurrence,
        process_id=element.process_id,
        name=element.name,
        form=element.form or "",
        role=binding.role if binding else None,
        binding_id=binding.binding_id if binding else None,
        agency_id=agency_id,
        duty=element.duty,
        document_id=document,
        assignee_id=taker,
        status="claimed" if taker else OPEN,
        scope=run.machine.scope_owner(step.token),
        earlier_id=earlier.item_id if earlier else None,
        created_at=run.uow.now,
        lock_version=0,
    )


def _starter(run: CaseRun, step: OpenStep, agency_id: str) -> str | None:
    """Whoever began the case goes on with its first steps where the diagram says so; the calendar is nobody."""
    mine = step.element.claim == "initiator" and agency_id == run.case.initiator_agency and step.occurrence == 1
    initiator = run.machine.memory.facts.get("initiator") if mine else None
    return initiator if initiator != SYSTEM.person_id else None


def _described(item: WorkItem, binding: Binding | None) -> dict[str, Any]:
    return {
        "work_item_id": item.id,
        "agency_id": item.agency_id,
        "duty": item.duty,
        "assignee_id": item.assignee_id,
        "form": item.form,
        "earlier_id": item.earlier_id,
        "role": binding.role if binding else None,
        "binding": binding_facts(binding),
    }


def _document(run: CaseRun, step: OpenStep) -> str | None:
    expression = step.element.document
    return str(evaluate(expression, run.machine.scope(step.token))) if expression else None


def _set_deadline(run: CaseRun, item: WorkItem, step: OpenStep) -> None:
    """A missing deadline must not hide the work: the item stays, the failure becomes an incident."""
    try:
        deadline = compute_deadline(run, step, step.element.deadline or "")
    except (IncidentError, ExpressionError) as error:
        incidents.open_incident(run, step.token, step.element.id, error)
        return
    reminders.set_date(item, describe(deadline))
    run.record_step("DeadlineSet", {"work_item_id": item.id, "deadline": item.deadline}, step)


def _cancel(run: CaseRun, item: WorkItem) -> None:
    item.status, item.closed_at, item.suspended_at = "cancelled", run.uow.now, None
    item.lock_version += 1
    run.record("WorkItemCancelled", {"work_item_id": item.id}, element=item.element_id, occurrence=item.occurrence)
