"""Tables of migrations: a plan that a second person approves, and a row for each case that it is about."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.tables import Base

PLANNED, SUBMITTED, RUNNING, STOPPED, FINISHED, DISCARDED = (
    "planned",
    "submitted",
    "running",
    "stopped",
    "finished",
    "discarded",
)
UNSETTLED = (PLANNED, SUBMITTED, RUNNING, STOPPED)
REHEARSING, READY, WAITING, DONE, BLOCKED, FAILED, HALTED = (
    "rehearsing",
    "ready",
    "waiting",
    "done",
    "blocked",
    "failed",
    "halted",
)


class MigrationBatch(Base):
    """Running cases of a procedure that are to go on by another version.

    `status`: planned, submitted, running, stopped, finished, discarded. `actor` is who planned it, with the duties of
    the day of submission: the cases name this person. What is submitted does not change any more.
    """

    __tablename__ = "migration_batches"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    procedure_id: Mapped[str] = mapped_column(String(64), index=True)
    to_version: Mapped[str] = mapped_column(ForeignKey("procedure_versions.hash"))
    to_number: Mapped[int] = mapped_column(Integer)
    mapping: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(16))
    created_by: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    actor: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    submitted_at: Mapped[datetime | None]
    returned_reason: Mapped[str] = mapped_column(Text, default="")
    approved_by: Mapped[str | None] = mapped_column(String(64))
    approved_name: Mapped[str] = mapped_column(String(200), default="")
    approved_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class MigrationRow(Base):
    """One case of a batch.

    `status`: rehearsing, ready, waiting (for the worker), done, blocked, failed, halted (by a stop). `reasons` say why
    it is blocked or failed: [{code, params}]; `changes` what is different in its open work: what the rehearsal found,
    later what was done.
    """

    __tablename__ = "migration_rows"
    batch_id: Mapped[str] = mapped_column(ForeignKey("migration_batches.id"), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(32))
    from_version: Mapped[str] = mapped_column(String(64))
    from_number: Mapped[int] = mapped_column(Integer)
    standing: Mapped[str] = mapped_column(Text)
    verdict: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16))
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    changes: Mapped[dict[str, Any]]
    done_at: Mapped[datetime | None]
    __table_args__ = (Index("ix_migration_rows_status", "batch_id", "status"),)
