"""Timers: the token keeps the timer's name, the table its moment; any number of schedulers, each fires once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from engine.clock import from_text, to_text
from engine.commands import incidents
from engine.commands.case_run import CaseRun
from engine.errors import ExpressionError, IncidentError
from engine.expressions import evaluate
from engine.procedures.model import Element
from engine.procedures.moments import DURATION
from engine.services import Deadline
from engine.spiff.machine import OpenStep
from engine.tables import Timer
from engine.unit_of_work import new_id

WAITING, HELD, FIRED, CANCELLED = "waiting", "held", "fired", "cancelled"
LIVE = (WAITING, HELD)
EXTENDED = "extended"
"""Key of a deadline that a person has set: since then no recomputation moves it."""
MOVED_FROM = "moved_from"
"""Key of a deadline that a change of the calendar or another version moved: the end before, for whoever works by it."""


class BadMoment(IncidentError):
    """A timer whose duration or date cannot be read."""

    code = "timer.bad_moment"


class UnknownRule(IncidentError):
    """A deadline rule that the procedure does not have."""

    code = "deadline.unknown_rule"


def synchronise(run: CaseRun, steps: Sequence[OpenStep]) -> None:
    """Schedule new timer steps; cancel timers whose step is gone."""
    wanted = {step.token: step for step in steps if step.element.is_timer}
    rows = {row.token: row for row in run.timers if row.status in LIVE}
    for token in rows.keys() - wanted.keys():
        rows[token].status = CANCELLED
        run.record("TimerCancelled", {"timer_id": rows[token].id}, element=rows[token].element_id)
    held = incidents.held_tokens(run)
    for token in [t for t in wanted if t not in rows and t not in held]:
        _schedule(run, wanted[token])


def compute_deadline(run: CaseRun, step: OpenStep, rule_id: str, entered_at: datetime | None = None) -> Deadline:
    """Evaluate a deadline rule of the procedure for a step entered at that moment, now where None.

    Raises:
        IncidentError: no such rule, no regime in force, or nothing to count from.
    """
    own, main = run.bundle_of(step.element).deadlines, run.version.bundle.deadlines
    rule = own.get(rule_id) or main.get(rule_id)
    if rule is None:
        raise UnknownRule(rule=rule_id)
    return run.uow.ports.deadlines.compute(
        run.session,
        rule,
        variables=run.machine.scope(step.token),
        law_on=run.law_on,
        entered_at=entered_at or run.uow.now,
    )


def describe(deadline: Deadline) -> dict[str, Any]:
    """A deadline as it is kept with a row and in events."""
    moments = {"due_at": to_text(deadline.due_at), "start_at": to_text(deadline.start_at)}
    entered_at = to_text(deadline.entered_at or deadline.start_at)
    return {**asdict(deadline), **moments, "counted": list(deadline.counted), "entered_at": entered_at}


def duration(text: str) -> timedelta:
    """An ISO 8601 duration of days, hours, minutes and seconds.

    Raises:
        BadMoment: anything else, and the empty duration.
    """
    match = DURATION.fullmatch(text.strip())
    parts = {k: int(v) for k, v in match.groupdict().items() if v} if match else {}
    if not parts:
        raise BadMoment(text=text)
    return timedelta(**parts)


def _schedule(run: CaseRun, step: OpenStep) -> None:
    try:
        due_at, deadline = _moment(run, step)
    except (IncidentError, ExpressionError) as error:
        incidents.open_incident(run, step.token, step.element.id, error)
        return
    timer = Timer(
        id=new_id(),
        case_id=run.case.id,
        token=step.token,
        element_id=step.element.id,
        occurrence=step.occurrence,
        due_at=due_at,
        next_try_at=due_at,
        deadline=deadline,
        status=WAITING,
        attempts=0,
    )
    run.timers.append(run.uow.rows.add(timer))
    run.record_step("TimerScheduled", {"timer_id": timer.id, "due_at": to_text(due_at), "deadline": deadline}, step)


def _moment(run: CaseRun, step: OpenStep) -> tuple[datetime, dict[str, Any] | None]:
    element = step.element
    if element.deadline:
        deadline = compute_deadline(run, step, element.deadline)
        return deadline.due_at, describe(deadline)
    if element.duration:
        return run.uow.now + duration(element.duration), None
    return _date(element, run.machine.scope(step.token)), None


def _date(element: Element, scope: dict[str, Any]) -> datetime:
    value = evaluate(element.date or "''", scope)
    try:
        return from_text(value)
    except (TypeError, ValueError) as error:
        raise BadMoment(text=str(value)) from error
