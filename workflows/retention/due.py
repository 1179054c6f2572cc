"""Which cases are due for deletion, and the proposals with what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, exists, false, or_, select
from sqlalchemy.orm import Session

from engine.actors import ADMINISTRATOR, Actor
from engine.clock import day_begins, local_date
from engine.errors import NotFound
from engine.queries.visibility import may_see_case
from engine.tables import Case
from workflows.retention.classes import RetentionClass, class_of, own_classes
from workflows.retention.deletion import may_delete
from workflows.retention.tables import REFUSED, ContentDeletion

DEFAULT = ""


@dataclass(frozen=True)
class Due:
    """A case whose time is over; `until`: the last day on which its records were to be kept."""

    code: str
    procedure_id: str
    ended_on: date
    until: date
    kept: RetentionClass


def due(session: Session, actor: Actor, on: date, *, limit: int = 200) -> list[Due]:
    """The cases whose time is over and whose deletion nobody has proposed yet, the earliest ended first.

    Raises:
        NotFound: the person deletes nothing.
    """
    if not may_delete(actor):
        raise NotFound()
    proposed = exists().where(ContentDeletion.case_id == Case.id, ContentDeletion.status != REFUSED)
    query = select(Case).where(Case.ended_at.is_not(None), _over(on), ~proposed)
    if not actor.has(ADMINISTRATOR):
        query = query.where(may_see_case(actor))
    found = []
    for case in session.scalars(query.order_by(Case.ended_at, Case.id).limit(limit)):
        ended_on, kept = local_date(case.ended_at) if case.ended_at else on, class_of(case.procedure_id)
        if (until := kept.ends(ended_on)) and until < on:
            found.append(Due(case.code, case.procedure_id, ended_on, until, kept))
    return found


def proposals(session: Session, actor: Actor, limit: int = 200) -> Sequence[tuple[ContentDeletion, str]]:
    """The proposals with the codes of their cases, those that wait first, then the latest.

    Raises:
        NotFound: the person deletes nothing.
    """
    if not may_delete(actor):
        raise NotFound()
    query = select(ContentDeletion, Case.code).join(Case, Case.id == ContentDeletion.case_id)
    if not actor.has(ADMINISTRATOR):
        query = query.where(may_see_case(actor))
    order = (ContentDeletion.status != "proposed", ContentDeletion.proposed_at.desc(), ContentDeletion.id)
    return [(row, code) for row, code in session.execute(query.order_by(*order).limit(limit))]


def _over(on: date) -> ColumnElement[bool]:
    """Cases that ended so long ago, class by class; what is kept for good is none of them."""
    own = own_classes()
    ways: list[ColumnElement[bool]] = []
    for procedure_id, kept in [*own.items(), (DEFAULT, class_of(DEFAULT))]:
        if kept.years is None:
            continue
        of_class = Case.procedure_id == procedure_id if procedure_id else Case.procedure_id.not_in(list(own))
        ways.append(and_(of_class, Case.ended_at < day_begins(_years_before(on, kept.years))))
    return or_(false(), *ways)


def _years_before(on: date, years: int) -> date:
    day = 28 if (on.month, on.day) == (2, 29) else on.day
    return on.replace(year=on.year - years, day=day)
