"""Which cases a person may see: those of the agency's own work; auditors those within their reach."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true

from engine.actors import AUDITOR, Actor, Reach
from engine.clock import day_begins
from engine.commands.access import WORKING_DUTIES
from engine.tables import Case, CaseAgency


def may_see_case(actor: Actor) -> ColumnElement[bool]:
    """Condition on `Case` for what the person may see."""
    ways = [_reached(one) for one in actor.reach] if actor.has(AUDITOR) else []
    if actor.duties & WORKING_DUTIES:
        of_agency = (CaseAgency.case_id == Case.id, CaseAgency.agency_id == actor.agency_id)
        ways.append(exists(select(CaseAgency.case_id).where(*of_agency)))
    return or_(false(), *ways)


def _reached(reach: Reach) -> ColumnElement[bool]:
    """Cases of the procedure that ran at some time within the days."""
    found: list[ColumnElement[bool]] = []
    if reach.procedure_id:
        found.append(Case.procedure_id == reach.procedure_id)
    if reach.first:
        found.append(or_(Case.ended_at.is_(None), Case.ended_at >= day_begins(reach.first)))
    if reach.last:
        found.append(Case.started_at < day_begins(reach.last + timedelta(days=1)))
    return and_(true(), *found)
