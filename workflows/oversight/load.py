"""Who carries how much, and which steps had to be done again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, case, cast, func, or_, select
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
    rounds, steps = _rounds(scope).subquery(), (WorkItem.procedure_id, WorkItem.element_id)
    all_ = select(*steps, func.count().label("count")).where(*_opened(scope)).group_by(*steps).subquery()
    same = and_(all_.c.procedure_id == rounds.c.procedure_id, all_.c.element_id == rounds.c.element_id)
    keys = (rounds.c.procedure_id, rounds.c.element_id)
    told = (func.max(rounds.c.name), func.max(all_.c.count), _whole(rounds.c.back), _whole(rounds.c.times - 1))
    query = select(*keys, *told).join(all_, same).group_by(*keys)
    found = [Again(*row) for row in session.execute(query)]
    return sorted(found, key=lambda one: (-one.sent_back, -one.repeated, one.procedure_id, one.element_id))


def repeated(session: Session, scope: Scope, *, step: str | None = None, limit: int, offset: int = 0) -> list[Repeated]:
    """The cases with such steps, the most often repeated first.

    Args:
        step: element id; any where None.
    """
    rounds = _rounds(scope)
    inner = (rounds.where(WorkItem.element_id == step) if step else rounds).subquery()
    keys = (inner.c.case_id, inner.c.procedure_id, inner.c.element_id, inner.c.scope, inner.c.agency_id)
    name, times = func.max(inner.c.name).label("name"), func.max(inner.c.times).label("times")
    papers = select(*keys, name, times, _whole(inner.c.back).label("back")).group_by(*keys).subquery()
    query = (
        select(Case.code, Case.title, papers.c.procedure_id, papers.c.name, papers.c.agency_id, papers.c.times,
               papers.c.back)
        .join(papers, papers.c.case_id == Case.id)
        .order_by(papers.c.times.desc(), papers.c.back.desc(), Case.code, papers.c.element_id, papers.c.scope)
        .limit(limit)
        .offset(offset)
    )  # fmt: skip
    return [Repeated(*row) for row in session.execute(query)]


def _rounds(scope: Scope) -> Select[*tuple[Any, ...]]:
    """Steps that a case opened several times for the same agency, scope and paper, or that were sent back.

    A step that several agencies do side by side, or for several papers, is not repeated by that: each has its scope.
    """
    within, paper = func.coalesce(WorkItem.scope, ""), func.coalesce(WorkItem.document_id, "")
    keys = (WorkItem.case_id, WorkItem.procedure_id, WorkItem.element_id, WorkItem.agency_id)
    told = (func.max(WorkItem.name).label("name"), func.count().label("times"))
    back = func.count(WorkItem.earlier_id).label("back")
    again = or_(func.count() > 1, func.count(WorkItem.earlier_id) > 0)
    query = select(*keys, within.label("scope"), *told, back).where(*_opened(scope))
    return query.group_by(*keys, within, paper).having(again)


def _opened(scope: Scope) -> list[ColumnElement[bool]]:
    return [*_mine(scope), *scope.within(WorkItem.created_at), scope.seen(WorkItem.case_id)]


def _mine(scope: Scope) -> list[ColumnElement[bool]]:
    chosen = [(WorkItem.procedure_id, scope.procedure), (WorkItem.agency_id, scope.agency)]
    return [column == value for column, value in chosen if value]


def _whole(numbers: ColumnElement[int]) -> ColumnElement[int]:
    """Their sum, which PostgreSQL would give as a decimal number."""
    return cast(func.sum(numbers), Integer)


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _load(row: Any, names: dict[str, str], *, by_officer: bool) -> Load:
    agency, *rest = row
    person = rest.pop(0) if by_officer else None
    return Load(agency, person, names.get(person, person or "") if person else "", *rest)
