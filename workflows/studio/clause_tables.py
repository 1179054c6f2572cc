"""Tables of changes in the law as process owners record them, and of what follows from each for the procedures."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.tables import Base

PROPOSED, CONFIRMED, WITHDRAWN = "proposed", "confirmed", "withdrawn"
OPEN, DONE = "open", "done"


class ClauseChange(Base):
    """That a clause ends, or another takes its place. `status`: proposed, confirmed (by a second person), withdrawn.

    `until`: its last day of law; `replaced_by`: the basis in its place, empty for none; `document`: what says so.
    """

    __tablename__ = "clause_changes"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    basis: Mapped[str] = mapped_column(String(64), index=True)
    until: Mapped[date] = mapped_column(Date)
    replaced_by: Mapped[str] = mapped_column(String(64), default="")
    document: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(16))
    proposed_by: Mapped[str] = mapped_column(String(64))
    proposed_at: Mapped[datetime]
    decided_by: Mapped[str | None] = mapped_column(String(64))
    decided_at: Mapped[datetime | None]


class ClauseTask(Base):
    """Something of a procedure that must change because of it. `status`: open, done; `draft_id`: where it was done."""

    __tablename__ = "clause_tasks"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    change_id: Mapped[str] = mapped_column(ForeignKey("clause_changes.id"))
    procedure_id: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    thing: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(16))
    draft_id: Mapped[str | None] = mapped_column(ForeignKey("drafts.id"))
    done_by: Mapped[str | None] = mapped_column(String(64))
    done_at: Mapped[datetime | None]
    __table_args__ = (Index("ix_clause_tasks_change", "change_id", "status"),)
