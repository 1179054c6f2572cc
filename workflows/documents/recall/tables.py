"""Tables of recalls: what an issuing body decided, and whom it or somebody outside asks to give a document back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.tables import Base

WITHDRAW, REPLACEMENT = "recall", "replace"
PROPOSED, DECIDED, DECLINED = "proposed", "decided", "declined"
WAITING, ASKED, AGREED, REFUSED, FAILED = "queued", "asked", "agreed", "refused", "failed"
STANDS = "status <> 'declined'"
IS_ASKED = "status = 'asked'"
UNANSWERED = "status = 'asked' AND escalated_at IS NULL AND recall_id IS NOT NULL"


class DocumentRecall(Base):
    """An issuing body takes back a document of its own. `status`: proposed, decided, declined.

    `replacement_id`: the issued document that stands in its place; empty where the document is only taken back.
    `answer`: why the head declined.
    """

    __tablename__ = "document_recalls"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"))
    replacement_id: Mapped[str | None] = mapped_column(ForeignKey("documents.id"))
    agency_id: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(16))
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[str] = mapped_column(String(64))
    proposed_by_name: Mapped[str] = mapped_column(String(200))
    decided_at: Mapped[datetime | None]
    decided_by_name: Mapped[str] = mapped_column(String(200), default="")
    answer: Mapped[str] = mapped_column(Text, default="")
    __table_args__ = (
        Index(
            "ix_document_recalls_standing",
            "document_id",
            unique=True,
            sqlite_where=text(STANDS),
            postgresql_where=text(STANDS),
        ),
        Index("ix_document_recalls_agency", "agency_id", "status"),
    )


class RecallRequest(Base):
    """One agency is asked to give one document back. `status`: queued (not told yet), asked, agreed, refused, failed.

    Ours: `recall_id` and `dispatch_id`, by whose channel it is told. From the exchange network: `register_id` and
    `number` of the arrival that it is about, `about` what the answer names. `replacement`: number and symbol of what
    stands in its place. `failure` and `reply` as for a dispatch; `reply` is also what the agency answered.
    `reminded_at`, `escalated_at`: as for a dispatch.
    """

    __tablename__ = "recall_requests"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    recall_id: Mapped[str | None] = mapped_column(ForeignKey("document_recalls.id"), index=True)
    dispatch_id: Mapped[str | None] = mapped_column(ForeignKey("dispatches.id"), unique=True)
    register_id: Mapped[str | None] = mapped_column(String(36))
    number: Mapped[int | None] = mapped_column(Integer)
    about: Mapped[str] = mapped_column(String(200), default="")
    agency_id: Mapped[str] = mapped_column(String(64))
    agency_name: Mapped[str] = mapped_column(String(200))
    channel: Mapped[str] = mapped_column(String(16))
    address: Mapped[str] = mapped_column(String(254), default="")
    kind: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text)
    replacement: Mapped[str] = mapped_column(String(64), default="")
    status: Mapped[str] = mapped_column(String(16))
    failure: Mapped[str] = mapped_column(String(64), default="")
    reply: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answered_by_name: Mapped[str] = mapped_column(String(200), default="")
    reminded_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]
    __table_args__ = (
        ForeignKeyConstraint(["register_id", "number"], ["incoming_entries.register_id", "incoming_entries.number"]),
        Index(
            "ix_recall_requests_open",
            "register_id",
            "number",
            unique=True,
            sqlite_where=text(IS_ASKED),
            postgresql_where=text(IS_ASKED),
        ),
        Index("ix_recall_requests_agency", "agency_id", "status"),
        Index(
            "ix_recall_requests_unanswered",
            "asked_at",
            sqlite_where=text(UNANSWERED),
            postgresql_where=text(UNANSWERED),
        ),
    )
