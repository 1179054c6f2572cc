"""The record of what came back signed."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.tables import Base


class DocumentSigning(Base):
    """One return of a document from signing. Never changed once written.

    `method`: pdf, cms (a signature in a file of its own) or paper. `result`: valid, or not_checked.
    `signatures`: what the check found, as JSON. `exported_sha256` is what went out; a paper has neither file.
    """

    __tablename__ = "document_signings"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"), index=True)
    method: Mapped[str] = mapped_column(String(8))
    result: Mapped[str] = mapped_column(String(16))
    sha256: Mapped[str | None] = mapped_column(String(64))
    exported_sha256: Mapped[str | None] = mapped_column(String(64))
    signatures: Mapped[str] = mapped_column(Text)
    signed_on: Mapped[date | None]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(64))
    recorded_by_name: Mapped[str] = mapped_column(String(200))
    __table_args__ = (UniqueConstraint("document_id", "sha256"),)
