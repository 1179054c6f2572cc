"""Tables of the door: sessions of signed-in people, and wrong passwords for throttling."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.tables import Base


class WebSession(Base):
    """One browser in which one account is signed in. Only a digest of the secret in the cookie is kept."""

    __tablename__ = "web_sessions"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(String(64), index=True)
    agency_id: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class FailedSignIn(Base):
    """A wrong password. The subject is a digest of a user name or a network address: neither is kept in the clear."""

    __tablename__ = "web_failed_sign_ins"
    __table_args__ = (Index("ix_web_failed_sign_ins_subject_failed_at", "subject", "failed_at"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    subject: Mapped[str] = mapped_column(String(64))
    failed_at: Mapped[datetime]
