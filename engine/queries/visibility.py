"""Which cases a person may see: those of the agency's own work; auditors see all."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, select, true

from engine.actors import AUDITOR, Actor
from engine.commands.access import WORKING_DUTIES
from engine.tables import Case, CaseAgency


def may_see_case(actor: Actor) -> ColumnElement[bool]:
    """Condition on `Case` for what the person may see."""
    if actor.has(AUDITOR):
        return true()
    involved = exists(
        select(CaseAgency.case_id).where(CaseAgency.case_id == Case.id, CaseAgency.agency_id == actor.agency_id)
    )
    return involved if actor.duties & WORKING_DUTIES else ~true()
