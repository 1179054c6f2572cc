"""Deadlines that change by a person's act: another regime is chosen where the law lets it, a limit is extended.

A date that a person set stands: neither a choice of regime nor a change of the calendar moves it afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from engine.actors import HEAD, SPECIALIST
from engine.clock import from_text, local_date, to_text
from engine.commands import reminders
from engine.commands.access import lock_seen
from engine.commands.case_run import LAW_ON, CaseRun
from engine.commands.lifecycle import required_reason
from engine.commands.requests import ChooseRegime, ExtendDeadline
from engine.commands.settle import REGIME
from engine.commands.timers import EXTENDED, MOVED_FROM, compute_deadline, describe
from engine.errors import Conflict, ExpressionError, IncidentError, NotAllowed, Rejected
from engine.expressions import evaluate_condition
from engine.procedures.bundle import Choice
from engine.procedures.versions import Versions
from engine.tables import AwaitedMessage, Timer, WorkItem
from engine.unit_of_work import Receipt, UnitOfWork

Row = WorkItem | Timer | AwaitedMessage
LIVE = frozenset({"open", "claimed", "waiting", "held"})
DESIGN = "TK"


class NotLead(NotAllowed):
    """Only officers of the leading agency with that duty may do it."""

    code = "deadline.not_lead"


class NoSuchChoice(Rejected):
    """The procedure declares no such choice, or it is not open for this case."""

    code = "deadline.no_choice"


class RegimeUnusable(Rejected):
    """An open deadline cannot be counted under the chosen regime."""

    code = "deadline.regime_unusable"


class NotOpen(Conflict):
    """Nothing with a deadline is open under that id."""

    code = "deadline.not_open"


class NotLater(Rejected):
    """The new end must lie ahead, and behind the old one."""

    code = "deadline.not_later"


class NotExtendable(NotAllowed):
    """A limit set by law, which no provision allows to extend, or which has passed."""

    code = "deadline.not_extendable"


def choose_regime(uow: UnitOfWork, versions: Versions, command: ChooseRegime) -> Receipt:
    """Have the case go by the law of another day; its open deadlines are counted anew, on record.

    Raises:
        CaseNotFound, ReasonMissing, NotLead, NoSuchChoice, RegimeUnusable: see there.
    """
    reason = required_reason(command.reason)
    run = lock_seen(uow, versions, command.case_id)
    choice = _choice(run, command.choice)
    _require_lead(run, choice.duty if choice else SPECIALIST)
    facts, before = run.machine.memory.facts, run.law_on.isoformat()
    facts[LAW_ON] = choice.law_on if choice else local_date(run.case.received_at).isoformat()
    facts[REGIME] = command.choice
    payload = {"choice": command.choice, "before": before, "law_on": facts[LAW_ON], "reason": reason}
    run.record("RegimeChosen", {**payload, "basis": choice.basis if choice else ""})
    _compute_anew(run)
    run.save()
    return run.receipt()


def extend_deadline(uow: UnitOfWork, versions: Versions, command: ExtendDeadline) -> Receipt:
    """Give open work more time; the timer at its border that rests on the same rule moves along.

    Raises:
        CaseNotFound, ReasonMissing, NotLead, NotOpen, NotLater, NotExtendable: see there.
    """
    reason, document = required_reason(command.reason), required_reason(command.document)
    run = lock_seen(uow, versions, command.case_id)
    _require_lead(run, HEAD)
    target = next((row for row in with_deadline(run) if row.id == command.target_id), None)
    if target is None:
        raise NotOpen()
    _check_extension(uow.now, target, command.due_at)
    basis = str((target.deadline or {}).get("extendable") or "")
    facts = {"reason": reason, "document": document, "basis": basis}
    for row in [target, *_moving_along(run, target)]:
        changed = {**unmarked(row), "due_at": to_text(command.due_at), EXTENDED: True}
        put(run, row, changed, "DeadlineExtended", facts)
    run.save()
    return run.receipt()


def open_choices(run_facts: Mapping[str, Any], choices: Mapping[str, Choice], scope: Mapping[str, Any]) -> list[Choice]:
    """The choices that are open for a case with these facts and variables, but for the one that was made."""
    made = run_facts.get(REGIME)
    return [one for one in choices.values() if one.id != made and _is_open(one, {**scope, "case": dict(run_facts)})]


def with_deadline(run: CaseRun) -> Iterator[Row]:
    """Everything of the case that is open and has a deadline by a rule."""
    rows: list[Row] = [*run.work_items, *run.timers, *run.awaited]
    return (row for row in rows if row.status in LIVE and row.deadline)


def put(run: CaseRun, row: Row, deadline: Mapping[str, Any], event: str, facts: Mapping[str, Any]) -> None:
    """Give an open row this deadline and record the change in the case: nothing moves silently."""
    before, after = row.deadline or {}, dict(deadline)
    if isinstance(row, Timer):
        row.due_at = row.next_try_at = from_text(after["due_at"])
        row.deadline = after
    else:
        reminders.set_date(row, after)
    moved = {"target_id": row.id, "before": before.get("due_at"), "after": after["due_at"], "deadline": after}
    run.record(event, {**facts, **moved}, element=row.element_id, occurrence=row.occurrence)


def _compute_anew(run: CaseRun) -> None:
    for row in list(with_deadline(run)):
        before = unmarked(row)
        if not before.get(EXTENDED):
            after = _computed(run, row, before)
            if after != before:
                put(run, row, after, "DeadlineRecomputed", {"cause": "regime"})


def unmarked(row: Row) -> dict[str, Any]:
    """The deadline without the mark of an earlier move."""
    return {key: value for key, value in (row.deadline or {}).items() if key != MOVED_FROM}


def marked(after: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """The deadline with the end before, for whoever works by it, as long as that is another one."""
    moved = before and before["due_at"] != after["due_at"]
    earlier = before["due_at"] if moved else before.get(MOVED_FROM)
    return {**after, MOVED_FROM: earlier} if earlier else dict(after)


def _computed(run: CaseRun, row: Row, before: Mapping[str, Any]) -> dict[str, Any]:
    step = run.step(row.token)
    entered_at = from_text(before.get("entered_at") or before["start_at"])
    try:
        return describe(compute_deadline(run, step, str(before["rule"]), entered_at))
    except (IncidentError, ExpressionError) as error:
        raise RegimeUnusable(rule=before["rule"], law_on=run.law_on.isoformat(), reason=error.code) from error


def _choice(run: CaseRun, id_: str) -> Choice | None:
    """The choice with that id; None for going back to the law of the day of receipt."""
    facts = run.machine.memory.facts
    if not id_ and facts.get(REGIME):
        return None
    found = run.version.bundle.choices
    for one in open_choices(facts, found, run.machine.memory.variables):
        if one.id == id_:
            return one
    raise NoSuchChoice(choice=id_)


def _is_open(choice: Choice, context: Mapping[str, Any]) -> bool:
    try:
        return evaluate_condition(choice.when, context)
    except ExpressionError:  # it asks for something that the case does not know yet
        return False


def _require_lead(run: CaseRun, duty: str) -> None:
    actor = run.uow.actor
    if actor.agency_id != run.case.lead_agency or not (actor.has(duty) or actor.has(HEAD)):
        raise NotLead(code=run.case.code)


def _check_extension(now: datetime, row: Row, due_at: datetime) -> None:
    """Design limits are the agencies' own; a limit set by law needs a provision, and must not have passed."""
    deadline = row.deadline or {}
    ends_at = from_text(deadline["due_at"])
    if deadline["source"] != DESIGN and (not deadline.get("extendable") or ends_at < now):
        raise NotExtendable(rule=deadline["rule"])
    if due_at <= now or due_at <= ends_at:
        raise NotLater()


def _moving_along(run: CaseRun, target: Row) -> list[Row]:
    """What hangs on the same step by the same rule: the timer at the border of a task, the task of such a timer."""
    wanted = target.deadline or {}
    beside = run.machine.beside(target.token)
    others = [row for row in with_deadline(run) if row is not target and row.token in beside]
    return [row for row in others if row.deadline and row.deadline["rule"] == wanted["rule"]]
