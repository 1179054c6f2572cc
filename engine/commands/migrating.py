"""A running case goes on by another version: wholly, in one transaction, or not at all.

1. The state is put onto the new version's specs (`engine.spiff.transfer`); whatever is in the way is told.
2. The open rows follow their tokens: names, forms, duties, agencies, and deadlines whose rule has changed.
3. `CaseMigrated` holds the mapping, what changed in open work, and the full state after, from which a replay goes on.
4. The case settles: what new events at open steps wait for is opened, what is gone is closed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import update

from engine.actors import PROCESS_OWNER
from engine.clock import from_text, to_text
from engine.commands.case_run import OPEN, CaseRun, lock
from engine.commands.deadlines import LIVE, Row, marked, put, unmarked
from engine.commands.lifecycle import required_reason
from engine.commands.performers import performer
from engine.commands.requests import MigrateCase
from engine.commands.settle import settle
from engine.commands.timers import EXTENDED, compute_deadline, describe, duration
from engine.errors import Conflict, ExpressionError, IncidentError, NotAllowed, Rejected
from engine.expressions import evaluate
from engine.forms import Form
from engine.procedures.model import Element
from engine.procedures.renaming import Obstacle, Renaming
from engine.procedures.succession import Held, held, retyped, unset
from engine.procedures.versions import LoadedVersion, Versions
from engine.spiff.codec import State
from engine.spiff.machine import Machine, OpenStep
from engine.spiff.transfer import Transfer, process_of, standing, transfer
from engine.tables import AwaitedMessage, Case, CaseState, ProcedureVersion, Timer, WorkItem
from engine.unit_of_work import Receipt, UnitOfWork

MIGRATED = "CaseMigrated"


class MayNotMigrate(NotAllowed):
    """Only owners of procedures put running cases onto another version."""

    code = "migration.may_not"


class BadTarget(Rejected):
    """Another procedure's version, that by which the case runs already, or it runs by another one than was thought."""

    code = "migration.bad_target"


class Blocked(Conflict):
    """The case cannot go on by that version as it stands; `obstacles` say why."""

    code = "migration.blocked"

    def __init__(self, obstacles: tuple[Obstacle, ...]) -> None:
        super().__init__(count=len(obstacles))
        self.obstacles = obstacles


@dataclass(frozen=True)
class _Followed:
    """An open row with its step before and after, its new deadline where that changes, and what else changes."""

    row: Row
    before: Element
    step: OpenStep
    deadline: dict[str, Any] | None
    dated: bool
    changes: dict[str, list[Any]]


def migrate(uow: UnitOfWork, versions: Versions, command: MigrateCase) -> Receipt:
    """Put a running case onto another version of its procedure.

    Raises:
        MayNotMigrate, BadTarget, Blocked, ReasonMissing: see there.
        CaseNotFound, CaseNotRunning, CaseSuspended: see there.
    """
    if not uow.actor.has(PROCESS_OWNER):
        raise MayNotMigrate()
    reason = required_reason(command.reason)
    run = lock(uow, versions, command.case_id)
    old, new = run.version, versions.get(uow.session, command.to_version)
    meant = command.from_version in ("", old.hash)
    if new.bundle.id != run.case.procedure_id or new.hash == old.hash or not meant:
        raise BadTarget()
    moved = assess(old, new, run.machine.state(), command.mapping)
    if moved.obstacles:
        raise Blocked(moved.obstacles)
    before = {step.token: step.element for step in run.machine.open_steps()}
    _mark_done_work(run, old.hash)
    run.go_on_by(new, Machine.resume(new.program, moved.state))
    _rename_incidents(run, command.mapping)
    followed = list(_follow(run, before, old))
    run.record(MIGRATED, _said(old, new, command, reason, followed, run, before))
    for one in followed:
        if one.dated:
            _give_deadline(run, one)
    settle(run)
    return run.receipt()


def foresee(
    uow: UnitOfWork, versions: Versions, case: Case, stored: CaseState, new: LoadedVersion, mapping: Mapping[str, str]
) -> dict[str, Any]:
    """What would be different in the open work of a case, as `CaseMigrated` would tell it.

    Args:
        uow: is not flushed, so that nothing of it is written.
        new: another version of the case's procedure, published or not.

    Raises:
        Blocked: see there.
    """
    old = versions.get(uow.session, case.version_hash)
    machine = Machine.restore(old.program, stored.state)
    moved = assess(old, new, machine.state(), mapping)
    if moved.obstacles:
        raise Blocked(moved.obstacles)
    before = {step.token: step.element for step in machine.open_steps()}
    run = CaseRun(uow, case, new, Machine.resume(new.program, moved.state), stored)
    return _different(run, before, _follow(run, before, old))


def assess(old: LoadedVersion, new: LoadedVersion, state: State, mapping: Mapping[str, str]) -> Transfer:
    """What would become of a state, and all that is in the way, without touching anything.

    Args:
        state: as `Machine.state` gives it.
        mapping: new element id by old one, where it is another.
    """
    renaming = Renaming(dict(mapping), (old.program.main, new.program.main))
    moved = transfer(old.program, new.program, state, renaming)
    places = process_of(old.program, state)
    data: Held = held(state, old.program.main, places)
    tokens: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for process_id, element_id in standing(old.program, state):
        tokens[process_id].add((element_id, renaming.element(process_id, element_id)))
    renamed = {id_: renaming.process(id_) for id_ in old.parts}
    found = [*moved.obstacles, *retyped(old, new, data, renamed)]
    if not moved.obstacles:
        found += unset(old, new, data, tokens, renamed)
    return Transfer(moved.state, tuple(found))


def _mark_done_work(run: CaseRun, hash_: str) -> None:
    """What was done under the version before is shown, and corrected, with the forms of its day."""
    done = (WorkItem.case_id == run.case.id, WorkItem.closed_at.is_not(None), WorkItem.version_hash.is_(None))
    run.session.execute(update(WorkItem).where(*done).values(version_hash=hash_))


def _rename_incidents(run: CaseRun, mapping: Mapping[str, str]) -> None:
    for incident in run.incidents:
        incident.element_id = mapping.get(incident.element_id, incident.element_id)


def _said(
    old: LoadedVersion,
    new: LoadedVersion,
    command: MigrateCase,
    reason: str,
    followed: list[_Followed],
    run: CaseRun,
    before: Mapping[str, Element],
) -> dict[str, Any]:
    return {
        "from": old.hash,
        "to": new.hash,
        "numbers": [run.session.get_one(ProcedureVersion, one.hash).number for one in (old, new)],
        "mapping": dict(command.mapping),
        "reason": reason,
        "batch": command.batch,
        "approved_by": command.approved_by,
        **_different(run, before, followed),
        "state": run.machine.state(),
    }


def _different(run: CaseRun, before: Mapping[str, Element], followed: Iterable[_Followed]) -> dict[str, Any]:
    """What changes in open work, and which steps begin to wait and wait no more."""
    after = {step.token: step.element for step in run.machine.open_steps()}
    changed = [
        {"target_id": one.row.id, "element": one.step.element.id, "changes": one.changes}
        for one in followed
        if one.changes
    ]
    return {
        "changed": changed,
        "added": sorted(element.id for token, element in after.items() if token not in before),
        "removed": sorted(element.id for token, element in before.items() if token not in after),
    }


# What is open follows its token ---------------------------------------------------------------------------------------


def _follow(run: CaseRun, before: Mapping[str, Element], old: LoadedVersion) -> Iterator[_Followed]:
    steps = {step.token: step for step in run.machine.open_steps()}
    rows: list[Row] = [*run.work_items, *run.timers, *run.awaited]
    for row in rows:
        if row.status not in LIVE or row.token not in steps:
            continue
        was, step = before[row.token], steps[row.token]
        try:
            changes = _follow_row(run, row, was, step, old)
            dated, deadline = _new_deadline(run, row, was, step, old)
        except (IncidentError, ExpressionError) as error:
            problem = Obstacle("migration.rule", was.id, was.name, was.process_id, {"reason": error.code})
            raise Blocked((problem,)) from error
        due = [row.due_at and to_text(row.due_at), deadline and deadline["due_at"]]
        if dated and due[0] != due[1]:  # else it is the way of counting alone that differs
            changes["due_at"] = due
        yield _Followed(row, was, step, deadline, dated, changes)


def _follow_row(run: CaseRun, row: Row, was: Element, step: OpenStep, old: LoadedVersion) -> dict[str, list[Any]]:
    """Bring what the row repeats of its element up to date. Returns what is different, each before and after."""
    element, changes = step.element, {}
    wanted: dict[str, Any] = {"element_id": element.id}
    if not isinstance(row, Timer):
        duty = element.incoming.duty if element.incoming else element.duty
        wanted |= {"process_id": element.process_id, "name": element.name, "form": element.asked_form or ""}
        wanted |= {"duty": duty, **_agency(run, row, was, step)}
    for name, value in wanted.items():
        if (earlier := getattr(row, name)) != value:
            changes[name] = [earlier, value]
            setattr(row, name, value)
    if isinstance(row, WorkItem):
        if row.assignee_id and changes.keys() & {"duty", "agency_id"}:
            changes["assignee_id"] = [row.assignee_id, None]
            row.assignee_id, row.status = None, OPEN
        if _asks_otherwise(run, was, element, old):
            changes["form_content"] = [was.asked_form, element.asked_form]
        row.lock_version += bool(changes)  # whoever has the page open is told that it is another one now
    return changes


def _agency(run: CaseRun, row: WorkItem | AwaitedMessage, was: Element, step: OpenStep) -> dict[str, Any]:
    """Whose work it is from now on, where the version tells that in another way; else the binding of its day stays."""
    own = [one.incoming.agency if one.incoming else one.agency for one in (was, step.element)]
    lanes = [(one.lane.role, one.lane.agency) if one.lane else None for one in (was, step.element)]
    if own[0] == own[1] and lanes[0] == lanes[1]:
        return {}
    agency_id, binding = performer(run, step, own[1])
    run.share_with(agency_id)
    role, binding_id = (binding.role, binding.binding_id) if binding else (None, None)
    return {"agency_id": agency_id, "role": role, "binding_id": binding_id}


def _asks_otherwise(run: CaseRun, was: Element, element: Element, old: LoadedVersion) -> bool:
    before = old.bundle_of(was.process_id).forms.get(was.asked_form or "")
    after = run.bundle_of(element).forms.get(element.asked_form or "")
    return (before and _content(before)) != (after and _content(after))


def _content(form: Form) -> tuple[Any, ...]:
    return form.title, form.intro, form.fields


# Deadlines ------------------------------------------------------------------------------------------------------------


def _new_deadline(
    run: CaseRun, row: Row, was: Element, step: OpenStep, old: LoadedVersion
) -> tuple[bool, dict[str, Any] | None]:
    """Whether the row gets another date, and its deadline then. A date that a person set stands."""
    if (row.deadline or {}).get(EXTENDED) or _dating(old, was) == _dating(run.version, step.element):
        return False, None
    if isinstance(row, Timer):
        deadline = _timer_deadline(run, row, was, step)
    elif step.element.deadline:
        entered_at = from_text(row.deadline["entered_at"]) if row.deadline else row.created_at
        deadline = describe(compute_deadline(run, step, step.element.deadline, entered_at))
    else:
        return row.due_at is not None, None
    return deadline["due_at"] != (row.due_at and to_text(row.due_at)) or deadline != unmarked(row), deadline


def _timer_deadline(run: CaseRun, timer: Timer, was: Element, step: OpenStep) -> dict[str, Any]:
    element = step.element
    if timer.deadline:
        entered_at = from_text(timer.deadline["entered_at"])
    else:
        entered_at = timer.due_at - duration(was.duration) if was.duration else run.uow.now
    if element.deadline:
        return describe(compute_deadline(run, step, element.deadline, entered_at))
    if element.duration:
        return {"due_at": to_text(entered_at + duration(element.duration))}
    return {"due_at": to_text(from_text(evaluate(element.date or "''", run.machine.scope(step.token))))}


def _dating(version: LoadedVersion, element: Element) -> Any:
    """All that the date of an element is made of."""
    own, main = version.bundle_of(element.process_id).deadlines, version.bundle.deadlines
    rule = own.get(element.deadline or "") or main.get(element.deadline or "")
    return rule, element.duration, element.date


def _give_deadline(run: CaseRun, one: _Followed) -> None:
    row, deadline, cause = one.row, one.deadline, {"cause": "migration"}
    if deadline is None:
        if not isinstance(row, Timer):
            row.due_at = row.deadline = row.remind_at = None
        return
    if "rule" in deadline:
        put(run, row, marked(deadline, row.deadline or {}), "DeadlineRecomputed", cause)
    elif isinstance(row, Timer):
        moved = {"target_id": row.id, "before": to_text(row.due_at), "after": deadline["due_at"], "deadline": None}
        row.due_at = row.next_try_at = from_text(deadline["due_at"])
        row.deadline = None
        run.record("DeadlineRecomputed", {**cause, **moved}, element=row.element_id, occurrence=row.occurrence)
