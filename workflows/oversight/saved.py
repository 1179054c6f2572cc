"""Queries that an overseer keeps under a name: a report with its choices. They are the person's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine import canonical
from engine.actors import Actor
from engine.errors import NotFound, Rejected
from engine.tables import Base

LONGEST_NAME, LONGEST_CHOICE, MOST = 100, 200, 100


class BadQuery(Rejected):
    """No name, too long a one, too many queries, or choices that nobody types."""

    code = "oversight.bad_query"


class SavedQuery(Base):
    """One query. `choices`: what is in the address of the report."""

    __tablename__ = "saved_queries"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    person_id: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    report: Mapped[str] = mapped_column(String(32))
    choices: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("person_id", "name"),)


def queries(session: Session, actor: Actor) -> Sequence[SavedQuery]:
    """The person's own, by name."""
    own = select(SavedQuery).where(SavedQuery.person_id == actor.person_id)
    return session.scalars(own.order_by(SavedQuery.name)).all()


def save(session: Session, actor: Actor, now: datetime, name: str, report: str, choices: Mapping[str, str]) -> None:
    """Keep a query; one of the same name is replaced.

    Raises:
        BadQuery: see there.
    """
    title = " ".join(str(canonical.nfc(name)).split())
    too_long = any(len(key) + len(value) > LONGEST_CHOICE for key, value in choices.items())
    if not title or len(title) > LONGEST_NAME or too_long or len(choices) > 20:
        raise BadQuery()
    known = {one.name: one for one in queries(session, actor)}
    row = known.get(title)
    if row is None:
        if len(known) >= MOST:
            raise BadQuery()
        row = SavedQuery(id=str(uuid4()), person_id=actor.person_id, name=title)
        session.add(row)
    row.report, row.choices, row.saved_at = report, dict(choices), now


def forget(session: Session, actor: Actor, query_id: str) -> None:
    """Forget one of the person's own. Raises `NotFound`."""
    row = session.get(SavedQuery, query_id)
    if row is None or row.person_id != actor.person_id:
        raise NotFound()
    session.delete(row)
