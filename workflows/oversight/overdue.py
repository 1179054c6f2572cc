"""Work that was not done by its deadline: how much, by agency, procedure or step, and which cases it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, case, false, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from engine.tables import Case, WorkItem
from workflows.oversight.scope import Scope

OPEN, LATE, LAPSED = "open", "late", "lapsed"
STATES: Final = (OPEN, LATE, LAPSED)
"""Still open after its deadline; done after it; ended after it without having been done."""
AGENCY, PROCEDURE, STEP = "agency", "procedure", "step"
GROUPS: Final[Mapping[str, tuple[InstrumentedAttribute[str], ...]]] = {
    AGENCY: (WorkItem.agency_id,),
    PROCEDURE: (WorkItem.procedure_id,),
    STEP: (WorkItem.procedure_id, WorkItem.element_id),
}


@dataclass(frozen=True)
class Count:
    """How the work of one group was done whose deadline has come.

    Args:
        key: id of the agency or procedure; of a step (procedure, element).
        name: of a step, as drawn; empty otherwise.
        due: all work whose deadline has come; of it `open`, `late` and `lapsed` (see `STATES`).
        oldest: the earliest deadline among those still open.
    """

    key: tuple[str, ...]
    name: str
    due: int
    open: int
    late: int
    lapsed: int
    oldest: datetime | None

    @property
    def in_time(self) -> int:
        """What was done by its deadline."""
        return self.due - self.open - self.late - self.lapsed


@dataclass(frozen=True)
class Item:
    """One piece of work that was not done by its deadline; `ended_at` when it was done or ended after all."""

    case_code: str
    case_title: str
    procedure_id: str
    element_id: str
    element_name: str
    agency_id: str
    state: str
    due_at: datetime
    ended_at: datetime | None


def counts(session: Session, scope: Scope, by: str) -> list[Count]:
    """The groups, those with the most work that is overdue now first.

    Args:
        by: one of `GROUPS`.
    """
    of_state = _states(scope.now)
    sums = [_how_many(of_state[state]).label(state) for state in STATES]
    oldest = func.min(case((of_state[OPEN], WorkItem.due_at)), type_=WorkItem.due_at.type)
    name = func.max(WorkItem.name) if by == STEP else func.max("")
    query = select(*GROUPS[by], name, func.count(), *sums, oldest).where(*_came_due(scope)).group_by(*GROUPS[by])
    found = [
        Count(tuple(key), name, due, opened, late, lapsed, first)
        for *key, name, due, opened, late, lapsed, first in session.execute(query)
    ]
    return sorted(found, key=lambda one: (-one.open, -one.late, -one.lapsed, one.key))


def items(
    session: Session, scope: Scope, *, state: str | None = None, step: str | None = None, limit: int, offset: int = 0
) -> list[Item]:
    """The work itself, longest overdue first.

    Args:
        state: one of `STATES`; all of them where None.
        step: element id; any where None.
    """
    of_state = _states(scope.now)
    told = case(*((of_state[one], one) for one in STATES), else_="")
    wanted = of_state[state] if state else told != ""
    query = (
        select(Case.code, Case.title, WorkItem, told)
        .join(Case, Case.id == WorkItem.case_id)
        .where(*_came_due(scope), wanted, *([WorkItem.element_id == step] if step else ()))
        .order_by(WorkItem.due_at, WorkItem.id)
        .limit(limit)
        .offset(offset)
    )
    return [
        Item(code, title, w.procedure_id, w.element_id, w.name, w.agency_id, standing, w.due_at, w.closed_at)
        for code, title, w, standing in session.execute(query)
        if w.due_at is not None
    ]


def _came_due(scope: Scope) -> list[ColumnElement[bool]]:
    """Work whose deadline has come in the period; what ended before its deadline undone was owed by nobody."""
    gone = and_(WorkItem.status == "cancelled", WorkItem.closed_at <= WorkItem.due_at)
    found = [WorkItem.due_at < scope.now, WorkItem.suspended_at.is_(None), ~func.coalesce(gone, false())]
    found += scope.within(WorkItem.due_at)
    if scope.procedure:
        found.append(WorkItem.procedure_id == scope.procedure)
    if scope.agency:
        found.append(WorkItem.agency_id == scope.agency)
    return [*found, scope.seen(WorkItem.case_id)]


def _states(now: datetime) -> Mapping[str, ColumnElement[bool]]:
    after = WorkItem.closed_at > WorkItem.due_at
    return {
        OPEN: and_(WorkItem.closed_at.is_(None), WorkItem.due_at < now),
        LATE: and_(WorkItem.status == "done", after),
        LAPSED: and_(WorkItem.status == "cancelled", after),
    }


def _how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
