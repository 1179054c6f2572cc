"""Who carries how much, and which steps had to be done again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from engine.tables import Case, WorkItem
from workflows.agencies.tables import Person
from workflows.oversight.scope import Scope


@dataclass(frozen=True)
class Load:
    """The work of one agency or officer. `untaken`: open and nobody's; `opened`, `done`: in the period."""

    agency_id: str
    person_id: str | None
    name: str
    open: int
    overdue: int
    untaken: int
    opened: int
    done: int


@dataclass(frozen=True)
class Again:
    """How often a step was done, sent back to whoever had done it, and repeated within its case."""

    procedure_id: str
    element_id: str
    name: str
    count: int
    sent_back: int
    repeated: int


@dataclass(frozen=True)
class Repeated:
    """A step that was opened more than once in a case, or sent back."""

    case_code: str
    case_title: str
    procedure_id: str
    name: str
    agency_id: str
    times: int
    sent_back: int


def loads(session: Session, scope: Scope, *, by_officer: bool) -> list[Load]:
    """The load of agencies, or of the officers who have taken work; the most overdue first."""
    live = and_(WorkItem.closed_at.is_(None), WorkItem.suspended_at.is_(None))
    sums = [
        _sum(live),
        _sum(and_(live, WorkItem.due_at < scope.now)),
        _sum(and_(live, WorkItem.assignee_id.is_(None))),
        _sum(and_(*scope.within(WorkItem.created_at), WorkItem.id != "")),
        _sum(and_(WorkItem.status == "done", *scope.within(WorkItem.closed_at))),
    ]
    keys: list[Any] = [WorkItem.agency_id, *([WorkItem.assignee_id] if by_officer else ())]
    query = select(*keys, *sums).where(*_mine(scope), scope.seen(WorkItem.case_id)).group_by(*keys)
    if by_officer:
        query = query.where(WorkItem.assignee_id.is_not(None))
    names = dict(session.execute(select(Person.id, Person.name)).all()) if by_officer else {}
    found = [_load(row, names, by_officer=by_officer) for row in session.execute(query)]
    return sorted(
        (one for one in found if one.open or one.opened or one.done),
        key=lambda one: (-one.overdue, -one.open, -one.done, one.agency_id, one.name),
    )


def again(session: Session, scope: Scope) -> list[Again]:
    """Steps that were sent back or repeated in the period, the most often first."""
    inner = _turns(scope).subquery()
    keys = (inner.c.procedure_id, inner.c.element_id)
    back, more = func.sum(inner.c.back), func.sum(case((inner.c.turn > 1, 1), else_=0))
    query = select(*keys, func.max(inner.c.name), func.count(), back, more).group_by(*keys)
    found = [Again(*row) for row in session.execute(query.having((back > 0) | (more > 0)))]
    return sorted(found, key=lambda one: (-one.sent_back, -one.repeated, one.procedure_id, one.element_id))


def repeated(session: Session, scope: Scope, *, limit: int, offset: int = 0) -> list[Repeated]:
    """The cases with such steps, the most often repeated first."""
    inner = _turns(scope).subquery()
    keys = (inner.c.case_id, inner.c.procedure_id, inner.c.element_id, inner.c.scope, inner.c.agency_id)
    times, back = func.max(inner.c.turn), func.sum(inner.c.back)
    told = select(*keys, func.max(inner.c.name).label("name"), times.label("times"), back.label("back"))
    groups = told.group_by(*keys).having((times > 1) | (back > 0)).subquery()
    query = (
        select(Case.code, Case.title, groups.c.procedure_id, groups.c.name, groups.c.agency_id, groups.c.times,
               groups.c.back)
        .join(groups, groups.c.case_id == Case.id)
        .order_by(groups.c.times.desc(), groups.c.back.desc(), Case.code, groups.c.element_id, groups.c.scope)
        .limit(limit)
        .offset(offset)
    )  # fmt: skip
    return [Repeated(*row) for row in session.execute(query)]


def _turns(scope: Scope) -> Any:
    """Each piece of work with its turn: the how-manieth of its step, agency, scope and paper in the case.

    A step that several agencies do side by side, or for several papers, is not repeated by that: each has its scope.
    """
    within = func.coalesce(WorkItem.scope, "")
    paper = func.coalesce(WorkItem.document_id, "")
    parts: Sequence[Any] = (WorkItem.case_id, WorkItem.element_id, within, WorkItem.agency_id, paper)
    turn = func.row_number().over(partition_by=list(parts), order_by=(WorkItem.created_at, WorkItem.id))
    columns = (WorkItem.case_id, WorkItem.procedure_id, WorkItem.element_id, WorkItem.agency_id, WorkItem.name)
    back = case((WorkItem.earlier_id.is_not(None), 1), else_=0).label("back")
    where = [*_mine(scope), *scope.within(WorkItem.created_at), scope.seen(WorkItem.case_id)]
    return select(*columns, within.label("scope"), turn.label("turn"), back).where(*where)


def _mine(scope: Scope) -> list[ColumnElement[bool]]:
    chosen = [(WorkItem.procedure_id, scope.procedure), (WorkItem.agency_id, scope.agency)]
    return [column == value for column, value in chosen if value]


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _load(row: Any, names: dict[str, str], *, by_officer: bool) -> Load:
    agency, *rest = row
    person = rest.pop(0) if by_officer else None
    return Load(agency, person, names.get(person, person or "") if person else "", *rest)
