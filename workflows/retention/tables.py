"""Proposals to delete the content of a case, and what became of them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.tables import Base

PROPOSED, REFUSED, DONE = "proposed", "refused", "done"


class ContentDeletion(Base):
    """One proposal. `kind`: see `workflows.retention.deletion`. `status`: proposed, refused, done.

    `reason` must not say what is to be deleted: it stays.
    """

    __tablename__ = "content_deletions"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(500))
    basis: Mapped[str] = mapped_column(String(200))
    decision: Mapped[str] = mapped_column(String(200))
    decided_on: Mapped[date]
    status: Mapped[str] = mapped_column(String(16))
    proposed_by: Mapped[str] = mapped_column(String(64))
    proposed_by_name: Mapped[str] = mapped_column(String(200))
    proposed_at: Mapped[datetime]
    closed_by: Mapped[str | None] = mapped_column(String(64))
    closed_by_name: Mapped[str | None] = mapped_column(String(200))
    closed_at: Mapped[datetime | None]
