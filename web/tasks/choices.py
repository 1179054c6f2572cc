"""What can be chosen in fields for agencies: those that exist today, in Vietnamese order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from engine.clock import local_date
from engine.forms import Field, Form
from workflows.agencies import queries


def agency_choices(session: Session, form: Form, moment: datetime) -> Sequence[tuple[str, str]]:
    """(id, name) of the agencies; nothing is read where the form does not ask for any."""
    if not any(field.type in ("agency", "agencies") for field in _all(form.fields)):
        return ()
    return queries.agencies(session, local_date(moment))


def _all(fields: Sequence[Field]) -> Iterator[Field]:
    for field in fields:
        yield field
        yield from _all(field.columns or ())
