"""After every step: run what needs no person, then bring the rows that the outside sees in line with the tokens.

1. Call services and decision tables until every token waits for a person, a moment or a message.
2. Derive the case's title and date of receipt from its variables.
3. Open work items, timers and awaited messages for new tokens; cancel those whose token is gone.
4. Turn every failure into an incident; close the case when nothing is left.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.clock import from_text, local_date, to_text
from engine.commands import awaited, children, incidents, timers, work_items
from engine.commands.automatic import run_automatic_steps, send
from engine.commands.case_run import CANCELLED, ENDED, LAW_ON, CaseRun
from engine.errors import ExpressionError
from engine.expressions import evaluate
from engine.text import search_key

TITLE_MAXIMUM = 300
REGIME = "regime"
"""The fact that another regime was chosen: the id of the choice."""


def settle(run: CaseRun) -> None:
    """Bring the case to rest and store it."""
    run_automatic_steps(run)
    _derive_facts(run)
    steps = run.machine.open_steps()
    work_items.synchronise(run, steps)
    timers.synchronise(run, steps)
    awaited.synchronise(run, steps)
    incidents.collect(run)
    incidents.resolve_gone(run)
    if run.machine.ended:
        path = run.machine.take_path()
        close(run, ENDED, "CaseEnded", {"outcome": run.machine.memory.outcome, "path": path})
    run.save()


def close(run: CaseRun, status: str, type: str, payload: Mapping[str, Any]) -> None:
    """End the case with an event of that type: nothing of it stays open."""
    case = run.case
    case.status, case.ended_at, case.outcome = status, run.uow.now, run.machine.memory.outcome
    case.suspended_at = None
    work_items.synchronise(run, [])
    timers.synchronise(run, [])
    awaited.synchronise(run, [])
    incidents.resolve_all(run)
    for topic, body in children.messages_of_end(run, cancelled=status == CANCELLED):
        send(run, topic, body)
    if status == CANCELLED:  # with this event and no earlier: what the log says is run again one by one
        run.machine.cancel()
    run.record(type, payload)


def _derive_facts(run: CaseRun) -> None:
    description = run.version.bundle.description
    title = _value(run, description.get("case_title"))
    if isinstance(title, str) and title:
        run.case.title = title[:TITLE_MAXIMUM]
    run.case.search_text = search_key(f"{run.case.code} {run.case.title}")
    received = _moment(_value(run, description.get("received_at")))
    if received and received != run.case.received_at:
        run.case.received_at = received
        facts = run.machine.memory.facts
        facts["received_at"] = to_text(received)
        if not facts.get(REGIME):
            facts[LAW_ON] = local_date(received).isoformat()
        run.record("ReceivedAtSet", {"received_at": to_text(received)})


def _value(run: CaseRun, expression: str | None) -> object:
    """The expression's value; None while the variables it needs do not exist yet."""
    if not expression:
        return None
    memory = run.machine.memory
    try:
        return evaluate(expression, {**memory.variables, "case": memory.facts})
    except ExpressionError:
        return None


def _moment(value: object) -> datetime | None:
    if not isinstance(value, str) or not value:
        return None
    try:
        return from_text(value)
    except ValueError:
        return None
