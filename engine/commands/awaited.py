"""Awaited messages follow the tokens: one row for each step that waits for what a person will record."""

from __future__ import annotations

from collections.abc import Sequence

from engine.commands import incidents, reminders
from engine.commands.case_run import CaseRun
from engine.commands.performers import binding_facts, performer
from engine.commands.timers import compute_deadline, describe
from engine.errors import ExpressionError, IncidentError
from engine.procedures.model import Incoming
from engine.services import Binding
from engine.spiff.machine import OpenStep
from engine.tables import AwaitedMessage
from engine.unit_of_work import new_id

WAITING, RECORDED, CANCELLED = "waiting", "recorded", "cancelled"
WAYS = ("paper", "email", "telephone", "in_person")
"""How a message may have come."""


def synchronise(run: CaseRun, steps: Sequence[OpenStep]) -> None:
    """Note each new step whose message people record; close those whose token is gone."""
    wanted = {step.token: step for step in steps if step.element.incoming}
    rows = {row.token: row for row in run.awaited if row.status == WAITING}
    for token in rows.keys() - wanted.keys():
        _cancel(run, rows[token])
    held = incidents.held_tokens(run)
    for token, step in wanted.items():
        if token not in rows and token not in held and step.element.incoming:
            _await(run, step, step.element.incoming)


def _await(run: CaseRun, step: OpenStep, incoming: Incoming) -> None:
    try:
        agency_id, binding = performer(run, step, incoming.agency)
        row = _row(run, step, incoming, agency_id, binding)
        _set_deadline(run, row, step)
    except (IncidentError, ExpressionError) as error:
        incidents.open_incident(run, step.token, step.element.id, error)
        return
    run.awaited.append(run.uow.rows.add(row))
    run.share_with(agency_id)
    payload = {"awaited_id": row.id, "agency_id": agency_id, "duty": row.duty, "form": row.form, "role": row.role}
    run.record_step("MessageAwaited", {**payload, "binding": binding_facts(binding), "deadline": row.deadline}, step)


def _row(run: CaseRun, step: OpenStep, incoming: Incoming, agency_id: str, binding: Binding | None) -> AwaitedMessage:
    return AwaitedMessage(
        id=new_id(),
        case_id=run.case.id,
        token=step.token,
        element_id=step.element.id,
        occurrence=step.occurrence,
        process_id=step.element.process_id,
        name=step.element.name,
        form=incoming.form or "",
        role=binding.role if binding else None,
        binding_id=binding.binding_id if binding else None,
        agency_id=agency_id,
        duty=incoming.duty,
        status=WAITING,
        created_at=run.uow.now,
    )


def _set_deadline(run: CaseRun, row: AwaitedMessage, step: OpenStep) -> None:
    if step.element.deadline:
        reminders.set_date(row, describe(compute_deadline(run, step, step.element.deadline)))


def _cancel(run: CaseRun, row: AwaitedMessage) -> None:
    row.status, row.closed_at = CANCELLED, run.uow.now
    run.record("AwaitedMessageCancelled", {"awaited_id": row.id}, element=row.element_id, occurrence=row.occurrence)
