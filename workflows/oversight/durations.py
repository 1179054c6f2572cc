"""How long work and cases took, and how that stands against the deadlines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from engine.ranks import MEDIAN, nearest_rank
from engine.tables import Case, WorkItem
from workflows.oversight.measuring import ranked, seconds_between
from workflows.oversight.scope import Scope

REGULATION, LAW, OWN = "QC", "PL", "TK"
SOURCES: Final = (REGULATION, LAW, OWN)
"""Where a deadline comes from: the regulation, the law of the land, a choice of design (reminds only)."""


@dataclass(frozen=True)
class Step:
    """How long one step took that has a deadline; spans in seconds.

    Args:
        count: how often it was done.
        median, high: of the time from its opening to its end; `high` is the 95th percentile.
        allowed: the median of the time that its deadline gave.
        in_time: how often it was done by its deadline.
    """

    procedure_id: str
    element_id: str
    name: str
    source: str
    count: int
    median: int
    high: int
    allowed: int
    in_time: int


@dataclass(frozen=True)
class Whole:
    """How long the ended cases of a procedure took, in seconds."""

    procedure_id: str
    count: int
    median: int
    high: int


@dataclass(frozen=True)
class Ended:
    """One ended case and how long it took, in seconds."""

    code: str
    title: str
    procedure_id: str
    lead_agency: str
    started_at: datetime
    ended_at: datetime | None
    took: int


@dataclass(frozen=True)
class Heat:
    """What one element of a procedure cost: done how often and how long, overdue now or done late."""

    count: int
    median: int
    high: int
    late: int
    open: int
    overdue: int


def steps(session: Session, scope: Scope, source: str | None = None) -> list[Step]:
    """The steps with deadlines that were done in the period, those most often late first.

    Args:
        source: one of `SOURCES`; all where None.
    """
    told = WorkItem.deadline["source"].as_string()
    where = [*_done(scope), WorkItem.due_at.is_not(None), *([told == source] if source else ())]
    keys = [WorkItem.procedure_id, WorkItem.element_id, told.label("source")]
    took = seconds_between(WorkItem.created_at, WorkItem.closed_at)
    allowed = nearest_rank(seconds_between(WorkItem.created_at, WorkItem.due_at), MEDIAN)
    in_time = func.sum(case((WorkItem.closed_at <= WorkItem.due_at, 1), else_=0))
    rows = session.execute(ranked(keys, took, where, [func.max(WorkItem.name), allowed, in_time]))
    found = [
        Step(procedure, element, name, source_ or "", n, median, high, given, kept)
        for procedure, element, source_, n, median, high, name, given, kept in rows
    ]
    return sorted(found, key=lambda one: (one.in_time - one.count, one.procedure_id, one.element_id))


def wholes(session: Session, scope: Scope) -> list[Whole]:
    """The cases that ended in the period, by procedure."""
    took = seconds_between(Case.started_at, Case.ended_at)
    rows = session.execute(ranked([Case.procedure_id], took, _ended(scope)))
    return sorted((Whole(*row) for row in rows), key=lambda one: one.procedure_id)


def longest(session: Session, scope: Scope, *, limit: int, offset: int = 0) -> list[Ended]:
    """The cases that ended in the period, those that took longest first."""
    took = seconds_between(Case.started_at, Case.ended_at).label("took")
    columns = (Case.code, Case.title, Case.procedure_id, Case.lead_agency, Case.started_at, Case.ended_at, took)
    query = select(*columns).where(*_ended(scope)).order_by(took.desc(), Case.id).limit(limit).offset(offset)
    return [Ended(*row) for row in session.execute(query)]


def heat(session: Session, scope: Scope, procedure_id: str) -> Mapping[tuple[str, str], Heat]:
    """The load of a procedure by (process, element): what was done in the period, and what is open now."""
    mine = (WorkItem.procedure_id == procedure_id, *_agency(scope), scope.seen(WorkItem.case_id))
    keys = (WorkItem.process_id, WorkItem.element_id)
    late = func.sum(case((WorkItem.closed_at > WorkItem.due_at, 1), else_=0))
    took = seconds_between(WorkItem.created_at, WorkItem.closed_at)
    done = session.execute(ranked(keys, took, [*mine, *_done_in(scope)], [late]))
    overdue = func.sum(case((WorkItem.due_at < scope.now, 1), else_=0))
    waiting = select(keys[0], keys[1], func.count(), overdue).where(*mine, WorkItem.closed_at.is_(None)).group_by(*keys)
    found = {(p, e): Heat(n, median, high, int(was_late), 0, 0) for p, e, n, median, high, was_late in done}
    for process, element, opened, now_late in session.execute(waiting):
        one = found.get((process, element), Heat(0, 0, 0, 0, 0, 0))
        found[process, element] = Heat(one.count, one.median, one.high, one.late, opened, int(now_late))
    return found


def _ended(scope: Scope) -> list[ColumnElement[bool]]:
    found = [Case.status == "ended", *scope.within(Case.ended_at), scope.seen(Case.id)]
    chosen = [(Case.procedure_id, scope.procedure), (Case.lead_agency, scope.agency)]
    return [*found, *(column == value for column, value in chosen if value)]


def _done(scope: Scope) -> list[ColumnElement[bool]]:
    found = [*_done_in(scope), *_agency(scope), scope.seen(WorkItem.case_id)]
    return [*found, *([WorkItem.procedure_id == scope.procedure] if scope.procedure else ())]


def _done_in(scope: Scope) -> list[ColumnElement[bool]]:
    return [WorkItem.status == "done", *scope.within(WorkItem.closed_at)]


def _agency(scope: Scope) -> list[ColumnElement[bool]]:
    return [WorkItem.agency_id == scope.agency] if scope.agency else []
