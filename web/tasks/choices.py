"""What can be chosen in fields for agencies and for other cases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from engine.actors import Actor
from engine.clock import local_date
from engine.forms import Field, Form
from engine.procedures.versions import Versions
from engine.queries import cases
from engine.queries.cases import CaseRow
from workflows.agencies import queries

MOST_CASES = 100


def agency_choices(session: Session, form: Form, moment: datetime) -> Sequence[tuple[str, str]]:
    """(id, name) of the agencies of today, in Vietnamese order; nothing is read where the form does not ask for any."""
    if not any(field.type in ("agency", "agencies") for field in _all(form.fields)):
        return ()
    return queries.agencies(session, local_date(moment))


def case_choices(session: Session, actor: Actor, versions: Versions, form: Form, case: CaseRow) -> Sequence[str]:
    """Code and title of the latest other running cases of the same procedure, as far as the person sees them."""
    if not form.asks_for_case:
        return ()
    rows = cases.find(session, actor, versions, status="running", procedure=case.procedure_id, limit=MOST_CASES)
    return [f"{row.code} – {row.title}" for row in rows if row.code != case.code]


def _all(fields: Sequence[Field]) -> Iterator[Field]:
    for field in fields:
        yield field
        yield from _all(field.columns or ())
