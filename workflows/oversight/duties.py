"""Which duties of the regulation were kept in a period: by the work of the steps that serve them, or by the log.

A duty that is served by steps is read from the diagrams (see `workflows.regulation.coverage`): the work of the steps
that cite its clause. That tells whether work was done by its deadline, not whether it was done well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, case, func, select, tuple_
from sqlalchemy.orm import Session

from engine.procedures.bundle import Bundle
from engine.tables import Case, WorkItem
from workflows.oversight.scope import Scope
from workflows.regulation.coverage import matrix
from workflows.regulation.duties import PLANNED, PROCEDURE, RULE, STANDING, Duty, duties
from workflows.regulation.tables import DutyEvidence

KEPT, LATE, OVERDUE, LOGGED, SILENT, NO_OCCASION, ENFORCED, UNSERVED, AUTOMATIC = (
    "kept", "late", "overdue", "logged", "silent", "no_occasion", "enforced", "unserved", "automatic",
)  # fmt: skip
DONE: Final = "done"
STATES: Final = (OVERDUE, LATE, SILENT, NO_OCCASION, KEPT, LOGGED, AUTOMATIC, ENFORCED, UNSERVED)
"""overdue: work for it is overdue now; late: some was done late; kept: all in time. logged, silent: a standing duty
with or without an entry in the period. no_occasion: none of its steps was reached. automatic: the program's own steps
serve it. enforced: a rule that the program enforces. unserved: nothing serves it yet."""


@dataclass(frozen=True)
class Kept:
    """One duty in the period. `done`, `late`, `overdue`: work of its steps; `entries`: what was logged for it."""

    duty: Duty
    state: str
    done: int = 0
    late: int = 0
    overdue: int = 0
    entries: int = 0


@dataclass(frozen=True)
class Work:
    """One piece of work for a duty: done in the period, or overdue now."""

    case_code: str
    case_title: str
    name: str
    agency_id: str
    due_at: datetime | None
    done_at: datetime | None


def kept(session: Session, scope: Scope, bundles: Sequence[Bundle]) -> list[Kept]:
    """Every duty, in the order of the regulation."""
    work, logged, steps_of = _work(session, scope), _logged(session, scope), _steps(bundles)
    found = []
    for served in matrix(duties(), bundles).served:
        steps = steps_of[served.duty.number]
        sums = [work[step] for step in steps if step in work]
        done, late, overdue = (sum(one[index] for one in sums) for index in range(3))
        entries = logged.get(served.duty.number, 0)
        state = _state(served.duty, bool(steps), done, late, overdue, entries)
        found.append(Kept(served.duty, state, done, late, overdue, entries))
    return found


def work_for(
    session: Session, scope: Scope, bundles: Sequence[Bundle], number: int, state: str, *, limit: int, offset: int = 0
) -> list[Work]:
    """The work that `kept` counts for a duty, the longest due first.

    Args:
        number: of the duty; of one that no step serves there is no work.
        state: `DONE`, `LATE` or `OVERDUE`.
    """
    steps = _steps(bundles).get(number, [])
    query = (
        select(Case.code, Case.title, WorkItem.name, WorkItem.agency_id, WorkItem.due_at, WorkItem.closed_at)
        .join(Case, Case.id == WorkItem.case_id)
        .where(_counted(scope)[state], tuple_(WorkItem.process_id, WorkItem.element_id).in_(steps), *_mine(scope))
        .order_by(WorkItem.due_at, WorkItem.id)
        .limit(limit)
        .offset(offset)
    )
    return [Work(*row) for row in session.execute(query)]


def _steps(bundles: Sequence[Bundle]) -> Mapping[int, list[tuple[str, str]]]:
    """The steps of people that cite a duty, as (process, element), by its number."""
    processes = {bundle.id: bundle.process.id for bundle in bundles}
    return {
        served.duty.number: [(processes[id_], e.id) for id_, e in served.elements if e.is_person_task]
        for served in matrix(duties(), bundles).served
    }


def _state(duty: Duty, by_people: bool, done: int, late: int, overdue: int, entries: int) -> str:
    other = {STANDING: LOGGED if entries else SILENT, RULE: ENFORCED, PLANNED: UNSERVED}
    if duty.serving.by != PROCEDURE:
        return other[duty.serving.by]
    if not by_people:
        return AUTOMATIC
    if overdue or late:
        return OVERDUE if overdue else LATE
    return KEPT if done else NO_OCCASION


def _work(session: Session, scope: Scope) -> Mapping[tuple[str, str], tuple[int, int, int]]:
    """Done in the period, of that late, and overdue now, by (process, element)."""
    keys = (WorkItem.process_id, WorkItem.element_id)
    sums = [func.sum(case((condition, 1), else_=0)) for condition in _counted(scope).values()]
    query = select(*keys, *sums).where(*_mine(scope)).group_by(*keys)
    return {(process, element): (int(a), int(b), int(c)) for process, element, a, b, c in session.execute(query)}


def _counted(scope: Scope) -> Mapping[str, ColumnElement[bool]]:
    done = and_(WorkItem.status == "done", *scope.within(WorkItem.closed_at))
    open_ = and_(WorkItem.closed_at.is_(None), WorkItem.suspended_at.is_(None), WorkItem.due_at < scope.now)
    return {
        DONE: done,
        LATE: and_(done, WorkItem.closed_at > WorkItem.due_at),
        OVERDUE: and_(open_, *scope.within(WorkItem.due_at)),
    }


def _mine(scope: Scope) -> list[ColumnElement[bool]]:
    chosen = [(WorkItem.procedure_id, scope.procedure), (WorkItem.agency_id, scope.agency)]
    return [scope.seen(WorkItem.case_id), *(column == value for column, value in chosen if value)]


def _logged(session: Session, scope: Scope) -> Mapping[int, int]:
    query = select(DutyEvidence.duty_number, func.count()).group_by(DutyEvidence.duty_number)
    if scope.agency:
        query = query.where(DutyEvidence.agency_id == scope.agency)
    if scope.since:
        query = query.where(DutyEvidence.done_on >= scope.since)
    if scope.until:
        query = query.where(DutyEvidence.done_on <= scope.until)
    return dict(session.execute(query).all())
