"""The inbox of an agency: its open work items, most urgent first, and how many there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from engine.actors import Actor
from engine.clock import ZONE, from_text
from engine.commands.access import WORKING_DUTIES
from engine.commands.case_run import LIVE
from engine.commands.timers import MOVED_FROM
from engine.services import Directory
from engine.tables import Case, ProcedureVersion, WorkItem

OVERDUE, TODAY, WEEK, LATER, NONE = "overdue", "today", "week", "later", "none"
GROUPS = (OVERDUE, TODAY, WEEK, LATER, NONE)
COUNT_CAP = 1000


@dataclass(frozen=True)
class InboxRow:
    """One work item as the inbox shows it; `group` is one of `GROUPS`, `moved_from` its former end."""

    work_item_id: str
    case_id: str
    case_code: str
    case_title: str
    procedure_id: str
    procedure_title: dict[str, Any]
    element_id: str
    element_name: str
    agency_id: str
    duty: str
    assignee_id: str | None
    assignee_name: str | None
    status: str
    due_at: datetime | None
    created_at: datetime
    group: str
    reminded_at: datetime | None
    moved_from: datetime | None
    document_id: str | None


def page(
    session: Session,
    actor: Actor,
    directory: Directory,
    *,
    now: datetime,
    procedure: str | None = None,
    status: str | None = None,
    mine: bool = False,
    group: str | None = None,
    limit: int = 50,
    after: str | None = None,
) -> list[InboxRow]:
    """A page of the agency's open work items: by due date, those without one last.

    Args:
        group: one of `GROUPS`.
        after: id of the last work item of the page before.
    """
    statement = _rows().where(*_filters(procedure, status, mine))
    if group:
        statement = statement.where(_IN_GROUP.get(group, _IN_GROUP[NONE]))
    if after and (last := session.get(WorkItem, after)):
        statement = statement.where(_beyond(last))
    ordered = statement.order_by(WorkItem.due_at.asc().nulls_last(), WorkItem.id).limit(limit)
    rows = session.execute(ordered, _values(actor, now))
    return [inbox_row(session, directory, item, case, title, now) for item, case, title in rows]


def standing(session: Session, actor: Actor, directory: Directory, now: datetime, limit: int = 50) -> list[InboxRow]:
    """The agency's open work items in cases that stand still: nothing can be done about them now."""
    mine = WorkItem.agency_id == (actor.agency_id if actor.duties & WORKING_DUTIES else "")
    statement = _rows().where(mine, WorkItem.suspended_at.is_not(None), WorkItem.closed_at.is_(None))
    rows = session.execute(statement.order_by(WorkItem.id).limit(limit))
    return [inbox_row(session, directory, item, case, title, now) for item, case, title in rows]


def counts(session: Session, actor: Actor, now: datetime) -> dict[str, int]:
    """How many open items each group has; counting stops at `COUNT_CAP` (shown as 999+)."""
    counted = session.execute(_COUNTS, _values(actor, now)).one()
    return dict(zip(GROUPS, counted, strict=True))


def inbox_row(
    session: Session, directory: Directory, item: WorkItem, case: Case, title: dict[str, Any], now: datetime
) -> InboxRow:
    """A work item with what surrounds it."""
    return InboxRow(
        work_item_id=item.id,
        case_id=case.id,
        case_code=case.code,
        case_title=case.title,
        procedure_id=item.procedure_id,
        procedure_title=title,
        element_id=item.element_id,
        element_name=item.name,
        agency_id=item.agency_id,
        duty=item.duty,
        assignee_id=item.assignee_id,
        assignee_name=directory.person_name(session, item.assignee_id) if item.assignee_id else None,
        status=item.status,
        due_at=item.due_at,
        created_at=item.created_at,
        group=group_of(item.due_at, now),
        reminded_at=item.reminded_at,
        moved_from=moved_from(item.deadline),
        document_id=item.document_id,
    )


def moved_from(deadline: Mapping[str, Any] | None) -> datetime | None:
    """The end that the deadline had before a change of the calendar moved it."""
    before = (deadline or {}).get(MOVED_FROM)
    return from_text(before) if before else None


def group_of(due_at: datetime | None, now: datetime) -> str:
    """How urgent: overdue, due today, until Sunday, later, or without a date (days as in Vietnam)."""
    if due_at is None:
        return NONE
    if due_at < now:
        return OVERDUE
    today_ends, week_ends = _horizons(now)
    return TODAY if due_at < today_ends else WEEK if due_at < week_ends else LATER


def _horizons(now: datetime) -> tuple[datetime, datetime]:
    midnight = now.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=1), midnight + timedelta(days=7 - midnight.weekday())


def _values(actor: Actor, now: datetime) -> dict[str, Any]:
    """What the statements need to know: whose inbox it is, and where the groups begin."""
    today_ends, week_ends = _horizons(now)
    return {
        "agency": actor.agency_id if actor.duties & WORKING_DUTIES else "",
        "person": actor.person_id,
        "now": now,
        "today_ends": today_ends,
        "week_ends": week_ends,
        "later_begins": max(week_ends, today_ends),
    }


def _rows() -> Select[tuple[WorkItem, Case, dict[str, Any]]]:
    return (
        select(WorkItem, Case, ProcedureVersion.title)
        .join(Case, Case.id == WorkItem.case_id)
        .join(ProcedureVersion, ProcedureVersion.hash == Case.version_hash)
    )


def _filters(procedure: str | None, status: str | None, mine: bool) -> list[ColumnElement[bool]]:
    found = list(_OPEN_IN_AGENCY)
    if status in LIVE:
        found.append(WorkItem.status == status)
    if procedure:
        found.append(WorkItem.procedure_id == procedure)
    if mine:
        found.append(WorkItem.assignee_id == bindparam("person"))
    return found


def _beyond(last: WorkItem) -> ColumnElement[bool]:
    """What the order of the page puts behind `last`."""
    if last.due_at is None:
        return and_(WorkItem.due_at.is_(None), WorkItem.id > last.id)
    same_moment = and_(WorkItem.due_at == last.due_at, WorkItem.id > last.id)
    return or_(WorkItem.due_at.is_(None), WorkItem.due_at > last.due_at, same_moment)


def _count(group: str) -> ScalarSelect[int]:
    capped = select(WorkItem.id).where(*_OPEN_IN_AGENCY, _IN_GROUP[group]).limit(COUNT_CAP)
    return select(func.count()).select_from(capped.subquery()).scalar_subquery()


# Built once: putting these together anew took longer than what the database does with them.
_due = WorkItem.due_at
_IN_GROUP: Mapping[str, ColumnElement[bool]] = {
    OVERDUE: _due < bindparam("now"),
    TODAY: and_(_due >= bindparam("now"), _due < bindparam("today_ends")),
    WEEK: and_(_due >= bindparam("today_ends"), _due < bindparam("week_ends")),
    LATER: _due >= bindparam("later_begins"),
    NONE: _due.is_(None),
}
# What is open or claimed in a case that does not stand still, in the words of the index that these queries walk.
_OPEN_IN_AGENCY = (
    WorkItem.agency_id == bindparam("agency"),
    WorkItem.closed_at.is_(None),
    WorkItem.suspended_at.is_(None),
)
_COUNTS = select(*map(_count, GROUPS))
